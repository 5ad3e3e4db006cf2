"""The content of a plot before it is drawn: axes, layers of data, and a description in words.

A chart is computed once from a result. `drawing` draws it on matplotlib Axes, and `interactive` converts it for a
browser. Hence a figure in a paper and the same figure in a report have the same numbers. The *role* of a layer is
its meaning. `palette` defines the colour of each role for the light and the dark theme.
"""

from dataclasses import dataclass, field
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from icnsim.numbers import number

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]
Marker = Literal["disc", "cross", "ring", "diamond", "square"]
MOST_COLUMNS, MOST_ROWS = 10, 12
"""The most columns and rows of a heat map that shows the value of each cell."""


@dataclass(frozen=True, slots=True)
class Axis:
    """An axis.

    Attributes
    ----------
    label : the quantity. unit : s, 1/s, B…; empty for a number.
    scale : "linear" or "log". low, high : the ends of the axis. None: the data determine it.
    categories : names at 0, 1, 2… in place of numbers.
    ticks : the values that have a tick, such as those that were run. If empty, the drawing chooses them.
    """

    label: str
    unit: str = ""
    scale: Literal["linear", "log"] = "linear"
    low: float | None = None
    high: float | None = None
    categories: tuple[str, ...] = ()
    ticks: tuple[float, ...] = ()

    @property
    def title(self) -> str:
        """The label with its unit."""
        return f"{self.label} ({self.unit})" if self.unit else self.label


@dataclass(frozen=True, slots=True)
class Bars:
    """Bars from 0 to `lengths`. Each is between two neighbouring `edges`, of which there is one more."""

    name: str
    role: str
    edges: Floats
    lengths: Floats


@dataclass(frozen=True, slots=True)
class Line:
    """A line through points. With `steps`, each value is constant until the next point."""

    name: str
    role: str
    x: Floats
    y: Floats
    dashed: bool = False
    steps: bool = False


@dataclass(frozen=True, slots=True)
class Band:
    """The area between two lines."""

    name: str
    role: str
    x: Floats
    low: Floats
    high: Floats


@dataclass(frozen=True, slots=True)
class Points:
    """Points.

    Attributes
    ----------
    low, high : the ends of each point's interval along `spread`; None without intervals.
    sizes : relative areas; None if all are equal.
    texts : the tooltip of each point. labels : the label next to each point. Empty: no texts, no labels.
    marker : a square is large and hollow, because it frames a cell of a heat map.
    """

    name: str
    role: str
    x: Floats
    y: Floats
    low: Floats | None = None
    high: Floats | None = None
    spread: Literal["x", "y"] = "y"
    sizes: Floats | None = None
    texts: tuple[str, ...] = ()
    marker: Marker = "disc"
    labels: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Stack:
    """Stacked areas, each with a name, a role and its heights along x."""

    x: Floats
    parts: tuple[tuple[str, str, Floats], ...]


@dataclass(frozen=True, slots=True)
class Spans:
    """Horizontal bars from `start` to `end`, each in a lane of the y axis. `thickness` is in lanes."""

    name: str
    role: str
    lane: Floats
    start: Floats
    end: Floats
    texts: tuple[str, ...] = ()
    thickness: float = 0.6


@dataclass(frozen=True, slots=True)
class Arrows:
    """Arrows from (x0, y0) to (x1, y1)."""

    name: str
    role: str
    x0: Floats
    y0: Floats
    x1: Floats
    y1: Floats
    texts: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Heat:
    """A map of values as colours, with contours at `levels`.

    `z` has a row for each y and a column for each x. NaN marks an unknown value. `met` has the cells that meet an
    objective, with the shape of `z`; None without an objective.
    """

    name: str
    unit: str
    x: Floats
    y: Floats
    z: Floats
    levels: tuple[float, ...] = ()
    met: Bools | None = None

    @property
    def texts(self) -> tuple[tuple[str, ...], ...]:
        """The value of each cell, row by row, with ✓ if it is `met`; empty if there are too many cells for texts."""
        if len(self.x) > MOST_COLUMNS or len(self.y) > MOST_ROWS:
            return ()
        met = np.zeros(self.z.shape, dtype=np.bool_) if self.met is None else self.met
        return tuple(
            tuple(f"{number(value, self.unit)}{' ✓' if good else ''}" for value, good in zip(row, marks, strict=True))
            for row, marks in zip(self.z.tolist(), met.tolist(), strict=True)
        )


@dataclass(frozen=True, slots=True)
class Rule:
    """A straight line across the plot at one value of an axis."""

    name: str
    role: str
    axis: Literal["x", "y"]
    at: float


Layer = Bars | Line | Band | Points | Stack | Spans | Arrows | Heat | Rule


@dataclass(frozen=True, slots=True)
class Chart:
    """A plot.

    Attributes
    ----------
    alt : one or two sentences with the plot's numbers, for readers who cannot see it.
    note : information that is needed to read the plot, such as the reason why it has no closed form.
    """

    title: str
    x: Axis
    y: Axis
    layers: tuple[Layer, ...]
    alt: str
    note: str = field(default="")
