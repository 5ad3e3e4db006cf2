"""A Grafana dashboard of the metrics: `python -m icnsim.metrics.dashboard` writes docs/grafana-dashboard.json.

The queries are made from the declared families, so every name in them exists.
"""

import json
from pathlib import Path
from typing import Any, Final

from icnsim.metrics import families
from icnsim.metrics.families import Family

PLACE: Final = Path(__file__).parents[2] / "docs" / "grafana-dashboard.json"
WIDE, HIGH = 12, 8
SOURCE: Final = {"type": "prometheus", "uid": "${datasource}"}
Query = tuple[str, str]
"""An expression and the name of its lines."""


def _total(family: Family) -> str:
    (name,) = family.samples
    return name


def _rate(family: Family) -> str:
    return f"rate({_total(family)}[$__rate_interval])"


def _quantiles(family: Family) -> list[Query]:
    bucket = f"sum by (le) (rate({family.samples[0]}[$__rate_interval]))"
    return [(f"histogram_quantile({q}, {bucket})", f"{100 * q:g} %") for q in (0.5, 0.95, 0.99)]


def _mean(family: Family, legend: str) -> Query:
    _, count, total = family.samples
    return f"rate({total}[$__rate_interval]) / rate({count}[$__rate_interval])", legend


PANELS: Final[tuple[tuple[str, str, list[Query]], ...]] = (
    ("Attempts begun and retries", "ops", [(_rate(families.STARTED), "begun"), (_rate(families.RETRIES), "retries")]),
    ("Attempts by outcome", "ops", [(f"sum by (outcome) ({_rate(families.ENDED)})", "{{outcome}}")]),
    ("Success", "percentunit", [
        (_total(families.SUCCESS), "of those that have ended"),
        (_total(families.COMPLETED), "of those that have begun"),
    ]),
    ("Records", "short", [(_total(families.ACTIVE), "active"), (_total(families.RECORDS), "held")]),
    ("Migrations that failed", "ops", [
        (_rate(families.TIMED_OUT), "timed out"), (_rate(families.FAILED), "failed otherwise"),
    ]),
    ("Detection and cleanup", "ops", [
        (_rate(families.RECORDS_TIMED_OUT), "failed by detection"), (_rate(families.CLEANED_UP), "removed by cleanup"),
        (_rate(families.REPLACED), "replaced"), (_rate(families.FORGOTTEN), "lost in crashes"),
    ]),
    ("Migration duration", "s", _quantiles(families.DURATION)),
    ("Detection latency", "s", _quantiles(families.LATENCY)),
    ("Cost of a manager's tick, mean", "s", [
        _mean(families.CYCLE, "whole"), _mean(families.DETECTION, "detection"), _mean(families.CLEANUP, "cleanup"),
    ]),
    ("Tasks", "ops", [
        (_rate(families.TASKS_SUBMITTED), "submitted"), (_rate(families.TASKS_CLAIMED), "claimed"),
        (_rate(families.TASKS_COMPLETED), "completed"), (_rate(families.TASKS_FAILED), "failed"),
        (_rate(families.TASKS_TIMEOUT), "timed out"),
    ]),
    ("Tasks and actors now", "short", [
        (_total(families.TASKS_PENDING), "tasks pending"), (_total(families.TASKS_EXECUTING), "tasks executing"),
        (_total(families.RUNNING), "actors running"),
    ]),
    ("Task duration", "s", _quantiles(families.TASK_DURATION)),
    ("Quorums", "ops", [
        (_rate(families.QUORUM_CONSENSUS), "consensus"), (_rate(families.QUORUM_DIVERGENT), "divergence"),
        (_rate(families.QUORUM_TIMEOUT), "too few results"),
    ]),
    ("Open quorums", "short", [(_total(families.QUORUM_ACTIVE), "open")]),
    ("Time to a quorum's decision", "s", _quantiles(families.QUORUM_COLLECTION)),
    ("Actors migrated by reason", "ops", [(f"sum by (reason) ({_rate(families.MIGRATED)})", "{{reason}}")]),
    ("Final checkpoints", "ops", [(_rate(families.CHECKPOINTS), "created")]),
    ("Size of final checkpoints, mean", "bytes", [_mean(families.CHECKPOINT_SIZE, "size")]),
    ("The design document's counters", "ops", [
        (_rate(family), family.name) for family in families.SEED if family.type == "counter"
    ]),
    ("The design document's gauges", "short", [
        (_total(family), family.name) for family in families.SEED if family.type == "gauge"
    ]),
    ("The design document's durations, mean", "ms", [
        _mean(family, family.name) for family in families.SEED if family.type == "histogram"
    ]),
)  # fmt: skip
"""Title, unit and queries of each."""


def dashboard() -> dict[str, Any]:
    """The dashboard as Grafana imports it."""
    return {
        "title": "icnsim: migrations",
        "uid": "icnsim-migrations",
        "schemaVersion": 39,
        "version": 1,
        "editable": True,
        "tags": ["icnsim"],
        "time": {"from": "2026-01-01T00:00:00Z", "to": "2026-01-01T01:00:00Z"},
        "timezone": "utc",
        "templating": {
            "list": [{"name": "datasource", "type": "datasource", "query": "prometheus", "label": "Source"}]
        },
        "panels": [_panel(number, *panel) for number, panel in enumerate(PANELS)],
    }


def _panel(number: int, title: str, unit: str, queries: list[Query]) -> dict[str, Any]:
    return {
        "id": number + 1,
        "title": title,
        "type": "timeseries",
        "datasource": SOURCE,
        "gridPos": {"x": number % 2 * WIDE, "y": number // 2 * HIGH, "w": WIDE, "h": HIGH},
        "fieldConfig": {"defaults": {"unit": unit, "min": 0}, "overrides": []},
        "targets": [
            {"refId": chr(ord("A") + place), "datasource": SOURCE, "expr": expression, "legendFormat": legend}
            for place, (expression, legend) in enumerate(queries)
        ],
    }


def text() -> str:
    """The file."""
    return json.dumps(dashboard(), indent=2) + "\n"


if __name__ == "__main__":
    PLACE.write_text(text(), "utf-8")
