"""The loop in which executors evaluate their policy. Each evaluation migrates at most one actor.

A migration changes the loads for the next decision, so there is one decision at a time. The evaluations follow a
`Rhythm`.
"""

from collections.abc import Callable, Sequence

from icnsim.protocol.messages import ActorId, ExecutorId
from icnsim.recording.columns import NEVER
from icnsim.scenario import Scenario
from icnsim.simulation.executors.executor import Executor
from icnsim.simulation.executors.rhythm import Rhythm
from icnsim.simulation.hooks import Hooks
from icnsim.simulation.time.environment import ARRIVAL, Environment
from icnsim.simulation.workload.migrating import Migrating
from icnsim.simulation.workload.placement import Placement


class PolicyLoop:
    """Evaluates the policy at every executor until the end of the arrivals.

    Parameters
    ----------
    rhythm : the ticks of each executor's loop; it has no ticks for an executor without a policy.
    begin : begins a migration of an actor from one executor to another; returns its attempt, or None if none began.
    """

    def __init__(
        self,
        scenario: Scenario,
        env: Environment,
        hooks: Hooks,
        executors: Sequence[Executor],
        rhythm: Rhythm,
        migrating: Migrating,
        placement: Placement,
        begin: Callable[[ActorId, ExecutorId, ExecutorId], int | None],
    ) -> None:
        self._env = env
        self._executors = executors
        self._lattices = rhythm.lattices
        self._migrating = migrating
        self._placement = placement
        self._begin = begin
        self._until = scenario.duration or 0
        self._due = [NEVER] * len(executors)
        hooks.executor_resumed.append(self._ticks_changed)
        hooks.executor_restarted.append(self._ticks_changed)
        hooks.executor_irregular.append(self._ticks_changed)

    def start(self) -> None:
        """Schedule the first evaluation of each executor."""
        for executor in self._executors:
            self._arm(executor.id, 0)

    def _ticks_changed(self, executor: Executor) -> None:
        self._arm(executor.id, self._env._now)

    def _arm(self, executor: ExecutorId, due: int) -> None:
        """Schedule the first tick of an executor at or after the instant `due`, µs."""
        lattice = self._lattices[executor]
        if lattice is None or not lattice.running:
            return
        when = lattice.next(due)
        if when < self._until and when != self._due[executor]:
            self._due[executor] = when
            self._env.at(when, self._tick, (executor, when), ARRIVAL)

    def _tick(self, subject: tuple[ExecutorId, int], _: int) -> None:
        executor, now = subject
        lattice = self._lattices[executor]
        if now != self._due[executor] or lattice is None or not lattice.ticks_at(now):
            return
        self._arm(executor, now + 1)
        self._evaluate(self._executors[executor], now)

    def _evaluate(self, host: Executor, now: int) -> None:
        executor = host.id
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
