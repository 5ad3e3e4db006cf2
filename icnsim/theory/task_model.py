"""The model of a scenario's submitted tasks for the closed forms: their kinds, their executors and the assumptions.

The figures of `tasks` are computed from it. A method that checks an assumption returns the reason, for a user to
read, or None if it holds.
"""

import math
from bisect import bisect_right
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from typing import Final, NamedTuple

import numpy as np

from icnsim.draws.arrivals import task_times
from icnsim.protocol.quorum import executors_for, needed
from icnsim.protocol.task import DEFAULT_FUEL, ComputeTask, Mode, Progress
from icnsim.scenario import Distribution, Scenario
from icnsim.scenario.composite import Scaled
from icnsim.scenario.distributions import Constant
from icnsim.scenario.executors import ExecutorGroup
from icnsim.theory import quorum, stores
from icnsim.theory.convolution import CELLS
from icnsim.theory.design import far

Parts = Sequence[Distribution]
MOST_KINDS: Final = 20_000
"""The most kinds of task for predictions."""
SHORTEST: Final = 100_000
"""The shortest interval of the checker, µs, for which the resolution of the protocol's clock has no effect."""
FINE: Final = 16
"""The least number of steps of a convolution in an interval."""
MOST_CLOSE: Final = 200
"""The most kinds that may miss their deadlines although they are run, because each needs a convolution."""
MOST_INSTANTS: Final = 200
NEGLIGIBLE: Final = 1e-3
"""The share of tasks that wait for a slot up to which their waiting changes no figure."""
MOST_CHECKPOINTS: Final = 500_000
"""The most checkpoints of one run of each kind together, for predictions."""


class Due(NamedTuple):
    """The mean number of checkpoints of a run of one kind of task, and the mean time that they pause it, µs."""

    stored: float
    refused: float
    standing: float


class TaskModel:
    """The quantities that follow from the scenario and its file of tasks; times in µs."""

    def __init__(self, scenario: Scenario) -> None:
        self.scenario = scenario
        submitted = scenario.submissions
        assert submitted is not None
        self.times = times = task_times(scenario)
        inside = (times >= scenario.warmup).tolist()
        # Tasks that differ only in their names and payments are of one kind.
        self.kinds = Counter(
            replace(task, id="", fuel_limit=DEFAULT_FUEL, payment_rate=0)
            for task, counts in zip(submitted.tasks, inside)
            if counts
        )
        self.takers = [group for group in scenario.executors if group.weight]
        self.count = sum(group.count for group in self.takers)
        self.answering = [group for group in self.takers if group.behavior != "unresponsive"]
        self.able = sum(group.count for group in self.answering)
        self.answers = self.able / self.count
        self.interval = float(scenario.task_checker.check_interval)
        self.checked = scenario.task_checker.enabled
        self.unsure = quorum.unsure(scenario, self.takers)
        if self.unsure is None and any(kind.threshold is not None for kind in self.kinds):
            self.unsure = "bodies have thresholds of their own"
        if self.unsure is None and scenario.uses_policy:
            self.unsure = "a policy chooses the executors"
        if self.unsure is None and scenario.matrix is not None:
            self.unsure = "executors are at different distances"
        self.slots = min((group.capacity.tasks for group in self.answering), default=1)
        self.full = self._full(submitted.tasks)
        stateful = any(kind.mode is not Mode.EPHEMERAL for kind in self.kinds)
        if self.unsure is None and stateful and scenario.checkpoints.store_bandwidth is not None:
            self.unsure = stores.SHARED
        self.short = None
        self._due: dict[ComputeTask, Due] = {}
        if self.longest() > scenario.drain:
            self.short = "the drain is too short for every task to end"
        if len(self.kinds) > MOST_KINDS:
            self.unsure = f"more than {MOST_KINDS:,} kinds of task"
        elif sum(self.is_close(kind) for kind in self.kinds) > MOST_CLOSE:
            self.unsure = f"more than {MOST_CLOSE} kinds of task that may miss their deadlines"
        elif sum(self._most_checkpoints(kind) for kind in self.kinds if kind.checkpoint_interval) >= MOST_CHECKPOINTS:
            self.unsure = f"runs of all kinds of task with {MOST_CHECKPOINTS:,} checkpoints or more together"
        self.unsure_but_for_slots = self.unsure
        if self.unsure is None and self.full > NEGLIGIBLE:
            self.unsure = "tasks wait for a slot of their executor"

    def _full(self, tasks: Sequence[ComputeTask]) -> float:
        """The share of tasks that find all slots of their executor taken, if no task waits.

        The number of others is about Poisson, because each executor has a small share of the tasks that run at an
        instant. It is computed for up to `MOST_INSTANTS` submissions.
        """
        from scipy.special import gammainc  # as in `checkpoints`, a third of a second

        times, usual = self.times.astype(np.float64), self.scenario.tasks.run_time
        if not len(times) or not self.answering:
            return 0.0
        slowest = max((slowdown(group) for group in self.answering), default=1.0)
        tasks = tasks[: len(times)]
        runs = [math.nan if task.duration is None else task.duration * 1e6 for task in tasks]
        own = np.array(runs) * slowest
        known = ~np.isnan(own)
        most = self.scenario.quorum.most or 1
        offered: list[float] = []
        for instant in times[:: max(1, len(times) // MOST_INSTANTS)]:
            ages = instant - times
            before = ages > 0
            others = ages[before & ~known] / slowest
            running = float(np.count_nonzero(known & before & (ages < own)))
            running += float((1 - usual.cdf(others)).sum()) if len(others) else 0.0
            offered.append(running * min(most, self.count) / self.count)
        return float(gammainc(self.slots, np.array(offered)).mean())  # P(Poisson(a) >= c)

    # Properties of tasks

    def total(self) -> int:
        """The number of tasks in the window."""
        return sum(self.kinds.values())

    def run(self, kind: ComputeTask) -> Distribution:
        """The work of the task, µs."""
        own = kind.duration
        usual: Distribution = self.scenario.tasks.run_time
        return usual if own is None else Constant(own * 1e6)

    def deadline(self, kind: ComputeTask) -> float | None:
        """Its deadline, from its submission on, µs."""
        usual = self.scenario.tasks.deadline
        if not self.checked:
            return None
        return usual if kind.deadline is None else kind.deadline * 1000.0

    def voters(self, kind: ComputeTask) -> list[tuple[int, float]]:
        """The numbers of executors that run it, each with its probability."""
        limits = self.scenario.quorum
        if not limits.enabled:
            return [(1, 1.0)]
        if kind.executors is not None:
            return [(min(self.count, kind.executors), 1.0)]
        if limits.executors != "by-credits":
            return [(limits.executors, 1.0)]
        voters = 1 if kind.estimated_value is None else executors_for(kind.estimated_value)
        return [(min(self.count, voters), 1.0)]

    def message(self, kind: str) -> list[Distribution]:
        """The duration of a message of that kind, µs."""
        network = self.scenario.network
        gossiped = [network.gossip.delay] if kind in network.gossip.messages else []
        return [network.latency, *gossiped]

    def there(self, kind: ComputeTask, group: ExecutorGroup) -> Parts:
        """The durations from its submission to its end on an executor of that group."""
        standing = self.due(kind).standing if "checkpoint_store" in group.parts else 0.0
        return [*self.message("task"), Scaled(self.run(kind), slowdown(group)), Constant(standing)]

    def due(self, kind: ComputeTask) -> Due:
        """The checkpoints of a run that is answered, on an executor that has a store."""
        if kind.mode is Mode.EPHEMERAL:
            return Due(0.0, 0.0, 0.0)
        if kind not in self._due:
            self._due[kind] = self._checkpoints_of(kind)
        return self._due[kind]

    def _checkpoints_of(self, kind: ComputeTask) -> Due:
        costs, size = self.scenario.checkpoints, round(self.scenario.actors.state_size.constant or 0)
        progress = Progress(kind, 1 << 62, size, self.scenario.tasks.growth or 0)
        interval = kind.checkpoint_interval * 1_000_000
        # A state only grows: from one checkpoint on all are refused.
        numbers = range(1, self._most_checkpoints(kind) + 1)
        fit = bisect_right(numbers, kind.max_state_size, key=lambda number: progress.size_after(number * interval))
        chances = 1 - self.run(kind).cdf(np.array(numbers, dtype=np.float64) * interval)
        stored, refused = float(chances[:fit].sum()), float(chances[fit:].sum())
        standing = 0.0
        if costs.pauses and costs.bandwidth is None:
            standing = stored * costs.time
        elif costs.pauses:
            made = [costs.cost(progress.size_after(number * interval)) for number in numbers[:fit]]
            standing = float(np.dot(chances[:fit], made))
        return Due(stored, refused, standing)

    def _most_checkpoints(self, kind: ComputeTask) -> int:
        """The most checkpoints of a run, which are almost never exceeded; at most the limit of predictions."""
        return int(min(MOST_CHECKPOINTS, far(self.run(kind)) // (kind.checkpoint_interval * 1_000_000)))

    # Assumptions

    def votes_unknown(self) -> str | None:
        """The reason why the agreements of quorums are unknown; None if they are known."""
        scenario, limits = self.scenario, self.scenario.quorum
        if self.unsure or self.short:
            return self.unsure or self.short
        if self.deadlines():
            return "tasks of a quorum that may miss their deadlines"
        asked = sorted({count for kind in self.kinds for count, _ in self.voters(kind)})
        at_once = scenario.tasks.window == "submission"
        if (self.longest_run() if at_once else self.spread()) > limits.window + limits.grace:
            return "results may come too late"
        silent = sum(group.count for group in self.takers if quorum.lies(group) == "silent")
        if asked and silent >= asked[0] and not at_once:
            return "a task without results never ends"
        quorums = [(count, needed(count, limits.threshold)) for count in asked]
        return quorum.out_of_order(scenario, self.takers, quorums, fixed=True)

    def deadlines(self) -> bool:
        """Whether a deadline may be missed."""
        return any(self.is_close(kind) or (self.answers < 1 and self.deadline(kind) is not None) for kind in self.kinds)

    def is_close(self, kind: ComputeTask) -> bool:
        """Whether it may miss its deadline although an executor runs it."""
        deadline, limits = self.deadline(kind), self.scenario.quorum
        wait = limits.window + limits.grace if limits.enabled else 0
        return deadline is not None and self.longest_of(kind) + wait > deadline

    def no_phase(self) -> str | None:
        """The reason why the ticks are not random or too frequent for the clock; None without a reason."""
        if self.scenario.manager.phase == "aligned":
            return "aligned ticks: the phase is not random"
        if self.interval < SHORTEST:
            return "the interval is less than 100 ms: the clock of whole ms has an effect"
        return None

    def not_in_time(self) -> str | None:
        """The reason why it is unknown which tasks end before they are given up; None if it is known."""
        for kind in self.kinds:
            deadline = self.deadline(kind)
            if deadline is None or not self.is_close(kind):
                continue
            if sum(far(part) for part in self.message("task")) > deadline:
                return "a task may come to its executor after its deadline"
            if (deadline + self.interval) / CELLS > self.interval / FINE:
                return "deadlines that are very long against the interval of the task checker"
        return None

    def standing_unknown(self, kind: ComputeTask) -> str | None:
        """The reason why the mean time of its runs' checkpoints is unknown; None if it is known."""
        checkpoints = self.scenario.checkpoints
        if not checkpoints.pauses or not (checkpoints.time or checkpoints.bandwidth):
            return None
        return self.sizes_unknown(kind)

    def standing_varies(self, kind: ComputeTask) -> str | None:
        """The reason why that time is not the same for all of its runs, if it has a deadline."""
        if self.deadline(kind) is None or kind.mode is Mode.EPHEMERAL:
            return None
        varies = self.run(kind).constant is None and self.due(kind).standing
        return "run times that vary, with checkpoints that take time" if varies else self.standing_unknown(kind)

    def sizes_unknown(self, kind: ComputeTask) -> str | None:
        """The reason why the sizes of its checkpoints are unknown; None if they are known."""
        if kind.mode is Mode.EPHEMERAL or self.scenario.actors.state_size.constant is not None:
            return None
        return "the sizes of states vary"

    def slow(self) -> bool:
        """Whether an executor that answers is slow."""
        return any(slowdown(group) != 1 for group in self.answering)

    @property
    def storing(self) -> float:
        """The share of the executors that answer which have a store for checkpoints; 0 if none answers."""
        stores = sum(group.count for group in self.answering if "checkpoint_store" in group.parts)
        return stores / self.able if self.able else 0.0

    def spread(self) -> float:
        """The time between the first and the last result of a task, almost never exceeded, µs."""
        slowest = max((slowdown(group) for group in self.answering), default=1.0)
        fastest = min((slowdown(group) for group in self.answering), default=1.0)
        longest = max((far(self.run(kind)) for kind in self.kinds), default=0.0)
        ways = sum(far(part) - part.support()[0] for kind in ("task", "result") for part in self.message(kind))
        standing = 0.0
        if 0 < self.storing < 1:  # the others are not paused
            standing = max((self._longest_standing(kind) for kind in self.kinds), default=0.0)
        return (slowest - fastest) * longest + ways + standing

    def longest(self) -> float:
        """A time that a task almost never exceeds, µs."""
        window = self.scenario.quorum.window + self.scenario.quorum.grace if self.scenario.quorum.enabled else 0
        return max((self._ends_within(kind) for kind in self.kinds), default=0.0) + window

    def _ends_within(self, kind: ComputeTask) -> float:
        deadline, longest = self.deadline(kind), self.longest_of(kind)
        if deadline is None:
            return longest
        return deadline + self.interval if self.answers < 1 or self.is_close(kind) else longest

    def longest_run(self) -> float:
        """The longest time from a submission to its result, µs."""
        return max((self.longest_of(kind) for kind in self.kinds), default=0.0)

    def longest_of(self, kind: ComputeTask) -> float:
        """The longest time from a submission to its result for one kind, µs."""
        slowest = max((slowdown(group) for group in self.answering), default=1.0)
        ways = sum(far(part) for way in ("task", "result") for part in self.message(way))
        return far(self.run(kind)) * slowest + self._longest_standing(kind) + ways

    def _longest_standing(self, kind: ComputeTask) -> float:
        run, interval = far(self.run(kind)), kind.checkpoint_interval * 1_000_000
        if not interval or not math.isfinite(run):
            return 0.0
        costs = self.scenario.checkpoints
        return math.ceil(run / interval) * costs.cost(kind.max_state_size) * costs.pauses


def slowdown(group: ExecutorGroup) -> float:
    """The factor by which a task takes longer than its work."""
    return group.slowdown if group.behavior == "slow" else 1.0
