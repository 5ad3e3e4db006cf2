"""Heartbeats as events: the slow, obvious simulation with which the arithmetic is compared."""

from collections import defaultdict
from typing import Any

import numpy as np

from icnsim.draws.streams import uniform_at
from icnsim.simulation.executors.executor import Executor
from icnsim.simulation.executors.rhythm import Rhythm
from icnsim.simulation.federation import Federation
from icnsim.simulation.heartbeats.heartbeats import LABEL
from icnsim.simulation.time.environment import TICK

Beat = tuple[int, int, int, int]
"""Sender, receiver, number, and the sender's incarnation."""


class NaiveHeartbeats:
    """Sends every heartbeat as an event over the federation's links and puts it into the receiver's process.

    The rhythm is one of its own with the same phases.
    """

    def __init__(self, federation: Federation, rhythm: Rhythm, window: int) -> None:
        self.f, self.rhythm, self.window = federation, rhythm, window
        self.taken: dict[tuple[int, int], list[tuple[int, int, int]]] = defaultdict(list)
        self.waiting: dict[int, list[Beat]] = defaultdict(list)
        self.places: dict[int, int] = defaultdict(int)
        self.incarnations: dict[int, int] = defaultdict(int)
        self.numbers: dict[int, tuple[int, int]] = {}
        self.ticked: dict[int, int] = {}
        hooks = federation.hooks
        hooks.executor_changed.append(self._changed)
        for point in (hooks.executor_resumed, hooks.executor_restarted, hooks.executor_irregular):
            point.append(lambda executor: self._arm(executor.id))
        for executor in federation.executors:
            self._arm(executor.id)

    def _arm(self, sender: int) -> None:
        lattice = self.rhythm.lattices[sender]
        if lattice is not None and lattice.running:
            self.f.env.at(lattice.next(self.f.env._now), self._tick, sender, TICK)

    def _tick(self, sender: int, _: int) -> None:
        lattice, now = self.rhythm.lattices[sender], self.f.env._now
        assert lattice is not None
        if not lattice.ticks_at(now) or self.ticked.get(sender) == now:
            return
        place = self.places[sender]
        self.places[sender] += 1
        every = self.f.scenario.manager.heartbeat.every  # type: ignore[union-attr]
        reading = self.f.executors[sender].clock.at(now)
        number = 0
        if sender in self.numbers:
            before, last = self.numbers[sender]
            number = last + max(1, round((reading - before) / every))
        self.numbers[sender] = (reading, number)
        self.ticked[sender] = now
        for receiver in range(len(self.f.executors)):
            if receiver != sender:
                self._send(sender, receiver, place, number)
        self.f.env.at(lattice.next(now + 1), self._tick, sender, TICK)

    def _send(self, sender: int, receiver: int, place: int, number: int) -> None:
        f, names = self.f, self.f.scenario.executor_names
        seed, pair = f.scenario.seed, f"{names[sender]}/{names[receiver]}"
        link = f.scenario.link(sender, receiver)

        def drawn(purpose: str) -> float:
            return uniform_at(seed, f"heartbeat/{purpose}/{pair}", place)

        delay = round(float(link.latency.ppf(np.array([drawn("latency")]))[0])) + f.links.way(sender, receiver, 0)
        lost = drawn("lost") < link.loss
        for fault in f.links.disturbances:
            if fault.concerns(LABEL, sender) and drawn(f"fault/{fault.name}") < fault.probability:
                lost = lost or fault.kind == "loss"
                if fault.delay is not None:
                    delay += round(float(fault.delay.ppf(np.array([drawn(f"fault/{fault.name}/delay")]))[0]))
        f.links.carry((sender, receiver, self, (sender, receiver, number, self.incarnations[sender])), delay, lost=lost)

    # It is a `Carrier`

    def deliver(self, beat: Beat, _: int) -> None:
        executor = self.f.executors[beat[1]]
        if executor.up and executor.stalled:
            self.waiting[beat[1]].append(beat)
        elif executor.up:
            self._take(beat)

    def drop(self, subject: Any) -> None:
        pass

    stopped = drop

    def _take(self, beat: Beat) -> None:
        sender, receiver, number, incarnation = beat
        self.taken[sender, receiver].append((incarnation, number, self.f.env._now))

    def _changed(self, executor: Executor) -> None:
        if not executor.up:
            self.incarnations[executor.id] += 1
            for sender, receiver in self.taken:
                if receiver == executor.id:
                    self.taken[sender, receiver].clear()
        if executor.up and executor.stalled:
            return
        waiting = self.waiting.pop(executor.id, [])
        for beat in waiting if executor.up else ():
            self._take(beat)

    def arrivals(self, sender: int, receiver: int) -> tuple[list[int], list[int]]:
        """The heartbeats of a sender that the receiver keeps: numbers and times."""
        taken = self.taken[sender, receiver]
        newest = max((incarnation for incarnation, _, _ in taken), default=0)
        remembered = sorted((number, at) for incarnation, number, at in taken if incarnation == newest)[-self.window :]
        return [number for number, _ in remembered], [at for _, at in remembered]
