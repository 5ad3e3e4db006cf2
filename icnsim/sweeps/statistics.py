"""Statistics of figures over the replications of a point."""

import math
from collections.abc import Sequence
from functools import cache
from operator import itemgetter
from typing import Final

import numpy as np
from numpy.typing import NDArray

from icnsim.analysis import intervals
from icnsim.analysis.intervals import LEVEL, Interval
from icnsim.recording.figures import Figures
from icnsim.sweeps.figures import names

Floats = NDArray[np.float64]

STATISTICS: Final = ("mean", "std", "n", "ci95_low", "ci95_high")
"""What is told of each figure at each point."""


def matrix(figures: Sequence[Figures | None]) -> Floats:
    """Replications × figures, in the order of `names`; NaN where a figure does not exist or the run failed."""
    width, in_order = len(names()), itemgetter(*names())
    nothing = (None,) * width
    rows = [nothing if found is None else in_order(found) for found in figures]
    return np.array(rows, dtype=np.float64).reshape(len(figures), width)


@cache
def place(name: str) -> int:
    """The column of a figure in a matrix."""
    return names().index(name)


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
        return intervals.wilson(*_trials(name, figures), level)
    return intervals.order(found, level) if what == "order" else intervals.student(found, level)


def estimate(name: str, figures: Floats) -> float:
    """What a figure's interval is an interval of: the median, the share of all trials or the mean; NaN of none."""
    found, what = values(name, figures), intervals.kind(name)
    if not len(found):
        return math.nan
    if what == "wilson":
        cases, trials = _trials(name, figures)
        return float(cases.sum() / trials.sum())
    return float(np.median(found) if what == "order" else found.mean())


def _trials(name: str, figures: Floats) -> tuple[Floats, Floats]:
    """Cases and trials of a proportion in each replication that ended."""
    case, parts = intervals.PROPORTIONS[name]
    whole = figures[~np.isnan(figures[:, place(case)])]
    trials: Floats = np.sum([whole[:, place(part)] for part in parts], axis=0)
    return whole[:, place(case)], trials


def aggregated(figures: Floats) -> Floats:
    """Statistics of each figure, NaN where there is none.

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
        # From one of the values on: where all are the same their mean is that, and there is no spread.
        base = np.fmax.reduce(figures, axis=1)
        mean = base + np.where(there, figures - base[:, np.newaxis], 0.0).sum(axis=1) / count
        squares = (np.where(there, figures - mean[:, np.newaxis], 0.0) ** 2).sum(axis=1)
        std = np.where(count > 1, np.sqrt(squares / (count - 1)), np.nan)
    half = np.where(intervals.sure(std, count), std * np.array(factors)[count], np.nan)
    found = np.stack([mean, std, count, mean - half, mean + half], axis=2)
    ordered, others = _kinds()
    found[:, ordered, 3:] = intervals.orders(figures[:, :, ordered])
    for number in others:
        found[:, number, 3:] = [interval(names()[number], point) for point in figures]
    return found


@cache
def _kinds() -> tuple[list[int], list[int]]:
    """The columns of figures whose interval is of order statistics, and of those whose is Wilson's."""
    kinds = [intervals.kind(name) for name in names()]
    return tuple([number for number, what in enumerate(kinds) if what == kind] for kind in ("order", "wilson"))  # type: ignore[return-value]
