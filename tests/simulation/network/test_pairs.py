"""Links by pair of regions: an item changes its own direction only, and what it omits is as elsewhere.

`a-0` in eu migrates its actor to `b-0` in ap: Request there, Accept back, Complete there, Ack back.
"""

from collections.abc import Mapping
from pathlib import Path

import numpy as np
import pytest

from icnsim.recording.columns import Recording
from icnsim.scenario import loads
from icnsim.simulation import simulate
from tests.simulation.small import BASE, messages, simulated, times

APART = {"executors.0.region": "eu", "executors.1.region": "ap"}


def with_pairs(*pairs: Mapping[str, object], **more: object) -> Recording:
    return simulated(APART | {"network.pairs": list(pairs)}, **more)


def there(**keys: object) -> dict[str, object]:
    return {"from": "eu", "to": "ap"} | keys


def back(**keys: object) -> dict[str, object]:
    return {"from": "ap", "to": "eu"} | keys


def test_a_latency_applies_to_one_direction() -> None:
    found = messages(with_pairs(there(latency="1s")))
    assert found == [("request", 0, 1), ("accept", 1.1, 1.3), ("complete", 3.3, 4.3), ("ack", 4.8, 5)]
    found = messages(with_pairs(back(latency="1s")))
    assert found == [("request", 0, 0.2), ("accept", 0.3, 1.3), ("complete", 3.3, 3.5), ("ack", 4, 5)]


def test_a_bandwidth_applies_to_one_direction_and_to_state_only() -> None:
    """The state of 1 MiB takes 2 s at 512 KiB/s; Accept and Ack carry no state."""
    found = messages(with_pairs(there(bandwidth="512KiB/s"), back(bandwidth="1B/s")))
    assert found == [("request", 0, 2.2), ("accept", 2.3, 2.5), ("complete", 4.5, 6.7), ("ack", 7.2, 7.4)]


def test_a_pair_replaces_the_bandwidth_of_the_network() -> None:
    shared = {"network__bandwidth": "1MiB/s"}
    assert messages(with_pairs(there(bandwidth="512KiB/s"), **shared))[0] == ("request", 0, 2.2)
    assert messages(with_pairs(back(bandwidth="512KiB/s"), **shared))[0] == ("request", 0, 1.2)
    assert messages(with_pairs(there(latency="1s"), **shared))[0] == ("request", 0, 2)


def test_a_loss_applies_to_one_direction() -> None:
    lost = times(with_pairs(there(loss=1)))
    assert lost == {"requested": 0, "failed": 90}
    assert times(with_pairs(back(loss=1))) == {"requested": 0, "admitted": 0.3, "failed": 90}


def test_a_pair_may_lose_nothing_where_the_network_loses_everything() -> None:
    found = times(with_pairs(there(loss=0), back(loss=0), network__loss=1))
    assert found["completed"] == 3.4


def test_the_distance_of_the_matrix_is_added_to_the_latency_of_a_pair(tmp_path: Path) -> None:
    (tmp_path / "rtt.csv").write_text("region,eu,ap\neu,0,600\nap,600,0\n")
    far = APART | {"network.matrix": "rtt.csv", "network.pairs": [there(latency="1s")]}
    found = messages(simulate(loads(BASE, tmp_path, overrides=far)))
    assert found[:2] == [("request", 0, 1.3), ("accept", 1.4, 1.9)]


def test_executors_without_a_region_have_the_links_of_the_network() -> None:
    executors = [{"group": "a", "count": 1}, {"group": "b", "count": 1, "hosts_actors": False},
                 {"group": "c", "count": 1, "hosts_actors": False, "weight": 0, "region": "eu"}]  # fmt: skip
    pairs = [{"from": "eu", "to": "eu", "latency": "9s"}]
    assert times(simulated({"executors": executors, "network.pairs": pairs}))["completed"] == 3.4


RANDOM = """
name: random
executors: [{group: a, count: 4}, {group: b, count: 4}]
actors: {count: 50}
network:
  latency: {distribution: exponential, mean: 300ms}
  loss: 0.1
  duplication: 0.1
  bandwidth: 10MiB/s
workload: {migrations: 300}
retry: {max_retries: 2}
"""


@pytest.mark.parametrize(
    "pairs",
    [
        [there(loss=0.1)],
        [there(latency={"distribution": "exponential", "mean": "300ms"}, bandwidth="10MiB/s"), back(loss=0.1)],
    ],
)
def test_pairs_that_repeat_the_values_of_the_network_change_nothing(pairs: list[dict[str, object]]) -> None:
    """The draws of loss and latency are the same ones, so the attempts are the same."""
    plain, found = simulate(loads(RANDOM)), simulate(loads(RANDOM, overrides=APART | {"network.pairs": pairs}))
    assert plain.messages_lost == found.messages_lost > 50
    for name, column in plain.attempts.items():
        assert np.array_equal(column, found.attempts[name]), name


def test_a_pair_changes_only_the_attempts_that_use_its_link() -> None:
    plain = simulate(loads(RANDOM, overrides={"network.loss": 0, "network.duplication": 0}))
    changes = {"network.loss": 0, "network.duplication": 0, "network.pairs": [there(latency="5s")]}
    slow = simulate(loads(RANDOM, overrides=APART | changes))
    begun = plain.attempts["requested"][:20]  # the actors still live at their first homes
    across = (plain.attempts["source"][:20] < 4) & (plain.attempts["target"][:20] >= 4)
    same = plain.attempts["admitted"][:20] == slow.attempts["admitted"][:20]
    assert np.array_equal(begun, slow.attempts["requested"][:20])
    assert across.any() and not same[across].any()
