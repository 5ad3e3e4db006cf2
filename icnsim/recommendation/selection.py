"""Compares the recommended point with every point that may still be better, and finds points that are as good.

The procedure selects with an indifference zone δ under limits that are also estimated (Andradóttir and
Kim 2010, "Fully sequential procedures for comparing constrained systems via simulation"), and reports
multiple comparisons with a control (Hsu 1984, "Constrained simultaneous confidence intervals for
multiple comparisons with the best"). The recommended point takes the place of the best:

1. Screening rules out every point that is shown to miss a limit, or to be worse than the recommended
   one by more than δ. The same runs selected the recommended point. Therefore all ordered pairs of
   points share the error.
2. The remaining points and the design's own point are run with the seeds that confirmed the recommended
   point. All of them have the same arrivals and latencies. Hence the difference within a pair of runs
   varies less than either figure. Points that remain open get twice as many runs.

All bounds are simultaneous (Bonferroni): all statements about all points hold together. Kim and
Nelson's KN is not used, because it presupposes normal figures and a known feasible set. sim-tools
implements it for independent seeds; docs/decisions/0011-selecting-settings.md compares them.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from statistics import NormalDist
from typing import Final

from icnsim.elementary.digits import stable
from icnsim.elementary.single import normal, power
from icnsim.recommendation.candidate import Candidate
from icnsim.recommendation.confirmation import ERROR, Try, points_alone
from icnsim.recommendation.constraints import Goal, Measured, measure
from icnsim.recommendation.screening import Runs, Screening
from icnsim.statistics import intervals
from icnsim.statistics.paired import paired
from icnsim.sweeps import statistics
from icnsim.sweeps.designs import Point
from icnsim.sweeps.execution import Execution
from icnsim.sweeps.statistics import Floats, matrix

SCREENING: Final = 0.4 * ERROR
"""The error of ruling out points by screening. The comparisons have the rest of `ERROR`."""
ROUNDS: Final = 2
"""The number of rounds of comparisons. Each has the same part of the error."""
MOST: Final = 40
"""The largest number of points that are compared in fresh runs."""


class Standing(StrEnum):
    """The result of the comparison of a point with the recommended one."""

    MISSES = "misses a limit"
    WORSE = "worse"
    """It is worse by more than δ."""
    EQUAL = "as good"
    """It meets the limits, and differs by no more than δ."""
    SAME = "same in all pairs"
    """No pair of runs differs, but other runs may. It is not shown to miss a limit."""
    NO_BETTER = "not better"
    """It is not better by more than δ. Nothing else is shown."""
    OPEN = "open"
    """It may be better by more than δ."""


@dataclass(frozen=True, slots=True)
class Difference:
    """The difference of a figure between two points, with its bounds and its standard error in the same unit.

    Attributes
    ----------
    differing : the upper bound of the share of pairs of runs that differ, if no pair did; NaN otherwise.
    """

    estimate: float
    low: float
    high: float
    error: float
    differing: float = math.nan

    @property
    def same(self) -> bool:
        """Whether the figure was the same in all pairs of runs."""
        return not math.isnan(self.differing)


@dataclass(frozen=True, slots=True)
class Comparison:
    """A point in comparison with the recommended one.

    Attributes
    ----------
    runs : the number of fresh pairs of runs. difference : see `Difference`. costs : the differences of all metrics
        of the goal.
    constraints : the limited figures with simultaneous bounds. standing : the result.
    chance : the estimated probability that it meets the limits and is better by more than δ.
    """

    point: int
    values: Point
    runs: int
    difference: Difference
    costs: tuple[Difference, ...]
    constraints: tuple[Measured, ...]
    standing: Standing
    chance: float

    def meets(self, goal: Goal) -> bool:
        """Whether the point is shown to meet every limit."""
        return goal.met(self.constraints)


@dataclass(frozen=True, slots=True)
class Selection:
    """The comparison of the recommended point with all others.

    Attributes
    ----------
    delta : the indifference zone in the objective's unit. ruled_out : the number of points that screening ruled out.
    left : the number of points that are neither ruled out nor compared, because there are more than `MOST`.
    comparisons : one for each compared point. own : the comparison of the design's own point, if it differs.
    probability : the estimated probability that no point which meets the limits is better by more than δ.
    """

    delta: float
    ruled_out: int
    left: int
    comparisons: tuple[Comparison, ...]
    own: Comparison | None
    probability: float

    @property
    def shown(self) -> bool:
        """Whether no other point that meets the limits is better by more than δ, as the comparisons show."""
        return not (self.left or self.those(Standing.OPEN) or self.those(Standing.SAME))

    def those(self, standing: Standing) -> list[Comparison]:
        """Return the comparisons with one result, in the order of the objective."""
        found = [each for each in self.comparisons if each.standing is standing]
        return sorted(found, key=lambda each: (each.difference.estimate, each.point))


def select(screening: Screening, tries: Sequence[Try], goal: Goal, runs: Runs) -> Selection:
    """Compare the confirmed point of the last try with all others."""
    chosen = tries[-1]
    delta = goal.indifference.of(chosen.objective.estimate)
    others = [each for each in screening.candidates if each.number != chosen.point and each.usable]
    rest = _not_ruled_out(screening, chosen, others, goal, delta)
    rest.sort(key=lambda each: (each.number != screening.own, each.objective.estimate, each.number))
    compared = rest[:MOST]
    error = (ERROR - SCREENING) / (len(tries) * (len(tries) + 1))
    found = _compared(screening, chosen, compared, goal, delta, runs, error)
    own = next((each for each in found if each.point == screening.own), None)
    probability = max(0.0, 1 - math.fsum(each.chance for each in found))
    return Selection(delta, len(others) - len(rest), len(rest) - len(compared), tuple(found), own, probability)


def _not_ruled_out(
    screening: Screening, chosen: Try, others: Sequence[Candidate], goal: Goal, delta: float
) -> list[Candidate]:
    """Return the points that screening does not rule out, and the design's own point."""
    count = len(screening.candidates)
    limits = 1 - SCREENING / (count * max(1, len(goal.constraints)))
    pairs = 1 - SCREENING / (count * max(1, count - 1))
    reference = screening.figures(chosen.point)
    rest = []
    for each in others:
        rows = screening.figures(each.number)
        missed = any(c.missed(measure(c.metric, rows, limits)) for c in goal.constraints)
        both = min(len(rows), len(reference))
        worse = difference(goal.objective, reference[:both], rows[:both], pairs).low > delta
        if each.number == screening.own or not (missed or worse):
            rest.append(each)
    return rest


def _compared(
    screening: Screening,
    chosen: Try,
    compared: Sequence[Candidate],
    goal: Goal,
    delta: float,
    runs: Runs,
    error: float,
) -> list[Comparison]:
    if not compared:
        return []
    level = 1 - error / (ROUNDS * len(compared) * (1 + len(goal.constraints)))
    begin = chosen.replications.start
    count = max(len(chosen.replications), intervals.fewest(intervals.ORDERED, level))
    found: dict[int, Comparison] = {}
    left = list(compared)
    for _ in range(ROUNDS):
        made = points_alone(screening.plan, [chosen.values, *(each.values for each in left)], begin + count - 1)
        execution = runs.run(made)
        reference = _rows(execution, 0, begin, count)
        for place, each in enumerate(left, 1):
            rows = _rows(execution, place, begin, count)
            found[each.number] = _comparison(each, reference, rows, goal, delta, level)
        left = [each for each in left if found[each.number].standing is Standing.OPEN]
        if not left:
            break
        count *= 2
    return [found[each.number] for each in compared]


def _rows(execution: Execution, place: int, begin: int, count: int) -> Floats:
    return matrix([execution.figures(place, replication) for replication in range(begin, begin + count)])


def _comparison(
    candidate: Candidate, reference: Floats, rows: Floats, goal: Goal, delta: float, level: float
) -> Comparison:
    constraints = tuple(measure(constraint.metric, rows, level) for constraint in goal.constraints)
    costs = tuple(difference(metric, reference, rows, level) for metric in goal.metrics)
    standing = _standing(goal, costs[0], constraints, delta)
    chance = 0.0 if standing is Standing.MISSES else _chance_better(goal, costs[0], constraints, delta, level)
    return Comparison(candidate.number, candidate.values, len(rows), costs[0], costs, constraints, standing, chance)


def _standing(goal: Goal, found: Difference, constraints: Sequence[Measured], delta: float) -> Standing:
    if any(constraint.missed(each) for constraint, each in zip(goal.constraints, constraints)):
        return Standing.MISSES
    if found.same:
        return Standing.SAME
    if found.low > delta:
        return Standing.WORSE
    if found.low >= -delta:
        return Standing.EQUAL if found.high <= delta and goal.met(constraints) else Standing.NO_BETTER
    return Standing.OPEN


def difference(metric: str, a: Floats, b: Floats, level: float) -> Difference:
    """Return the figure of runs b minus the figure of runs a. The runs are paired by their seeds.

    Parameters
    ----------
    a, b : runs × figures, see `statistics.matrix`.

    A proportion has Newcombe's interval, which combines the two Wilson intervals (1998, "Interval
    estimation for the difference between independent proportions", method 10). With common seeds it is
    wider than necessary. Every other figure has Student's interval of the differences within a pair.

    If no pair differs, the mean has no interval, because other runs may differ. If a share q of all pairs
    differs, the probability that none of n pairs does is (1 - q)^n, which bounds q. A proportion has bounds
    also in this case: for two rates without a case, they are Wilson's bounds of either rate.
    """
    z = normal((1 + level) / 2)
    column = statistics.place(metric)
    found = paired(a[:, [column]], b[:, [column]], level)
    n = int(found.n[0])
    same = n > 1 and found.std[0] == 0 and found.difference[0] == 0
    differing = 1 - power(1 - level, 1 / n) if same else math.nan
    if intervals.kind(metric) == "wilson":
        one, other = (measure(metric, rows, level) for rows in (a, b))
        middle = other.estimate - one.estimate
        low = middle - _length(other.estimate - other.low, one.high - one.estimate)
        high = middle + _length(other.high - other.estimate, one.estimate - one.low)
        return Difference(middle, low, high, (high - low) / 2 / z, differing)
    if same:
        return Difference(0.0, math.nan, math.nan, 0.0, differing)
    error = float(found.std[0]) / math.sqrt(n) if n else math.nan
    return Difference(float(found.difference[0]), float(found.low[0]), float(found.high[0]), error)


def _length(x: float, y: float) -> float:
    """√(x² + y²), of operations that are rounded exactly."""
    return math.sqrt(x * x + y * y)


def _chance_better(goal: Goal, found: Difference, constraints: Sequence[Measured], delta: float, level: float) -> float:
    """Estimate the probability that a point meets the limits and is better by more than δ.

    Chen's Bonferroni bound of the probability of a correct selection (Chen and Lee 2010, "Stochastic
    Simulation Optimization", section 3.2) sums these. The estimates are assumed to be normal.
    """
    z = normal((1 + level) / 2)
    chances = [_below(found.estimate, found.error, -delta)]
    for constraint, each in zip(goal.constraints, constraints):
        error = (each.high - each.low) / 2 / z
        chances.append(_below(constraint.cost(each.estimate), error, constraint.cost(constraint.value)))
    return min(chances)


def _below(middle: float, error: float, limit: float) -> float:
    """Return the probability that a normal variable is below a limit; 1 if its distribution is not known."""
    if math.isnan(middle) or math.isnan(error):
        return 1.0
    return stable(NormalDist(middle, error).cdf(limit)) if error > 0 else float(middle < limit)
