"""The handlers of a migration's target: it decides, restores the actor, and answers for it later."""

from icnsim.protocol.messages import EMPTY, Kind, Message
from icnsim.protocol.record import MigrationRecord, Role
from icnsim.protocol.records import CANCELLED, REFUSED
from icnsim.protocol.source import SourceHandlers
from icnsim.protocol.states import Event, State

# Bound once, as in `records`.
TARGET = Role.TARGET
RESTORING = State.RESTORING
ACCEPTING, ACKNOWLEDGING = Kind.ACCEPT, Kind.ACK
ADMIT, COMPLETE, RESTORE, CANCEL = Event.ADMIT, Event.COMPLETE, Event.RESTORE, Event.CANCEL


class TargetHandlers(SourceHandlers):
    """The target's side of the manager, which adds to the source's side."""

    __slots__ = ()

    def on_request(self, request: Message, now: int) -> None:
        """Verify and store the checkpoint, then ask the policy."""
        actor, attempt, epoch = request.actor, request.attempt, request.epoch
        if request.unsigned:
            self._port.hazard(24, actor, attempt)
            self._ignore(actor, attempt, ADMIT)
            return
        if self._swallowed(request):
            self._ignore(actor, attempt, ADMIT)
            return
        held = self.active.get(actor)
        if held is not None and held.attempt == attempt and held.role is TARGET:
            if self.switches.retransmission:
                self._accept(held, now)
            else:
                self._ignore(actor, attempt, ADMIT)
            return
        runtime = self.runtime
        copy = runtime.copies.get(actor)
        if runtime.heard.get(actor, 0) > epoch or (copy is not None and copy.epoch >= epoch):
            self._port.hazard(4, actor, attempt)
            if self.switches.fresh_requests:
                self._ignore(actor, attempt, ADMIT)
                return
        if not self._free(actor, attempt, epoch):
            self._ignore(actor, attempt, ADMIT)
            return
        if request.sequence:
            self.checkpoints.store(actor, request.sequence)
        self._port.evaluate(request)

    def _swallowed(self, request: Message) -> bool:
        """Whether the Request is dropped as a duplicate because it has the content of an earlier one."""
        content = (request.actor, request.sender, request.sequence)
        if content not in self.seen:
            self.seen.add(content)
            return False
        ended = self.ended.get(request.actor)
        if ended is None or ended.attempt != request.attempt:
            self._port.hazard(9, request.actor, request.attempt)
        return not self.switches.deduplicate_by_attempt

    def evaluated(self, request: Message, refusal: str | None, now: int) -> None:
        """The policy has decided: answer Accept, or Reject with the policy's reason."""
        actor, attempt = request.actor, request.attempt
        if refusal is not None:
            self._tell(Kind.REJECT, request, self._answers(request.sender), now, refusal)
        elif not self._free(actor, attempt, request.epoch):
            self._ignore(actor, attempt, ADMIT)
        else:
            record = MigrationRecord(actor, attempt, TARGET, request.sender, request.size_bytes, request.epoch)
            self._open(record, ADMIT, now)
            self._accept(record, now)

    def _accept(self, record: MigrationRecord, now: int) -> None:
        me, attempt, receiver = self.me, record.attempt, self._answers(record.peer)
        self._port.send(
            Message(ACCEPTING, record.actor, attempt, me, receiver, 0, 0, "", record.epoch, EMPTY, False, now, me)
        )

    def on_complete(self, complete: Message, now: int) -> None:
        """Verify and store the final checkpoint and restore the actor."""
        actor, attempt = complete.actor, complete.attempt
        if complete.unsigned:
            self._port.hazard(24, actor, attempt)
            self._ignore(actor, attempt, COMPLETE)
            return
        record = self.active.get(actor)
        if (
            record is None
            or record.state is not RESTORING
            or record.attempt != attempt
            or record.peer != complete.signer
        ):
            record = self._unexpected(complete, now)
            if record is None:
                return
        if record.arrived and record.sequence == complete.sequence:
            self._ignore(actor, attempt, COMPLETE)  # a second copy, while the first is being restored
            return
        if complete.damaged or complete.content == EMPTY:
            self._port.hazard(12, actor, attempt)
            if complete.damaged or self.switches.verified_checkpoints:
                self._ignore(actor, attempt, COMPLETE)
                if self.switches.two_phase_handover:
                    self._give_up(record, now, REFUSED)
                return
        if complete.sequence > self.checkpoints.get(actor, 0):
            self.checkpoints[actor] = complete.sequence
        else:
            self._port.hazard(11, actor, attempt)
            if self.switches.ordered_checkpoints:
                self._ignore(actor, attempt, COMPLETE)
                return
        record.sequence, record.content = complete.sequence, complete.content
        record.arrived = True
        self._port.moved(record, RESTORING, COMPLETE, attempt)
        self._port.restore(record)

    def _unexpected(self, complete: Message, now: int) -> MigrationRecord | None:
        """The record that takes a Complete for which no record waits exactly; None if no record takes it."""
        held = self._held(complete.actor)
        if (
            held is not None
            and held.role is TARGET
            and complete.signer != held.peer
            and self._is_forged(complete, held, COMPLETE)
        ):
            return None
        record = self._taking(complete, now)
        if record is None:
            self._settle(complete, now)
        return record

    def _taking(self, complete: Message, now: int) -> MigrationRecord | None:
        """The record that waits for this checkpoint, or that an unguarded Complete makes wait for it."""
        actor, attempt = complete.actor, complete.attempt
        record = self.active.get(actor) or self.ended.get(actor)
        if record is not None and record.state is RESTORING:
            same = record.attempt == attempt or not self.switches.attempt_identifiers
            return record if same else None
        state = State.IDLE if record is None else record.state
        fenced = self.switches.fencing_epochs and not self.runtime.may_begin(actor, complete.epoch)
        if fenced or (state, COMPLETE) not in self.rows:
            return None
        opened = MigrationRecord(actor, attempt, TARGET, complete.sender, complete.size_bytes, complete.epoch)
        if record is not None:
            self._put_in_place(opened, record, now)
            self._move(opened, COMPLETE, attempt, now)
        else:
            self._open(opened, COMPLETE, now)
        return opened

    def _settle(self, complete: Message, now: int) -> None:
        """Answer for an attempt for which no record waits: the actor has run here, or never will."""
        self._ignore(complete.actor, complete.attempt, COMPLETE)
        if self.switches.two_phase_handover:
            self._promise(complete, now)

    def _promise(self, asked: Message, now: int) -> None:
        if self.runtime.has_begun(asked.actor, asked.epoch):
            self._tell(Kind.ACK, asked, asked.sender, now)
            return
        self.runtime.fence(asked.actor, asked.epoch)
        if self.switches.two_phase_handover:
            self._tell(Kind.CANCELLED, asked, asked.sender, now, CANCELLED)

    def restored(self, record: MigrationRecord, now: int) -> None:
        """The actor is restored: run it and acknowledge."""
        actor, attempt = record.actor, record.attempt
        if self.active.get(actor) is not record and self._held(actor) is not record:
            self._ignore(actor, attempt, RESTORE)
            return
        if not self._move(record, RESTORE, attempt, now):
            return
        self._run_here(record)
        if self.switches.completion_ack:
            self._send(ACKNOWLEDGING, record, now)

    def on_cancel(self, cancel: Message, now: int) -> None:
        """The source asks whether the actor has run here in this attempt, and for a promise if it has not."""
        record = self.active.get(cancel.actor)
        if record is not None and record.attempt == cancel.attempt and record.role is TARGET:
            if self._is_forged(cancel, record, CANCEL):
                return
            self._move(record, CANCEL, cancel.attempt, now, CANCELLED)
        else:
            self._ignore(cancel.actor, cancel.attempt, CANCEL)
        self._promise(cancel, now)

    def _give_up(self, record: MigrationRecord, now: int, reason: str) -> None:
        """The target refuses the checkpoint that it waited for, and promises never to run the actor in this attempt."""
        self._move(record, CANCEL, record.attempt, now, reason)
        self.runtime.fence(record.actor, record.epoch)
        self._send(Kind.CANCELLED, record, now, reason)
