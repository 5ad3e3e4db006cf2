"""The best point of a sweep for a figure, and the points that are equally good.

Replications of all points have the same seeds, so each point is compared with the best one pair by pair. By Holm's
procedure the statement holds at 95 % for all points together.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np
from numpy.typing import NDArray

from icnsim.analysis.figures import better
from icnsim.plots import design
from icnsim.plots.swept import levels
from icnsim.statistics.intervals import LEVEL
from icnsim.statistics.paired import Floats, paired
from icnsim.statistics.verdicts import holm

if TYPE_CHECKING:
    from icnsim.sweeps.sweep import Sweep

Bools = NDArray[np.bool_]
MOST_POINTS: Final = 2000
"""The largest sweep whose points are compared, because a table of all replications must fit into memory."""


@dataclass(frozen=True, slots=True)
class Best:
    """The best point for a figure.

    Attributes
    ----------
    direction : "lower" or "higher", the better one. point : the number of the best point.
    equal : the other points that are the same in every pair of runs, or whose difference has an interval and is not
        shown to be worse, in their order. A point that differs by the same amount in all of a few pairs is neither.
    worse : whether at least one point is shown to be worse.
    design : the point that has the design's numbers, None without one.
    estimates : of the figure at every point.
    """

    metric: str
    direction: str
    point: int
    equal: tuple[int, ...]
    worse: bool
    design: int | None
    estimates: Floats


def best(sweep: "Sweep", metrics: Sequence[str]) -> Iterator[Best]:
    """Yield the best point for each figure that has a better direction and differs between points."""
    if not 1 < sweep.summary["points"] <= MOST_POINTS:
        return
    wanted = [metric for metric in metrics if better(metric) != "none"]
    estimates = sweep.some("aggregate", [f"{metric}.estimate" for metric in wanted])
    rows = sweep.some("points", ["point", "replication", *wanted])
    at = design.point(sweep)
    for metric in wanted:
        found = estimates[f"{metric}.estimate"].to_numpy(np.float64)
        if np.isnan(found).all() or np.nanmin(found) == np.nanmax(found):
            continue
        direction = better(metric)
        point = int(np.nanargmin(found) if direction == "lower" else np.nanargmax(found))
        table = rows.pivot(index="replication", columns="point", values=metric)
        worse, close = _compared(table.to_numpy(np.float64), point, sign=1.0 if direction == "lower" else -1.0)
        equal = tuple(int(each) for each in np.flatnonzero(close) if each != point)
        yield Best(metric, direction, point, equal, bool(worse.any()), at, found)


def _compared(table: Floats, point: int, *, sign: float) -> tuple[Bools, Bools]:
    """Return the points that are shown to be worse than one of them, and those that are equally good.

    Parameters
    ----------
    table : replications × points. sign : 1 if small values are good, else -1.
    """
    found = paired(np.repeat(table[:, [point]], table.shape[1], axis=1), table)
    adjusted = holm(np.where(np.arange(table.shape[1]) == point, np.nan, found.p))
    worse: Bools = (adjusted <= 1 - LEVEL) & (sign * found.difference > 0)
    same = (found.n > 1) & (found.std == 0) & (found.difference == 0)
    equal: Bools = same | (~np.isnan(found.low) & ~worse)
    return worse, equal


def values(sweep: "Sweep", point: int) -> str:
    """Return the values of the keys at a point, in the order of the keys: "60 s / 30 s"."""
    found = [levels(sweep, key) for key in sweep.summary["vary"]]
    return " / ".join(key.text_of(key.values[point]) for key in found)


def settings(sweep: "Sweep", point: int) -> str:
    """Return the keys with their values at a point in words."""
    found = [levels(sweep, key) for key in sweep.summary["vary"]]
    parts = [f"{key.key} {key.text_of(key.values[point])}" for key in found]
    return " and ".join(filter(None, (", ".join(parts[:-1]), parts[-1])))
