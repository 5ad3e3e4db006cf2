"""The actors at the end of a run: their executors, the time that they ran nowhere or twice, and their messages."""

from collections.abc import Mapping, Sequence

import numpy as np

from icnsim.protocol.messages import ActorId, ExecutorId
from icnsim.protocol.states import State
from icnsim.recording.columns import NEVER
from icnsim.recording.integers import Column
from icnsim.simulation.executors.copies import Copies
from icnsim.simulation.executors.executor import Executor


def absences(
    executors: Sequence[Executor], copies: Copies, elsewhere: Mapping[ActorId, set[ExecutorId]], *, asks: bool
) -> dict[str, float]:
    """The actors that run nowhere at the end, by reason, and the time that actors ran nowhere or twice, s.

    Parameters
    ----------
    elsewhere : for each actor, the executors that are down and would run it after a restart.
    asks : whether a source without an answer asks its target for a promise (the two-phase hand-over).
    """
    nowhere = [ActorId(actor) for actor, where in enumerate(copies.where) if not where and copies.exists[actor]]
    waiting = (
        {
            record.actor
            for executor in executors
            for record in executor.manager.active.values()
            if record.state is State.TRANSFERRING
        }
        if asks and nowhere
        else set()
    )
    down = [actor for actor in nowhere if elsewhere.get(actor)]
    doubtful = [actor for actor in nowhere if actor in waiting and not elsewhere.get(actor)]
    return {
        "nowhere": len(nowhere), "in_doubt": len(doubtful), "down": len(down),
        "nowhere_s": sum(copies.nowhere) / 1e6, "twice_s": sum(copies.twice) / 1e6,
    }  # fmt: skip


def actors(
    homes: Sequence[ExecutorId],
    later: Mapping[ActorId, ExecutorId],
    copies: Copies,
    messages: Mapping[str, Sequence[int]] | None,
) -> dict[str, Column]:
    """A row per actor: its first home, the executor of its newest copy, and its messages by outcome.

    `later` has the first homes of the actors that were created during the run.
    """
    numbers = [*range(len(homes)), *sorted(later)]
    columns: dict[str, Sequence[int]] = {
        "actor": numbers,
        "home": [*homes, *(later[actor] for actor in sorted(later))],
        "executor": [where[-1] if where else NEVER for where in map(copies.where.__getitem__, numbers)],
        "copies": [len(copies.where[actor]) for actor in numbers],
        "nowhere": [copies.nowhere[actor] for actor in numbers],
        "twice": [copies.twice[actor] for actor in numbers],
    }
    for name in ("delivered", "queued", "lost"):
        columns[name] = [0] * len(numbers) if messages is None else [messages[name][actor] for actor in numbers]
    return {name: np.array(column, np.int64) for name, column in columns.items()}
