"""How the records of each actor ended, for source and target must agree once nothing is in flight (I8)."""

from collections.abc import Iterator
from typing import Final, NamedTuple

from icnsim.protocol.messages import ActorId, AttemptId, ExecutorId
from icnsim.protocol.record import Role, SwitchedRecord
from icnsim.protocol.states import State
from icnsim.recording.columns import NEVER

COMPLETE = State.COMPLETE
SOURCE = Role.SOURCE

KEPT: Final = 4
"""Ends that are kept of an actor at rest, those of its last two attempts: they may be overwritten yet."""


class End(NamedTuple):
    """The last state of a record; `executor` is -1 at the source, whose peer is the target."""

    attempt: AttemptId
    executor: int
    state: State
    peer: ExecutorId


class Ends:
    """The last states of the records of all actors.

    Parameters
    ----------
    actors : how many there are.

    Attributes
    ----------
    doubtful : actors with an end that is not a success since they were last at rest.
    """

    __slots__ = ("_disagreed", "_ended", "doubtful")

    def __init__(self, actors: int) -> None:
        self._ended: list[list[tuple[AttemptId, int, State, ExecutorId]]] = [[]] * actors
        self._disagreed: set[AttemptId] = set()
        self.doubtful: set[ActorId] = set()

    def add(self, record: SwitchedRecord, executor: int) -> None:
        """A record has come to its end."""
        actor, state = record.actor, record.state
        ended = self._ended[actor]
        if not ended:
            ended = self._ended[actor] = []
        elif len(ended) > 2 * KEPT and actor not in self.doubtful:
            del ended[:-KEPT]
        ended.append((record.attempt, NEVER if record.role is SOURCE else executor, state, record.peer))
        if state is not COMPLETE:
            self.doubtful.add(actor)

    def _of(self, actor: ActorId) -> list[End]:
        return [End(*each) for each in self._ended[actor]]

    def forget(self, record: SwitchedRecord, executor: int) -> None:
        """The record has not ended after all, or nobody knows that it has."""
        attempt, side, actor = record.attempt, NEVER if record.role is SOURCE else executor, record.actor
        self._ended[actor] = [each for each in self._ended[actor] if each[:2] != (attempt, side)]

    def completed(self, record: SwitchedRecord) -> bool:
        """Whether the actor has come to run at the target of this source's record."""
        attempt, target = record.attempt, record.peer
        return any(
            end.attempt == attempt and end.executor == target and end.state is COMPLETE
            for end in self._of(record.actor)
        )

    def disagreements(self, actor: ActorId) -> Iterator[tuple[AttemptId, str]]:
        """The attempts of an actor at rest whose sides ended differently, each told once.

        What one side has forgotten, or never knew, is no disagreement.
        """
        self.doubtful.discard(actor)
        last = {(end.attempt, end.executor): end for end in self._of(actor)}
        self._ended[actor] = self._ended[actor][-KEPT:]
        for (attempt, side), end in last.items():
            there = last.get((attempt, end.peer))
            if side != NEVER or there is None or attempt in self._disagreed:
                continue
            if (there.state is COMPLETE) != (end.state is COMPLETE):
                self._disagreed.add(attempt)
                yield attempt, f"the source ends in {end.state.label}, the target in {there.state.label}"
