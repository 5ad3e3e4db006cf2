"""The main figures of a run: simulated, predicted and claimed."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Final, NamedTuple

from icnsim.analysis.claims import claim_for
from icnsim.numbers import CPU, SCALES, figure
from icnsim.recording.expectations import flatten
from icnsim.theory.prediction import OVER_SEEDS

__all__ = ["CPU", "ROWS", "SCALES", "Row", "figure", "headings", "overview", "predicted", "without_intervals"]

ROWS: Final = (
    ("success rate", "success_rate", "%"),
    ("completed, of all that began", "completed_share", "%"),
    ("  within 10 s", "success_by.10s", "%"),
    ("  within 60 s", "success_by.60s", "%"),
    ("migrations", "migrations.total", ""),
    ("  tried again", "migrations.retried", ""),
    ("  completed", "migrations.completed", ""),
    ("  rejected", "migrations.rejected", ""),
    ("  timed out", "migrations.timed_out", ""),
    ("  failed", "migrations.failed", ""),
    ("  unfinished", "migrations.unfinished", ""),
    ("  skipped arrivals", "migrations.skipped", ""),
    ("rounds of a pre-copy, mean", "wasm.rounds.mean", ""),
    ("  pages left for the pause, mean", "wasm.final_pages.mean", ""),
    ("  total, mean", "wasm.total.mean", "s"),
    ("tasks submitted", "tasks.submitted", ""),
    ("  completed", "tasks.completed", ""),
    ("  completed with the right result, of those ended", "tasks.success_rate", "%"),
    ("  timed out", "tasks.timed_out", ""),
    ("  divergence", "tasks.divergence", ""),
    ("  insufficient", "tasks.insufficient", ""),
    ("  failed with their gateway", "tasks.failed", ""),
    ("  unfinished", "tasks.unfinished", ""),
    ("  wrong results", "tasks.wrong_rate", "%"),
    ("  time, mean", "tasks.time.mean", "s"),
    ("  from deadline to detection, mean", "tasks.detection_latency.mean", "s"),
    ("runs of tasks", "tasks.executions", ""),
    ("  waited for a slot", "tasks.waited", ""),
    ("  wait, mean", "tasks.wait.mean", "s"),
    ("  migrated", "tasks.migrated", ""),
    ("  checkpoints stored", "tasks.checkpoints", ""),
    ("  checkpoints refused", "tasks.refused_checkpoints", ""),
    ("  checkpoints agreed on", "tasks.checkpoints_agreed", ""),
    ("  checkpoints not agreed on", "tasks.checkpoints_divergent", ""),
    ("  stopped for checkpoints", "tasks.checkpoint_s", "s"),
    ("policy's decisions", "policy.decisions", ""),
    ("  returns, of those completed", "policy.return_rate", "%"),
    ("  most for one target at once", "policy.herd_peak", ""),
    ("  age of the reports, mean", "policy.staleness.mean", "s"),
    ("  own load, mean", "policy.load.mean", ""),
    ("quorum's decisions", "quorum.decisions", ""),
    ("  consensus", "quorum.consensus", ""),
    ("  divergence", "quorum.divergence", ""),
    ("  insufficient", "quorum.insufficient", ""),
    ("  wrong", "quorum.wrong_rate", "%"),
    ("  time to decide, mean", "quorum.decision_time.mean", "s"),
    ("false positives", "false_positives.rate", "%"),
    ("  a mistake lasts, mean", "qos.mistake_duration.mean", "s"),
    ("  between mistakes, mean", "qos.mistake_recurrence.mean", "s"),
    ("query accuracy", "qos.query_accuracy", "%"),
    ("unanswerable request to suspicion, mean", "qos.detection_time.mean", "s"),
    ("detection latency, mean", "detection_latency.mean", "s"),
    ("  standard deviation", "detection_latency.std", "s"),
    ("  95 % quantile", "detection_latency.p95", "s"),
    ("  maximum", "detection_latency.max", "s"),
    ("detection total, mean", "detection_total.mean", "s"),
    ("  maximum", "detection_total.max", "s"),
    ("migration duration, mean", "migration_duration.mean", "s"),
    ("  with all attempts, mean", "migration_total.mean", "s"),
    ("  with unfinished ones, restricted mean", "migration_total.restricted_mean.value", "s"),
    ("downtime, mean", "downtime.mean", "s"),
    ("  with unfinished ones, restricted mean", "downtime.restricted_mean.value", "s"),
    ("write of a checkpoint, mean", "checkpoint_writes.time.mean", "s"),
    ("actors that run nowhere", "actors.nowhere", ""),
    ("interrupted by crashes", "recoveries.crashed", ""),
    ("  open at the end", "recoveries.open", ""),
    ("  time until they ran again, mean", "recoveries.time.mean", "s"),
    ("  with open ones, restricted mean", "recoveries.time.restricted_mean.value", "s"),
    ("  work lost, mean", "recoveries.work_lost.mean", "s"),
    ("time that became work", "work.useful_share", "%"),
    ("  actors stopped for checkpoints", "work.checkpoint_s", "s"),
    ("messages to actors, lost", "actor_messages.lost", ""),
    ("records, mean", "records.mean", ""),
    ("  mean, memory", "records.mean_bytes", "B"),
    ("  peak", "records.peak", ""),
    ("  peak, memory", "records.peak_bytes", "B"),
    ("  left at the end", "records.unremoved", ""),
    ("ended record's life, mean", "record_life.mean", "s"),
    ("manager's ticks", "manager.ticks", ""),
    ("  cost of a tick, mean", "manager.cycle.mean", "s"),
    ("  CPU time, of one core each", "manager.cpu_share", CPU),
)
"""Title, metric and unit of each row."""
UNLESS_NONE: Final = (
    *(metric for _, metric, _ in ROWS if metric.startswith("tasks.")),
    "migration_total.restricted_mean.value", "downtime.restricted_mean.value", "checkpoint_writes.time.mean",
    "recoveries.open", "qos.mistake_duration.mean", "qos.mistake_recurrence.mean", "qos.detection_time.mean",
    "recoveries.time.mean", "recoveries.time.restricted_mean.value", "migrations.retried", "migrations.failed",
    "actors.nowhere", "recoveries.crashed", "recoveries.work_lost.mean", "wasm.rounds.mean", "wasm.final_pages.mean",
    "wasm.total.mean", "policy.decisions", "policy.return_rate", "policy.herd_peak", "policy.staleness.mean",
    "policy.load.mean", "work.useful_share", "work.checkpoint_s", "actor_messages.lost", "quorum.decisions",
    "quorum.consensus", "quorum.divergence", "quorum.insufficient", "quorum.wrong_rate", "quorum.decision_time.mean",
)  # fmt: skip
"""Rows that are left out if they are zero. In a run of tasks without migrations, every zero row is left out."""


def headings(live: bool) -> tuple[str, ...]:
    """The headings of the columns; those of a live run do not call its figures simulated."""
    return ("figure", "live" if live else "simulated", "± 95 %", "predicted")


class Row(NamedTuple):
    """A row as it is displayed. A cell without a value is empty.

    Attributes
    ----------
    half_width : half of the 95 % interval. reason : the reason why there is no prediction.
    no_interval : the reason why a mean has no interval.
    """

    title: str
    metric: str
    found: str
    half_width: str
    predicted: str
    claim: str
    reason: str
    no_interval: str


def overview(summary: Mapping[str, Any]) -> list[Row]:
    """Returns the rows of a summary, in the order of `ROWS`."""
    known = dict(flatten(summary))
    migrating = known["migrations.total"] or known["migrations.skipped"] or known["records.created"]
    submitted = known.get("tasks.submitted") is not None and not migrating
    found = []
    for title, metric, unit in ROWS:
        if (submitted or metric in UNLESS_NONE) and not known.get(metric):
            continue
        if submitted and metric.startswith("manager."):
            continue
        prediction = summary["predicted"].get(metric, {})
        partial = metric == "success_rate" and known["migrations.unfinished"]
        bounds, why = _interval(summary, metric)
        found.append(
            Row(
                f"{title}, of those that ended" if partial else title,
                metric,
                figure(known.get(metric), unit),
                "" if bounds is None or bounds[0] == bounds[1] else _half(bounds, known[metric], unit),
                predicted(prediction, unit) + _over_seeds(prediction),
                claim_for(metric) or "",
                prediction.get("reason", ""),
                "" if known.get(metric) is None else why or "",
            )
        )
    return found


def _half(bounds: list[float], value: float, unit: str) -> str:
    """Returns half the width of an interval, in the unit of the value in its middle."""
    return figure((bounds[1] - bounds[0]) / 2, unit, scale_of=value)


def _interval(summary: Mapping[str, Any], metric: str) -> tuple[list[float] | None, str | None]:
    """Returns the interval of a mean, or None and the reason for its absence; both None for other figures."""
    *sections, name = metric.split(".")
    found: Mapping[str, Any] = summary
    for section in sections:
        found = found[section]
    interval = "ci95" if name == "mean" and "ci95" in found else f"{name}_ci95"
    return found.get(interval), found.get(f"{interval}_why")


def without_intervals(rows: Iterable[Row]) -> Iterator[str]:
    """Yields a sentence for each reason why means have no interval."""
    figures: dict[str, list[str]] = {}
    for row in rows:
        if row.no_interval:
            figures.setdefault(row.no_interval, []).append(row.metric)
    for reason, names in figures.items():
        yield f"no interval of {', '.join(names)}: {reason}"


def predicted(prediction: Mapping[str, Any], unit: str) -> str:
    """Returns the value of a prediction, or its bounds; empty if it has neither."""
    if prediction.get("value") is not None:
        return figure(prediction["value"], unit)
    low, high = prediction.get("bounds", (None, None))
    if low is not None and high is not None:
        return f"{figure(low, unit)} to {figure(high, unit)}"
    if low is not None:
        return f"≥ {figure(low, unit)}"
    return "" if high is None else f"≤ {figure(high, unit)}"


def _over_seeds(prediction: Mapping[str, Any]) -> str:
    """Returns a mark if only the mean over seeds approaches the value, and a long single run does not."""
    return " over seeds" if prediction.get("value") is not None and prediction["formula"].endswith(OVER_SEEDS) else ""
