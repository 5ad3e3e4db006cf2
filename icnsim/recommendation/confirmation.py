"""Confirms that a point meets the limits, by fresh runs whose seeds were not used for the selection.

The best of many points is in part a matter of chance. Some points that just miss a limit seem to meet it in
the runs that screened them. These points are cheap and therefore rank first (the winner's curse). Hence the
bounds from the runs that selected a point do not have their nominal level. The selected point is run again with
other seeds, and only these runs are judged.

All tries together have an error of `ERROR`. The k-th try has the share 1 / (k (k + 1)). These shares sum to less
than 1 for any number of tries, so that points can be tried in turn. Within a try, the error is divided evenly among
the one-sided bounds of the limits and the interval of the objective (Bonferroni).

The number of fresh runs depends on the margin that screening found: a point close to a limit gets more.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final

from icnsim.elementary.single import normal
from icnsim.recommendation.candidate import Candidate
from icnsim.recommendation.constraints import Constraint, Goal, Measured, measure
from icnsim.recommendation.screening import MOST_TIMES, Runs, Screening, first_reason
from icnsim.statistics import intervals
from icnsim.sweeps.designs import Point
from icnsim.sweeps.plan import Plan, with_points
from icnsim.sweeps.statistics import matrix

ERROR: Final = (1 - intervals.LEVEL) / 2
"""The error of all tries together: half of the total error. `selection` has the other half."""
TRIES: Final = 10
"""The largest number of points that are tried. Later tries have too small an error to confirm a point."""
TIMES: Final = 2
"""The least ratio of fresh runs to screening runs. Fresh runs need a higher level."""
SPARE: Final = 1.5
"""The factor on the number of runs that the margin requires, because the margin is an estimate."""


@dataclass(frozen=True, slots=True)
class Try:
    """A point that was run again.

    Attributes
    ----------
    point : its number; values : the values of its keys. replications : the numbers of the fresh runs.
    error : the probability that a result of this try is wrong. failed : the number of failed runs; reason : why the
        first of them failed.
    objective, constraints : the figures in the fresh runs. figures : the values of each metric in these runs.
    held : for each limit, True if the bound meets it.
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
        """Whether the fresh runs show everything that a recommendation would claim about the point."""
        return all(self.held) and not self.failed and not math.isnan(self.objective.low)


def confirm(screening: Screening, ranked: Sequence[Candidate], goal: Goal, runs: Runs) -> list[Try]:
    """Try points in their order until one is confirmed or `TRIES` have failed. The last try is the result."""
    tries: list[Try] = []
    for candidate in ranked[:TRIES]:
        error = ERROR / ((len(tries) + 1) * (len(tries) + 2))
        tries.append(_tried(screening, candidate, goal, runs, error))
        if tries[-1].confirmed:
            break
    return tries


def _tried(screening: Screening, candidate: Candidate, goal: Goal, runs: Runs, error: float) -> Try:
    each = error / (1 + len(goal.constraints))
    most = max(screening.replications)
    fresh = range(most + 1, most + 1 + _fresh_runs(candidate, goal, most, each))
    execution = runs.run(points_alone(screening.plan, [candidate.values], fresh.stop - 1))
    figures = [execution.figures(0, replication) for replication in fresh]
    rows = matrix(figures)
    found = tuple(measure(constraint.metric, rows, 1 - 2 * each) for constraint in goal.constraints)
    return Try(
        candidate.number,
        candidate.values,
        fresh,
        error,
        measure(goal.objective, rows, 1 - each),
        found,
        tuple(constraint.met(one) for constraint, one in zip(goal.constraints, found)),
        sum(one is None for one in figures),
        {metric: [None if one is None else one[metric] for one in figures] for metric in goal.metrics},
        first_reason(execution, 0, fresh),
    )


def _fresh_runs(candidate: Candidate, goal: Goal, screened: int, each: float) -> int:
    """Return the number of fresh runs: enough for an order statistic, and for the margin to the limits.

    The interval of the objective has the highest level, 1 - `each`, and therefore needs the most runs.
    """
    least = max(TIMES * screened, intervals.fewest(intervals.ORDERED, 1 - each))
    needed = max((runs_needed(c, m, 1 - each) for c, m in zip(goal.constraints, candidate.constraints)), default=0.0)
    return max(least, math.ceil(min(SPARE * needed, MOST_TIMES * screened)))


def runs_needed(constraint: Constraint, found: Measured, probability: float) -> float:
    """Return the runs after which a one-sided bound would meet the limit if the estimate is right.

    The bound's distance from the estimate shrinks with the square root of the number of runs.
    Infinite if the estimate misses the limit, or without a bound, whose distance is not known.
    """
    margin = constraint.cost(constraint.value) - constraint.cost(found.estimate)
    if not margin > 0 or math.isnan(constraint.bound(found)):
        return math.inf
    width = abs(constraint.bound(found) - found.estimate)
    times = width * (normal(probability) / normal((1 + intervals.LEVEL) / 2)) / margin
    return found.runs * (times * times)


def points_alone(plan: Plan, points: Sequence[Point], replications: int) -> Plan:
    """Return a plan of these points with this number of replications. The store has those of screening."""
    sweep = plan.scenario.sweep.model_copy(update={"replications": replications, "precision": None})
    return replace(with_points(plan, points), scenario=plan.scenario.model_copy(update={"sweep": sweep}))
