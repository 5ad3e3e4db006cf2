"""The section `qos` of recordings whose suspicions are known."""

from collections.abc import Mapping
from typing import Any

import pytest

from icnsim.recording.columns import NEVER, REJECTED, TIMED_OUT, UNREACHABLE, UNWILLING, WILLING
from icnsim.recording.summary import summarise
from icnsim.scenario import loads
from icnsim.simulation import simulate
from tests.recording.builder import S, recording, scenario

SUSPECTED = {"failure": TIMED_OUT, "requested": 0, "failed": 70 * S, "deadline": 60 * S}
MISTAKE = {**SUSPECTED, "willing": WILLING}
TRUSTED = {"requested": 0, "accepted": S, "completed": 2 * S, "willing": WILLING}


def qos(*attempts: Mapping[str, int], **more: Any) -> dict[str, Any]:
    """The section of a run with these attempts."""
    found: dict[str, Any] = summarise(recording(attempts, **more), scenario())["qos"]
    return found


def test_the_detection_time_is_that_of_requests_to_targets_that_cannot_accept() -> None:
    found = qos(
        SUSPECTED,
        {**SUSPECTED, "failed": 90 * S, "willing": UNWILLING, "late_at": 95 * S},
        {**MISTAKE, "failed": 500 * S},
        {**SUSPECTED, "failed": 80 * S, "failure": REJECTED},
    )
    time = found["detection_time"]
    assert (time["count"], time["mean"], time["min"], time["max"]) == (2, 80.0, 70.0, 90.0)
    assert time["censored"] == 0


def test_a_request_without_an_answer_is_censored_while_it_waits() -> None:
    waiting = {"requested": 40 * S}
    others = {**waiting, "willing": WILLING}, {**waiting, "accepted": 41 * S}, {**waiting, "accepted": 42 * S}
    found = qos(SUSPECTED, waiting, *others, horizon=100 * S)
    time = found["detection_time"]
    assert (time["count"], time["censored"]) == (1, 1)
    # One of two is censored at 60 s, and the other is detected at 70 s.
    assert time["restricted_mean"] == {"value": 70.0, "horizon_s": 70.0}


def test_a_mistake_lasts_until_the_first_answer() -> None:
    duration = qos({**MISTAKE, "late_at": 75 * S}, {**MISTAKE, "failed": 90 * S, "late_at": 91 * S})["mistake_duration"]
    assert (duration["count"], duration["mean"], duration["max"], duration["censored"]) == (2, 3.0, 5.0, 0)


def test_a_mistake_without_an_answer_lasts_to_the_end() -> None:
    found = qos({**MISTAKE, "late_at": 75 * S}, MISTAKE, horizon=100 * S)
    assert (found["mistakes"], found["mistake_duration"]["count"], found["mistake_duration"]["censored"]) == (2, 1, 1)
    # The curve is 1 until 5 s and 1/2 until the end of the second one at 30 s.
    assert found["mistake_duration"]["restricted_mean"] == {"value": 17.5, "horizon_s": 30.0}


def test_mistakes_recur_in_the_order_of_their_times() -> None:
    times = (400, 100, 130, 130)
    found = qos(*({**MISTAKE, "requested": n * S, "failed": time * S} for n, time in enumerate(times)))
    recurrence = found["mistake_recurrence"]
    assert (recurrence["count"], recurrence["mean"], recurrence["min"], recurrence["max"]) == (3, 100.0, 0.0, 270.0)


def test_the_rate_and_the_accuracy_are_those_of_the_window() -> None:
    before = {**MISTAKE, "requested": 5 * S}
    found = qos(MISTAKE, {**MISTAKE, "requested": 60 * S}, *[{**TRUSTED, "requested": 50 * S}] * 3, before,
                window_start=10 * S, window_end=90 * S)  # fmt: skip
    assert (found["mistakes"], found["trusted"]) == (1, 3)
    assert found["mistake_rate_per_s"] == 1 / 80
    assert found["query_accuracy"] == 0.75


def test_a_suspicion_in_a_later_state_is_no_suspicion_of_a_request() -> None:
    late = {**MISTAKE, "accepted": S, "checkpointed": 2 * S}
    found = qos(late, TRUSTED)
    assert (found["mistakes"], found["trusted"], found["query_accuracy"]) == (0, 2, 1.0)


def test_an_unreachable_target_makes_no_mistake_of_a_suspicion() -> None:
    found = qos({**SUSPECTED, "willing": UNREACHABLE})
    assert (found["mistakes"], found["query_accuracy"], found["detection_time"]["count"]) == (0, None, 1)
    assert found["query_accuracy_ci95_why"] == "no willing target"


def test_without_mistakes_the_accuracy_has_a_lower_bound_below_one() -> None:
    found = qos(*[TRUSTED] * 96)
    low, high = found["query_accuracy_ci95"]
    assert (found["query_accuracy"], high) == (1.0, 1.0)
    assert low == pytest.approx(1 - 3.8415 / (96 + 3.8415), rel=1e-4)  # Wilson: n / (n + z²)


def test_dependent_requests_widen_the_interval_or_have_none() -> None:
    rows = [{**(MISTAKE if number < 10 else TRUSTED), "source": number // 10} for number in range(200)]
    alone, bursts = scenario(), scenario("workload: {arrivals: {process: burst, size: 10, every: 1min}}\n")
    low, high = summarise(recording(rows), alone)["qos"]["query_accuracy_ci95"]
    wide_low, wide_high = summarise(recording(rows), bursts)["qos"]["query_accuracy_ci95"]
    assert wide_low < low < 0.95 < high < wide_high
    found = summarise(recording([{**TRUSTED, "source": number // 10} for number in range(200)]), bursts)["qos"]
    assert found["query_accuracy_ci95"] is None
    assert "which does not show how those of one of the sources depend" in found["query_accuracy_ci95_why"]


def test_a_run_agrees_with_its_false_positives() -> None:
    text = """
name: late
executors: [{group: a, count: 10}, {group: dead, count: 2, behavior: unresponsive}]
actors: {count: 400}
network: {latency: {distribution: exponential, mean: 10s}}
duration: 10min
drain: 30min
workload: {arrivals: {process: poisson, rate: 2/s}}
manager: {timeout: 20s, check_interval: 10s}
"""
    run = simulate(loads(text))
    found, a = summarise(run, loads(text)), run.attempts
    section, false = found["qos"], found["false_positives"]
    assert 20 < section["mistakes"] == false["count"]
    assert section["query_accuracy"] == 1 - false["rate"]
    assert section["mistakes"] + section["trusted"] == false["willing"]
    assert section["mistake_duration"]["count"] == int(((a["late_at"] != NEVER) & (a["willing"] == WILLING)).sum())
    assert section["mistake_duration"]["censored"] == 0
    assert abs(section["detection_time"]["mean"] - 25) < 1
