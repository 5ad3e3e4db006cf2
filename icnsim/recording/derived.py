"""Records, timeline and violations of a plain run, derived from its columns of attempts.

This file is needed only while the plain simulation leaves these parts of its `Recording` out.
"""

from collections.abc import Iterator, Mapping
from typing import Final, NamedTuple

import numpy as np

from icnsim.protocol.states import State
from icnsim.recording import outcome
from icnsim.recording.columns import NEVER, TIMED_OUT, Column, Integers, Recording
from icnsim.recording.distribution import total
from icnsim.recording.occupancy import Records
from icnsim.recording.violations import INVARIANTS, KEPT, UNTRACKED_MS, Moment, Observed, Violation
from icnsim.scenario import Scenario

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


def absent(a: outcome.Attempts) -> dict[str, float]:
    """Actors that run nowhere at the end of a plain run: paused, and never resumed nor restored since."""
    paused = (a["accepted"] != NEVER) & (outcome.ran_again(a) == NEVER)
    return {
        "nowhere": int(paused.sum()), "in_doubt": 0, "down": 0,
        "nowhere_s": total(np.maximum(a["downtime"], 0).astype(np.int64)) / 1e6,
        "twice_s": total(a["duplicate_run"].astype(np.int64)) / 1e6,
    }  # fmt: skip


def records(a: outcome.Attempts, horizon: int) -> Records:
    """The records of a plain run, the sources' first, the targets' after them."""
    admitted = np.flatnonzero(a["admitted"] != NEVER)
    source_gone = np.maximum(a["removed"], a["replaced"])
    target_gone = np.maximum(a["target_removed"], a["target_replaced"])[admitted]
    source_ended = np.maximum(a["completed"], a["failed"])
    target_ended = np.maximum(a["restored"], a["target_failed"])[admitted]

    def both(source: Column, target: Column) -> Integers:
        times = np.concatenate([source, target])
        times[times == NEVER] = horizon
        return times

    return Records(
        executor=np.concatenate([a["source"], a["target"][admitted]]),
        created=both(a["requested"], a["admitted"][admitted]),
        ended=both(source_ended, target_ended),
        gone=both(source_gone, target_gone),
        removed=np.concatenate([a["removed"], a["target_removed"][admitted]]) != NEVER,
        timed_out=np.concatenate([a["failure"] == TIMED_OUT, a["target_failed"][admitted] != NEVER]),
    )


def samples(a: outcome.Attempts, instants: int, step: int, actors: int) -> dict[str, Integers]:
    """`Recording.samples` of a plain run at so many instants 0, step, 2 step…, µs."""
    source_end, target_end = np.maximum(a["completed"], a["failed"]), np.maximum(a["restored"], a["target_failed"])
    gone, target_gone = np.maximum(a["removed"], a["replaced"]), np.maximum(a["target_removed"], a["target_replaced"])
    count = _Counter(instants, step)

    def between(entry: Column, *exits: Column) -> Integers:
        return count(entry) - sum(count(left) for left in exits)

    accepted, sent = a["accepted"], a["checkpointed"]
    before_accept = np.where(accepted == NEVER, a["failed"], NEVER)
    while_making = np.where((accepted != NEVER) & (sent == NEVER), a["failed"], NEVER)
    after_sending = np.where(sent == NEVER, NEVER, source_end)
    columns = {
        State.REQUESTING: between(a["requested"], accepted, before_accept),
        State.CHECKPOINTING: between(accepted, sent, while_making),
        State.TRANSFERRING: between(sent, after_sending),
        State.RESTORING: between(a["admitted"], target_end),
        State.COMPLETE: between(a["completed"], np.where(a["completed"] == NEVER, NEVER, gone))
        + between(a["restored"], np.where(a["restored"] == NEVER, NEVER, target_gone)),
        State.FAILED: between(a["failed"], np.where(a["failed"] == NEVER, NEVER, gone))
        + between(a["target_failed"], np.where(a["target_failed"] == NEVER, NEVER, target_gone)),
    }
    paused = between(accepted, outcome.ran_again(a))
    return {
        **{state.name.lower(): column for state, column in columns.items()},
        "running": actors - paused + _doubled(a, count),
        "paused": paused,
    }


def _doubled(a: Mapping[str, Column], count: "_Counter") -> Integers:
    """Second copies of actors that run."""
    rows = np.flatnonzero(a["duplicate_run"] > 0)
    began = np.maximum(a["failed"][rows], a["restored"][rows])
    return count(began) - count(began + a["duplicate_run"][rows])


class _Counter:
    """Counts how many of some times are at or before each instant 0, step, 2 step…"""

    def __init__(self, instants: int, step: int) -> None:
        self._instants = instants
        self._step = step

    def __call__(self, times: Column) -> Integers:
        happened = times[times != NEVER]
        slot = np.minimum(-(-happened // self._step), self._instants)
        counts: Integers = np.cumsum(np.bincount(slot, minlength=self._instants + 1)[: self._instants])
        return counts


class _Finding(NamedTuple):
    """Violations of one invariant: attempts, when each was violated, and what they have in common."""

    invariant: str
    rows: Column
    at: Column
    executor: str
    hazards: tuple[int, ...]
    evidence: str


def violations(recording: Recording, scenario: Scenario) -> Observed:
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


def _overtaken(a: Mapping[str, Column]) -> bool:
    """Whether a target admitted an attempt after the actor's next one had begun: its Request was an old one."""
    if not ((a["failed"] != NEVER) & (a["admitted"] > a["failed"])).any():
        return False
    order = np.lexsort((a["requested"], a["actor"]))
    actor, requested, admitted = (a[name][order] for name in ("actor", "requested", "admitted"))
    return bool(((actor[1:] == actor[:-1]) & (admitted[:-1] > requested[1:])).any())


def _opened_again(a: Mapping[str, Column]) -> bool:
    """Whether a second copy of a Request opened a second record of its attempt: the columns have room for one."""
    ends = (a[name] for name in ("restored", "target_failed", "target_removed", "target_replaced"))
    return any(bool(((ended != NEVER) & (a["admitted"] > ended)).any()) for ended in ends)


def _violation(recording: Recording, row: int, at: int, finding: _Finding) -> Violation:
    a = recording.attempts
    happened = [
        Moment(int(a[column][row]), what, int(a[here][row]), int(a[there][row]), row)
        for column, what, here, there in _TRAIL
        if a[column][row] != NEVER
    ]
    actor, executor = int(a["actor"][row]), int(a[finding.executor][row])
    trail = tuple(sorted(happened, key=lambda moment: moment.at))
    return Violation(finding.invariant, at, actor, executor, row, finding.evidence, finding.hazards, trail)


def _findings(recording: Recording, scenario: Scenario) -> Iterator[_Finding]:
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


def _source_states(a: Mapping[str, Column]) -> tuple[tuple[State, Column, Column], ...]:
    """The source's active states, each with its entry and the entry of the next."""
    return (
        (State.REQUESTING, a["requested"], a["accepted"]),
        (State.CHECKPOINTING, a["accepted"], a["checkpointed"]),
        (State.TRANSFERRING, a["checkpointed"], a["completed"]),
    )
