"""The log of records: it writes their transitions into the attempts' columns, and stores their intervals.

This is the only place that records transitions, and the only listener of all transitions. It announces the few that
other parts examine (`record_strayed`, `record_left`, `record_ended`). The columns of an attempt hold the transitions of
its own source and target. Records of another executor under its number (a forger, or an executor that a broadcast has
misled) appear in the records' intervals and in the violations, but not in the columns.
"""

from array import array
from typing import Final

import numpy as np

from icnsim.protocol.messages import VOTING, AttemptId, ExecutorId, Kind, Message
from icnsim.protocol.profile import Switches
from icnsim.protocol.record import NO_DEADLINE, MigrationRecord, Role
from icnsim.protocol.records import CANCELLED, DISPUTED, ENDED, REFUSED, RESTARTED
from icnsim.protocol.records import TIMED_OUT as EXPIRED
from icnsim.protocol.states import ACTIVE, Event, State, table
from icnsim.recording.columns import BLOCKED, NEVER, OTHER, REJECTED, TIMED_OUT, UNREACHABLE, Recorder
from icnsim.recording.integers import Column
from icnsim.recording.records import FORGOTTEN, LEFT, REMOVED, REPLACED, Records
from icnsim.simulation.activity import Activity
from icnsim.simulation.executors.executor import Executor
from icnsim.simulation.hooks import Hooks
from icnsim.simulation.time.environment import Environment
from icnsim.simulation.watching.bounds import Bounds
from icnsim.simulation.watching.deadlines import Deadlines

CODES: Final = dict.fromkeys((CANCELLED, REFUSED, RESTARTED, ENDED, DISPUTED), OTHER) | {EXPIRED: TIMED_OUT}
"""The codes of the reasons of failure; every other reason is a refusal by a target."""

# Bound once: looking up a member of an enum on its class costs as much as a call.
SOURCE, COMPLETE, FAILED = Role.SOURCE, State.COMPLETE, State.FAILED
TIME_OUT, ADMIT, ACCEPT, REJECT = Event.TIME_OUT, Event.ADMIT, Event.ACCEPT, Event.REJECT
COMPLETION, CLEAN_UP = Event.COMPLETE, Event.CLEAN_UP


class RecordLog:
    """The attempts' columns and the records' intervals of one run.

    Parameters
    ----------
    recorder : the columns.
    activity : the messages, stages and records of each actor that are in flight.
    bounds : the maximum age of records. deadlines : gives the deadlines of records.
    switches : the fixes that are on. votes : whether quorums vote on final checkpoints.

    Attributes
    ----------
    transitions : the number of times each step was taken, by state and event.
    failures : for each attempt whose source timed out, or holds a record in a tracked state at the end: the state, its
        entry and its deadline, µs.
    """

    def __init__(
        self,
        env: Environment,
        hooks: Hooks,
        recorder: Recorder,
        activity: Activity,
        bounds: Bounds,
        deadlines: Deadlines,
        switches: Switches,
        *,
        votes: bool = False,
    ) -> None:
        self._env = env
        self._recorder = recorder
        self._activity, self._items = activity, activity.items
        self._bounds = bounds
        self._deadlines = deadlines
        entries = recorder.entries
        self._source_entries = [entries[SOURCE + state] for state in State]
        self._source_removals = recorder.removals[SOURCE]
        self._target_removals = recorder.removals[Role.TARGET]
        self._target_entries = [entries[Role.TARGET + state] for state in State]
        self._sources, self._targets = recorder.source, recorder.target
        self._strayed, self._left, self._record_ended = hooks.record_strayed, hooks.record_left, hooks.record_ended
        self._source_ended, self._source_forgotten = hooks.source_ended, hooks.source_forgotten
        self.transitions = [[0] * len(Event) for _ in State]
        self._rows = table(switches, votes=votes)
        self._work_ended = hooks.work_ended
        self._opened, self._closed = [0] * len(State), [0] * len(State)
        self.failures: dict[int, tuple[State, int, int]] = {}
        self._intervals = array("q")
        hooks.record_moved.append(self._moved)
        hooks.record_removed.append(self._cleaned_up)
        hooks.record_replaced.append(self._replaced)
        hooks.record_forgotten.append(self._forgotten)
        hooks.event_ignored.append(self._ignored)
        hooks.checkpoint_arrived.append(self._arrived)
        hooks.request_unreachable.append(self._unreachable)
        hooks.message_cut.append(self._cut)
        hooks.executor_crashing.append(self._crashing)

    def held(self) -> list[int]:
        """The current number of records in each `State`.

        It follows from the steps. Records that appear in a state, or disappear from it, without a step are counted
        separately (`_opened`, `_closed`).
        """
        held = [opened - closed for opened, closed in zip(self._opened, self._closed, strict=True)]
        for (before, event), state in self._rows.items():
            count = self.transitions[before][event]
            held[before] -= count
            held[state] += count
        return held

    def timed_out(self) -> int:
        """The number of times that detection has failed a record so far."""
        return sum(
            self.transitions[before][event]
            for (before, event), state in self._rows.items()
            if event is TIME_OUT and state is FAILED
        )

    def opened(self) -> int:
        """The number of records that were opened so far."""
        return sum(self._opened)

    def records(self, executors: list[Executor], horizon: int, *, managed: bool) -> Records:
        """Every record of the run. An event that has not happened by the horizon has the time of the horizon.

        `managed` says whether managers detect timeouts, so that the active records have deadlines.
        """
        for executor in executors:
            manager = executor.manager
            for record in (*manager.active.values(), *manager.ended.values()):
                self._close(record, executor, horizon, LEFT)
            for record in manager.active.values() if managed else ():
                tracked = record.state in manager.timeouts_of(record.actor)
                if tracked and record.role is SOURCE and self._is_own(record, executor):
                    self._store_deadline(record, record.state, executor)
        rows = np.frombuffer(self._intervals, np.int64).reshape(-1, 7)
        where, actor, created, ended, gone, fate, scanned = np.ascontiguousarray(rows.T)
        return Records(where, actor, created, ended, gone, fate.astype(np.int8), timed_out=scanned != 0)

    def measures(self, rows: Column) -> dict[str, Column]:
        """The state, its entry and the deadline of each attempt in `failures`; NEVER for the others."""
        failures = np.full((3, len(self._recorder.actor)), NEVER, dtype=np.int64)
        failures[0] = State.REQUESTING
        for row, failure in self.failures.items():
            failures[:, row] = failure
        return dict(zip(("failed_in", "failed_since", "deadline"), failures[:, rows], strict=True))

    def _moved(
        self, record: MigrationRecord, before: State, event: Event, attempt: AttemptId, executor: Executor
    ) -> None:
        now, state, row = self._env._now, record.state, record.attempt
        self.transitions[before][event] += 1
        if attempt != row or before is COMPLETE or before is FAILED:
            for strayed in self._strayed:
                strayed(record, before, event, attempt, executor)
            resurrects = before is FAILED and event in (ACCEPT, REJECT) and self._is_own(record, executor)
            if resurrects and self._recorder.flags["failure"][row] == TIMED_OUT:  # hazard 2
                self._answered_late(row)
        if state is before and event is COMPLETION:
            return  # the record keeps its state until its actor is restored
        entered = record.entered_us
        if entered is not None and (now - entered > self._bounds.least[before] or executor.irregular):
            for left in self._left:
                left(record, before, executor)
        if record.created_us < 0:
            record.created_us = now
            self._opened[before] += 1
        source = record.role is SOURCE
        own = (self._sources if source else self._targets)[row] == executor.id
        if own and state is not before:
            (self._source_entries if source else self._target_entries)[state][row] = now
        if state is COMPLETE or state is FAILED:
            self._end(record, before, event, executor, own=own)
            return
        record.ended_us = NEVER
        record.entered_us = now
        record.readings = executor.ages_ms() if executor.irregular else None
        if entered is None:
            self._items[record.actor] += 1

    def _end(self, record: MigrationRecord, before: State, event: Event, executor: Executor, *, own: bool) -> None:
        """Store the end of a record."""
        now, actor, entered = self._env._now, record.actor, record.entered_us
        record.ended_us = now
        record.scanned = (event is TIME_OUT and record.deadline == NO_DEADLINE) or executor.ticked_at == now
        record.entered_us = None
        for record_ended in self._record_ended:
            record_ended(record, before, event, executor)
        items = self._items
        if entered is not None:
            if items[actor] > 1 and not self._work_ended:  # as in `Network`: most items are not the last
                items[actor] -= 1
            else:
                self._activity.end(actor)
        elif not items[actor]:
            self._activity.rest(actor)
        if record.role is not SOURCE:
            return
        if not own:
            return  # another executor has obeyed an answer that it did not ask for, which changes no column
        row = record.attempt
        if event is TIME_OUT:
            self._store_deadline(record, before, executor)
        if record.state is FAILED:
            recorder, reason = self._recorder, record.reason
            recorder.flags["failure"][row] = CODES.get(reason, REJECTED)
            recorder.reason[row] = recorder.reason_code(reason)
        for ended in self._source_ended:
            ended(record, executor)

    def _store_deadline(self, record: MigrationRecord, state: State, executor: Executor) -> None:
        """Store the state in which a source's record timed out or may time out, with its entry and its deadline."""
        row, actor = record.attempt, record.actor
        since = self._source_entries[state][row]
        if record.deadline != NO_DEADLINE:
            timeout = record.allowed
        else:
            timeout = executor.manager.timeouts_of(actor).get(state, 0)
        self.failures[row] = state, since, self._deadlines.of(actor, state, since, timeout)

    def _is_own(self, record: MigrationRecord, executor: Executor) -> bool:
        """Whether the executor is the attempt's own source or target."""
        return (self._sources if record.role is SOURCE else self._targets)[record.attempt] == executor.id

    def _cleaned_up(self, record: MigrationRecord, executor: Executor) -> None:
        now = self._env._now
        self.transitions[record.state][CLEAN_UP] += 1
        source, row = record.role is SOURCE, record.attempt
        if (self._sources if source else self._targets)[row] == executor.id:
            (self._source_removals if source else self._target_removals)[row] = now
        self._intervals.extend((
            executor.id, record.actor, record.created_us, record.ended_us, now, REMOVED, record.scanned,
        ))  # fmt: skip

    def _replaced(self, record: MigrationRecord, executor: Executor) -> None:
        if self._is_own(record, executor):
            self._recorder.replacements[record.role][record.attempt] = self._env._now
        self._vanished(record, executor, REPLACED)

    def _forgotten(self, record: MigrationRecord, executor: Executor) -> None:
        self._vanished(record, executor, FORGOTTEN)

    def _vanished(self, record: MigrationRecord, executor: Executor, fate: int) -> None:
        if record.entered_us is not None:
            for left in self._left:
                left(record, record.state, executor)
            record.entered_us = None
            self._activity.end(record.actor)
        self._close(record, executor, self._env._now, fate)
        if record.role is SOURCE and record.state in ACTIVE and self._is_own(record, executor):
            for forgotten in self._source_forgotten:
                forgotten(record)

    def _close(self, record: MigrationRecord, executor: Executor, now: int, fate: int) -> None:
        """Store the interval of a record that was not removed."""
        self._closed[record.state] += 1
        ended = record.ended_us
        self._intervals.extend((
            executor.id, record.actor, record.created_us, now if ended == NEVER else ended, now, fate, record.scanned,
        ))  # fmt: skip

    def _ignored(self, state: State, event: Event, attempt: int) -> None:
        recorder = self._recorder
        recorder.ignored[f"{event.label} in {state.label}"] += 1
        if event is ADMIT:
            recorder.flags["willing"][attempt] = BLOCKED
        elif event in (ACCEPT, REJECT) and recorder.flags["failure"][attempt] == TIMED_OUT:
            recorder.flags["late_reply"][attempt] = 1
            self._answered_late(AttemptId(attempt))

    def _answered_late(self, attempt: AttemptId) -> None:
        """Store the time of an answer to an attempt that has timed out, if it is the first one."""
        times = self._recorder.times["late_at"]
        if times[attempt] == NEVER:
            times[attempt] = self._env._now

    def _arrived(self, record: MigrationRecord, executor: Executor) -> None:
        if self._is_own(record, executor):
            self._recorder.times["transferred"][record.attempt] = self._env._now

    def _unreachable(self, request: Message) -> None:
        self._is_unreachable(request.attempt, asking=True)

    def _is_unreachable(self, attempt: AttemptId, *, asking: bool = False) -> None:
        """Mark an attempt's target as unreachable because of a fault.

        Faults after a failure do not count, unless they keep the Request from a target that has not admitted it
        (`asking`): a detector may suspect a target before the Request arrives.
        """
        times = self._recorder.times
        if times["failed"][attempt] == NEVER or (asking and times["admitted"][attempt] == NEVER):
            self._recorder.flags["willing"][attempt] = UNREACHABLE

    def _cut(self, message: Message, to: ExecutorId) -> None:
        """Mark an attempt's target as unreachable if a cut link stopped a message between its source and target."""
        if message.kind in VOTING:
            return
        attempt = message.attempt
        sides = {self._sources[attempt], self._targets[attempt]}
        if {message.signer, to} == sides:
            self._is_unreachable(attempt, asking=message.kind is Kind.REQUEST)

    def _crashing(self, executor: Executor, disk_survives: bool, returns: bool) -> None:
        for record in executor.manager.active.values():
            if record.role is Role.TARGET:
                self._is_unreachable(record.attempt)
