"""The source's side of a manager with switches: it asks, checkpoints, hands over, and waits."""

from icnsim.protocol.keeper import RecordKeeper
from icnsim.protocol.manager import FIRST_TERMINAL
from icnsim.protocol.messages import BROADCAST, EMPTY, ActorId, AttemptId, ExecutorId, Kind, Message, SwitchedMessage
from icnsim.protocol.record import MigrationRecord, Role, SwitchedRecord
from icnsim.protocol.states import Event, State


class SourceSide(RecordKeeper):
    """The handlers of the source."""

    __slots__ = ()

    def initiate(self, actor: ActorId, target: ExecutorId, attempt: AttemptId, size_bytes: int, now: int) -> bool:
        """Begin to migrate an actor; False, and nothing else, if its record is active."""
        held = self.active.get(actor)
        if held is not None:
            if now - held.since > self._timeouts_of(actor).get(held.state, self.settings.message_lifetime):
                self._port.hazard(16, actor, attempt)
            self._ignore(actor, attempt, Event.INITIATE)
            return False
        epoch = self.runtime.next_epoch(actor)
        record = SwitchedRecord(actor, attempt, Role.SOURCE, target, size_bytes, epoch)
        self._open(record, Event.INITIATE, now)
        self._send(Kind.REQUEST, record, now)
        self._await_answer(record)
        return True

    def on_accept(self, accept: Message, now: int) -> None:
        """The target takes the actor: pause it and make the final checkpoint."""
        assert isinstance(accept, SwitchedMessage)
        actor, attempt = accept.actor, accept.attempt
        record = self._answered(accept, Event.ACCEPT)
        if record is not None and record.state >= FIRST_TERMINAL:
            self._port.hazard(2, actor, attempt)
        if record is None or (record.state, Event.ACCEPT) not in self.rows:
            if record is not None:
                self._ignore(actor, attempt, Event.ACCEPT)
            self._cancel_late(accept, now)
            return
        if record.state is not State.REQUESTING:
            record = self._restarted(record, accept, now)
        record.peer = accept.signer
        if self._move(record, Event.ACCEPT, attempt, now):
            if self.copies_live:
                self._port.copy(record)
            else:
                self.copied(record)

    def copied(self, record: SwitchedRecord) -> None:
        """What is copied while the actor runs is copied: pause it and make the final checkpoint."""
        if self.active.get(record.actor) is record and record.state is State.CHECKPOINTING:
            self._pause(record)
            self._port.checkpoint(record)

    def _restarted(self, record: SwitchedRecord, accept: SwitchedMessage, now: int) -> SwitchedRecord:
        """A record in the place of one that an unguarded Accept has restarted."""
        size = record.size_bytes
        again = SwitchedRecord(record.actor, accept.attempt, Role.SOURCE, accept.signer, size, accept.epoch)
        self._put_in_place(again, record, now)
        return again

    def _cancel_late(self, accept: SwitchedMessage, now: int) -> None:
        """Tell the sender of an Accept that comes too late, so that it stops waiting."""
        known, held = self._held(accept.actor), self.active.get(accept.actor)
        if accept.receiver == BROADCAST and (known is None or known.attempt != accept.attempt):
            return  # it was for another
        current = held is not None and held.attempt == accept.attempt and held.role is Role.SOURCE
        if self.switches.cancel_late_accepts and not (current and held is not None and held.peer == accept.signer):
            self._tell(Kind.CANCEL, accept.actor, accept.attempt, accept.signer, accept.epoch, now)

    def on_reject(self, reject: Message, now: int) -> None:
        """The target refuses: the migration has failed, for the target's reason."""
        assert isinstance(reject, SwitchedMessage)
        record = self._answered(reject, Event.REJECT)
        if record is not None:
            self._fail(record, Event.REJECT, reject.attempt, now, reject.reason)

    def checkpointed(self, record: MigrationRecord, now: int) -> None:
        """The final checkpoint is made: send it."""
        assert isinstance(record, SwitchedRecord)
        actor, attempt = record.actor, record.attempt
        if self._held(actor) is not record:
            self._ignore(actor, attempt, Event.CHECKPOINT)
            return
        if not self._move(record, Event.CHECKPOINT, attempt, now):
            return
        record.sequence = sequence = self.checkpoints.mint(actor)
        copy = self.runtime.copies.get(actor)
        if copy is not None:
            copy.saved = True
        record.content = (sequence, self.me) if copy is not None and not record.emptied else EMPTY
        self._send(Kind.COMPLETE, record, now)
        record.reminders = 0
        self._await_answer(record)

    def on_ack(self, ack: Message, now: int) -> None:
        """The actor runs at the target: the migration is complete, the paused actor is dropped."""
        assert isinstance(ack, SwitchedMessage)
        actor = ack.actor
        copy = self.runtime.copies.get(actor)
        if self.switches.fencing_epochs and copy is not None and ack.epoch > copy.epoch and self._speaks_for(ack):
            self._drop(actor, ack.attempt)
        record = self._answered(ack, Event.ACK)
        if record is not None and self._move(record, Event.ACK, ack.attempt, now):
            copy = self.runtime.copies.get(actor)
            if copy is not None and not copy.running:
                self._drop(actor, ack.attempt)

    def _speaks_for(self, ack: SwitchedMessage) -> bool:
        """Whether an Ack is the asked target's, as far as that is verified."""
        record = self._held(ack.actor)
        asked = None if record is None else (record.attempt, record.peer)
        return not self.switches.verified_origins or asked == (ack.attempt, ack.signer)

    def on_cancelled(self, cancelled: SwitchedMessage, now: int) -> None:
        """The target has promised never to run the actor in this attempt: resume it."""
        record = self._answered(cancelled, Event.CANCELLED)
        if record is not None:
            self._fail(record, Event.CANCELLED, cancelled.attempt, now, cancelled.reason)

    def reminded(self, record: SwitchedRecord, now: int) -> None:
        """No answer has come for a while: say it again, unless a later reminder is still to come."""
        record.awaited -= 1
        if record.awaited > 0 or self.active.get(record.actor) is not record:
            return
        if record.state is State.REQUESTING:
            self._send(Kind.REQUEST, record, now)
        elif record.state is State.TRANSFERRING:
            self._send(Kind.CANCEL if record.doubtful else Kind.COMPLETE, record, now)
        else:
            return
        self._await_answer(record)

    def _answered(self, answer: SwitchedMessage, event: Event) -> SwitchedRecord | None:
        """The source's record that an answer is for; None, counted, where there is none."""
        actor, attempt = answer.actor, answer.attempt
        record = self.active.get(actor) or self.ended.get(actor)
        if record is None:
            self._ignore(actor, attempt, event)
            return None
        if record.attempt != attempt and event in (Event.ACCEPT, Event.REJECT):
            self._port.hazard(3 if event is Event.ACCEPT else 4, actor, attempt)
        if answer.receiver == BROADCAST and (record.role is Role.TARGET or record.attempt != attempt):
            self._port.hazard(8, actor, attempt)
        if record.role is Role.SOURCE and self._is_forged(answer, record, event):
            return None
        if self.switches.attempt_identifiers and record.attempt != attempt:
            self._ignore(actor, attempt, event)
            return None
        return record
