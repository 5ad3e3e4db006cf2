"""Plots a figure to minimise against other figures, with their limits.

There is a panel for each of the other figures. All points are faint; those on the front are strong and have their
intervals. The limit is a line, and the side beyond it is shaded. A blue disc meets every limit and an orange
cross does not, so they differ in both shape and colour. A ring marks a point that met the limits in screening and
missed them when it was run again. A star is the recommended point, a diamond the knee of a trade-off, and a square
the scenario's own point.
"""

import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import numpy as np
from numpy.typing import NDArray

from icnsim.errors import printable
from icnsim.matplotlibrc import defaults
from icnsim.numbers import SCALES, as_given
from icnsim.statistics import pareto

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]

BLUE, ORANGE, GREEN, GREY = "#0072B2", "#D55E00", "#009E73", "#555555"
"""Colours of Okabe and Ito's palette, which readers with colour blindness can distinguish."""
WIDE: Final = 10.0
"""The ratio of the largest to the smallest value from which an axis is logarithmic."""
SIZE: Final = (6.4, 4.8)
"""Size of a panel, inches."""
MARKS: Final = {"recommended": ("*", 17), "knee": ("D", 10), "own": ("s", 10)}
"""Marker and size of the points that are marked. The first mark of a point counts."""
LABELS: Final = {"recommended": "recommended", "knee": "knee", "own": "your own settings"}


@dataclass(frozen=True, slots=True)
class Figures:
    """One figure at every point.

    Attributes
    ----------
    title : its name. unit : s, B, % for a share, or empty. estimates, lows, highs : NaN for a missing value.
    """

    title: str
    unit: str
    estimates: Floats
    lows: Floats
    highs: Floats

    @property
    def scale(self) -> float:
        """The factor from values to their displayed unit."""
        return SCALES.get(self.unit, 1.0)

    @property
    def label(self) -> str:
        """The axis' label."""
        return printable(f"{self.title} ({self.unit})" if self.unit else self.title)


@dataclass(frozen=True, slots=True)
class Panel:
    """The figure of a panel, and its upper or lower limit; `value` is None without one."""

    figures: Figures
    value: float | None
    from_above: bool


@dataclass(frozen=True, slots=True)
class Picture:
    """The points of a picture.

    Attributes
    ----------
    feasible, front : for each point. rejected : points that were run again and not confirmed.
    marked : the number of the point of each of `MARKS`, None for a missing point; `settings` names the first.
    """

    title: str
    objective: Figures
    panels: Sequence[Panel]
    feasible: Bools
    front: Bools
    rejected: Sequence[int]
    marked: Mapping[str, int | None]
    settings: str


def panel(picture: Picture, place: int, ax: "Axes") -> "Axes":
    """Draw the objective against one of the other figures."""
    limit, objective = picture.panels[place], picture.objective
    x, y = limit.figures, objective
    across, up = x.estimates * x.scale, y.estimates * y.scale
    _line(picture, limit, ax)
    for met, color, marker, what in ((True, BLUE, "o", "meets every limit"), (False, ORANGE, "x", "misses a limit")):
        faint, strong = ((picture.feasible == met) & (picture.front == on_it) for on_it in (False, True))
        if faint.any():
            ax.plot(across[faint], up[faint], marker, color=color, label=what, markersize=4, alpha=0.35, zorder=2)
        if strong.any():
            label = f"{what}, on the front"
            ax.plot(across[strong], up[strong], marker, color=color, label=label, markersize=6, zorder=4)
            _bars(x, y, strong, color, ax)
    if picture.rejected:
        again = list(picture.rejected)
        label = "not confirmed by fresh runs"
        ax.plot(across[again], up[again], "o", color=ORANGE, label=label, markersize=12, fillstyle="none", zorder=5)
    for name, at in reversed(list(picture.marked.items())):
        if at is not None:
            marker, size = MARKS[name]
            ax.plot(across[at], up[at], marker, color=GREEN, label=LABELS[name], markersize=size, zorder=6, mec="white")
    _axis(ax, "x", x, limit.value)
    _axis(ax, "y", y, None)
    _shade(limit, ax)
    ax.set_xlabel(x.label)
    ax.set_ylabel(y.label)
    ax.grid(color="#dddddd", linewidth=0.5)
    ax.set_axisbelow(True)
    return ax


def figure(picture: Picture) -> "Figure":
    """All panels side by side, under one title and over one legend."""
    from matplotlib.figure import Figure

    count = len(picture.panels)
    columns = min(count, 3)
    rows = -(-count // columns)
    drawn = Figure(figsize=(SIZE[0] * columns, SIZE[1] * rows + 1.0), layout="constrained")
    places = drawn.subplots(rows, columns, squeeze=False).ravel()
    for place, ax in enumerate(places):
        if place < count:
            panel(picture, place, ax)
        else:
            ax.set_visible(False)
    named = next((LABELS[name] for name, at in picture.marked.items() if at is not None and name != "own"), None)
    titles = [picture.title, *([f"{named}: {picture.settings}"] if named else [])]
    drawn.suptitle("\n".join(map(printable, titles)), parse_math=False, wrap=True)
    handles: dict[str, Any] = {}
    for ax in places[:count]:
        handles |= dict(zip(*reversed(ax.get_legend_handles_labels())))
    drawn.legend(handles.values(), handles.keys(), loc="outside lower center", ncols=3)
    return drawn


def svg(picture: Picture) -> bytes:
    """Return the figure as SVG, with text as text; the same picture gives the same bytes."""
    written = io.BytesIO()
    # Text stays text, so a reader's own font supplies the glyphs that DejaVu Sans lacks.
    with defaults({"svg.hashsalt": "icnsim", "svg.fonttype": "none", "font.family": ["DejaVu Sans"]}):
        figure(picture).savefig(written, format="svg", metadata={"Date": None})
    return written.getvalue()


def _line(picture: Picture, limit: Panel, ax: "Axes") -> None:
    """Draw the front of these two figures as steps. A step between two of its points has the worse value of each."""
    x, y = limit.figures, picture.objective
    costs = np.stack([x.estimates if limit.from_above else -x.estimates, y.estimates], axis=1)
    on_it = np.flatnonzero(pareto.front(costs))
    on_it = on_it[np.argsort(x.estimates[on_it], kind="stable")]
    where = "steps-post" if limit.from_above else "steps-pre"
    ax.plot(x.estimates[on_it] * x.scale, y.estimates[on_it] * y.scale, color=GREY, linewidth=1.2, drawstyle=where,
            zorder=3, label="front of the two figures")  # fmt: skip


def _bars(x: Figures, y: Figures, chosen: Bools, color: str, ax: "Axes") -> None:
    def around(figures: Figures) -> Floats:
        middle = figures.estimates[chosen]
        low, high = (np.where(np.isnan(end[chosen]), middle, end[chosen]) for end in (figures.lows, figures.highs))
        # By a rounding error, a proportion's interval may not contain its estimate.
        return np.maximum(0.0, np.stack([middle - low, high - middle])) * figures.scale

    ax.errorbar(x.estimates[chosen] * x.scale, y.estimates[chosen] * y.scale, xerr=around(x), yerr=around(y),
                fmt="none", ecolor=color, elinewidth=0.9, capsize=2, alpha=0.7, zorder=3)  # fmt: skip


def _axis(ax: "Axes", which: str, figures: Figures, limit: float | None) -> None:
    """Make an axis logarithmic if its values have a large ratio; if not, linear from 0 to the limit or beyond."""
    from matplotlib.ticker import FuncFormatter, LogLocator, NullFormatter

    values = figures.estimates[~np.isnan(figures.estimates)]
    if not len(values) or values.min() < 0:
        return
    smallest, largest = values.min(), values.max()
    if smallest > 0 and largest > WIDE * smallest:
        ax.set(**{f"{which}scale": "log"})
        axis = ax.xaxis if which == "x" else ax.yaxis
        axis.set_major_locator(LogLocator(subs=(1, 2, 5) if largest < 1000 * smallest else (1,)))
        axis.set_major_formatter(FuncFormatter(lambda value, _: as_given(value, "")))
        axis.set_minor_formatter(NullFormatter())
    elif smallest == 0 and limit is not None and 0 < WIDE * limit < largest:
        (ax.set_xscale if which == "x" else ax.set_yscale)("symlog", linthresh=limit * figures.scale)


def _shade(limit: Panel, ax: "Axes") -> None:
    """The limit, and the side beyond it."""
    if limit.value is None:
        return
    at = limit.value * limit.figures.scale
    low, high = ax.get_xlim()
    ax.axvline(at, color="black", linewidth=1.2, linestyle="--", zorder=3, label="limit")
    low, high = min(low, at), max(high, at)
    ax.axvspan(*((at, high) if limit.from_above else (low, at)), color="black", alpha=0.06, zorder=0, linewidth=0)
    ax.set_xlim(low, high)
