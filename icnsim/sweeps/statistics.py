"""Statistics of figures over the replications of a point."""

import math
from collections.abc import Sequence
from functools import lru_cache
from operator import itemgetter
from typing import Final

import numpy as np
from numpy.typing import NDArray

from icnsim.elementary import sums
from icnsim.recording.figures import Figures
from icnsim.statistics import intervals
from icnsim.statistics.intervals import LEVEL, Interval
from icnsim.sweeps.figures import names, of_every_run

Floats = NDArray[np.float64]

STATISTICS: Final = ("mean", "std", "n", "estimate", "ci95_low", "ci95_high")
"""The statistics of each figure at each point; the interval is the estimate's, which is not always the mean."""
WHY: Final = "ci95_why"
"""The statistic that is a text: the reason why the interval is missing; null if it exists."""
LEAST: Final = {"p50": 1, "p95": 14, "p99": 67}
"""How many values a run must have for a quantile that is not their maximum: (q / 3 + 1 / 3) / (1 - q)."""
REASONS: Final = (
    None,
    "no replication has this figure",
    "one replication has no interval; use 2 or more replications",
    f"the replications have the same value; use {intervals.fewest(['.p50'])} or more replications",
    f"the interval of a quantile or an extreme takes {intervals.fewest(['.p50'])} or more replications",
    "half of the runs, or more, have too few values for this quantile (a p95 takes 14, a p99 67); use longer runs",
)
"""Why a figure may have no interval."""


def matrix(figures: Sequence[Figures | None]) -> Floats:
    """Replications × figures, in the order of `names`; NaN where a figure does not exist or the run failed."""
    in_order, plugged = itemgetter(*of_every_run()), names()[len(of_every_run()) :]
    nothing = (None,) * len(names())
    # A run has only the figures of those plug-ins that its scenario names.
    rows = [nothing if found is None else (*in_order(found), *map(found.get, plugged)) for found in figures]
    return np.array(rows, dtype=np.float64).reshape(len(figures), len(names()))


def place(name: str) -> int:
    """The column of a figure in a matrix."""
    return _places(names())[name]


@lru_cache(maxsize=1)
def _places(known: tuple[str, ...]) -> dict[str, int]:
    return {name: number for number, name in enumerate(known)}


def values(name: str, figures: Floats) -> Floats:
    """The values of a figure where they exist."""
    column = figures[:, place(name)]
    there: Floats = column[~np.isnan(column)]
    return there


def interval(name: str, figures: Floats, level: float = LEVEL) -> Interval:
    """The confidence interval of a figure, of the kind that `intervals.kind` names."""
    found = values(name, figures)
    what = intervals.kind(name)
    if what == "wilson":
        return intervals.proportion(*trials(name, figures), level)
    if what == "student":
        return intervals.student(found, level)
    return intervals.NONE if scarce(name, figures) else intervals.order(found, level)


def scarce(name: str, figures: Floats) -> bool:
    """Whether half of the runs, or more, have too few values for a quantile; its estimates are then too low."""
    section, _, quantile = name.rpartition(".")
    least = LEAST.get(quantile)
    counts = values(f"{section}.count", figures) if least is not None else np.zeros(0)
    return least is not None and len(counts) > 0 and float(np.median(counts)) < least


def estimate(name: str, figures: Floats) -> float:
    """The quantity that a figure's interval covers: the median, the share of all trials or the mean; NaN if none."""
    found, what = values(name, figures), intervals.kind(name)
    if not len(found):
        return math.nan
    if what == "wilson":
        cases, whole = trials(name, figures)
        return sums.total(cases) / sums.total(whole) if whole.any() else math.nan
    return float(np.median(found)) if what == "order" else sums.mean(found)


def trials(name: str, figures: Floats) -> tuple[Floats, Floats]:
    """Cases and trials of a proportion in each replication that ended."""
    case, parts = intervals.PROPORTIONS[name]
    whole = figures[~np.isnan(figures[:, place(case)])]
    tried = sums.added(np.array([whole[:, place(part)] for part in parts]))
    return whole[:, place(case)], tried


def aggregated(figures: Floats) -> Floats:
    """Statistics of each figure; NaN if a statistic does not exist.

    Parameters
    ----------
    figures : points × replications × figures.

    Returns
    -------
    points × figures × `STATISTICS`.
    """
    there = ~np.isnan(figures)
    count = there.sum(axis=1)
    factors = [math.nan, math.nan, *(intervals.half_width(1.0, number) for number in range(2, figures.shape[1] + 1))]
    with np.errstate(invalid="ignore", divide="ignore"):
        # Distances from one of the values: equal values have exactly that mean, and no spread.
        base = np.fmax.reduce(figures, axis=1)
        mean = base + sums.added(np.where(there, figures - base[:, np.newaxis], 0.0), 1) / count
        squares = sums.added(np.where(there, figures - mean[:, np.newaxis], 0.0) ** 2, 1)
        std = np.where(count > 1, np.sqrt(squares / (count - 1)), np.nan)
    half = np.where(intervals.sure(std, count), std * np.array(factors)[count], np.nan)
    found = np.stack([mean, std, count, mean, mean - half, mean + half], axis=2)
    ordered, others = _kinds(names())
    found[:, ordered, 3] = _medians(figures[:, :, ordered])
    found[:, ordered, 4:] = intervals.orders(figures[:, :, ordered])
    quantiles, counts, least = _quantiles(names())
    few = _medians(figures[:, :, counts]) < np.array(least)
    found[:, quantiles, 4:] = np.where(few[..., np.newaxis], np.nan, found[:, quantiles, 4:])
    for number in others:
        found[:, number, 3:] = [(estimate(names()[number], p), *interval(names()[number], p)) for p in figures]
    return found


def reasons(found: Floats) -> list[list[str | None]]:
    """Why each figure has no interval, by point; None if it has one.

    Parameters
    ----------
    found : points × figures × `STATISTICS`, as `aggregated` returns them.
    """
    count, kinds = found[..., STATISTICS.index("n")], np.array([intervals.kind(name) for name in names()])
    few = count < intervals.fewest([".p50"])
    # The first condition that holds gives the reason.
    conditions = [~np.isnan(found[..., STATISTICS.index("ci95_low")]), count == 0, (kinds == "order") & few]
    code = np.select([*conditions, kinds == "order", count == 1], [0, 1, 4, 5, 2], default=3)
    return [[REASONS[each] for each in row] for row in code.tolist()]


def _medians(columns: Floats) -> Floats:
    """The median of each column without its NaN values; NaN if there is no other. NumPy's own function warns then."""
    ordered = np.sort(columns, axis=1)  # NaN comes last
    counts = (~np.isnan(columns)).sum(axis=1)[:, np.newaxis]
    last = columns.shape[1] - 1
    places = [np.clip((counts - 1) // 2, 0, last), np.clip(counts // 2, 0, last)]
    low, high = (np.take_along_axis(ordered, place, axis=1) for place in places)
    middle: Floats = ((low + high) / 2)[:, 0]
    return np.where(counts[:, 0] > 0, middle, np.nan)


@lru_cache(maxsize=1)
def _kinds(known: tuple[str, ...]) -> tuple[list[int], list[int]]:
    """The columns of the figures with intervals by order statistics, and of those with Wilson's intervals."""
    kinds = [intervals.kind(name) for name in known]
    return tuple([number for number, what in enumerate(kinds) if what == kind] for kind in ("order", "wilson"))  # type: ignore[return-value]


@lru_cache(maxsize=1)
def _quantiles(known: tuple[str, ...]) -> tuple[list[int], list[int], list[int]]:
    """The columns of quantiles, the columns of their numbers of values, and the least such numbers."""
    parts = [name.rpartition(".") for name in known]
    found = [
        (number, place(f"{section}.count"), LEAST[last])
        for number, (section, _, last) in enumerate(parts)
        if last in LEAST and f"{section}.count" in known
    ]
    return tuple(list(column) for column in zip(*found))  # type: ignore[return-value]
