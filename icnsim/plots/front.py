"""Two figures of a sweep against each other, with their Pareto front."""

from dataclasses import replace
from typing import Final

import numpy as np

from icnsim.plots import design
from icnsim.plots.chart import Chart
from icnsim.plots.lines import closed_form
from icnsim.plots.results import SweepResult
from icnsim.plots.swept import levels, measure, usual
from icnsim.plots.tradeoff import Axes, trade_off

LARGER_IS_BETTER: Final = ("success_rate", "migrations.completed", "attempts.completed")


def front(sweep: SweepResult, x: str | None = None, y: str | None = None) -> Chart:
    """Two figures of every point against each other, with the Pareto front between them.

    Parameters
    ----------
    x, y : the figures. Smaller values are better, except for the figures of `LARGER_IS_BETTER`.

    Raises
    ------
    ResultsError : a figure does not exist.
    """
    across, up = (
        replace(measure(sweep, name), predicted=closed_form(sweep, name))
        for name in (x or usual(sweep)[0], y or usual(sweep)[1])
    )
    keys = [levels(sweep, key) for key in sweep.summary["vary"]]
    values = [[key.text_of(key.values[point]) for key in keys] for point in range(sweep.summary["points"])]
    texts = tuple(", ".join(f"{key.key} {value}" for key, value in zip(keys, row, strict=True)) for row in values)
    labels = tuple(" / ".join(row) for row in values)
    larger = [each.name in LARGER_IS_BETTER for each in (across, up)]
    axes = Axes(across, up, larger_x=larger[0], larger_y=larger[1])
    designs = design.point(sweep)
    best = int(axes.front.sum())
    words = (
        f"one point, {texts[int(np.argmax(axes.front))]}, is the best in both"
        if best == 1
        else f"{best} points are on the front"
    )
    title = f"{sweep.summary['scenario']}: {up.name} against {across.name}: {words}"
    chart = trade_off(axes, title, labels, texts, {} if designs is None else {"design": designs})
    directions = [
        f"{each.name} is better {'large' if big else 'small'}" for each, big in zip((across, up), larger, strict=True)
    ]
    return replace(chart, note="; ".join([*directions, chart.note]))
