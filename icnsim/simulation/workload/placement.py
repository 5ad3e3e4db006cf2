"""The input of policies: loads and localities of executors, and the loads of others that an executor has received.

Theory of operation. An executor's load is its base load, which may vary as a wave, plus the load of the actors that
live there and the tasks that run there. An executor knows its own load exactly. It knows the load of another one at the
time of the newest report from there that has arrived (see `reports`). So its view follows from the history of the
loads; a run without a policy keeps no history. Every executor knows the location of each blob.
"""

from array import array
from bisect import bisect_right
from collections.abc import Callable, Collection, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from icnsim.draws.lottery import among
from icnsim.draws.streams import uniforms
from icnsim.elementary.single import hump
from icnsim.protocol import policy
from icnsim.protocol.messages import ActorId, AttemptId, ExecutorId
from icnsim.protocol.policy import Candidate, Choice, Own
from icnsim.protocol.runtime import Copy
from icnsim.scenario import Scenario
from icnsim.simulation.executors.executor import Executor
from icnsim.simulation.hooks import Hooks
from icnsim.simulation.time.environment import Environment
from icnsim.simulation.workload.deciding import functions_of
from icnsim.simulation.workload.reports import Reports, SharedReports

COLUMNS = ("at", "executor", "actor", "target", "reason", "attempt", "reported")
FIGURES = ("score", "own_load", "believed_load", "true_load", "age_s")

SCALE = 10**9
"""The unit of actors' loads: a thousand-millionth of an executor's capacity."""


class Loads:
    """The load of each executor at any time until now.

    Parameters
    ----------
    homes : where each actor lives at the start.
    """

    def __init__(self, scenario: Scenario, homes: Sequence[ExecutorId]) -> None:
        seed, actors = scenario.seed, scenario.actors
        self._base = [
            float(load)
            for group in scenario.executors
            for load in group.capacity.load.ppf(uniforms(seed, f"load/{group.group}", group.count))
        ]
        self._waves = [group.capacity.wave for group in scenario.group_of_each]
        self._of_actor = used(scenario, actors.count)
        self._where = list(homes)
        self._since = [array("q", [0]) for _ in self._base]
        self._actors = [array("q", [0]) for _ in self._base]
        for actor, home in enumerate(homes):
            self._actors[home][0] += self._of_actor[actor]

    def lives(self, actor: ActorId, executor: ExecutorId, now: int) -> None:
        """Move the actor to that executor from now on."""
        before, self._where[actor] = self._where[actor], executor
        if before != executor:
            self.add(before, -self._of_actor[actor], now)
            self.add(executor, self._of_actor[actor], now)

    def add(self, executor: ExecutorId, load: int, now: int) -> None:
        """Increase the executor's load from now on, in the unit of `used`."""
        self._actors[executor].append(self._actors[executor][-1] + load)
        self._since[executor].append(now)

    def at(self, executor: int, time: int) -> float:
        """Its load at that time, µs."""
        actors = self._actors[executor][bisect_right(self._since[executor], time) - 1] / SCALE
        wave = self._waves[executor]
        if wave is None:
            return self._base[executor] + actors
        return self._base[executor] + wave.amplitude * hump(((time - wave.phase) % wave.period) / wave.period) + actors


def used(scenario: Scenario, count: int) -> list[int]:
    """The load of each of `count` actors or tasks, in units of 1 / `SCALE`: whole numbers, whose sums are exact."""
    return [round(load * SCALE) for load in scenario.actors.load.ppf(uniforms(scenario.seed, "load", count)).tolist()]


class Placement:
    """The policy of all executors.

    Parameters
    ----------
    homes : where each actor lives at the start. trust : gives an executor's trust in another.
    """

    def __init__(
        self,
        scenario: Scenario,
        env: Environment,
        hooks: Hooks,
        homes: Sequence[ExecutorId],
        trust: Callable[[ExecutorId, ExecutorId], float],
    ) -> None:
        self._env = env
        hooks.copy_started.append(self._lives)
        self.loads = Loads(scenario, homes)
        network = scenario.network
        perfect = not (scenario.faults or network.duplication or any(link.loss for link in network.links))
        self.reports = SharedReports(scenario) if perfect else Reports(scenario, env, hooks)
        self._trust = trust
        self._decides, self._chooses = functions_of(scenario.policy)
        self._weighted = [number for number, group in enumerate(scenario.group_of_each) if group.weight]
        self._candidates = self._weighted
        self._drained: set[int] = set()
        hooks.drain_began.append(self._drain_began)
        hooks.drain_ended.append(self._drain_ended)
        self._blobs = scenario.actors.blobs
        self._actors = len(homes)
        keys = uniforms(scenario.seed, "blobs", self._blobs * scenario.actor_count)
        holders = among(scenario.executors, [1] * len(scenario.executors), keys).chosen
        self._holders = np.sort(holders.reshape(-1, self._blobs or 1), axis=1)
        self._believed: dict[int, dict[int, tuple[int, float]]] = {}
        self._looked_at = -1
        self._rows = {name: array("q") for name in COLUMNS}
        self._figures = {name: array("d") for name in FIGURES}
        self._seen = array("d")
        self._seen_at = array("q")

    def _lives(self, actor: ActorId, copy: Copy, attempt: AttemptId, executor: Executor) -> None:
        if actor < self._actors:  # a task adds to the load while it runs, see `Tasks.weigh_on`
            self.loads.lives(actor, executor.id, self._env._now)

    def _drain_began(self, executor: Executor) -> None:
        """Remove a drained executor from the candidates."""
        self._drained.add(executor.id)
        self._candidates = [number for number in self._weighted if number not in self._drained]

    def _drain_ended(self, executor: Executor) -> None:
        self._drained.remove(executor.id)
        self._candidates = [number for number in self._weighted if number not in self._drained]

    def decide(self, actor: ActorId, executor: ExecutorId, now: int) -> Choice | None:
        """The choice of an executor for one of its actors; None if the actor stays."""
        return self._decides(self._own(actor, executor, now), self._others(actor, executor, now))

    def best(
        self, actor: ActorId, executor: ExecutorId, now: int, failed: Collection[ExecutorId] = ()
    ) -> Choice | None:
        """The best candidate for an actor that must migrate, whatever its score.

        The targets that have failed in the migration are given in the order of their last failures. If there is no
        other candidate, the first of them that the policy accepts is chosen.
        """
        own, others = self._own(actor, executor, now), self._others(actor, executor, now)
        found = self._chooses(own, [other for other in others if other.executor not in failed])
        if found is not None or not failed:
            return found
        by_executor = {other.executor: other for other in others}
        alone = ([by_executor[target]] for target in failed if target in by_executor)
        return next((found for one in alone if (found := self._chooses(own, one))), None)

    def several(self, task: ActorId, executor: ExecutorId, wanted: int, now: int) -> list[Choice]:
        """The best candidates for a task, at most `wanted`."""
        own, others, found = self._own(task, executor, now), self._others(task, executor, now), list[Choice]()
        while len(found) < wanted and (choice := self._chooses(own, others)) is not None:
            found.append(choice)
            others = [other for other in others if other.executor != choice.executor]
        return found

    def looks(self, executor: ExecutorId, now: int) -> None:
        """Store the load that an executor sees when it evaluates the policy."""
        self._seen.append(self.loads.at(executor, now))
        self._seen_at.append(now)

    def chose(self, actor: ActorId, executor: ExecutorId, choice: Choice, attempt: int, now: int) -> None:
        """Record a decision and the figures that it was based on."""
        beliefs = self._beliefs(executor, now)
        made, believed = beliefs[choice.executor]
        row = (now, executor, actor, choice.executor, int(choice.reason == policy.LOAD_BALANCING), attempt, made)
        for name, value in zip(COLUMNS, row, strict=True):
            self._rows[name].append(value)
        age_s = now / 1e6 - sum(when for when, _ in beliefs.values()) / len(beliefs) / 1e6
        figures = (choice.score, self.loads.at(executor, now), believed, self.loads.at(choice.executor, now), age_s)
        for name, figure in zip(FIGURES, figures, strict=True):
            self._figures[name].append(figure)

    def columns(self) -> dict[str, NDArray[Any]]:
        """A row per decision, and the load seen at each evaluation (`seen`) with its time."""
        rows = {name: np.frombuffer(column, np.int64) for name, column in self._rows.items()}
        return {**rows, **{name: np.frombuffer(column) for name, column in self._figures.items()},
                "seen": np.frombuffer(self._seen), "seen_at": np.frombuffer(self._seen_at, np.int64)}  # fmt: skip

    def _own(self, actor: ActorId, executor: ExecutorId, now: int) -> Own:
        return Own(self.loads.at(executor, now), self._locality(actor, executor), self._blobs > 0)

    def _others(self, actor: ActorId, executor: ExecutorId, now: int) -> list[Candidate]:
        beliefs, candidates = self._beliefs(executor, now), list[Candidate]()
        for other in self._candidates:
            if other == executor:
                continue
            if other not in beliefs:
                made = self.reports.newest(other, executor, now)
                beliefs[other] = made, self.loads.at(other, made)
            trust = self._trust(executor, ExecutorId(other))
            candidates.append(Candidate(other, beliefs[other][1], self._locality(actor, other), trust))
        return candidates

    def _beliefs(self, observer: ExecutorId, now: int) -> dict[int, tuple[int, float]]:
        """The loads of others that an observer knows at this instant: the time of each report, and the load."""
        if now != self._looked_at:
            self._believed.clear()
            self._looked_at = now
        return self._believed.setdefault(self.reports.view(observer), {})

    def _locality(self, actor: ActorId, executor: int) -> float:
        """The share of the actor's blobs that are held there; 0 without blobs."""
        if not self._blobs:
            return 0.0
        first, last = np.searchsorted(self._holders[actor], [executor, executor + 1])
        return float(last - first) / self._blobs
