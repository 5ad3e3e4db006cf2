"""The trade-off between several figures: the front, its knee, and the points that are better than the design's.

The front is found by screening. The points of the front and the design's own point are then run with
fresh seeds, so that the selection does not bias their figures. A point is better than the design's on two conditions.
Its paired difference is shown to be negative in one figure. In every other figure, the difference is shown not to be
positive, or no pair of runs differs. The answer names the figures without a difference, because other runs may
differ. The bounds hold together for all points and figures (Bonferroni).
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from icnsim.recommendation.candidate import Candidate
from icnsim.recommendation.confirmation import TIMES, points_alone
from icnsim.recommendation.constraints import Goal, Measured, measure
from icnsim.recommendation.screening import Runs, Screening
from icnsim.recommendation.selection import Difference, difference
from icnsim.recommendation.verdict import Verdict
from icnsim.statistics import intervals
from icnsim.sweeps.designs import Point
from icnsim.sweeps.statistics import Floats, matrix

SPAN: Final = 0.05
"""The relative range on the front up to which the knee does not depend on a figure."""
MOST: Final = 40
"""The largest number of points of the front that are run again. The points nearest to the knee come first."""


@dataclass(frozen=True, slots=True)
class Traded:
    """A point of the trade-off in fresh runs.

    Attributes
    ----------
    objectives : one figure for each objective, with its 95 % interval. differences : from the design's own point;
        empty if there is no such point. better : True if the point is better than the design's, see the module.
    """

    point: int
    values: Point
    runs: int
    objectives: tuple[Measured, ...]
    differences: tuple[Difference, ...]
    better: bool


@dataclass(frozen=True, slots=True)
class TradeOff:
    """The trade-off.

    Attributes
    ----------
    front : the points of the front, in the order of the first objective. own : the design's own point, which need
        not be on the front. knee : the number of the knee; None if no point meets the limits.
    """

    front: tuple[Traded, ...]
    own: Traded | None
    knee: int | None

    @property
    def better(self) -> list[Traded]:
        """The points that are shown to be better than the design's own."""
        return [each for each in self.front if each.better]


def trade(screening: Screening, verdict: Verdict, runs: Runs) -> TradeOff:
    """Run the front and the design's own point again and compare them."""
    goal = verdict.goal
    usable = [each for each in verdict.candidates if each.feasible(goal)]
    on_it = [each for each, front in zip(verdict.candidates, _front(usable, verdict)) if front]
    own = next((each for each in verdict.candidates if each.number == screening.own), None)
    if not on_it:
        return TradeOff((), None, None)
    distance = _distances(on_it)
    order = sorted(range(len(on_it)), key=lambda place: (distance[place], on_it[place].number))
    chosen = [on_it[place] for place in order[:MOST]]
    compared = chosen if own is None or own in chosen else [*chosen, own]
    found = _again(screening, goal, compared, own, runs)
    front = sorted(found[: len(chosen)], key=lambda each: (each.objectives[0].estimate, each.point))
    mine = next((each for each in found if own is not None and each.point == own.number), None)
    return TradeOff(tuple(front), mine, chosen[0].number)


def _front(usable: Sequence[Candidate], verdict: Verdict) -> list[bool]:
    """Return for each candidate whether it is on the front of the objectives, among those that meet the limits."""
    from icnsim.statistics import pareto

    numbers = [each.number for each in usable]
    costs = np.array([[each.estimate for each in c.objectives] for c in usable]).reshape(len(usable), -1)
    on_it = {number for number, front in zip(numbers, pareto.front(costs)) if front}
    return [each.number in on_it for each in verdict.candidates]


def _distances(front: Sequence[Candidate]) -> list[float]:
    """Return the distance of each point of the front from the ideal point. The nearest point is the knee.

    The ideal point has the best value of every objective on the front. Each objective is scaled to its
    range on the front (compromise programming: Miettinen 1999, "Nonlinear Multiobjective
    Optimization", section 2.4). The scale is logarithmic, because twice as many mistakes are as bad from 1 % as
    from 0.1 %. The upper bounds represent the figures, because they are positive even for a rate without a case.
    A figure that varies by no more than `SPAN` does not count.
    """
    values = np.array([[each.high if each.high > 0 else each.estimate for each in c.objectives] for c in front])
    for column in values.T:
        if column.min() > 0:
            column[:] = np.log(column)
    low, span = values.min(axis=0), np.ptp(values, axis=0)
    scaled = np.where(span > math.log1p(SPAN), (values - low) / np.where(span > 0, span, 1.0), 0.0)
    return [math.fsum(float(part) ** 2 for part in row) ** 0.5 for row in scaled]


def _again(
    screening: Screening, goal: Goal, compared: Sequence[Candidate], own: Candidate | None, runs: Runs
) -> list[Traded]:
    level = 1 - (1 - intervals.LEVEL) / (len(compared) * len(goal.minimize))
    most = max(screening.replications)
    count = max(TIMES * most, intervals.fewest(intervals.ORDERED, level))
    execution = runs.run(points_alone(screening.plan, [each.values for each in compared], most + count))
    fresh = range(most + 1, most + 1 + count)
    rows = [matrix([execution.figures(place, r) for r in fresh]) for place in range(len(compared))]
    reference = None if own is None else rows[next(n for n, each in enumerate(compared) if each.number == own.number)]
    return [_traded(goal, each, its, reference, level) for each, its in zip(compared, rows)]


def _traded(goal: Goal, candidate: Candidate, rows: Floats, reference: Floats | None, level: float) -> Traded:
    objectives = tuple(measure(metric, rows) for metric in goal.minimize)
    found = () if reference is None else tuple(difference(metric, reference, rows, level) for metric in goal.minimize)
    better = any(each.high < 0 for each in found) and all(each.high <= 0 or each.same for each in found)
    return Traded(candidate.number, candidate.values, len(rows), objectives, found, better)
