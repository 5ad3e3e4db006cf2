"""Chooses the next points in continuous ranges: first by Optuna's sampler, then around the best point.

Optuna chooses the first half of the points. Its tree-structured Parzen estimator with several objectives
(Ozaki et al. 2020, "Multiobjective tree-structured Parzen estimator") minimises the objectives and the
figures of the limits. It therefore samples the whole front and not only the cheapest end. The excess
of a bound marks a point that misses a limit. A density estimator narrows slowly. Therefore the second half is
drawn uniformly from a shrinking box around the best point that meets the limits. Optuna learns from these, too. On
the problem of tests/recommendation/test_optimiser.py, whose optimum is in an acute corner of two limits,
128 points of Optuna alone end 10 to 40 % above the optimum; with the box they end 1 to 17 % above it. NSGA-II
was worse there. A trade-off has no best point, and Optuna chooses all of its points.

Values are rounded (`rounding`) before a point is run. Points are requested in batches whose size does not depend on
the number of processes, and are reported in their order. Hence every engine has the same points.
"""

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from icnsim.recommendation.constraints import Goal
from icnsim.recommendation.rounding import rounded
from icnsim.scenario.variation import Range, SweepOf
from icnsim.sweeps.designs import SCRAMBLING, Point

if TYPE_CHECKING:
    from optuna.study import Study
    from optuna.trial import Trial

    from icnsim.recommendation.candidate import Candidate

BATCH: Final = 8
"""The number of points that are requested before the first of them is reported."""
WIDE: Final = 0.5
"""The share of the points that are chosen before the box around the best point is used."""
BOX: Final = 0.1
"""Half the side of the first box, as a share of each range."""
SHRINKS: Final = 0.7
"""The factor by which the box shrinks from batch to batch."""

Evaluate = Callable[[Sequence[Point]], "Sequence[Candidate]"]
"""Runs and judges each of some points once."""


def optimise(sweep: SweepOf, goal: Goal, evaluate: Evaluate, first: Sequence[Point] = ()) -> None:
    """Evaluate one point for each sample of the sweep, without repetitions.

    Parameters
    ----------
    first : additional points that are evaluated before the others.
    """
    import optuna

    with _silent():
        study = optuna.create_study(
            sampler=optuna.samplers.TPESampler(seed=SCRAMBLING),
            directions=["minimize"] * (len(goal.minimize) + len(goal.constraints)),
        )
        _Optimisation(study, sweep, goal, evaluate).run(first)


@contextmanager
def _silent() -> Iterator[None]:
    """Silence Optuna, which logs every trial to stderr and would disturb the progress bar."""
    from optuna import logging

    before = logging.get_verbosity()
    logging.set_verbosity(logging.ERROR)
    try:
        yield
    finally:
        logging.set_verbosity(before)


class _Optimisation:
    def __init__(self, study: "Study", sweep: SweepOf, goal: Goal, evaluate: Evaluate) -> None:
        self._study = study
        self._vary: Mapping[str, Any] = sweep.vary
        self._samples = sweep.samples or 0
        self._goal = goal
        self._evaluate = evaluate
        self._known: dict[str, Candidate] = {}
        self._best: tuple[float, dict[str, Any]] | None = None
        self._box = BOX
        self._generator = np.random.default_rng(SCRAMBLING)

    def run(self, first: Sequence[Point]) -> None:
        if first:
            self._known |= zip(map(_name, first), self._evaluate(first))
        for begin in range(0, self._samples, BATCH):
            size = min(BATCH, self._samples - begin)
            if begin >= WIDE * self._samples and self._best is not None:
                self._look_closer(self._best[1], size)
            trials = [self._study.ask() for _ in range(size)]
            points = [self._point(trial) for trial in trials]
            # Rounded values and lists can repeat a point. It is reported again but not run.
            fresh = {_name(point): point for point in points if _name(point) not in self._known}
            if fresh:
                self._known |= zip(fresh, self._evaluate(list(fresh.values())))
            for trial, point in zip(trials, points):
                self._tell(trial, self._known[_name(point)])

    def _point(self, trial: "Trial") -> Point:
        """Return the point of a trial: a rounded value of each range, one value of each list."""
        return tuple(
            rounded(Range.read(levels).pick(trial.suggest_float(key, 0, 1)), levels)
            if isinstance(levels, str)
            else levels[trial.suggest_categorical(key, range(len(levels)))]
            for key, levels in self._vary.items()
        )

    def _tell(self, trial: "Trial", found: "Candidate") -> None:
        from optuna.trial import TrialState

        if not found.whole:
            self._study.tell(trial, state=TrialState.FAIL)
            return
        costs = [each.estimate for each in found.objectives]
        for constraint, each in zip(self._goal.constraints, found.constraints):
            trial.set_constraint(str(constraint), constraint.excess(each))
            costs.append(constraint.cost(each.estimate))
        self._study.tell(trial, costs)
        if not self._goal.trade_off and found.feasible(self._goal) and (self._best is None or costs[0] < self._best[0]):
            self._best = (costs[0], trial.params)

    def _look_closer(self, best: Mapping[str, Any], size: int) -> None:
        """Place the next trials around the best one."""
        for _ in range(size):
            near = dict(best)
            for key, levels in self._vary.items():
                if isinstance(levels, str):
                    step = self._box * self._generator.uniform(-1, 1)
                    near[key] = min(1.0, max(0.0, best[key] + step))
            self._study.enqueue_trial(near)
        self._box *= SHRINKS


def _name(point: Point) -> str:
    return json.dumps(point, ensure_ascii=False)
