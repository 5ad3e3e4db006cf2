"""Closed forms on links that differ or that transfers share."""

import pytest

from icnsim.scenario import loads
from icnsim.theory.predictions import predict

PAIRS = """
name: pairs
executors: [{group: a, count: 50, region: eu}, {group: b, count: 50, region: ap}]
actors: {count: 20000}
network: {pairs: [{from: eu, to: ap, latency: 1s}]}
workload: {migrations: 1000}
"""
SHARED = """
name: shared
executors: [{group: a, count: 2}]
actors: {count: 3000, state_size: 1MiB}
network: {bandwidth: 1MiB/s, sharing: link}
workload: {migrations: 20000, arrivals: {rate: 30/min}}
"""
MEAN = "network.transfer.mean"


@pytest.mark.parametrize(("text", "why"), [(PAIRS, "links differ by pair of regions"), (SHARED, "share bandwidth")])
def test_migrations_are_not_predicted_on_such_links(text: str, why: str) -> None:
    found = predict(loads(text))
    assert found["migration_duration.mean"].value is None
    assert why in (found["migration_duration.mean"].reason or "")
    known = {name for name, prediction in found.items() if prediction.value is not None}
    assert known - {MEAN} == {"manager.ticks", "task_checker.ticks"}


def test_a_shared_link_has_the_mean_of_processor_sharing() -> None:
    """Half a migration per second, two links, two transfers of 1 s each: the load is 0.5, and the mean 2 s."""
    assert predict(loads(SHARED))[MEAN].value == pytest.approx(2)
    assert predict(loads(SHARED, overrides={"workload.arrivals.rate": "15/min"}))[MEAN].value == pytest.approx(4 / 3)
    assert MEAN not in predict(loads(SHARED, overrides={"network.sharing": "none"}))


@pytest.mark.parametrize(
    ("overrides", "why"),
    [
        ({"network.sharing": "executor"}, "max-min fair rates have no closed form"),
        ({"workload.arrivals": {"process": "periodic", "rate": "1/s"}}, "not Poisson"),
        ({"workload.arrivals.rate": "1/s"}, "each link is offered 1.00 times its bandwidth"),
        ({"network.loss": 0.1}, "losses"),
        ({"retry.max_retries": 1}, "retries"),
        ({"executors.0.behavior": "rejecting"}, "differ or refuse"),
        ({"executors.0.answer_probability": 0.5}, "differ or refuse"),
        ({"manager.timeout": "10s"}, "longer than a timeout"),
        ({"actors.count": 20}, "many actors are busy"),
        ({"workload.migrations": 100}, "empty at the start"),
        ({"executors.0.capacity.queue": {"distribution": "exponential", "mean": 5}}, "queue"),
    ],
)
def test_a_broken_assumption_is_the_reason_why_there_is_no_value(overrides: dict[str, object], why: str) -> None:
    prediction = predict(loads(SHARED, overrides=overrides))[MEAN]
    assert prediction.value is None
    assert why in (prediction.reason or "")
