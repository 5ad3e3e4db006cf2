"""Two figures of a sweep against each other, and the points of which no other is better in both."""

from typing import Final

import numpy as np

from icnsim.analysis import pareto
from icnsim.plots.chart import Bools, Chart, Floats, Layer, Line, Points
from icnsim.plots.results import SweepResult
from icnsim.plots.swept import Measure, levels, measure, usual

LARGER_IS_BETTER: Final = ("success_rate", "migrations.completed", "attempts.completed")


def front(sweep: SweepResult, x: str | None = None, y: str | None = None) -> Chart:
    """Two figures of every point against each other, with the Pareto front between them.

    Parameters
    ----------
    x, y : the figures. Small ones are good ones, but for those of `LARGER_IS_BETTER`.

    Raises
    ------
    ResultsError : there is no such figure.
    """
    across, up = measure(sweep, x or usual(sweep)[0]), measure(sweep, y or usual(sweep)[1])
    keys = [levels(sweep, key) for key in sweep.summary["vary"]]
    texts = [
        ", ".join(f"{key.key} {key.told(key.values[point])}" for key in keys)
        for point in range(sweep.summary["points"])
    ]
    on_it = pareto.front(np.stack([_cost(across), _cost(up)], axis=1))
    known = ~np.isnan(across.values) & ~np.isnan(up.values)
    # Between two of its points the worse of both is sure: steps, from the best in x on.
    order = np.flatnonzero(on_it)[np.argsort(_cost(across)[on_it], kind="stable")]
    layers: list[Layer] = [
        Line("", "muted", across.values[order], up.values[order], dashed=True, steps=True),
        _points(across, up, texts, known & ~on_it, strong=False),
        _points(across, up, texts, on_it, strong=True),
    ]
    better = [f"{each.name} is better {'large' if each.name in LARGER_IS_BETTER else 'small'}" for each in (across, up)]
    told = "; ".join(
        f"{texts[point]}: {across.values[point]:.4g} {across.unit} and {up.values[point]:.4g} {up.unit}".rstrip()
        for point in order[:5]
    )
    alt = f"{on_it.sum()} of {known.sum()} points are on the Pareto front of {across.name} and {up.name}. {told}."
    title = f"{sweep.summary['scenario']}: {up.name} against {across.name}"
    return Chart(title, across.axis, up.axis, tuple(layers), alt, "; ".join(better))


def _cost(found: Measure) -> Floats:
    costs: Floats = -found.values if found.name in LARGER_IS_BETTER else found.values
    return costs


def _points(across: Measure, up: Measure, texts: list[str], rows: Bools, *, strong: bool) -> Points:
    told = tuple(text for text, there in zip(texts, rows, strict=True) if there)
    x, y = across.values[rows], up.values[rows]
    if strong:
        return Points("on the front", "simulated", x, y, up.low[rows], up.high[rows], texts=told)
    return Points("dominated", "muted", x, y, texts=told, marker="cross")
