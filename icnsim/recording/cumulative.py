"""Cumulative counts and sums: the number of values that are at most as large as each bound, and their sum.

Theory of operation. A sort of all values would take most of the time of a summary. Instead the values are counted in
bins of equal width, and only the values in the bins that contain a bound are sorted.
"""

from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

Exact = NDArray[Any]
"""Sums without rounding: 64-bit integers, or objects of Python where those are too small."""
BITS: Final = 16
"""There are at most 2^16 bins: their counters fit into a core's cache. For few values, there are few bins."""


def cumulative(values: NDArray[np.integer[Any]], bounds: NDArray[np.int64]) -> tuple[NDArray[np.int64], Exact]:
    """For each bound, the number of values up to it, and the sum of these values.

    Sums are exact up to 2^53 within a bin. If they may exceed 62 bits, they are Python's integers.

    Parameters
    ----------
    values : in any order. bounds : in any order.
    """
    if not len(values):
        return np.zeros(len(bounds), np.int64), np.zeros(len(bounds), np.int64)
    low, high = int(values.min()), int(values.max())
    offsets = values.astype(np.int64, copy=False) - low
    shift = max(0, (high - low).bit_length() - min(BITS, len(values).bit_length()))
    bins, rest = offsets >> shift, (1 << shift) - 1
    counts = np.bincount(bins)
    rests = np.bincount(bins, offsets & rest).astype(np.int64)
    places = np.clip(bounds - low, -1, high - low)
    last_bins = np.maximum(places, 0) >> shift
    examined = np.zeros(len(counts), dtype=np.bool_)
    examined[last_bins] = True
    some = np.sort(offsets[examined[bins]])
    begin, end = np.searchsorted(some, last_bins << shift), np.searchsorted(some, places, side="right")
    within = end - begin
    upto = _before(counts)[last_bins] + within
    whole = _before(counts * np.arange(len(counts)))[last_bins] + within * last_bins
    of_some = _before(some & rest)
    parts = _before(rests)[last_bins] + of_some[end] - of_some[begin]
    if not fits(len(values), low, high):
        upto, whole, parts = upto.astype(object), whole.astype(object), parts.astype(object)
    return upto.astype(np.int64), upto * low + (whole << shift) + parts


def fits(count: int, *factors: int) -> bool:
    """Whether sums of `count` of these factors have at most 62 bits, so that a term may be added to another one."""
    return count * max(map(abs, factors)) < 1 << 62


def _before(numbers: NDArray[np.int64]) -> NDArray[np.int64]:
    """The sum of the numbers before each place, and of all."""
    return np.concatenate([[0], np.cumsum(numbers)])
