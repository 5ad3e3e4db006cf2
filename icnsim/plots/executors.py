"""The share of completed attempts at each target executor."""

from typing import TYPE_CHECKING, Final

import numpy as np

from icnsim.numbers import figure, whole
from icnsim.plots.chart import Axis, Chart, Floats, Layer, Points, Spans
from icnsim.plots.results import RunResult
from icnsim.statistics.intervals import wilson

if TYPE_CHECKING:
    import pandas as pd

MOST_ALONE: Final = 40
"""The most executors that are drawn individually. If there are more, groups are drawn."""


def success(run: RunResult) -> Chart:
    """The share of the ended attempts at each executor that completed.

    The 95 % intervals are Wilson's. They assume that the attempts at an executor are independent.
    """
    frame = run.some("attempts", ["target", "outcome"])
    counts = _counted(frame)
    single = len(counts) <= MOST_ALONE
    if not single:
        of_group = [name.rpartition("-")[0] for name in counts.index]
        spread = counts["completed"] / counts["ended"]
        ranges = spread.groupby(of_group, sort=False).quantile([0.05, 0.95]).unstack()
        counts = counts.groupby(of_group, sort=False).sum()
    completed, ended = (counts[name].to_numpy(np.float64) for name in ("completed", "ended"))
    share: Floats = completed / ended
    ends = [wilson(c, n) for c, n in zip(completed, ended, strict=True)]
    low, high = (np.array([getattr(each, side) for each in ends], dtype=np.float64) for side in ("low", "high"))
    lanes = np.arange(len(counts), dtype=np.float64)
    texts = tuple(
        f"{name}: {whole(c)} of {whole(n)} completed, {figure(s, '%')}"
        for name, c, n, s in zip(counts.index, completed, ended, share, strict=True)
    )
    layers: list[Layer] = []
    if not single:
        least, most = (100 * ranges[share].reindex(counts.index).to_numpy(np.float64) for share in (0.05, 0.95))
        layers.append(Spans("90 % of its executors", "running", lanes, least, most, texts, 0.3))
    layers.append(
        Points(
            "completed, with 95 % interval", "simulated", 100 * share, lanes, 100 * low, 100 * high, "x", texts=texts
        )
    )
    what = "executor" if single else "group"
    least = figure(float(share.min()), "%") if len(share) else ""
    worst = f"; the least at {counts.index[int(share.argmin())]}, {least}" if least else ""
    fewest = f", the fewest at {counts.index[int(share.argmin())]} ({least})" if len(set(share.tolist())) > 1 else ""
    overall = figure(float(completed.sum() / max(1, ended.sum())), "%")
    return Chart(
        f"{run.scenario.name}: {overall} of the attempts completed{fewest}",
        Axis("completed attempts, of all that ended", "%", low=0, high=101),
        Axis(what, categories=tuple(counts.index)),
        tuple(layers),
        f"Share of completed attempts by target {what}: {overall}{worst}.",
    )


def _counted(frame: "pd.DataFrame") -> "pd.DataFrame":
    """The number of completed attempts and of ended attempts at each executor."""
    ended = frame[frame["outcome"] != "unfinished"]
    by_target = (ended["outcome"] == "completed").groupby(ended["target"], observed=True, sort=True)
    counts = by_target.agg(completed="sum", ended="size")
    return counts.set_axis(counts.index.astype(str))
