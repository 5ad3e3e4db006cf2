"""Whether runs of this size can measure a figure at all. Nothing is simulated here.

A p99 needs 67 values in a run, or it is little more than the run's maximum. A rate of which no
case was seen has an upper bound of about z² / trials. The number of values and of trials that a run
will have follows from the scenario: the arrivals of the window times the probability of the fate
(`analysis.model`) where closed forms hold, else the number of all attempts, which is an upper bound.

Every point must be measurable, not only some. Otherwise the points whose mistakes add values, such
as detections of executors that were only slow, would be the only ones with a bound.
"""

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain
from statistics import NormalDist
from typing import Any, Final

from icnsim.analysis import intervals
from icnsim.analysis.model import Model
from icnsim.errors import Problem, ScenarioError
from icnsim.recommendation.constraints import Constraint, Goal
from icnsim.recommendation.wording import settings
from icnsim.scenario import Scenario
from icnsim.scenario.coherence import attempts_expected
from icnsim.scenario.units import LONGEST_US
from icnsim.sweeps.plan import Plan
from icnsim.sweeps.statistics import LEAST

LOOKED_AT: Final = 12
"""Points that are examined, so that the check takes less than a second."""
SPARE: Final = 2.0
"""Standard deviations of a Poisson count that the proposed size has above the least number."""
DETECTED: Final = ("detection_latency", "detection_total")
"""Sections with one value for each attempt that timed out."""
COMPLETED: Final = ("migration_duration", "migration_total")
"""Sections with one value for each migration that completed."""
SIZES: Final = ("workload.migrations", "duration")
"""Keys that set the size of a run."""


@dataclass(frozen=True, slots=True)
class Shortfall:
    """A figure that runs of a point's size cannot measure.

    Attributes
    ----------
    metric : the figure. what : the values that it needs, in words. has, needs : their number in a run.
    at : the settings of the point, in words.
    """

    metric: str
    what: str
    has: float
    needs: float
    at: str

    @property
    def factor(self) -> float:
        """How many times larger the runs must be; infinite if a run has no such values."""
        return (self.needs + SPARE * math.sqrt(self.needs)) / self.has if self.has else math.inf


def shortfall(plan: Plan, goal: Goal, runs: int) -> Shortfall | None:
    """The figure and the point that need the largest runs; None if every figure can be measured.

    Parameters
    ----------
    runs : replications that will judge a limit, at most.
    """
    found = chain.from_iterable(_missing(plan.at(point), goal, runs, _told(plan, point)) for point in _some(plan))
    return max(found, key=lambda each: each.factor, default=None)


def _some(plan: Plan) -> Sequence[int]:
    """Points to examine, evenly spaced, the first and the last among them."""
    last = len(plan.points) - 1
    return sorted({round(step * last / (LOOKED_AT - 1)) for step in range(LOOKED_AT)})


def _told(plan: Plan, point: int) -> str:
    return settings(plan.keys, plan.points[point])


def _missing(scenario: Scenario, goal: Goal, runs: int, at: str) -> Iterator[Shortfall]:
    counts = Counts(scenario)
    for metric in goal.metrics:
        section, _, quantile = metric.rpartition(".")
        has, least = counts.values(section), LEAST.get(quantile, 0)
        if has < least:
            yield Shortfall(metric, _words(section), has, least, at)
    for constraint in goal.constraints:
        if constraint.metric == "false_positives.rate":
            needs = trials_needed(constraint) / runs
            if counts.willing < needs:
                yield Shortfall(constraint.metric, "attempts to willing targets", counts.willing, needs, at)


def _words(section: str) -> str:
    return "detections" if section in DETECTED else "completed migrations"


def trials_needed(constraint: Constraint) -> float:
    """The trials with which a rate without a case would be shown to be below an upper limit.

    Wilson's upper bound of 0 cases in n trials is z² / (n + z²). Lower limits need no trials here.
    """
    if not constraint.from_above or not constraint.value:
        return 0.0
    z2 = NormalDist().inv_cdf((1 + intervals.LEVEL) / 2) ** 2
    return max(0.0, z2 / constraint.value - z2)


class Counts:
    """How many values each section of a run will have, expected."""

    def __init__(self, scenario: Scenario) -> None:
        self._most = attempts_expected(scenario)
        known = (scenario.plain or scenario.only_retries) and scenario.submissions is None
        model = Model(scenario) if known else None
        if model is None or model.no_shares is not None:
            self._outcomes = None
        else:
            self._migrations, self._outcomes = model.arrivals_in_window(), model.outcomes

    @property
    def willing(self) -> float:
        """Attempts whose target would accept."""
        return self._most if self._outcomes is None else self._migrations * self._outcomes.willing

    def values(self, section: str) -> float:
        """Values of a section that is a distribution; infinite where nothing is known."""
        if section in DETECTED:
            return self._of_attempts("timed_out")
        return self._of_attempts("completed") if section in COMPLETED else math.inf

    def _of_attempts(self, fate: str) -> float:
        """Attempts of the window with that fate; all attempts where the closed forms do not hold."""
        return self._most if self._outcomes is None else self._migrations * self._outcomes.of_attempts(fate)


@dataclass(frozen=True, slots=True)
class Scale:
    """Larger runs in place of those that the scenario asks for.

    Attributes
    ----------
    factor : how many times larger. overrides : the keys that make them so, with their values.
    """

    factor: int
    overrides: Mapping[str, Any]


def scale(plan: Plan, lack: Shortfall) -> Scale:
    """The size of run that measures every figure.

    Raises
    ------
    ScenarioError : no size does, or a trace or a varied key sets the size.
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
    """Raise ScenarioError with the size of run that would do."""
    raise ScenarioError([_problem(plan, lack)])


def _problem(plan: Plan, lack: Shortfall) -> Problem:
    found = f"about {lack.has:,.3g} {lack.what} in a run at {lack.at}"
    expected = f"at least {math.ceil(lack.needs):,}, which {lack.metric} needs"
    if math.isinf(lack.factor):
        advice = "choose a figure of something that happens"
    else:
        factor = math.ceil(lack.factor)
        count = plan.scenario.workload.migrations
        size = f"workload.migrations={count * factor}" if count is not None else f"a duration {factor} times as long"
        advice = f"set {size}, or give --scale, which does so"
    return Problem(plan.scenario.origin, None, "", found, expected, advice)
