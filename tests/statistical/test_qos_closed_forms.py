"""The quality of service of a simulated detector compared with its closed forms, with late answers and dead executors.

Each figure is within 4 standard errors of its form. A correct one is outside with a probability of 6e-5. The seeds are
fixed, so that a result does not vary.
"""

import math
from functools import cache
from typing import Any, Final

import pytest

from icnsim.recording.summary import summarise
from icnsim.scenario import Scenario, loads
from icnsim.scenario.detector import PARAMETERS
from icnsim.simulation import simulate
from icnsim.theory.looking import LEARNED, Looking, looking_of
from icnsim.theory.predictions import predict

TEXT: Final = """
name: late
executors: [{group: a, count: 30}, {group: dead, count: 6, behavior: unresponsive}]
actors: {count: 60000}
network: {latency: {distribution: lognormal, mean: 9s, std: 7s}, gossip: {messages: []}}
duration: 20min
drain: 40min
workload: {arrivals: {process: poisson, rate: 2/s}}
manager: {timeout: 30s, check_interval: 10s}
record: {timeline: null}
"""
KINDS: Final = ("poll", "deadline", "wheel", "coarse")


def scenario(kind: str, **more: object) -> Scenario:
    detector = {"kind": "wheel", "tick": "4s"} if kind == "coarse" else {"kind": kind}
    return loads(TEXT, overrides={"manager.detector": detector, **more})


@cache
def found(kind: str) -> tuple[dict[str, Any], dict[str, float]]:
    """The section of a run, and the closed forms with a value."""
    made = scenario(kind)
    predicted = {name: form.value for name, form in predict(made).items()}
    return summarise(simulate(made), made)["qos"], {name: value for name, value in predicted.items() if value}


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("section", ["detection_time", "mistake_duration", "mistake_recurrence"])
def test_the_mean_of_a_section_is_that_of_its_form(kind: str, section: str) -> None:
    simulated, predicted = found(kind)
    figures = simulated[section]
    assert figures["count"] > 100
    error = figures["std"] / math.sqrt(figures["count"])
    assert abs(figures["mean"] - predicted[f"qos.{section}.mean"]) < 4 * error


@pytest.mark.parametrize("kind", KINDS)
def test_the_accuracy_and_the_rate_are_those_of_their_forms(kind: str) -> None:
    simulated, predicted = found(kind)
    accuracy, mistakes = predicted["qos.query_accuracy"], predicted["qos.mistakes"]
    trials = simulated["mistakes"] + simulated["trusted"]
    assert 0.9 > 1 - accuracy > 0.04
    assert abs(simulated["query_accuracy"] - accuracy) < 4 * math.sqrt(accuracy * (1 - accuracy) / trials)
    assert abs(simulated["mistakes"] - mistakes) < 4 * math.sqrt(mistakes)
    assert abs(simulated["mistake_rate_per_s"] - predicted["qos.mistake_rate_per_s"]) < 4 * math.sqrt(mistakes) / 1200


def test_an_earlier_look_makes_more_mistakes() -> None:
    accuracies = [found(kind)[0]["query_accuracy"] for kind in ("deadline", "wheel", "coarse", "poll")]
    assert accuracies == sorted(accuracies)


@pytest.mark.parametrize("kind", KINDS)
def test_a_detection_comes_within_one_look_after_the_deadline(kind: str) -> None:
    time, every = found(kind)[0]["detection_time"], looking_of(scenario(kind).manager).every
    assert 30 < time["min"] <= time["max"] <= 30 + every + 0.001


@pytest.mark.parametrize("kind", ["adaptive", "chen", "phi-accrual"])
def test_a_detector_that_learns_has_no_form_of_figures_that_depend_on_its_timeouts(kind: str) -> None:
    forms = predict(scenario(kind))
    names = ("qos.detection_time.mean", "qos.query_accuracy", "detection_total.mean", "success_rate", "records.mean")
    assert {forms[name].reason for name in names} == {LEARNED}
    assert forms["detection_latency.mean"].low is None


def test_lost_messages_are_mistakes_without_an_end() -> None:
    lossy = scenario("deadline", **{"network.latency": "200ms", "network.loss": 0.1})
    simulated, forms = summarise(simulate(lossy), lossy)["qos"], predict(lossy)
    assert simulated["mistake_duration"]["count"] == 0
    assert simulated["mistake_duration"]["censored"] == simulated["mistakes"] > 100
    accuracy = forms["qos.query_accuracy"].value
    assert accuracy == pytest.approx(0.9**2)
    trials = simulated["mistakes"] + simulated["trusted"]
    assert abs(simulated["query_accuracy"] - accuracy) < 4 * math.sqrt(accuracy * (1 - accuracy) / trials)
    assert forms["qos.mistake_duration.mean"].reason == "no late answer is expected"


def test_a_form_names_the_condition_that_is_not_met() -> None:
    forms = predict(scenario("poll", **{"network.latency": "200ms", "executors.1.behavior": "responsive"}))
    assert forms["qos.query_accuracy"].value == 1
    reasons = {name: forms[f"qos.{name}.mean"].reason or "" for name in ("detection_time", "mistake_recurrence")}
    assert reasons["detection_time"] == "no request is expected to time out"
    assert reasons["mistake_recurrence"].startswith("fewer than 5 mistakes")
    late = predict(scenario("poll", **{"executors.1.behavior": "responsive"}))["qos.detection_time.mean"]
    assert late.reason == "no request to a target that cannot accept is expected"
    short = predict(scenario("poll", drain="1min"))["qos.mistake_duration.mean"]
    assert short.reason == "the drain is too short for every late answer"


def test_the_life_of_a_suspected_record_is_the_mean_over_the_places_of_the_detection() -> None:
    for tick, interval, retention in ((4, 10, 300), (3, 10, 45), (10, 10, 45), (7, 21, 60)):
        looking = Looking(tick, "W", polls=False, common=math.gcd(tick, interval))
        detections = range(0, tick * interval, tick)
        lives = [next(age for age in range(retention, 9999) if (at + age) % interval == 0) for at in detections]
        assert looking.life_after(retention, interval) == pytest.approx(sum(lives) / len(lives))


def test_every_kind_of_detector_has_a_way_of_detection() -> None:
    for kind in PARAMETERS:
        looking = looking_of(scenario(kind).manager)
        assert looking.polls == (kind == "poll")
        assert (looking.reason is None) == (kind in ("poll", "deadline", "wheel"))


def test_a_retry_begins_at_a_whole_millisecond_and_is_detected_a_whole_one_after_its_deadline() -> None:
    retried = scenario(
        "deadline",
        **{"network.latency": "200ms", "executors.1.count": 60, "retry": {"max_retries": 2, "backoff": {"base": "1s"}}},
    )
    time = summarise(simulate(retried), retried)["qos"]["detection_time"]
    form = predict(retried)["qos.detection_time.mean"].value
    assert form is not None and 30.0006 < form < 30.0009  # 0.5 ms after the first deadline, 1 ms after each later one
    assert abs(time["mean"] - form) < 4 * 0.3e-3 / math.sqrt(time["count"])


def test_the_mistakes_of_retries_last_for_longer_than_the_window() -> None:
    retry = {"max_retries": 1, "backoff": {"base": "1s"}}
    forms = predict(scenario("deadline", **{"retry": retry}))
    assert forms["qos.mistake_recurrence.mean"].reason == "the mistakes of retries occur after the window"
    assert forms["qos.mistake_rate_per_s"].value
    longer = predict(scenario("deadline", **{"retry": retry, "duration": "2h"}))
    assert longer["qos.mistake_recurrence.mean"].reason is None
