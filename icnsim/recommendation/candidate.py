"""A point that can be recommended, and its figures."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from icnsim.recommendation.constraints import Goal, Measured, measure
from icnsim.recording.figures import Figures
from icnsim.sweeps.designs import Point
from icnsim.sweeps.statistics import matrix


@dataclass(frozen=True, slots=True)
class Candidate:
    """One point and its figures.

    Attributes
    ----------
    number : of the point. objectives, constraints : one figure for each objective and each limit.
    runs : their number; failed : those that failed; reason : why the first of them failed.
    """

    number: int
    values: Point
    objectives: tuple[Measured, ...]
    constraints: tuple[Measured, ...]
    runs: int
    failed: int
    reason: str | None = None

    @property
    def objective(self) -> Measured:
        """The figure to minimise, or the first one of a trade-off."""
        return self.objectives[0]

    @property
    def usable(self) -> bool:
        """Whether no run failed and every objective exists. Such a point is recommended only if it meets the limits."""
        return not self.failed and not any(math.isnan(each.estimate) for each in self.objectives)

    def feasible(self, goal: Goal) -> bool:
        """Whether the point is usable and meets every limit."""
        return self.usable and goal.met(self.constraints)

    def hopeful(self, goal: Goal) -> bool:
        """Whether the point is usable and its estimates meet every limit, although its bounds do not."""
        exact = [found.exact for found in self.constraints]
        return self.usable and goal.met(exact) and not goal.met(self.constraints)

    @property
    def whole(self) -> bool:
        """Whether every objective exists and every limited figure has bounds."""
        estimates = [each.estimate for each in self.objectives]
        return not np.isnan([*estimates, *(number for each in self.constraints for number in each[:3])]).any()


def judged(
    goal: Goal, number: int, values: Point, figures: Sequence[Figures | None], reason: str | None = None
) -> Candidate:
    """Measure the figures of the question in the runs of a point."""
    rows = matrix(figures)
    objectives = tuple(measure(metric, rows) for metric in goal.minimize)
    found = tuple(measure(constraint.metric, rows) for constraint in goal.constraints)
    failed = sum(each is None for each in figures)
    return Candidate(number, values, objectives, found, len(figures), failed, reason)
