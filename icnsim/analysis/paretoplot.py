"""The trade between a figure that is to be small and others that are limited, drawn.

A panel for each limited figure: all points faint, those on the front strong and with their
intervals, the limit as a line with the side beyond it shaded. What meets every limit is a
blue disc, what does not an orange cross, so that shape and colour both tell; a ring is around
what seemed to, and did not when it was run again.
"""

import io
import warnings
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import numpy as np
from numpy.typing import NDArray

from icnsim.analysis import pareto
from icnsim.errors import printable

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]

BLUE, ORANGE, GREEN, GREY = "#0072B2", "#D55E00", "#009E73", "#555555"
"""Of Okabe and Ito's palette, told apart also by who sees fewer colours."""
WIDE: Final = 10.0
"""Ratio of largest to smallest value from which an axis is logarithmic."""
SIZE: Final = (6.4, 4.8)
"""Of a panel, inches."""


@dataclass(frozen=True, slots=True)
class Figures:
    """One figure at every point.

    Attributes
    ----------
    title : its name. unit : s, B, % for a share, or none. estimates, lows, highs : NaN where there is none.
    """

    title: str
    unit: str
    estimates: Floats
    lows: Floats
    highs: Floats

    @property
    def scale(self) -> float:
        """What values are multiplied by to be shown in their unit."""
        return 100.0 if self.unit == "%" else 1.0

    @property
    def label(self) -> str:
        """The axis' label."""
        return printable(f"{self.title} ({self.unit})" if self.unit else self.title)


@dataclass(frozen=True, slots=True)
class Limit:
    """What a figure is to stay below or above."""

    figures: Figures
    value: float
    from_above: bool


@dataclass(frozen=True, slots=True)
class Picture:
    """What is drawn.

    Attributes
    ----------
    feasible, front : of each point. rejected : points that were run again and not confirmed.
    recommended : the point, None where there is none; its `settings` are told beside it.
    """

    title: str
    objective: Figures
    limits: Sequence[Limit]
    feasible: Bools
    front: Bools
    rejected: Sequence[int]
    recommended: int | None
    settings: str


def panel(picture: Picture, place: int, ax: "Axes") -> "Axes":
    """Draw the objective against one of the limited figures."""
    limit, objective = picture.limits[place], picture.objective
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
    if picture.recommended is not None:
        at = picture.recommended
        ax.plot(across[at], up[at], "*", color=GREEN, label="recommended", markersize=17, zorder=6, mec="white")
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

    count = len(picture.limits)
    columns = min(count, 3)
    rows = -(-count // columns)
    drawn = Figure(figsize=(SIZE[0] * columns, SIZE[1] * rows + 1.0), layout="constrained")
    places = drawn.subplots(rows, columns, squeeze=False).ravel()
    for place, ax in enumerate(places):
        if place < count:
            panel(picture, place, ax)
        else:
            ax.set_visible(False)
    told = [picture.title, *([f"recommended: {picture.settings}"] if picture.recommended is not None else [])]
    drawn.suptitle("\n".join(map(printable, told)), parse_math=False, wrap=True)
    handles: dict[str, Any] = {}
    for ax in places[:count]:
        handles |= dict(zip(*reversed(ax.get_legend_handles_labels())))
    drawn.legend(handles.values(), handles.keys(), loc="outside lower center", ncols=3)
    return drawn


def prepare() -> None:
    """Import all that drawing needs, so that what is wrong with matplotlib is told before anything runs."""
    import matplotlib.backends.backend_svg  # noqa: F401


def svg(picture: Picture) -> bytes:
    """The figure as SVG; the same picture gives the same bytes, text stays text."""
    import matplotlib

    fixed = {"svg.hashsalt": "icnsim", "svg.fonttype": "none", "font.family": ["DejaVu Sans"]}
    with matplotlib.rc_context(), warnings.catch_warnings():
        # A reader's own font has what DejaVu Sans has not: text stays text.
        warnings.filterwarnings("ignore", "Glyph .* missing from")
        matplotlib.rcdefaults()
        matplotlib.rcParams.update(fixed)
        written = io.BytesIO()
        figure(picture).savefig(written, format="svg", metadata={"Date": None})
    return written.getvalue()


def _line(picture: Picture, limit: Limit, ax: "Axes") -> None:
    """The front of these two figures alone, as steps: between two of its points the worse of both is sure."""
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
        # A proportion's interval may lie a rounding error beside its estimate.
        return np.maximum(0.0, np.stack([middle - low, high - middle])) * figures.scale

    ax.errorbar(x.estimates[chosen] * x.scale, y.estimates[chosen] * y.scale, xerr=around(x), yerr=around(y),
                fmt="none", ecolor=color, elinewidth=0.9, capsize=2, alpha=0.7, zorder=3)  # fmt: skip


def _axis(ax: "Axes", which: str, figures: Figures, limit: float | None) -> None:
    """Logarithmic where values differ much; around 0 linear up to the limit, so that it can be seen."""
    from matplotlib.ticker import FuncFormatter, LogLocator, NullFormatter

    values = figures.estimates[~np.isnan(figures.estimates)]
    if not len(values) or values.min() < 0:
        return
    smallest, largest = values.min(), values.max()
    if smallest > 0 and largest > WIDE * smallest:
        ax.set(**{f"{which}scale": "log"})
        axis = ax.xaxis if which == "x" else ax.yaxis
        axis.set_major_locator(LogLocator(subs=(1, 2, 5) if largest < 1000 * smallest else (1,)))
        axis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g}"))
        axis.set_minor_formatter(NullFormatter())
    elif smallest == 0 and limit is not None and 0 < WIDE * limit < largest:
        (ax.set_xscale if which == "x" else ax.set_yscale)("symlog", linthresh=limit * figures.scale)


def _shade(limit: Limit, ax: "Axes") -> None:
    """The limit, and the side beyond it."""
    at = limit.value * limit.figures.scale
    low, high = ax.get_xlim()
    ax.axvline(at, color="black", linewidth=1.2, linestyle="--", zorder=3, label="limit")
    low, high = min(low, at), max(high, at)
    ax.axvspan(*((at, high) if limit.from_above else (low, at)), color="black", alpha=0.06, zorder=0, linewidth=0)
    ax.set_xlim(low, high)
