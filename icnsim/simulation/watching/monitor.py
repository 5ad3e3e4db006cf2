"""Checks the invariants I1 to I8 and that of quorums (PROTOCOL section 7) at every event that can violate one.

Theory of operation. The state that an invariant constrains changes only at a few kinds of events: a copy starts or
stops, a checkpoint is made or restored, a record moves, an attempt begins. The monitor subscribes to these events and
checks the actor of each event. Its checks are equivalent to a check of the whole federation after every event, at a
constant cost. The invariants that must hold "once nothing is in flight" are checked when the last message, stage or
active record of an actor ends.

The monitor only observes: it does not change the result of a run.

`RecordLog` receives every step of a record and announces the steps that need a check: `record_strayed` (I5),
`record_left` (I6) and `record_ended` (I8). `Bounds` computes the maximum age of a record (I6), `Ends` compares both
sides (I8), and `Trails` stores the events that led to a violation.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence

from icnsim.numbers import as_given
from icnsim.protocol.messages import EMPTY, ActorId, AttemptId, Content, ExecutorId, Kind, Message
from icnsim.protocol.record import MigrationRecord, Role
from icnsim.protocol.runtime import Copy
from icnsim.protocol.states import Event, State
from icnsim.recording.columns import NEVER
from icnsim.recording.violations import KEPT, RESERVED, Raw, Trail, Violation
from icnsim.simulation.activity import Activity
from icnsim.simulation.executors.executor import Executor
from icnsim.simulation.hooks import Hooks
from icnsim.simulation.time.environment import Environment
from icnsim.simulation.watching.bounds import Bounds
from icnsim.simulation.watching.ends import Ends
from icnsim.simulation.watching.trails import Trails

# Bound once: looking up a member of an enum on its class costs as much as a call.
COMPLETE, FAILED, TRANSFERRING = State.COMPLETE, State.FAILED, State.TRANSFERRING
ADMIT, COMPLETION, RESTORE = Event.ADMIT, Event.COMPLETE, Event.RESTORE
SOURCE = Role.SOURCE
REQUEST, REJECT = Kind.REQUEST, Kind.REJECT


class Monitor:
    """Checks the invariants of one run.

    Parameters
    ----------
    busy : for each actor whether one of its migrations is in progress, including the time between attempts; for
        each task whether it is undecided.
    where : the executors where each actor runs, as in `Copies`.
    activity : the messages, stages and records of each actor that are in flight.
    max_attempts : the maximum number of attempts of one migration.
    absent : whether an actor runs nowhere and no executor that is down will run it again.
    trails : the events that led to a violation; None if this run records none.

    Attributes
    ----------
    bounds : the maximum age of records (I6).
    counts : violations so far, by invariant.
    hazards : hazards so far, by number.
    """

    def __init__(
        self,
        env: Environment,
        hooks: Hooks,
        busy: bytearray,
        where: Sequence[tuple[ExecutorId, ...]],
        activity: Activity,
        most_attempts: Callable[[ActorId], int],
        absent: Callable[[ActorId], bool],
        trails: Trails | None,
    ) -> None:
        actors = len(busy)
        self._env = env
        self._hooks = hooks
        self._busy = busy
        self._where = where
        self._absent = absent
        self.bounds = Bounds()
        self._activity = activity
        self._trails = trails
        self._most_attempts = most_attempts
        self._violations: list[tuple[int, str, ActorId, int, int, str, tuple[int, ...], tuple[Raw, ...]]] = []
        self.counts: Counter[str] = Counter()
        self.hazards: Counter[int] = Counter()
        self._newest: list[Content] = [EMPTY] * actors
        self._restored = [0] * actors
        self._stale: set[tuple[ActorId, AttemptId, ExecutorId]] = set()
        self._ends = Ends()
        self._missing: dict[ActorId, tuple[int, tuple[Raw, ...]]] = {}
        self._reported: set[ActorId] = set()
        self._subscribe(hooks)

    def _subscribe(self, hooks: Hooks) -> None:
        hooks.message_lost.append(self._lost)
        hooks.hazard.append(self._count_hazard)
        hooks.actor_at_rest.append(self._at_rest)
        hooks.record_strayed.append(self._strayed)
        hooks.record_left.append(self._left)
        hooks.record_ended.append(self._ended)
        hooks.record_forgotten.append(self._forgotten)
        hooks.checkpoint_made.append(self._minted)
        hooks.copy_started.append(self._started)
        hooks.attempt_began.append(self._attempt)
        hooks.consensus_reached.append(self._agreed)

    # Hazards

    def _lost(self, message: Message, to: ExecutorId) -> None:
        kind = message.kind
        if kind is REQUEST or kind is REJECT:
            self._hazard(10, message.actor, message.attempt, to)

    def _hazard(self, number: int, actor: ActorId, attempt: AttemptId, executor: ExecutorId) -> None:
        """Announce a hazard that the monitor itself has detected."""
        for listener in self._hooks.hazard:
            listener(number, actor, attempt, executor)

    def _count_hazard(self, number: int, actor: ActorId, attempt: AttemptId, executor: ExecutorId) -> None:
        self.hazards[number] += 1
        if number == 4:
            if not self._stale:  # before this, no Request can be stale
                self._hooks.record_moved.append(self._admitted)
            self._stale.add((actor, attempt, executor))

    def restarted(self, executor: Executor) -> None:
        """Check the actors of a restarted executor, which may leave some of them paused with nothing in flight."""
        for actor in executor.manager.runtime.copies:
            if not self._activity.items[actor]:
                self._at_rest(actor)

    # Checks

    def _started(self, actor: ActorId, copy: Copy, attempt: AttemptId, executor: Executor) -> None:
        where = self._where[actor]
        if self._missing or self._reported:
            self._report_missing()
            self._missing.pop(actor, None)
            self._watch_missing()
            self._reported.discard(actor)
        if len(where) > 1:
            self._violated("I1", actor, where[-1], attempt, f"{len(where)} copies run")

    def _minted(self, record: MigrationRecord, maker: Executor) -> None:
        executor = maker.id
        actor, sequence = record.actor, record.sequence
        newest = self._newest[actor]
        if sequence > newest[0]:
            self._newest[actor] = max(newest, record.content) if record.content == EMPTY else record.content
            return
        if sequence == newest[0] and newest[1] != executor:
            self._hazard(14, actor, record.attempt, executor)
            what = f"checkpoint {sequence} is made a second time, by another executor"
        else:
            what = f"checkpoint {sequence} is made after {newest[0]}"
        self._violated("I4", actor, executor, record.attempt, what)
        self._newest[actor] = max(newest, record.content)

    def _runs_from(self, record: MigrationRecord, executor: ExecutorId) -> None:
        """Check the checkpoint from which an actor runs (I3, I4)."""
        actor = record.actor
        if record.content == EMPTY:
            self._violated("I3", actor, executor, record.attempt, "the restored checkpoint is empty")
        last = self._restored[actor]
        if record.sequence < last:
            what = f"checkpoint {record.sequence} is restored after {last}"
            self._violated("I4", actor, executor, record.attempt, what)
            self._violated("I3", actor, executor, record.attempt, what)
        else:
            self._restored[actor] = record.sequence

    def _ended(self, record: MigrationRecord, before: State, event: Event, host: Executor) -> None:
        executor = host.id
        self._ends.add(record, executor)
        if before is TRANSFERRING and record.state is FAILED and self._ends.completed(record):
            self._hazard(5, record.actor, record.attempt, executor)
        if event is RESTORE:
            self._runs_from(record, executor)

    def _strayed(
        self, record: MigrationRecord, before: State, event: Event, attempt: AttemptId, host: Executor
    ) -> None:
        """Check a step that violates I5: only events of its own attempt may move a record, and only until it ends."""
        actor, executor = record.actor, host.id
        if attempt != record.attempt:
            if event is COMPLETION:
                self._hazard(11, actor, attempt, executor)
            self._violated("I5", actor, executor, record.attempt, f"{event.label} of another attempt moves the record")
        else:
            self._hazard(2, actor, attempt, executor)
            what = f"{event.label} moves a record that was {before.label}"
            self._violated("I5", actor, executor, record.attempt, what)
        if before >= COMPLETE and record.state < COMPLETE and record.entered_us is None:
            self._ends.forget(record, executor)

    def _admitted(
        self, record: MigrationRecord, before: State, event: Event, attempt: AttemptId, host: Executor
    ) -> None:
        """Check an admission; subscribed after the first stale Request (I5)."""
        actor, executor = record.actor, host.id
        if event is ADMIT and attempt == record.attempt and (actor, attempt, executor) in self._stale:
            self._violated("I5", actor, executor, attempt, "a stale Request is obeyed")

    def _left(self, record: MigrationRecord, before: State, host: Executor) -> None:
        """Check the age of a record that leaves a state late (I6)."""
        entered = record.entered_us
        if entered is not None:
            readings = record.readings or (entered // 1000, entered // 1000)
            age = self.bounds.age(readings, host.ages_ms())
            bound = self.bounds.of(record.actor, before, readings, host.id)
            if age > bound:
                what = f"in {before.label} for {as_given(age / 1000, 's')}, {as_given(bound / 1000, 's')} at most"
                since = self._env._now - (age - bound) * 1000
                self._violated("I6", record.actor, host.id, record.attempt, what, since)

    def _forgotten(self, record: MigrationRecord, host: Executor) -> None:
        """Remove the final state of a record that a crash has lost."""
        self._ends.forget(record, host.id)

    def _attempt(self, actor: ActorId, number: int, source: ExecutorId, target: ExecutorId, attempt: AttemptId) -> None:
        if number > 1 and number > (most := self._most_attempts(actor)):
            self._violated("I7", actor, source, attempt, f"attempt {number} of at most {most}")

    def _agreed(self, actor: ActorId, attempt: AttemptId, executor: ExecutorId, backers: int, needed: int) -> None:
        """Check a consensus: at least `needed` executors must have sent the digest as their first result."""
        if backers < needed:
            what = f"a consensus with {backers} behind it, of {needed} that must agree"
            self._violated("consensus", actor, executor, attempt, what)

    def finish(self, executors: Iterable[Executor], *, managed: bool) -> None:
        """Check the records at the end of the run. An actor with an active record that nothing will end is at rest.

        Parameters
        ----------
        managed : whether executors that are up have a loop that detects timeouts.
        """
        for executor in executors:
            manager = executor.manager
            for record in manager.active.values():
                tracked = managed and executor.up and record.state in manager.timeouts_of(record.actor)
                if tracked or not executor.up:  # an executor that stays down violates nothing
                    self._left(record, record.state, executor)
                else:
                    self._stuck(record, executor)

    def _stuck(self, record: MigrationRecord, host: Executor) -> None:
        """Announce the hazards of a record that is active at the end and that nothing will end."""
        actor, attempt, executor = record.actor, record.attempt, host.id
        self._hazard(16, actor, attempt, executor)
        if record.role is SOURCE and record.state is not State.REQUESTING:
            self._hazard(5 if self._ends.completed(record) else 6, actor, attempt, executor)
        self._ends.add(record, executor)
        self._left(record, record.state, host)
        self._activity.end(actor)

    def _at_rest(self, actor: ActorId) -> None:
        """Check an actor with nothing in flight: it runs somewhere (I2), and both sides agree (I8)."""
        absent = self._absent(actor)
        if absent and actor not in self._reported and actor not in self._missing:
            if not self._missing:
                self._hooks.work_ended.append(self._report_missing)
            self._missing[actor] = (self._env._now, self._trail(actor))
        for attempt, what in self._ends.disagreements(actor) if actor in self._ends.doubtful else ():
            self._violated("I8", actor, -1, attempt, what)
        if not absent and not self._busy[actor]:
            for settled in self._hooks.actor_settled:
                settled(actor)

    def task_ended(self, task: ActorId) -> None:
        """A task is decided. Tasks are busy until then in a run without migrations; a task is never submitted again."""
        self._busy[task] = 0

    def _trail(self, actor: ActorId) -> tuple[Raw, ...]:
        return () if self._trails is None else self._trails.of(actor)

    def _report_missing(self, *, over: bool = False) -> None:
        """Report the actors that ran nowhere at the end of an earlier instant.

        An actor that resumes within the instant is not missing. `over` is true if the present instant has ended. This
        method is subscribed to every end of work while an actor is missing.
        """
        now = self._env._now + over
        for actor, (since, trail) in list(self._missing.items()):
            if since < now:
                del self._missing[actor]
                self._reported.add(actor)
                what = f"nothing of the actor is in flight since {as_given(since / 1e6, 's')}, and it runs nowhere"
                self._keep("I2", actor, -1, -1, what, since, trail)
        self._watch_missing()

    def _watch_missing(self) -> None:
        """Unsubscribe from ends of work if no actor is missing."""
        if not self._missing and self._report_missing in self._hooks.work_ended:
            self._hooks.work_ended.remove(self._report_missing)

    def _violated(
        self, invariant: str, actor: ActorId, executor: int, attempt: int, evidence: str, at: int | None = None
    ) -> None:
        """Record a violation at the present instant, or at the instant `at`."""
        now = self._env._now
        if self._missing:  # keep the order of the violations independent of other actors' events
            self._report_missing()
        trail = self._trail(actor) if self._has_room(invariant) else ()
        self._keep(invariant, actor, executor, attempt, evidence, now if at is None else at, trail)

    def _has_room(self, invariant: str) -> bool:
        """Whether the next violation of an invariant is stored."""
        return len(self._violations) < KEPT or self.counts[invariant] < RESERVED

    def _keep(
        self, invariant: str, actor: ActorId, executor: int, attempt: int, evidence: str, at: int,
        trail: tuple[Raw, ...],
    ) -> None:  # fmt: skip
        """Count a violation, and store it with its trail while there is room."""
        room = self._has_room(invariant)
        self.counts[invariant] += 1
        if not room:
            return
        since = trail[0][0] if trail else self._env._now
        hazards = () if self._trails is None else self._trails.hazards(actor, invariant, since)
        self._violations.append((at, invariant, actor, executor, attempt, evidence, hazards, trail))

    def violations(self, place: Mapping[int, int], *, ended: bool) -> tuple[Violation, ...]:
        """The stored violations in the order of their times.

        Parameters
        ----------
        place : the number of each attempt in the tables, by its row.
        ended : whether the present instant has ended.
        """
        self._report_missing(over=ended)
        return tuple(
            Violation(invariant, at, actor, executor, place.get(attempt, NEVER), evidence, hazards, Trail(trail, place))
            for at, invariant, actor, executor, attempt, evidence, hazards, trail in sorted(
                self._violations, key=lambda each: each[0]
            )
        )
