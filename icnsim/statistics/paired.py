"""Paired differences of two systems that are simulated with common random numbers.

Two systems that are simulated with the same seeds have the same random events. Their figures
vary together. Hence the difference within a pair varies less than either figure (Law, Simulation
Modeling and Analysis, sections 10.2 and 11.2). The caller makes the pairs.
"""

from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from icnsim.elementary.columns import exp, log
from icnsim.elementary.digits import stable
from icnsim.elementary.sums import added
from icnsim.statistics.intervals import LEVEL, WIDEST, half_width, sure

Floats = NDArray[np.float64]

ROUNDING: Final = 1e-12
"""A difference of two figures, or its spread, up to this share of the figures is a rounding error."""


class Paired(NamedTuple):
    """The comparison of each figure; NaN where a value does not exist.

    Attributes
    ----------
    n : the number of pairs in which both sides have the figure. mean_a, mean_b : the means over these pairs.
    difference : the mean of B - A. low, high : its interval, by `intervals.student`.
    std : the standard deviation of the differences, 0 if they differ by no more than rounding errors.
    p : the p-value of the paired t test that the mean difference is 0. If all differences are equal, the
        t test does not apply: p is 1 for differences of 0, and that of the sign test, 2^(1 - n), for
        others.
    variance_reduction : (s²_A + s²_B) / s²_(B-A). For the same interval, replications with independent
        seeds would have to be more numerous by this factor. If it is below 1, pairing made the interval
        wider.
    reduction_low, reduction_high : its interval, see `reduction_interval`; NaN if an end differs from the value by
        more than the factor `WIDEST`.
    """

    n: NDArray[np.int64]
    mean_a: Floats
    mean_b: Floats
    difference: Floats
    low: Floats
    high: Floats
    std: Floats
    p: Floats
    variance_reduction: Floats
    reduction_low: Floats
    reduction_high: Floats


def paired(a: Floats, b: Floats, level: float = LEVEL) -> Paired:
    """Compare figures pair by pair.

    Parameters
    ----------
    a, b : pairs × figures, NaN where a figure does not exist. Each figure is compared over the
        pairs in which both sides have it.
    """
    there = ~(np.isnan(a) | np.isnan(b))
    n: NDArray[np.int64] = there.sum(axis=0)
    mean_a, variance_a = _moments(a, there)
    mean_b, variance_b = _moments(b, there)
    # If not, a rounding error would be a significant difference, and a constant difference a reduction of 10^30.
    rounding = ROUNDING * np.where(there, np.maximum(np.abs(a), np.abs(b)), 0.0)
    differences = np.where(np.abs(b - a) <= rounding, 0.0, b - a)
    difference, variance = _moments(differences, there)
    variance = np.where(np.sqrt(variance) <= rounding.max(axis=0, initial=0.0), 0.0, variance)
    std = np.sqrt(variance)
    factors = {count: half_width(1.0, count, level) for count in set(n.tolist()) if count > 1}
    half = np.where(sure(std, n, level), std * np.array([factors.get(count, np.nan) for count in n.tolist()]), np.nan)
    reduction = np.full_like(variance, np.nan)
    np.divide(variance_a + variance_b, variance, out=reduction, where=variance > 0)
    ends = reduction_interval(differences, np.where(there, a + b, np.nan), there, level)
    least, most = ends
    known = (variance > 0) & (reduction <= WIDEST * least) & (most <= WIDEST * reduction)
    least, most = (np.where(known, end, np.nan) for end in ends)
    p = np.where(np.isnan(half), np.nan, _p_values(difference, std, n))
    return Paired(n, mean_a, mean_b, difference, difference - half, difference + half, std, p, reduction, least, most)


def reduction_interval(
    differences: Floats, sums: Floats, there: NDArray[np.bool_], level: float = LEVEL
) -> tuple[Floats, Floats]:
    """The interval of the variance reduction of each figure; NaN for fewer than three pairs.

    Parameters
    ----------
    differences, sums : B - A and A + B, pairs × figures. there : True for the pairs that have the figure.

    Because s²_A + s²_B = (s²_(A+B) + s²_(B-A)) / 2, the reduction is (1 + s²_(A+B) / s²_(B-A)) / 2.
    The interval is that of the logarithm of this ratio by the jackknife with Student's quantile
    (Miller 1968, "Jackknifing variances"). Coverage at 95 % with 5 to 50 pairs (20 000 samples):
    94 to 95 % for normal and Poisson figures, 90 to 94 % for exponential figures and Student's t
    with 5 degrees of freedom. The exact interval for normal figures (Pitman 1939) covers only
    79 to 93 % of the latter.
    """
    n = there.sum(axis=0)
    with np.errstate(invalid="ignore", divide="ignore", over="ignore"):
        logarithm = log(_moments(sums, there)[1] / _moments(differences, there)[1])
        without = log(_without_each(sums, there) / _without_each(differences, there))
        pseudo = np.where(there, n * logarithm - (n - 1) * without, 0.0)
        middle, variance = _moments(pseudo, there)
        factors = {count: half_width(1.0, count, level) for count in set(n.tolist()) if count > 2}
        half = np.sqrt(variance) * np.array([factors.get(count, np.nan) for count in n.tolist()])
        low, high = ((1 + exp(end)) / 2 for end in (middle - half, middle + half))
    known = np.isfinite(low) & np.isfinite(high)
    return np.where(known, low, np.nan), np.where(known, high, np.nan)


def _without_each(columns: Floats, there: NDArray[np.bool_]) -> Floats:
    """The variance of each column without each of its values."""
    n = there.sum(axis=0)
    centred = np.where(there, columns - _moments(columns, there)[0], 0.0)
    # The rest of a centred column has the sum -x and the sum of squares S - x^2.
    rest = added(centred**2) - centred**2
    without: Floats = (rest - centred**2 / (n - 1)) / (n - 2)
    return without


def _p_values(difference: Floats, std: Floats, n: NDArray[np.int64]) -> Floats:
    """The p-values of `Paired`."""
    from scipy.special import stdtr

    constant = np.where(difference == 0, 1.0, np.ldexp(1.0, 1 - n))
    with np.errstate(invalid="ignore", divide="ignore"):
        tested = stable(2 * stdtr(n - 1, -np.abs(difference) / (std / np.sqrt(n))))
    return np.where(std > 0, tested, constant)


def _moments(columns: Floats, there: NDArray[np.bool_]) -> tuple[Floats, Floats]:
    """Mean and variance of the existing values of each column; NaN without values, the variance also for one value."""
    count = there.sum(axis=0)
    if not len(columns):
        nothing = np.full(len(count), np.nan)
        return nothing, nothing
    # Distances from the first value, so that a column of equal values has exactly that mean and no variance.
    first = np.take_along_axis(columns, there.argmax(axis=0)[np.newaxis], axis=0)
    shifted = np.where(there, columns - first, 0.0)
    with np.errstate(invalid="ignore", divide="ignore"):
        mean = added(shifted) / count
        squares = added(np.where(there, shifted - mean, 0.0) ** 2)
        variance = np.where(count > 1, squares / (count - 1), np.nan)
    return first[0] + mean, variance
