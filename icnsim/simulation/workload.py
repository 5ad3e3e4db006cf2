"""The workload: when migrations arrive, and which actor goes where.

Arrivals do not depend on what the federation does, so their times are known before it
starts; what depends on it, the actor that is not migrating and where it lives, is decided
as each one arrives.
"""

import math
from array import array
from bisect import bisect_right
from itertools import accumulate

import numpy as np

from icnsim.protocol.messages import ActorId, AttemptId, ExecutorId
from icnsim.recording.columns import Recorder
from icnsim.scenario import Scenario
from icnsim.scenario.coherence import arrivals_expected
from icnsim.simulation.directory import Directory
from icnsim.simulation.environment import ARRIVAL, Environment
from icnsim.simulation.executor import Executor
from icnsim.simulation.streams import REDRAWS, Integers, Streams, uniforms


class Workload:
    """Starts a migration at each arrival.

    Parameters
    ----------
    state_bytes : the size of each actor's state.
    """

    def __init__(
        self,
        scenario: Scenario,
        env: Environment,
        streams: Streams,
        recorder: Recorder,
        directory: Directory,
        executors: list[Executor],
        state_bytes: list[int],
    ) -> None:
        self._env = env
        self._streams = streams
        self._recorder = recorder
        self._directory = directory
        self._executors = executors
        self._state_bytes = state_bytes
        self._times = array("q", streams.times.tobytes())
        self._trace = scenario.trace
        self._actors = array("i", [int(u * len(state_bytes)) for u in streams.actor_u])
        if self._trace is not None:
            for number, given in enumerate(self._trace.actors[: len(self._actors)]):
                self._actors[number] = self._actors[number] if given is None else given
        self._weights = [float(group.weight) for group in scenario.executors for _ in range(group.count)]
        self._cumulative = list(accumulate(self._weights))

    def start(self) -> None:
        """Ask for the first arrival."""
        if self._times:
            self._env.at(self._times[0], self._arrive, 0, ARRIVAL)

    def _arrive(self, number: int) -> None:
        env, times, following = self._env, self._times, number + 1
        if following < len(times):
            env.at(times[following], self._arrive, following, ARRIVAL)
        directory = self._directory
        actor = self._actors[number]
        if directory.migrating[actor]:
            actor = self._another_actor(number)
        if actor == NOBODY or not self._initiate(number, actor, directory.home[actor]):
            self._recorder.skipped.append(env._now)

    def _initiate(self, number: int, actor: int, source: int) -> bool:
        """Begin the migration; False where it cannot begin.

        That is where a trace sends the actor to where it lives, and where an active record
        that a stale message has left at its home blocks it.
        """
        target = self._target(number, source)
        size = self._state_bytes[actor]
        manager, now = self._executors[source].manager, self._env._now // 1000
        if target == source or not manager.initiate(ActorId(actor), ExecutorId(target), AttemptId(number), size, now):
            return False
        self._directory.migrating[actor] = 1
        self._recorder.begin(number, actor, source, target, size)
        return True

    def _another_actor(self, number: int) -> int:
        """Another actor, uniform among those that are not migrating; NOBODY where there is none.

        It is drawn from this arrival's place in further streams, so that a collision changes
        this arrival alone. An actor that a trace names is not exchanged for another.
        """
        directory, streams = self._directory, self._streams
        named = self._trace is not None and self._trace.actors[number] is not None
        idle = directory.idle()
        if named or not idle:
            return NOBODY
        for turn in range(1, REDRAWS + 1):
            actor = int(streams.redraw(number, turn) * len(self._state_bytes))
            if not directory.migrating[actor]:
                return actor
        return directory.idle_actor(int(streams.redraw(number, REDRAWS + 1) * idle))

    def _target(self, number: int, source: int) -> int:
        """Another executor, by weight: one draw over the weights with the source's cut out.

        The source itself only where a trace names it; then there is nothing to migrate.
        """
        if self._trace is not None and (given := self._trace.targets[number]) is not None:
            return given
        cumulative, own = self._cumulative, self._weights[source]
        place = self._streams.target_u[number] * (cumulative[-1] - own)
        if place >= cumulative[source] - own:
            place += own
        target = bisect_right(cumulative, place)
        if target >= len(cumulative) or target == source:
            # The rounding of the sums has put the draw a hair onto the source or past the end.
            target = next(k for k, weight in enumerate(self._weights) if weight and k != source)
        return target


NOBODY = -1
"""In place of an actor, where every one is migrating."""


def arrival_times(scenario: Scenario) -> Integers:
    """When migrations arrive, µs, ascending; in [0, duration) and at most `migrations` of them.

    Poisson arrivals have exponential gaps; periodic ones come at 0, 1/rate, 2/rate…; bursts
    of `size` at 0, every, 2 every…; those of a trace when it says.
    """
    arrivals = scenario.workload.arrivals
    most = arrivals_expected(scenario)
    if scenario.trace is not None:
        times = np.array(scenario.trace.at_us, dtype=np.int64)
    elif arrivals.process == "burst":
        assert arrivals.size is not None
        assert arrivals.every is not None
        times = np.arange(math.ceil(most), dtype=np.int64) // arrivals.size * arrivals.every
    elif arrivals.process == "periodic":
        times = np.rint(np.arange(math.ceil(most)) * (1e6 / arrivals.rate)).astype(np.int64)
    else:
        # With a duration, ten standard deviations more: so many gaps go beyond it.
        count = math.ceil(most if scenario.duration is None else most + 10 * most**0.5 + 50)
        gaps = -np.log1p(-uniforms(scenario.seed, "arrivals", count)) * (1e6 / arrivals.rate)
        times = np.rint(np.cumsum(gaps)).astype(np.int64)
    if scenario.duration is not None:
        times = times[: int(np.searchsorted(times, scenario.duration))]
    return times[: scenario.workload.migrations]
