"""The duration of migrations and of their stages."""

from typing import Final

import numpy as np

from icnsim.numbers import figure
from icnsim.plots.chart import Axis, Chart, Floats, Layer, Points, Rule, Spans
from icnsim.plots.conclusions import closed_form
from icnsim.plots.results import RunResult

STAGES: Final = (
    ("request to accept", "requested_at_s", "accepted_at_s", "requesting"),
    ("checkpoint", "accepted_at_s", "checkpointed_at_s", "checkpointing"),
    ("transfer", "checkpointed_at_s", "transferred_at_s", "transferring"),
    ("restore", "transferred_at_s", "restored_at_s", "restoring"),
    ("acknowledgement", "restored_at_s", "completed_at_s", "complete"),
    ("whole migration", "requested_at_s", "completed_at_s", "running"),
)
"""The stages of a completed attempt: name, columns of the first and the last instant, role of the colour."""
SHARES: Final = (5, 25, 50, 75, 95)


def migration_duration(run: RunResult) -> Chart:
    """The 5, 25, 50, 75 and 95 % quantiles of the duration of each stage of completed attempts."""
    columns = sorted({name for _, *both, _ in STAGES for name in both})
    frame = run.some("attempts", [*columns, "outcome"])
    completed = frame[frame["outcome"] == "completed"]
    layers: list[Layer] = []
    words = []
    for lane, (name, since, until, role) in enumerate(STAGES):
        values: Floats = (completed[until] - completed[since]).dropna().to_numpy(np.float64)
        if len(values):
            layers += _spread(lane, name, role, values)
            words.append(f"{name} {figure(float(np.median(values)), 's')}")
    predicted = run.summary["predicted"].get("migration_duration.mean", {}).get("value")
    if predicted is not None and len(completed):
        layers.append(Rule(f"predicted mean of the migration, {figure(predicted, 's')}", "predicted", "x", predicted))
    alt = f"Medians of {len(completed):,} completed attempts: {', '.join(words)}." if words else "No attempt completed."
    return Chart(
        f"{run.scenario.name}: {_conclusion(run)}",
        Axis("duration", "s", low=0),
        Axis("stage", categories=tuple(name for name, *_ in STAGES)),
        tuple(layers),
        alt,
        "thick bar: 25 % to 75 %; thin bar: 5 % to 95 %; ring: the median; cross: the mean",
    )


def _conclusion(run: RunResult) -> str:
    found = run.summary["migration_duration"]
    if found["mean"] is None:
        return "no attempt completed"
    form = closed_form(run, "migration_duration.mean", "s", found["ci95"])
    return f"a migration takes {figure(found['mean'], 's')} on average{form}"


def _spread(lane: int, name: str, role: str, values: Floats) -> list[Layer]:
    low, quarter, middle, three, high = np.percentile(values, SHARES, method="median_unbiased")
    at = np.array([float(lane)])
    ends = ((5, low), (25, quarter), (75, three), (95, high))

    def span(start: float, end: float, thickness: float) -> Spans:
        text = f"{name}: " + ", ".join(f"{share} % {figure(value, 's')}" for share, value in ends)
        return Spans("", role, at, np.array([start]), np.array([end]), (text,), thickness)

    median = (f"{name}: median {figure(middle, 's')}",)
    mean = (f"{name}: mean {figure(float(values.mean()), 's')}",)
    return [
        span(low, high, 0.12),
        span(quarter, three, 0.5),
        Points("", "ink", np.array([middle]), at, texts=median, marker="ring"),
        Points("", "ink", np.array([values.mean()]), at, texts=mean, marker="cross"),
    ]
