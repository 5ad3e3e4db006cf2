"""The violations of a run's invariants (PROTOCOL section 7), and what else its monitor has seen.

A run in which things go wrong has a monitor that looks at every event. A plain run needs none:
what it can violate follows from its columns (`derived`).
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, NamedTuple, overload

import numpy as np

from icnsim.protocol.states import Event, State
from icnsim.scenario import Scenario

if TYPE_CHECKING:
    from icnsim.recording.columns import Column, Recording

INVARIANTS: Final = ("I1", "I2", "I3", "I4", "I5", "I6", "I7", "I8", "consensus")
"""The last is a quorum's: as many executors as must agree stand behind what it has decided."""

UNTRACKED_MS: Final = 60_000
"""The timeout that I6 holds a state to that has none: the design's."""

KEPT: Final = 1000
"""Violations that are kept with the events that led to them; all are counted."""

NEVER: Final = -1


class Moment(NamedTuple):
    """One moment in the life of an actor; `at` in µs, -1 for no peer or attempt."""

    at: int
    what: str
    executor: int
    peer: int
    attempt: int


Raw = tuple[int, str, int, int, int]
"""A moment as it is noted: with the recorder's row for its attempt."""


class Trail(Sequence[Moment]):
    """The moments that a monitor has noted, as they are looked at: most never are.

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
        return tuple, (tuple(self),)  # another process has no use for the rows of all attempts


@dataclass(frozen=True, slots=True)
class Violation:
    """An invariant that did not hold.

    Attributes
    ----------
    invariant : one of `INVARIANTS`. at : when, µs. actor, executor, attempt : whose; -1 where it is nobody's.
    evidence : what was seen, in words. hazards : by number, those that had just happened to the actor.
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
    """What was seen of a run.

    Attributes
    ----------
    violations : in order of time, at most `KEPT`. counts : all of them, by invariant; None where
        what was recorded does not tell.
    transitions : rows of the transition table that were taken.
    hazards : how often what a hazard begins with happened, by its number.
    faults : how often a fault of each kind took effect. pairs : kinds that were in effect together.
    """

    violations: tuple[Violation, ...]
    counts: Mapping[str, int | None]
    transitions: Mapping[tuple[State, Event], int]
    hazards: Mapping[int, int]
    faults: Mapping[str, int]
    pairs: Mapping[tuple[str, str], int]


_TRAIL: Final = (
    ("requested", "send request", "source", "target"),
    ("admitted", "enter restoring by admit", "target", "source"),
    ("accepted", "pause", "source", "target"),
    ("checkpointed", "send complete", "source", "target"),
    ("transferred", "receive complete", "target", "source"),
    ("restored", "run", "target", "source"),
    ("completed", "enter complete by ack", "source", "target"),
    ("failed", "enter failed", "source", "target"),
    ("target_failed", "enter failed by time_out", "target", "source"),
)
"""A plain run's columns as moments: column, what happened, at whom, with whom."""


def seen(recording: "Recording", scenario: Scenario) -> Observed:
    """What a run has violated: as its monitor saw it, or as a plain run's columns tell."""
    return recording.observed or derived(recording, scenario)


def described(moment: Moment, executors: Sequence[str]) -> str:
    """A moment as a line of text, such as ``12.345 s  east-3  send accept, east-7, attempt 12``."""
    peer = f", {executors[moment.peer]}" if moment.peer != NEVER else ""
    attempt = f", attempt {moment.attempt}" if moment.attempt != NEVER else ""
    return f"{moment.at / 1e6:.3f} s  {executors[moment.executor]}  {moment.what}{peer}{attempt}"


class _Finding(NamedTuple):
    """Violations of one invariant: attempts, when each was violated, and what they have in common."""

    invariant: str
    rows: "Column"
    at: "Column"
    executor: str
    hazards: tuple[int, ...]
    evidence: str


def derived(recording: "Recording", scenario: Scenario) -> Observed:
    """What a plain run has violated, from its columns.

    I1, a source that had paused its actor failed, and the target ran it all the same. I2, an
    actor that was paused runs nowhere at the end, though nothing of it is in flight or can
    still time out. I6, a record stood in an active state for longer than its timeout (60 s
    where nothing tracks it), an interval and a tick. I8, at the end, with nothing in
    flight, the target completed and the source did not. Nothing is tried again (I7). While each
    actor runs once its checkpoints are made by one executor after the other, each from the
    last (I3, I4), and the table ignores what is not of a record's attempt (I5). Once an actor
    has run twice, or messages come twice, the columns do not tell of these three: a second copy
    makes checkpoints of its own, and a Request's second copy may come when the record of the
    first has been removed; where it did, the columns have no room for that second record (I6, I8).
    A Request that comes after its source's next one may be obeyed though it is stale: they do
    not tell whether it was (I5).
    """
    findings = [finding for finding in _findings(recording, scenario) if len(finding.rows)]
    counts: dict[str, int | None] = {
        name: sum(len(finding.rows) for finding in findings if finding.invariant == name) for name in INVARIANTS
    }
    if counts["I1"] or scenario.network.duplication:
        counts |= {"I3": None, "I4": None, "I5": None}
    if _overtaken(recording.attempts):
        counts["I5"] = None
    if _opened_again(recording.attempts):
        counts |= {"I6": None, "I8": None}
    every = sorted(
        (
            (int(when), finding.invariant, int(row), finding)
            for finding in findings
            for first in (np.argsort(finding.at, kind="stable")[:KEPT],)
            for row, when in zip(finding.rows[first], finding.at[first], strict=True)
        ),
        key=lambda each: each[:3],
    )
    return Observed(
        violations=tuple(_violation(recording, row, when, finding) for when, _, row, finding in every[:KEPT]),
        counts=counts, transitions={}, hazards={}, faults={}, pairs={},
    )  # fmt: skip


def _overtaken(a: "Mapping[str, Column]") -> bool:
    """Whether a target admitted an attempt after the actor's next one had begun: its Request was an old one."""
    if not ((a["failed"] != NEVER) & (a["admitted"] > a["failed"])).any():
        return False
    order = np.lexsort((a["requested"], a["actor"]))
    actor, requested, admitted = (a[name][order] for name in ("actor", "requested", "admitted"))
    return bool(((actor[1:] == actor[:-1]) & (admitted[:-1] > requested[1:])).any())


def _opened_again(a: "Mapping[str, Column]") -> bool:
    """Whether a second copy of a Request opened a second record of its attempt: the columns have room for one."""
    ends = (a[name] for name in ("restored", "target_failed", "target_removed", "target_replaced"))
    return any(bool(((ended != NEVER) & (a["admitted"] > ended)).any()) for ended in ends)


def _violation(recording: "Recording", row: int, at: int, finding: _Finding) -> Violation:
    a = recording.attempts
    happened = [
        Moment(int(a[column][row]), what, int(a[here][row]), int(a[there][row]), row)
        for column, what, here, there in _TRAIL
        if a[column][row] != NEVER
    ]
    actor, executor = int(a["actor"][row]), int(a[finding.executor][row])
    trail = tuple(sorted(happened, key=lambda moment: moment.at))
    return Violation(finding.invariant, at, actor, executor, row, finding.evidence, finding.hazards, trail)


def _findings(recording: "Recording", scenario: Scenario) -> Iterator[_Finding]:
    a, horizon, manager = recording.attempts, recording.horizon, scenario.manager
    doubled = np.flatnonzero(a["duplicate_run"] > 0)
    began = np.maximum(a["failed"], a["restored"])[doubled]
    yield _Finding("I1", doubled, began, "target", (7,), "the actor runs at its source and at its target")
    source_end = np.maximum(a["completed"], a["failed"])
    tracked = manager.timeouts_ms if manager.enabled else {}
    settled = source_end != NEVER
    for state, entry, left in _source_states(a):
        stuck = (entry != NEVER) & (left == NEVER) & ~settled
        if state not in tracked:
            settled = settled | stuck
    if State.RESTORING in tracked:
        settled &= (a["admitted"] == NEVER) | (a["restored"] != NEVER) | (a["target_failed"] != NEVER)
    if recording.pending is not None:
        settled[recording.pending] = False
    # An actor is at rest once all of its attempts are, older ones too.
    busy = np.zeros(scenario.actors.count, dtype=bool)
    busy[a["actor"][~settled]] = True
    settled &= ~busy[a["actor"]]
    again = np.where(a["accepted"] == NEVER, 0, np.maximum(a["failed"], a["restored"]))
    nowhere = np.flatnonzero((again == NEVER) & settled)
    at_end = np.full(len(nowhere), horizon)
    yield _Finding("I2", nowhere, at_end, "source", (6,), "nothing of the actor is in flight, and it runs nowhere")
    split = np.flatnonzero((a["restored"] != NEVER) & (a["completed"] == NEVER) & settled)
    when = np.where(source_end[split] == NEVER, horizon, np.maximum(source_end[split], a["restored"][split]))
    yield _Finding("I8", split, when, "source", (5,), "the target has completed, the source has not")
    target_end = np.maximum(a["restored"], a["target_failed"])
    sides = [(state, "source", entry, left, source_end) for state, entry, left in _source_states(a)]
    sides.append((State.RESTORING, "target", a["admitted"], target_end, target_end))
    for state, executor, entry, left, ended in sides:
        bound = tracked.get(state, UNTRACKED_MS) * 1000 + manager.check_interval + 1000
        until = np.where(left == NEVER, np.where(ended == NEVER, horizon, ended), left)
        overdue = np.flatnonzero((entry != NEVER) & (until - entry > bound))
        evidence = f"in {state.label} for longer than {bound / 1e6:g} s"
        hazards = () if state in tracked else (16,)
        yield _Finding("I6", overdue, entry[overdue] + bound, executor, hazards, evidence)


def _source_states(a: "Mapping[str, Column]") -> "tuple[tuple[State, Column, Column], ...]":
    """The source's active states, each with its entry and the entry of the next."""
    return (
        (State.REQUESTING, a["requested"], a["accepted"]),
        (State.CHECKPOINTING, a["accepted"], a["checkpointed"]),
        (State.TRANSFERRING, a["checkpointed"], a["completed"]),
    )
