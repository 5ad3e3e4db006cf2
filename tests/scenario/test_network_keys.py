"""The keys of the network: pairs of regions, and sharing of bandwidth."""

import pytest

from icnsim.errors import ScenarioError
from icnsim.scenario import loads, resolved

BASE = """
name: net
executors: [{group: a, count: 2, region: eu}, {group: b, count: 2, region: ap}, {group: c, count: 1}]
workload: {migrations: 10}
"""
PAIR = {"from": "eu", "to": "ap", "latency": "1s"}


def problems(**changes: object) -> str:
    with pytest.raises(ScenarioError) as error:
        loads(BASE, overrides={name.replace("__", "."): value for name, value in changes.items()})
    return str(error.value)


def test_a_key_that_a_pair_omits_has_the_network_s_value_and_a_pair_applies_in_one_direction() -> None:
    changes = {"network.pairs": [PAIR | {"bandwidth": "8Mbit/s"}], "network.loss": 0.25, "network.bandwidth": "5MB/s"}
    scenario = loads(BASE, overrides=changes)
    there, back, nowhere = scenario.link(0, 2), scenario.link(2, 0), scenario.link(0, 4)
    assert (there.latency.constant, there.loss, there.bandwidth) == (1e6, 0.25, 1_000_000)
    assert (back.latency.constant, back.loss, back.bandwidth) == (200e3, 0.25, 5_000_000)
    assert nowhere == back


def test_a_resolved_scenario_with_pairs_reads_as_the_same_scenario() -> None:
    scenario = loads(BASE, overrides={"network.pairs": [PAIR], "network.bandwidth": "5MB/s"})
    again = loads(resolved.to_yaml(scenario))
    assert again.network == scenario.network
    assert resolved.to_yaml(again) == resolved.to_yaml(scenario)


@pytest.mark.parametrize(
    ("pairs", "key", "expected"),
    [
        ([PAIR | {"to": "us"}], "network.pairs.0.to", "a region of executors: eu, ap"),
        ([PAIR | {"from": "us"}], "network.pairs.0.from", "a region of executors: eu, ap"),
        ([PAIR, PAIR], "network.pairs.1", "one item for each pair and direction"),
        ([{"from": "eu", "to": "ap"}], "network.pairs.0", "at least one of them"),
        ([PAIR | {"loss": 2}], "network.pairs.0.loss", "less than or equal to 1"),
        ([PAIR | {"latency": "fast"}], "network.pairs.0.latency", "a duration such as 30s"),
        ([PAIR | {"bandwidth": "fast"}], "network.pairs.0.bandwidth", "a bandwidth such as"),
        ([{"to": "ap", "loss": 1}], "network.pairs.0.from", "from is required"),
        ([PAIR | {"latencies": "1s"}], "network.pairs.0", "did you mean 'latency'?"),
    ],
)
def test_a_wrong_pair_is_an_error_that_says_what_is_expected(pairs: object, key: str, expected: str) -> None:
    found = problems(network__pairs=pairs)
    assert key in found and expected in found


def test_regions_need_a_matrix_or_pairs() -> None:
    assert "a matrix, network.pairs, or a fault" in problems()
    assert loads(BASE, overrides={"network.pairs": [PAIR]}).network.matrix is None


@pytest.mark.parametrize("sharing", ["executor", "link"])
def test_sharing_needs_a_bandwidth(sharing: str) -> None:
    found = problems(network__pairs=[PAIR], network__sharing=sharing)
    assert "network.bandwidth" in found and f"network.sharing: {sharing}" in found


def test_the_bandwidth_of_a_pair_can_be_shared_by_link_but_not_by_executor() -> None:
    pairs = [PAIR | {"bandwidth": "1MB/s"}]
    changes = {"network.pairs": pairs, "network.sharing": "link"}
    assert loads(BASE, overrides=changes).network.sharing == "link"
    assert "network.bandwidth" in problems(network__pairs=pairs, network__sharing="executor")


def test_another_word_for_sharing_is_an_error_with_the_words_that_exist() -> None:
    found = problems(network__pairs=[PAIR], network__sharing="links", network__bandwidth="1MB/s")
    assert "did you mean 'link'?" in found


def test_pages_are_not_copied_at_the_bandwidth_of_a_pair() -> None:
    mode = {"wasm_stateful": {"migration": "pre-copy"}}
    found = problems(
        network__pairs=[PAIR | {"bandwidth": "1MB/s"}], network__bandwidth="1MB/s", actors__mode=mode
    )  # fmt: skip
    assert "network.pairs.0.bandwidth" in found and "pre-copy copies pages at network.bandwidth" in found
