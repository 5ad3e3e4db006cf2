"""The handlers of a migration's source: it asks, checkpoints, hands the actor over, and waits."""

from icnsim.protocol.messages import BROADCAST, EMPTY, ActorId, AttemptId, ExecutorId, Kind, Message
from icnsim.protocol.record import MigrationRecord, Role
from icnsim.protocol.records import COMPLETE, DISPUTED, ENDED, FIRST_TERMINAL, REQUEST, SOURCE, RecordKeeper
from icnsim.protocol.states import Event, State

# Bound once, as in `records`.
REQUESTING, CHECKPOINTING, TRANSFERRING = State.REQUESTING, State.CHECKPOINTING, State.TRANSFERRING
INITIATE, ACCEPT, REJECT, CHECKPOINT = Event.INITIATE, Event.ACCEPT, Event.REJECT, Event.CHECKPOINT
ACK, CANCELLED, DISPUTE = Event.ACK, Event.CANCELLED, Event.DISPUTE


class SourceHandlers(RecordKeeper):
    """The source's side of the manager."""

    __slots__ = ()

    def initiate(self, actor: ActorId, target: ExecutorId, attempt: AttemptId, size_bytes: int, now: int) -> bool:
        """Begin to migrate an actor. If its record is active, nothing else happens: False."""
        held = self.active.get(actor)
        if held is not None:
            if now - held.since > self.timeouts_of(actor).get(held.state, self.settings.message_lifetime):
                self._port.hazard(16, actor, attempt)
            self._ignore(actor, attempt, INITIATE)
            return False
        epoch = self.runtime.next_epoch(actor)
        record = MigrationRecord(actor, attempt, SOURCE, target, size_bytes, epoch)
        self._open(record, INITIATE, now)
        self._send(REQUEST, record, now)
        if self.switches.retransmission:
            self._await_answer(record)
        return True

    def actor_ended(self, actor: ActorId, now: int) -> None:
        """An actor of this executor has ended: give up the Request for it, as if the target had refused."""
        record = self.active.get(actor)
        if record is not None and record.state is REQUESTING:
            self._fail(record, REJECT, record.attempt, now, ENDED)

    def on_accept(self, accept: Message, now: int) -> None:
        """The target takes the actor: pause it and make the final checkpoint."""
        record = self._answered(accept, ACCEPT, now)
        if record is None or record.state is not REQUESTING:
            record = self._restarted(record, accept, now)
            if record is None:
                return
        record.peer = accept.signer
        if self._move(record, ACCEPT, accept.attempt, now):
            if self.copies_live:
                self._port.copy(record)
            else:
                self.copied(record)

    def copied(self, record: MigrationRecord) -> None:
        """The copying while the actor runs has ended: pause the actor and make the final checkpoint."""
        if self.active.get(record.actor) is record and record.state is CHECKPOINTING:
            self._pause(record)
            self._port.checkpoint(record)

    def _restarted(self, record: MigrationRecord | None, accept: Message, now: int) -> MigrationRecord | None:
        """A new record in place of the record that an unguarded Accept restarts; None if the Accept is too late."""
        actor, attempt = accept.actor, accept.attempt
        if record is not None and record.state >= FIRST_TERMINAL:
            self._port.hazard(2, actor, attempt)
        if record is None or (record.state, ACCEPT) not in self.rows:
            if record is not None:
                self._ignore(actor, attempt, ACCEPT)
            self._cancel_late(accept, now)
            return None
        again = MigrationRecord(actor, attempt, SOURCE, accept.signer, record.size_bytes, accept.epoch)
        self._put_in_place(again, record, now)
        return again

    def _cancel_late(self, accept: Message, now: int) -> None:
        """Tell the sender of a late Accept to stop waiting, if `cancel_late_accepts` is on."""
        if not self.switches.cancel_late_accepts:
            return
        known, held = self._held(accept.actor), self.active.get(accept.actor)
        if accept.receiver == BROADCAST and (known is None or known.attempt != accept.attempt):
            return  # the Accept answers another executor
        current = held is not None and held.attempt == accept.attempt and held.role is SOURCE
        if not (current and held is not None and held.peer == accept.signer):
            self._tell(Kind.CANCEL, accept, accept.signer, now)

    def on_reject(self, reject: Message, now: int) -> None:
        """The target refuses: the migration has failed for the target's reason."""
        record = self._answered(reject, REJECT, now)
        if record is not None:
            self._fail(record, REJECT, reject.attempt, now, reject.reason)

    def checkpointed(self, record: MigrationRecord, now: int) -> None:
        """The final checkpoint is made: send it."""
        actor, attempt = record.actor, record.attempt
        if self.active.get(actor) is not record and self._held(actor) is not record:
            self._ignore(actor, attempt, CHECKPOINT)
            return
        if not self._move(record, CHECKPOINT, attempt, now):
            return
        record.sequence = sequence = self.checkpoints.mint(actor)
        copy, switches = self.runtime.copies.get(actor), self.switches
        if copy is not None:
            copy.saved = True
            if not switches.final_checkpoint_of_state:
                self._port.hazard(23, actor, attempt)
                record.emptied, record.size_bytes = True, 0
        if not switches.signed_checkpoints:
            self.checkpoints.unsigned.add(actor)
        record.content = (sequence, self.me) if copy is not None and not record.emptied else EMPTY
        self._send(COMPLETE, record, now)
        record.reminders = 0
        if switches.retransmission:
            self._await_answer(record)

    def takes_checkpoint(self, record: MigrationRecord) -> bool:
        """Whether a final checkpoint of the record would be sent."""
        return self._held(record.actor) is record and (record.state, CHECKPOINT) in self.rows

    def checkpoint_disputed(self, record: MigrationRecord, now: int) -> None:
        """The quorum does not agree on the final checkpoint: give up, and tell the target to stop waiting."""
        actor, attempt = record.actor, record.attempt
        if self._held(actor) is not record:
            self._ignore(actor, attempt, DISPUTE)
        elif self._fail(record, DISPUTE, attempt, now, DISPUTED) and self.switches.cancel_late_accepts:
            self._send(Kind.CANCEL, record, now)

    def on_ack(self, ack: Message, now: int) -> None:
        """The actor runs at the target: the migration is complete, and the paused actor is dropped."""
        actor = ack.actor
        copies = self.runtime.copies
        if self.switches.fencing_epochs:
            copy = copies.get(actor)
            if copy is not None and ack.epoch > copy.epoch and self._speaks_for(ack):
                self._drop(actor, ack.attempt)
        record = self._answered(ack, ACK, now)
        if record is not None and self._move(record, ACK, ack.attempt, now):
            copy = copies.get(actor)
            if copy is not None and not copy.running:
                self._drop(actor, ack.attempt)

    def _speaks_for(self, ack: Message) -> bool:
        """Whether an Ack comes from the target that was asked. True if origins are not verified."""
        record = self._held(ack.actor)
        asked = None if record is None else (record.attempt, record.peer)
        return not self.switches.verified_origins or asked == (ack.attempt, ack.signer)

    def on_cancelled(self, cancelled: Message, now: int) -> None:
        """The target has promised never to run the actor in this attempt: resume the actor."""
        record = self._answered(cancelled, CANCELLED, now)
        if record is not None:
            self._fail(record, CANCELLED, cancelled.attempt, now, cancelled.reason)

    def reminded(self, record: MigrationRecord, now: int) -> None:
        """No answer has come for a while: send the message again, unless a later reminder is still to come."""
        record.awaited -= 1
        if record.awaited > 0 or self.active.get(record.actor) is not record:
            return
        if record.state is REQUESTING:
            self._send(Kind.REQUEST, record, now)
        elif record.state is TRANSFERRING:
            self._send(Kind.CANCEL if record.doubtful else Kind.COMPLETE, record, now)
        else:
            return
        self._await_answer(record)

    def _answered(self, answer: Message, event: Event, now: int) -> MigrationRecord | None:
        """The record that an answer belongs to. Without one the answer is ignored and counted: None.

        Where the table has a row for idle and answers do not name their attempts, the answer belongs to a new record,
        which `_move` or `_put_in_place` stores.
        """
        actor, attempt = answer.actor, answer.attempt
        if self.learns:
            self._learn(answer, event, now)
        record = self.active.get(actor) or self.ended.get(actor)
        if record is None:
            if (State.IDLE, event) in self.rows and not self.switches.attempt_identifiers:
                if answer.receiver == BROADCAST:
                    self._port.hazard(8, actor, attempt)
                return MigrationRecord(actor, attempt, SOURCE, answer.signer, 0, answer.epoch)
            self._ignore(actor, attempt, event)
            return None
        if record.attempt == attempt and record.role is SOURCE and answer.signer == record.peer:
            return record  # the usual case
        if record.attempt != attempt and event in (ACCEPT, REJECT):
            self._port.hazard(3 if event is ACCEPT else 4, actor, attempt)
        if answer.receiver == BROADCAST and (record.role is Role.TARGET or record.attempt != attempt):
            self._port.hazard(8, actor, attempt)
        if record.role is SOURCE and answer.signer != record.peer and self._is_forged(answer, record, event):
            return None
        if record.attempt != attempt and self.switches.attempt_identifiers:
            self._ignore(actor, attempt, event)
            return None
        return record
