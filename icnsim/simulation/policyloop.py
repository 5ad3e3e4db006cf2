"""The loop in which executors evaluate their policy: each lets at most one actor go each time.

One at a time, for a migration changes the loads that the next decision should see.
"""

from collections.abc import Callable

from icnsim.draws.streams import phases
from icnsim.protocol.messages import ActorId, ExecutorId
from icnsim.scenario import Scenario
from icnsim.simulation.directory import Directory
from icnsim.simulation.environment import ARRIVAL, Environment
from icnsim.simulation.host import Host
from icnsim.simulation.placement import Placement


class PolicyLoop:
    """Evaluates the policy at every executor until the arrivals' end.

    Parameters
    ----------
    begin : begins a migration of an actor from one executor to another; its attempt, or None where none may begin.
    """

    def __init__(
        self,
        scenario: Scenario,
        env: Environment,
        hosts: list[Host],
        directory: Directory,
        placement: Placement,
        begin: Callable[[ActorId, ExecutorId, ExecutorId], int | None],
    ) -> None:
        self._env = env
        self._hosts = hosts
        self._directory = directory
        self._placement = placement
        self._begin = begin
        self._every = scenario.policy.evaluate_every
        self._until = scenario.duration or 0
        self._looks = [group.migrates and "policy" in group.parts for group in scenario.group_of_each]
        self._phases = phases(scenario, "policy", self._every).tolist()

    def start(self) -> None:
        """Ask for the first evaluation of each executor."""
        for executor, phase in enumerate(self._phases):
            if self._looks[executor]:
                self._next(ExecutorId(executor), phase)

    def _next(self, executor: ExecutorId, when: int) -> None:
        if when < self._until:
            self._env.at(when, self._tick, executor, ARRIVAL)

    def _tick(self, executor: ExecutorId, _: int) -> None:
        now, host = self._env._now, self._hosts[executor]
        self._next(executor, now + self._every)
        if not host.up or host.stalled:
            return
        self._placement.looks(executor, now)
        for actor, copy in sorted(host.manager.runtime.copies.items()):
            if not copy.running or self._directory.migrating[actor] or actor in host.manager.active:
                continue
            choice = self._placement.decide(actor, executor, now)
            if choice is not None:
                attempt = self._begin(actor, executor, ExecutorId(choice.executor))
                if attempt is not None:
                    self._placement.chose(actor, executor, choice, attempt, now)
                return
