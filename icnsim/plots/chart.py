"""What a plot shows, before it is drawn: axes, layers of data, and what they say in words.

A chart is made once, from a result; `drawing` makes a matplotlib Axes of it, `interactive` what a
browser draws. So a figure in a paper and the one in a report are of the same numbers. A layer
has a *role*, what it stands for, and `palette` has the colour of each role on paper and on a screen at night.
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
"""The largest heat map whose cells have their values written in them."""


@dataclass(frozen=True, slots=True)
class Axis:
    """An axis.

    Attributes
    ----------
    label : what it measures. unit : s, 1/s, B…; none for a number.
    scale : "linear" or "log". low, high : where it ends, if that is not for the data to say.
    categories : names at 0, 1, 2… in place of numbers.
    ticks : the values that have a tick, such as those that were run; chosen by the drawing if empty.
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
    """A bar from 0 to each of `lengths`, between two neighbours of `edges`, which has one more."""

    name: str
    role: str
    edges: Floats
    lengths: Floats


@dataclass(frozen=True, slots=True)
class Line:
    """A line through points; `steps` where the value holds until the next one."""

    name: str
    role: str
    x: Floats
    y: Floats
    dashed: bool = False
    steps: bool = False


@dataclass(frozen=True, slots=True)
class Band:
    """What lies between two lines."""

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
    low, high : the ends of each point's interval along `spread`, None without one.
    sizes : areas, relative to one another; None where all are alike.
    texts : what is told of each. labels : what is written next to each; none if empty.
    marker : a square is large and hollow: it frames a cell of a heat map.
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
    """Areas upon one another: a name, a role and the height of each along x."""

    x: Floats
    parts: tuple[tuple[str, str, Floats], ...]


@dataclass(frozen=True, slots=True)
class Spans:
    """Horizontal bars, each in its lane of the y axis, from `start` to `end`; `thickness` in lanes."""

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
    """A value, `z` with a row for each y and a column for each x, by colour; contours at `levels`.

    NaN marks a place where nothing is known.
    """

    name: str
    unit: str
    x: Floats
    y: Floats
    z: Floats
    levels: tuple[float, ...] = ()

    @property
    def texts(self) -> tuple[tuple[str, ...], ...]:
        """The value of each cell as it is written there, row by row; empty if there are too many to be read."""
        if len(self.x) > MOST_COLUMNS or len(self.y) > MOST_ROWS:
            return ()
        return tuple(tuple(number(value, self.unit) for value in row) for row in self.z.tolist())


@dataclass(frozen=True, slots=True)
class Rule:
    """A straight line across, at one value of an axis."""

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
    alt : what it shows, in a sentence or two with its numbers, for who cannot see it.
    note : what a reader must know to read it, such as why there is no closed form.
    """

    title: str
    x: Axis
    y: Axis
    layers: tuple[Layer, ...]
    alt: str
    note: str = field(default="")
