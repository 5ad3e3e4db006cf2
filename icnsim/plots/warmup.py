"""Welch's plot: the path of the records held, averaged over runs and over time, with the warm-up.

A warm-up ends where the moving average becomes flat. Source: Welch 1983, "The statistical analysis of simulation
results", in Lavenberg, *Computer Performance Modeling Handbook*.
"""

from collections.abc import Iterable
from itertools import islice
from typing import TYPE_CHECKING, Final

import numpy as np

from icnsim.numbers import as_given, brief, figure
from icnsim.plots.chart import Axis, Chart, Floats, Layer, Line, Rule
from icnsim.plots.results import RunResult, SweepResult
from icnsim.recording.occupancy import path

if TYPE_CHECKING:
    from icnsim.recording.columns import Recording

PARTS: Final = 200
"""The number of equal parts of the time of the arrivals. The path is averaged over each part."""
WINDOW: Final = 10
"""The number of parts on each side that a moving average includes. At both ends it includes fewer."""
MOST_RUNS: Final = 20


def warmup(run: RunResult) -> Chart:
    """Records held while migrations arrive, their moving average, and the configured and the proposed warm-up."""
    proposed = run.summary["warmup"]["proposed_s"]
    layers: list[Layer] = []
    if proposed is not None:
        layers.append(Rule(f"proposed warm-up, {as_given(proposed, 's')}", "limit", "x", proposed))
    return _chart(run.scenario.name, [run.replayed()], run.scenario.warmup, layers)


def welch(sweep: SweepResult) -> Chart:
    """Records held at the first point of a sweep, averaged over its replications, with their moving average.

    Up to 20 replications are simulated again, because a sweep does not keep its paths.
    """
    recordings = list(islice(sweep.replayed(), MOST_RUNS))
    warm_up = recordings[0].window_start
    return _chart(sweep.summary["scenario"], recordings, warm_up, [])


def _chart(name: str, recordings: Iterable["Recording"], warm_up: int, layers: list[Layer]) -> Chart:
    """The plot of some runs of one scenario, up to the end of the shortest run."""
    runs = list(recordings)
    end = min(run.window_end for run in runs)
    length = end // PARTS
    paths = [path(run.records.created, run.records.gone, 0, end, PARTS) for run in runs]
    held: Floats = np.array([sum(part) for part in zip(*paths, strict=True)], dtype=np.float64)
    held /= max(1, length * len(runs))
    at = (np.arange(len(held), dtype=np.float64) + 0.5) * (length / 1e6)
    smooth = moving_average(held, WINDOW)
    several = f"mean of {len(runs)} runs" if len(runs) > 1 else "records held"
    drawn: list[Layer] = [Line(several, "muted", at, held), Line("moving average", "simulated", at, smooth), *layers]
    if warm_up:
        drawn.append(Rule(f"configured warm-up, {as_given(warm_up / 1e6, 's')}", "good", "x", warm_up / 1e6))
    ends = (
        f"it is {brief(smooth[0])} at the start and {brief(smooth[-1])} at the end" if len(held) else "nothing is held"
    )
    return Chart(
        f"{name}: the moving average of the records held is {brief(smooth[0])} at first and {brief(smooth[-1])} at last"
        if len(held)
        else f"{name}: no record is held",
        Axis("virtual time", "s", low=0),
        Axis("records held", low=0),
        tuple(drawn),
        f"Moving average of the records held over {figure(end / 1e6, 's')}, {several}: {ends}.",
        f"each value is an average over {figure(length / 1e6, 's')}; the moving average spans {2 * WINDOW + 1} of them",
    )


def moving_average(values: Floats, window: int) -> Floats:
    """The mean of each value and of up to `window` values on each side. Both sides have the same number of values."""
    places = np.arange(len(values))
    reach = np.minimum(window, np.minimum(places, len(values) - 1 - places))
    sums = np.append(0.0, np.cumsum(values))
    means: Floats = (sums[places + reach + 1] - sums[places - reach]) / (2 * reach + 1)
    return means
