"""Reads the data of a sweep's plots: a figure at every point with its interval, and the keys that vary."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

from icnsim.errors import ResultsError
from icnsim.numbers import SCALES, grouped
from icnsim.plots.chart import Axis, Bools, Floats
from icnsim.plots.results import SweepResult

if TYPE_CHECKING:
    import pandas as pd

WIDE: Final = 10.0
"""The ratio of the largest to the smallest value from which an axis is logarithmic."""
USUAL: Final = ("detection_total.p95", "success_rate")
OF_TASKS: Final = ("tasks.time.mean", "tasks.success_rate")
"""The default figures of runs in which actors migrate, and of runs in which tasks are submitted. A plot of one figure
uses the first, a plot of two figures uses both."""


@dataclass(frozen=True, slots=True)
class Measure:
    """A figure at some points.

    Attributes
    ----------
    values, low, high : estimates and their 95 % intervals; NaN if they do not exist.
    predicted : the closed form's value, NaN if it does not exist; None if it is not requested.
    """

    name: str
    unit: str
    values: Floats
    low: Floats
    high: Floats
    predicted: Floats | None = None

    @property
    def axis(self) -> Axis:
        """Its axis."""
        return Axis(self.name, self.unit)


@dataclass(frozen=True, slots=True)
class Levels:
    """A key's value at some points.

    Attributes
    ----------
    values : numbers, or indices into `names`. `names` is empty for numbers.
    """

    key: str
    unit: str
    values: Floats
    names: tuple[str, ...]

    @property
    def axis(self) -> Axis:
        """Its axis, which is logarithmic if the largest value is a large multiple of the smallest."""
        if self.names:
            return Axis(self.key, categories=self.names)
        spread = len(self.values) and self.values.min() > 0 and self.values.max() > WIDE * self.values.min()
        return Axis(self.key, self.unit, "log" if spread else "linear")

    def text_of(self, value: float) -> str:
        """Return one of its values as text."""
        return self.names[int(value)] if self.names else f"{grouped(float(value))} {self.unit}".rstrip()


def usual(sweep: SweepResult) -> tuple[str, str]:
    """The figures that are drawn of a sweep if none is named."""
    return OF_TASKS if submits(sweep) else USUAL


def submits(sweep: SweepResult) -> bool:
    """Return True if the runs of the sweep submit tasks, and no actor migrates."""
    column = "tasks.submitted.estimate"
    return bool(sweep.some("aggregate", [column], 1)[column].notna().any())


def keys_of(sweep: SweepResult, wanted: tuple[str | None, ...]) -> tuple[str, ...]:
    """The keys of a plot: those in `wanted`. The next key of the sweep replaces each None.

    Raises
    ------
    ResultsError : a key did not vary, or too few did.
    """
    there = list(sweep.summary["vary"])
    for key in wanted:
        if key is not None and key not in there:
            raise ResultsError(f"{key} does not vary in this sweep; {', '.join(there) or 'nothing'} does")
    free = iter(key for key in there if key not in wanted)
    found = tuple(next(free, None) if key is None else key for key in wanted)
    if None in found:
        raise ResultsError(f"this plot is over {len(wanted)} keys, and {len(there)} vary in this sweep")
    return tuple(key for key in found if key is not None)


def measure(sweep: SweepResult, metric: str) -> Measure:
    """Return a figure at every point of a sweep. Raises ResultsError if the figure does not exist."""
    unit = sweep.unit(metric)
    frame = sweep.some("aggregate", [f"{metric}.{name}" for name in ("estimate", "ci95_low", "ci95_high")])
    scale = SCALES.get(unit, 1.0)
    values, low, high = (frame[name].to_numpy(np.float64) * scale for name in frame)
    return Measure(metric, unit, values, low, high)


def levels(sweep: SweepResult, key: str) -> Levels:
    """Return the value of a key at every point of a sweep."""
    column: pd.Series[float] = sweep.some("aggregate", [key])[key]
    if column.dtype.kind == "f":
        return Levels(key, sweep.unit(key), column.to_numpy(np.float64), ())
    names = tuple(dict.fromkeys("null" if value is None else str(value) for value in column.tolist()))
    places = [float(names.index("null" if value is None else str(value))) for value in column.tolist()]
    return Levels(key, "", np.array(places), names)


def chosen(sweep: SweepResult, fixed: tuple[str, ...]) -> tuple[Bools, str]:
    """Return the points at which every key except the `fixed` ones has its first value, and a note about this."""
    others = [key for key in sweep.summary["vary"] if key not in fixed]
    rows = np.ones(sweep.summary["points"], dtype=np.bool_)
    words = []
    for key in others:
        at = levels(sweep, key)
        rows &= at.values == at.values[0]
        words.append(f"{key} is {at.text_of(at.values[0])}")
    return rows, "; ".join(words)
