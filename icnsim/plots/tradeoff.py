"""A trade-off between two figures: labelled points, the front, and the region that meets the limits."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

import numpy as np

from icnsim.numbers import scaled
from icnsim.plots.chart import Axis, Band, Bools, Chart, Floats, Layer, Line, Marker, Points, Rule
from icnsim.plots.swept import WIDE, Measure
from icnsim.statistics import pareto

MOST_LABELS: Final = 6
"""The most points that are all labelled. If there are more, only the marked points and the front have labels."""
MARGIN: Final = 0.08
"""Free space at each end of an axis, as a share of the range of the values."""
MARKED: Final[Mapping[str, tuple[str, str, Marker]]] = {
    "recommended": ("recommended", "good", "diamond"),
    "knee": ("knee", "good", "diamond"),
    "own": ("the scenario's own settings", "predicted", "ring"),
    "design": ("the design's numbers", "predicted", "ring"),
}
"""For each mark of a point: its name, role and marker."""


@dataclass(frozen=True, slots=True)
class Limit:
    """A limit of a figure in the figure's displayed unit. `at_most`: smaller values meet it; otherwise larger ones."""

    at: float
    at_most: bool
    words: str


@dataclass(frozen=True, slots=True)
class Axes:
    """The two figures, their limits, and the costs that the front minimises.

    Attributes
    ----------
    x, y : the figures at each point. x_limit, y_limit : None without a limit.
    larger_x, larger_y : True if larger values are better.
    """

    x: Measure
    y: Measure
    x_limit: Limit | None = None
    y_limit: Limit | None = None
    larger_x: bool = False
    larger_y: bool = False

    @property
    def front(self) -> Bools:
        """The points of which no other is better in one figure and as good in the other."""
        costs = [(-1 if larger else 1) * each.values for each, larger in
                 ((self.x, self.larger_x), (self.y, self.larger_y))]  # fmt: skip
        return pareto.front(np.stack(costs, axis=1))


def trade_off(
    axes: Axes, title: str, labels: tuple[str, ...], texts: tuple[str, ...], marks: Mapping[str, int]
) -> Chart:
    """Draw two figures of every point against each other.

    Parameters
    ----------
    labels, texts : the label of each point, and all its settings.
    marks : the point of each mark of `MARKED`.
    """
    x, y, front = axes.x, axes.y, axes.front
    known = ~(np.isnan(x.values) | np.isnan(y.values))
    named = known & (front | np.isin(np.arange(len(known)), list(marks.values())) | (known.sum() <= MOST_LABELS))
    x_axis, y_axis = _axis(x, axes.x_limit), _axis(y, axes.y_limit, (y.low, y.high))
    order = np.flatnonzero(front)[np.argsort(x.values[front], kind="stable")]
    layers: list[Layer] = [*_region(axes, x_axis, y_axis)]
    if len(order) > 1:
        layers.append(Line("", "muted", x.values[order], y.values[order], dashed=True, steps=not axes.larger_x))
    kinds: list[tuple[str, str, Marker, Bools]] = [
        ("other points", "muted", "cross", known & ~front),
        ("no other point is better in both", "simulated", "disc", front),
    ]
    layers += [
        _points(axes, name, role, marker, rows, labels, texts, named)
        for name, role, marker, rows in kinds
        if rows.any()
    ]
    forms = _closed_forms(axes, texts)
    layers += forms
    for mark, point in marks.items():
        if known[point]:
            name, role, marker = MARKED[mark]
            at = np.array([point])
            layers.append(Points(name, role, x.values[at], y.values[at], texts=(texts[point],), marker=marker))
    words = [f"{texts[point]}: {_value(x, point)} and {_value(y, point)}" for point in order[:5]]
    alt = f"{front.sum()} of {known.sum()} points are on the front of {x.name} and {y.name}. {'; '.join(words)}."
    note = "labels: the values of the keys that vary, in their order"
    if forms:
        note += f"; closed forms exist for {len(forms[0].x)} of {known.sum()} points"
    return Chart(title, x_axis, y_axis, tuple(layers), alt, note)


def _closed_forms(axes: Axes, texts: tuple[str, ...]) -> list[Points]:
    """Return the closed forms of the points for which both figures have a closed form."""
    x, y = axes.x.predicted, axes.y.predicted
    if x is None or y is None:
        return []
    at = np.flatnonzero(~(np.isnan(x) | np.isnan(y)))
    values = [f"{scaled(x[point], axes.x.unit)} and {scaled(y[point], axes.y.unit)}" for point in at]
    words = tuple(f"{texts[point]}, closed form: {value}" for point, value in zip(at, values, strict=True))
    return [Points("closed form", "predicted", x[at], y[at], texts=words, marker="cross")] if len(at) else []


def _points(
    axes: Axes, name: str, role: str, marker: Marker, rows: Bools, labels: tuple[str, ...], texts: tuple[str, ...],
    named: Bools,
) -> Points:  # fmt: skip
    x, y = axes.x, axes.y
    at = np.flatnonzero(rows)
    low, high = (np.where(np.isnan(end[at]), y.values[at], end[at]) for end in (y.low, y.high))
    words = tuple(f"{texts[point]}: {_value(x, point)} and {_value(y, point)}" for point in at)
    shown = tuple(labels[point] if named[point] else "" for point in at)
    return Points(name, role, x.values[at], y.values[at], low, high, texts=words, marker=marker, labels=shown)


def _value(found: Measure, point: np.intp) -> str:
    return f"{scaled(found.values[point], found.unit)} of {found.name}"


def _axis(found: Measure, limit: Limit | None, intervals: tuple[Floats, ...] = ()) -> Axis:
    """Return the axis of a figure. It includes the closed forms, the limit, the intervals and a margin for the labels.

    A logarithmic axis does not include the ends of intervals at 0 or below.
    """
    values = found.values[~np.isnan(found.values)]
    if not len(values):
        return found.axis
    forms = () if found.predicted is None else found.predicted[~np.isnan(found.predicted)]
    ends = [*values, *forms, *((limit.at,) if limit is not None else ())]
    low, high = float(min(ends)), float(max(ends))
    bars = np.concatenate([*intervals, values])
    bars = bars[~np.isnan(bars)]
    if low > 0 and high > WIDE * low:
        low, high = min(low, float(bars[bars > 0].min())), max(high, float(bars.max()))
        factor = (high / low) ** MARGIN
        return Axis(found.name, found.unit, "log", low / factor, high * factor)
    low, high = min(low, float(bars.min())), max(high, float(bars.max()))
    margin = MARGIN * (high - low or abs(high) or 1.0)
    return Axis(found.name, found.unit, "linear", low - margin, high + margin)


def _region(axes: Axes, x_axis: Axis, y_axis: Axis) -> list[Layer]:
    """Return the region that meets every limit of the two figures, and the limits as lines."""
    limits = [(which, limit) for which, limit in (("x", axes.x_limit), ("y", axes.y_limit)) if limit is not None]
    if not limits or x_axis.low is None or y_axis.low is None:
        return []
    ends = {"x": _inside(x_axis, axes.x_limit), "y": _inside(y_axis, axes.y_limit)}
    words = " and ".join(f"meets {limit.words}" for _, limit in limits)
    corners: Floats = np.array(ends["x"])
    low, high = (np.full(2, end) for end in ends["y"])
    rules = [Rule(f"limit, {limit.words}", "limit", "x" if which == "x" else "y", limit.at) for which, limit in limits]
    return [Band(words, "good", corners, low, high), *rules]


def _inside(axis: Axis, limit: Limit | None) -> tuple[float, float]:
    """Return the part of an axis that meets a limit."""
    assert axis.low is not None
    assert axis.high is not None
    if limit is None:
        return axis.low, axis.high
    return (axis.low, limit.at) if limit.at_most else (limit.at, axis.high)
