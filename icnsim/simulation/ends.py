"""How the records of each actor ended, for source and target must agree once nothing is in flight (I8)."""

from collections.abc import Iterator
from typing import Final, NamedTuple

from icnsim.protocol.messages import ActorId, AttemptId, ExecutorId
from icnsim.protocol.record import Role, SwitchedRecord
from icnsim.protocol.states import State
from icnsim.recording.columns import NEVER

COMPLETE = State.COMPLETE

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
    """

    __slots__ = ("_disagreed", "_ended")

    def __init__(self, actors: int) -> None:
        self._ended: list[list[End]] = [[]] * actors
        self._disagreed: set[AttemptId] = set()

    def add(self, record: SwitchedRecord, executor: int) -> None:
        """A record has come to its end."""
        actor = record.actor
        ended = self._ended[actor]
        if not ended:
            ended = self._ended[actor] = []
        side = NEVER if record.role is Role.SOURCE else executor
        ended.append(End(record.attempt, side, record.state, record.peer))

    def forget(self, record: SwitchedRecord, executor: int) -> None:
        """The record has not ended after all, or nobody knows that it has."""
        attempt, side, actor = record.attempt, NEVER if record.role is Role.SOURCE else executor, record.actor
        self._ended[actor] = [end for end in self._ended[actor] if end.attempt != attempt or end.executor != side]

    def completed(self, record: SwitchedRecord) -> bool:
        """Whether the actor has come to run at the target of this source's record."""
        attempt, target = record.attempt, record.peer
        return any(
            end.attempt == attempt and end.executor == target and end.state is COMPLETE
            for end in self._ended[record.actor]
        )

    def disagreements(self, actor: ActorId) -> Iterator[tuple[AttemptId, str]]:
        """The attempts of an actor at rest whose sides ended differently, each told once.

        What one side has forgotten is no disagreement.
        """
        ended = self._ended[actor]
        if not ended:
            return
        self._ended[actor] = ended[-KEPT:]
        if all(end.state is COMPLETE for end in ended):
            return
        last = {(end.attempt, end.executor): end for end in ended}
        for (attempt, side), end in last.items():
            there = last.get((attempt, end.peer))
            if side != NEVER or attempt in self._disagreed or (there is None and end.state is COMPLETE):
                continue
            done = there is not None and there.state is COMPLETE
            if done != (end.state is COMPLETE):
                self._disagreed.add(attempt)
                ends = "in nothing" if there is None else f"in {there.state.label}"
                yield attempt, f"the source ends in {end.state.label}, the target {ends}"
