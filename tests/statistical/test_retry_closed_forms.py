"""The closed forms of attempts and of late answers compared with simulated runs.

Each comparison has a tolerance of `SIGMAS` standard errors, which come from the closed forms or from the run. It fails
with a probability of at most 2e-5 if the form is correct and the figure is normal. The seeds are fixed. Five scenarios
with about twenty figures each are compared, so that all of them hold with a probability above 0.998.
"""

import math

import pytest

from icnsim.engines import simulate
from icnsim.recording.expectations import flatten
from icnsim.recording.summary import summarise
from icnsim.scenario import loads
from icnsim.theory.predictions import predict

SIGMAS = 4.3
ATTACK = """
name: retried
seed: 5
executors: [{group: honest, count: 35}, {group: mute, count: 15, behavior: unresponsive}]
actors: {count: 200000}
workload: {migrations: 6000, arrivals: {rate: 10/s}}
retry: {max_retries: 3}
record: {timeline: null}
"""
JITTER = {"retry.backoff.jitter": "full"}
REFUSING = {"executors.1.behavior": "rejecting", "retry.backoff.jitter": "equal"}
LATE = {"network.latency": {"distribution": "lognormal", "mean": "2s", "std": "6s"}, "drain": "40min"}
FEW = {"retry.max_retries": 20, "executors.0": {"group": "moody", "count": 4, "answer_probability": 0.5}}
AGAIN = {"retry.alternative_target_after": 2, "retry.max_retries": 4, "retry.backoff": {"base": "10s", "max": "40s"}}


@pytest.mark.parametrize(
    "changes",
    [JITTER, REFUSING, LATE, AGAIN, {**LATE, "retry.max_retries": 0}],
    ids=["silent", "refusing", "late", "the same target twice", "late, not retried"],
)
def test_figures_with_retries_and_late_answers_are_as_predicted(changes: dict[str, object]) -> None:
    scenario = loads(ATTACK, overrides=changes)
    found = dict(flatten(summarise(simulate(scenario)[0], scenario)))
    value = {name: prediction.value for name, prediction in predict(scenario).items()}
    arrivals = 6000
    # The kurtosis of the lognormal latency is 12 300. Thousands of durations do not determine its variance.
    heavy = "network.latency" in changes
    for outcome in ("completed", "rejected", "timed_out", "retried"):
        expected = value[f"migrations.{outcome}"]
        assert expected is not None
        error = SIGMAS * math.sqrt(expected * max(0.0, 1 - expected / arrivals)) + 1e-6
        assert abs(found[f"migrations.{outcome}"] - expected) <= error, outcome
    # The number of attempts of a migration is between 1 and 5, and its variance is below that of a geometric one.
    for outcome in ("total", "timed_out", "rejected"):
        expected = value[f"attempts.{outcome}"]
        assert expected is not None
        assert abs(found[f"attempts.{outcome}"] - expected) <= SIGMAS * math.sqrt(arrivals * 0.7), outcome
    for metric in ("migration_duration", "migration_total", "downtime", "detection_latency", "detection_total"):
        if not found[f"{metric}.count"]:
            continue
        mean, std = value[f"{metric}.mean"], value[f"{metric}.std"]
        assert mean is not None and std is not None
        # Detections of one migration depend on each other, and a migration has at most four.
        count = found[f"{metric}.count"] / (2 if metric.startswith("detection") else 1)
        assert abs(found[f"{metric}.mean"] - mean) <= SIGMAS * std / math.sqrt(count), metric
        if not heavy or metric.startswith("detection"):
            assert found[f"{metric}.std"] == pytest.approx(std, rel=0.05), metric
    # One migration contributes one life of both records. Hence the relative error is that of a Poisson count.
    for metric in ("records.mean", "manager.cost_s", "manager.cycle.mean"):
        assert found[metric] == pytest.approx(value[metric], rel=0.03), metric
    assert found["record_life.mean"] == pytest.approx(value["record_life.mean"], abs=SIGMAS * 10 / math.sqrt(arrivals))
    left = value["records.unremoved"]
    assert left is not None and abs(found["records.unremoved"] - left) <= SIGMAS * math.sqrt(left) + 1e-6


def test_all_attempts_fail_with_the_probability_of_the_hypergeometric_distribution() -> None:
    failing = 15 / 49 * 14 / 48 * 13 / 47 * 12 / 46
    assert predict(loads(ATTACK))["success_rate"].value == pytest.approx(1 - failing, rel=1e-9)
    assert predict(loads(ATTACK))["attempts.total"].value == pytest.approx(
        6000 * (1 + 15 / 49 * (1 + 14 / 48 * (1 + 13 / 47))), rel=1e-9
    )


def test_a_retry_after_a_pause_of_an_interval_is_found_after_a_whole_interval() -> None:
    """With T = 2 I and a pause of I, every retry is detected I after its deadline, and the first attempt I/2."""
    changes = {"retry.max_retries": 1, "retry.backoff.base": "30s"}
    first, second = 15 / 49, 15 / 49 * 14 / 48
    expected = (first * 15 + second * 30) / (first + second)
    assert predict(loads(ATTACK, overrides=changes))["detection_latency.mean"].value == pytest.approx(expected)


@pytest.mark.parametrize(
    ("changes", "metric", "said"),
    [
        (FEW, "success_rate", "every other"),
        ({"retry.backoff.jitter": "decorrelated"}, "migration_total.mean", "decorrelated"),
        ({**LATE, "retry.alternative_target_after": 2}, "success_rate", "asked again"),
        ({**LATE, **REFUSING}, "success_rate", "a refusal may come too late"),
        ({"retry.backoff": {"base": "6min", "max": "6min"}, "drain": "2h"}, "records.mean", "before its retry"),
    ],
)
def test_a_prediction_that_retries_invalidate_has_a_reason(changes: dict[str, object], metric: str, said: str) -> None:
    assert said in (predict(loads(ATTACK, overrides=changes))[metric].reason or "")


def test_outcomes_are_predicted_even_if_the_times_of_retries_are_not() -> None:
    known = predict(loads(ATTACK, overrides={"retry.backoff.jitter": "decorrelated"}))
    assert known["success_rate"].value == predict(loads(ATTACK))["success_rate"].value
