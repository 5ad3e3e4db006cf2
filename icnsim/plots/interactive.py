"""Converts a chart to traces and a layout that plotly.js draws.

Colours are given as roles (``role:simulated``, with an opacity ``role:simulated/0.3``). The page replaces them with
the colours of its theme. Numbers are rounded to `DIGITS`, which exceed the resolution of a screen.
"""

from functools import singledispatch
from typing import Any, Final

import numpy as np

from icnsim.errors import printable
from icnsim.numbers import as_given, brief
from icnsim.plots.chart import Arrows, Axis, Band, Bars, Chart, Floats, Heat, Layer, Line, Points, Rule, Spans, Stack

DIGITS: Final = 6
Trace = dict[str, Any]
DECIMAL: Final[Trace] = {"exponentformat": "none", "separatethousands": True}
"""The format of an axis's numbers. By default, plotly.js would write 0.00025 as 250µ, even if the axis has a unit."""
STANDOFF: Final = 10
"""The distance of an axis's title from its categories, pixels. Without it, the title covers long names."""
SYMBOLS: Final = {
    "disc": "circle",
    "cross": "x-thin-open",
    "ring": "circle-open",
    "diamond": "diamond",
    "square": "square-open",
}


def interactive(chart: Chart) -> dict[str, Any]:
    """Return the chart's `data` and `layout` as JSON values without NaN. No text is interpreted as markup."""
    traces: list[Trace] = []
    shapes: list[Trace] = []
    for layer in chart.layers:
        (shapes if isinstance(layer, Rule) else traces).extend(_traces(layer))
    for trace in traces:
        if not trace.get("name"):
            trace["showlegend"] = False
    named = sum(bool(each.get("showlegend", True)) for each in (*traces, *shapes))
    layout = {
        "xaxis": _axis(chart.x),
        "yaxis": {**_axis(chart.y), **({"autorange": "reversed"} if chart.y.categories else {})},
        "shapes": shapes,
        "showlegend": named > 1,
        "barmode": "overlay",
    }
    return {"data": traces, "layout": layout}


def plain(text: str) -> str:
    """Escape the tags and entities that plotly.js interprets in a text."""
    return printable(text).replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def _axis(axis: Axis) -> Trace:
    found: Trace = {"title": {"text": plain(axis.title)}, "type": axis.scale, **DECIMAL}
    if axis.categories:
        names = [plain(name) for name in axis.categories]
        found |= {"tickmode": "array", "tickvals": list(range(len(names))), "ticktext": names}
        found["title"]["standoff"] = STANDOFF
    if axis.scale == "log":  # ticks at 5, 10, 20, 50, as in `drawing`; plotly.js shows those in its range
        ticks = [step * 10.0**power for power in range(-9, 13) for step in (1, 2, 5)]
        found |= {"tickmode": "array", "tickvals": ticks, "ticktext": [as_given(tick, "") for tick in ticks]}
    if axis.ticks:
        found |= {
            "tickmode": "array",
            "tickvals": list(axis.ticks),
            "ticktext": [as_given(tick, "") for tick in axis.ticks],
        }
    if axis.low is not None and axis.high is not None:
        ends = [axis.low, axis.high]
        found["range"] = [float(np.log10(end)) for end in ends] if axis.scale == "log" else ends
    elif axis.low == 0:
        found["rangemode"] = "tozero"
    return found


def _numbers(values: Floats) -> list[float | None]:
    """The values for JSON: rounded, None for NaN."""
    finite = np.isfinite(values)
    scale = np.power(
        10.0, DIGITS - 1 - np.floor(np.log10(np.abs(values), where=finite & (values != 0), out=np.zeros(len(values))))
    )
    rounded = np.round(values * scale) / scale
    return [
        (int(value) if value == int(value) else value) if known else None
        for value, known in zip(rounded.tolist(), finite.tolist(), strict=True)
    ]


def _colour(role: str, opacity: float | None = None) -> str:
    return f"role:{role}" if opacity is None else f"role:{role}/{opacity:g}"


def _texts(texts: tuple[str, ...]) -> Trace:
    if not texts:
        return {}
    return {"text": [plain(text) for text in texts], "hovertemplate": "%{text}<extra></extra>"}


@singledispatch
def _traces(layer: Layer) -> list[Trace]:
    raise AssertionError(layer)


@_traces.register(Bars)
def _(layer: Bars) -> list[Trace]:
    edges, lengths = layer.edges, layer.lengths
    texts = tuple(
        f"{brief(low)} to {brief(high)}: {brief(length)}"
        for low, high, length in zip(edges[:-1], edges[1:], lengths, strict=True)
    )
    return [
        {
            "type": "bar",
            "name": plain(layer.name),
            "x": _numbers((edges[:-1] + edges[1:]) / 2),
            "width": _numbers(np.diff(edges)),
            "y": _numbers(lengths),
            **_texts(texts),
            "textposition": "none",
            "marker": {"color": _colour(layer.role, 0.6)},
        }
    ]


@_traces.register(Line)
def _(layer: Line) -> list[Trace]:
    line = {"color": _colour(layer.role), "width": 2, "dash": "dash" if layer.dashed else "solid"}
    return [
        {
            "type": "scatter",
            "mode": "lines",
            "name": plain(layer.name),
            "x": _numbers(layer.x),
            "y": _numbers(layer.y),
            "line": {**line, "shape": "hv" if layer.steps else "linear"},
        }
    ]


@_traces.register(Band)
def _(layer: Band) -> list[Trace]:
    around = np.concatenate([layer.x, layer.x[::-1]])
    return [
        {
            "type": "scatter",
            "mode": "lines",
            "fill": "toself",
            "name": plain(layer.name),
            "x": _numbers(around),
            "y": _numbers(np.concatenate([layer.low, layer.high[::-1]])),
            "line": {"width": 0},
            "fillcolor": _colour(layer.role, 0.2),
            "hoverinfo": "skip",
        }
    ]


@_traces.register(Points)
def _(layer: Points) -> list[Trace]:
    sizes: Any = 34 if layer.marker == "square" else 7
    if layer.sizes is not None and len(layer.sizes):
        sizes = _numbers(4 + 18 * np.sqrt(layer.sizes / layer.sizes.max()))
    trace: Trace = {
        "type": "scatter",
        "mode": "markers",
        "name": plain(layer.name),
        "x": _numbers(layer.x),
        "y": _numbers(layer.y),
        "marker": {
            "color": _colour(layer.role),
            "size": sizes,
            "symbol": SYMBOLS[layer.marker],
            "line": {"width": 1.5},
        },
        **_texts(layer.texts),
    }
    if layer.labels:
        labels = [plain(label) for label in layer.labels]
        trace |= {"mode": "markers+text", "text": labels, "textposition": "top right", "textfont": {"size": 10}}
        trace |= {"hovertext": [plain(text) for text in layer.texts], "hovertemplate": "%{hovertext}<extra></extra>"}
    if layer.low is not None and layer.high is not None:
        along = layer.x if layer.spread == "x" else layer.y
        trace[f"error_{layer.spread}"] = {
            "type": "data",
            "symmetric": False,
            "array": _numbers(layer.high - along),
            "arrayminus": _numbers(along - layer.low),
            "color": _colour(layer.role),
            "thickness": 1.2,
            "width": 3,
        }
    return [trace]


@_traces.register(Stack)
def _(layer: Stack) -> list[Trace]:
    x = _numbers(layer.x)
    return [
        {
            "type": "scatter",
            "mode": "lines",
            "stackgroup": "all",
            "name": plain(name),
            "x": x,
            "y": _numbers(heights),
            "line": {"width": 0.5, "color": _colour(role)},
            "fillcolor": _colour(role, 0.8),
        }
        for name, role, heights in layer.parts
    ]


@_traces.register(Spans)
def _(layer: Spans) -> list[Trace]:
    return [
        {
            "type": "bar",
            "orientation": "h",
            "name": plain(layer.name),
            "y": _numbers(layer.lane),
            "base": _numbers(layer.start),
            "x": _numbers(layer.end - layer.start),
            "width": layer.thickness,
            "marker": {"color": _colour(layer.role)},
            **_texts(layer.texts),
            "textposition": "none",
        }
    ]


@_traces.register(Arrows)
def _(layer: Arrows) -> list[Trace]:
    gap = np.full(len(layer.x0), np.nan)
    x, y = (np.stack([a, b, gap], axis=1).ravel() for a, b in ((layer.x0, layer.x1), (layer.y0, layer.y1)))
    texts = tuple(text for each in layer.texts for text in (each, each, ""))
    return [
        {
            "type": "scatter",
            "mode": "lines+markers",
            "name": plain(layer.name),
            "x": _numbers(x),
            "y": _numbers(y),
            "line": {"color": _colour(layer.role), "width": 1.5},
            **_texts(texts),
            "marker": {
                "symbol": "arrow",
                "angleref": "previous",
                "size": [0, 10, 0] * len(gap),
                "color": _colour(layer.role),
            },
        }
    ]


@_traces.register(Heat)
def _(layer: Heat) -> list[Trace]:
    x, y, z = _numbers(layer.x), _numbers(layer.y), [_numbers(row) for row in layer.z]
    title = plain(f"{layer.name} ({layer.unit})" if layer.unit else layer.name)
    found: list[Trace] = [
        {
            "type": "heatmap",
            "x": x,
            "y": y,
            "z": z,
            "colorscale": "Cividis",
            **(
                {"text": [list(row) for row in layer.texts], "texttemplate": "%{text}", "showscale": False}
                if layer.texts
                else {"colorbar": {"title": {"text": title, "side": "right"}, **DECIMAL}}
            ),
            "hovertemplate": f"%{{x}}, %{{y}}: %{{z}} {plain(layer.unit)}<extra></extra>",
            "showlegend": False,
        }
    ]
    for level in layer.levels:
        contours = {"coloring": "none", "start": level, "end": level, "size": 1, "showlabels": True}
        found.append(
            {
                "type": "contour",
                "x": x,
                "y": y,
                "z": z,
                "contours": contours,
                "line": {"color": "white", "width": 2},
                "showscale": False,
                "showlegend": False,
                "hoverinfo": "skip",
            }
        )
    return found


@_traces.register(Rule)
def _(layer: Rule) -> list[Trace]:
    other = "y" if layer.axis == "x" else "x"
    ends = {f"{layer.axis}0": layer.at, f"{layer.axis}1": layer.at, f"{other}0": 0, f"{other}1": 1}
    line = {"color": _colour(layer.role), "width": 1.5, "dash": "dash"}
    return [
        {
            "type": "line",
            f"{other}ref": "paper",
            **ends,
            "line": line,
            "name": plain(layer.name),
            "showlegend": bool(layer.name),
            "layer": "above",
        }
    ]
