"""What became of the actors: where each is at the end, how long it ran nowhere or twice, what it was sent."""

from collections.abc import Mapping, Sequence

import numpy as np

from icnsim.protocol.messages import ActorId, ExecutorId
from icnsim.protocol.states import State
from icnsim.recording.columns import NEVER, Column
from icnsim.simulation.copies import Copies
from icnsim.simulation.host import Host
from icnsim.simulation.recoveries import Recoveries


def absences(hosts: Sequence[Host], copies: Copies, recoveries: Recoveries, *, asks: bool) -> dict[str, float]:
    """Actors that run nowhere at the end: how many, and why; and for how long actors ran nowhere or twice, s.

    `asks` tells whether a target that waits for its Complete asks for it.
    """
    nowhere = [ActorId(actor) for actor, where in enumerate(copies.where) if not where]
    waiting = {
        record.actor
        for host in hosts
        for record in host.manager.active.values()
        if record.state is State.TRANSFERRING and asks
    }
    down = [actor for actor in nowhere if recoveries.elsewhere.get(actor)]
    doubtful = [actor for actor in nowhere if actor in waiting and not recoveries.elsewhere.get(actor)]
    return {
        "nowhere": len(nowhere), "in_doubt": len(doubtful), "down": len(down),
        "nowhere_s": sum(copies.nowhere) / 1e6, "twice_s": sum(copies.twice) / 1e6,
    }  # fmt: skip


def actors(homes: Sequence[ExecutorId], copies: Copies, messages: Mapping[str, Sequence[int]]) -> dict[str, Column]:
    """A row for each actor: from where it came, where its newest copy is, and the messages to it by their fate."""
    columns = {
        "home": homes,
        "executor": [where[-1] if where else NEVER for where in copies.where],
        "copies": [len(where) for where in copies.where],
        "nowhere": copies.nowhere,
        "twice": copies.twice,
        **{name: messages[name] for name in ("delivered", "queued", "lost")},
    }
    return {name: np.array(column, np.int64) for name, column in columns.items()}
