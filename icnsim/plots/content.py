"""Decides if a chart has enough content: an empty chart, or one with two bars, is of no use to a reader."""

from typing import Final

import numpy as np

from icnsim.plots.chart import Arrows, Band, Bars, Chart, Floats, Heat, Layer, Line, Points, Rule, Spans, Stack

FEWEST: Final = 3
"""The fewest marks of a chart that is shown."""


def shows_something(chart: Chart) -> bool:
    """Return True if the layers of a chart have at least three marks together.

    Marks are bars and areas above zero, points, spans, cells, and the points of a curve. A rule and a straight line
    through two points do not count, because they are closed forms or limits. A line that is zero everywhere does not
    count either.
    """
    return sum(map(_marks, chart.layers)) >= FEWEST


def _marks(layer: Layer) -> int:
    match layer:
        case Bars():
            return _count(layer.lengths)
        case Line():
            return len(layer.y) if len(layer.y) >= FEWEST and _count(layer.y) else 0
        case Stack():
            return sum(_count(heights) for _, _, heights in layer.parts)
        case Points():
            return len(layer.x)
        case Spans():
            return len(layer.lane)
        case Arrows():
            return len(layer.x0)
        case Heat():
            return int(np.isfinite(layer.z).sum())
        case Band() | Rule():
            return 0


def _count(values: Floats) -> int:
    """The number of values that are neither zero nor unknown."""
    return int(np.count_nonzero(np.nan_to_num(values)))
