"""Closed forms of submitted tasks: their time, who misses its deadline, checkpoints, what quorums agree on.

Theory of operation. A task is told to its executor, runs there, and its result comes back: a sum of independent
durations. It has missed its deadline D when its gateway's task checker, whose tick is uniform on [D, D + I), finds
it undecided; its executor has by then, or will have, stopped it at a tick of its own. So it completes if it runs
for less than D + M and M is the smaller of the executor's tick and the gateway's less the way back. The k-th
checkpoint is due after k intervals of work, so a run of R makes one for each k with k interval < R, and its state's
size tells which of them are refused. Which tasks there are a file tells: the figures are sums over them.

Sources: PROTOCOL sections 1 and 6; of the quorum's, see `quorum`.
"""

import math
from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Final, NamedTuple

import numpy as np

from icnsim.analysis import quorum, theory
from icnsim.analysis.convolution import sum_of
from icnsim.protocol.quorum import executors_for, needed
from icnsim.protocol.task import ComputeTask, Mode, Progress
from icnsim.scenario import Distribution, Scenario
from icnsim.scenario.composite import Scaled
from icnsim.scenario.distributions import Constant
from icnsim.scenario.executors import ExecutorGroup
from icnsim.simulation.workload import arrival_times

NEVER_LATE: Final = 1e-6
MOST_CHECKPOINTS: Final = 1_000_000
"""Of one kind of task, for predictions."""
POINTS: Final = 2001
QUANTILES: Final = 200

Figure = tuple[float, str, str | None]
"""Value, formula, and the assumption that is broken."""
Parts = Sequence[Distribution]


class Due(NamedTuple):
    """The checkpoints that runs of one kind of task come to, on average, and how long they stand still for them, µs."""

    stored: float
    refused: float
    standing: float


def predicted(scenario: Scenario) -> dict[str, Figure]:
    """The figures of a scenario's tasks, by their names in its summary."""
    return _Tasks(scenario).figures()


class _Tasks:
    def __init__(self, scenario: Scenario) -> None:
        self._scenario = scenario
        submitted = scenario.submissions
        assert submitted is not None
        times = arrival_times(scenario)
        inside = (times >= scenario.warmup).tolist()
        # Tasks that differ in nothing but their names are of one kind.
        self._kinds = Counter(
            ComputeTask("", *_but_name(task)) for task, counts in zip(submitted.tasks, inside) if counts
        )
        self._takers = [group for group in scenario.executors if group.weight]
        self._count = sum(group.count for group in self._takers)
        self._answering = [group for group in self._takers if group.behavior != "unresponsive"]
        self._answers = sum(group.count for group in self._answering) / self._count
        self._interval = float(scenario.task_checker.check_interval)
        self._checked = scenario.task_checker.enabled
        self._unsure = quorum.unsure(scenario, self._takers)
        if self._unsure is None and scenario.matrix is not None:
            self._unsure = "executors are at different distances"
        self._short = None
        if self._longest() > scenario.drain:
            self._short = "the drain is too short for every task to end"

    def figures(self) -> dict[str, Figure]:
        return {**self._outcomes(), **self._times(), **self._checkpoints()}

    # What becomes of them

    def _outcomes(self) -> dict[str, Figure]:
        if self._scenario.quorum.enabled:
            return self._agreed()
        reason, missed = self._unsure or self._short, 0.0
        if reason is None and self._deadlines():
            reason = self._no_phase()
        for kind in self._kinds:
            reason = reason or self._standing_unknown(kind)
        if reason is None:
            for kind, number in self._kinds.items():
                if self._deadline(kind) is not None:
                    missed += number * (1 - self._answers * self._in_time(kind))
        # Without a deadline what nobody answers stays.
        silent = sum(n for kind, n in self._kinds.items() if self._deadline(kind) is None) * (1 - self._answers)
        return {
            "tasks.timed_out": (missed, "Σ P(run ≥ D + M), M the smaller of two ticks; binomial", reason),
            "tasks.completed": (self._total() - missed - silent, "the others, but for those nobody answers", reason),
        }

    def _agreed(self) -> dict[str, Figure]:
        reason = self._unsure or self._short
        voters = [self._voters(kind) for kind in self._kinds]
        if reason is None and self._deadlines():
            reason = "tasks of a quorum that may miss their deadlines"
        asked = sorted({count for each in voters for count, _ in each})
        if reason is None:
            quorums = [(count, needed(count, self._scenario.quorum.threshold)) for count in asked]
            reason = quorum.out_of_order(self._scenario, self._takers, quorums, fixed=True)
        if reason is None and self._spread() > self._scenario.quorum.window + self._scenario.quorum.grace:
            reason = "results may come too late"
        silent = sum(group.count for group in self._takers if quorum.lies(group) == "silent")
        if reason is None and asked and silent >= asked[0] and self._scenario.tasks.window == "first-result":
            reason = "a task of which nothing is heard never ends"
        total = np.zeros(len(quorum.Shares._fields))
        if reason is None:
            for each, number in zip(voters, self._kinds.values(), strict=True):
                for count, weight in each:
                    shares = quorum.of_voters(self._scenario, count, self._takers)
                    total += number * weight * np.array(shares)
        right, wrong, divergence, insufficient = total.tolist()
        formula = "Σ P({}); executors drawn without replacement: hypergeometric"
        return {
            "tasks.completed": (right + wrong, formula.format("consensus"), reason),
            "tasks.divergence": (divergence, formula.format("divergence"), reason),
            "tasks.insufficient": (insufficient, formula.format("insufficient"), reason),
            "tasks.wrong_rate": (wrong / max(1, self._total()), formula.format("a wrong digest wins"), reason),
        }

    # Times

    def _times(self) -> dict[str, Figure]:
        voting = self._scenario.quorum.enabled
        reason = self._unsure or self._short
        if reason is None and self._deadlines():
            reason = "tasks that may miss their deadlines: the long ones do not complete"
        if reason is None and voting and not (quorum.alike_in_time(self._scenario) and not self._slow()):
            reason = "a quorum waits for the last of the results that must agree"
        if reason is None and not self._answering:
            reason = "nobody answers"
        mean = 0.0
        if reason is None:
            slowdown = sum(group.count * _slowdown(group) for group in self._answering) / (self._answers * self._count)
            ways = theory.duration_mean([*self._message("task"), *self._message("result")])
            runs = sum(
                number * (self._run(kind).mean() * slowdown + self._due(kind).standing)
                for kind, number in self._kinds.items()
            )
            mean = (ways + runs / max(1, self._total())) / 1e6
        latency, unknown = self._interval / 2e6, self._found_late()
        return {
            "tasks.time.mean": (mean, "latency + run + checkpoints + latency", reason),
            "tasks.detection_latency.mean": (latency, "I/2 of the task checker", unknown),
        }

    def _found_late(self) -> str | None:
        """Why the delay from the deadline to its detection is not uniform, or there is none."""
        if not self._checked or all(self._deadline(kind) is None for kind in self._kinds):
            return "no task has a deadline, or nobody looks at it"
        reason = self._unsure or self._no_phase()
        for kind in self._kinds:
            deadline = self._deadline(kind)
            reason = reason or self._standing_unknown(kind)
            if reason is None and deadline is not None:
                for group in self._answering:
                    parts = [*self._there(kind, group), *self._message("result")]
                    before = theory.outlasts(parts, deadline) - theory.outlasts(parts, deadline + self._interval)
                    if before > NEVER_LATE:
                        return "a result may come between the deadline and the tick that finds it"
        return reason

    def _in_time(self, kind: ComputeTask) -> float:
        """The probability that a task completes, of one that its executor answers."""
        deadline = self._deadline(kind)
        if deadline is None:
            return 1.0
        answering = sum(group.count for group in self._answering)
        gateways = sum(group.count for group in self._scenario.executors if group.hosts_actors)
        share = 0.0
        for group in self._answering:
            parts, back = self._there(kind, group), self._message("result")
            here = 1 / gateways if group.hosts_actors else 0.0  # its gateway runs it itself
            alone = 1 - theory.false_positive_probability([*parts, *back], deadline, self._interval)
            share += (
                group.count / answering * (here * alone + (1 - here) * in_time(parts, back, deadline, self._interval))
            )
        return share

    # Checkpoints

    def _checkpoints(self) -> dict[str, Figure]:
        scenario, reason = self._scenario, self._unsure or self._short
        if reason is None and self._deadlines():
            reason = "tasks that may be stopped at their deadlines"
        if reason is None and (scenario.checkpoints.flush or not scenario.checkpoints.pauses):
            reason = "a task may end before its last checkpoint is stored"
        for kind in self._kinds:
            reason = reason or self._sizes_unknown(kind)
        stores = [group for group in self._answering if "checkpoint_store" in group.parts]
        share = sum(group.count for group in stores) / self._count
        due = [0.0, 0.0, 0.0]
        if reason is None:
            for kind, number in self._kinds.items():
                runs = number * share * sum(count * weight for count, weight in self._voters(kind))
                due = [had + runs * more for had, more in zip(due, self._due(kind), strict=True)]
        formula = "Σ P(run > k interval), of those with a state of at most the maximum"
        return {
            "tasks.checkpoints": (due[0], formula, reason),
            "tasks.refused_checkpoints": (due[1], "the others", reason),
            "tasks.checkpoint_s": (due[2] / 1e6, "checkpoints x what each takes", reason),
        }

    def _due(self, kind: ComputeTask) -> Due:
        if kind.mode is Mode.EPHEMERAL:
            return Due(0.0, 0.0, 0.0)
        run, size = self._run(kind), round(self._scenario.actors.state_size.constant or 0)
        interval, found = kind.checkpoint_interval * 1_000_000, [0.0, 0.0, 0.0]
        progress = Progress(kind, 1 << 62, size, self._scenario.tasks.growth or 0)
        for number in range(1, MOST_CHECKPOINTS):
            progress.work = number * interval
            chance = 1.0 - float(run.cdf(np.array([progress.work - 0.5 if run.constant is None else progress.work]))[0])
            if chance < 1e-9:
                break
            made = progress.checkpoint()
            if made is None:
                found[1] += chance
            else:
                found[0] += chance
                found[2] += chance * self._scenario.checkpoints.cost(made) * self._scenario.checkpoints.pauses
        return Due(*found)

    # What a task is

    def _total(self) -> int:
        return sum(self._kinds.values())

    def _run(self, kind: ComputeTask) -> Distribution:
        own = kind.duration
        usual: Distribution = self._scenario.tasks.run_time
        return usual if own is None else Constant(own * 1e6)

    def _deadline(self, kind: ComputeTask) -> float | None:
        """From its submission on, µs."""
        usual = self._scenario.tasks.deadline
        if not self._checked:
            return None
        return usual if kind.deadline is None else kind.deadline * 1000.0

    def _voters(self, kind: ComputeTask) -> list[tuple[int, float]]:
        """How many executors run it, each number with its probability."""
        limits = self._scenario.quorum
        if not limits.enabled:
            return [(1, 1.0)]
        if limits.executors != "by-credits":
            return [(limits.executors, 1.0)]
        if kind.estimated_value is not None:
            return [(min(self._count, executors_for(kind.estimated_value)), 1.0)]
        return [(min(self._count, voters), weight) for voters, weight in quorum.by_credits(limits.credits)]

    def _message(self, kind: str) -> list[Distribution]:
        network = self._scenario.network
        gossiped = [network.gossip.delay] if kind in network.gossip.messages else []
        return [network.latency, *gossiped]

    def _there(self, kind: ComputeTask, group: ExecutorGroup) -> Parts:
        """From its submission to its end on an executor of that group."""
        standing = self._due(kind).standing if "checkpoint_store" in group.parts else 0.0
        return [*self._message("task"), Scaled(self._run(kind), _slowdown(group)), Constant(standing)]

    # Assumptions

    def _deadlines(self) -> bool:
        """Whether a deadline may be missed."""
        return any(True for _ in self._tight())

    def _tight(self) -> Iterator[ComputeTask]:
        for kind in self._kinds:
            deadline = self._deadline(kind)
            if deadline is not None and (self._answers < 1 or self._longest_of(kind) > deadline):
                yield kind

    def _no_phase(self) -> str | None:
        return "aligned ticks: the phase is not random" if self._scenario.manager.phase == "aligned" else None

    def _standing_unknown(self, kind: ComputeTask) -> str | None:
        """A run that varies stands still for a number of checkpoints that varies with it."""
        if kind.mode is Mode.EPHEMERAL or self._run(kind).constant is not None or self._deadline(kind) is None:
            return None
        checkpoints = self._scenario.checkpoints
        if not checkpoints.pauses or not (checkpoints.time or checkpoints.bandwidth):
            return None
        return "run times that vary, with checkpoints that take time"

    def _sizes_unknown(self, kind: ComputeTask) -> str | None:
        if kind.mode is Mode.EPHEMERAL or self._scenario.actors.state_size.constant is not None:
            return None
        return "the sizes of states vary"

    def _slow(self) -> bool:
        return any(_slowdown(group) != 1 for group in self._answering)

    def _spread(self) -> float:
        """The time between the first and the last result of a task, as good as always, µs."""
        slowest = max((_slowdown(group) for group in self._answering), default=1.0)
        fastest = min((_slowdown(group) for group in self._answering), default=1.0)
        longest = max((_far(self._run(kind)) for kind in self._kinds), default=0.0)
        ways = sum(_far(part) - part.support()[0] for kind in ("task", "result") for part in self._message(kind))
        return (slowest - fastest) * longest + ways

    def _longest(self) -> float:
        """The longest time of a task, as good as always, µs."""
        longest = max((self._longest_of(kind) for kind in self._kinds), default=0.0)
        limits = [deadline for kind in self._kinds if (deadline := self._deadline(kind)) is not None]
        window = self._scenario.quorum.window + self._scenario.quorum.grace if self._scenario.quorum.enabled else 0
        return max([longest, *limits]) + self._interval + window

    def _longest_of(self, kind: ComputeTask) -> float:
        slowest = max((_slowdown(group) for group in self._answering), default=1.0)
        run, interval = _far(self._run(kind)), kind.checkpoint_interval * 1_000_000
        largest = self._scenario.checkpoints.cost(kind.max_state_size) * self._scenario.checkpoints.pauses
        standing = math.ceil(run / interval) * largest if interval and math.isfinite(run) else 0.0
        ways = sum(_far(part) for way in ("task", "result") for part in self._message(way))
        return run * slowest + standing + ways


def in_time(there: Parts, back: Parts, deadline: float, interval: float) -> float:
    """The probability that a run ends before its executor's tick and its result comes before its gateway's.

    Parameters
    ----------
    there : from the submission to the end of the run. back : the way of the result. Both µs, as is all else.

    P(there < D + M), M = min(U, V - back), with U and V uniform on [0, I): summed over M's distribution,
    which is exact but for the quantiles that stand for `back`.
    """
    u = (np.arange(QUANTILES) + 0.5) / QUANTILES
    ways = back[0].ppf(u)
    for part in back[1:]:
        ways = np.add.outer(ways, part.ppf(u)).ravel()
    ways = np.minimum(ways, deadline + interval)
    points = np.linspace(-float(ways.max()), interval, POINTS)
    own = np.clip(1 - points / interval, 0, 1)
    gateways = np.array([np.clip(1 - (point + ways) / interval, 0, 1).mean() for point in points])
    beyond = own * gateways
    middle = (points[1:] + points[:-1]) / 2
    ends = 1 - sum_of(there, deadline + interval).exceeds(np.maximum(deadline + middle, 0))
    ends = np.where(deadline + middle > 0, ends, 0.0)
    return float((ends * (beyond[:-1] - beyond[1:])).sum())


def _but_name(task: ComputeTask) -> tuple[Mode, int, int, int | None, int | None, int | None]:
    return (
        task.mode, task.checkpoint_interval, task.max_state_size, task.deadline, task.estimated_value, task.duration
    )  # fmt: skip


def _slowdown(group: ExecutorGroup) -> float:
    return group.slowdown if group.behavior == "slow" else 1.0


def _far(distribution: Distribution) -> float:
    """A value that a distribution as good as never exceeds."""
    return float(distribution.ppf(np.array([quorum.BEYOND]))[0])
