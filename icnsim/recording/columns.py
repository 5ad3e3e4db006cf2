"""The columns that a running simulation writes, and the `Recording` that it returns.

Theory of operation. There is one row per attempt and one `array` per column. All rows of first attempts are allocated
before the run starts. Recording a transition is one assignment by index. NumPy reads the arrays afterwards without a
copy. Times are whole µs, -1 if the event did not happen. Figures that follow from these columns by arithmetic
(occupancy, costs, peaks) are not counted during the run.
"""

from array import array
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from icnsim.protocol.record import Role
from icnsim.protocol.states import State
from icnsim.recording.integers import Column, Integers
from icnsim.recording.lattices import Lattices
from icnsim.recording.learned import Learned
from icnsim.recording.records import Records
from icnsim.recording.violations import Observed

NEVER: Final = -1
"""The time of an event that did not happen."""

NOT_FAILED, TIMED_OUT, REJECTED, OTHER = range(4)
"""The codes of the column `failure`."""

UNWILLING, WILLING, BLOCKED, UNREACHABLE = range(4)
"""The codes of the column `willing`. Another record blocks a target, or a fault makes it unreachable."""

_ENTRIES: Final = {
    Role.SOURCE + State.REQUESTING: "requested",
    Role.SOURCE + State.CHECKPOINTING: "accepted",
    Role.SOURCE + State.TRANSFERRING: "checkpointed",
    Role.SOURCE + State.COMPLETE: "completed",
    Role.SOURCE + State.FAILED: "failed",
    Role.TARGET + State.RESTORING: "admitted",
    Role.TARGET + State.COMPLETE: "restored",
    Role.TARGET + State.FAILED: "target_failed",
}
"""The column of the time at which a record of a role enters a state."""

_EXITS: Final = {
    Role.SOURCE: ("removed", "replaced"),
    Role.TARGET: ("target_removed", "target_replaced"),
}

_TIMES: Final = (*_ENTRIES.values(), "transferred", *_EXITS[Role.SOURCE], *_EXITS[Role.TARGET], "late_at")
_FLAGS: Final = ("failure", "willing", "late_reply")


@dataclass(slots=True)
class Ticks:
    """One row per tick that failed or removed a record."""

    executor: "array[int]" = field(default_factory=lambda: array("i"))
    at: "array[int]" = field(default_factory=lambda: array("q"))
    active: "array[int]" = field(default_factory=lambda: array("i"))
    records: "array[int]" = field(default_factory=lambda: array("i"))
    timed_out: "array[int]" = field(default_factory=lambda: array("i"))
    removed: "array[int]" = field(default_factory=lambda: array("i"))

    def add(self, executor: int, at: int, active: int, records: int, timed_out: int, removed: int) -> None:
        """Append a tick."""
        self.executor.append(executor)
        self.at.append(at)
        self.active.append(active)
        self.records.append(records)
        self.timed_out.append(timed_out)
        self.removed.append(removed)


@dataclass(slots=True)
class Firings:
    """One row per instant at which the timers or the wheels of an executor's detectors failed a record."""

    executor: "array[int]" = field(default_factory=lambda: array("i"))
    at: "array[int]" = field(default_factory=lambda: array("q"))
    active: "array[int]" = field(default_factory=lambda: array("i"))
    records: "array[int]" = field(default_factory=lambda: array("i"))
    timed_out: "array[int]" = field(default_factory=lambda: array("i"))

    def add(self, executor: int, at: int, active: int, records: int, timed_out: int) -> None:
        """Append an instant."""
        self.executor.append(executor)
        self.at.append(at)
        self.active.append(active)
        self.records.append(records)
        self.timed_out.append(timed_out)


@dataclass(slots=True)
class MessageLog:
    """One row per sent message in the order of sending; a copy of a message has its own row."""

    kind: "array[int]" = field(default_factory=lambda: array("b"))
    attempt: "array[int]" = field(default_factory=lambda: array("q"))
    sender: "array[int]" = field(default_factory=lambda: array("i"))
    receiver: "array[int]" = field(default_factory=lambda: array("i"))
    sent: "array[int]" = field(default_factory=lambda: array("q"))
    arrives: "array[int]" = field(default_factory=lambda: array("q"))
    state_bytes: "array[int]" = field(default_factory=lambda: array("q"))

    def add(
        self, kind: int, attempt: int, sender: int, receiver: int, sent: int, arrives: int, state_bytes: int
    ) -> None:
        """Append a message; `arrives` is NEVER if it is lost."""
        self.kind.append(kind)
        self.attempt.append(attempt)
        self.sender.append(sender)
        self.receiver.append(receiver)
        self.sent.append(sent)
        self.arrives.append(arrives)
        self.state_bytes.append(state_bytes)


class Recorder:
    """The columns of a run during the run.

    Parameters
    ----------
    rows : the maximum number of first attempts.

    Attributes
    ----------
    arrivals : the number of rows of first attempts; the rows of retries follow them.
    entries : by role + state, the column of the times at which a record entered the state.
    removals, replacements : by role, the column of the times at which a terminal record was removed or replaced.
    """

    def __init__(self, rows: int) -> None:
        never = array("q", [NEVER]) * rows
        self.times = {name: array("q", never) for name in _TIMES}
        self.actor = array("i", bytes(4 * rows))
        self.source = self.actor[:]
        self.target = self.actor[:]
        self.flags = {name: array("b", bytes(rows)) for name in _FLAGS}
        self.reason = array("h", bytes(2 * rows))
        self.reasons: dict[str, int] = {"": 0}
        self.ticks = Ticks()
        self.firings = Firings()
        self.in_flight = array("q")
        self.skipped = array("q")
        self.ignored: Counter[str] = Counter()
        self.arrivals = rows
        self._retried: list[tuple[int, int]] = []
        unused = array("q")
        self.entries = [
            self.times[_ENTRIES[place]] if place in _ENTRIES else unused for place in range(Role.TARGET + len(State))
        ]
        self.removals = {role: self.times[removed] for role, (removed, _) in _EXITS.items()}
        self.replacements = {role: self.times[replaced] for role, (_, replaced) in _EXITS.items()}

    def begin(self, attempt: int, actor: int, source: int, target: int) -> None:
        """Write the actor, the source and the target of an attempt."""
        self.actor[attempt] = actor
        self.source[attempt] = source
        self.target[attempt] = target

    def extend(self, migration: int, attempt: int) -> int:
        """Append a row for a retry, attempt number `attempt` (from 2) of a migration; return the number of the row."""
        for times in self.times.values():
            times.append(NEVER)
        for column in (self.actor, self.source, self.target, self.reason, *self.flags.values()):
            column.append(0)
        self._retried.append((migration, attempt))
        return self.arrivals + len(self._retried) - 1

    def rows(self) -> Integers:
        """The rows of attempts that began, in the order of (migration, attempt), as in `attempts`."""
        begun = np.flatnonzero(np.frombuffer(self.times["requested"], np.int64) != NEVER)
        if not self._retried:
            return begun
        migration, attempt = self._numbers()
        order: Integers = begun[np.lexsort((attempt[begun], migration[begun]))]
        return order

    def places(self) -> Integers:
        """The place of each row among the attempts that began; NEVER for an attempt that did not begin."""
        rows = self.rows()
        places = np.full(len(self.actor), NEVER)
        places[rows] = np.arange(len(rows))
        return places

    def _numbers(self) -> tuple[Integers, Integers]:
        """The migration of every row, and the number of its attempt within the migration."""
        first = np.arange(self.arrivals, dtype=np.int64)
        retried = np.array(self._retried, dtype=np.int64).reshape(-1, 2)
        return np.concatenate([first, retried[:, 0]]), np.concatenate([np.ones_like(first), retried[:, 1]])

    def reason_code(self, reason: str) -> int:
        """The code of a reason of failure."""
        return self.reasons.setdefault(reason, len(self.reasons))

    def attempts(self) -> dict[str, Column]:
        """The columns of `Recording.attempts`, without skipped arrivals."""
        rows = self.rows()
        complete = len(rows) == len(self.actor) and not self._retried
        if self._retried:
            migration, attempt = self._numbers()
            columns: dict[str, Column] = {"migration": migration[rows], "attempt": attempt[rows].astype(np.int32)}
        else:
            columns = {"migration": rows, "attempt": np.ones(len(rows), dtype=np.int32)}
        raw: dict[str, array[int]] = {
            "actor": self.actor,
            "source": self.source,
            "target": self.target,
            **self.times,
            **self.flags,
            "reason": self.reason,
        }
        for name, values in raw.items():
            column = np.frombuffer(values, dtype=values.typecode)
            columns[name] = column if complete else column[rows]
        return columns


@dataclass(frozen=True, slots=True)
class Recording:
    """The recording of one run. Times are whole µs, -1 if the event did not happen.

    Every engine passes its recording through `recording.canonical`, which fixes the order of the parts.

    Attributes
    ----------
    attempts : columns by name, one row per attempt in the order of (migration, attempt); a row's number is the
        `attempt_id`. `migration` is the number of an arrival, or a larger number if a drain began the
        migration; `attempt` counts from 1; `actor`, `source` and `target` are indices; `state_bytes`. The source's
        times: `requested`, `accepted`, `checkpointed`, `transferred`, `completed`, `failed`, `removed`, `replaced`.
        The target's times: `admitted`, `restored`, `target_failed`,
        `target_removed`, `target_replaced`. `failure` (see `NOT_FAILED`…), `willing` (see `UNWILLING`…),
        `late_reply` and `late_at` (whether, and when first, an answer arrived after the attempt had timed out),
        `reason` (an index into `reasons`). If the attempt timed out, or if its source holds its record in
        a tracked state at the end: `failed_in` (a `State`), `failed_since` and `deadline`. `downtime` (-1 without a
        pause) and `duplicate_run` in µs. `downtime_open` is 1 if the actor still runs nowhere because of the attempt at
        the end; its `downtime` lasts until the horizon. `queued` is the number of messages to the actor that waited
        because of the attempt.
    ticks : one row per tick that failed or removed a record: executor, at, active and records (before the tick),
        timed_out, removed.
    firings : one row per instant at which the timers or the wheels of an executor's detectors failed records: executor,
        at, active and records (before the first of them), timed_out.
    learned : what the executors' detectors have learned.
    in_flight : messages in transit at 0, step, 2 step… of `record.timeline`.
    skipped : the times of the arrivals that found every actor busy.
    phases : the phase of each executor's loop; None if no executor has one.
    checker : the instants at which the task checkers tick; None without task checkers.
    errors : the number of ticks that failed, by loop: "manager" and "task_checker".
    message_log : columns of `MessageLog` and `task`; None unless `record.messages` is set.
    ignored : the number of events that did not fit their records, by names such as "accept in failed".
    window_start, window_end, horizon : the statistics' window and the end of the simulation.
    observed : the observations of the monitor.
    samples : the timeline's columns, by state, `running` and `paused`; empty without a timeline.
    records : every record's interval, in any order.
    counts : the engine's own counts of what it created and what is open at the end, see `recording.conservation`.
    lattices : the instants at which the managers tick; None without a manager.
    wheels : by the time between two ticks, ms, the instants at which the wheels of detectors tick.
    recoveries : one row per actor and crash of its executor: actor, executor, crashed, restarted, elsewhere (the actor
        ran at another executor from then on), sequence, work_lost (µs), messages_lost.
    actor_messages : the numbers of messages to actors that were sent, delivered, queued, lost, reordered, waiting,
        refused.
    actors : one row per actor that has existed: actor (its number), home, executor (where it runs at the end, -1 if
        nowhere), copies, the times nowhere and twice (µs), and the numbers of its messages delivered, queued and lost;
        None if nothing migrates.
    absent : the number of actors that run nowhere at the end, and how many of them are in_doubt or down; the time
        that actors ran nowhere or twice, s.
    standing : the time that actors were stopped for their own checkpoints, µs.
    idle : how much less process time than virtual time has passed for running copies, because their processes were
        stalled or slow, µs.
    memories : one row per WASM actor's attempt that made its final checkpoint, see `recording.memories`; None
        without WASM actors.
    transfers : one row per transfer of a message that carries state, see `recording.transfers`; None if transfers share
        nothing.
    checkpoint_writes : one row per write of a checkpoint, see `recording.checkpointwrites`; None if writes take no
        time.
    at_risk : crashes of executors that held pages which an actor elsewhere still needed, counted per actor.
    placements : one row per decision of a policy, see `recording.placements`; None without one.
    drains : one row per drain of an executor, see `recording.drains`; None if no fault is a drain.
    tasks, executions : one row per submitted task and per executor's run of one, see `recording.tasks`; None
        without submissions.
    decisions : one row per migration that was put to a quorum, see `recording.quorum`; None without one.
    checkpoint_votes : one row per final checkpoint that was put to a quorum, see `recording.quorum`; None without one.
    heartbeats : the number of heartbeats that were sent, each to every other executor.
    """

    attempts: Mapping[str, Column]
    reasons: tuple[str, ...]
    ticks: Mapping[str, Column]
    firings: Mapping[str, Column]
    learned: Learned
    in_flight: Integers
    skipped: Integers
    phases: Integers | None
    checker: Lattices | None
    events: int
    messages_sent: int
    messages_delivered: int
    messages_lost: int
    messages_in_flight: int
    message_log: Mapping[str, Column] | None
    ignored: Mapping[str, int]
    window_start: int
    window_end: int
    horizon: int
    observed: Observed
    samples: Mapping[str, Integers]
    recoveries: Mapping[str, Column]
    actor_messages: Mapping[str, int]
    absent: Mapping[str, float]
    records: Records
    counts: Mapping[str, int]
    actors: Mapping[str, Column] | None = None
    decisions: Mapping[str, Column] | None = None
    checkpoint_votes: Mapping[str, Column] | None = None
    drains: Mapping[str, Column] | None = None
    tasks: Mapping[str, Column] | None = None
    executions: Mapping[str, Column] | None = None
    standing: int = 0
    idle: int = 0
    memories: Mapping[str, Column] | None = None
    at_risk: int = 0
    transfers: Mapping[str, Column] | None = None
    checkpoint_writes: Mapping[str, Column] | None = None
    placements: Mapping[str, NDArray[Any]] | None = None
    errors: Mapping[str, int] = field(default_factory=lambda: {"manager": 0, "task_checker": 0})
    lattices: Lattices | None = None
    wheels: Mapping[int, Lattices] = field(default_factory=dict)
    heartbeats: int = 0


def columns_of(rows: Ticks | Firings | MessageLog) -> dict[str, Column]:
    """The columns of a table that grew row by row, as NumPy arrays."""
    return {
        name: np.frombuffer(values, dtype=values.typecode)
        for name in rows.__slots__
        for values in (getattr(rows, name),)
    }
