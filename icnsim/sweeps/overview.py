"""The first lines that a reader sees of a sweep: its points with the figures that matter, in words."""

import math
from collections.abc import Mapping, Sequence
from typing import Any, Final

from icnsim.errors import printable
from icnsim.numbers import figure, grouped, interval
from icnsim.plots.results import SweepResult
from icnsim.plots.swept import submits
from icnsim.sweeps.figures import unit_of
from icnsim.sweeps.statistics import WHY

SHOWN: Final = 40
"""Points that are shown; the files have all."""
USUAL: Final = (
    "success_rate", "completed_share", "detection_total.mean", "detection_total.p99", "false_positives.rate",
    "records.mean", "manager.cpu_share",
)  # fmt: skip
"""Figures that are shown unless others are asked for."""
OF_TASKS: Final = (
    "tasks.success_rate", "tasks.time.mean", "tasks.time.p99", "tasks.timed_out", "tasks.refused_checkpoints",
    "recoveries.work_lost.mean",
)  # fmt: skip
"""The same where tasks are submitted, and nothing migrates."""
_STATISTICS: Final = ("estimate", "ci95_low", "ci95_high")


def usual(sweep: SweepResult) -> tuple[str, ...]:
    """The figures of a sweep that are shown unless others are asked for."""
    return (OF_TASKS if submits(sweep) else USUAL) + sweep.plugged


def rows(sweep: SweepResult, metrics: Sequence[str], most: int = SHOWN) -> list[dict[str, Any]]:
    """The first points: for each key its value, how many `runs`, and for each metric `cell`'s two texts."""
    keys = list(sweep.summary["vary"])
    statistics = [f"{metric}.{name}" for metric in metrics for name in _STATISTICS]
    frame = sweep.some("aggregate", [*keys, "replications", "failed", *statistics], most)
    found = []
    for row in frame.to_dict("records"):
        runs = f"{row['replications']:,}" + (f", {row['failed']:,} failed" if row["failed"] else "")
        told = {key: key_value(row[key]) for key in keys}
        found.append({**told, "runs": runs, **{metric: _cell(row, metric) for metric in metrics}})
    return found


def headings(sweep: SweepResult) -> list[str]:
    """The varied keys, each with the unit of its column, such as ``manager.timeout, s``."""
    return [", ".join(filter(None, (key, sweep.unit(key)))) for key in sweep.summary["vary"]]


def missing(sweep: SweepResult, metrics: Sequence[str], most: int = SHOWN) -> list[str]:
    """Why metrics have no interval at some of the first points at which they exist, a line for each reason."""
    columns = [f"{metric}.{name}" for metric in metrics for name in ("n", WHY)]
    frame = sweep.some("aggregate", columns, most)
    found: dict[str, list[str]] = {}
    for metric in metrics:
        for why in frame[f"{metric}.{WHY}"][frame[f"{metric}.n"] > 0].dropna().unique():
            found.setdefault(why, []).append(metric)
    return [f"no interval of {', '.join(of)}: {why}" for why, of in found.items()]


def title(summary: Mapping[str, Any]) -> str:
    """A sweep in one line."""
    least, most = summary["replications"]["least"], summary["replications"]["most"]
    each = f"{least:,}" if least == most else f"{least:,} to {most:,}"
    return (
        f"{summary['scenario']}: {summary['points']:,} points of the design {summary['design']}, {each} replications "
        f"each, {summary['runs']:,} runs"
    )


def key_value(value: Any) -> str:
    """The exact value of a varied key as its column has it: values that differ never have the same text."""
    if value is None or (isinstance(value, float) and math.isnan(value)):
        return "null"
    return printable(value if isinstance(value, str) else grouped(value))


def number(value: float) -> float | None:
    """A plain number; None for NaN, which is how tables have null."""
    return None if math.isnan(value) else float(value)


def _cell(row: dict[str, Any], metric: str) -> tuple[str, str]:
    """Estimate and interval of a figure: half-width, or both ends where they are not around it."""
    unit = unit_of(metric)
    mean, low, high = (number(row[f"{metric}.{name}"]) for name in _STATISTICS)
    if mean is None or low is None or high is None or low == high:
        return figure(mean, unit), ""
    if abs((high - mean) - (mean - low)) <= 1e-9 * abs(high - low):
        return figure(mean, unit), f"± {figure((high - low) / 2, unit, scale_of=mean)}"
    return figure(mean, unit), interval(low, high, unit)
