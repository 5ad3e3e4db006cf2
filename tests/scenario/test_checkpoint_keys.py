"""The keys of checkpoints: the bandwidth of a store."""

import pytest

from icnsim.errors import ScenarioError
from icnsim.scenario import loads, resolved

BASE = "name: stored\nworkload: {migrations: 10}\n"
KEY = "checkpoints.store_bandwidth"


def test_the_bandwidth_of_a_store_is_null_or_a_rate() -> None:
    assert loads(BASE).checkpoints.store_bandwidth is None
    scenario = loads(BASE, overrides={KEY: "8Mbit/s"})
    assert scenario.checkpoints.store_bandwidth == 1_000_000
    assert loads(resolved.to_yaml(scenario)).checkpoints == scenario.checkpoints


@pytest.mark.parametrize("wrong", ["fast", "0B/s", 5])
def test_another_value_is_an_error_that_says_what_is_expected(wrong: object) -> None:
    with pytest.raises(ScenarioError, match="expected a bandwidth such as 100MiB/s") as error:
        loads(BASE, overrides={KEY: wrong})
    assert KEY in str(error.value)
