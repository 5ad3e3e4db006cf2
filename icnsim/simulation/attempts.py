"""Attempts of migrations where actors may run nowhere, or twice, and may be tried again.

An arrival picks an actor that is not migrating and that runs; where it runs twice, either
copy may be the source, for neither executor knows of the other. The rows of retries lie behind
those of the arrivals.
"""

from collections.abc import Callable, Sequence

from icnsim.draws.streams import Streams
from icnsim.protocol.messages import ActorId, AttemptId, ExecutorId
from icnsim.recording.columns import Recorder
from icnsim.scenario import Scenario
from icnsim.simulation.copies import Copies
from icnsim.simulation.directory import Directory
from icnsim.simulation.environment import ARRIVAL, Environment
from icnsim.simulation.host import Host
from icnsim.simulation.monitor import Monitor
from icnsim.simulation.targets import Targets
from icnsim.simulation.workload import Workload

HERD_US = 2_000_000
"""Requests of different sources to one target within that time are a herd (hazard 17): a gossip's spread."""


class Attempts(Workload):
    """Begins the first attempt of each migration as it arrives, and its retries when they are due.

    Parameters
    ----------
    hosts : the executors. copies : where the actors run. streams : all that must grow with a retry.

    Attributes
    ----------
    place : chooses the target of an attempt of an actor, from an executor, and asks one that is avoided only where
        there is nobody else; None where `targets` does.
    vote : puts a migration to the vote before its first attempt; None where nobody is asked.
    """

    def __init__(
        self,
        scenario: Scenario,
        env: Environment,
        streams: Sequence[Streams],
        recorder: Recorder,
        directory: Directory,
        hosts: list[Host],
        state_bytes: list[int],
        copies: Copies,
        monitor: Monitor,
    ) -> None:
        super().__init__(scenario, env, streams[0], recorder, directory, list(hosts), state_bytes)
        self._hosts = hosts
        self._grown = streams
        self._copies = copies
        self._monitor = monitor
        self._arrivals = len(self._times)
        self._decided = scenario.workload.trigger == "policy" or scenario.submissions is not None
        self._begun = 0
        self._migrates = [group.migrates for group in scenario.group_of_each]
        self._retried: list[tuple[int, int]] = []
        self.targets = Targets(scenario, streams[0], self.by_weight, self._weights)
        self.avoided: dict[int, ExecutorId] = {}
        self._asked: dict[ExecutorId, tuple[int, ExecutorId]] = {}
        self.place: Callable[[ActorId, ExecutorId, int, ExecutorId | None], ExecutorId | None] | None = None
        self.vote: Callable[[ActorId, ExecutorId, ExecutorId, AttemptId], None] | None = None

    def start(self) -> None:
        """Ask for the first arrival; none comes where the policy decides what migrates, or tasks are submitted."""
        if not self._decided:
            super().start()

    def decided(self, actor: ActorId, source: ExecutorId, target: ExecutorId) -> AttemptId | None:
        """Begin the migration that a policy has decided on; None where there have been as many as there may be."""
        number = AttemptId(self._begun)
        if number >= self._arrivals or not self._start(actor, source, target, number):
            return None
        self._begun += 1
        self._directory.begin(actor)
        return number

    def of(self, row: int) -> tuple[int, int]:
        """The migration of an attempt, and its number in it."""
        return (row, 1) if row < self._arrivals else self._retried[row - self._arrivals]

    def _arrive(self, number: AttemptId, now: int) -> None:
        env, times, following = self._env, self._times, number + 1
        if following < len(times):
            env.at(times[following], self._arrive, following, ARRIVAL)
        directory, drawn = self._directory, self._actors[number]
        actor = drawn if self._is_free(drawn) else self._another_actor(number)
        if actor is not None:
            source = self._source(actor, number)
            stands = self._hosts[source].stalled
            target = None if stands else self._first_target(actor, number, source)
            if target is not None and target != source and self._start(actor, source, target, number):
                directory.begin(actor)
                return
        self._recorder.skipped.append(env._now)

    def _start(self, actor: ActorId, source: ExecutorId, target: ExecutorId, number: AttemptId) -> bool:
        """Begin a migration, or put it to the vote; False where a record of the actor blocks it."""
        if self.vote is None:
            return self._request(actor, source, target, number, 1)
        if actor in self._hosts[source].manager.active:
            return False
        self.vote(actor, source, target, number)
        return True

    def agreed(self, actor: ActorId, source: ExecutorId, target: ExecutorId, number: AttemptId) -> bool:
        """Begin a migration that was agreed on; False where the actor has gone or a record of it blocks it."""
        return source in self._copies.where[actor] and self._request(actor, source, target, number, 1)

    def _source(self, actor: ActorId, number: int) -> ExecutorId:
        """Where the actor runs; of several copies one by what the actor's draw leaves over."""
        where = self._copies.where[actor]
        if len(where) == 1:
            return where[0]
        left = self._streams.actor_u[number] * len(self._state_bytes) % 1
        return where[min(len(where) - 1, int(left * len(where)))]

    def _first_target(self, actor: ActorId, number: int, source: ExecutorId) -> ExecutorId | None:
        if self._trace is not None and (given := self._trace.targets[number]) is not None:
            return ExecutorId(given)
        if self.place is not None:
            return self.place(actor, source, number, None)
        return self.targets.choose(source, number, number, 1)

    def _is_free(self, actor: ActorId) -> bool:
        runs, home = self._copies.where[actor], self._directory.home[actor]
        return super()._is_free(actor) and bool(runs) and self._migrates[home]

    def _listed(self, u: float) -> ActorId | None:
        free = [ActorId(actor) for actor in range(len(self._state_bytes)) if self._is_free(ActorId(actor))]
        return free[int(u * len(free))] if free else None

    def stands(self, actor: ActorId) -> bool:
        """Whether the process where the actor lives stands still, and begins nothing."""
        return bool(self._hosts[self._directory.home[actor]].stalled)

    def again(self, actor: ActorId, target: ExecutorId | None, migration: int, number: int) -> AttemptId | None:
        """Begin a retry of a migration; None where the actor runs nowhere, or nobody can be asked."""
        if not self._copies.where[actor]:
            return None
        source = self._directory.home[actor]
        if actor in self._hosts[source].manager.active:
            return None
        row = self._recorder.extend(migration, number)
        self._retried.append((migration, number))
        self._copies.extend()
        for streams in self._grown:
            streams.extend(migration, number)
        if target is None and self.place is not None:
            target = self.place(actor, source, row, self.avoided.get(migration))
        elif target is None:
            target = self.targets.choose(source, row, migration, number, self.avoided.get(migration))
        elif target != source:
            self._monitor.hazard(18, actor, AttemptId(row), source)
        if target is None or target == source or not self._request(actor, source, target, row, number):
            return None
        return AttemptId(row)

    def _request(self, actor: ActorId, source: ExecutorId, target: ExecutorId, row: int, number: int) -> bool:
        """Have the source begin an attempt; False where a record of the actor blocks it."""
        host, now = self._hosts[source], self._env._now
        self._recorder.begin(row, actor, source, target)
        if not host.manager.initiate(actor, target, AttemptId(row), self._state_bytes[actor], host.clock_ms()):
            return False
        self._monitor.attempt(actor, number, source, AttemptId(row))
        asked = self._asked.get(target)
        if asked is not None and asked[1] != source and now - asked[0] < HERD_US:
            self._monitor.hazard(17, actor, AttemptId(row), source)
        self._asked[target] = (now, source)
        return True
