"""The invariants I1 to I8 and the quorum's (PROTOCOL section 7), checked at every event that can break one.

Theory of operation. Nothing an invariant speaks of changes but at a few places: a copy starts or
stops, a checkpoint is made or restored, a record moves, an attempt begins. The monitor is
told at each of them and looks at what the change concerns, so its checks are those of a look at
the whole federation after every event, for a constant price. What must hold "once nothing
is in flight" is looked at when the last message, stage or active record of an actor is gone.

It only watches: with it or without, a run is the same.

Nearly every moment that it notes is never looked at, so it forgets what an actor has been through
when a migration of it is over and no hazard has happened to it that a violation could still name.
What is noted is then what a cache holds, but where hazards abound.

`Bounds` tells how old a record may become (I6), `Ends` whether both sides agree (I8).
"""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from typing import Final, Protocol

from icnsim.protocol.messages import EMPTY, ActorId, AttemptId, Content, ExecutorId
from icnsim.protocol.record import Role, SwitchedRecord
from icnsim.protocol.states import Event, State
from icnsim.recording.columns import NEVER
from icnsim.recording.violations import KEPT, Observed, Raw, Trail, Violation
from icnsim.simulation.bounds import Ages, Bounds
from icnsim.simulation.ends import Ends
from icnsim.simulation.environment import Environment

# Bound once, as in the manager: looking a member up on its class costs as much as a call.
COMPLETE, FAILED, TRANSFERRING = State.COMPLETE, State.FAILED, State.TRANSFERRING
ADMIT, COMPLETION, CLEAN_UP = Event.ADMIT, Event.COMPLETE, Event.CLEAN_UP
SOURCE = Role.SOURCE
EVENTS: Final = len(Event)
ENDED: Final = COMPLETE * EVENTS
"""The first step of the transition table from a state in which a record has ended."""

TRAIL: Final = 48
"""Moments of a trail: more than a migration with a retry has."""
OF_A_VOTER: Final = 6
"""So many more moments of a trail for each voter: ballot and two results, each sent and received."""
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
"""The hazards that can break each invariant; a violation names those that have just happened to its actor."""
HARMFUL: Final = frozenset[int]().union(*BREAKS.values())


class Aging(Protocol):
    """An executor whose time may stand still, or run too fast: then it is `odd`."""

    id: ExecutorId
    odd: bool

    def ages_ms(self) -> Ages:
        """Its readings now."""


_STEPS: Final = [[f"enter {state.label} by {event.label}" for state in State] for _ in State for event in Event]
"""What a step is called in a trail: by the state before and the event, then by the state."""


class Monitor:
    """Watches one run.

    Parameters
    ----------
    env : virtual time. busy : for each actor whether a migration of it is under way, between its attempts
        too; for each task whether it is undecided.
    max_attempts : of one migration. voters : on each, at most.

    Attributes
    ----------
    bounds : how old a record may become (I6).
    pending : for each actor how many of its messages, stages and active records are under way.
    counts : of violations, by invariant.
    absent : tells whether an actor runs nowhere, and nobody who is down will bring it back.
    """

    def __init__(self, env: Environment, busy: bytearray, max_attempts: int, voters: int = 0) -> None:
        actors = len(busy)
        self._env = env
        self._busy = busy
        self.bounds = Bounds()
        self.pending = [0] * actors
        self._max_attempts = max_attempts
        self._trails: list[list[Raw]] = [[] for _ in range(actors)]
        self._kept = TRAIL + OF_A_VOTER * min(voters, MOST_VOTERS)
        self._most = 2 * self._kept
        self._happened: dict[ActorId, dict[int, int]] = {}
        self._violations: list[tuple[int, str, ActorId, int, int, str, tuple[int, ...], tuple[Raw, ...]]] = []
        self.counts: Counter[str] = Counter()
        self._transitions = [0] * (len(State) * EVENTS)
        self._hazards: Counter[int] = Counter()
        self._faults: Counter[str] = Counter()
        self._pairs: Counter[tuple[str, str]] = Counter()
        self._newest: list[Content] = [EMPTY] * actors
        self._restored = [0] * actors
        self._stale: set[tuple[ActorId, AttemptId, ExecutorId]] = set()
        self._ends = Ends()
        self._missing: dict[ActorId, int] = {}
        self._reported: set[ActorId] = set()
        self.absent: Callable[[ActorId], bool] = lambda _: False

    # What happens

    def note(self, actor: ActorId, what: str, executor: int, peer: int, attempt: int) -> None:
        """Remember a moment in the life of an actor; -1 for no peer or attempt."""
        trail = self._trails[actor]
        trail.append((self._env._now, what, executor, peer, attempt))
        if len(trail) > self._most:
            del trail[: -self._kept]

    def hazard(self, number: int, actor: ActorId, attempt: AttemptId, executor: ExecutorId) -> None:
        """What a hazard begins with has happened."""
        self._hazards[number] += 1
        if number in HARMFUL:
            self._happened.setdefault(actor, {})[number] = self._env._now
        if number == 4:
            self._stale.add((actor, attempt, executor))

    def fault(self, kind: str, others: set[str]) -> None:
        """A fault has taken effect while the others are in effect."""
        self._faults[kind] += 1
        for other in sorted(others):
            self._pairs[min(kind, other), max(kind, other)] += 1

    def ends(self, actor: ActorId) -> None:
        """One less is `pending` of the actor; the last one leaves it at rest."""
        self.pending[actor] = left = self.pending[actor] - 1
        if self._missing:
            self._report_missing(self._env._now)
        if not left:
            self._at_rest(actor)

    def returned(self, actors: Iterable[ActorId]) -> None:
        """An executor is back: of the actors that it holds it may leave some paused, with nothing under way."""
        for actor in actors:
            if not self.pending[actor]:
                self._at_rest(actor)

    # What is checked

    def copies(self, actor: ActorId, where: tuple[ExecutorId, ...], attempt: AttemptId) -> None:
        """A copy has started to run; `where` all of them run."""
        if self._missing or self._reported:
            self._report_missing(self._env._now)
            self._missing.pop(actor, None)
            self._reported.discard(actor)
        if len(where) > 1:
            self._violated("I1", actor, where[-1], attempt, f"{len(where)} copies run")

    def minted(self, record: SwitchedRecord, executor: ExecutorId) -> None:
        """A final checkpoint has been made."""
        actor, sequence = record.actor, record.sequence
        newest = self._newest[actor]
        if sequence <= newest[0]:
            if sequence == newest[0] and newest[1] != executor:
                self.hazard(14, actor, record.attempt, executor)
                what = f"checkpoint {sequence} is made a second time, by another executor"
            else:
                what = f"checkpoint {sequence} is made after {newest[0]}"
            self._violated("I4", actor, executor, record.attempt, what)
        self._newest[actor] = max(newest, record.content)

    def restored(self, record: SwitchedRecord, executor: ExecutorId) -> None:
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

    def moved(self, record: SwitchedRecord, before: State, event: Event, attempt: AttemptId, host: Aging) -> None:
        """A record has moved."""
        actor, state, entered, executor, now = record.actor, record.state, record.entered, host.id, self._env._now
        step = before * EVENTS + event
        self._transitions[step] += 1
        self.note(actor, _STEPS[step][state], executor, record.peer, record.attempt)
        if attempt != record.attempt or step >= ENDED or (event is ADMIT and self._stale):
            self._lawful(record, before, event, attempt, executor)
        if before is state and event is COMPLETION:
            return  # the record goes on waiting, now for its restored actor
        if entered is not None and (now - entered > self.bounds.least[before] or host.odd):
            self.left(record, before, host)
        if state is not COMPLETE and state is not FAILED:
            record.entered = now
            record.readings = host.ages_ms() if host.odd else None
            if entered is None:
                self.pending[actor] += 1
                if step >= ENDED:
                    self._ends.forget(record, executor)
            return
        self._ends.add(record, executor)
        if before is TRANSFERRING and state is FAILED and self._ends.completed(record):
            self.hazard(5, actor, record.attempt, executor)
        if entered is not None:
            record.entered = None
            self.ends(actor)
        elif not self.pending[actor]:
            self._at_rest(actor)

    def _lawful(
        self, record: SwitchedRecord, before: State, event: Event, attempt: AttemptId, executor: ExecutorId
    ) -> None:
        """A record changes by events of its own attempt, until it has ended (I5)."""
        actor = record.actor
        if attempt != record.attempt:
            if event is COMPLETION:
                self.hazard(11, actor, attempt, executor)
            self._violated("I5", actor, executor, record.attempt, f"{event.label} of another attempt moves the record")
        elif before >= COMPLETE:
            self.hazard(2, actor, attempt, executor)
            what = f"{event.label} moves a record that was {before.label}"
            self._violated("I5", actor, executor, record.attempt, what)
        elif event is ADMIT and (actor, attempt, executor) in self._stale:
            self._violated("I5", actor, executor, attempt, "a stale Request is obeyed")

    def left(self, record: SwitchedRecord, before: State, host: Aging) -> None:
        """A record leaves a state, one way or the other: was it there for too long?"""
        entered = record.entered
        if entered is not None:
            readings = record.readings or (entered // 1000, entered // 1000)
            age, bound = self.bounds.age(readings, host.ages_ms()), self.bounds.of(record.actor, before, readings)
            if age > bound:
                what = f"in {before.label} for {age / 1000:g} s, {bound / 1000:g} s at most"
                since = self._env._now - (age - bound) * 1000
                self._violated("I6", record.actor, host.id, record.attempt, what, since)

    def gone(self, record: SwitchedRecord, host: Aging, *, known: bool) -> None:
        """A record has been replaced or forgotten, in the state in which it was; whether its end is still known."""
        if not known:
            self._ends.forget(record, host.id)
        if record.entered is not None:
            self.left(record, record.state, host)
            record.entered = None
            self.ends(record.actor)

    def cleaned(self, before: State) -> None:
        """Cleanup has removed a record."""
        self._transitions[before * EVENTS + CLEAN_UP] += 1

    def attempt(self, actor: ActorId, number: int, executor: ExecutorId, attempt: AttemptId) -> None:
        """An attempt begins, of that number within its migration."""
        if number > self._max_attempts:
            self._violated("I7", actor, executor, attempt, f"attempt {number} of at most {self._max_attempts}")

    def agreed(self, actor: ActorId, attempt: AttemptId, executor: ExecutorId, backers: int, needed: int) -> None:
        """A quorum has agreed, with so many executors behind it of those that must be."""
        if backers < needed:
            what = f"a consensus with {backers} behind it, of {needed} that must agree"
            self._violated("consensus", actor, executor, attempt, what)

    def stuck(self, record: SwitchedRecord, host: Aging) -> None:
        """At the end: the record is active, and nothing will ever end it."""
        actor, attempt, executor = record.actor, record.attempt, host.id
        self.hazard(16, actor, attempt, executor)
        if record.role is SOURCE and record.state is not State.REQUESTING:
            self.hazard(5 if self._ends.completed(record) else 6, actor, attempt, executor)
        self._ends.add(record, executor)
        self.left(record, record.state, host)
        self.ends(actor)

    def _at_rest(self, actor: ActorId) -> None:
        """Nothing of the actor is in flight: it runs somewhere, and both sides agree."""
        absent = self.absent(actor)
        if absent and actor not in self._reported:
            self._missing.setdefault(actor, self._env._now)
        for attempt, what in self._ends.disagreements(actor) if actor in self._ends.doubtful else ():
            self._violated("I8", actor, -1, attempt, what)
        if not absent and not self._busy[actor]:
            self._forget(actor)

    def _forget(self, actor: ActorId) -> None:
        """Of an actor whose migration is over, what no violation needs any more."""
        happened, trail = self._happened.get(actor), self._trails[actor]
        if happened is None:
            trail.clear()
            return
        del trail[: -self._kept]
        if trail and max(happened.values()) < trail[0][0]:
            del self._happened[actor]

    def decided(self, task: ActorId) -> None:
        """A task is over: it is never submitted again."""
        self._busy[task] = 0
        self._happened.pop(task, None)
        self._trails[task].clear()

    def _report_missing(self, now: int) -> None:
        """Actors that ran nowhere when an instant was over: one that is resumed within it was not missing."""
        for actor, since in list(self._missing.items()):
            if since < now:
                del self._missing[actor]
                self._reported.add(actor)
                what = f"nothing of the actor is in flight since {since / 1e6:g} s, and it runs nowhere"
                self._violated("I2", actor, -1, -1, what)

    def _violated(
        self, invariant: str, actor: ActorId, executor: int, attempt: int, evidence: str, at: int | None = None
    ) -> None:
        """Count a violation, seen now or since `at`, and keep it with its trail while there is room."""
        self.counts[invariant] += 1
        if len(self._violations) >= KEPT:
            return
        at = self._env._now if at is None else at
        trail = tuple(self._trails[actor][-self._kept :])
        since = trail[0][0] if trail else self._env._now
        happened = self._happened.get(actor, {}).items()
        hazards = tuple(sorted(number for number, when in happened if number in BREAKS[invariant] and when >= since))
        self._violations.append((at, invariant, actor, executor, attempt, evidence, hazards, trail))

    def observed(self, place: Mapping[int, int], *, ended: bool) -> Observed:
        """What was found; `place` gives each attempt's number in the tables, `ended` tells that the instant is over."""
        self._report_missing(self._env._now + ended)
        return Observed(
            violations=tuple(
                Violation(
                    invariant, at, actor, executor, place.get(attempt, NEVER), evidence, hazards, Trail(trail, place)
                )
                for at, invariant, actor, executor, attempt, evidence, hazards, trail in sorted(
                    self._violations, key=lambda each: each[0]
                )
            ),
            counts={invariant: self.counts[invariant] for invariant in BREAKS},
            transitions={
                (State(step // EVENTS), Event(step % EVENTS)): count
                for step, count in enumerate(self._transitions)
                if count
            },
            hazards=dict(sorted(self._hazards.items())),
            faults=dict(sorted(self._faults.items())),
            pairs=dict(sorted(self._pairs.items())),
        )
