"""The records of a manager with switches: how they come, change, time out and survive a restart.

What both sides of a migration stand on (`source`, `target`); `switched` puts them together.
A record changes in `_move`, by the rows that the switches leave or add (`states.table`).
"""

from collections.abc import Mapping
from typing import NamedTuple

from icnsim.protocol.manager import FIRST_TERMINAL, TIMED_OUT, MigrationManager
from icnsim.protocol.messages import ActorId, AttemptId, ExecutorId, Kind, SwitchedMessage
from icnsim.protocol.port import SwitchedPort
from icnsim.protocol.profile import Switches
from icnsim.protocol.record import MigrationRecord, Role, SwitchedRecord
from icnsim.protocol.runtime import Runtime
from icnsim.protocol.states import Event, State, table

CANCELLED = "Migration cancelled"
"""The reason of an attempt that its target has promised not to complete."""
RESTARTED = "Executor restarted"
"""The reason of an attempt that a restart has ended."""
REFUSED = "Checkpoint refused"
"""The reason of an attempt whose final checkpoint did not fit its hash, or was empty."""

LONGEST_PAUSE_MS = 60_000
"""Between two reminders; they begin with `retransmit_after` and double."""

NO_ATTEMPT = AttemptId(-1)


class Settings(NamedTuple):
    """What a manager is told, in ms; `overrides` are the timeouts and retentions of some actors, None for the usual."""

    timeouts: Mapping[State, int]
    retention: int
    retransmit_after: int = 5_000
    message_lifetime: int = 60_000
    overrides: Mapping[ActorId, tuple[Mapping[State, int] | None, int | None]] = {}


class Late(NamedTuple):
    """What the reading phase of detection has found: a record that was in that state since then."""

    record: SwitchedRecord
    state: State
    since: int


class RecordKeeper(MigrationManager):
    """The records, the actors and the outgoing messages of one executor.

    Parameters
    ----------
    me, port, settings, switches : this executor, its world, its parameters, the fixes.

    Attributes
    ----------
    runtime : the actors that live here. rows : the transition table with these switches.
    seen : the contents of the Requests that have come, for `deduplicate_by_attempt`.
    """

    _port: SwitchedPort
    active: dict[ActorId, SwitchedRecord]  # type: ignore[assignment]
    ended: dict[ActorId, SwitchedRecord]  # type: ignore[assignment]

    __slots__ = ("copies_live", "rows", "runtime", "seen", "settings", "switches")

    def __init__(self, me: ExecutorId, port: SwitchedPort, settings: Settings, switches: Switches) -> None:
        super().__init__(me, port, settings.timeouts, settings.retention)
        self.settings = settings
        self.switches = switches
        self.rows = table(switches)
        self.runtime = Runtime()
        self.copies_live = False
        self.seen: set[tuple[ActorId, ExecutorId, int]] = set()

    def adjust(self, settings: Settings) -> None:
        """Go on with other settings: they hold from the next tick, for the records that are there, too."""
        self.settings = settings
        self.timeouts, self.retention = dict(settings.timeouts), settings.retention

    # Background

    def scan(self, now: int) -> list[Late]:
        """The reading phase of detection: the records that are older than their timeouts."""
        return [
            Late(record, record.state, record.since)
            for record in self.active.values()
            for timeout in (self._timeouts_of(record.actor).get(record.state),)
            if timeout is not None and now - record.since > timeout
        ]

    def fail_late(self, late: list[Late], now: int) -> list[SwitchedRecord]:
        """The writing phase: fail them, or what has come in their place since; returns those that failed."""
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

    def detect_timeouts(self, now: int) -> list[SwitchedRecord]:  # type: ignore[override]
        """Both phases at once."""
        return self.fail_late(self.scan(now), now)

    def cleanup_migrations(self, now: int) -> list[MigrationRecord]:
        """Remove every terminal record that is as old as its retention; returns them."""
        if not self.settings.overrides:
            return super().cleanup_migrations(now)
        old: list[MigrationRecord] = [
            record for record in self.ended.values() if now - record.since >= self._retention_of(record.actor)
        ]
        for record in old:
            del self.ended[record.actor]
            record.state = self.rows[record.state, Event.CLEAN_UP]
            self._port.removed(record)
        return old

    def _timeouts_of(self, actor: ActorId) -> Mapping[State, int]:
        own = self.settings.overrides.get(actor)
        return self.timeouts if own is None or own[0] is None else own[0]

    def timeout_of(self, actor: ActorId, state: State) -> int:
        """How long a record of the actor may stand in a state, ms; 0 where nothing tracks it."""
        return self._timeouts_of(actor).get(state, 0)

    def _retention_of(self, actor: ActorId) -> int:
        own = self.settings.overrides.get(actor)
        return self.retention if own is None or own[1] is None else own[1]

    def _time_out(self, record: SwitchedRecord, attempt: AttemptId, now: int) -> bool:
        """The record has waited too long; True if it has failed for it."""
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
        """Stop here and now. Memory is lost; records only where they are not durable, all if the disk is lost."""
        runtime = self.runtime
        for actor, copy in runtime.copies.items():
            if copy.running:
                self._port.stopped(actor, NO_ATTEMPT, "crash")
        self.seen.clear()
        if not (disk_survives and self.switches.durable_records):
            for record in (*self.active.values(), *self.ended.values()):
                self._port.forgotten(record)
            self.active.clear()
            self.ended.clear()
            runtime.forget_epochs()
        if not disk_survives:
            runtime.copies.clear()
            self.checkpoints.clear()

    def recover(self, now: int) -> None:
        """Begin again: end what cannot go on, run the actors that live here from their newest checkpoints.

        Who has forgotten its migrations goes by the newest thing that it has stored of an actor: a checkpoint, from
        which it runs it, or that it is paused. So one that was paused and whose final checkpoint was not made
        stays paused, and one that was handed over is run again (hazard 13).
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
                self._await_answer(record)
        for actor, copy in runtime.copies.items():
            if actor not in handed_over and (self.switches.durable_records or copy.running or copy.saved):
                copy.running, copy.content = True, (self.checkpoints.get(actor, 0), self.me)
                self._port.runs(actor, copy, NO_ATTEMPT)

    # The actors that live here

    def _pause(self, record: SwitchedRecord) -> None:
        copy = self.runtime.copies.get(record.actor)
        if copy is None:
            return
        if copy.running:
            copy.running = False
            self._port.stopped(record.actor, record.attempt, "pause")
        copy.paused_for, copy.saved = record.attempt, False

    def _resume(self, record: SwitchedRecord) -> None:
        """The migration has failed: let the actor that it has paused run on at home."""
        copy = self.runtime.copies.get(record.actor)
        if copy is None or copy.running or copy.paused_for != record.attempt:
            return
        self._port.hazard(6, record.actor, record.attempt)
        if self.switches.resume_on_failure:
            copy.running = True
            self._port.runs(record.actor, copy, record.attempt)

    def _run_here(self, record: SwitchedRecord) -> None:
        runtime, actor = self.runtime, record.actor
        if actor in runtime.copies:
            self._drop(actor, record.attempt)
        runtime.begin(actor, record.epoch, record.content)
        self._port.runs(actor, runtime.copies[actor], record.attempt)

    def _drop(self, actor: ActorId, attempt: AttemptId) -> None:
        del self.runtime.copies[actor]
        self._port.stopped(actor, attempt, "drop")

    def _keep(self, actor: ActorId, sequence: int) -> None:
        """Store a checkpoint; an older one in the place of a newer only without the fix."""
        if not self.checkpoints.store(actor, sequence) and sequence and not self.switches.ordered_checkpoints:
            self.checkpoints[actor] = sequence

    # What is sent

    def _send(self, kind: Kind, record: SwitchedRecord, now: int, reason: str = "") -> None:
        self._tell(kind, record.actor, record.attempt, record.peer, record.epoch, now, reason, record)

    def _tell(
        self,
        kind: Kind,
        actor: ActorId,
        attempt: AttemptId,
        receiver: ExecutorId,
        epoch: int,
        now: int,
        reason: str = "",
        record: SwitchedRecord | None = None,
    ) -> None:
        message = SwitchedMessage(kind, actor, attempt, self.me, receiver, reason=reason)
        message.epoch, message.sent_at, message.signer = epoch, now, self.me
        if record is not None and kind in (Kind.REQUEST, Kind.COMPLETE):
            message.size_bytes = record.size_bytes
            if kind is Kind.COMPLETE:
                message.sequence, message.content = record.sequence, record.content
                message.damaged = record.damaged
            else:
                message.sequence = self.checkpoints.get(actor, 0)
        self._port.send(message)

    def _await_answer(self, record: SwitchedRecord) -> None:
        """Have the record's message sent again when no answer comes."""
        if self.switches.retransmission:
            pause = min(LONGEST_PAUSE_MS, self.settings.retransmit_after << min(record.reminders, 16))
            record.reminders += 1
            record.awaited += 1
            self._port.remind(record, pause)

    # What is received

    def _is_forged(self, message: SwitchedMessage, record: SwitchedRecord, event: Event) -> bool:
        """Whether a message about the record's attempt is not the other side's; then, with the fix, it is ignored."""
        if message.signer == record.peer or message.attempt != record.attempt:
            return False
        self._port.hazard(21, record.actor, message.attempt)
        if self.switches.verified_origins:
            self._ignore(record.actor, message.attempt, event)
        return self.switches.verified_origins

    # The one place where records come, change and go

    def _held(self, actor: ActorId) -> SwitchedRecord | None:
        return self.active.get(actor) or self.ended.get(actor)

    def _free(self, actor: ActorId, attempt: AttemptId, epoch: int) -> bool:
        """Whether this side may begin to take part in that attempt."""
        runtime = self.runtime
        if self.switches.fresh_requests and (
            runtime.heard.get(actor, 0) > epoch or not runtime.may_begin(actor, epoch)
        ):
            return False  # a newer attempt may have been heard of while the policy evaluated this one
        return not self.switches.guarded_transitions or self._free_for(actor, attempt)

    def _open(self, record: MigrationRecord, event: Event, now: int) -> None:
        """Hold a new record, in the place of its actor's old one, and let it begin."""
        assert isinstance(record, SwitchedRecord)
        self._take_away(record.actor)
        self.active[record.actor] = record
        self._move(record, event, record.attempt, now)

    def _put_in_place(self, record: SwitchedRecord, old: SwitchedRecord, now: int) -> None:
        """Hold a record in the place and the state of one that an unguarded event is about to restart."""
        self._take_away(old.actor)
        record.state, record.since = old.state, now
        (self.active if record.state < FIRST_TERMINAL else self.ended)[record.actor] = record

    def _take_away(self, actor: ActorId) -> None:
        """Remove the record that another one replaces."""
        for held in (self.active, self.ended):
            if actor in held:
                self._port.replaced(held.pop(actor))

    def _fail(self, record: SwitchedRecord, event: Event, attempt: AttemptId, now: int, reason: str) -> bool:
        """Move the record on by an event that may end it; then its actor runs on. False if it was ignored."""
        moved = self._move(record, event, attempt, now, reason)
        if moved and record.state is State.FAILED and record.role is Role.SOURCE:
            self._resume(record)
        return moved

    def _move(self, record: SwitchedRecord, event: Event, attempt: AttemptId, now: int, reason: str = "") -> bool:
        """Move a record on by an event of that attempt; False, counted, where no row fits."""
        before, actor = record.state, record.actor
        state = self.rows.get((before, event))
        if state is None:
            self._ignore(actor, attempt, event)
            return False
        record.state, record.since = state, now
        if before >= FIRST_TERMINAL:
            self.ended.pop(actor, None)
        elif state >= FIRST_TERMINAL:
            self.active.pop(actor, None)
        if state >= FIRST_TERMINAL:
            record.reason = reason
            self.ended[actor] = record
            if now < self._last_end:
                self._order_ended()
            self._last_end = max(now, self._last_end)
        else:
            self.active[actor] = record
        self._port.moved(record, before, event, attempt)
        self._port.entered(record)
        return True
