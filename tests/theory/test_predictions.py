"""Predictions: there where their assumptions hold, and with the reason where they do not."""

import math
import tracemalloc

import pytest

from icnsim.scenario import loads
from icnsim.theory import design
from icnsim.theory.predictions import predict

BASE = """
name: base
executors: [{group: a, count: 50}, {group: silent, count: 5, behavior: unresponsive}]
actors: {count: 100000}
workload: {migrations: 1000}
"""

PARETO = {"distribution": "pareto", "minimum": "1ms", "alpha": 1.5}
SIZES = {"distribution": "uniform", "low": "1MiB", "high": "10GiB"}
BURSTS = {"process": "burst", "size": 10, "every": "1s"}
UNIFORM = {"distribution": "uniform", "low": 0, "high": 40}


def reason(metric: str, **overrides: object) -> str | None:
    changed = {key.replace("__", "."): value for key, value in overrides.items()}
    return predict(loads(BASE, overrides=changed))[metric].reason


def test_the_base_scenario_breaks_no_assumption() -> None:
    without = {name: form.reason for name, form in predict(loads(BASE)).items() if form.reason}
    few = "fewer than 5 mistakes are expected"
    assert without == {"qos.mistake_recurrence.mean": few, "qos.mistake_duration.mean": few}


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
        ("success_rate", {"actors__count": 80}, "busy"),
        ("records.mean", {"network__loss": 0.1, "retry__max_retries": 1}, "lost"),
        ("migration_duration.std", {"network__latency": PARETO}, "exist"),
        ("success_rate", {"executors__0__capacity": {"queue": UNIFORM}}, "queue"),
        ("success_rate", {"actors__state_size": SIZES}, "vary"),
        ("success_rate", {"drain": "80s", "manager__timeout": "1s", "stages__restore": "20s"}, "drain is too short"),
        ("downtime.mean", {"network__loss": 0.1}, "lost"),
        ("migration_duration.mean", {"drain": "3s"}, "drain is too short"),
        ("detection_latency.mean", {"manager__phase": "aligned"}, "phase is not random"),
        ("detection_latency.mean", {"manager__check_interval": "1ms"}, "whole ms"),
        ("records.mean", {"duration": "1h"}, "arrivals end before"),
        ("records.mean", {"workload__arrivals": BURSTS}, "bursts"),
        ("success_rate", {"executors__1__hosts_actors": True, "actors__count": 1000}, "drift"),
    ],
)  # fmt: skip
def test_a_broken_assumption_is_told(metric: str, overrides: dict[str, object], said: str) -> None:
    assert said in (reason(metric, **overrides) or "")


@pytest.mark.parametrize("arrivals", [BURSTS, {"process": "periodic", "rate": "1/s"}], ids=["burst", "periodic"])
def test_regular_arrivals_have_no_spread_of_detection_but_a_mean_over_seeds(arrivals: dict[str, object]) -> None:
    predicted = predict(loads(BASE, overrides={"workload.arrivals": arrivals}))
    for section, low in (("detection_latency", 0), ("detection_total", 60)):
        mean, largest = predicted[f"{section}.mean"], predicted[f"{section}.max"]
        assert mean.value == low + 15
        assert "over seeds" in mean.formula
        assert (largest.value, largest.low, largest.high) == (None, low, low + 30)
        for name in ("std", "p50", "p95", "p99", "max"):
            assert "over seeds" in (predicted[f"{section}.{name}"].reason or "")


def test_the_largest_of_few_detections_is_short_of_the_interval() -> None:
    """Of n uniform values, I n/(n + 1) on average; p99 of fewer than 67 values is the largest."""
    predicted = predict(loads(BASE, overrides={"workload.migrations": 108}))
    count = 108 * 5 / 54
    assert predicted["migrations.timed_out"].value == pytest.approx(count)
    largest = 30 * count / (count + 1)
    assert predicted["detection_latency.max"].value == pytest.approx(largest)
    assert predicted["detection_latency.p99"].value == pytest.approx(largest)
    assert predicted["detection_latency.p50"].value == pytest.approx(15)
    assert "fewer than two" in (reason("detection_latency.max", workload__migrations=10) or "")
    assert "no request" in (reason("detection_latency.mean", executors__1__behavior="responsive") or "")


def test_a_rate_of_success_that_the_drain_cuts_off_has_bounds() -> None:
    changes = {"network.latency": PARETO, "stages.restore": "20s", "drain": "90s"}
    prediction = predict(loads(BASE, overrides=changes))["success_rate"]
    assert prediction.value is None
    assert prediction.low is not None and prediction.high is not None
    assert 0.9 < prediction.low < prediction.high < 49 / 54 + 1e-9
    assert prediction.fields()["bounds"] == [prediction.low, prediction.high]


def test_a_tick_costs_at_least_what_one_without_records_costs() -> None:
    lossy = {"network.loss": 0.1, "retry.max_retries": 1}
    prediction = predict(loads(BASE, overrides=lossy))["manager.cycle.mean"]
    assert (prediction.value, prediction.low, prediction.high) == (None, 1e-5, None)


def test_a_target_that_rejects_or_is_silent_lowers_the_success_rate_by_its_weight() -> None:
    scenario = loads(BASE, overrides={"executors.1.behavior": "rejecting", "executors.1.hosts_actors": False})
    assert predict(scenario)["success_rate"].value == pytest.approx(49 / 54)


def test_the_same_state_on_the_wire_twice_is_not_independent() -> None:
    """Both crossings take S / bandwidth, so the variance is that of 2 S / bandwidth."""
    size = {"distribution": "uniform", "low": "1MiB", "high": "61MiB"}
    scenario = loads(BASE, overrides={"actors.state_size": size, "network.bandwidth": "20MiB/s"})
    wire = 2 * 60 / 20 / 12**0.5
    rest = (1 + 16) / 12  # gossip and checkpoint, s²
    assert predict(scenario)["migration_duration.std"].value == pytest.approx((wire**2 + rest) ** 0.5, rel=1e-6)


def test_arrivals_that_are_known_are_counted() -> None:
    burst = {"workload.migrations": None, "duration": "60s", "workload.arrivals": BURSTS | {"every": "30s"}}
    scenario = loads(BASE, overrides={**burst, "manager.phase": "random"})
    assert predict(scenario)["migrations.timed_out"].value == pytest.approx(20 * 5 / 54)


def test_a_reject_that_is_gossiped_may_come_too_late() -> None:
    changed = {
        "executors": [{"group": "a", "count": 5}, {"group": "no", "count": 5, "behavior": "rejecting"}],
        "network.gossip": {"messages": ["reject"], "delay": "3min"},
    }
    changed["executors"][1]["hosts_actors"] = False
    predicted = predict(loads(BASE, overrides=changed))
    assert predicted["success_rate"].value == pytest.approx(4 / 9)
    assert predicted["migrations.timed_out"].value == pytest.approx(1000 * 5 / 9)


@pytest.mark.parametrize(("offered", "actors"), [(0.5, 2), (3.0, 5), (40.0, 50), (900.0, 1000)])
def test_the_chance_that_all_are_busy_is_erlang_s_b(offered: float, actors: int) -> None:
    logs = [n * math.log(offered) - math.lgamma(n + 1) for n in range(actors + 1)]
    terms = [math.exp(value - max(logs)) for value in logs]
    assert design.all_busy(offered, actors) == pytest.approx(terms[-1] / math.fsum(terms), rel=1e-9)


def test_aligned_loops_tick_at_once_and_then_each_interval() -> None:
    scenario = loads(BASE, overrides={"manager.phase": "aligned", "workload.migrations": 10, "drain": "10s"})
    assert predict(scenario)["manager.ticks"].value == 55
    assert predict(scenario)["task_checker.ticks"].value == 2 * 55


def test_timeouts_of_states_of_different_sizes_have_no_upper_bound() -> None:
    """The timeout of an actor without state is the least of all."""
    grown = {"manager.timeout": "10s + 1s/MiB", "actors.state_size": SIZES}
    total = predict(loads(BASE, overrides=grown))["detection_total.mean"]
    assert (total.value, total.low, total.high) == (None, 10, None)
    fixed = predict(loads(BASE, overrides={**grown, "actors.state_size": "3MiB"}))["detection_total.mean"]
    assert fixed.value == 13 + 15


MANY_RETRIES = """
name: retries
executors:
  - {group: a, count: 58}
  - {group: b, count: 2, behavior: rejecting, capacity: {memory: 3MB}}
  - {group: c, count: 2, answer_probability: 0.9, capacity: {memory: 1MB}}
actors: {count: 1000, state_size: 5MiB}
network: {latency: {distribution: exponential, mean: 300ms}, gossip: {messages: []}}
workload: {arrivals: {rate: 10/s}, migrations: 3}
retry: {max_retries: 3, backoff: {jitter: equal}, on: [timed_out, rejected], alternative_target_after: 3}
"""


def test_the_memory_of_a_prediction_does_not_grow_with_the_number_of_retries() -> None:
    """Each way to another attempt has half a million points until they are gathered; all together need 92 MiB."""
    scenario = loads(MANY_RETRIES)
    predict(scenario)  # its caches are filled
    tracemalloc.start()
    predict(scenario)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 70 * 2**20
