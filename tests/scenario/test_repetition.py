"""Faults that repeat or roll, and regions as selections: the keys and their contradictions."""

from typing import Any

import pytest

from icnsim.errors import ScenarioError
from icnsim.scenario import Scenario, loads
from icnsim.scenario.names import natural
from icnsim.scenario.repetition import occurrences

BASE = """
name: repeating
executors:
  - {group: a, count: 2, region: eu}
  - {group: b, count: 2, region: ap}
workload: {migrations: 10}
"""
PLAIN = "name: repeating\nexecutors: [{group: a, count: 2}, {group: b, count: 2}]\nworkload: {migrations: 10}\n"
PAUSE = {"kind": "pause", "at": "10s", "for": "1s"}
HOUR = 3600 * 1_000_000


def with_fault(base: str = BASE, **item: Any) -> Scenario:
    return loads(base, overrides={"faults": [item]})


def problems(base: str = BASE, **item: Any) -> str:
    with pytest.raises(ScenarioError) as caught:
        with_fault(base, **item)
    (problem,) = caught.value.problems
    return f"{problem.key}: {problem.found}, {problem.expected}"


def test_names_sort_by_their_numbers() -> None:
    names = ["node-10", "node-2", "a-1", "node2-1", "node-1"]
    assert sorted(names, key=natural) == ["a-1", "node2-1", "node-1", "node-2", "node-10"]


def test_a_region_selects_its_executors_and_narrows_a_pattern() -> None:
    scenario = with_fault(**PAUSE, region="eu")
    (item,) = scenario.faults
    assert scenario.selected(None, "eu") == (0, 1) and item.region == "eu"  # type: ignore[union-attr]
    assert scenario.selected(("*-1",), "ap") == (3,)
    assert scenario.selected(None, None) == (0, 1, 2, 3)


@pytest.mark.parametrize(
    ("item", "expected"),
    [
        (PAUSE, "faults.0.executors: nothing, a value: executors (a name or a pattern), or a region"),
        ({**PAUSE, "region": "us"}, "faults.0.region: 'us', a region of a group: ap, eu"),
        (
            {**PAUSE, "region": "eu", "executors": "b-*"},
            "faults.0.executors: no executor of the region 'eu', a pattern",
        ),
        ({**PAUSE, "region": "eu", "times": 3}, "faults.0.times: 3, a value of every"),
        (
            {"kind": "pause", "at": "1s", "region": "eu", "every": "1h"},
            "faults.0.every: a fault that never ends, a valu",
        ),
        ({"kind": "crash", "at": "1s", "region": "eu", "every": "1h"}, "a value of restart_after with it"),
        (
            {"kind": "partition", "at": "1s", "from": "a-0", "to": "b-0", "region": "eu"},
            "faults.0.region: a value, none",
        ),
        (
            {"kind": "partition", "at": "1s", "from": "a-0", "to": "b-0", "rolling": "1s"},
            "faults.0.rolling: a value, no",
        ),
        ({"kind": "partition", "at": "1s"}, "faults.0.executors: nothing, a value: from and to, or executors"),
        ({"random": {"region": "us"}}, "faults.0.random.region: 'us', a region of a group"),
        ({**PAUSE, "region": "eu", "every": "1us"}, "occurrences of faults, at most 1,000,000"),
    ],
)
def test_an_impossible_repetition_is_refused(item: dict[str, Any], expected: str) -> None:
    selects = "region" in item or "region" in item.get("random", {})
    assert expected in problems(BASE if selects else PLAIN, **item)


def test_repeated_random_faults_are_refused() -> None:
    assert "the unknown key 'every'" in problems(PLAIN, random={}, every="1h")
    assert "the unknown key 'every'" in problems(PLAIN, random={"every": "1h"})


def test_a_region_without_a_matrix_needs_a_fault_that_selects_it() -> None:
    assert "a fault that selects a region" in problems(**PAUSE, executors="a-0")


@pytest.mark.parametrize(
    ("loop", "key"), [("manager_error", "manager.enabled"), ("checker_error", "task_checker.enabled")]
)
def test_a_loop_that_does_not_run_has_no_errors(loop: str, key: str) -> None:
    with pytest.raises(ScenarioError, match=f"{key}: true"):
        loads(BASE, overrides={"faults": [{"kind": loop, "at": "1s", "region": "eu"}], key: False})


@pytest.mark.parametrize(
    ("keys", "expected"), [({}, 1), ({"every": "1h"}, 24), ({"every": "1h", "times": 3}, 3), ({"every": "25h"}, 1)]
)
def test_occurrences_begin_before_the_end(keys: dict[str, Any], expected: int) -> None:
    (item,) = with_fault(**PAUSE, region="eu", **keys).faults
    assert occurrences(item, 24 * HOUR) == expected  # type: ignore[arg-type]
