"""The explored world: executors, messages in flight, and the choices that are left to the environment.

Theory of operation. A world is a tuple of numbers: each executor's state, then the messages in
flight, then the environment (`Environment`), each numbered in its own list. `steps` gives
every possible step of a world, with the world after it. The steps that the protocol and its
executors make by themselves *settle* (deliver, end a stage, time out, remind, restart);
the others are the environment's choice and may never come.

A message that is sent while an equal one is in flight is not added; a second copy is a
duplication. This keeps the world finite although reminders never end.
"""

from collections.abc import Iterator
from typing import NamedTuple

from icnsim.modelcheck.configuration import Configuration
from icnsim.modelcheck.executor import Executors, What
from icnsim.modelcheck.frozen import CHECKPOINT, CORRUPT, DEAD, DOWN, EMPTIED, EVALUATE, UP, WELL, Frozen
from icnsim.modelcheck.history import Attempt, Environment, Evidence, disagreements, noted
from icnsim.protocol.messages import EMPTY, AttemptId, ExecutorId, Kind

World = tuple[int, ...]

FORGED = (Kind.ACCEPT, Kind.REJECT, Kind.COMPLETE, Kind.ACK, Kind.CANCEL, Kind.CANCELLED)
FORGED_SEQUENCE = 9


class Step(NamedTuple):
    """A step: its executor, its name, the world after it, and the evidence for each invariant that it broke."""

    executor: int
    what: What
    after: World
    settles: bool
    broken: tuple[Evidence, ...]


class Plan(NamedTuple):
    """The possible steps of an executor in a state: settling steps, whether it may crash, whether a copy runs."""

    settling: tuple[What, ...]
    cleanup: bool
    scan: bool
    up: int
    running: bool
    may_initiate: bool
    checkpoints: tuple[int, ...]
    reminder: bool


class Worlds:
    """The steps between worlds of a configuration."""

    def __init__(self, configuration: Configuration) -> None:
        self.configuration = configuration
        self.executors = Executors(configuration)
        self.environments: list[Environment] = []
        self._environment_numbers: dict[Environment, int] = {}
        self.flights: list[tuple[int, ...]] = []
        self._flight_numbers: dict[tuple[int, ...], int] = {}
        self._plans: dict[int, Plan] = {}

    def begin(self) -> World:
        """The first world: the actor runs at executor 0, which has just asked executor 1."""
        configuration = self.configuration
        states = [self.executors.begin(lives_here=n == 0) for n in range(configuration.executors)]
        outcome = self.executors.act(0, states[0], ("initiate", 1, 0))
        states[0] = outcome.state
        environment = Environment(
            configuration.migrations - 1, configuration.lost_or_duplicated, configuration.crashes,
            configuration.deaths, configuration.damaged, configuration.forged, -1, (Attempt(0, 0, 1),), 0, 0,
        )  # fmt: skip
        return (*states, self._flight(outcome.sent), self._environment(environment))

    def _flight(self, messages: tuple[int, ...]) -> int:
        found = self._flight_numbers.get(messages)
        if found is None:
            found = self._flight_numbers[messages] = len(self.flights)
            self.flights.append(messages)
        return found

    def _environment(self, environment: Environment) -> int:
        found = self._environment_numbers.get(environment)
        if found is None:
            found = self._environment_numbers[environment] = len(self.environments)
            self.environments.append(environment)
        return found

    def plan(self, number: int) -> Plan:
        """The possible steps of an executor in that state."""
        plan = self._plans.get(number)
        if plan is None:
            plan = self._plans[number] = self._plan(self.executors.states[number])
        return plan

    def _plan(self, state: Frozen) -> Plan:
        if state.up != UP:
            restart: tuple[What, ...] = (("restart", 0, 0),) if state.up == DOWN else ()
            return Plan(restart, False, False, state.up, False, False, (), False)
        steps: list[What] = []
        checkpoints = []
        for n, (stage, _) in enumerate(state.stages):
            steps.append(("end", n, WELL))
            if stage == EVALUATE:
                steps.append(("end", n, CORRUPT))
            elif stage == CHECKPOINT:
                checkpoints.append(n)
        scan = False
        if self.executors.late(state):
            steps.append(("time out", 0, 0))
            torn = self.executors.polls and not self.configuration.switches.atomic_detection
            scan = torn and state.late is None
        if state.late is not None:
            steps.append(("write", 0, 0))
        running = state.copy is not None and state.copy[1]
        cleanup = self.configuration.cleanup and state.ended is not None
        return Plan(
            tuple(steps), cleanup, scan, UP, running, running and not state.is_active, tuple(checkpoints),
            state.reminder,
        )  # fmt: skip

    # Steps

    def steps(self, world: World) -> Iterator[Step]:
        """Every step that is possible in a world."""
        flight, environment = self.flights[world[-2]], self.environments[world[-1]]
        plans = [self.plan(number) for number in world[:-2]]
        yield from self._of_messages(world, flight, environment, plans)
        for me, plan in enumerate(plans):
            for what in plan.settling:
                yield self._step(world, flight, environment, me, what)
            if plan.reminder and self._reminds(world, me, flight):
                yield self._step(world, flight, environment, me, ("remind", 0, 0))
        for me, plan in enumerate(plans):
            yield from self._of_environment(world, flight, environment, me, plan)

    def _of_messages(
        self, world: World, flight: tuple[int, ...], environment: Environment, plans: list[Plan]
    ) -> Iterator[Step]:
        last = -1
        for place, message in enumerate(flight):
            if message == last:
                continue
            last = message
            rest = flight[:place] + flight[place + 1 :]
            receiver = self.executors.messages[message][0]
            what = ("deliver", message, 0)
            if plans[receiver].up == UP:
                yield self._step(world, rest, environment, receiver, what)
            else:
                yield Step(receiver, what, (*world[:-2], self._flight(rest), world[-1]), True, ())
            if environment.messages:
                after = self._environment(environment._replace(messages=environment.messages - 1))
                yield Step(receiver, ("lose", message, 0), (*world[:-2], self._flight(rest), after), False, ())
                if flight.count(message) == 1:
                    twice = (*flight[:place], message, *flight[place:])
                    yield Step(
                        receiver, ("duplicate", message, 0), (*world[:-2], self._flight(twice), after), False, ()
                    )

    def _reminds(self, world: World, me: int, flight: tuple[int, ...]) -> bool:
        """Whether a reminder may fire; see `Configuration.eager`."""
        if self.configuration.eager:
            return True
        states = self.executors.states
        active = states[world[me]].active
        assert active is not None
        attempt, peer = active[0], active[2]
        messages = self.executors.messages
        if any(messages[number][2] == attempt for number in flight):
            return False
        return not states[world[peer]].stages

    def _of_environment(
        self, world: World, flight: tuple[int, ...], environment: Environment, me: int, plan: Plan
    ) -> Iterator[Step]:
        if plan.up != UP:
            return
        if plan.scan:
            yield self._step(world, flight, environment, me, ("scan", 0, 0), settles=False)
        if plan.cleanup:
            yield self._step(world, flight, environment, me, ("clean up", 0, 0), settles=False)
        for n in plan.checkpoints if environment.damaged else ():
            less = environment._replace(damaged=environment.damaged - 1)
            for how in (CORRUPT, EMPTIED):
                yield self._step(world, flight, less, me, ("end", n, how), settles=False)
        if environment.crashes:
            less = environment._replace(crashes=environment.crashes - 1)
            yield self._step(world, flight, less, me, ("crash", 0, 0), settles=False)
        if environment.deaths:
            less = environment._replace(deaths=environment.deaths - 1)
            yield self._step(world, flight, less, me, ("die", 0, 0), settles=False)
        if environment.migrations and plan.may_initiate:
            for other in range(self.configuration.executors):
                if other != me:
                    less = environment._replace(migrations=environment.migrations - 1)
                    migration = self.configuration.migrations - environment.migrations
                    yield self._initiate(world, flight, less, me, other, migration)
        if environment.retry == me:
            yield from self._retries(world, flight, environment, me)
        if environment.forged:
            yield from self._forgeries(world, flight, environment, me)

    def _retries(self, world: World, flight: tuple[int, ...], environment: Environment, me: int) -> Iterator[Step]:
        state = self.executors.states[world[me]]
        if state.copy is None or state.is_active:
            return
        tried = next(attempt for attempt in reversed(environment.attempts) if attempt.source == me)
        others = [n for n in range(self.configuration.executors) if n not in (me, tried.target)]
        for other in others or [tried.target]:
            yield self._initiate(world, flight, environment._replace(retry=-1), me, other, tried.migration)

    def _initiate(
        self, world: World, flight: tuple[int, ...], environment: Environment, me: int, target: int, migration: int
    ) -> Step:
        attempts = environment.attempts
        broken: tuple[Evidence, ...] = ()
        so_far = sum(attempt.migration == migration for attempt in attempts)
        if so_far > self.configuration.retries:
            broken = (("I7", f"attempt {so_far + 1} of a migration that may make {self.configuration.retries + 1}"),)
        after = environment._replace(attempts=(*attempts, Attempt(migration, me, target)))
        step = self._step(world, flight, after, me, ("initiate", target, len(attempts)), settles=False)
        return step._replace(broken=step.broken + broken)

    def _forgeries(self, world: World, flight: tuple[int, ...], environment: Environment, me: int) -> Iterator[Step]:
        attempt = environment.attempts[-1]
        if me in (attempt.source, attempt.target):
            return
        number, forger = AttemptId(len(environment.attempts) - 1), ExecutorId(me)
        after = self._environment(environment._replace(forged=environment.forged - 1))
        for kind in FORGED:
            victim = ExecutorId(attempt.target if kind in (Kind.COMPLETE, Kind.CANCEL) else attempt.source)
            sequence = FORGED_SEQUENCE if kind is Kind.COMPLETE else 0
            content = (sequence, me) if sequence else EMPTY
            message = self.executors.message((
                victim, kind, number, forger, victim, sequence, number + 1, content, False, forger, False,
            ))  # fmt: skip
            yield Step(me, ("forge", message, 0), (*world[:-2], self._join(flight, (message,)), after), False, ())

    def _join(self, flight: tuple[int, ...], sent: tuple[int, ...]) -> int:
        """The messages in flight after some more were sent."""
        return self._flight(tuple(sorted((*flight, *{number for number in sent if number not in flight}))))

    def _step(
        self,
        world: World,
        flight: tuple[int, ...],
        environment: Environment,
        me: int,
        what: What,
        *,
        settles: bool = True,
    ) -> Step:
        before = world[me]
        outcome = self.executors.act(me, before, what)
        broken: tuple[Evidence, ...] = ()
        if outcome.minted or outcome.restored or outcome.ended or outcome.broken:
            sequence = self.executors.states[outcome.state].sequence
            environment, broken = noted(environment, me, outcome, sequence, self.configuration.attempts)
        after = list(world)
        after[me] = outcome.state
        after[-2] = self._join(flight, outcome.sent) if outcome.sent else self._flight(flight)
        after[-1] = self._environment(environment)
        return Step(me, what, tuple(after), settles, broken)

    def running(self, world: World) -> int:
        """The number of copies of the actor that run."""
        return sum(self.plan(number).running for number in world[:-2])

    def unsettled(self, world: World) -> list[Evidence]:
        """The violated invariants of a world without settling steps."""
        states = [self.executors.states[number] for number in world[:-2]]
        if any(state.up == DEAD for state in states):
            return []
        broken = [] if self.running(world) else [("I2", "nothing is in progress and no copy runs")]
        broken += [
            ("I6", f"attempt {state.active[0]} stays {state.active[3].label} at executor {me} for ever")
            for me, state in enumerate(states)
            if state.active is not None
        ]
        return broken + disagreements(self.environments[world[-1]])
