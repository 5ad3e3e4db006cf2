"""The workload: when migrations arrive, and which actor goes where.

Arrivals do not depend on what the federation does, so their times are known before it
starts; what depends on it, the actor that is not migrating and where it lives, is decided
as each one arrives.
"""

from array import array
from bisect import bisect_right
from collections.abc import Sequence
from itertools import accumulate
from typing import cast

from icnsim.draws.streams import REDRAWS, Streams
from icnsim.protocol.messages import ActorId, AttemptId, ExecutorId
from icnsim.recording.columns import Recorder
from icnsim.scenario import Scenario
from icnsim.simulation.directory import Directory
from icnsim.simulation.environment import ARRIVAL, Environment
from icnsim.simulation.executor import Executor


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
        self._managers = [executor.manager for executor in executors]
        self._state_bytes = state_bytes
        self._times = array("q", streams.times.tobytes())
        self._trace = scenario.trace
        actors = array("i", [int(u * len(state_bytes)) for u in streams.actor_u])
        if self._trace is not None:
            for number, given in enumerate(self._trace.actors[: len(actors)]):
                actors[number] = actors[number] if given is None else given
        self._actors = cast(Sequence[ActorId], actors)
        self._weights = [float(group.weight) for group in scenario.group_of_each]
        self._cumulative = list(accumulate(self._weights))

    def start(self) -> None:
        """Ask for the first arrival."""
        if self._times:
            self._env.at(self._times[0], self._arrive, 0, ARRIVAL)

    def _arrive(self, number: AttemptId, now: int) -> None:
        env, times, following = self._env, self._times, number + 1
        if following < len(times):
            env.at(times[following], self._arrive, following, ARRIVAL)
        directory = self._directory
        drawn = self._actors[number]
        actor = self._another_actor(number) if directory.migrating[drawn] else drawn
        if actor is not None:
            source = directory.home[actor]
            target = self._target(number, source)
            # An active record that a stale message has left at the actor's home blocks it.
            size = self._state_bytes[actor]
            if target != source and self._managers[source].initiate(actor, target, number, size, now):
                directory.begin(actor)
                self._recorder.begin(number, actor, source, target)
                return
        self._recorder.skipped.append(env._now)

    def _another_actor(self, number: int) -> ActorId | None:
        """Another actor, uniform among those that are not migrating; None where there is none.

        It is drawn from this arrival's place in further streams, so that a collision changes
        this arrival alone. An actor that a trace names is not exchanged for another.
        """
        directory, streams = self._directory, self._streams
        named = self._trace is not None and self._trace.actors[number] is not None
        if named or not directory.idle:
            return None
        for turn in range(1, REDRAWS + 1):
            actor = ActorId(int(streams.redraw(number, turn) * len(self._state_bytes)))
            if self._is_free(actor):
                return actor
        return self._listed(streams.redraw(number, REDRAWS + 1))

    def _is_free(self, actor: ActorId) -> bool:
        """Whether a migration of the actor may arrive."""
        return not self._directory.migrating[actor]

    def _listed(self, u: float) -> ActorId | None:
        """One of all free actors, by a uniform."""
        return self._directory.idle_actor(int(u * self._directory.idle))

    def _target(self, number: int, source: ExecutorId) -> ExecutorId:
        """The executor that a trace names, even the source itself, or another one by weight."""
        if self._trace is not None and (given := self._trace.targets[number]) is not None:
            return ExecutorId(given)
        return self.by_weight(self._streams.target_u[number], source)

    def by_weight(self, u: float, source: ExecutorId) -> ExecutorId:
        """Another executor, by weight: one draw over the weights with the source's cut out."""
        cumulative, own = self._cumulative, self._weights[source]
        place = u * (cumulative[-1] - own)
        if place >= cumulative[source] - own:
            place += own
        target = bisect_right(cumulative, place)
        if target >= len(cumulative) or target == source:
            # The rounding of the sums has put the draw a hair onto the source or past the end.
            target = next(k for k, weight in enumerate(self._weights) if weight and k != source)
        return cast(ExecutorId, target)
