"""Draws a chart on matplotlib Axes, and writes it to a file."""

import io
import textwrap
from functools import singledispatch
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from icnsim.errors import printable
from icnsim.matplotlibrc import defaults
from icnsim.numbers import as_given
from icnsim.plots.chart import Arrows, Axis, Band, Bars, Chart, Heat, Layer, Line, Points, Rule, Spans, Stack
from icnsim.plots.palette import HEAT, Theme, colours

if TYPE_CHECKING:
    from matplotlib.axes import Axes

SIZE: Final = (6.4, 4.0)
"""The size of a plot, inches."""
DOTS: Final = 160
"""The resolution of a plot in pixels, dots per inch."""
DARK: Final = 0.55
"""The part of the colour scale of heat maps, from its dark end, on which text is white."""
TITLE, NOTE = 66, 96
"""The numbers of characters in a line of the title and of the note that fit the width of a plot."""
LEADING: Final = 10
"""The height of a line of the note, points."""
MARKERS: Final = {"disc": "o", "cross": "x", "ring": "o", "diamond": "D", "square": "s"}
FORMATS: Final = {"svg": {"Date": None}, "pdf": {"CreationDate": None}, "png": {"Software": None}}
"""The formats of files. The metadata that would contain the time or the program's version are left out."""


def draw(chart: Chart, ax: "Axes | None" = None, theme: Theme = "light") -> "Axes":
    """Draw a chart on `ax`, or on new Axes."""
    from matplotlib import pyplot

    palette = colours(theme)
    if ax is None:
        # No rc_context: leaving it would undo the interactive mode that a notebook's backend sets at its first use.
        _, ax = pyplot.subplots(figsize=SIZE, layout="constrained", facecolor=palette["paper"])
    _prepare(ax, chart, palette)
    for layer in chart.layers:
        _add(layer, ax, palette)
    _finish(ax, chart, palette)
    return ax


def file_of(chart: Chart, form: str, theme: Theme = "light") -> bytes:
    """Return a chart as the bytes of a file. The same chart gives the same bytes.

    Parameters
    ----------
    form : one of `FORMATS`.
    """
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    # Text in a vector file stays text, so that it can be searched, copied and read aloud.
    settings = {"svg.hashsalt": chart.title, "svg.fonttype": "none", "pdf.fonttype": 42, "font.family": "sans-serif"}
    with defaults(settings):
        figure = Figure(figsize=SIZE, layout="constrained", facecolor=colours(theme)["paper"])
        FigureCanvasAgg(figure)
        draw(chart, figure.add_subplot(), theme)
        target = io.BytesIO()
        metadata = {**FORMATS[form], "Title": printable(chart.title)}
        figure.savefig(target, format=form, dpi=DOTS, metadata=metadata)
    return target.getvalue()


def inert(text: str) -> str:
    """Escape the characters that matplotlib interprets: `$` begins a formula."""
    return printable(text).replace("$", r"\$")


def _lines(text: str, width: int) -> str:
    """Break a text into lines that fit the width of a plot. A longer line would leave no space for the axes."""
    return "\n".join(inert(line) for line in textwrap.wrap(text, width))


def _prepare(ax: "Axes", chart: Chart, palette: dict[str, str]) -> None:
    from matplotlib.ticker import FuncFormatter, LogLocator, NullFormatter

    ax.set_facecolor(palette["paper"])
    ax.set_title(_lines(chart.title, TITLE), color=palette["ink"], loc="left", fontsize="medium")
    for axis, side in ((chart.x, ax.xaxis), (chart.y, ax.yaxis)):
        side.set_label_text(inert(axis.title), color=palette["ink"])
    ax.tick_params(colors=palette["ink"], labelcolor=palette["ink"])
    for name, spine in ax.spines.items():
        spine.set_visible(name in ("left", "bottom"))
        spine.set_color(palette["muted"])
    ax.grid(visible=True, color=palette["grid"], linewidth=0.6)
    ax.set_axisbelow(True)
    ax.set_xscale(chart.x.scale)
    ax.set_yscale(chart.y.scale)
    for side in (ax.xaxis, ax.yaxis):
        if side.get_scale() == "log":  # ticks at 5, 10, 20, 50: such an axis seldom has two decades
            side.set_major_locator(LogLocator(subs=(1, 2, 5)))
            side.set_minor_formatter(NullFormatter())
        side.set_major_formatter(FuncFormatter(lambda value, _: as_given(value, "")))


def _finish(ax: "Axes", chart: Chart, palette: dict[str, str]) -> None:
    _limit(chart.x, ax.set_xlim, ax.set_xticks)
    _limit(chart.y, ax.set_ylim, ax.set_yticks)
    if chart.y.categories:
        ax.invert_yaxis()  # the first category is on top
    if chart.note:
        note = _lines(chart.note, NOTE)
        ax.annotate(
            note,
            (0, 1),
            (0, 2),
            xycoords="axes fraction",
            textcoords="offset points",
            fontsize="x-small",
            color=palette["muted"],
        )
        ax.title.set_position((0, 1))
        pad = 4 + LEADING * (1 + note.count("\n"))
        ax.set_title(ax.get_title(loc="left"), loc="left", pad=pad, color=palette["ink"], fontsize="medium")
    _, names = ax.get_legend_handles_labels()
    if len(names) > 1:
        # Lanes leave no empty space, so the legend is below them.
        place = {"loc": "upper center", "bbox_to_anchor": (0.5, -0.14), "ncols": 2} if chart.y.categories else {}
        ax.legend(
            fontsize="small",
            facecolor=palette["paper"],
            edgecolor=palette["grid"],
            labelcolor=palette["ink"],
            **place,
        )


def _limit(axis: Axis, limit: Any, ticks: Any) -> None:
    if axis.categories:
        ticks(range(len(axis.categories)), [inert(name) for name in axis.categories])
        limit(-0.6, len(axis.categories) - 0.4)
    if axis.ticks:
        ticks(axis.ticks, [as_given(tick, "") for tick in axis.ticks])
    if axis.low is not None or axis.high is not None:
        limit(axis.low, axis.high)


@singledispatch
def _add(layer: Layer, ax: "Axes", palette: dict[str, str]) -> None:
    raise AssertionError(layer)


@_add.register(Bars)
def _(layer: Bars, ax: "Axes", palette: dict[str, str]) -> None:
    ax.stairs(
        layer.lengths,
        layer.edges,
        fill=True,
        color=palette[layer.role],
        alpha=0.55,
        label=inert(layer.name),
    )


@_add.register(Line)
def _(layer: Line, ax: "Axes", palette: dict[str, str]) -> None:
    ax.plot(
        layer.x,
        layer.y,
        color=palette[layer.role],
        label=inert(layer.name),
        linewidth=1.6,
        linestyle="--" if layer.dashed else "-",
        drawstyle="steps-post" if layer.steps else "default",
    )


@_add.register(Band)
def _(layer: Band, ax: "Axes", palette: dict[str, str]) -> None:
    ax.fill_between(
        layer.x, layer.low, layer.high, color=palette[layer.role], alpha=0.2, linewidth=0, label=inert(layer.name)
    )


@_add.register(Points)
def _(layer: Points, ax: "Axes", palette: dict[str, str]) -> None:
    colour = palette[layer.role]
    sizes: Any = 22.0
    if layer.sizes is not None and len(layer.sizes):
        sizes = 8 + 90 * layer.sizes / layer.sizes.max()
    hollow = layer.marker in ("ring", "square")
    marks: dict[str, Any] = {"marker": MARKERS[layer.marker], "label": inert(layer.name), "zorder": 3}
    fill: dict[str, Any] = {"facecolors": "none", "edgecolors": colour} if hollow else {"color": colour}
    if layer.marker == "square":
        sizes = 320.0
    ax.scatter(layer.x, layer.y, s=sizes, **marks, **fill)
    if layer.low is not None and layer.high is not None:
        along = layer.x if layer.spread == "x" else layer.y
        error = np.vstack([along - layer.low, layer.high - along])
        bars: dict[str, Any] = {f"{layer.spread}err": np.nan_to_num(error)}
        ax.errorbar(layer.x, layer.y, fmt="none", ecolor=colour, elinewidth=1.2, capsize=2, **bars)
    for x, y, label in zip(layer.x, layer.y, layer.labels):
        ax.annotate(inert(label), (x, y), (4, 4), textcoords="offset points", fontsize="x-small", color=colour)


@_add.register(Stack)
def _(layer: Stack, ax: "Axes", palette: dict[str, str]) -> None:
    ax.stackplot(
        layer.x,
        *[heights for *_, heights in layer.parts],
        labels=[inert(name) for name, *_ in layer.parts],
        colors=[palette[role] for _, role, _ in layer.parts],
        alpha=0.85,
        linewidth=0,
    )


@_add.register(Spans)
def _(layer: Spans, ax: "Axes", palette: dict[str, str]) -> None:
    ax.barh(
        layer.lane,
        layer.end - layer.start,
        layer.thickness,
        layer.start,
        color=palette[layer.role],
        label=inert(layer.name),
        zorder=2,
    )


@_add.register(Arrows)
def _(layer: Arrows, ax: "Axes", palette: dict[str, str]) -> None:
    for x0, y0, x1, y1 in zip(layer.x0, layer.y0, layer.x1, layer.y1, strict=True):
        ax.annotate(
            "", (x1, y1), (x0, y0), arrowprops={"arrowstyle": "->", "color": palette[layer.role], "linewidth": 1.2}
        )
    ax.plot([], [], color=palette[layer.role], linewidth=1.2, label=inert(layer.name))


@_add.register(Heat)
def _(layer: Heat, ax: "Axes", palette: dict[str, str]) -> None:
    mesh = ax.pcolormesh(layer.x, layer.y, layer.z, cmap=HEAT, shading="nearest")
    if layer.texts:
        _write_values(layer, ax)
    else:
        assert ax.figure is not None
        bar = ax.figure.colorbar(mesh, ax=ax, label=inert(f"{layer.name} ({layer.unit})" if layer.unit else layer.name))
        bar.ax.tick_params(colors=palette["ink"])
        bar.ax.yaxis.label.set_color(palette["ink"])
    if layer.levels and min(layer.z.shape) > 1 and np.isfinite(layer.z).all():
        lines = ax.contour(layer.x, layer.y, layer.z, levels=sorted(layer.levels), colors=["white"], linewidths=1.6)
        ax.clabel(lines, fontsize="small")


def _write_values(layer: Heat, ax: "Axes") -> None:
    """Write the value of each cell, in white or black, so that it contrasts with the cell's colour."""
    low, high = (
        (float(end) for end in (np.nanmin(layer.z), np.nanmax(layer.z))) if np.isfinite(layer.z).any() else (0, 0)
    )
    for y, row, texts in zip(layer.y, layer.z, layer.texts, strict=True):
        for x, z, text in zip(layer.x, row, texts, strict=True):
            dark = high == low or (z - low) / (high - low) < DARK
            ax.text(x, y, text, ha="center", va="center", fontsize="x-small", color="white" if dark else "black")


@_add.register(Rule)
def _(layer: Rule, ax: "Axes", palette: dict[str, str]) -> None:
    across = ax.axvline if layer.axis == "x" else ax.axhline
    across(layer.at, color=palette[layer.role], linestyle="--", linewidth=1.2, label=inert(layer.name))
