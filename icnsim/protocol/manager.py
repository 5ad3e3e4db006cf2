"""The migration manager of one executor: the handlers of both sides, detection, cleanup.

Theory of operation. The manager never waits and never asks for the time. Whoever drives
it (the simulation, a test, an explorer of interleavings) calls a handler with the present
time in whole milliseconds; the handler finds the record, asks `TRANSITIONS` whether the
event is legal, changes the record in `_advance`, the one place where records change, and
hands what is to be sent or started to the port.

Active and ended records are kept apart: an event can only matter to an active record,
detection looks at those alone and cleanup at the others alone.
"""

from collections.abc import Mapping
from typing import TypeGuard

from icnsim.protocol.checkpoint import CheckpointStore
from icnsim.protocol.messages import DESIGNED, ActorId, AttemptId, ExecutorId, Message
from icnsim.protocol.port import Port
from icnsim.protocol.record import MigrationRecord, Role
from icnsim.protocol.states import DESIGNED_EVENTS, TRANSITIONS, Event, State

TIMED_OUT = "Migration timed out"
"""The reason of a record that detection has failed."""

# Members bound once: Python 3.11 looks one up on its class more slowly than it makes a call.
ASK, YES, NO, FINAL_STATE, DONE = DESIGNED
INITIATE, ADMIT, ACCEPT, REJECT, CHECKPOINT, COMPLETE, RESTORE, ACK, TIME_OUT, CLEAN_UP = DESIGNED_EVENTS
FIRST_TERMINAL = State.COMPLETE
SOURCE, TARGET = Role

PAUSED = (State.CHECKPOINTING, State.TRANSFERRING)
"""The source's states in which the actor is paused."""


class MigrationManager:
    """Follows every migration that one executor takes part in, as source or as target.

    Parameters
    ----------
    me : this executor.
    port : the world, see `Port`.
    timeouts : the tracked states, each with its timeout in ms.
    retention : how long a terminal record is kept, ms.

    Attributes
    ----------
    active, ended : the records by actor; ended ones in the order in which they ended.
    checkpoints : this executor's checkpoint store.
    """

    __slots__ = ("_last_end", "_port", "active", "checkpoints", "ended", "me", "retention", "timeouts")

    def __init__(self, me: ExecutorId, port: Port, timeouts: Mapping[State, int], retention: int) -> None:
        self.me = me
        self._port = port
        self.timeouts = dict(timeouts)
        self.retention = retention
        self.active: dict[ActorId, MigrationRecord] = {}
        self.ended: dict[ActorId, MigrationRecord] = {}
        self._last_end = 0
        self.checkpoints = CheckpointStore()

    # Source

    def initiate(self, actor: ActorId, target: ExecutorId, attempt: AttemptId, size_bytes: int, now: int) -> bool:
        """Begin to migrate an actor; False, and nothing else, if its record is active."""
        if actor in self.active:
            self._ignore(actor, attempt, INITIATE)
            return False
        self._open(MigrationRecord(actor, attempt, SOURCE, target, size_bytes), INITIATE, now)
        sequence = self.checkpoints.get(actor, 0)
        self._port.send(Message(ASK, actor, attempt, self.me, target, size_bytes, sequence))
        return True

    def on_accept(self, accept: Message, now: int) -> None:
        """The target takes the actor: pause it and make the final checkpoint."""
        actor = accept.actor
        record = self.active.get(actor)
        if self._advance(record, actor, accept.attempt, ACCEPT, now):
            self._port.checkpoint(record)

    def on_reject(self, reject: Message, now: int) -> None:
        """The target refuses: the migration has failed, for the target's reason."""
        actor = reject.actor
        self._advance(self.active.get(actor), actor, reject.attempt, REJECT, now, reject.reason)

    def checkpointed(self, record: MigrationRecord, now: int) -> None:
        """The final checkpoint is made: send it."""
        actor, attempt = record.actor, record.attempt
        if self._advance(record, actor, attempt, CHECKPOINT, now):
            record.sequence = sequence = self.checkpoints.mint(actor)
            size = record.size_bytes
            self._port.send(Message(FINAL_STATE, actor, attempt, self.me, record.peer, size, sequence))

    def on_ack(self, ack: Message, now: int) -> None:
        """The actor runs at the target: the migration is complete, the paused actor is dropped."""
        actor = ack.actor
        self._advance(self.active.get(actor), actor, ack.attempt, ACK, now)

    # Target

    def on_request(self, request: Message, now: int) -> None:
        """Verify and store the checkpoint, then ask the policy.

        An active record of the actor blocks, and so does an ended one of the same attempt:
        then the request is a second copy.
        """
        actor = request.actor
        if not self._free_for(actor, request.attempt):
            self._ignore(actor, request.attempt, ADMIT)
            return
        self.checkpoints.store(actor, request.sequence)
        self._port.evaluate(request)

    def evaluated(self, request: Message, refusal: str | None, now: int) -> None:
        """The policy has decided: answer Accept, or Reject with its reason."""
        actor, attempt, source = request.actor, request.attempt, request.sender
        if refusal is not None:
            self._port.send(Message(NO, actor, attempt, self.me, source, reason=refusal))
        elif not self._free_for(actor, attempt):
            self._ignore(actor, attempt, ADMIT)
        else:
            self._open(MigrationRecord(actor, attempt, TARGET, source, request.size_bytes), ADMIT, now)
            self._port.send(Message(YES, actor, attempt, self.me, source))

    def on_complete(self, complete: Message, now: int) -> None:
        """Verify and store the final checkpoint and restore the actor; a stale one is refused."""
        actor, attempt, sequence = complete.actor, complete.attempt, complete.sequence
        record = self.active.get(actor)
        if (
            record is None
            or record.attempt != attempt
            or (record.state, COMPLETE) not in TRANSITIONS
            or not self.checkpoints.store(actor, sequence)
        ):
            self._ignore(actor, attempt, COMPLETE)
            return
        record.sequence = sequence
        self._port.restore(record)

    def restored(self, record: MigrationRecord, now: int) -> None:
        """The actor runs here: acknowledge."""
        actor, attempt = record.actor, record.attempt
        if self._advance(record, actor, attempt, RESTORE, now):
            self._port.send(Message(DONE, actor, attempt, self.me, record.peer))

    # Background: what the manager's loop calls on each tick

    def detect_timeouts(self, now: int) -> list[MigrationRecord]:
        """Fail every active record in a tracked state that is strictly older than its timeout.

        Returns the records that failed, in the order in which they were opened. A clock
        that went back makes a negative age, which is no older than an age of 0.
        """
        timeouts = self.timeouts
        late = [
            record
            for record in self.active.values()
            if record.state in timeouts and now - record.since > timeouts[record.state]
        ]
        for record in late:
            paused = record.state in PAUSED
            self._advance(record, record.actor, record.attempt, TIME_OUT, now, TIMED_OUT)
            if paused:
                self._port.resume(record)
        return late

    def cleanup_migrations(self, now: int) -> list[MigrationRecord]:
        """Remove every terminal record that is as old as the retention; returns them."""
        ended, newest = self.ended, now - self.retention
        old = []
        for record in ended.values():
            if record.since > newest:
                break  # those behind it are younger still
            old.append(record)
        for record in old:
            del ended[record.actor]
            record.state = TRANSITIONS[record.state, CLEAN_UP]
            self._port.removed(record)
        return old

    # The one place where records come, change and go

    def _free_for(self, actor: ActorId, attempt: AttemptId) -> bool:
        """Whether this side may begin to take part in that attempt."""
        if actor in self.active:
            return False
        ended = self.ended.get(actor)
        return ended is None or ended.attempt != attempt

    def _open(self, record: MigrationRecord, event: Event, now: int) -> None:
        """Hold a new record, in the place of its actor's ended one, and let it begin."""
        actor = record.actor
        if actor in self.ended:
            self._port.replaced(self.ended.pop(actor))
        self.active[actor] = record
        self._advance(record, actor, record.attempt, event, now)

    def _advance(
        self,
        record: MigrationRecord | None,
        actor: ActorId,
        attempt: AttemptId,
        event: Event,
        now: int,
        reason: str = "",
    ) -> TypeGuard[MigrationRecord]:
        """Move the actor's record, if it has one, on by an event of that attempt.

        `reason` is that of a failure. False where the event fits the record's attempt or its
        state not: then it is ignored and counted, and the record is as it was.
        """
        if record is None or record.attempt != attempt:
            self._ignore(actor, attempt, event)
            return False
        state = TRANSITIONS.get((record.state, event))
        if state is None:
            self._ignore(actor, attempt, event)
            return False
        record.state = state
        record.since = now
        if state >= FIRST_TERMINAL:
            record.reason = reason
            del self.active[actor]
            self.ended[actor] = record
            if now >= self._last_end:
                self._last_end = now
            else:
                self._order_ended()
        self._port.entered(record)
        return True

    def _ignore(self, actor: ActorId, attempt: AttemptId, event: Event) -> None:
        record = self.active.get(actor) or self.ended.get(actor)
        self._port.ignored(State.IDLE if record is None else record.state, event, attempt)

    def _order_ended(self) -> None:
        """Restore the order of `ended` after the clock went back."""
        self.ended = dict(sorted(self.ended.items(), key=lambda item: item[1].since))
