"""The simpler values of a scenario."""

from typing import Any

import pytest

from icnsim.scenario.units import parse_step
from icnsim.search.shrink import ABSENT
from icnsim.search.smaller import other_seeds, simpler


def values(*path: Any, of: Any) -> list[Any]:
    return list(simpler(path, of))


@pytest.mark.parametrize("path", [("name",), ("seed",), ("protocol", "profile"), ("protocol", "fresh_requests")])
def test_what_is_checked_stays_as_it_is(path: tuple[str, ...]) -> None:
    assert values(*path, of="hardened") == []


def test_there_are_fewer_executors_actors_and_migrations_but_their_keys_stay() -> None:
    assert values("workload", "migrations", of=20) == [1, 2, 10, 19]
    assert values("actors", "count", of=2) == [1]
    assert values("executors", 0, "count", of=1) == []
    assert ABSENT not in values("drain", of="15min")


@pytest.mark.parametrize("text", ["1873219ms", "75s", "93517ms", "2min", "1500ms", "-40s", "60001ms"])
def test_times_become_rounder_and_never_longer(text: str) -> None:
    found = values("manager", "timeout", of=text)[1:]
    assert found
    for other in found:
        assert abs(parse_step(other)) <= abs(parse_step(text))
        assert parse_step(other) * parse_step(text) > 0


def test_only_what_may_be_nothing_becomes_nothing() -> None:
    assert "0s" in values("faults", 0, "at", of="5s")
    assert "0s" not in values("faults", 0, "for", of="5s")


def test_random_things_become_certain() -> None:
    latency = {"distribution": "exponential", "mean": "5s"}
    assert values("network", "latency", of=latency) == [ABSENT, "5s"]
    arrivals = {"process": "poisson", "rate": "7/min"}
    assert values("workload", "arrivals", of=arrivals) == [{"process": "periodic", "rate": "7/min"}]
    assert values("workload", "arrivals", "rate", of="7/min") == ["1/min", "2/min", "6/min"]


def test_a_section_that_has_become_empty_goes() -> None:
    assert values("network", of={}) == [ABSENT]


def test_an_executor_of_a_fault_becomes_an_earlier_one() -> None:
    assert values("faults", 1, "executors", of="node-4")[1:] == ["node-0", "node-1", "node-2"]


def test_with_fewer_of_something_other_seeds_are_tried() -> None:
    document = {"seed": 3}
    assert [other["seed"] for other in other_seeds(("workload", "migrations"), document)] == [1, 2, 4, 5, 6, 7, 8]
    assert list(other_seeds(("manager", "timeout"), document)) == []
