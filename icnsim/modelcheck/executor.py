"""One executor of the explored world: the whole state of its manager as a tuple, and the outcome of a step.

Theory of operation. A step of the world happens at one executor: a message arrives, a stage
ends, a record is too old, it crashes. The outcome depends on that executor's state and
the step alone. So `Executors` thaws a tuple into a real manager, makes the step, freezes the
manager again and caches the outcome. The same step in the same state elsewhere in the world is
then a look into a dictionary. States and messages are numbered in the order in which they appear.

Time does not pass: `now` is always 0, and a record is late when the explorer says so. A detector that
does not poll must first have asked for a look at the record (`Port.watch`); then the look may come at any moment. So
every deadline is explored, also those that a detector can learn. The tuple omits everything that has no influence on
later steps: reasons, sizes, the number of reminders that have fired, stages without a record, and the knowledge of a
detector, because only deadlines depend on that.
"""

from typing import Final, NamedTuple

from icnsim.modelcheck.configuration import Configuration
from icnsim.modelcheck.frozen import (
    ACTOR,
    CHECKPOINT,
    CORRUPT,
    DEAD,
    DOWN,
    EMPTIED,
    EVALUATE,
    HELD_ACTIVE,
    HELD_ENDED,
    RESTORE,
    SIZE,
    UP,
    WELL,
    Frozen,
    FrozenCopy,
    FrozenMessage,
    Stage,
    at_most_twice,
    freeze_record,
    thaw_record,
)
from icnsim.modelcheck.silence import LONG_AGO
from icnsim.protocol.detectors.detector import Detector
from icnsim.protocol.detectors.heartbeats import Heard
from icnsim.protocol.manager import Late, MigrationManager
from icnsim.protocol.messages import BROADCAST, EMPTY, ActorId, AttemptId, Content, ExecutorId, Message
from icnsim.protocol.record import NO_DEADLINE, MigrationRecord, Role
from icnsim.protocol.runtime import Copy
from icnsim.protocol.states import TERMINAL, Event, State
from icnsim.protocol.watch import Settings

FIRST_MS: Final = 1
"""The deadline of a record that was thawed: its detector finds the record at that reading."""

What = tuple[str, int, int]
"""A step: its name and its arguments; see `Executors._make`."""


class Outcome(NamedTuple):
    """The outcome of a step: the executor's next state, and its effects on the world.

    Attributes
    ----------
    sent : the numbers of messages. minted, restored : the attempt and the content of a final checkpoint.
    ended : the attempts that ended here, with role and state. broken : evidence against I5.
    failed : an attempt failed at its source, which may try again.
    """

    state: int
    sent: tuple[int, ...]
    minted: tuple[AttemptId, Content] | None
    restored: tuple[AttemptId, Content] | None
    ended: tuple[tuple[AttemptId, Role, State], ...]
    broken: tuple[str, ...]
    failed: bool


class _Notes:
    """The port: it records the requests of the manager."""

    def __init__(self) -> None:
        self.clear()

    def clear(self) -> None:
        self.sent: list[Message] = []
        self.evaluated: list[Message] = []
        self.stages: list[tuple[int, MigrationRecord]] = []
        self.reminders: list[MigrationRecord] = []
        self.watched: list[MigrationRecord] = []
        self.moves: list[tuple[MigrationRecord, State, Event, State, AttemptId]] = []

    def send(self, message: Message) -> None:
        self.sent.append(message)

    def evaluate(self, request: Message) -> None:
        self.evaluated.append(request)

    def checkpoint(self, record: MigrationRecord) -> None:
        self.stages.append((CHECKPOINT, record))

    def restore(self, record: MigrationRecord) -> None:
        self.stages.append((RESTORE, record))

    def moved(self, record: MigrationRecord, before: State, event: Event, attempt: AttemptId) -> None:
        self.moves.append((record, before, event, record.state, attempt))

    def remind(self, record: MigrationRecord, delay_ms: int) -> None:
        self.reminders.append(record)

    def watch(self, record: MigrationRecord, deadline: int, detector: Detector) -> None:
        self.watched.append(record)

    def heard(self, peer: ExecutorId) -> Heard:
        return LONG_AGO

    def runs(self, actor: ActorId, copy: Copy, attempt: AttemptId) -> None: ...
    def stopped(self, actor: ActorId, attempt: AttemptId, how: str) -> None: ...
    def copy(self, record: MigrationRecord) -> None: ...
    def removed(self, record: MigrationRecord) -> None: ...
    def replaced(self, record: MigrationRecord) -> None: ...
    def forgotten(self, record: MigrationRecord) -> None: ...
    def ignored(self, state: State, event: Event, attempt: int) -> None: ...
    def hazard(self, number: int, actor: ActorId, attempt: AttemptId) -> None: ...


class Executors:
    """The numbered states and messages of the world's executors, and the outcomes of the steps so far.

    Attributes
    ----------
    states, messages : by number. rows : the rows of the transition table that were taken.
    polls : whether ticks find the records that are too old.
    """

    def __init__(self, configuration: Configuration) -> None:
        self.configuration = configuration
        self._notes = _Notes()
        settings = Settings(dict.fromkeys(configuration.tracked, 0), 0, detector=configuration.detector)
        self._managers = [
            MigrationManager(ExecutorId(n), self._notes, settings, configuration.switches)
            for n in range(configuration.executors)
        ]
        self._tracked = frozenset(configuration.tracked)
        self.polls = all(manager.polls for manager in self._managers)
        self._numbers: dict[Frozen, int] = {}
        self._message_numbers: dict[FrozenMessage, int] = {}
        self._outcomes: dict[tuple[int, int, What], Outcome] = {}
        self.states: list[Frozen] = []
        self.messages: list[FrozenMessage] = []
        self.rows: set[tuple[State, Event]] = set()
        self._stages: list[tuple[int, int, MigrationRecord | None]] = []

    def number(self, state: Frozen) -> int:
        """The number of an executor's state."""
        found = self._numbers.get(state)
        if found is None:
            found = self._numbers[state] = len(self.states)
            self.states.append(state)
        return found

    def message(self, message: FrozenMessage) -> int:
        """The number of a message."""
        found = self._message_numbers.get(message)
        if found is None:
            found = self._message_numbers[message] = len(self.messages)
            self.messages.append(message)
        return found

    def begin(self, *, lives_here: bool) -> int:
        """The first state of an executor."""
        copy: FrozenCopy | None = (0, True, None, False) if lives_here else None
        return self.number(Frozen(UP, None, None, copy, 0, 0, 0, 0, (), (), False, None))

    def late(self, state: Frozen) -> bool:
        """Whether a record may be found too old."""
        return state.active is not None and (state.active[3] in self._tracked if self.polls else state.timer)

    def act(self, me: int, state: int, step: What) -> Outcome:
        """Make a step at an executor, or return its cached outcome."""
        key = (me, state, step)
        outcome = self._outcomes.get(key)
        if outcome is None:
            outcome = self._outcomes[key] = self._make(me, self.states[state], step)
        return outcome

    # Steps: named by what follows `step[0]`

    def _make(self, me: int, frozen: Frozen, step: What) -> Outcome:
        manager = self._thaw(me, frozen)
        up, reminder, late, timer = frozen.up, frozen.reminder, frozen.late, frozen.timer
        name, argument, more = step
        if name == "deliver":
            manager.receive(self._thaw_message(argument), 0)
        elif name == "end":
            self._end(manager, argument, more)
        elif name == "initiate":
            manager.initiate(ACTOR, ExecutorId(argument), AttemptId(more), SIZE, 0)
        elif name == "time out":
            timer = False
            self._find_late(manager)
        elif name == "scan":
            assert frozen.active is not None
            late = (frozen.active[0], frozen.active[3])
        elif name == "write":
            assert late is not None
            record = MigrationRecord(ACTOR, late[0], Role.SOURCE, BROADCAST, SIZE, 0)
            manager.fail_late([Late(record, late[1], 0)], 0)
            late = None
        elif name == "remind":
            reminder = False
            manager.reminded(manager.active[ACTOR], 0)
        elif name == "clean up":
            self.rows |= {(record.state, Event.CLEAN_UP) for record in manager.ended.values()}
            manager.cleanup_migrations(0)
        elif name in {"crash", "die"}:
            up, self._stages = (DOWN if name == "crash" else DEAD), []
            reminder, late, timer = False, None, False
            manager.crash(disk_survives=not self.configuration.lost_disks)
        else:
            assert name == "restart"
            up = UP
            manager.recover(0)
        return self._outcome(manager, up, reminder, late, timer)

    def _find_late(self, manager: MigrationManager) -> None:
        """The detector finds that the active record is too old."""
        record = manager.active[ACTOR]
        if self.polls:
            manager.fail_late([Late(record, record.state, 0)], 0)
        elif manager.detector.tick:
            manager.turn(manager.detector, record.deadline, 0)
        else:
            manager.overdue(record, record.deadline, 0)

    def _end(self, manager: MigrationManager, number: int, how: int) -> None:
        stage, argument, record = self._stages.pop(number)
        if record is None:
            manager.evaluated(self._thaw_message(argument), None if how == WELL else "full", 0)
        elif stage == CHECKPOINT:
            record.damaged, record.emptied = how == CORRUPT, how == EMPTIED
            manager.checkpointed(record, 0)
        else:
            manager.restored(record, 0)

    # From a tuple to a manager and back

    def _thaw(self, me: int, frozen: Frozen) -> MigrationManager:
        manager, runtime = self._managers[me], self._managers[me].runtime
        held: list[MigrationRecord | None] = []
        for former in manager.active.values():
            manager.detector.release(former)
        for records, record in ((manager.active, frozen.active), (manager.ended, frozen.ended)):
            records.clear()
            held.append(None if record is None else thaw_record(record))
            if held[-1] is not None:
                records[ACTOR] = held[-1]
        if frozen.timer:
            waiting = manager.active[ACTOR]
            waiting.deadline, waiting.limit = FIRST_MS, 0  # the look comes when the limit has passed
            manager.detector.hold(waiting)
        manager.seen = set(frozen.seen)
        runtime.copies.clear()
        if frozen.copy is not None:
            epoch, running, paused_for, saved = frozen.copy
            runtime.copies[ACTOR] = Copy(epoch, EMPTY, running, paused_for, saved)
        for numbers, number in (
            (manager.checkpoints, frozen.sequence),
            (runtime.heard, frozen.heard),
            (runtime.begun, frozen.begun),
            (runtime.fenced, frozen.fenced),
        ):
            numbers.clear()
            if number:
                numbers[ACTOR] = number
        if frozen.unsigned:
            manager.checkpoints.unsigned.add(ACTOR)
        self._stages = [(stage, of, None if stage == EVALUATE else held[of]) for stage, of in frozen.stages]
        self._notes.clear()
        return manager

    def _outcome(
        self,
        manager: MigrationManager,
        up: int,
        reminder: bool,
        late: tuple[AttemptId, State] | None,
        timer: bool,
    ) -> Outcome:
        notes, runtime = self._notes, manager.runtime
        active, ended = manager.active.get(ACTOR), manager.ended.get(ACTOR)
        stages: list[Stage] = [(EVALUATE, self._number_of(request)) for request in notes.evaluated]
        for stage, of, record in (*self._stages, *((stage, -1, record) for stage, record in notes.stages)):
            event = Event.CHECKPOINT if stage == CHECKPOINT else Event.RESTORE
            if record is None:
                stages.append((stage, of))
            elif record is active:
                stages.append((stage, HELD_ACTIVE))
            elif record is ended and (ended.state, event) in manager.rows:
                stages.append((stage, HELD_ENDED))
        copy = runtime.copies.get(ACTOR)
        state = Frozen(
            up,
            freeze_record(active),
            freeze_record(ended),
            None if copy is None else self._freeze_copy(copy),
            manager.checkpoints.get(ACTOR, 0),
            runtime.heard.get(ACTOR, 0),
            runtime.begun.get(ACTOR, 0),
            runtime.fenced.get(ACTOR, 0),
            () if manager.switches.deduplicate_by_attempt else tuple(sorted(manager.seen)),
            at_most_twice(stages),
            active is not None and (reminder or active in notes.reminders) and up == UP,
            late,
            ACTOR in manager.checkpoints.unsigned,
            up == UP and active is not None and self._waits(active, timer),
        )
        return self._summary(self.number(state))

    def _waits(self, record: MigrationRecord, timer: bool) -> bool:
        """Whether a look at the record will come: it has a deadline, and a timer was set before the step or by it."""
        return record.deadline != NO_DEADLINE and (timer or record in self._notes.watched)

    def _freeze_copy(self, copy: Copy) -> FrozenCopy:
        if copy.running:
            return copy.epoch, True, None, False
        # Only a restart that has lost the migrations asks whether the final checkpoint was made.
        saved = copy.saved and not self.configuration.switches.durable_records
        return copy.epoch, False, copy.paused_for, saved

    def _summary(self, state: int) -> Outcome:
        notes = self._notes
        minted = restored = None
        ended, broken = [], []
        for record, before, event, after, attempt in notes.moves:
            self.rows.add((before, event))
            if attempt != record.attempt:
                broken.append(f"attempt {record.attempt} becomes {after.label} by {event.label} of attempt {attempt}")
            if before in TERMINAL:
                broken.append(f"attempt {record.attempt} had ended as {before.label} and becomes {after.label}")
            if event is Event.CHECKPOINT:
                minted = record.attempt, record.content
            elif event is Event.RESTORE:
                restored = record.attempt, record.content
            if after in TERMINAL:
                ended.append((record.attempt, record.role, after))
        failed = any(role is Role.SOURCE and after is State.FAILED for _, role, after in ended)
        sent = tuple(number for message in notes.sent for number in self._numbers_of(message))
        return Outcome(state, sent, minted, restored, tuple(ended), tuple(broken), failed)

    # Messages

    def _numbers_of(self, message: Message) -> list[int]:
        """A broadcast arrives at every other executor."""
        if message.receiver != BROADCAST:
            return [self._number_of(message)]
        others = (ExecutorId(n) for n in range(self.configuration.executors) if n != message.sender)
        return [self._number_of(message, other) for other in others]

    def _number_of(self, message: Message, destination: ExecutorId | None = None) -> int:
        return self.message((
            message.receiver if destination is None else destination, message.kind, message.attempt, message.sender,
            message.receiver, message.sequence, message.epoch, message.content, message.damaged, message.signer,
            message.unsigned,
        ))  # fmt: skip

    def _thaw_message(self, number: int) -> Message:
        _, kind, attempt, sender, receiver, sequence, epoch, content, damaged, signer, unsigned = self.messages[number]
        message = Message(kind, ACTOR, attempt, sender, receiver, SIZE, sequence, unsigned=unsigned)
        message.epoch, message.content, message.damaged, message.signer = epoch, content, damaged, signer
        return message
