"""The keys of the quorum and of byzantine executors."""

from typing import Any

import pytest

from icnsim.errors import ScenarioError
from icnsim.protocol.quorum import executors_for
from icnsim.scenario import Scenario, loads
from icnsim.scenario.coherence import estimate_bytes
from icnsim.scenario.resolved import plain, to_yaml

BASE = "name: x\nexecutors: [{group: a, count: 5}, {group: b, count: 1}]\nworkload: {migrations: 10}\n"


def made(**values: Any) -> Scenario:
    return loads(BASE, overrides={key.replace("__", "."): value for key, value in values.items()})


def problems(**values: Any) -> str:
    with pytest.raises(ScenarioError) as caught:
        made(**values)
    return str(caught.value)


def test_there_are_no_votes_by_default_and_an_enabled_quorum_asks_three() -> None:
    scenario = made()
    assert scenario.plain and not scenario.quorum.enabled
    assert scenario.quorum.credits.constant is not None
    assert executors_for(round(scenario.quorum.credits.constant)) == 3
    assert not made(quorum__enabled=True).plain


@pytest.mark.parametrize("lies", ["alone", "collude", "equivocate", "silent"])
def test_each_of_the_four_ways_to_lie_is_written_as_it_is_read(lies: str) -> None:
    changes = {"quorum__enabled": True, "executors__1__behavior": "byzantine", "executors__1__lies": lies}
    scenario = made(**changes, quorum__executors=3, quorum__credits={"distribution": "exponential", "mean": 800})
    assert scenario.executors[1].lies == lies and scenario.executors[1].hosts_actors
    assert loads(to_yaml(scenario)) == scenario
    assert plain(scenario)["quorum"]["executors"] == 3


def test_a_liar_without_a_quorum_is_an_error_at_its_group() -> None:
    said = problems(executors__1__behavior="byzantine")
    assert "executors.1.behavior" in said and "quorum.enabled: true" in said
    assert "the behavior byzantine" in problems(executors__1__lies="alone")


def test_all_problems_of_a_quorum_are_reported_at_once() -> None:
    said = problems(quorum={"executors": 2.5, "threshold": 1.5, "window": 30, "grace": "-1s", "credits": -1})
    assert all(key in said for key in ("executors", "threshold", "window", "grace", "credits"))


def test_a_quorum_cannot_ask_more_executors_than_exist() -> None:
    assert made(quorum__enabled=True, quorum__executors=6).quorum.executors == 6
    assert "at most the 6" in problems(quorum__executors=7)


def test_simultaneous_votes_need_memory() -> None:
    many = {"workload__migrations": 100_000, "actors__count": 200_000}
    burst = {"process": "burst", "size": 100_000, "every": "1s"}
    without = made(**many, retry__max_retries=1)
    spread = made(**many, retry__max_retries=1, quorum__enabled=True)
    at_once = made(**many, retry__max_retries=1, quorum__enabled=True, workload__arrivals=burst)
    more = estimate_bytes(spread) - estimate_bytes(without)
    assert 0 < more < 300e6
    assert estimate_bytes(at_once) - estimate_bytes(spread) > 400e6
