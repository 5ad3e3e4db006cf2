"""The loop in which executors evaluate their policy. Each evaluation lets at most one actor go.

A migration changes the loads that the next decision should see, so there is one decision at a time.
"""

from collections.abc import Callable, Sequence

from icnsim.draws.streams import phases
from icnsim.protocol.messages import ActorId, ExecutorId
from icnsim.scenario import Scenario
from icnsim.simulation.executors.executor import Executor
from icnsim.simulation.time.environment import ARRIVAL, Environment
from icnsim.simulation.workload.migrating import Migrating
from icnsim.simulation.workload.placement import Placement


class PolicyLoop:
    """Evaluates the policy at every executor until the arrivals' end.

    Parameters
    ----------
    begin : begins a migration of an actor from one executor to another; returns its attempt, or None if none began.
    """

    def __init__(
        self,
        scenario: Scenario,
        env: Environment,
        executors: Sequence[Executor],
        migrating: Migrating,
        placement: Placement,
        begin: Callable[[ActorId, ExecutorId, ExecutorId], int | None],
    ) -> None:
        self._env = env
        self._executors = executors
        self._migrating = migrating
        self._placement = placement
        self._begin = begin
        self._every = scenario.policy.evaluate_every
        self._until = scenario.duration or 0
        self._looks = [group.migrates and "policy" in group.parts for group in scenario.group_of_each]
        self._phases = phases(scenario, "policy", self._every).tolist()

    def start(self) -> None:
        """Schedule the first evaluation of each executor."""
        for executor, phase in enumerate(self._phases):
            if self._looks[executor]:
                self._next(ExecutorId(executor), phase)

    def _next(self, executor: ExecutorId, when: int) -> None:
        if when < self._until:
            self._env.at(when, self._tick, executor, ARRIVAL)

    def _tick(self, executor: ExecutorId, _: int) -> None:
        now, host = self._env._now, self._executors[executor]
        self._next(executor, now + self._every)
        if not host.up or host.stalled:
            return
        self._placement.looks(executor, now)
        for actor, copy in sorted(host.manager.runtime.copies.items()):
            if not copy.running or self._migrating.flags[actor] or actor in host.manager.active:
                continue
            choice = self._placement.decide(actor, executor, now)
            if choice is not None:
                attempt = self._begin(actor, executor, ExecutorId(choice.executor))
                if attempt is not None:
                    self._placement.chose(actor, executor, choice, attempt, now)
                return
