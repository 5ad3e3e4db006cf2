"""Submitted tasks: their durations, the detection of missed deadlines, and the number of tasks that run."""

from typing import Final

import numpy as np

from icnsim.numbers import as_given, figure, whole
from icnsim.plots.chart import Axis, Chart, Floats, Layer, Line, Rule
from icnsim.plots.conclusions import closed_form
from icnsim.plots.latency import CUMULATIVE, ecdf
from icnsim.plots.occupancy import over_time, without_drain
from icnsim.plots.results import RunResult

MODES: Final = {"ephemeral": "simulated", "stateful": "series-2", "wasm_stateful": "series-3"}
"""The modes of tasks, each with the role of its colour."""


def task_time(run: RunResult) -> Chart:
    """Empirical distribution of the time of completed tasks, by their modes, with the predicted mean of all."""
    frame = run.some("tasks", ["mode", "outcome", "submitted_at_s", "ended_at_s"])
    completed = frame[frame["outcome"] == "completed"]
    layers: list[Layer] = []
    words = []
    for mode, role in MODES.items():
        of_mode = completed[completed["mode"] == mode]
        values: Floats = (of_mode["ended_at_s"] - of_mode["submitted_at_s"]).to_numpy(np.float64)
        if len(values):
            layers.append(ecdf(mode.replace("_", " "), role, values))
            median = figure(float(np.median(values)), "s")
            words.append(f"{len(values):,} {mode.replace('_', ' ')} with a median of {median}")
    predicted = run.summary["predicted"].get("tasks.time.mean", {}).get("value")
    if predicted is not None and words:
        layers.append(Rule(f"predicted mean of all, {figure(predicted, 's')}", "predicted", "x", predicted))
    return Chart(
        _title(run, "time", "a completed task takes {} on average", "no task completed"),
        Axis("from submission to completion", "s", low=0),
        CUMULATIVE,
        tuple(layers),
        f"Empirical distribution of the time of completed tasks: {'; '.join(words) or 'none completed'}.",
    )


def task_detection(run: RunResult) -> Chart:
    """Empirical distribution of the delay from a missed deadline to its detection, with the closed form over it."""
    frame = run.some("tasks", ["detection_latency_s"])
    values: Floats = frame["detection_latency_s"].dropna().to_numpy(np.float64)
    prediction = run.summary["predicted"].get("tasks.detection_latency.mean", {})
    mean, layers = prediction.get("value"), list[Layer]()
    if len(values):
        layers.append(ecdf("simulated", "simulated", values))
    if mean is not None:
        high = 2 * mean
        x, y = np.array([-high / 20, 0, high, 1.05 * high]), np.array([0.0, 0, 100, 100])
        layers.append(Line(f"closed form, uniform on [0, {as_given(high, '')}) s", "predicted", x, y, dashed=True))
    found = f"mean {figure(float(values.mean()), 's')}" if len(values) else "none"
    return Chart(
        _title(run, "detection_latency", "a missed deadline is detected {} later on average", "no deadline was missed"),
        Axis("from the deadline to the tick", "s"),
        CUMULATIVE,
        tuple(layers),
        f"Empirical distribution of the delay from a task's deadline to its detection: {found}.",
        "" if mean is not None or "reason" not in prediction else f"no closed form: {prediction['reason']}",
    )


def task_runs(run: RunResult) -> Chart:
    """Runs of tasks at the executors, and messages under way, over time."""
    at, columns = over_time(run, ("running", "in_flight"))
    running, flying = columns["running"], columns["in_flight"]
    lines = (
        Line("runs of tasks", "running", at, running, steps=True),
        Line("messages under way", "muted", at, flying, steps=True),
    )
    most = running.max(initial=0)
    return Chart(
        f"{run.scenario.name}: at most {whole(most)} tasks run at once",
        Axis("virtual time", "s"),
        Axis("number", low=0),
        lines,
        f"Runs of tasks over time, at most {whole(most)} at once.",
        without_drain(run),
    )


def _title(run: RunResult, metric: str, words: str, nothing: str) -> str:
    """Return a title with a mean of the tasks and its closed form."""
    found = run.summary["tasks"][metric]
    if found["mean"] is None:
        return f"{run.scenario.name}: {nothing}"
    form = closed_form(run, f"tasks.{metric}.mean", "s", found["ci95"])
    return f"{run.scenario.name}: {words.format(figure(found['mean'], 's'))}{form}"
