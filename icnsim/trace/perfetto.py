"""A run as a trace for Perfetto or Chrome: the JSON of the Trace Event Format.

Executors are processes, and actors and the runs of tasks are their threads. A slice of an attempt contains the slices
of its states at one side, from the first to the last; messages are flow arrows between the slices of an attempt.
Times are whole µs of virtual time. The format counts in µs, so they are exact.

The format: Duc, N. et al., "Trace Event Format", Google, 2016. A slice ("X") has `ts` and `dur`; slices of a
thread nest; a flow begins ("s") and ends ("f", with `bp: "e"`) inside slices and has an `id`.
"""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from icnsim.protocol.messages import Kind
from icnsim.recording import outcome
from icnsim.recording.columns import NEVER, Recording
from icnsim.recording.integers import Integers
from icnsim.scenario import Scenario
from icnsim.trace.runs import Event, runs

STATES: Final = (
    ("requesting", "source", "requested", ("accepted", "failed")),
    ("checkpointing", "source", "accepted", ("checkpointed", "failed")),
    ("transferring", "source", "checkpointed", ("completed", "failed")),
    ("restoring", "target", "admitted", ("restored", "target_failed")),
)
"""A state: its side, the column of its beginning, and the columns of which the first ends it."""
MOMENTS: Final = {
    "source": ("requested", "accepted", "checkpointed", "completed", "failed"),
    "target": ("admitted", "transferred", "restored", "target_failed"),
}
PER_ATTEMPT: Final = 20
"""The approximate number of events of an attempt: slices, arrows, and the names of threads."""
MOST: Final = 1_000_000
"""The number of events that a viewer can open; a larger trace must be allowed."""


@dataclass(frozen=True, slots=True)
class Cut:
    """Selects attempts: those of these actors at these executors that overlap the time.

    Attributes
    ----------
    since, until : µs. actors, executors : numbers; empty for all.
    """

    since: int = 0
    until: int | None = None
    actors: frozenset[int] = frozenset()
    executors: frozenset[int] = frozenset()

    def rows(self, recording: Recording) -> Integers:
        """The numbers of the attempts."""
        a = recording.attempts
        ended = np.maximum.reduce([a[name] for side in MOMENTS.values() for name in side])
        wanted = ended >= self.since
        if self.until is not None:
            wanted &= a["requested"] < self.until
        if self.actors:
            wanted &= np.isin(a["actor"], list(self.actors))
        if self.executors:
            wanted &= np.isin(a["source"], list(self.executors)) | np.isin(a["target"], list(self.executors))
        rows: Integers = np.flatnonzero(wanted)
        return rows


def pieces(recording: Recording, scenario: Scenario, cut: Cut = Cut()) -> Iterator[bytes]:
    """The file, piece by piece: one event per line.

    Parameters
    ----------
    recording : of a run with `record.messages`.
    """
    yield b'{"displayTimeUnit":"ms","traceEvents":[\n'
    separator = b""
    for event in events(recording, scenario, cut):
        yield separator + json.dumps(event, separators=(",", ":"), ensure_ascii=False).encode()
        separator = b",\n"
    yield b"\n]}\n"


def events(recording: Recording, scenario: Scenario, cut: Cut = Cut()) -> Iterator[Event]:
    """The events: names first, then those of one attempt after the other, then messages and violations."""
    rows = cut.rows(recording)
    spans = _Spans(recording, rows)
    threads = _Threads(spans, scenario)
    of_runs = list(_runs(recording, scenario, cut, threads))
    yield from threads.names(scenario)
    yield from of_runs
    a, codes = recording.attempts, outcome.outcomes(recording.attempts)
    for place, row in enumerate(rows.tolist()):
        named = {name: int(column[row]) for name, column in a.items()}
        for side in MOMENTS:
            thread = threads.of(place, side)
            if thread is None:
                continue
            since, until = spans.of(place, side)
            arguments = {
                "migration": named["migration"], "attempt": named["attempt"], "attempt_id": row,
                "from": scenario.executor_names[named["source"]], "to": scenario.executor_names[named["target"]],
                "outcome": outcome.OUTCOMES[codes[row]],
            }  # fmt: skip
            yield _slice(f"migration {named['migration']}", "attempt", thread, since, until, arguments)
            yield from _states(named, side, thread, recording.horizon)
        if named["failed"] != NEVER and (thread := threads.of(place, "source")) is not None:
            why = {"reason": recording.reasons[named["reason"]]}
            yield _instant("failed", "failure", thread, named["failed"], why)
    yield from _messages(recording, rows, spans, threads)
    yield from _violations(recording, scenario, cut, threads)


def _runs(recording: Recording, scenario: Scenario, cut: Cut, threads: "_Threads") -> Iterator[Event]:
    """The runs of submitted tasks that are selected."""
    executions = recording.executions
    for number, event in runs(recording, scenario, cut.since, cut.until):
        assert executions is not None
        executor = int(executions["executor"][number])
        actor = scenario.actors.count + int(executions["task"][number])
        if (not cut.actors or actor in cut.actors) and (not cut.executors or executor in cut.executors):
            thread = threads.for_run(executor, event["name"])
            yield {**event, "pid": thread.pid, "tid": thread.tid}


def _states(named: dict[str, int], side: str, thread: "Thread", horizon: int) -> Iterator[Event]:
    for state, where, since, ends in STATES:
        if where == side and named[since] != NEVER:
            until = min((named[end] for end in ends if named[end] != NEVER), default=horizon)
            if until >= named[since]:  # a late event may begin a state that has ended by then
                yield _slice(state, "state", thread, named[since], until, {})


def _messages(recording: Recording, rows: Integers, spans: "_Spans", threads: "_Threads") -> Iterator[Event]:
    """A flow for each message that arrived, and an instant for each message that did not."""
    log = recording.message_log
    assert log is not None
    for number in spans.messages.tolist():
        place = int(np.searchsorted(rows, log["attempt"][number]))
        kind = Kind(int(log["kind"][number])).label
        sender, receiver = int(log["sender"][number]), int(log["receiver"][number])
        here, there = threads.at(place, sender), threads.at(place, receiver)
        sent, arrives = int(log["sent"][number]), int(log["arrives"][number])
        if here is None:
            continue  # of an executor that forges, or that a broadcast has reached: it takes no part in the attempt
        if arrives == NEVER or there is None:
            yield _instant(f"{kind}, did not arrive", "message", here, sent, {})
            continue
        flow = {"cat": "message", "name": kind, "id": number}
        yield {"ph": "s", **flow, "ts": sent, "pid": here.pid, "tid": here.tid}
        yield {"ph": "f", "bp": "e", **flow, "ts": arrives, "pid": there.pid, "tid": there.tid}


def _violations(recording: Recording, scenario: Scenario, cut: Cut, threads: "_Threads") -> Iterator[Event]:
    for violation in recording.observed.violations:
        where = threads.first.get((violation.executor, violation.actor))
        inside = violation.at >= cut.since and (cut.until is None or violation.at < cut.until)
        if where is not None and inside:
            details = {"evidence": violation.evidence, "hazards": list(violation.hazards)}
            yield _instant(f"{violation.invariant} is violated", "violation", where, violation.at, details)


@dataclass(frozen=True, slots=True)
class Thread:
    """The place where events are drawn: the process of an executor, and the thread of an actor."""

    pid: int
    tid: int


def _slice(name: str, category: str, thread: Thread, since: int, until: int, arguments: Event) -> Event:
    found = {"ph": "X", "cat": category, "name": name, "ts": since, "dur": until - since}
    return {**found, "pid": thread.pid, "tid": thread.tid, **({"args": arguments} if arguments else {})}


def _instant(name: str, category: str, thread: Thread, at: int, arguments: Event) -> Event:
    found = {"ph": "i", "s": "t", "cat": category, "name": name, "ts": at, "pid": thread.pid, "tid": thread.tid}
    return {**found, **({"args": arguments} if arguments else {})}


class _Spans:
    """The span of each wanted attempt at its source and at its target, µs.

    Attributes
    ----------
    messages : the numbers of its messages in the log, of all these attempts. ends : for each side the executor.
    """

    def __init__(self, recording: Recording, rows: Integers) -> None:
        a, log = recording.attempts, recording.message_log
        assert log is not None
        self.actor = a["actor"][rows]
        self.ends = {side: a[side][rows] for side in MOMENTS}
        self._since: dict[str, NDArray[np.int64]] = {}
        self._until: dict[str, NDArray[np.int64]] = {}
        wanted = np.zeros(len(a["actor"]) + 1, dtype=bool)  # one more, for messages of no attempt
        wanted[rows] = True
        self.messages: Integers = np.flatnonzero(wanted[log["attempt"]])
        place = np.searchsorted(rows, log["attempt"][self.messages])
        for side, names in MOMENTS.items():
            times = np.stack([a[name][rows] for name in names])
            times = np.vstack([times, times])
            since = np.where(times == NEVER, np.iinfo(np.int64).max, times).min(axis=0)
            until = times.max(axis=0)
            for role, when in (("sender", "sent"), ("receiver", "arrives")):
                at, executor = log[when][self.messages].astype(np.int64), log[role][self.messages]
                own = (executor == self.ends[side][place]) & (at != NEVER)
                np.minimum.at(since, place[own], at[own])
                np.maximum.at(until, place[own], at[own])
            # A record that is active at the end has a slice to the end. A moment takes 1 µs, so that its events are
            # inside.
            for _, where, begins, over in STATES:
                if where == side:
                    lasts = (a[begins][rows] != NEVER) & np.all([a[end][rows] == NEVER for end in over], axis=0)
                    until = np.where(lasts, np.maximum(until, recording.horizon - 1), until)
            self._since[side], self._until[side] = since, until + 1

    def of(self, place: int, side: str) -> tuple[int, int]:
        """The span of the wanted attempt at that place."""
        return int(self._since[side][place]), int(self._until[side][place])

    def has(self, place: int, side: str) -> bool:
        """Whether the attempt has an event there."""
        return bool(self._until[side][place] > self._since[side][place])


class _Threads:
    """A thread for each actor at each executor, and further threads if two of its attempts overlap there.

    Attributes
    ----------
    first : the first thread of an executor and an actor.
    """

    def __init__(self, spans: _Spans, scenario: Scenario) -> None:
        self._spans = spans
        names = scenario.actor_names
        self.first: dict[tuple[int, int], Thread] = {}
        self._of: dict[tuple[int, str], Thread] = {}
        self._named: dict[Thread, str] = {}
        free: dict[tuple[int, int], list[tuple[Thread, int]]] = {}
        parts = [
            (*spans.of(place, side), place, side)
            for side in MOMENTS
            for place in range(len(spans.actor))
            if spans.has(place, side)
        ]
        for since, until, place, side in sorted(parts):
            executor, actor = int(spans.ends[side][place]), int(spans.actor[place])
            lanes = free.setdefault((executor, actor), [])
            for lane, (thread, over) in enumerate(lanes):
                if over <= since:
                    lanes[lane] = thread, until
                    break
            else:
                thread = Thread(executor + 1, len(self._named) + 1)
                self._named[thread] = names[actor] + (f" ({len(lanes) + 1})" if lanes else "")
                self.first.setdefault((executor, actor), thread)
                lanes.append((thread, until))
            self._of[place, side] = thread

    def for_run(self, executor: int, name: str) -> Thread:
        """A thread of an executor for a run of a task."""
        thread = Thread(executor + 1, len(self._named) + 1)
        self._named[thread] = name
        return thread

    def of(self, place: int, side: str) -> Thread | None:
        """The place where an attempt is drawn; None if it has no event at that side."""
        return self._of.get((place, side))

    def at(self, place: int, executor: int) -> Thread | None:
        """The place where an attempt is drawn at an executor; None if this is neither its source nor its target."""
        for side in MOMENTS:
            if self._spans.ends[side][place] == executor:
                return self.of(place, side)
        return None

    def names(self, scenario: Scenario) -> Iterator[Event]:
        """The names of processes and threads in the viewer."""
        for pid in sorted({thread.pid for thread in self._named}):
            for name, arguments in (
                ("process_name", {"name": scenario.executor_names[pid - 1]}),
                ("process_sort_index", {"sort_index": pid}),
            ):
                yield {"ph": "M", "name": name, "pid": pid, "tid": 0, "args": arguments}
        for thread, name in self._named.items():
            yield {"ph": "M", "name": "thread_name", "pid": thread.pid, "tid": thread.tid, "args": {"name": name}}
