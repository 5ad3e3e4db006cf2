"""The final states of the records of each attempt: source and target must agree when nothing is in flight (I8).

The final states are stored in columns by attempt. Only attempts that did not succeed on both sides are examined.
"""

from typing import Final

from icnsim.protocol.messages import ActorId, AttemptId
from icnsim.protocol.record import MigrationRecord, Role
from icnsim.protocol.states import State
from icnsim.recording.columns import NEVER

COMPLETE = State.COMPLETE
UNKNOWN = State.IDLE  # no record ends in this state
SOURCE = Role.SOURCE

GROWTH: Final = 1 << 10
"""The number of attempts by which the columns grow."""


class Ends:
    """The final states of the records of all attempts.

    Attributes
    ----------
    doubtful : for each actor, the attempts that ended without success on a side since the actor was last at rest.
    """

    __slots__ = ("_disagreed", "_executor", "_others", "_peer", "_ran", "_source", "_target", "doubtful")

    def __init__(self) -> None:
        self._source: list[State] = []
        self._target: list[State] = []
        self._peer: list[int] = []
        self._executor: list[int] = []
        self._others: dict[tuple[AttemptId, int], State] = {}
        self._ran: set[tuple[AttemptId, int]] = set()
        self._disagreed: set[AttemptId] = set()
        self.doubtful: dict[ActorId, list[AttemptId]] = {}

    def add(self, record: MigrationRecord, executor: int) -> None:
        """Store the final state of a record."""
        attempt, state = record.attempt, record.state
        if attempt >= len(self._source):
            self._grow(attempt)
        if record.role is SOURCE:
            self._source[attempt], self._peer[attempt] = state, record.peer
            other = self._at(attempt, record.peer)
        else:
            self._ended_there(attempt, executor, state)
            other = self._source[attempt]
        if state is not COMPLETE or (other is not COMPLETE and other is not UNKNOWN):
            self.doubtful.setdefault(record.actor, []).append(attempt)

    def _ended_there(self, attempt: AttemptId, executor: int, state: State) -> None:
        """Store the final state of a target's record. More than one target per attempt is rare."""
        if state is not COMPLETE and self._at(attempt, executor) is COMPLETE:
            self._ran.add((attempt, executor))
        if self._executor[attempt] in (NEVER, executor):
            self._executor[attempt], self._target[attempt] = executor, state
        else:
            self._others[attempt, executor] = state

    def forget(self, record: MigrationRecord, executor: int) -> None:
        """Remove the final state of a record that is active again, or that its executor has lost."""
        attempt = record.attempt
        if attempt < len(self._source):
            if record.role is SOURCE:
                self._source[attempt] = UNKNOWN
                return
            self._ran.discard((attempt, executor))
            if self._executor[attempt] == executor:
                self._target[attempt] = UNKNOWN
            else:
                self._others.pop((attempt, executor), None)

    def completed(self, record: MigrationRecord) -> bool:
        """Whether the actor has run at the target of this source's record, regardless of later events at the target."""
        attempt, target = record.attempt, record.peer
        known = attempt < len(self._source)
        return known and (self._at(attempt, target) is COMPLETE or (attempt, target) in self._ran)

    def _at(self, attempt: AttemptId, executor: int) -> State:
        """The final state of a target's record of the attempt."""
        if self._executor[attempt] == executor:
            return self._target[attempt]
        return self._others.get((attempt, executor), UNKNOWN)

    def disagreements(self, actor: ActorId) -> list[tuple[AttemptId, str]]:
        """The attempts of an actor at rest whose sides ended differently; each attempt is reported once.

        A side that has lost its record, or never had one, does not disagree.
        """
        found = []
        for attempt in self.doubtful.pop(actor, ()):
            here, there = self._source[attempt], self._at(attempt, self._peer[attempt])
            if UNKNOWN in (here, there) or attempt in self._disagreed:
                continue
            if (there is COMPLETE) != (here is COMPLETE):
                self._disagreed.add(attempt)
                found.append((attempt, f"the source ends in {here.label}, the target in {there.label}"))
        return found

    def _grow(self, attempt: AttemptId) -> None:
        more = attempt + GROWTH - len(self._source)
        for states in (self._source, self._target):
            states.extend([UNKNOWN] * more)
        for executors in (self._peer, self._executor):
            executors.extend([NEVER] * more)
