"""The quorum and those who lie to it, as a file has them."""

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


def told(**values: Any) -> str:
    with pytest.raises(ScenarioError) as caught:
        made(**values)
    return str(caught.value)


def test_nobody_votes_unless_asked_to_and_then_three_do() -> None:
    scenario = made()
    assert scenario.plain and not scenario.quorum.enabled
    assert scenario.quorum.credits.constant is not None
    assert executors_for(round(scenario.quorum.credits.constant)) == 3
    assert not made(quorum__enabled=True).plain


@pytest.mark.parametrize("lies", ["alone", "collude", "equivocate", "silent"])
def test_a_liar_lies_in_one_of_four_ways_and_is_written_as_it_is_read(lies: str) -> None:
    changes = {"quorum__enabled": True, "executors__1__behavior": "byzantine", "executors__1__lies": lies}
    scenario = made(**changes, quorum__executors=3, quorum__credits={"distribution": "exponential", "mean": 800})
    assert scenario.executors[1].lies == lies and scenario.executors[1].hosts_actors
    assert loads(to_yaml(scenario)) == scenario
    assert plain(scenario)["quorum"]["executors"] == 3


def test_a_liar_needs_somebody_to_lie_to_and_says_so_at_its_group() -> None:
    said = told(executors__1__behavior="byzantine")
    assert "executors.1.behavior" in said and "quorum.enabled: true" in said
    assert "the behavior byzantine" in told(executors__1__lies="alone")


def test_all_that_is_wrong_with_a_quorum_is_told_at_once() -> None:
    said = told(quorum={"executors": 2.5, "threshold": 1.5, "window": 30, "grace": "-1s", "credits": -1})
    assert all(key in said for key in ("executors", "threshold", "window", "grace", "credits"))


def test_no_more_can_be_asked_than_there_are() -> None:
    assert made(quorum__enabled=True, quorum__executors=6).quorum.executors == 6
    assert "at most the 6" in told(quorum__executors=7)


def test_votes_at_once_need_memory() -> None:
    many = {"workload__migrations": 100_000, "actors__count": 200_000}
    burst = {"process": "burst", "size": 100_000, "every": "1s"}
    without = made(**many, retry__max_retries=1)
    spread = made(**many, retry__max_retries=1, quorum__enabled=True)
    at_once = made(**many, retry__max_retries=1, quorum__enabled=True, workload__arrivals=burst)
    more = estimate_bytes(spread) - estimate_bytes(without)
    assert 0 < more < 300e6
    assert estimate_bytes(at_once) - estimate_bytes(spread) > 400e6
