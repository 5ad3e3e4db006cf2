"""Whether a point that looked best is good: fresh runs, with seeds that chose nothing.

The best of many points is the one that was lucky: among points that just miss a limit some
seem to hold it in the runs that they were judged by, and those are cheapest and so come
first (the winner's curse). Bounds of the runs that chose a point say nothing at their level.
So the chosen point is run again with other seeds, and judged by these runs alone.

Everything that is then said of it holds together with 95 %: the error of 5 % is split over
the tries, 1/(k(k+1)) of it to the k-th, which sums to less than all of it however many are
made, and within a try evenly over the constraints, one bound each, and the interval of the
objective (Bonferroni). So points may be tried in turn until one is confirmed.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final

from icnsim.analysis import intervals
from icnsim.recommendation.candidate import Candidate
from icnsim.recommendation.constraints import Goal, Measured, measure
from icnsim.recommendation.screening import Runs, Screening, first_reason
from icnsim.sweeps.designs import Point
from icnsim.sweeps.plan import Plan, with_points
from icnsim.sweeps.statistics import matrix

TRIES: Final = 10
"""Points that are tried at most; with more, the later ones could hardly be shown to be good."""
TIMES: Final = 2
"""Fresh runs over those of screening; the bounds are asked for at a higher level."""


@dataclass(frozen=True, slots=True)
class Try:
    """A point that was run again.

    Attributes
    ----------
    point : its number; values : of its keys. replications : numbers of the fresh runs.
    error : the probability of an error that this try may make. failed : runs that did; reason : of the first.
    objective, constraints : what was found, by the fresh runs. figures : of each metric, in them.
    held : of each constraint, whether its bound is within the limit.
    """

    point: int
    values: Point
    replications: range
    error: float
    objective: Measured
    constraints: tuple[Measured, ...]
    held: tuple[bool, ...]
    failed: int
    figures: dict[str, list[float | None]]
    reason: str | None = None

    @property
    def confirmed(self) -> bool:
        """Whether everything that will be said of the point is shown."""
        return all(self.held) and not self.failed and not math.isnan(self.objective.low)


def confirm(screening: Screening, ranked: Sequence[Candidate], goal: Goal, runs: Runs) -> list[Try]:
    """Try points, the best first, until one is confirmed or `TRIES` are not; the last one tells.

    Parameters
    ----------
    ranked : those that met the constraints in screening, by their objective.
    """
    tries: list[Try] = []
    for candidate in ranked[:TRIES]:
        error = (1 - intervals.LEVEL) / ((len(tries) + 1) * (len(tries) + 2))
        tries.append(_tried(screening, candidate, goal, runs, error))
        if tries[-1].confirmed:
            break
    return tries


def _tried(screening: Screening, candidate: Candidate, goal: Goal, runs: Runs, error: float) -> Try:
    each = error / (1 + len(goal.constraints))
    most = max(screening.replications)
    # What an order statistic needs is enough for any interval, also of runs that all agree.
    fresh = range(most + 1, most + 1 + max(TIMES * most, intervals.fewest(intervals.ORDERED, 1 - each)))
    execution = runs.run(_alone(screening.plan, candidate.values, fresh.stop - 1))
    figures = [execution.figures(0, replication) for replication in fresh]
    rows = matrix(figures)
    found = tuple(measure(constraint.metric, rows, 1 - 2 * each) for constraint in goal.constraints)
    return Try(
        candidate.number,
        candidate.values,
        fresh,
        error,
        measure(goal.minimize, rows, 1 - each),
        found,
        tuple(constraint.met(one) for constraint, one in zip(goal.constraints, found)),
        sum(one is None for one in figures),
        {metric: [None if one is None else one[metric] for one in figures] for metric in goal.metrics},
        first_reason(execution, 0, fresh),
    )


def _alone(plan: Plan, values: Point, replications: int) -> Plan:
    """A plan of one point, with so many replications, of which the screening's are stored."""
    sweep = plan.scenario.sweep.model_copy(update={"replications": replications, "precision": None})
    return replace(with_points(plan, [values]), scenario=plan.scenario.model_copy(update={"sweep": sweep}))
