"""A figure along one key of a sweep, with its intervals; a line for each value of another."""

from typing import Final

import numpy as np

from icnsim.analysis.overview import SCALES
from icnsim.errors import ResultsError
from icnsim.plots.chart import Band, Chart, Layer, Line, Points, Rule
from icnsim.plots.palette import SERIES, series
from icnsim.plots.results import SweepResult
from icnsim.plots.swept import chosen, keys_of, levels, measure, usual

MARKERS: Final = ("disc", "diamond", "ring", "cross")


def lines(
    sweep: SweepResult,
    metric: str | None = None,
    x: str | None = None,
    by: str | None = None,
    limit: float | None = None,
) -> Chart:
    """A figure along a key with its 95 % intervals as bands, a line for each value of another key.

    Parameters
    ----------
    metric : the figure. x : the key along which it goes. by : the key that tells the lines apart; by default
        the second that varies, if one does. What else varies has its first value.
    limit : of an objective, drawn across, in the figure's unit, a share for a share.

    Raises
    ------
    ResultsError : there is no such figure or key, or more values than lines can be told apart.
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
            raise ResultsError(
                f"{splits.key} has {len(values)} values, more than {SERIES} lines that can be told apart"
            )
        groups = [(f"{splits.key} {splits.told(value)}", rows & (splits.values == value)) for value in values]
    layers: list[Layer] = []
    told = []
    for number, (name, group) in enumerate(groups):
        order = np.flatnonzero(group)[np.argsort(along.values[group], kind="stable")]
        at, middle = along.values[order], found.values[order]
        role = series(number)
        if not along.names:
            layers.append(Band("", role, at, found.low[order], found.high[order]))
            layers.append(Line("", role, at, middle, dashed=bool(number % 2)))
        layers.append(
            Points(name, role, at, middle, found.low[order], found.high[order], marker=MARKERS[number % len(MARKERS)])
        )
        if len(at):
            ends = f"from {middle[0]:.4g} at {along.told(at[0])} to {middle[-1]:.4g} at {along.told(at[-1])}"
            told.append(f"{name}: {ends}")
    if limit is not None:
        at_limit = limit * SCALES.get(found.unit, 1.0)
        layers.append(Rule(f"objective, {at_limit:.6g} {found.unit}".rstrip(), "limit", "y", at_limit))
    title = f"{sweep.summary['scenario']}: {metric}"
    note = "; ".join(filter(None, [note, "bands and bars: 95 % intervals"]))
    alt = f"{metric} along {along.key}, in {found.unit or 'numbers'}. {'; '.join(told)}."
    return Chart(title, along.axis, found.axis, tuple(layers), alt, note)
