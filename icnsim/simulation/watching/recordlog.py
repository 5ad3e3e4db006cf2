"""Writes every transition into the attempts' columns, and keeps every record's interval.

This is the only place that records transitions. An attempt's columns hold the transitions of its own source and
target. What another executor does in its name (a forger, or an executor that a broadcast has misled) appears
among the records' intervals and in the violations, but not in the columns.
"""

from array import array
from collections import Counter
from typing import Final

import numpy as np

from icnsim.protocol.messages import VOTING, ActorId, AttemptId, ExecutorId, Message
from icnsim.protocol.record import MigrationRecord, Role
from icnsim.protocol.records import CANCELLED, REFUSED, RESTARTED
from icnsim.protocol.records import TIMED_OUT as EXPIRED
from icnsim.protocol.states import ACTIVE, Event, State
from icnsim.recording.columns import BLOCKED, NEVER, OTHER, REJECTED, TIMED_OUT, UNREACHABLE, Column, Recorder
from icnsim.recording.occupancy import Records
from icnsim.simulation.executors.executor import Executor
from icnsim.simulation.hooks import Hooks
from icnsim.simulation.time.environment import Environment

CODES: Final = {EXPIRED: TIMED_OUT, CANCELLED: OTHER, REFUSED: OTHER, RESTARTED: OTHER}
"""The codes of the reasons of failure; every other reason is that of a target that refused."""

# Bound once: looking up a member on its class costs as much as a call.
SOURCE, IDLE, COMPLETE, FAILED = Role.SOURCE, State.IDLE, State.COMPLETE, State.FAILED
TIME_OUT, ADMIT, ACCEPT, REJECT = Event.TIME_OUT, Event.ADMIT, Event.ACCEPT, Event.REJECT


class RecordLog:
    """The attempts' columns and the records' intervals of one run.

    Parameters
    ----------
    recorder : the columns. broadcasts : whether Accepts are broadcast, so that `holders` is needed.

    Attributes
    ----------
    held : the number of records in each `State` now.
    failures : for each attempt whose source timed out: the state, when it was entered, and its deadline, µs.
    """

    def __init__(self, env: Environment, hooks: Hooks, recorder: Recorder, *, broadcasts: bool) -> None:
        self._env = env
        self._recorder = recorder
        self._entries = recorder.entries
        self._sources, self._targets = recorder.source, recorder.target
        self._source_ended, self._source_forgotten = hooks.source_ended, hooks.source_forgotten
        self._holders: dict[ActorId, Counter[ExecutorId]] | None = {} if broadcasts else None
        self.held = [0] * len(State)
        self.failures: dict[int, tuple[State, int, int]] = {}
        self._executor, self._created = array("q"), array("q")
        self._ended, self._gone = array("q"), array("q")
        self._removed, self._scanned = array("b"), array("b")
        hooks.record_moved.append(self._moved)
        hooks.record_removed.append(self._cleaned_up)
        hooks.record_replaced.append(self._replaced)
        hooks.record_forgotten.append(self._vanished)
        hooks.event_ignored.append(self._ignored)
        hooks.checkpoint_arrived.append(self._arrived)
        hooks.request_unreachable.append(self._unreachable)
        hooks.message_cut.append(self._cut)
        hooks.executor_crashing.append(self._crashing)

    def holders(self, actor: ActorId) -> list[ExecutorId]:
        """The executors that hold a record of the actor; kept only with `broadcasts`."""
        assert self._holders is not None
        return sorted(executor for executor, count in self._holders.get(actor, {}).items() if count)

    def records(self, executors: list[Executor], horizon: int) -> Records:
        """Every record of the run; what has not happened by the horizon is at the horizon."""
        for executor in executors:
            for record in (*executor.manager.active.values(), *executor.manager.ended.values()):
                self._close(record, executor, horizon, removed=False)
        return Records(
            executor=np.frombuffer(self._executor, np.int64),
            created=np.frombuffer(self._created, np.int64),
            ended=np.frombuffer(self._ended, np.int64),
            gone=np.frombuffer(self._gone, np.int64),
            removed=np.frombuffer(self._removed, np.int8) != 0,
            timed_out=np.frombuffer(self._scanned, np.int8) != 0,
        )

    def measures(self, rows: Column) -> dict[str, Column]:
        """The state, its entry and the deadline of each of these attempts that timed out; NEVER for the others."""
        failures = np.full((3, len(self._recorder.actor)), NEVER, dtype=np.int64)
        failures[0] = State.REQUESTING
        for row, failure in self.failures.items():
            failures[:, row] = failure
        return dict(zip(("failed_in", "failed_since", "deadline"), failures[:, rows], strict=True))

    def _moved(  # noqa: PLR0912 - one call per step of every record
        self, record: MigrationRecord, before: State, event: Event, attempt: AttemptId, executor: Executor
    ) -> None:
        state, now, held = record.state, self._env._now, self.held
        if before is IDLE or record.created_us < 0:
            record.created_us = now
            if self._holders is not None:
                self._holders.setdefault(record.actor, Counter())[executor.id] += 1
        else:
            held[before] -= 1
        held[state] += 1
        terminal = state is COMPLETE or state is FAILED
        if terminal:
            record.ended_us = now
            record.scanned = event is TIME_OUT or executor.ticked_at == now
        else:
            record.ended_us = NEVER
        row = record.attempt
        source = record.role is SOURCE
        if (self._sources if source else self._targets)[row] != executor.id:
            if source and terminal:
                for ended in self._source_ended:
                    ended(record, executor)
            return
        if state is not before:  # a record that only receives its final checkpoint stays in its state
            self._entries[record.role + state][row] = now
        if source and terminal:
            if event is TIME_OUT:
                entered = self._entries[before][row]
                timeout = executor.manager.timeouts_of(record.actor).get(before, 0)
                self.failures[row] = (before, entered, entered + timeout * 1000)
            if state is FAILED:
                recorder, reason = self._recorder, record.reason
                recorder.flags["failure"][row] = CODES.get(reason, REJECTED)
                recorder.reason[row] = recorder.reason_code(reason)
            for ended in self._source_ended:
                ended(record, executor)

    def _is_own(self, record: MigrationRecord, executor: Executor) -> bool:
        """Whether the executor is the attempt's own source or target."""
        return (self._sources if record.role is SOURCE else self._targets)[record.attempt] == executor.id

    def _cleaned_up(self, record: MigrationRecord, executor: Executor) -> None:
        now = self._env._now
        if self._is_own(record, executor):
            self._recorder.removals[record.role][record.attempt] = now
        self._close(record, executor, now, removed=True)

    def _replaced(self, record: MigrationRecord, executor: Executor) -> None:
        if self._is_own(record, executor):
            self._recorder.replacements[record.role][record.attempt] = self._env._now
        self._vanished(record, executor)

    def _vanished(self, record: MigrationRecord, executor: Executor) -> None:
        self._close(record, executor, self._env._now, removed=False)
        if record.role is SOURCE and record.state in ACTIVE:
            for forgotten in self._source_forgotten:
                forgotten(record)

    def _close(self, record: MigrationRecord, executor: Executor, now: int, *, removed: bool) -> None:
        """The record's interval has ended."""
        ended = record.ended_us
        self._executor.append(executor.id)
        self._created.append(record.created_us)
        self._ended.append(now if ended == NEVER else ended)
        self._gone.append(now)
        self._removed.append(removed)
        self._scanned.append(record.scanned)
        self.held[record.state] -= 1
        if self._holders is not None:
            self._holders[record.actor][executor.id] -= 1

    def _ignored(self, state: State, event: Event, attempt: int) -> None:
        recorder = self._recorder
        recorder.ignored[f"{event.label} in {state.label}"] += 1
        if event is ADMIT:
            recorder.flags["willing"][attempt] = BLOCKED
        elif event in (ACCEPT, REJECT) and recorder.flags["failure"][attempt] == TIMED_OUT:
            recorder.flags["late_reply"][attempt] = 1

    def _arrived(self, record: MigrationRecord, executor: Executor) -> None:
        if self._is_own(record, executor):
            self._recorder.times["transferred"][record.attempt] = self._env._now

    def _unreachable(self, request: Message) -> None:
        self._is_unreachable(request.attempt)

    def _is_unreachable(self, attempt: AttemptId) -> None:
        """A fault keeps the attempt's target from the exchange. What happens after the failure does not count."""
        if self._recorder.times["failed"][attempt] == NEVER:
            self._recorder.flags["willing"][attempt] = UNREACHABLE

    def _cut(self, message: Message, to: ExecutorId) -> None:
        """A cut link has stopped a message between an attempt's source and target: the target is not reachable."""
        if message.kind in VOTING:
            return
        attempt = message.attempt
        sides = {self._sources[attempt], self._targets[attempt]}
        if {message.signer, to} == sides:
            self._is_unreachable(attempt)

    def _crashing(self, executor: Executor, disk_survives: bool, returns: bool) -> None:
        for record in executor.manager.active.values():
            if record.role is Role.TARGET:
                self._is_unreachable(record.attempt)
