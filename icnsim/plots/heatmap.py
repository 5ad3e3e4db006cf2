"""A figure over two keys of a sweep, by colour, with the contour of an objective."""

from dataclasses import replace

import numpy as np

from icnsim.analysis.figures import better
from icnsim.errors import ResultsError
from icnsim.numbers import SCALES, as_given, scaled
from icnsim.plots import design
from icnsim.plots.chart import Axis, Chart, Floats, Heat, Layer, Points
from icnsim.plots.results import SweepResult
from icnsim.plots.swept import Levels, Measure, chosen, keys_of, levels, measure, usual


def heatmap(
    sweep: SweepResult,
    metric: str | None = None,
    x: str | None = None,
    y: str | None = None,
    limit: float | None = None,
    *,
    at_most: bool = True,
) -> Chart:
    """A figure over two keys of a grid, by colour, with a contour at the limit of an objective.

    Parameters
    ----------
    metric : the figure. x, y : the keys; by default the first two that vary. Every other key has its first value.
    limit : the limit of the objective, in the figure's unit; from 0 to 1 for a share. at_most : True if the figure
        must not exceed the limit, False if it must reach it.

    Raises
    ------
    ResultsError : the figure or a key does not exist, or the points are not a grid over the two keys.
    """
    metric = metric or usual(sweep)[0]
    across, up = (levels(sweep, key) for key in keys_of(sweep, (x, y)))
    found = measure(sweep, metric)
    rows, note = chosen(sweep, (across.key, up.key))
    columns, lines = np.unique(across.values[rows]), np.unique(up.values[rows])
    if len(columns) * len(lines) != rows.sum():
        raise ResultsError(
            f"the points are not a grid over {across.key} and {up.key}; the design is {sweep.summary['design']}"
        )
    z = np.full((len(lines), len(columns)), np.nan)
    z[np.searchsorted(lines, up.values[rows]), np.searchsorted(columns, across.values[rows])] = found.values[rows]
    at = None if limit is None else limit * SCALES.get(found.unit, 1.0)
    heat = Heat(metric, found.unit, columns, lines, z, () if at is None else (at,))
    layers: list[Layer] = []
    if design.point(sweep) is not None and {across.key, up.key} == set(sweep.summary["vary"]):
        x_at, y_at = design.NUMBERS[across.key], design.NUMBERS[up.key]
        name = f"the design's {across.text_of(x_at)} and {up.text_of(y_at)}"
        layers.append(Points(name, "limit", np.array([x_at]), np.array([y_at]), marker="square"))
        note = "; ".join(filter(None, [note, f"square: {name}"]))
    alt = f"{metric} over {across.key} and {up.key}: {_range(z, found.unit, across, up, columns, lines)}"
    if at is not None:
        inside = np.argwhere(z <= at if at_most else z >= at)
        words = f"at {'most' if at_most else 'least'} {as_given(at, found.unit)}"
        heat = replace(heat, met=z <= at if at_most else z >= at)
        if heat.texts:
            note = "; ".join(filter(None, [note, f"✓: {words}"]))
        else:  # the cells are too many for texts
            layers.append(Points(words, "paper", columns[inside[:, 1]], lines[inside[:, 0]], marker="ring"))
        alt += f" {len(inside)} of {z.size} points are {words}."
    unit = f" ({found.unit})" if found.unit else ""
    title = f"{sweep.summary['scenario']}: {metric}{unit}{_best(z, found, across, up, columns, lines)}"
    return Chart(title, _ticked(across, columns), _ticked(up, lines), (heat, *layers), alt, note)


def _ticked(key: Levels, ran: Floats) -> Axis:
    """Return the axis of a key with ticks at the values that were run."""
    return key.axis if key.names else replace(key.axis, ticks=tuple(ran.tolist()))


def _best(z: Floats, found: Measure, across: Levels, up: Levels, columns: Floats, lines: Floats) -> str:
    """Return the conclusion of the map: where the figure is best, or that it does not vary."""
    direction = better(found.name)
    if np.isnan(z).all():
        return ""
    if np.nanmin(z) == np.nanmax(z):
        return " is the same at every point" if np.count_nonzero(~np.isnan(z)) > 1 else ""
    if direction == "none":
        return ""
    place = np.nanargmin(z) if direction == "lower" else np.nanargmax(z)
    row, column = np.unravel_index(place, z.shape)
    return f" is best at {across.key} {across.text_of(columns[column])} and {up.key} {up.text_of(lines[row])}"


def _range(z: Floats, unit: str, across: Levels, up: Levels, columns: Floats, lines: Floats) -> str:
    if np.isnan(z).all():
        return "no point has this figure."
    words = []
    for word, place in (("least", np.nanargmin(z)), ("most", np.nanargmax(z))):
        row, column = np.unravel_index(place, z.shape)
        where = f"{across.key} {across.text_of(columns[column])} and {up.key} {up.text_of(lines[row])}"
        words.append(f"{word} {scaled(z[row, column], unit)} at {where}")
    return "; ".join(words) + "."
