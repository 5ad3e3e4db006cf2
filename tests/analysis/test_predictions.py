"""Predictions: there where their assumptions hold, and with the reason where they do not."""

import pytest

from icnsim.analysis.predictions import predict
from icnsim.scenario import loads

BASE = """
name: base
executors: [{group: a, count: 50}, {group: silent, count: 5, behavior: unresponsive}]
actors: {count: 100000}
workload: {migrations: 1000}
"""

PARETO = {"distribution": "pareto", "minimum": "1ms", "alpha": 1.5}
UNIFORM = {"distribution": "uniform", "low": 0, "high": 40}


def reason(metric: str, **overrides: object) -> str | None:
    changed = {key.replace("__", "."): value for key, value in overrides.items()}
    return predict(loads(BASE, overrides=changed))[metric].reason


def test_the_base_scenario_breaks_no_assumption() -> None:
    assert [name for name, prediction in predict(loads(BASE)).items() if prediction.reason] == []


@pytest.mark.parametrize(
    ("metric", "overrides", "said"),
    [
        ("detection_latency.mean", {"manager__enabled": False}, "disabled"),
        ("detection_latency.mean", {"manager__tracked_states": ()}, "no state is tracked"),
        ("detection_latency.mean", {"drain": "30s"}, "shorter than timeout + interval"),
        (
            "detection_latency.mean",
            {"manager__phase": "aligned", "workload__arrivals": {"process": "periodic", "rate": "1/s"}},
            "not independent",
        ),
        ("success_rate", {"network__duplication": 0.1}, "duplicated"),
        ("success_rate", {"actors__count": 100}, "busy"),
        ("records.mean", {"network__loss": 0.1}, "lost"),
        ("migration_duration.std", {"network__latency": PARETO}, "exist"),
        ("success_rate", {"executors__0__capacity": {"queue": UNIFORM}}, "queue"),
    ],
)  # fmt: skip
def test_a_broken_assumption_is_told(metric: str, overrides: dict[str, object], said: str) -> None:
    assert said in (reason(metric, **overrides) or "")


def test_a_target_that_rejects_or_is_silent_lowers_the_success_rate_by_its_weight() -> None:
    scenario = loads(BASE, overrides={"executors.1.behavior": "rejecting", "executors.1.hosts_actors": False})
    assert predict(scenario)["success_rate"].value == pytest.approx(49 / 54)
