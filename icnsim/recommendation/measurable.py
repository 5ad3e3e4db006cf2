"""Checks that runs of this size can measure a figure, without a simulation.

A p99 needs 67 values in a run; with fewer, it is hardly below the run's maximum. A share without a case has an upper
bound of about z² / trials. A share without a failure has a lower bound of about 1 - z² / trials. The scenario
determines the expected number of values and trials in a run. If closed forms apply, it is the number of arrivals in
the window times the probability of the fate (`theory.model`). If not, it is the number of all attempts or tasks, which
is an upper bound. If the number does not follow from the scenario, as for recoveries, the figure is accepted.

Every point must be measurable. If only some were, these could be the points whose mistakes add values, such as
detections of executors that are only slow.
"""

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain
from statistics import NormalDist
from typing import Any, Final

from icnsim.errors import Problem, ScenarioError
from icnsim.numbers import brief
from icnsim.recommendation.constraints import Constraint, Goal
from icnsim.recommendation.wording import settings
from icnsim.scenario import Scenario
from icnsim.scenario.coherence import arrivals_expected, attempts_expected, tasks_expected
from icnsim.scenario.units import LONGEST_US
from icnsim.statistics import intervals
from icnsim.sweeps.plan import Plan
from icnsim.sweeps.statistics import LEAST
from icnsim.theory.model import Model

LOOKED_AT: Final = 12
"""The number of points that are examined, so that the check takes less than a second."""
SPARE: Final = 2.0
"""The margin of the proposed size above the least number, in standard deviations of a Poisson count."""
SIZES: Final = ("workload.migrations", "duration")
"""The keys that set the size of a run."""


@dataclass(frozen=True, slots=True)
class Shortfall:
    """A figure that runs of a point's size cannot measure.

    Attributes
    ----------
    metric : the figure. what : the values that it needs, in words. has, needs : the expected and the necessary number
        of these values in a run.
    at : the settings of the point, in words.
    """

    metric: str
    what: str
    has: float
    needs: float
    at: str

    @property
    def factor(self) -> float:
        """The factor by which runs must be larger; infinite if a run has no such values."""
        return (self.needs + SPARE * math.sqrt(self.needs)) / self.has if self.has else math.inf


def shortfall(plan: Plan, goal: Goal, runs: int) -> Shortfall | None:
    """Return the figure and the point that need the largest runs; None if every figure can be measured.

    Parameters
    ----------
    runs : the most replications that judge a limit.
    """
    found = chain.from_iterable(_missing(plan.at(point), goal, runs, _labels(plan, point)) for point in _some(plan))
    return max(found, key=lambda each: each.factor, default=None)


def _some(plan: Plan) -> Sequence[int]:
    """Evenly spaced points to examine, including the first and the last one."""
    last = len(plan.points) - 1
    return sorted({round(step * last / (LOOKED_AT - 1)) for step in range(LOOKED_AT)})


def _labels(plan: Plan, point: int) -> str:
    return settings(plan.keys, plan.points[point])


def _missing(scenario: Scenario, goal: Goal, runs: int, at: str) -> Iterator[Shortfall]:
    counts = Counts(scenario)
    for metric in goal.metrics:
        section, _, quantile = metric.rpartition(".")
        least = LEAST.get(quantile, 0)
        if least and section in VALUES:
            what, number = VALUES[section]
            if (has := number(counts)) < least:
                yield Shortfall(metric, what, has, least, at)
    for constraint in goal.constraints:
        if constraint.metric in TRIALS:
            what, number = TRIALS[constraint.metric]
            needs = trials_needed(constraint) / runs
            if (has := number(counts)) < needs:
                yield Shortfall(constraint.metric, what, has, needs, at)


def trials_needed(constraint: Constraint) -> float:
    """The least number of trials that can show that a share meets its limit; infinite if no number can.

    Wilson's upper bound of 0 cases in n trials is z² / (n + z²), and his lower bound of n cases is n / (n + z²).
    """
    worst = constraint.value if constraint.from_above else 1 - constraint.value
    z2 = NormalDist().inv_cdf((1 + intervals.LEVEL) / 2) ** 2
    return max(0.0, z2 / worst - z2) if worst > 0 else math.inf


class Counts:
    """The expected numbers of attempts, tasks and fates of attempts in a run.

    Attributes
    ----------
    attempts : an upper bound. migrations, tasks : the number in the window if the closed forms apply, else an upper
        bound.
    """

    def __init__(self, scenario: Scenario) -> None:
        self.attempts = attempts_expected(scenario)
        self.migrations, self.tasks = arrivals_expected(scenario), tasks_expected(scenario)
        known = (scenario.plain or scenario.only_retries) and scenario.submissions is None
        model = Model(scenario) if known else None
        if model is None or model.no_shares is not None:
            self._outcomes = None
        else:
            self.migrations, self._outcomes = model.arrivals_in_window(), model.outcomes

    @property
    def willing(self) -> float:
        """Attempts whose target would accept."""
        return self.attempts if self._outcomes is None else self.migrations * self._outcomes.willing

    @property
    def detections(self) -> float:
        """Attempts that time out."""
        return self._of_attempts("timed_out")

    @property
    def completed(self) -> float:
        """Attempts that complete."""
        return self._of_attempts("completed")

    def _of_attempts(self, fate: str) -> float:
        """Attempts of the window with that fate; all attempts if the closed forms do not apply."""
        return self.attempts if self._outcomes is None else self.migrations * self._outcomes.of_attempts(fate)


Number = Callable[[Counts], float]

_DETECTIONS: Final[tuple[str, Number]] = ("detections", lambda counts: counts.detections)
_COMPLETED: Final[tuple[str, Number]] = ("completed migrations", lambda counts: counts.completed)
_ATTEMPTS: Final[tuple[str, Number]] = ("attempts", lambda counts: counts.attempts)
_MIGRATIONS: Final[tuple[str, Number]] = ("migrations", lambda counts: counts.migrations)
_TASKS: Final[tuple[str, Number]] = ("tasks", lambda counts: counts.tasks)

VALUES: Final[Mapping[str, tuple[str, Number]]] = {
    **dict.fromkeys(("detection_latency", "detection_total"), _DETECTIONS),
    **dict.fromkeys(("migration_duration", "migration_total", "downtime"), _COMPLETED),
    **dict.fromkeys([f"wasm.{of}" for of in ("rounds", "final_pages", "live_copy", "total", "post_copy")], _ATTEMPTS),
    "record_life": ("removed records", lambda counts: 2 * counts.attempts),
    "quorum.decision_time": _ATTEMPTS,
    "tasks.time": _TASKS,
}
"""For each section with quantiles, the name of its values and their number in a run. An attempt has a record at its
source and one at its target."""
TRIALS: Final[Mapping[str, tuple[str, Number]]] = {
    "success_rate": _MIGRATIONS,
    "completed_share": _MIGRATIONS,
    "false_positives.rate": ("attempts to willing targets", lambda counts: counts.willing),
    "quorum.wrong_rate": _ATTEMPTS,
    "tasks.success_rate": _TASKS,
    "tasks.wrong_rate": _TASKS,
}
"""For each share, the name of its trials and their number in a run."""


@dataclass(frozen=True, slots=True)
class Scale:
    """Runs that are larger than those of the scenario.

    Attributes
    ----------
    factor : the factor of the size. overrides : the keys that set the size, with their values.
    """

    factor: int
    overrides: Mapping[str, Any]


def scale(plan: Plan, lack: Shortfall) -> Scale:
    """Return the size of runs that can measure every figure.

    Raises
    ------
    ScenarioError : no size can, or a trace or a varied key sets the size.
    """
    scenario = plan.scenario
    if math.isinf(lack.factor):
        raise ScenarioError([_problem(plan, lack)])
    factor = math.ceil(lack.factor)
    overrides: dict[str, Any] = {}
    if scenario.workload.migrations is not None:
        overrides["workload.migrations"] = scenario.workload.migrations * factor
    if scenario.duration is not None:
        overrides["duration"] = f"{scenario.duration * factor}us"
    fixed = scenario.given_times is not None or any(key in SIZES for key in plan.keys)
    if fixed or (scenario.duration or 0) * factor > LONGEST_US:
        found = f"a workload that cannot be made {factor} times larger"
        raise ScenarioError([Problem("--scale", None, "", found, "arrivals of a process, whose size does not vary")])
    return Scale(factor, overrides)


def refuse(plan: Plan, lack: Shortfall) -> None:
    """Raise ScenarioError with the necessary size of runs."""
    raise ScenarioError([_problem(plan, lack)])


def _problem(plan: Plan, lack: Shortfall) -> Problem:
    found = f"about {brief(lack.has)} {lack.what} in a run at {lack.at}"
    if math.isinf(lack.needs):
        wanted = "no number of trials shows that a share is exactly 0 or 1"
        return Problem("--subject-to", None, "", f"a limit of {lack.metric} that no run can show", wanted,
                       "choose a limit such as <0.1% or >=99%")  # fmt: skip
    expected = f"at least {math.ceil(lack.needs):,}, which {lack.metric} needs"
    if math.isinf(lack.factor):
        advice = "choose a figure whose events occur in the runs"
    else:
        factor = math.ceil(lack.factor)
        count = plan.scenario.workload.migrations
        size = f"workload.migrations={count * factor}" if count is not None else f"a duration {factor} times as long"
        advice = f"set {size}, or give --scale, which does so"
    return Problem(plan.scenario.origin, None, "", found, expected, advice)
