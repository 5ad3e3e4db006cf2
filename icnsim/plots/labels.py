"""Chooses the labels of points that do not overlap."""

from collections.abc import Iterable, Sequence
from typing import Final

import numpy as np

from icnsim.plots.chart import Bools, Floats

CHARACTER: Final = 0.013
"""The width of a character of a label, as a share of the x axis of the narrowest drawing."""
LINE: Final = 0.05
"""The height of a label, as a share of the y axis of that drawing."""


def apart(x: Floats, y: Floats, labels: Sequence[str], order: Iterable[int]) -> Bools:
    """Return which labels can be written so that none overlaps another, or the title above the plot.

    Parameters
    ----------
    x, y : the places of the points as shares of the axes, of which the label is on the upper right side.
    order : the numbers of the points. A label is left out if it would overlap one that is earlier in this order.
    """
    written: Bools = np.zeros(len(labels), dtype=np.bool_)
    widths = CHARACTER * np.array([len(label) + 1 for label in labels])
    for point in order:
        others = np.flatnonzero(written)
        beside = (x[point] >= x[others] + widths[others]) | (x[others] >= x[point] + widths[point])
        inside = y[point] <= 1 - LINE
        written[point] = bool(inside and (beside | (np.abs(y[others] - y[point]) >= LINE)).all())
    return written
