"""Computes the probability and its interval from independent repetitions, and compares them with plain simulation."""

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
    """The estimated probability that an event happens in a run.

    Attributes
    ----------
    probability : the mean of the repetitions' unbiased estimates. low, high : the 95 % interval.
    relative_error : the standard error divided by the probability; None if the probability is 0.
    """

    probability: float
    low: float
    high: float
    relative_error: float | None


def estimated(values: Sequence[float]) -> Estimate:
    """Returns the estimate from independent repetitions if at least one found the event.

    The interval is Student's interval of their mean, cut off at 0. It assumes that their mean is nearly normal.
    """
    found = np.array(values, dtype=np.float64)
    mean = math.fsum(values) / len(values)
    # Without scaling, the squares of the values may be too small for a float.
    error = deviation(found / mean) / math.sqrt(len(values))
    low, high = student(found / mean)
    return Estimate(mean, max(0.0, low) * mean, min(1.0, high * mean), error)


def bounded(repetitions: Sequence[Repetition], independent_runs: int, hits: int) -> Estimate:
    """Returns the estimate from repetitions if none found the event: 0, and an upper bound at 95 %.

    Parameters
    ----------
    repetitions : those by splitting; empty if they were by tilting.
    independent_runs, hits : the number of independent runs of the pilot and the repetitions, and how many of them
        showed the event.

    A run with the event reaches every level. Hence the upper end of the interval of the last level that all
    repetitions reached is a bound. The independent runs give a second bound, by Clopper and Pearson (1934). Each has
    half of the error. The result is the smaller bound.
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
    """The number of plain runs with the same standard error: (1 - p) / (p e²), with the relative error e.

    None if the probability or its error is 0.
    """
    p, error = estimate.probability, estimate.relative_error
    return (1 - p) / (p * error * error) if error else None


MOST_SHARE: Final = 0.5
"""The largest share of one repetition in the estimate without a warning."""


def dominated(values: Sequence[float]) -> bool:
    """Whether one repetition dominates the estimate, so that the interval is not reliable."""
    return max(values) > MOST_SHARE * math.fsum(values)
