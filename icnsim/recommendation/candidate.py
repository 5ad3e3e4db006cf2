"""One point that could be recommended, and what was found of it."""

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
    """One point and what was found of it.

    Attributes
    ----------
    number : of the point. constraints : the figure of each. runs : how many; failed : of them;
    reason : of the first that did.
    """

    number: int
    values: Point
    objective: Measured
    constraints: tuple[Measured, ...]
    runs: int
    failed: int
    reason: str | None = None

    @property
    def usable(self) -> bool:
        """Whether it could be recommended if it met the constraints: no run failed, there is an objective."""
        return not self.failed and not math.isnan(self.objective.estimate)

    def feasible(self, goal: Goal) -> bool:
        """Whether it is usable and meets every constraint."""
        return self.usable and goal.met(self.constraints)

    @property
    def whole(self) -> bool:
        """Whether there is an objective, and of every constraint a figure with bounds."""
        found = [self.objective.estimate, *(number for each in self.constraints for number in each[:3])]
        return not np.isnan(found).any()


def judged(
    goal: Goal, number: int, values: Point, figures: Sequence[Figures | None], reason: str | None = None
) -> Candidate:
    """Hold the runs of a point against the goal."""
    rows = matrix(figures)
    objective = measure(goal.minimize, rows)
    found = tuple(measure(constraint.metric, rows) for constraint in goal.constraints)
    failed = sum(each is None for each in figures)
    return Candidate(number, values, objective, found, len(figures), failed, reason)
