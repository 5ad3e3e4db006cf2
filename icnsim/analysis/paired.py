"""Paired differences: what common random numbers make of a comparison.

Two systems that are simulated with the same seeds meet the same luck, so that their figures
go up and down together and the difference within a pair spreads less than either figure
(Law, Simulation Modeling and Analysis, sections 10.2 and 11.2). How the seeds were paired is
the caller's affair.
"""

from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from icnsim.analysis.intervals import LEVEL, half_width, sure

Floats = NDArray[np.float64]

ROUNDING: Final = 1e-12
"""Share of two figures up to which a difference of theirs, or a spread of it, is that of rounding."""


class Paired(NamedTuple):
    """Of each figure; NaN where there is none.

    Attributes
    ----------
    n : pairs in which both sides have the figure. mean_a, mean_b : over these pairs.
    difference : mean of B - A. low, high : its interval, by `intervals.student`.
    std : of the differences, 0 where they spread by no more than rounding.
    variance_reduction : (s²_A + s²_B) / s²_(B-A), how many times as many replications
        with independent seeds the same interval would need; below 1 where pairing did harm.
    """

    n: NDArray[np.int64]
    mean_a: Floats
    mean_b: Floats
    difference: Floats
    low: Floats
    high: Floats
    std: Floats
    variance_reduction: Floats


def paired(a: Floats, b: Floats, level: float = LEVEL) -> Paired:
    """Compare figures pair by pair.

    Parameters
    ----------
    a, b : pairs × figures, NaN where a figure does not exist; each is judged by the pairs
        in which both sides have it.
    """
    there = ~(np.isnan(a) | np.isnan(b))
    n: NDArray[np.int64] = there.sum(axis=0)
    mean_a, variance_a = _moments(a, there)
    mean_b, variance_b = _moments(b, there)
    # What rounding leaves of no difference would else be sure, of a constant one a reduction of 10^30.
    rounding = ROUNDING * np.where(there, np.maximum(np.abs(a), np.abs(b)), 0.0)
    difference, variance = _moments(np.where(np.abs(b - a) <= rounding, 0.0, b - a), there)
    variance = np.where(np.sqrt(variance) <= rounding.max(axis=0, initial=0.0), 0.0, variance)
    std = np.sqrt(variance)
    factors = {count: half_width(1.0, count, level) for count in set(n.tolist()) if count > 1}
    half = np.where(sure(std, n, level), std * np.array([factors.get(count, np.nan) for count in n.tolist()]), np.nan)
    reduction = np.full_like(variance, np.nan)
    np.divide(variance_a + variance_b, variance, out=reduction, where=variance > 0)
    return Paired(n, mean_a, mean_b, difference, difference - half, difference + half, std, reduction)


def _moments(columns: Floats, there: NDArray[np.bool_]) -> tuple[Floats, Floats]:
    """Mean and variance of what is there in each column; NaN for none, and of one value for the variance."""
    count = there.sum(axis=0)
    if not len(columns):
        nothing = np.full(len(count), np.nan)
        return nothing, nothing
    # From the first value, so that a column of equal values has exactly that mean and no variance.
    first = np.take_along_axis(columns, there.argmax(axis=0)[np.newaxis], axis=0)
    shifted = np.where(there, columns - first, 0.0)
    with np.errstate(invalid="ignore", divide="ignore"):
        mean = shifted.sum(axis=0) / count
        squares = (np.where(there, shifted - mean, 0.0) ** 2).sum(axis=0)
        variance = np.where(count > 1, squares / (count - 1), np.nan)
    return first[0] + mean, variance
