"""The share of migrations that have completed, by the time since their start."""

from typing import Final

import numpy as np

from icnsim.numbers import figure, scaled
from icnsim.plots.chart import Axis, Chart, Floats, Layer, Line, Rule
from icnsim.plots.results import RunResult
from icnsim.recording.incidence import incidence

POINTS: Final = 400
"""The number of times at which the curve is computed."""


def success_by_time(run: RunResult) -> Chart:
    """Share of the migrations that have completed, by the time since their start. Unfinished ones are censored."""
    scenario, end = run.scenario, run.summary["simulated_s"]
    frame = run.some("migrations", ["started_at_s", "ended_at_s", "outcome"])
    began, ended = (
        np.rint(column.to_numpy(np.float64) * 1e6).astype(np.int64)
        for column in (frame["started_at_s"], frame["ended_at_s"].fillna(end))
    )
    inside = (began >= scenario.warmup) & (began <= round(end * 1e6) - scenario.drain)
    took = (ended - began)[inside]
    outcome = frame["outcome"].astype(str).to_numpy()[inside]
    completed, open_ = outcome == "completed", outcome == "unfinished"
    longest = int(took.max(initial=0))
    times = np.unique(np.linspace(0, max(longest, 1), POINTS).round().astype(np.int64))
    shares: Floats = 100 * incidence(took[completed], took[~completed & ~open_], took[open_], times)
    known = ~np.isnan(shares)
    layers: list[Layer] = [
        Line("completed, of all that started", "simulated", times[known] / 1e6, shares[known], steps=True)
    ]
    rate = run.summary["success_rate"]
    if rate is not None:
        layers.append(Rule(f"success rate of those that ended, {figure(rate, '%')}", "muted", "y", 100 * rate))
    reached, share = "nothing is known", "no migration has ended"
    if known.any():
        final, last = scaled(shares[known][-1], "%"), figure(times[known][-1] / 1e6, "s")
        reached, share = f"{final} after {last}", f"{final} of the migrations complete within {last}"
    return Chart(
        f"{scenario.name}: {share}",
        Axis("time since the start of a migration", "s", low=0),
        Axis("completed", "%", low=0, high=101),
        tuple(layers),
        f"Share of the migrations that have completed, by the time since their start: {reached}. "
        f"{int(open_.sum()):,} migrations have not ended.",
        "Aalen and Johansen's estimate: failures are competing events, unfinished migrations are censored",
    )
