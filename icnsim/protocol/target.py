"""The target's side of a manager with switches: it decides, restores, and answers for it later."""

from icnsim.protocol.keeper import CANCELLED, REFUSED, RecordKeeper
from icnsim.protocol.messages import BROADCAST, EMPTY, Kind, Message, SwitchedMessage
from icnsim.protocol.record import MigrationRecord, Role, SwitchedRecord
from icnsim.protocol.states import Event, State

_SOURCE_STATES = (State.REQUESTING, State.CHECKPOINTING, State.TRANSFERRING)


class TargetSide(RecordKeeper):
    """The handlers of the target."""

    __slots__ = ()

    def on_request(self, request: Message, now: int) -> None:
        """Verify and store the checkpoint, then ask the policy."""
        assert isinstance(request, SwitchedMessage)
        actor, attempt, epoch = request.actor, request.attempt, request.epoch
        if self._swallowed(request):
            self._ignore(actor, attempt, Event.ADMIT)
            return
        held = self.active.get(actor)
        if held is not None and held.attempt == attempt and held.role is Role.TARGET:
            if self.switches.retransmission:
                self._accept(held, now)
            else:
                self._ignore(actor, attempt, Event.ADMIT)
            return
        copy = self.runtime.copies.get(actor)
        if self.runtime.heard.get(actor, 0) > epoch or (copy is not None and copy.epoch >= epoch):
            self._port.hazard(4, actor, attempt)
            if self.switches.fresh_requests:
                self._ignore(actor, attempt, Event.ADMIT)
                return
        if not self._free(actor, attempt, epoch):
            self._ignore(actor, attempt, Event.ADMIT)
            return
        self._keep(actor, request.sequence)
        self._port.evaluate(request)

    def _swallowed(self, request: SwitchedMessage) -> bool:
        """Whether a message of the same content has come before and messages are told apart by that."""
        content = (request.actor, request.sender, request.sequence)
        again = content in self.seen
        self.seen.add(content)
        ended = self.ended.get(request.actor)
        if again and (ended is None or ended.attempt != request.attempt):
            self._port.hazard(9, request.actor, request.attempt)
        return again and not self.switches.deduplicate_by_attempt

    def evaluated(self, request: Message, refusal: str | None, now: int) -> None:
        """The policy has decided: answer Accept, or Reject with its reason."""
        assert isinstance(request, SwitchedMessage)
        actor, attempt, source = request.actor, request.attempt, request.sender
        if refusal is not None:
            self._tell(Kind.REJECT, actor, attempt, source, request.epoch, now, refusal)
        elif not self._free(actor, attempt, request.epoch):
            self._ignore(actor, attempt, Event.ADMIT)
        else:
            record = SwitchedRecord(actor, attempt, Role.TARGET, source, request.size_bytes, request.epoch)
            self._open(record, Event.ADMIT, now)
            self._accept(record, now)

    def _accept(self, record: SwitchedRecord, now: int) -> None:
        receiver = record.peer if self.switches.addressed_accepts else BROADCAST
        self._tell(Kind.ACCEPT, record.actor, record.attempt, receiver, record.epoch, now)

    def on_complete(self, complete: Message, now: int) -> None:
        """Verify and store the final checkpoint and restore the actor."""
        assert isinstance(complete, SwitchedMessage)
        actor, attempt = complete.actor, complete.attempt
        held = self._held(actor)
        if held is not None and held.role is Role.TARGET and self._is_forged(complete, held, Event.COMPLETE):
            return
        record = self._taking(complete, now)
        if record is None:
            self._settle(complete, now)
            return
        if record.arrived and record.sequence == complete.sequence:
            self._ignore(actor, attempt, Event.COMPLETE)  # a second copy, while the first is being restored
            return
        if complete.damaged or complete.content == EMPTY:
            self._port.hazard(12, actor, attempt)
            if self.switches.verified_checkpoints:
                self._ignore(actor, attempt, Event.COMPLETE)
                if self.switches.two_phase_handover:
                    self._give_up(record, now, REFUSED)
                return
        if complete.sequence <= self.checkpoints.get(actor, 0):
            self._port.hazard(11, actor, attempt)
            if self.switches.ordered_checkpoints:
                self._ignore(actor, attempt, Event.COMPLETE)
                return
        self._keep(actor, complete.sequence)
        record.sequence, record.content = complete.sequence, complete.content
        record.damaged = complete.damaged
        record.arrived = True
        self._port.moved(record, State.RESTORING, Event.COMPLETE, attempt)
        self._port.restore(record)

    def _taking(self, complete: SwitchedMessage, now: int) -> SwitchedRecord | None:
        """The target's record that waits for this checkpoint, or that an unguarded one makes wait."""
        actor, attempt = complete.actor, complete.attempt
        record = self.active.get(actor) or self.ended.get(actor)
        if record is not None and record.state is State.RESTORING:
            same = record.attempt == attempt or not self.switches.attempt_identifiers
            return record if same else None
        state = State.IDLE if record is None else record.state
        fenced = self.switches.fencing_epochs and not self.runtime.may_begin(actor, complete.epoch)
        if fenced or state in _SOURCE_STATES or (state, Event.COMPLETE) not in self.rows:
            return None
        opened = SwitchedRecord(actor, attempt, Role.TARGET, complete.sender, complete.size_bytes, complete.epoch)
        if record is not None:
            self._put_in_place(opened, record, now)
            self._move(opened, Event.COMPLETE, attempt, now)
        else:
            self._open(opened, Event.COMPLETE, now)
        return opened

    def _settle(self, complete: SwitchedMessage, now: int) -> None:
        """Answer for an attempt that nothing here waits for: it has run, or it never will."""
        actor, attempt = complete.actor, complete.attempt
        self._ignore(actor, attempt, Event.COMPLETE)
        if self.switches.two_phase_handover:
            self._promise(complete, now)

    def _promise(self, asked: SwitchedMessage, now: int) -> None:
        actor, attempt, epoch = asked.actor, asked.attempt, asked.epoch
        if self.runtime.has_begun(actor, epoch):
            self._tell(Kind.ACK, actor, attempt, asked.sender, epoch, now)
            return
        self.runtime.fence(actor, epoch)
        if self.switches.two_phase_handover:
            self._tell(Kind.CANCELLED, actor, attempt, asked.sender, epoch, now, CANCELLED)

    def restored(self, record: MigrationRecord, now: int) -> None:
        """The actor runs here: acknowledge."""
        assert isinstance(record, SwitchedRecord)
        actor, attempt = record.actor, record.attempt
        if self._held(actor) is not record:
            self._ignore(actor, attempt, Event.RESTORE)
            return
        if not self._move(record, Event.RESTORE, attempt, now):
            return
        self._run_here(record)
        if self.switches.completion_ack:
            self._send(Kind.ACK, record, now)

    def on_cancel(self, cancel: SwitchedMessage, now: int) -> None:
        """The source asks whether the actor has run here in this attempt, and that it never will otherwise."""
        record = self.active.get(cancel.actor)
        if record is not None and record.attempt == cancel.attempt and record.role is Role.TARGET:
            if self._is_forged(cancel, record, Event.CANCEL):
                return
            self._move(record, Event.CANCEL, cancel.attempt, now, CANCELLED)
        else:
            self._ignore(cancel.actor, cancel.attempt, Event.CANCEL)
        self._promise(cancel, now)

    def _give_up(self, record: SwitchedRecord, now: int, reason: str) -> None:
        """The target refuses what it had accepted, and promises so."""
        self._move(record, Event.CANCEL, record.attempt, now, reason)
        self.runtime.fence(record.actor, record.epoch)
        self._send(Kind.CANCELLED, record, now, reason)
