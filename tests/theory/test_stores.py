"""The closed form of checkpoints that share a store, and what it withholds."""

import pytest

from icnsim.scenario import loads
from icnsim.theory.predictions import predict
from tests.simulation import submitted

TEXT = """
name: stored
executors: [{group: a, count: 2}]
actors: {count: 3000, state_size: 1MiB}
checkpoints: {store_bandwidth: 1MiB/s}
workload: {migrations: 20000, arrivals: {rate: 1/s}}
"""
MEAN = "checkpoint_writes.time.mean"


def test_a_shared_store_has_the_mean_of_processor_sharing() -> None:
    """One migration per second and two stores, a write of 1 s each: the load is 0.5, and the mean 2 s."""
    assert predict(loads(TEXT))[MEAN].value == pytest.approx(2)
    assert predict(loads(TEXT, overrides={"workload.arrivals.rate": "30/min"}))[MEAN].value == pytest.approx(4 / 3)
    own = {"checkpoints.time": "1s", "checkpoints.flush": "1s"}
    assert predict(loads(TEXT, overrides=own))[MEAN].value == pytest.approx(2)
    assert MEAN not in predict(loads(TEXT, overrides={"checkpoints.store_bandwidth": None}))


def test_migrations_are_not_predicted() -> None:
    found = predict(loads(TEXT))["migration_duration.mean"]
    assert found.value is None and "share the bandwidth of a store" in (found.reason or "")


def test_the_times_of_wasm_migrations_are_not_predicted() -> None:
    mode = {"actors.mode": {"wasm_stateful": {}}}
    found = predict(loads(TEXT, overrides=mode))["downtime.mean"]
    assert found.value is None and "share the bandwidth of a store" in (found.reason or "")
    assert predict(loads(TEXT, overrides=mode | {"checkpoints.store_bandwidth": None}))["downtime.mean"].value


def test_stateful_tasks_are_not_predicted_but_ephemeral_ones_are() -> None:
    store = {"checkpoints.store_bandwidth": "1MiB/s"}
    found = predict(submitted.scenario([submitted.stateful()], store))
    assert found["tasks.time.mean"].value is None and found[MEAN].value is None
    assert predict(submitted.scenario([{}], store))["tasks.time.mean"].value == pytest.approx(10.4)


def test_the_counts_of_votes_are_not_predicted() -> None:
    vote = {"quorum.enabled": True, "quorum.executors": 2}
    changed = {
        name
        for name, prediction in predict(loads(TEXT, overrides=vote | {"checkpoints.store_bandwidth": None})).items()
        if prediction.value is not None and predict(loads(TEXT, overrides=vote))[name].value is None
    }
    counts = ("consensus", "divergence", "insufficient", "wrong")
    assert changed == {f"quorum.{name}" for name in counts}


@pytest.mark.parametrize(
    ("overrides", "why"),
    [
        ({"workload.arrivals": {"process": "periodic", "rate": "1/s"}}, "not Poisson"),
        ({"workload.arrivals.rate": "2/s"}, "each store is offered 1.00 times its bandwidth"),
        ({"network.loss": 0.1}, "losses"),
        ({"retry.max_retries": 1}, "retries"),
        ({"executors.0.behavior": "rejecting"}, "differ or refuse"),
        ({"manager.timeout": "10s"}, "longer than a timeout"),
        ({"actors.count": 20}, "many actors are busy"),
        ({"network.bandwidth": "20kB/s"}, "longer than a timeout"),
        ({"workload.migrations": 100}, "empty at the start"),
        ({"network.sharing": "link", "network.bandwidth": "1MiB/s"}, "transfers share bandwidth"),
    ],
)
def test_a_broken_assumption_is_the_reason_why_there_is_no_value(overrides: dict[str, object], why: str) -> None:
    prediction = predict(loads(TEXT, overrides=overrides))[MEAN]
    assert prediction.value is None
    assert why in (prediction.reason or "")
