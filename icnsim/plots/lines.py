"""A figure along one key of a sweep, with its intervals, and one line for each value of another key."""

from typing import Final

import numpy as np
from numpy.typing import NDArray

from icnsim.analysis.figures import better
from icnsim.errors import ResultsError
from icnsim.numbers import SCALES, as_given, scaled
from icnsim.plots import design
from icnsim.plots.chart import Band, Bools, Chart, Floats, Layer, Line, Points, Rule
from icnsim.plots.palette import SERIES, series
from icnsim.plots.results import SweepResult
from icnsim.plots.swept import Measure, chosen, keys_of, levels, measure, usual

BANDS: Final = "bars: 95 % intervals; bands: contain 95 % of the estimates if the closed form is correct"
ROUNDING: Final = 1e-9
"""The largest relative difference between an interval's end and the closed form that counts as a rounding error."""
Places = NDArray[np.intp]
MARKERS: Final = ("disc", "diamond", "ring", "cross")


def lines(
    sweep: SweepResult,
    metric: str | None = None,
    x: str | None = None,
    by: str | None = None,
    limit: float | None = None,
) -> Chart:
    """A figure along a key with its 95 % intervals, and one line for each value of another key.

    Parameters
    ----------
    metric : the figure. x : the key of the horizontal axis. by : the key that has a line for each value; by default
        the second key that varies, if any. Every other key has its first value.
    limit : the limit of an objective, in the figure's unit, drawn as a line; from 0 to 1 for a share.

    Raises
    ------
    ResultsError : the figure or a key does not exist, or there are more values than distinguishable lines.
    """
    metric = metric or usual(sweep)[0]
    several = by is not None or len(sweep.summary["vary"]) > 1
    keys = keys_of(sweep, (x, by) if several else (x,))
    along, found = levels(sweep, keys[0]), measure(sweep, metric)
    rows, note = chosen(sweep, keys)
    splits = levels(sweep, keys[1]) if several else None
    groups = [(along.key, rows)]
    if splits is not None:
        values = np.unique(splits.values[rows])
        if len(values) > SERIES:
            raise ResultsError(f"{splits.key} has {len(values)} values; this plot shows at most {SERIES} lines")
        groups = [(f"{splits.key} {splits.text_of(value)}", rows & (splits.values == value)) for value in values]
    layers: list[Layer] = []
    words, inside = [], []
    form = closed_form(sweep, metric)
    for number, (name, group) in enumerate(groups):
        order = np.flatnonzero(group)[np.argsort(along.values[group], kind="stable")]
        at, middle = along.values[order], found.values[order]
        role = series(number)
        if not along.names and np.isnan(form[order]).any():
            layers.append(Band("", role, at, found.low[order], found.high[order]))
            layers.append(Line("", role, at, middle, dashed=bool(number % 2)))
        elif not along.names:
            layers += _chance("" if number else "closed form", role, found, form, order, at)
            inside += _inside(found, form, order)
        layers.append(
            Points(name, role, at, middle, found.low[order], found.high[order], marker=MARKERS[number % len(MARKERS)])
        )
        if len(at):
            first, last = (f"{scaled(middle[end], found.unit)} at {along.text_of(at[end])}" for end in (0, -1))
            words.append(f"{name}: from {first} to {last}")
    if limit is not None:
        at_limit = limit * SCALES.get(found.unit, 1.0)
        layers.append(Rule(f"objective, {as_given(at_limit, found.unit)}", "limit", "y", at_limit))
    layers += design.rule(along)
    title = f"{sweep.summary['scenario']}: {metric}{_best(sweep, found, rows, keys)}"
    bands = BANDS if inside else "bands and bars: 95 % intervals"
    agree = f"the closed form is within the interval of {sum(inside)} of {len(inside)} points" if inside else ""
    note = "; ".join(filter(None, [note, bands, agree]))
    alt = f"{metric} along {along.key}, in {found.unit or 'numbers'}. {'; '.join(words)}. {agree}".strip()
    alt = alt if alt.endswith(".") else f"{alt}."
    return Chart(title, along.axis, found.axis, tuple(layers), alt, note)


def closed_form(sweep: SweepResult, metric: str) -> Floats:
    """Return the closed form's value at every point, in the figure's unit; NaN at a point without a closed form."""
    try:
        return measure(sweep, f"predicted.{metric}.value").values
    except ResultsError:  # no closed form predicts this figure
        return np.full(sweep.summary["points"], np.nan)


def _chance(name: str, role: str, found: Measure, form: Floats, order: Places, at: Floats) -> list[Layer]:
    """Return the closed form as a line, and the band that contains 95 % of the estimates if it is correct.

    An estimate is within the band if and only if its interval contains the closed form. The band therefore
    has the width of the intervals, around the closed form.
    """
    predicted, middle = form[order], found.values[order]
    low, high = predicted - (found.high[order] - middle), predicted + (middle - found.low[order])
    if found.unit == "%":  # no estimate of a share is outside of these ends
        low, high = np.clip(low, 0, 100), np.clip(high, 0, 100)
    line = Line(name, role, at, predicted, dashed=True)
    return [line] if np.isnan(low).any() else [Band("", role, at, low, high), line]


def _inside(found: Measure, form: Floats, order: Places) -> list[bool]:
    """Return True for each interval that contains the closed form, apart from rounding errors."""
    known = order[~np.isnan(found.low[order])]
    slack = ROUNDING * np.abs(form[known])
    return list((found.low[known] - slack <= form[known]) & (form[known] <= found.high[known] + slack))


def _best(sweep: SweepResult, found: Measure, rows: Bools, keys: tuple[str, ...]) -> str:
    """Return the conclusion: the point at which the figure is best, or that it does not vary."""
    direction, values = better(found.name), np.where(rows, found.values, np.nan)
    if np.isnan(values).all():
        return ""
    if np.nanmin(values) == np.nanmax(values):
        return " is the same at every point" if np.count_nonzero(~np.isnan(values)) > 1 else ""
    if direction == "none":
        return ""
    place = int(np.nanargmin(values) if direction == "lower" else np.nanargmax(values))
    at = [levels(sweep, key) for key in keys]
    where = " and ".join(f"{key.key} {key.text_of(key.values[place])}" for key in at)
    return f" is best, {scaled(values[place], found.unit)}, at {where}"
