"""The invariants I1 to I8 and the quorum's (PROTOCOL section 7), checked at every event that can violate one.

Theory of operation. What an invariant constrains changes at a few kinds of events only: a copy starts or stops, a
checkpoint is made or restored, a record moves, an attempt begins. The monitor subscribes to them and checks what
the event concerns. So its checks are equivalent to a check of the whole federation after every event, at a
constant price. What must hold "once nothing is in flight" is checked when the last message, stage or active
record of an actor is gone.

The monitor only observes: a run is the same with it and without it.

It keeps a trail of each actor's events, because a violation is reported with the events that led to it. Nearly all
trails are never read. So the monitor forgets an actor's trail when its migration is over, unless a hazard has
happened to the actor that a violation could still name. Then the trails fit into the processor's cache.

`Bounds` says how old a record may become (I6), `Ends` whether both sides agree (I8).
"""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Final

from icnsim.protocol.messages import EMPTY, ActorId, AttemptId, Content, ExecutorId, Kind, Message
from icnsim.protocol.record import MigrationRecord, Role
from icnsim.protocol.runtime import Copy
from icnsim.protocol.states import Event, State
from icnsim.recording.columns import NEVER
from icnsim.recording.violations import KEPT, Raw, Trail, Violation
from icnsim.simulation.executors.executor import Executor
from icnsim.simulation.hooks import Hooks
from icnsim.simulation.time.environment import Environment
from icnsim.simulation.watching.bounds import Bounds
from icnsim.simulation.watching.ends import Ends

# Bound once: looking up a member on its class costs as much as a call.
COMPLETE, FAILED, TRANSFERRING = State.COMPLETE, State.FAILED, State.TRANSFERRING
ADMIT, COMPLETION, CLEAN_UP, RESTORE = Event.ADMIT, Event.COMPLETE, Event.CLEAN_UP, Event.RESTORE
SOURCE = Role.SOURCE
EVENTS: Final = len(Event)
ENDED: Final = COMPLETE * EVENTS
"""The first step of the transition table from a terminal state."""

TRAIL: Final = 48
"""The events kept in a trail: more than a migration with one retry has."""
OF_A_VOTER: Final = 6
"""The additional events kept for each voter: a ballot and two results, each sent and received."""
MOST_VOTERS: Final = 50

BREAKS: Final = {
    "I1": frozenset({2, 3, 4, 7, 8, 13, 14, 19, 21}),
    "I2": frozenset({6, 12, 13}),
    "I3": frozenset({11, 12}),
    "I4": frozenset({11, 14}),
    "I5": frozenset({1, 2, 3, 4, 8, 11, 19, 21}),
    "I6": frozenset({5, 15, 16}),
    "I7": frozenset({18}),
    "I8": frozenset({1, 5, 7}),
    "consensus": frozenset({20}),
}
"""The hazards that can violate each invariant; a violation names those that have just happened to its actor."""
HARMFUL: Final = frozenset[int]().union(*BREAKS.values())


_STEPS: Final = [[f"enter {state.label} by {event.label}" for state in State] for _ in State for event in Event]
"""The name of a step in a trail: by the state before and the event, then by the new state."""
SENT: Final = tuple(f"send {kind.label}" for kind in Kind)
RECEIVED: Final = tuple(f"receive {kind.label}" for kind in Kind)
LOST: Final = tuple(f"lose {kind.label}" for kind in Kind)
REQUEST, REJECT = Kind.REQUEST, Kind.REJECT


class Monitor:
    """Watches one run.

    Parameters
    ----------
    busy : for each actor whether a migration of it is in progress, between its attempts too; for each task whether it
        is undecided.
    where : for each actor the executors where it runs, as in `Copies`.
    max_attempts : the largest number of attempts of one migration. voters : the largest number of voters.
    absent : whether an actor runs nowhere and no executor that is down will bring it back.

    Attributes
    ----------
    bounds : how old a record may become (I6).
    counts : violations so far, by invariant.
    transitions : taken so far, by state and event. hazards : that have happened so far, by number.
    """

    def __init__(
        self,
        env: Environment,
        hooks: Hooks,
        busy: bytearray,
        where: Sequence[tuple[ExecutorId, ...]],
        max_attempts: int,
        voters: int,
        absent: Callable[[ActorId], bool],
    ) -> None:
        actors = len(busy)
        self._env = env
        self._busy = busy
        self._where = where
        self._absent = absent
        self.bounds = Bounds()
        self._pending = [0] * actors
        self._max_attempts = max_attempts
        self._trails: list[list[Raw]] = [[] for _ in range(actors)]
        self._kept = TRAIL + OF_A_VOTER * min(voters, MOST_VOTERS)
        self._most = 2 * self._kept
        self._happened: dict[ActorId, dict[int, int]] = {}
        self._violations: list[tuple[int, str, ActorId, int, int, str, tuple[int, ...], tuple[Raw, ...]]] = []
        self.counts: Counter[str] = Counter()
        self._transitions = [0] * (len(State) * EVENTS)
        self.hazards: Counter[int] = Counter()
        self._newest: list[Content] = [EMPTY] * actors
        self._restored = [0] * actors
        self._stale: set[tuple[ActorId, AttemptId, ExecutorId]] = set()
        self._ends = Ends()
        self._missing: dict[ActorId, tuple[int, tuple[Raw, ...]]] = {}
        self._reported: set[ActorId] = set()
        self._subscribe(hooks)

    def _subscribe(self, hooks: Hooks) -> None:
        hooks.message_sent.append(self._sent)
        hooks.message_received.append(self._received)
        hooks.message_lost.append(self._lost)
        hooks.work_began.append(self._begins)
        hooks.work_ended.append(self._ends_work)
        hooks.hazard.append(self._hazard)
        hooks.record_moved.append(self._moved)
        hooks.record_removed.append(self._cleaned_up)
        hooks.record_replaced.append(self._replaced)
        hooks.record_forgotten.append(self._forgotten)
        hooks.checkpoint_made.append(self._minted)
        hooks.copy_started.append(self._started)
        hooks.copy_stopped.append(self._stopped)
        hooks.attempt_began.append(self._attempt)
        hooks.executor_crashing.append(self._crashing)
        hooks.executor_restarting.append(self._restarting)
        hooks.vote_decided.append(self._decided)
        hooks.consensus_reached.append(self._agreed)
        hooks.task_ended.append(self._task_ended)

    # What happens

    def _note(self, actor: ActorId, what: str, executor: int, peer: int, attempt: int) -> None:
        """Add an event to the actor's trail; -1 stands for no peer or attempt."""
        trail = self._trails[actor]
        trail.append((self._env._now, what, executor, peer, attempt))
        if len(trail) > self._most:
            del trail[: -self._kept]

    def _sent(self, message: Message, to: ExecutorId) -> None:
        trail = self._trails[message.actor]
        trail.append((self._env._now, SENT[message.kind], message.signer, to, message.attempt))
        if len(trail) > self._most:
            del trail[: -self._kept]

    def _received(self, message: Message, executor: Executor) -> None:
        trail = self._trails[message.actor]
        trail.append((self._env._now, RECEIVED[message.kind], executor.id, message.signer, message.attempt))
        if len(trail) > self._most:
            del trail[: -self._kept]

    def _lost(self, message: Message, to: ExecutorId) -> None:
        kind, actor, attempt = message.kind, message.actor, message.attempt
        self._note(actor, LOST[kind], to, message.signer, attempt)
        if kind is REQUEST or kind is REJECT:
            self._hazard(10, actor, attempt, to)

    def _hazard(self, number: int, actor: ActorId, attempt: AttemptId, executor: ExecutorId) -> None:
        self.hazards[number] += 1
        if number in HARMFUL:
            self._happened.setdefault(actor, {})[number] = self._env._now
        if number == 4:
            self._stale.add((actor, attempt, executor))

    def _begins(self, actor: ActorId) -> None:
        self._pending[actor] += 1

    def _ends_work(self, actor: ActorId) -> None:
        """One item of the actor's work in flight has ended; without any the actor is at rest."""
        self._pending[actor] = left = self._pending[actor] - 1
        if self._missing:
            self._report_missing(self._env._now)
        if not left:
            self._at_rest(actor)

    def _crashing(self, executor: Executor, disk_survives: bool, returns: bool) -> None:
        for actor in executor.manager.runtime.copies:
            self._note(actor, "crash", executor.id, -1, -1)

    def _restarting(self, executor: Executor) -> None:
        for actor in executor.manager.runtime.copies:
            self._note(actor, "restart", executor.id, -1, -1)

    def restarted(self, executor: Executor) -> None:
        """An executor is back. It may leave some of its actors paused, with nothing in flight."""
        for actor in executor.manager.runtime.copies:
            if not self._pending[actor]:
                self._at_rest(actor)

    # What is checked

    def _started(self, actor: ActorId, copy: Copy, attempt: AttemptId, executor: Executor) -> None:
        self._note(actor, "run", executor.id, -1, attempt)
        where = self._where[actor]
        if self._missing or self._reported:
            self._report_missing(self._env._now)
            self._missing.pop(actor, None)
            self._reported.discard(actor)
        if len(where) > 1:
            self._violated("I1", actor, where[-1], attempt, f"{len(where)} copies run")

    def _stopped(self, actor: ActorId, attempt: AttemptId, how: str, executor: Executor) -> None:
        self._note(actor, how, executor.id, -1, attempt)

    def _minted(self, record: MigrationRecord, maker: Executor) -> None:
        executor = maker.id
        actor, sequence = record.actor, record.sequence
        newest = self._newest[actor]
        if sequence <= newest[0]:
            if sequence == newest[0] and newest[1] != executor:
                self._hazard(14, actor, record.attempt, executor)
                what = f"checkpoint {sequence} is made a second time, by another executor"
            else:
                what = f"checkpoint {sequence} is made after {newest[0]}"
            self._violated("I4", actor, executor, record.attempt, what)
        self._newest[actor] = max(newest, record.content)

    def _runs_from(self, record: MigrationRecord, executor: ExecutorId) -> None:
        """The actor runs from the record's checkpoint."""
        actor = record.actor
        if record.content == EMPTY or record.damaged:
            kind = "corrupt" if record.damaged else "empty"
            self._violated("I3", actor, executor, record.attempt, f"the restored checkpoint is {kind}")
        last = self._restored[actor]
        if record.sequence < last:
            what = f"checkpoint {record.sequence} is restored after {last}"
            self._violated("I4", actor, executor, record.attempt, what)
            self._violated("I3", actor, executor, record.attempt, what)
        else:
            self._restored[actor] = record.sequence

    def _moved(self, record: MigrationRecord, before: State, event: Event, attempt: AttemptId, host: Executor) -> None:
        actor, state, entered, now = record.actor, record.state, record.entered_us, self._env._now
        executor, step = host.id, before * EVENTS + event
        self._transitions[step] += 1
        trail = self._trails[actor]
        trail.append((now, _STEPS[step][state], executor, record.peer, record.attempt))
        if len(trail) > self._most:
            del trail[: -self._kept]
        if attempt != record.attempt or step >= ENDED or (event is ADMIT and self._stale):
            self._lawful(record, before, event, attempt, executor)
        if before is state and event is COMPLETION:
            return  # the record goes on waiting, now until its actor is restored
        if entered is not None and (now - entered > self.bounds.least[before] or host.irregular):
            self._left(record, before, host)
        if state is not COMPLETE and state is not FAILED:
            record.entered_us = now
            record.readings = host.ages_ms() if host.irregular else None
            if entered is None:
                self._pending[actor] += 1
                if step >= ENDED:
                    self._ends.forget(record, executor)
            return
        self._ends.add(record, executor)
        if before is TRANSFERRING and state is FAILED and self._ends.completed(record):
            self._hazard(5, actor, record.attempt, executor)
        if entered is not None:
            record.entered_us = None
            self._ends_work(actor)
        elif not self._pending[actor]:
            self._at_rest(actor)
        if event is RESTORE:
            self._runs_from(record, executor)

    def _lawful(
        self, record: MigrationRecord, before: State, event: Event, attempt: AttemptId, executor: ExecutorId
    ) -> None:
        """A record changes by events of its own attempt, until it has ended (I5)."""
        actor = record.actor
        if attempt != record.attempt:
            if event is COMPLETION:
                self._hazard(11, actor, attempt, executor)
            self._violated("I5", actor, executor, record.attempt, f"{event.label} of another attempt moves the record")
        elif before >= COMPLETE:
            self._hazard(2, actor, attempt, executor)
            what = f"{event.label} moves a record that was {before.label}"
            self._violated("I5", actor, executor, record.attempt, what)
        elif event is ADMIT and (actor, attempt, executor) in self._stale:
            self._violated("I5", actor, executor, attempt, "a stale Request is obeyed")

    def _left(self, record: MigrationRecord, before: State, host: Executor) -> None:
        """A record leaves a state: check how long it was there (I6)."""
        entered = record.entered_us
        if entered is not None:
            readings = record.readings or (entered // 1000, entered // 1000)
            age, bound = self.bounds.age(readings, host.ages_ms()), self.bounds.of(record.actor, before, readings)
            if age > bound:
                what = f"in {before.label} for {age / 1000:g} s, {bound / 1000:g} s at most"
                since = self._env._now - (age - bound) * 1000
                self._violated("I6", record.actor, host.id, record.attempt, what, since)

    def _replaced(self, record: MigrationRecord, host: Executor) -> None:
        """Another record has replaced the record, which leaves its state."""
        if record.entered_us is not None:
            self._left(record, record.state, host)
            record.entered_us = None
            self._ends_work(record.actor)

    def _forgotten(self, record: MigrationRecord, host: Executor) -> None:
        """A crash has lost the record, and with it the knowledge of how it ended."""
        self._ends.forget(record, host.id)
        self._replaced(record, host)

    def _cleaned_up(self, record: MigrationRecord, host: Executor) -> None:
        self._transitions[record.state * EVENTS + CLEAN_UP] += 1

    def _attempt(self, actor: ActorId, number: int, source: ExecutorId, target: ExecutorId, attempt: AttemptId) -> None:
        if number > self._max_attempts:
            self._violated("I7", actor, source, attempt, f"attempt {number} of at most {self._max_attempts}")

    def _agreed(self, actor: ActorId, attempt: AttemptId, executor: ExecutorId, backers: int, needed: int) -> None:
        """A quorum has agreed; at least `needed` executors must have sent the digest as their first result."""
        if backers < needed:
            what = f"a consensus with {backers} behind it, of {needed} that must agree"
            self._violated("consensus", actor, executor, attempt, what)

    def finish(self, executors: Iterable[Executor], *, managed: bool) -> None:
        """The run has ended: records that are active and that nothing will end count as being at rest.

        `managed` tells whether executors that are up have a loop that detects timeouts.
        """
        for executor in executors:
            manager = executor.manager
            for record in manager.active.values():
                tracked = managed and executor.up and record.state in manager.timeouts
                if tracked or not executor.up:  # an executor that stays down breaks no promise
                    self._left(record, record.state, executor)
                else:
                    self._stuck(record, executor)

    def _stuck(self, record: MigrationRecord, host: Executor) -> None:
        """At the end: the record is active, and nothing will ever end it."""
        actor, attempt, executor = record.actor, record.attempt, host.id
        self._hazard(16, actor, attempt, executor)
        if record.role is SOURCE and record.state is not State.REQUESTING:
            self._hazard(5 if self._ends.completed(record) else 6, actor, attempt, executor)
        self._ends.add(record, executor)
        self._left(record, record.state, host)
        self._ends_work(actor)

    def _at_rest(self, actor: ActorId) -> None:
        """Nothing of the actor is in flight: check that it runs somewhere and that both sides agree (I2, I8)."""
        absent = self._absent(actor)
        if absent and actor not in self._reported:
            self._missing.setdefault(actor, (self._env._now, tuple(self._trails[actor][-self._kept :])))
        for attempt, what in self._ends.disagreements(actor) if actor in self._ends.doubtful else ():
            self._violated("I8", actor, -1, attempt, what)
        if not absent and not self._busy[actor]:
            self._forget(actor)

    def _forget(self, actor: ActorId) -> None:
        """Forget what no violation needs any more about an actor whose migration is over."""
        happened, trail = self._happened.get(actor), self._trails[actor]
        if happened is None:
            trail.clear()
            return
        del trail[: -self._kept]
        if trail and max(happened.values()) < trail[0][0]:
            del self._happened[actor]

    def _decided(self, actor: ActorId, what: str, executor: ExecutorId, attempt: AttemptId) -> None:
        self._note(actor, what, executor, -1, attempt)

    def _task_ended(self, task: ActorId) -> None:
        """A task has ended; it is never submitted again."""
        self._busy[task] = 0
        self._happened.pop(task, None)
        self._trails[task].clear()

    def _report_missing(self, now: int) -> None:
        """Report actors that ran nowhere at the end of an earlier instant.

        One resumed within the instant was not missing.
        """
        for actor, (since, trail) in list(self._missing.items()):
            if since < now:
                del self._missing[actor]
                self._reported.add(actor)
                what = f"nothing of the actor is in flight since {since / 1e6:g} s, and it runs nowhere"
                self._keep("I2", actor, -1, -1, what, since, trail)

    def _violated(
        self, invariant: str, actor: ActorId, executor: int, attempt: int, evidence: str, at: int | None = None
    ) -> None:
        """Record a violation that happens now, or happened at the instant `at`."""
        now = self._env._now
        if self._missing:  # keep the order of the violations independent of other actors' events
            self._report_missing(now)
        full = len(self._violations) >= KEPT
        trail: tuple[Raw, ...] = () if full else tuple(self._trails[actor][-self._kept :])
        self._keep(invariant, actor, executor, attempt, evidence, now if at is None else at, trail)

    def _keep(
        self, invariant: str, actor: ActorId, executor: int, attempt: int, evidence: str, at: int,
        trail: tuple[Raw, ...],
    ) -> None:  # fmt: skip
        """Count a violation, and keep it with its trail while there is room."""
        self.counts[invariant] += 1
        if len(self._violations) >= KEPT:
            return
        since = trail[0][0] if trail else self._env._now
        happened = self._happened.get(actor, {}).items()
        hazards = tuple(sorted(number for number, when in happened if number in BREAKS[invariant] and when >= since))
        self._violations.append((at, invariant, actor, executor, attempt, evidence, hazards, trail))

    def violations(self, place: Mapping[int, int], *, ended: bool) -> tuple[Violation, ...]:
        """The violations that were kept, in the order of their times.

        Parameters
        ----------
        place : the number of each attempt in the tables, by the number of its row.
        ended : whether the present instant is over.
        """
        self._report_missing(self._env._now + ended)
        return tuple(
            Violation(invariant, at, actor, executor, place.get(attempt, NEVER), evidence, hazards, Trail(trail, place))
            for at, invariant, actor, executor, attempt, evidence, hazards, trail in sorted(
                self._violations, key=lambda each: each[0]
            )
        )

    @property
    def transitions(self) -> dict[tuple[State, Event], int]:
        """The rows of the transition table that were taken, with how often."""
        return {
            (State(step // EVENTS), Event(step % EVENTS)): count
            for step, count in enumerate(self._transitions)
            if count
        }
