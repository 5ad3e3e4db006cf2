"""The 95 % interval of a mean of dependent values, from the totals of independent units (clusters).

Theory of operation. A unit has n values with the sum S. The mean of all values is the ratio m = ΣS / Σn. The values of
one unit may depend on each other in any way, so only the unit's residual r = S - n m counts: for G independent units
the variance of m is G / (G - 1) Σr² / (Σn)². This is the ratio estimator's linearised variance (Cochran 1977,
*Sampling Techniques*, section 6.4) and the cluster-robust variance CR1 of a mean (Cameron and Miller 2015, "A
practitioner's guide to cluster-robust inference"). With one value per unit it is the usual variance.

The interval is Student's. Large units make the variance less certain than G equal ones. If the values of a unit are
equal, which is the least favourable case, r² has a weight of n². Satterthwaite's approximation (1946) then gives
E = (Σn²)² / Σn⁴ as the number of equal units that are as good, and E - 1 degrees of freedom. With fewer than `FEW`
such units there is no interval: the distribution of a few means may be far from normal.

Sums are exact, and the squares are added by `math.fsum`. Therefore no interval depends on the order of the values.
"""

import math
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from icnsim.elementary.digits import stable
from icnsim.elementary.student import quantile

LEVEL: Final = 0.95
"""The confidence level of intervals."""
FEW: Final = 10
"""The smallest number of independent units, of equal size, for which there is an interval."""

Whole = NDArray[np.integer[Any]]
Numbers = NDArray[np.integer[Any]] | NDArray[np.float64]
Totals = NDArray[np.float64]


class Certainty(NamedTuple):
    """The standard error of a mean, and the degrees of freedom of Student's distribution for its interval."""

    error: float
    freedom: float


@dataclass(frozen=True, slots=True)
class Sampling:
    """The independent unit of each value of a sample.

    Attributes
    ----------
    units : the plural of the unit, for messages; empty if there is no valid interval.
    of : the number of each value's unit, in any order; None if each value is a unit of its own. Units of time are
        numbered from 0 to `batches` - 1.
    batches : the number of successive units of time; 0 for other units.
    crossed : the number of each value's unit of a second kind, if values that share a unit of either kind may depend on
        each other; see `two_way`.
    strata : the number of the stratum of each unit, from 0, by the number of the unit: units of one stratum have the
        same distribution. None if all units have the same distribution.
    least : the smallest number of units of equal size for which there is an interval.
    why : why there is no valid interval.
    """

    units: str = "values"
    of: Whole | None = None
    batches: int = 0
    crossed: Whole | None = None
    strata: Whole | None = None
    least: int = FEW
    why: str = ""


INDEPENDENT: Final = Sampling()
"""Each value is independent of the others."""


def of_units(sums: Totals, counts: Totals, units: str, least: int = FEW) -> Certainty | str:
    """The certainty of ΣS / Σn, or the reason why it is unknown.

    Parameters
    ----------
    sums, counts : S and n of each unit, n > 0. units : their plural.
    least : the smallest number of equal units for which there is an interval; more than `FEW` for skewed values.
    """
    count, equal = len(counts), equal_units(counts)
    if equal < least:
        return too_few(units, count, equal, least)
    found = residuals(sums, counts)
    variance = count / (count - 1) * math.fsum((found * found).tolist())
    return Certainty(math.sqrt(variance) / math.fsum(counts.tolist()), equal - 1)


def of_strata(sums: Totals, counts: Totals, units: str, strata: Whole) -> Certainty | str:
    """The certainty of ΣS / Σn if only the units of one stratum have the same distribution.

    The variance is the sum of those within the strata (Cochran 1977, section 5.3). Each stratum takes a degree of
    freedom. Strata of one unit are collapsed into one (section 5A.12).

    Parameters
    ----------
    strata : the number of each unit's stratum, from 0; see `of_units` for the others.
    """
    found, size = np.zeros(len(sums)), np.bincount(strata)
    strata = np.where(size[strata] < 2, len(size), strata)
    for stratum in np.unique(strata).tolist():
        inside = strata == stratum
        own = int(np.count_nonzero(inside))
        found[inside] = residuals(sums[inside], counts[inside]) * math.sqrt(own / max(1, own - 1))
    equal = equal_units(counts) - len(np.unique(strata)) + 1
    if equal < FEW:
        return too_few(units, len(counts), equal)
    variance = math.fsum((found * found).tolist())
    return Certainty(math.sqrt(variance) / math.fsum(counts.tolist()), equal - 1)


def two_way(one: Certainty | str, other: Certainty | str, alone: float) -> Certainty | str:
    """The certainty of a mean whose values depend on each other if they share a unit of either of two kinds.

    The variances by the units of each kind are added, and that of independent values, which both of them contain, is
    subtracted. The result is at least the larger of the two. Source: Cameron, Gelbach and Miller 2011, "Robust
    inference with multiway clustering".

    Parameters
    ----------
    one, other : the certainty by the units of each kind. alone : the standard error of independent values.
    """
    if isinstance(one, str):
        return one
    if isinstance(other, str):
        return other
    variances = one.error * one.error, other.error * other.error
    variance = max(*variances, math.fsum((*variances, -alone * alone)))
    return Certainty(math.sqrt(variance), min(one.freedom, other.freedom))


def residuals(sums: Totals, counts: Totals) -> Totals:
    """S - n ΣS / Σn of each unit."""
    found: Totals = sums - counts * (math.fsum(sums.tolist()) / math.fsum(counts.tolist()))
    return found


def totals(values: Numbers, of: Whole, units: int = 0) -> tuple[Totals, Totals]:
    """The sum and the number of the values of each unit.

    Returns
    -------
    one number for each of `units` units, from 0; or, without it, for each unit that has values.
    """
    low, high = (0, units - 1) if units else (int(of.min()), int(of.max()))
    if not units and high - low > 4 * len(of):  # a table of all numbers would be too long
        of = np.unique(of, return_inverse=True)[1]
        low, high = 0, int(of.max())
    numbers = of - low
    counts = np.bincount(numbers, minlength=high - low + 1)
    sums = _sums(values, numbers, len(counts))
    if not units:
        some = counts > 0
        sums, counts = sums[some], counts[some]
    return sums, counts.astype(np.float64)


def _sums(values: Numbers, numbers: Whole, units: int) -> Totals:
    """The sum of the values of each unit, in any order of the values."""
    if values.dtype.kind == "f":
        ordered = np.lexsort((values, numbers))
        cuts = np.searchsorted(numbers[ordered], np.arange(1, units))
        return np.array([math.fsum(part.tolist()) for part in np.split(values[ordered], cuts)])
    whole = values.astype(np.int64, copy=False)
    if max(abs(int(whole.min())), abs(int(whole.max()))) * len(whole) < 1 << 53:  # each partial sum is exact
        return np.bincount(numbers, whole, units).astype(np.float64)
    high, low = (np.bincount(numbers, part, units) for part in (whole >> 31, whole & ((1 << 31) - 1)))
    return (high * float(1 << 31) + low).astype(np.float64)


def equal_units(counts: Totals) -> float:
    """The number of units of equal size that give as much information about the variance: (Σn²)² / Σn⁴."""
    squares = (counts / counts.max()) ** 2  # NumPy multiplies a column by itself; Python's ** is that of the C library
    whole = math.fsum(squares.tolist())
    return whole * whole / math.fsum((squares * squares).tolist())


def too_few(units: str, count: int, equal: float | None = None, least: int = FEW) -> str:
    """The reason if there are fewer units than the least number."""
    if count < least or equal is None:
        return f"fewer than {least} {units} ({count})"
    return f"fewer than {least} {units} of equal size ({count} of different sizes count as {equal:.1f})"


@lru_cache(maxsize=4096)  # the degrees of freedom of every run differ
def student(freedom: float, level: float = LEVEL) -> float:
    """Student's quantile of a two-sided interval at that level; the degrees of freedom need not be whole.

    For 30 degrees of freedom and more and the level 95 %, this is the Cornish-Fisher expansion (Abramowitz and Stegun
    26.7.5), which is exact to 7 digits.
    """
    if freedom < 30 or level != LEVEL:
        return stable(quantile(freedom, level))
    z = 1.959963984540054
    terms = (
        z,
        (z**3 + z) / 4,
        (5 * z**5 + 16 * z**3 + 3 * z) / 96,
        (3 * z**7 + 19 * z**5 + 17 * z**3 - 15 * z) / 384,
        (79 * z**9 + 776 * z**7 + 1482 * z**5 - 1920 * z**3 - 945 * z) / 92160,
    )
    return stable(math.fsum(term / freedom**power for power, term in enumerate(terms)))
