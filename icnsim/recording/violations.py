"""The violations of a run's invariants (PROTOCOL section 7), and the other observations of its monitor."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final, NamedTuple, overload

from icnsim.protocol.states import Event, State

INVARIANTS: Final = ("I1", "I2", "I3", "I4", "I5", "I6", "I7", "I8", "consensus")
"""The last one is the invariant of a quorum: each decision has as many backers as executors that must agree."""

UNTRACKED_MS: Final = 60_000
"""The timeout that I6 assumes for a state without a timeout: the value of the design, ms."""

HAZARDS: Final = range(1, 25)
"""The numbers of the hazards (PROTOCOL section 7)."""

KEPT: Final = 1000
"""The number of violations up to which all are stored with their events. All violations are counted."""

RESERVED: Final = 20
"""The number of violations of each invariant that are stored in any case, so that a rare one has its events."""

NEVER: Final = -1


class Moment(NamedTuple):
    """One event of an actor; `at` in µs; `peer` and `attempt` are -1 if missing."""

    at: int
    what: str
    executor: int
    peer: int
    attempt: int


Raw = tuple[int, str, int, int, int]
"""A moment as the monitor stores it: with the recorder's row in place of the attempt."""


class Trail(Sequence[Moment]):
    """The moments that a monitor stored. They are converted when they are read, because most are never read.

    Parameters
    ----------
    noted : the moments. place : the attempt of each of the recorder's rows.
    """

    __slots__ = ("_noted", "_place")

    def __init__(self, noted: Sequence[Raw], place: Mapping[int, int]) -> None:
        self._noted, self._place = noted, place

    def __len__(self) -> int:
        return len(self._noted)

    @overload
    def __getitem__(self, index: int) -> Moment: ...
    @overload
    def __getitem__(self, index: slice) -> "Trail": ...
    def __getitem__(self, index: int | slice) -> "Moment | Trail":
        if isinstance(index, slice):
            return Trail(self._noted[index], self._place)
        at, what, executor, peer, row = self._noted[index]
        return Moment(at, what, executor, peer, self._place.get(row, NEVER))

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Sequence) and tuple(self) == tuple(other)

    __hash__ = None  # type: ignore[assignment]

    def __reduce__(self) -> tuple[type, tuple[tuple[Moment, ...]]]:
        return tuple, (tuple(self),)  # another process does not need the rows of all attempts


@dataclass(frozen=True, slots=True)
class Violation:
    """A violation of an invariant.

    Attributes
    ----------
    invariant : one of `INVARIANTS`. at : its time, µs. actor, executor, attempt : -1 if unknown.
    evidence : the observation as text. hazards : the numbers of the hazards that had just happened to the actor.
    trail : the events of the actor that led to it.
    """

    invariant: str
    at: int
    actor: int
    executor: int
    attempt: int
    evidence: str
    hazards: tuple[int, ...]
    trail: Sequence[Moment]


@dataclass(frozen=True, slots=True)
class Observed:
    """The observations of the monitor of a run.

    Attributes
    ----------
    violations : the stored ones, in the order of time. counts : all violations, by invariant.
    transitions : the number of times each row of the transition table was taken.
    hazards : by the number of a hazard, how often its first event happened.
    faults : how often a fault of each kind took effect. pairs : pairs of kinds that were in effect together.
    """

    violations: tuple[Violation, ...]
    counts: Mapping[str, int]
    transitions: Mapping[tuple[State, Event], int]
    hazards: Mapping[int, int]
    faults: Mapping[str, int]
    pairs: Mapping[tuple[str, str], int]


def described(moment: Moment, executors: Sequence[str]) -> str:
    """A moment as a line of text, such as ``12.345 s  east-3  send accept, east-7, attempt 12``."""
    peer = f", {executors[moment.peer]}" if moment.peer != NEVER else ""
    attempt = f", attempt {moment.attempt}" if moment.attempt != NEVER else ""
    return f"{moment.at / 1e6:.3f} s  {executors[moment.executor]}  {moment.what}{peer}{attempt}"
