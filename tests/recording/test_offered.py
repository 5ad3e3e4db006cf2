"""The offered load, computed by hand from the attempts, and the sentence about an overload."""

import pytest

from icnsim.analysis import overload
from icnsim.recording.offered import offered
from icnsim.recording.summary import summarise
from icnsim.scenario import loads
from icnsim.simulation import simulate
from tests.recording.builder import S, recording, scenario
from tests.simulation.small import BASE

MB = 10**6
HERE = "network: {bandwidth: 1MB/s}\n"


def attempt(requested: float, checkpointed: float = -1e-6, **more: int) -> dict[str, int]:
    times = {"requested": round(requested * S), "checkpointed": round(checkpointed * S)}
    return {"source": 0, "target": 1, "state_bytes": 10 * MB, **times, **more}


def load(*attempts: dict[str, int], more: str = HERE, end: int = 90) -> dict[str, float | None]:
    return offered(recording(attempts, window_start=0, window_end=end * S), scenario(more))


def test_without_a_bandwidth_there_is_no_load() -> None:
    assert load(attempt(0), more="") == {"link": None, "executor": None}


def test_a_single_transfer_is_no_overload_however_long_it_takes() -> None:
    assert load(attempt(0)) == pytest.approx({"link": 10 / (90 + 10), "executor": 10 / (90 + 10)})
    assert load(attempt(0), end=0) == {"link": 1, "executor": 1}


def test_request_and_final_checkpoint_cross_the_same_link() -> None:
    assert load(attempt(0, 20))["link"] == pytest.approx(20 / 100)
    assert load(attempt(0, 91))["link"] == pytest.approx(10 / 100)  # begins after the window


def test_the_two_directions_are_different_links_and_different_ends_of_an_executor() -> None:
    assert load(attempt(0), attempt(1, source=1, target=0)) == pytest.approx({"link": 0.1, "executor": 0.1})
    assert load(attempt(0), attempt(1)) == pytest.approx({"link": 0.2, "executor": 0.2})


def test_n_transfers_at_one_instant_are_a_load_of_n() -> None:
    assert load(*[attempt(5)] * 7, end=0)["executor"] == pytest.approx(0)  # outside of the window
    assert load(*[attempt(0)] * 7, end=0) == pytest.approx({"link": 7, "executor": 7})


def test_a_pair_of_regions_has_its_own_bandwidth() -> None:
    keys = "network: {bandwidth: 1MB/s, pairs: [{from: eu, to: eu, bandwidth: 2MB/s}]}\nexecutors: "
    text = f"{keys}[{{group: a, count: 2, region: eu}}]\n"
    made = loads(f"name: small\nduration: 100s\nactors: {{count: 3}}\n{text}")
    found = offered(recording([attempt(0)], window_start=0, window_end=95 * S), made)
    assert found == pytest.approx({"link": 5 / (95 + 5), "executor": 10 / (95 + 10)})


BURST = {
    "network.bandwidth": "1MiB/s",
    "actors.count": 5,
    "workload.migrations": 5,
    "workload.arrivals": {"process": "burst", "size": 5, "every": "1h"},
}


def test_an_overload_is_reported_with_its_factor_unless_transfers_share() -> None:
    """Five Requests at 0, which is the whole window."""
    made = loads(BASE, overrides=BURST)
    found = overload.of_run(summarise(simulate(made), made), made)
    assert found == (
        "The busiest executor is offered 5.00 times and the busiest link is offered 5.00 times its bandwidth, but no "
        "transfer slows another one down in this run. Real transfers take longer; set network.sharing: executor to see "
        "how much."
    )
    for changes in ({"network.sharing": "link"}, {"network.bandwidth": None}, {"workload.migrations": 1}):
        quiet = loads(BASE, overrides=BURST | changes)
        assert overload.of_run(summarise(simulate(quiet), quiet), quiet) is None
