"""What an invariant's violation is, and what a monitor has observed of a run."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import NamedTuple

from icnsim.protocol.states import Event, State


class Moment(NamedTuple):
    """One moment in the life of an actor; times in µs, -1 for no peer or attempt (the recorder's row)."""

    at: int
    what: str
    executor: int
    peer: int
    attempt: int


@dataclass(frozen=True, slots=True)
class Violation:
    """An invariant that did not hold."""

    invariant: str
    at: int
    actor: int
    executor: int
    attempt: int
    evidence: str
    hazards: tuple[int, ...]
    trail: tuple[Moment, ...]


@dataclass(frozen=True, slots=True)
class Observed:
    """What a monitor has seen of a run."""

    violations: tuple[Violation, ...]
    counts: Mapping[str, int]
    transitions: Mapping[tuple[State, Event], int]
    hazards: Mapping[int, int]
    faults: Mapping[str, int]
    pairs: Mapping[tuple[str, str], int]
