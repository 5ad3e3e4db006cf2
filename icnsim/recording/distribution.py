"""Descriptive statistics of a sample: mean with its interval, spread, quantiles.

Samples are whole numbers, mostly µs. Their sums and their sums of squares are exact integers, and quantiles are
interpolated in integers. Each figure is rounded once, at its end. Therefore no figure depends on the order of the
sample.
"""

import math
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from icnsim.recording.batches import of_batches
from icnsim.recording.blocks import blocks
from icnsim.recording.clusters import (
    FEW,
    INDEPENDENT,
    Certainty,
    Numbers,
    Sampling,
    Whole,
    of_strata,
    of_units,
    student,
    too_few,
    totals,
    two_way,
)

EMPTY: dict[str, Any] = {
    "count": 0, "mean": None, "std": None, "min": None, "p50": None, "p95": None, "p99": None, "max": None,
    "ci95": None, "ci95_why": "no values",
}  # fmt: skip
"""The figures of an empty sample."""

SECOND: Final = 1_000_000
"""The unit of samples in µs; their figures are in seconds."""

_SHARES: Final = {"p50": (1, 2), "p95": (19, 20), "p99": (99, 100)}
"""The share of the values below each quantile, as a fraction."""


def describe(values: NDArray[np.integer[Any]], unit: int = SECOND, sampling: Sampling = INDEPENDENT) -> dict[str, Any]:
    """Count, mean, std (n - 1), minimum, quantiles, maximum and the mean's 95 % interval, divided by the unit.

    Quantiles are nearly median-unbiased, whatever the distribution (type 8 of Hyndman and Fan
    1996, "Sample quantiles in statistical packages", which they recommend): they are too high as often
    as too low. With fewer than 67 values p99 is the maximum, and too low. The interval is valid
    if the units of `sampling` are independent; otherwise, or with few units, it is null.
    """
    count = len(values)
    if not count:
        return dict(EMPTY)
    low, high = int(values.min()), int(values.max())
    places = {name: _place(share, count) for name, share in _SHARES.items()}
    ranks = sorted({rank for below, _, _ in places.values() for rank in (below, min(below + 1, count - 1))})
    # A selection takes a fifth of the time of a sort, and less time in 32 bits.
    ordered = np.partition(values.astype(_smallest(low, high), copy=False), ranks)
    quantiles = {name: _between(ordered, place, unit) for name, place in places.items()}
    above, squares = _moments(values, low, high)
    mean = (above + count * low) / (count * unit)
    std = _std(count, above, squares, unit)
    return {
        "count": count, "mean": mean, "std": std, "min": low / unit, **quantiles, "max": high / unit,
        **interval(mean, std, values, sampling, unit),
    }  # fmt: skip


def describe_groups(values: NDArray[np.integer[Any]], counts: NDArray[np.int64], unit: int = SECOND) -> dict[str, Any]:
    """The figures of `describe` for values that occur several times each.

    There is no interval, because the groups do not say which values depend on each other; see `bounds`.

    Parameters
    ----------
    values : the values, in any order. counts : how often each of them occurs; 0 is allowed. unit : as in `describe`.
    """
    count = int(counts.sum())
    if not count:
        return dict(EMPTY)
    present = np.flatnonzero(counts > 0)
    order = present[np.argsort(values[present], kind="stable")]
    values, counts = values[order], counts[order]
    upto, low = np.cumsum(counts), int(values[0])
    # In Python's integers: years of ticks times the squares of their costs exceed 64 bits.
    pairs = [(value - low, times) for value, times in zip(values.tolist(), counts.tolist(), strict=True)]
    above = sum(value * times for value, times in pairs)
    squares = sum(value * value * times for value, times in pairs)
    mean = (above + count * low) / (count * unit)
    std = _std(count, above, squares, unit)
    quantiles = {}
    for name, share in _SHARES.items():
        rank, part, whole = _place(share, count)
        ranks = (rank, min(rank + 1, count - 1))
        below, above = (int(values[np.searchsorted(upto, place, "right")]) for place in ranks)
        quantiles[name] = _interpolated(below, above, (part, whole), unit)
    return {
        "count": count, "mean": mean, "std": std, "min": low / unit, **quantiles, "max": int(values[-1]) / unit,
        "ci95": None, "ci95_why": "no units",
    }  # fmt: skip


def describe_floats(values: NDArray[np.float64], sampling: Sampling = INDEPENDENT) -> dict[str, Any]:
    """The figures of `describe` for a sample of floats, such as loads; sums are rounded once, at their end."""
    count = len(values)
    if not count:
        return dict(EMPTY)
    ordered = np.sort(values)
    mean = math.fsum(ordered.tolist()) / count
    std = math.sqrt(math.fsum(((ordered - mean) ** 2).tolist()) / (count - 1)) if count > 1 else None
    quantiles = {}
    for name, share in _SHARES.items():
        rank, part, whole = _place(share, count)
        below, above = float(ordered[rank]), float(ordered[min(rank + 1, count - 1)])
        quantiles[name] = below + (above - below) * (part / whole)
    return {
        "count": count, "mean": mean, "std": std, "min": float(ordered[0]), **quantiles, "max": float(ordered[-1]),
        **interval(mean, std, values, sampling),
    }  # fmt: skip


def total(values: NDArray[np.integer[Any]]) -> int:
    """The exact sum of non-negative values; it may exceed 64 bits."""
    low = (1 << 32) - 1
    return (int((values >> 32).sum(dtype=np.int64)) << 32) + int((values & low).sum(dtype=np.int64))


def interval(mean: float, std: float | None, values: Numbers, sampling: Sampling, scale: int = 1) -> dict[str, Any]:
    """The mean's 95 % interval as `ci95`, or null and the reason as `ci95_why`.

    Parameters
    ----------
    values : the sample, in 1 / `scale` of the unit of the mean and of the standard deviation.
    """
    if sampling.of is None:
        return bounds(mean, _of_values(std, len(values), sampling))
    return bounds(mean, _of_units(std, values, sampling.of, sampling, scale), scale)


def certainty_of(values: NDArray[np.int64], sampling: Sampling) -> Certainty | str:
    """The certainty of the mean of some whole numbers, at least one, in their unit, or the reason why it is unknown."""
    count, low, high = len(values), int(values.min()), int(values.max())
    std = _std(count, *_moments(values, low, high), 1)
    if sampling.of is None:
        return _of_values(std, count, sampling)
    return _of_units(std, values, sampling.of, sampling, 1)


def _of_values(std: float | None, count: int, sampling: Sampling) -> Certainty | str:
    """The certainty of the mean of independent values, in the unit of their standard deviation."""
    if not sampling.units:
        return sampling.why
    if std is None or count < FEW:
        return too_few(sampling.units, count)
    return Certainty(std / math.sqrt(count), count - 1)


def _of_units(std: float | None, values: Numbers, of: Whole, sampling: Sampling, scale: int) -> Certainty | str:
    """The certainty of the mean by the units `of` the values, in the unit of the values."""
    shifted = values if values.dtype.kind == "f" else values.astype(np.int64) - int(values.min())
    if sampling.batches:
        found = of_batches(*totals(shifted, of, sampling.batches), sampling.units)
        if sampling.crossed is not None and std is not None:
            other = of_units(*totals(shifted, sampling.crossed), sampling.units)
            found = two_way(found, other, std * scale / math.sqrt(len(values)))
        return found
    if sampling.strata is None:
        return of_units(*totals(shifted, of), sampling.units, sampling.least)
    sums, counts = totals(shifted, of, len(sampling.strata))
    some = counts > 0
    return of_strata(sums[some], counts[some], sampling.units, sampling.strata[some])


def bounds(mean: float, certainty: Certainty | str, scale: int = 1) -> dict[str, Any]:
    """`ci95` and `ci95_why` of a mean: mean ± t(0.975, freedom) error / scale, or the reason why it is missing."""
    if isinstance(certainty, str):
        return {"ci95": None, "ci95_why": certainty}
    half = student(certainty.freedom) * certainty.error / scale if certainty.error else 0.0
    return {"ci95": [mean - half, mean + half], "ci95_why": None}


def _place(share: tuple[int, int], count: int) -> tuple[int, int, int]:
    """The place of a quantile of type 8 among `count` sorted values.

    Returns
    -------
    the rank below it, from 0, and its distance from that rank as a fraction of the distance to the next rank.
    """
    part, whole = share
    # share count + (share + 1) / 3 - 1, limited to the existing ranks
    place = min(max(3 * part * count + part - 2 * whole, 0), 3 * whole * (count - 1))
    rank, rest = divmod(place, 3 * whole)
    return rank, rest, 3 * whole


def _between(ordered: NDArray[np.integer[Any]], place: tuple[int, int, int], unit: int) -> float:
    """The value at a place between two ranks, interpolated linearly and rounded once."""
    rank, part, whole = place
    below, above = int(ordered[rank]), int(ordered[min(rank + 1, len(ordered) - 1)])
    return _interpolated(below, above, (part, whole), unit)


def _interpolated(below: int, above: int, distance: tuple[int, int], unit: int) -> float:
    """The value at that distance from one value to the next, a fraction of the way; exact except for one rounding."""
    part, whole = distance
    return (below * whole + (above - below) * part) / (whole * unit)


def _smallest(low: int, high: int) -> type[np.integer[Any]]:
    """The smallest integer type that holds both bounds."""
    return np.int32 if low >= -(1 << 31) and high < 1 << 31 else np.int64


def _moments(values: NDArray[np.integer[Any]], low: int, high: int) -> tuple[int, int]:
    """The exact sums of the values' distances from the lowest value, and of the squares of these distances."""
    distances = squares = 0
    for block in blocks(len(values)):
        distance = values[block].astype(np.int64) - low
        distances += total(distance)
        squares += _squares(distance, high - low)
    return distances, squares


def _squares(values: NDArray[np.int64], most: int) -> int:
    """The exact sum of the squares of a block of values in [0, most]."""
    if most * most * len(values) < 1 << 63:
        return int(np.dot(values, values))
    if most < 1 << 31:
        return total(values * values)
    high, low = values >> 31, values & ((1 << 31) - 1)
    return (_squares(high, most >> 31) << 62) + (total(high * low) << 32) + _squares(low, (1 << 31) - 1)


def _std(count: int, distances: int, squares: int, unit: int) -> float | None:
    """The standard deviation from exact sums; None for fewer than two values."""
    if count < 2:
        return None
    return math.sqrt((count * squares - distances * distances) / (count * (count - 1) * unit * unit))
