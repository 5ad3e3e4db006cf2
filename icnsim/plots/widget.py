"""Converts a chart to an interactive Plotly figure for a notebook, with zoom and tooltips."""

import re
from typing import TYPE_CHECKING, Any, Final

from icnsim.plots.chart import Chart
from icnsim.plots.interactive import interactive, plain
from icnsim.plots.palette import Theme, colours

if TYPE_CHECKING:
    from plotly.graph_objects import Figure

_ROLE: Final = re.compile(r"role:([a-z0-9-]+)(?:/([0-9.]+))?")


def widget(chart: Chart, theme: Theme = "light") -> "Figure":
    """Return the chart as a Plotly figure."""
    from plotly.graph_objects import Figure

    known = colours(theme)
    found = _painted(interactive(chart), known)
    axis = {"gridcolor": known["grid"], "zeroline": False, "linecolor": known["muted"]}
    layout = {
        **found["layout"],
        "title": {"text": plain(chart.title), "font": {"size": 14}},
        "paper_bgcolor": known["paper"], "plot_bgcolor": known["paper"], "font": {"color": known["ink"]},
        "xaxis": {**axis, **found["layout"]["xaxis"]}, "yaxis": {**axis, **found["layout"]["yaxis"]},
    }  # fmt: skip
    return Figure(data=found["data"], layout=layout)


def _painted(value: Any, known: dict[str, str]) -> Any:
    """Return the data with the colour of each role in place of its name."""
    if isinstance(value, dict):
        return {key: _painted(item, known) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_painted(item, known) for item in value]
    match = _ROLE.fullmatch(value) if isinstance(value, str) else None
    if match is None:
        return value
    colour = known[match[1]]
    if match[2] is None:
        return colour
    red, green, blue = (int(colour[place : place + 2], 16) for place in (1, 3, 5))
    return f"rgba({red},{green},{blue},{match[2]})"
