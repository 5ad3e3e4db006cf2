"""Arrivals: at each one, an actor that is not migrating begins to migrate.

Arrivals do not depend on the state of the federation, so their times are known before the run. The actor and its source
are chosen at the arrival.
"""

from array import array
from collections.abc import Callable, Mapping, Sequence

import numpy as np

from icnsim.draws.lottery import index_of_each
from icnsim.draws.stable import rest_of, stable_index
from icnsim.draws.streams import REDRAWS, Streams, packed
from icnsim.protocol.messages import ActorId, AttemptId, ExecutorId
from icnsim.recording.columns import Recorder
from icnsim.scenario import Scenario
from icnsim.simulation.executors.copies import Copies
from icnsim.simulation.executors.executor import Executor
from icnsim.simulation.replay import Replay
from icnsim.simulation.time.environment import ARRIVAL, Environment
from icnsim.simulation.workload.attempts import Place
from icnsim.simulation.workload.migrating import Migrating
from icnsim.simulation.workload.targets import Targets

Begin = Callable[[ActorId, ExecutorId, ExecutorId, AttemptId], bool]
"""Begins a migration of an actor from a source to a target; False if a record of the actor blocks it."""


class Arrivals:
    """Begins a migration at each arrival.

    Parameters
    ----------
    begin : see `Begin`.
    replay : the arrivals to process, with their actors; None for all of them.

    Attributes
    ----------
    living : the actors that exist, in the order of their numbers.
    place : chooses the target of an attempt of an actor from an executor by a policy; None without one.
    happened : the number of arrivals so far.
    """

    def __init__(
        self,
        scenario: Scenario,
        env: Environment,
        streams: Streams,
        recorder: Recorder,
        migrating: Migrating,
        copies: Copies,
        executors: Sequence[Executor],
        targets: Targets,
        begin: Begin,
        replay: Replay | None,
    ) -> None:
        self._env = env
        self._streams = streams
        self._recorder = recorder
        self._migrating = migrating
        self._copies = copies
        self._executors = executors
        self._targets = targets
        self._begin = begin
        self.living: Sequence[int] = range(scenario.actors.count)
        self._everybody = self.living
        # Computing the columns at once takes a tenth of the time.
        self._drawn_of_all = packed(index_of_each(np.array(streams.actor_u), max(1, scenario.actors.count)))
        times = streams.times
        self._trace = scenario.trace
        self._given: Mapping[int, int] = {}
        self._numbers: Sequence[int] = range(len(times))
        if replay is not None:
            self._numbers, times = replay.numbers.tolist(), times[replay.numbers]
            self._given = dict(zip(self._numbers, replay.actors.tolist(), strict=True))
        elif self._trace is not None:
            self._given = {number: actor for number, actor in enumerate(self._trace.actors) if actor is not None}
        self._times = array("q", times.tobytes())
        self._migrates = [group.migrates for group in scenario.group_of_each]
        self.place: Place | None = None
        self.happened = 0

    def start(self) -> None:
        """Schedule the first arrival."""
        if self._times:
            self._env.at(self._times[0], self._arrive, 0, ARRIVAL)

    def _arrive(self, place: int, _: int) -> None:
        env, times, following = self._env, self._times, place + 1
        if following < len(times):
            env.at(times[following], self._arrive, following, ARRIVAL)
        self.happened += 1
        number = AttemptId(self._numbers[place])
        drawn = self._drawn(number)
        actor = drawn if drawn is not None and self._is_free(drawn) else self._another_actor(number)
        if actor is not None:
            where = self._copies.where[actor]
            source = where[0] if len(where) == 1 else self._one_of(where, number)
            target = None if self._executors[source].stalled else self._target(actor, number, source)
            if target is not None and target != source and self._begin(actor, source, target, number):
                self._migrating.begin(actor)
                return
        self._recorder.skipped.append(env._now)

    def _drawn(self, number: AttemptId) -> ActorId | None:
        """The actor that a trace names, or one that exists, uniformly; None if none exists."""
        given, living = self._given.get(number), self.living
        if given is not None:
            return ActorId(given)
        if not living:
            return None
        if living is self._everybody:
            return ActorId(self._drawn_of_all[number])
        return ActorId(living[stable_index(self._streams.actor_u[number], len(living))])

    def _is_free(self, actor: ActorId) -> bool:
        """Whether a migration of the actor may begin: it runs, does not migrate, and its home has a manager."""
        if self._migrating.flags[actor]:
            return False
        where = self._copies.where[actor]
        return bool(where) and self._migrates[self._copies.home[actor]]

    def _another_actor(self, number: int) -> ActorId | None:
        """Another actor, uniform among those that are free; None if no actor is free.

        It is drawn from this arrival's place in further streams, so that a collision changes this arrival alone. An
        actor that a trace names is not replaced.
        """
        named = self._trace is not None and self._trace.actors[number] is not None
        living = self.living
        if named or not self._migrating.idle or not living:
            return None
        streams = self._streams
        for turn in range(1, REDRAWS + 1):
            actor = ActorId(living[stable_index(streams.redraw(number, turn), len(living))])
            if self._is_free(actor):
                return actor
        free = [actor for actor in map(ActorId, living) if self._is_free(actor)]
        return free[int(streams.redraw(number, REDRAWS + 1) * len(free))] if free else None

    def _one_of(self, where: Sequence[ExecutorId], number: int) -> ExecutorId:
        """The executor that an actor with several running copies leaves; another hash of its draw chooses it."""
        return where[rest_of(self._streams.actor_u[number], len(where))]

    def _target(self, actor: ActorId, number: int, source: ExecutorId) -> ExecutorId | None:
        if self._trace is not None and (given := self._trace.targets[number]) is not None:
            return ExecutorId(given)
        if self.place is not None:
            return self.place(actor, source, number, ())
        return self._targets.choose(source, number)
