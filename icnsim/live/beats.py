"""The heartbeats of one worker's executors: each one is a frame on a socket, after its delay.

In the simulation heartbeats are computed when a detector asks. Here they are sent, and the receiver keeps the newest
`window` ones of each sender. As in the simulation, a heartbeat has two numbers. Its *place* counts the ones that its
executor has sent before it, over all restarts, and names the draws of its delay and its loss. Its *number* counts the
intervals of the sender's schedule, and the receiver learns it.
"""

from bisect import insort
from collections.abc import Callable, Mapping
from functools import partial

import numpy as np

from icnsim.draws.heartbeats import HeartbeatDraws
from icnsim.draws.streams import phases, whole
from icnsim.live.environment import LiveEnvironment
from icnsim.live.loops import Loop
from icnsim.live.reporter import BEAT, Reporter
from icnsim.protocol.detectors.heartbeats import Heard
from icnsim.protocol.messages import ExecutorId
from icnsim.scenario import Scenario
from icnsim.simulation.executors.executor import Executor
from icnsim.simulation.heartbeats.heartbeats import LABEL
from icnsim.simulation.heartbeats.memory import Memory
from icnsim.simulation.hooks import Hooks
from icnsim.simulation.network.links import Links
from icnsim.simulation.time.environment import TIMER
from icnsim.simulation.time.lattice import divided

Heartbeat = tuple[ExecutorId, ExecutorId, int]
"""Sender, receiver, number."""


class Kept:
    """The newest heartbeats of one sender at one receiver: (number, time), ascending; of one incarnation.

    Times are readings of the receiver's monotonic clock, µs.
    """

    __slots__ = ("_window", "beats", "incarnation")

    def __init__(self, window: int) -> None:
        self._window = window
        self.incarnation = -1
        self.beats: list[tuple[int, int]] = []

    def add(self, incarnation: int, number: int, now: int) -> None:
        """Add a heartbeat; one of a newer incarnation replaces all older ones."""
        if incarnation < self.incarnation:
            return
        if incarnation > self.incarnation:
            self.incarnation = incarnation
            self.beats.clear()
        insort(self.beats, (number, now))
        if len(self.beats) > self._window:
            del self.beats[0]


class Beats:
    """Sends and receives the heartbeats of some executors.

    Parameters
    ----------
    executors : those of this worker. links : apply partitions.
    transmit : writes a heartbeat to the socket of its receiver's process.

    Attributes
    ----------
    sent : the number of heartbeats that each executor has sent so far, each to every other executor.
    """

    def __init__(
        self,
        scenario: Scenario,
        env: LiveEnvironment,
        hooks: Hooks,
        executors: Mapping[ExecutorId, Executor],
        links: Links,
        transmit: Callable[[ExecutorId, ExecutorId, int], None],
        reporter: Reporter,
    ) -> None:
        manager = scenario.manager
        assert manager.heartbeat is not None
        self._scenario, self._env, self._links = scenario, env, links
        self._transmit, self._reporter = transmit, reporter
        self._window = max(each.window or 1 for each in manager.learning_from_heartbeats)
        self._every = manager.heartbeat.every
        self._kept: dict[tuple[ExecutorId, ExecutorId], Kept] = {}
        self._draws: dict[tuple[ExecutorId, ExecutorId], HeartbeatDraws] = {}
        self._executors = executors
        self._last: dict[ExecutorId, tuple[int, int]] = {}
        self.sent = dict.fromkeys(executors, 0)
        aligned = manager.phase == "aligned"
        self._starts = [0] * scenario.executor_count if aligned else phases(scenario, LABEL, self._every).tolist()
        self._loops: dict[ExecutorId, Loop] = {}
        for number, executor in executors.items():
            executor.hears = self.heard
            if scenario.group_of_each[number].sends_heartbeats:
                first, send = self._starts[number], partial(self._send, number)
                self._loops[number] = Loop(env, hooks, executor, first, self._every, send, TIMER)

    def _send(self, sender: ExecutorId) -> None:
        """Send a heartbeat to every other executor."""
        planned = self._loops[sender].last
        assert planned is not None
        number, last = divided(planned - self._starts[sender], self._every), self._last.get(sender)
        if last is not None:  # the schedule goes on from the last heartbeat, also after a pause
            number = last[0] + max(1, divided(planned - last[1], self._every))
        self._last[sender] = number, planned
        place = self.sent[sender]
        self.sent[sender] += 1
        self._reporter.add(BEAT, sender)
        for other in range(self._scenario.executor_count):
            if other != sender:
                self._put(sender, ExecutorId(other), number, place)

    def _put(self, sender: ExecutorId, to: ExecutorId, number: int, place: int) -> None:
        """Send one heartbeat over its link, with its draws."""
        pair, seed, names = (sender, to), self._scenario.seed, self._scenario.executor_names
        if pair not in self._draws:
            self._draws[pair] = HeartbeatDraws(names[sender], names[to])
        draws, link = self._draws[pair], self._links.link(sender, to)

        def below(purpose: str, probability: float) -> bool:
            return bool(draws.uniforms(seed, purpose, place, place + 1)[0] < probability)

        delay = int(draws.delays(seed, link.latency, place, place + 1)[0]) + self._links.way(sender, to, 0)
        lost = bool(link.loss) and below("lost", link.loss)
        for each in self._links.disturbances:
            if each.concerns(LABEL, sender) and below(f"fault/{each.name}", each.probability):
                lost = lost or each.kind == "loss"
                if each.delay is not None:
                    u = draws.uniforms(seed, f"fault/{each.name}/delay", place, place + 1)
                    delay += int(whole(each.delay.ppf(u))[0])
        self._links.carry((sender, to, self, (sender, to, number)), delay, lost=lost)

    # A carrier of `Links`

    def deliver(self, subject: Heartbeat, _: int) -> None:
        """Write a heartbeat to a socket."""
        self._transmit(*subject)

    def drop(self, subject: Heartbeat) -> None:
        """Do nothing: a lost heartbeat has no other effect."""

    def stopped(self, subject: Heartbeat) -> None:
        """Do nothing: a heartbeat that waits has no other effect."""

    # Receiving

    def arrived(self, sender: ExecutorId, receiver: ExecutorId, number: int, incarnation: int) -> None:
        """Keep a heartbeat that has arrived now."""
        kept = self._kept.setdefault((sender, receiver), Kept(self._window))
        kept.add(incarnation, number, self._executors[receiver].clock.at(self._env._now))

    def heard(self, sender: ExecutorId, receiver: ExecutorId) -> Heard | None:
        """The heartbeats of a sender that have arrived at a receiver; None without any."""
        kept = self._kept.get((sender, receiver))
        if kept is None:
            return None
        numbers, times = zip(*kept.beats, strict=True)
        return Memory(np.array(numbers, np.int64), np.array(times, np.int64) // 1000)
