"""Begins and ends the faults of a scenario at their times.

A fault that selects several executors affects each of them. Faults of one kind overlap: each has its own end, and their
effect on an executor is determined by all that are in effect there. So an executor is down while any crash is in
effect, stalled while any pause is, and slower by the product of all factors. `occurrences` computes their times.
"""

import math
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import partial
from typing import ClassVar, Protocol

from icnsim.draws.streams import Streams
from icnsim.protocol.messages import ExecutorId
from icnsim.protocol.record import MigrationRecord
from icnsim.scenario import Scenario
from icnsim.scenario.faults import (
    CheckerError,
    ClockDrift,
    ClockStep,
    CorruptCheckpoint,
    Crash,
    Disturbing,
    Drain,
    Fault,
    Forge,
    Heal,
    ManagerError,
    Partition,
    Pause,
    Slow,
    Unresponsive,
)
from icnsim.simulation.executors.executor import Executor
from icnsim.simulation.faults.forgers import Forger, Forgers
from icnsim.simulation.faults.occurrences import Series, every_series
from icnsim.simulation.hooks import Hooks
from icnsim.simulation.network.cuts import Cut, Disturbance
from icnsim.simulation.network.links import Links
from icnsim.simulation.time.clock import EVEN
from icnsim.simulation.time.environment import Environment
from icnsim.simulation.time.processtime import FULL_SPEED

Undo = Callable[[], None]


class Failing(Protocol):
    """The ticks of a loop at all executors, which faults can let fail."""

    def fail(self, executor: ExecutorId, ticks: int) -> None:
        """Let the next ticks of an executor's loop fail, in addition to those that will fail already."""


@dataclass(frozen=True, slots=True, eq=False)
class Begun:
    """A fault of executors in effect, with the name of its draws."""

    name: str
    fault: Fault


class Faults:
    """Begins and ends the faults of a scenario.

    Parameters
    ----------
    executors, links : the parts that faults affect.
    attempts : gives the migration of an attempt and its number within it.
    loops : the ticks of the loops that the kinds "manager_error" and "checker_error" affect; None without a loop.
    horizon : the end of the simulation, µs.

    Attributes
    ----------
    effects : how often a fault of each kind has affected something.
    pairs : how often a fault had an effect while a fault of another kind was in effect.
    forgers : the forgers in effect.
    """

    forgers_type: ClassVar[type[Forgers]] = Forgers

    def __init__(
        self,
        scenario: Scenario,
        env: Environment,
        hooks: Hooks,
        executors: Sequence[Executor],
        links: Links,
        streams: Streams,
        attempts: Callable[[int], tuple[int, int]],
        loops: Mapping[str, Failing | None],
        horizon: int,
    ) -> None:
        self._scenario = scenario
        self._names = scenario.executor_names
        self._env = env
        self._hooks = hooks
        self._executors = executors
        self._links = links
        self._streams = streams
        self._attempts = attempts
        self._loops = loops
        self._horizon = horizon
        self._active: Counter[str] = Counter()
        self.effects: Counter[str] = Counter()
        self.pairs: Counter[tuple[str, str]] = Counter()
        self.forgers = self.forgers_type(hooks, links, streams, attempts)
        self._in_effect: dict[tuple[str, ExecutorId], list[Begun]] = {}
        self._stores = scenario.having("checkpoint_store")
        hooks.fault_took_effect.append(self._took_effect)
        hooks.draws_changed.append(self._draw_from)

    def _draw_from(self, streams: Streams) -> None:
        self._streams = streams

    def start(self) -> None:
        """Schedule the first fault of every series. Each fault schedules the next one of its series when it begins."""
        for each in every_series(self._scenario, self._horizon):
            self._ask(each)

    def _ask(self, following: Series) -> None:
        named = next(following, None)
        if named is not None and named[1].at < self._horizon:
            self._env.at(named[1].at, self._begin, (*named, following))

    def _took_effect(self, kind: str) -> None:
        """Count an effect of a fault of that kind."""
        self.effects[kind] += 1
        for other in sorted(other for other, count in self._active.items() if count and other != kind):
            self.pairs[min(kind, other), max(kind, other)] += 1

    def in_effect(self) -> dict[str, int]:
        """The faults in effect by kind; a partition that was healed has ended."""
        counts = {**self._active, "partition": len(self._links.cuts)}
        return {kind: count for kind, count in sorted(counts.items()) if count}

    def _begin(self, asked: tuple[str, Fault, Series], _: int) -> None:
        name, fault, following = asked
        self._ask(following)
        undo = self._undoing(name, fault)
        if undo is None:
            return
        self._active[fault.kind] += 1
        lasting = fault.restart_after if isinstance(fault, Crash) else getattr(fault, "lasting", None)
        if lasting is not None:
            self._env.at(self._env._now + lasting, self._end, (fault.kind, undo))

    def _end(self, subject: tuple[str, Undo], _: int) -> None:
        kind, undo = subject
        self._active[kind] -= 1
        undo()

    def _undoing(self, name: str, fault: Fault) -> Undo | None:
        """Begin a fault; returns the function that ends it, or None if it has no end."""
        if isinstance(fault, Heal):
            self._links.heal()
            return None
        if isinstance(fault, Partition):
            return self._cut(fault)
        if isinstance(fault, Disturbing):
            senders = frozenset(self._scenario.selected(fault.executors, fault.region))
            kinds = None if fault.messages is None else frozenset(fault.messages)
            disturbance = Disturbance(
                fault.kind, f"{fault.kind}/{name}", senders, kinds, fault.probability, getattr(fault, "delay", None)
            )
            self._links.disturb(disturbance)
            return lambda: self._links.calm(disturbance)
        hosts = [self._executors[number] for number in self._scenario.selected(fault.executors, fault.region)]
        if isinstance(fault, ClockStep | ManagerError | CheckerError):
            for host in hosts:
                self._happen(host, fault)
            return None
        begun = Begun(name, fault)
        for host in hosts:
            self._in_effect.setdefault((fault.kind, host.id), []).append(begun)
            self._affect(host, begun, begins=True)

        def end() -> None:
            for host in hosts:
                self._in_effect[fault.kind, host.id].remove(begun)
                self._affect(host, begun, begins=False)

        return end

    def _cut(self, fault: Partition) -> Undo:
        if fault.sources is not None and fault.targets is not None:
            sides = [frozenset(self._scenario.matching(patterns)) for patterns in (fault.sources, fault.targets)]
        else:
            inside = frozenset(self._scenario.selected(fault.executors, fault.region))
            sides = [inside, frozenset(range(len(self._executors))) - inside]
        cut = Cut(sides[0], sides[1], fault.symmetric, fault.messages == "hold")
        self._links.cut(cut)
        return lambda: self._links.mend(cut)

    # Faults of executors: each effect follows from all faults of a kind that are in effect

    def _affect(self, host: Executor, changed: Begun, *, begins: bool) -> None:
        """Begin or end a fault of an executor."""
        fault, active = changed.fault, [begun.fault for begun in self._in_effect[changed.fault.kind, host.id]]
        if begins and not isinstance(fault, CorruptCheckpoint | Forge):
            self._took_effect(fault.kind)
        match fault:
            case Crash():
                self._crash(host, fault if begins else None, over=not active)
            case Pause():
                if bool(active) is not host.stalled:
                    (host.stall if active else host.resume)()
            case Drain():
                host.drain(begins=bool(active))
            case Unresponsive():
                host.silent = bool(active)
            case Slow():
                factors = (Fraction(repr(each.factor)) for each in active if isinstance(each, Slow))
                host.slow_down(math.prod(factors, start=FULL_SPEED))
            case ClockDrift():
                host.drift(round(math.prod(each.rate for each in active if isinstance(each, ClockDrift)) * EVEN))
            case CorruptCheckpoint():
                begun = self._in_effect[fault.kind, host.id]
                host.damages = [partial(self._damage, host, each) for each in begun]
            case Forge():
                forger = Forger(f"{fault.kind}/{changed.name}", fault.probability, host, self._names[host.id])
                (self.forgers.forgers.append if begins else self.forgers.forgers.remove)(forger)

    def _happen(self, host: Executor, fault: ClockStep | ManagerError | CheckerError) -> None:
        """Apply a fault without a duration."""
        self._took_effect(fault.kind)
        if isinstance(fault, ClockStep):
            host.step(fault.by)
        elif (loop := self._loops[fault.kind]) is not None:
            loop.fail(host.id, fault.ticks)

    def _crash(self, host: Executor, fault: Crash | None, *, over: bool) -> None:
        """Begin or end a crash. The process is down while any crash is in effect; each may destroy the disk."""
        if over:
            host.restart()
        elif fault is not None:
            stored = self._scenario.checkpoints.store == "durable" and self._stores[host.id]
            survives, returns = fault.state == "durable" and stored, fault.restart_after is not None
            (host.crash if host.up else host.lose)(disk_survives=survives, returns=returns)

    def _damage(self, host: Executor, begun: Begun, record: MigrationRecord) -> str | None:
        """The damage to a final checkpoint; None if it is sound."""
        fault = begun.fault
        assert isinstance(fault, CorruptCheckpoint)
        if self._uniform(f"{fault.kind}/{begun.name}", host, record.attempt) >= fault.probability:
            return None
        self._took_effect(fault.kind)
        return fault.how

    def _uniform(self, name: str, host: Executor, attempt: int) -> float:
        migration, number = self._attempts(attempt)
        return self._streams.further.uniform(f"fault/{name}/{self._names[host.id]}/{number}", migration)
