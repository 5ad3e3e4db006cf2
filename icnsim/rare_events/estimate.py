"""The probability and its interval from independent repetitions, and the comparison with plain simulation."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from icnsim.elementary.sums import deviation
from icnsim.rare_events.splitting import Repetition
from icnsim.statistics.intervals import clopper_pearson, student


@dataclass(frozen=True, slots=True)
class Estimate:
    """A probability of a run.

    Attributes
    ----------
    probability : the mean of the repetitions' unbiased estimates. low, high : the interval at 95 %.
    relative_error : the standard error over the probability; None if the probability is 0.
    """

    probability: float
    low: float
    high: float
    relative_error: float | None


def estimated(values: Sequence[float]) -> Estimate:
    """The estimate of independent repetitions, some of which found the event.

    Student's interval of their mean, which cannot be below 0. Assumes that their mean is nearly normal.
    """
    found = np.array(values, dtype=np.float64)
    mean = math.fsum(values) / len(values)
    # The values are scaled because their squares may be too small for a float.
    error = deviation(found / mean) / math.sqrt(len(values))
    low, high = student(found / mean)
    return Estimate(mean, max(0.0, low) * mean, min(1.0, high * mean), error)


def bounded(repetitions: Sequence[Repetition], independent_runs: int, hits: int) -> Estimate:
    """The estimate of repetitions none of which found the event: 0, and an upper bound at 95 %.

    Parameters
    ----------
    repetitions : by splitting; none if they were by tilting.
    independent_runs, hits : with which pilot and repetitions began, and how many of them showed the event.

    A run with the event reaches every level. So the upper end of the interval of the last level that all repetitions
    reached is a bound. The independent runs give another one, by Clopper and Pearson (1934). Each has half of the
    error; the smaller one counts.
    """
    independent = clopper_pearson(hits, independent_runs).high
    reached = min((sum(share > 0 for share in each.shares) for each in repetitions), default=0)
    if not reached:
        return Estimate(0.0, 0.0, independent, None)
    values = np.array([each.probability(reached) for each in repetitions])
    scale = float(values.max())
    high = student(values / scale).high * scale
    return Estimate(0.0, 0.0, min(independent, high) if math.isfinite(high) else independent, None)


def plain_runs(estimate: Estimate) -> float | None:
    """The runs of plain simulation that give the same standard error: (1 - p) / (p e²), with relative error e.

    None if the probability or its error is 0.
    """
    p, error = estimate.probability, estimate.relative_error
    return (1 - p) / (p * error**2) if error else None


MOST_SHARE: Final = 0.5
"""The largest share of the estimate that the best of the repetitions may have without a warning."""


def dominated(values: Sequence[float]) -> bool:
    """Whether one repetition makes up so much of the estimate that its interval cannot be trusted."""
    return max(values) > MOST_SHARE * math.fsum(values)
