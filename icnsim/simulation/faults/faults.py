"""Faults: what a scenario makes go wrong, begun and ended at their times.

A fault that names several executors affects each of them. Random faults are drawn for each executor and kind from a
stream of its own: exponential times between failures with mean `mtbf`, and exponential times to repair with mean
`mttr`.
"""

import math
from collections import Counter
from collections.abc import Callable, Iterator, Sequence

from icnsim.draws.streams import Streams, uniforms
from icnsim.protocol.messages import ExecutorId
from icnsim.protocol.record import MigrationRecord
from icnsim.scenario import Scenario
from icnsim.scenario.faults import (
    ClockDrift,
    ClockStep,
    CorruptCheckpoint,
    Crash,
    Disturbing,
    Fault,
    Forge,
    Heal,
    Partition,
    Pause,
    RandomFaults,
    Slow,
    Unresponsive,
)
from icnsim.simulation.executors.executor import Executor
from icnsim.simulation.faults.forgers import Forger, Forgers
from icnsim.simulation.hooks import Hooks
from icnsim.simulation.network.cuts import Cut, Disturbance
from icnsim.simulation.network.links import Links
from icnsim.simulation.time.clock import EVEN
from icnsim.simulation.time.environment import Environment

Undo = Callable[[], None]
Series = Iterator[tuple[str, Fault]]
"""Faults in the order of their times, each with the name of its draws."""
RANDOM_DRAWS = 64


class Faults:
    """Begins and ends the faults of a scenario.

    Parameters
    ----------
    executors, links : what faults affect.
    attempts : gives the migration of an attempt and its number within it.
    horizon : the end of the simulation, µs.

    Attributes
    ----------
    effects : how often a fault of each kind has affected something.
    pairs : how often a fault has done so while one of another kind was in effect.
    """

    def __init__(
        self,
        scenario: Scenario,
        env: Environment,
        hooks: Hooks,
        executors: Sequence[Executor],
        links: Links,
        streams: Streams,
        attempts: Callable[[int], tuple[int, int]],
        horizon: int,
    ) -> None:
        self._scenario = scenario
        self._env = env
        self._hooks = hooks
        self._executors = executors
        self._links = links
        self._streams = streams
        self._attempts = attempts
        self._horizon = horizon
        self._active: Counter[str] = Counter()
        self.effects: Counter[str] = Counter()
        self.pairs: Counter[tuple[str, str]] = Counter()
        self._forgers = Forgers(hooks, links, streams, attempts)
        self._slow: dict[ExecutorId, list[float]] = {}
        self._drifts: dict[ExecutorId, list[float]] = {}
        self._stores = scenario.having("checkpoint_store")
        hooks.fault_took_effect.append(self._took_effect)
        hooks.draws_changed.append(self._draw_from)

    def _draw_from(self, streams: Streams) -> None:
        self._streams = streams

    def start(self) -> None:
        """Schedule every fault at its time; of random ones the first, and each next one when the last begins."""
        seen: Counter[str] = Counter()
        for number, fault in enumerate(self._scenario.faults):
            if isinstance(fault, RandomFaults):
                for series in self._series(seen, fault):
                    self._ask(series)
            else:
                self._ask(iter(((str(number), fault),)))

    def _ask(self, series: Series) -> None:
        named = next(series, None)
        if named is not None and named[1].at < self._horizon:
            self._env.at(named[1].at, self._begin, (*named, series))

    def _took_effect(self, kind: str) -> None:
        """A fault of that kind has affected something."""
        self.effects[kind] += 1
        for other in sorted(other for other, count in self._active.items() if count and other != kind):
            self.pairs[min(kind, other), max(kind, other)] += 1

    def in_effect(self) -> dict[str, int]:
        """The faults in effect by kind; a partition that was healed has ended."""
        counts = {**self._active, "partition": len(self._links.cuts)}
        return {kind: count for kind, count in sorted(counts.items()) if count}

    def _series(self, seen: Counter[str], fault: RandomFaults) -> Iterator[Series]:
        """The faults of each kind and executor that an item of random faults generates.

        `seen` counts the items that contain each kind, because a second one has draws of its own.
        """
        for kind in fault.random.kinds:
            name = f"{kind}/{seen[kind]}" if seen[kind] else kind
            seen[kind] += 1
            for executor in self._scenario.matching(fault.random.executors):
                yield self._drawn(f"{name}/{self._scenario.executor_names[executor]}", kind, executor, fault)

    def _drawn(self, name: str, kind: str, executor: int, fault: RandomFaults) -> Series:
        """Random faults of one kind and executor, each with the name of its draws, one after the other."""
        where, at, block = self._scenario.executor_names[executor], 0, 0
        while at < self._horizon:
            start = block * RANDOM_DRAWS
            draws = uniforms(self._scenario.seed, f"fault/random/{name}", RANDOM_DRAWS, start).tolist()
            block += 1
            for up, down in zip(draws[::2], draws[1::2], strict=True):
                at += 1 + round(-math.log1p(-up) * fault.random.mtbf)
                lasting = 1 + round(-math.log1p(-down) * fault.random.mttr)
                yield f"{name}/{at}", fault.random.one(kind, where, at, lasting)
                at += lasting

    def _begin(self, asked: tuple[str, Fault, Series], _: int) -> None:
        name, fault, series = asked
        self._ask(series)
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
        """Let a fault begin; returns the function that ends it, or None if nothing is to be ended."""
        if isinstance(fault, Heal):
            self._links.heal()
            return None
        if isinstance(fault, Partition):
            return self._cut(fault)
        if isinstance(fault, Disturbing):
            senders = frozenset(self._scenario.matching(fault.executors))
            kinds = None if fault.messages is None else frozenset(fault.messages)
            disturbance = Disturbance(
                fault.kind, f"{fault.kind}/{name}", senders, kinds, fault.probability, getattr(fault, "delay", None)
            )
            self._links.disturb(disturbance)
            return lambda: self._links.calm(disturbance)
        undone = [
            self._befall(name, fault, self._executors[number]) for number in self._scenario.matching(fault.executors)
        ]

        def end() -> None:
            for undo in undone:
                if undo is not None:
                    undo()

        return end

    def _cut(self, fault: Partition) -> Undo:
        matching = self._scenario.matching
        cut = Cut(
            frozenset(matching(fault.sources)), frozenset(matching(fault.targets)), fault.symmetric,
            fault.messages == "hold",
        )  # fmt: skip
        self._links.cut(cut)
        return lambda: self._links.mend(cut)

    def _befall(self, name: str, fault: Fault, host: Executor) -> Undo | None:
        """Let a fault of an executor begin; returns the function that ends it."""
        match fault:
            case Crash():
                return self._crash(fault, host)
            case Pause():
                self._took_effect(fault.kind)
                host.stall()
                return host.resume
            case Unresponsive():
                self._took_effect(fault.kind)
                return self._silence(host)
            case Slow():
                self._took_effect(fault.kind)
                return self._slow_down(host, fault.factor)
            case ClockStep():
                self._step(host, fault.by)
                return None
            case ClockDrift():
                self._took_effect(fault.kind)
                return self._drift(host, fault.rate)
            case CorruptCheckpoint():
                return self._damage(name, host, fault)
            case Forge():
                return self._forgers.add(Forger(f"{fault.kind}/{name}", fault.probability, host))
        raise AssertionError(fault)

    def _crash(self, fault: Crash, host: Executor) -> Undo | None:
        if not host.up:
            return None
        self._took_effect(fault.kind)
        stored = self._scenario.checkpoints.store == "durable" and self._stores[host.id]
        survives = fault.state == "durable" and stored
        host.crash(disk_survives=survives, returns=fault.restart_after is not None)
        return host.restart

    def _silence(self, host: Executor) -> Undo:
        host.silent += 1

        def speak() -> None:
            host.silent -= 1

        return speak

    def _slow_down(self, host: Executor, factor: float) -> Undo:
        factors = self._slow.setdefault(host.id, [])
        factors.append(factor)
        host.slowness = math.prod(factors)

        def speed_up() -> None:
            factors.remove(factor)
            host.slowness = math.prod(factors)

        return speed_up

    def _drift(self, host: Executor, rate: float) -> Undo:
        rates = self._drifts.setdefault(host.id, [])

        def run() -> None:
            host.clock.drift(self._env._now, round(math.prod(rates) * EVEN))

        def end() -> None:
            rates.remove(rate)
            run()

        rates.append(rate)
        self._make_irregular(host)
        run()
        return end

    def _make_irregular(self, host: Executor) -> None:
        host.irregular = True
        for listener in self._hooks.executor_irregular:
            listener(host)

    def _step(self, host: Executor, by: int) -> None:
        self._took_effect("clock_step")
        host.clock.offset += by
        self._make_irregular(host)
        for record in host.manager.active.values():
            host.hazard(15, record.actor, record.attempt)

    def _damage(self, name: str, host: Executor, fault: CorruptCheckpoint) -> Undo:
        def damage(record: MigrationRecord) -> str | None:
            if self._uniform(f"{fault.kind}/{name}", host, record.attempt) < fault.probability:
                self._took_effect(fault.kind)
                return fault.how
            return None

        host.damages.append(damage)
        return lambda: host.damages.remove(damage)

    def _uniform(self, name: str, host: Executor, attempt: int) -> float:
        migration, number = self._attempts(attempt)
        return self._streams.further.uniform(f"fault/{name}/{host.id}/{number}", migration)
