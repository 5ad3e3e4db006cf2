"""The migration manager of one executor: incoming messages, detection, cleanup, crash and restart.

Theory of operation. The manager never waits and never asks for the time. Its driver (the simulation, a
test, the model check) calls a handler with the present time in whole milliseconds. The handler finds the
record, looks up the event in the transition table, changes the record in one place (`records._move`), and
passes everything that must be sent or started to the port.

One manager serves every profile. Each hazard of PROTOCOL section 7 has a switch: where the hazard
begins, the handler asks its switch whether the fix is on, and reports the hazard to the port in either case.
The transition table depends on the switches, too (`states.table`); with those of `as-designed` it is
`TRANSITIONS`.

The hand-over of the hardened protocol: a source that has sent the final checkpoint never resumes the
actor by itself. When it has waited too long, it asks the target to cancel, again and again. The target
either has begun the epoch and answers with an Ack, or promises never to begin it. Only then does the source
resume the actor. See docs/hardened.md.

Active and ended records are kept apart: detection scans the active records alone, cleanup the ended ones. A detector
that does not poll watches each active record by itself (`watch`, `detectors`). Only the loop does the cleanup.
"""

from collections.abc import Callable, Iterable
from typing import Final, NamedTuple

from icnsim.protocol.detectors.detector import Detector
from icnsim.protocol.messages import AttemptId, Kind, Message
from icnsim.protocol.record import MigrationRecord
from icnsim.protocol.records import NO_ATTEMPT, RESTARTED, TIMED_OUT
from icnsim.protocol.states import Event, State
from icnsim.protocol.target import TargetHandlers

IDLE: Final = State.IDLE

EVENTS: Final = {
    Kind.REQUEST: Event.ADMIT,
    Kind.ACCEPT: Event.ACCEPT,
    Kind.REJECT: Event.REJECT,
    Kind.COMPLETE: Event.COMPLETE,
    Kind.ACK: Event.ACK,
    Kind.CANCEL: Event.CANCEL,
    Kind.CANCELLED: Event.CANCELLED,
}
"""The event of a record that the arrival of each kind of message causes."""

EXPIRING: Final = (Kind.REQUEST, Kind.ACCEPT, Kind.REJECT, Kind.COMPLETE)
"""The kinds that `message_expiry` drops when they are old.

A message that settles a hand-over in doubt never expires.
"""


class Late(NamedTuple):
    """A record that the reading phase of detection has found too old, and the state that it found."""

    record: MigrationRecord
    state: State
    since: int


class MigrationManager(TargetHandlers):
    """Follows every migration that one executor takes part in, as source or as target; see `RecordKeeper`."""

    __slots__ = ()

    def receive(self, message: Message, now: int) -> None:
        """Give an arrived message to its handler, unless it has expired."""
        kind, actor = message.kind, message.actor
        if now - message.sent_at > self.settings.message_lifetime:
            self._port.hazard(19, actor, message.attempt)
            if self.switches.message_expiry and kind in EXPIRING:
                self._ignore(actor, message.attempt, EVENTS[kind])
                return
        HANDLERS[kind](self, message, now)
        heard, epoch = self.runtime.heard, message.epoch
        if epoch > heard.get(actor, 0):
            heard[actor] = epoch

    # Background: the manager's loop calls these on each tick

    def scan(self, now: int) -> list[Late]:
        """The reading phase of detection: the records in a tracked state that are strictly older than its timeout.

        After a clock was set back an age is negative, which is not older than any timeout. Records whose detector does
        not poll have deadlines instead.
        """
        if not self.polls:
            return []
        records: Iterable[MigrationRecord] = self.active.values()
        if self.watches:
            records = [record for record in records if self.detector_of(record.actor).polls]
        return [
            Late(record, record.state, record.since)
            for record in records
            for timeout in (self.timeouts_of(record.actor).get(record.state),)
            if timeout is not None and now - record.since > timeout
        ]

    def fail_late(self, late: list[Late], now: int) -> list[MigrationRecord]:
        """The writing phase: fail the records that were found, or those that replaced them.

        Returns those that failed.
        """
        failed = []
        for record, state, since in late:
            held = self._held(record.actor)
            if held is None:
                continue
            if held is not record or held.state is not state or held.since != since:
                self._port.hazard(1, record.actor, record.attempt)
            if self._time_out(held, record.attempt, now):
                failed.append(held)
        return failed

    def overdue(self, record: MigrationRecord, deadline: int, now: int) -> bool:
        """Check a record when the monotonic clock has reached its deadline; True if the record has failed.

        Nothing happens if the record has another deadline or no deadline by now, or was removed.
        """
        if record.deadline != deadline or self.active.get(record.actor) is not record:
            return False
        if self._goes_on(record, now):
            return False
        if self.learns:
            self._suspect(record, now)
        return self._time_out(record, record.attempt, now)

    def turn(self, wheel: Detector, reading: int, now: int) -> list[MigrationRecord]:
        """Let a detector's wheel tick at that reading of the monotonic clock, ms; returns the records that failed."""
        return [record for record in wheel.advance(reading) if self.overdue(record, record.deadline, now)]

    def detect_timeouts(self, now: int) -> list[MigrationRecord]:
        """Both phases at once; returns the records that failed, in the order in which they were opened."""
        return self.fail_late(self.scan(now), now)

    def cleanup_migrations(self, now: int) -> list[MigrationRecord]:
        """Remove every ended record whose age is at least its retention; returns them."""
        if self.settings.overrides:
            old = [record for record in self.ended.values() if now - record.since >= self.retention_of(record.actor)]
        else:
            old, newest = [], now - self.retention
            for record in self.ended.values():
                if record.since > newest:
                    break  # the records are in the order of their ends
                old.append(record)
        ended, removed = self.ended, self._port.removed
        for record in old:
            del ended[record.actor]
            removed(record)
            record.state = IDLE  # the one row of `CLEAN_UP`
        return old

    def _time_out(self, record: MigrationRecord, attempt: AttemptId, now: int) -> bool:
        """The record has waited too long; True if it has failed."""
        actor, before = record.actor, record.state
        if before is State.TRANSFERRING:
            self._port.hazard(7, actor, attempt)
        if not self._fail(record, Event.TIME_OUT, attempt, now, TIMED_OUT):
            return False
        if record.state is not State.FAILED:
            record.doubtful, record.reminders = True, 0
            self._send(Kind.CANCEL, record, now)
            return False
        if before is State.RESTORING:
            self.runtime.fence(actor, record.epoch)
        elif before is State.CHECKPOINTING and self.switches.cancel_late_accepts:
            self._send(Kind.CANCEL, record, now)
        return True

    # Crash and restart

    def crash(self, *, disk_survives: bool) -> None:
        """The process ends. Memory is lost. Records are lost unless they are durable and the disk survives."""
        runtime = self.runtime
        for actor, copy in runtime.copies.items():
            if copy.running:
                self._port.stopped(actor, NO_ATTEMPT, "crash")
        self.seen.clear()
        self._forget()
        if not (disk_survives and self.switches.durable_records):
            for record in (*self.active.values(), *self.ended.values()):
                self._port.forgotten(record)
            self.active.clear()
            self.ended.clear()
            runtime.forget_epochs()
        if not (disk_survives and self.switches.durable_checkpoints):
            self.checkpoints.clear()
        if not disk_survives:
            runtime.copies.clear()

    def recover(self, now: int) -> None:
        """The process begins again: end the attempts that cannot go on, and run the actors from their checkpoints.

        An executor that has lost its migrations uses the newest fact that it has stored about an actor. If this is a
        checkpoint, it runs the actor from it; if the actor is paused, it stays paused. So an actor that was paused and
        whose final checkpoint was not made stays paused, and an actor that was handed over runs again (hazard 13).
        """
        runtime = self.runtime
        handed_over = set()
        for record in list(self.active.values()):
            before = record.state
            self._move(record, Event.RECOVER, record.attempt, now, RESTARTED)
            if before is State.RESTORING:
                runtime.fence(record.actor, record.epoch)
            elif record.state is State.TRANSFERRING:
                handed_over.add(record.actor)
                record.reminders = record.awaited = 0
                record.asked = None  # the message was sent before the crash
                self._await_answer(record)
        for actor, copy in runtime.copies.items():
            if actor not in handed_over and (self.switches.durable_records or copy.running or copy.saved):
                copy.running, copy.content = True, (self.checkpoints.get(actor, 0), self.me)
                self._port.runs(actor, copy, NO_ATTEMPT)


HANDLERS: Final[tuple[Callable[[MigrationManager, Message, int], None], ...]] = (
    MigrationManager.on_request,
    MigrationManager.on_accept,
    MigrationManager.on_reject,
    MigrationManager.on_complete,
    MigrationManager.on_ack,
    MigrationManager.on_cancel,
    MigrationManager.on_cancelled,
)
"""The handler of each kind of message, in the order of `Kind`."""
