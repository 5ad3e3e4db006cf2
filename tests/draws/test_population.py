"""The homes of actors: what they depend on, and that a kept population is not another one."""

from typing import Any

import numpy as np
import pytest

from icnsim.draws import population
from icnsim.draws.population import IN_ORDER, homes
from icnsim.draws.streams import Floats, GivenDraws
from icnsim.scenario import Scenario, loads

TEXT = """
name: homes
executors: [{group: a, count: 3}, {group: b, count: 2, hosts_actors: false}, {group: c, count: 4}]
actors: {count: 500}
workload: {migrations: 5}
"""


def scenario(**changes: Any) -> Scenario:
    return loads(TEXT, overrides={key.replace("__", "."): value for key, value in changes.items()})


def drawn(found: Scenario) -> list[int]:
    """The homes of a new process."""
    population._kept.cache_clear()
    return homes(found).tolist()


def test_a_change_of_homes_by_their_reader_does_not_show_in_the_next_run() -> None:
    first = homes(scenario())
    expected = first.tolist()
    first[:] = 0
    assert homes(scenario()).tolist() == expected == drawn(scenario())


@pytest.mark.parametrize(
    "changes",
    [
        {"seed": 2},
        {"actors__count": 501},
        {"executors__0__group": "d"},
        {"executors__0__count": 4},
        {"executors__0__count": 40_000},
        {"executors__1__hosts_actors": True},
        {"executors__2__hosts_actors": False},
    ],
)
def test_homes_follow_all_that_they_depend_on(changes: dict[str, object]) -> None:
    before, other = homes(scenario()).tolist(), scenario(**changes)
    found = homes(other).tolist()
    assert found == drawn(other) != before
    hosts = [group.hosts_actors for group in other.group_of_each]
    assert all(hosts[home] for home in found)


def test_homes_do_not_depend_on_settings_of_the_protocol() -> None:
    other = scenario(manager__timeout="90s", executors__0__behavior="rejecting")
    assert homes(other).tolist() == homes(scenario()).tolist()


class Halves(GivenDraws):
    def given(self, purpose: str, count: int, start: int) -> Floats:
        return np.full(count, 0.5)


def test_a_seed_whose_draws_are_given_is_never_taken_for_the_equal_number() -> None:
    kept = homes(scenario(seed=7)).tolist()
    given = scenario(seed=7).model_copy(update={"seed": Halves(7)})
    assert len(set(homes(given).tolist()[IN_ORDER:])) == 1
    assert homes(scenario(seed=7)).tolist() == kept
