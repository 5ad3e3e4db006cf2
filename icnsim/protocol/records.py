"""The records of one executor: how they are opened, changed and replaced, and which messages a change sends.

The handlers of both sides (`source`, `target`) are built on this file, and `manager` on them. A record
changes in `_move` alone, by the rows that the switches leave or add (`states.table`).
"""

from typing import Final

from icnsim.protocol.checkpoint import CheckpointStore
from icnsim.protocol.messages import BROADCAST, EMPTY, ActorId, AttemptId, ExecutorId, Kind, Message
from icnsim.protocol.port import Port
from icnsim.protocol.profile import Switches
from icnsim.protocol.record import MigrationRecord, Role
from icnsim.protocol.runtime import Runtime
from icnsim.protocol.states import Event, State, table
from icnsim.protocol.watch import Settings, Watch

TIMED_OUT: Final = "Migration timed out"
"""The reason of a record that detection has failed."""
CANCELLED: Final = "Migration cancelled"
"""The reason of an attempt that its target has promised not to complete."""
RESTARTED: Final = "Executor restarted"
"""The reason of an attempt that a restart has ended."""
REFUSED: Final = "Checkpoint refused"
"""The reason of an attempt whose final checkpoint was empty or does not match its hash."""
DISPUTED: Final = "Checkpoint not agreed"
"""The reason of an attempt whose final checkpoint a quorum does not agree on."""

ENDED: Final = "Actor ended"
"""The reason of an attempt whose actor has ended before the target answered."""

LONGEST_PAUSE_MS: Final = 60_000
"""The longest time between two reminders, unless `retransmit_after` is longer. The first reminder comes after
`retransmit_after`, and each later one after twice the time of the one before."""
MOST_DOUBLINGS: Final = 16
"""Further doublings have no effect: 2^16 ms exceed `LONGEST_PAUSE_MS`, and `retransmit_after` is at least 1 ms."""

NO_ATTEMPT: Final = AttemptId(-1)

# Members are bound once: Python 3.11 looks up a member on its class more slowly than it makes a call. The hot path
# compares them by identity, which takes a tenth of a comparison of two `IntEnum`s.
FIRST_TERMINAL: Final = State.COMPLETE
COMPLETED, FAILED = State.COMPLETE, State.FAILED
SOURCE: Final = Role.SOURCE
REQUEST, COMPLETE = Kind.REQUEST, Kind.COMPLETE
REJECTION: Final = Event.REJECT


class RecordKeeper(Watch):
    """The records, the actors and the outgoing messages of one executor.

    Parameters
    ----------
    me, port, settings, switches : this executor, its driver, its parameters, and the fixes that are on.
    votes : whether quorums vote on final checkpoints.

    Attributes
    ----------
    ended : the ended records by actor, in the order in which they ended.
    checkpoints : this executor's checkpoint store. runtime : the actors that live here.
    rows : the transition table with these switches.
    seen : the contents of the Requests that have arrived, for `deduplicate_by_attempt`.
    copies_live : whether an actor's memory is copied while it runs, before it is paused.
    """

    __slots__ = (
        "_last_end", "_steps", "checkpoints", "copies_live", "ended", "me", "rows", "runtime", "seen", "switches",
    )  # fmt: skip

    def __init__(
        self, me: ExecutorId, port: Port, settings: Settings, switches: Switches, *, votes: bool = False
    ) -> None:
        super().__init__(port, settings)
        self.me = me
        self.switches = switches
        self.rows = table(switches, votes=votes)
        self._steps = [[self.rows.get((state, event)) for event in Event] for state in State]
        self.ended: dict[ActorId, MigrationRecord] = {}
        self._last_end = 0
        self.checkpoints = CheckpointStore()
        self.runtime = Runtime()
        self.copies_live = False
        self.seen: set[tuple[ActorId, ExecutorId, int]] = set()

    # The actors that live here

    def _pause(self, record: MigrationRecord) -> None:
        copy = self.runtime.copies.get(record.actor)
        if copy is None:
            return
        if copy.running:
            copy.running = False
            self._port.stopped(record.actor, record.attempt, "pause")
        copy.paused_for, copy.saved = record.attempt, False

    def _resume(self, record: MigrationRecord, event: Event) -> None:
        """Resume the actor that was paused for a migration that has failed.

        A Reject resumes it in every profile. Without `attempt_identifiers`, the Reject may be of another attempt than
        the one for which the actor was paused.
        """
        copy = self.runtime.copies.get(record.actor)
        if copy is None or copy.running:
            return
        same, switches = copy.paused_for == record.attempt, self.switches
        if event is REJECTION and not (same or not switches.attempt_identifiers):
            return
        if event is not REJECTION:
            if not same:
                return
            self._port.hazard(6, record.actor, record.attempt)
            if not switches.resume_on_failure:
                return
        copy.running = True
        self._port.runs(record.actor, copy, record.attempt)

    def _run_here(self, record: MigrationRecord) -> None:
        runtime, actor = self.runtime, record.actor
        if actor in runtime.copies:
            self._drop(actor, record.attempt)
        copy = runtime.begin(actor, record.epoch, record.content)
        self._port.runs(actor, copy, record.attempt)

    def _drop(self, actor: ActorId, attempt: AttemptId) -> None:
        del self.runtime.copies[actor]
        self._port.stopped(actor, attempt, "drop")

    # Outgoing messages

    def _send(self, kind: Kind, record: MigrationRecord, now: int, reason: str = "") -> None:
        """Send a message of the record's attempt to its peer; a Request and a Complete carry the state."""
        actor, me = record.actor, self.me
        if kind is COMPLETE:
            message = Message(
                kind, actor, record.attempt, me, record.peer, record.size_bytes, record.sequence, reason, record.epoch,
                record.content, record.damaged, now, me,
            )  # fmt: skip
            if not self.switches.signed_checkpoints:
                message.unsigned = True
        else:
            size = sequence = 0
            if kind is REQUEST:
                size, sequence = record.size_bytes, self.checkpoints.get(actor, 0)
            message = Message(
                kind, actor, record.attempt, me, record.peer, size, sequence, reason, record.epoch, EMPTY, False, now,
                me,
            )  # fmt: skip
            if kind is REQUEST and actor in self.checkpoints.unsigned:
                message.unsigned = True
        self._port.send(message)

    def _tell(self, kind: Kind, about: Message, receiver: ExecutorId, now: int, reason: str = "") -> None:
        """Send a message without state about the actor and attempt of another message."""
        me = self.me
        message = Message(
            kind, about.actor, about.attempt, me, receiver, 0, 0, reason, about.epoch, EMPTY, False, now, me
        )
        self._port.send(message)

    def _answers(self, source: ExecutorId) -> ExecutorId:
        """The receiver of an Accept or Reject to a source."""
        return source if self.switches.addressed_accepts else BROADCAST

    def _await_answer(self, record: MigrationRecord) -> None:
        """Ask for a reminder to send the record's message again if no answer comes."""
        if self.switches.retransmission:
            first = self.settings.retransmit_after
            pause = max(first, min(LONGEST_PAUSE_MS, first << min(record.reminders, MOST_DOUBLINGS)))
            record.reminders += 1
            record.awaited += 1
            self._port.remind(record, pause)

    # Incoming messages

    def _is_forged(self, message: Message, record: MigrationRecord, event: Event) -> bool:
        """Whether a message about the record's attempt is refused because a third executor sent it."""
        if message.signer == record.peer or message.attempt != record.attempt:
            return False
        self._port.hazard(21, record.actor, message.attempt)
        if self.switches.verified_origins:
            self._ignore(record.actor, message.attempt, event)
        return self.switches.verified_origins

    # The one place where records are opened, changed and replaced

    def _held(self, actor: ActorId) -> MigrationRecord | None:
        return self.active.get(actor) or self.ended.get(actor)

    def _free(self, actor: ActorId, attempt: AttemptId, epoch: int) -> bool:
        """Whether this executor may become the attempt's target."""
        switches = self.switches
        if switches.fresh_requests:
            runtime = self.runtime
            # Another message may have named a newer epoch while the policy evaluated this attempt.
            if runtime.heard.get(actor, 0) > epoch or not runtime.may_begin(actor, epoch):
                return False
        if not switches.guarded_transitions:
            return True
        if actor in self.active:
            return False
        ended = self.ended.get(actor)
        return ended is None or ended.attempt != attempt

    def _open(self, record: MigrationRecord, event: Event, now: int) -> None:
        """Store a new record in place of the actor's old one, and move it by its first event."""
        actor, active = record.actor, self.active
        if actor in self.ended or actor in active:
            self._take_away(actor)
        active[actor] = record
        self._move(record, event, record.attempt, now)

    def _put_in_place(self, record: MigrationRecord, old: MigrationRecord, now: int) -> None:
        """Store a record in place of one that an unguarded event is about to restart, in the same state."""
        self._take_away(old.actor)
        record.state, record.since = old.state, now
        (self.active if record.state < FIRST_TERMINAL else self.ended)[record.actor] = record

    def _take_away(self, actor: ActorId) -> None:
        """Remove the records that another one replaces."""
        if actor in self.active:
            old = self.active.pop(actor)
            self.detector_of(actor).release(old)
            self._port.replaced(old)
        if actor in self.ended:
            self._port.replaced(self.ended.pop(actor))

    def _fail(self, record: MigrationRecord, event: Event, attempt: AttemptId, now: int, reason: str) -> bool:
        """Move the record by an event that may fail it, and then resume its actor. False if the event was ignored."""
        moved = self._move(record, event, attempt, now, reason)
        if moved and record.state is FAILED and (record.role is SOURCE or event is REJECTION):
            self._resume(record, event)
        return moved

    def _move(self, record: MigrationRecord, event: Event, attempt: AttemptId, now: int, reason: str = "") -> bool:
        """Move a record by an event of that attempt. Without a row in the table the event is ignored: False."""
        before, actor = record.state, record.actor
        state = self._steps[before][event]
        if state is None:
            self._ignore(actor, attempt, event)
            return False
        record.state, record.since = state, now
        if state is COMPLETED or state is FAILED:
            if before is COMPLETED or before is FAILED:
                self.ended.pop(actor, None)
            else:
                self.active.pop(actor, None)
            record.reason = reason
            self.ended[actor] = record
            if now < self._last_end:
                self.ended = dict(sorted(self.ended.items(), key=lambda item: item[1].since))
            else:
                self._last_end = now
        elif before is COMPLETED or before is FAILED:
            self.ended.pop(actor, None)
            self.active[actor] = record
        self._port.moved(record, before, event, attempt)
        if self.watches:
            if self.learns and state is not before:
                self._ask(record, now)
            self._watch(record, now)
        return True

    def _ignore(self, actor: ActorId, attempt: AttemptId, event: Event) -> None:
        record = self.active.get(actor) or self.ended.get(actor)
        self._port.ignored(State.IDLE if record is None else record.state, event, attempt)
