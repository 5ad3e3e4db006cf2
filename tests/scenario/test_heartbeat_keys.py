"""The keys of heartbeats: the executors that send them, the detectors that use them, and the faults that lose them."""

import pytest

from icnsim.errors import ScenarioError
from icnsim.scenario import loads, resolved

BASE = """
name: beats
executors: [{group: a, count: 2}, {group: b, count: 2, heartbeats: false}, {group: c, count: 1, parts: []}]
manager: {detector: {kind: chen}, heartbeat: {every: 1s}}
workload: {migrations: 10}
"""


def test_every_executor_with_a_manager_sends_heartbeats_unless_its_group_disables_them() -> None:
    scenario = loads(BASE)
    assert [group.sends_heartbeats for group in scenario.executors] == [True, False, False]
    assert loads(resolved.to_yaml(scenario)).executors == scenario.executors


def test_a_value_that_is_no_truth_value_is_an_error_that_names_the_key() -> None:
    with pytest.raises(ScenarioError, match=r"executors\.0\.heartbeats: found 'sometimes', expected a valid boolean"):
        loads(BASE, overrides={"executors.0.heartbeats": "sometimes"})


@pytest.mark.parametrize(
    ("changes", "kinds"),
    [
        ({}, ["chen"]),
        ({"manager.detector": {"kind": "adaptive"}}, []),
        ({"manager.heartbeat": None}, []),
        ({"manager.enabled": False}, []),
        ({"manager.overrides": [{"actors": "actor-1", "detector": {"kind": "phi-accrual"}}]}, ["chen", "phi-accrual"]),
        ({"manager.adjustments": [{"at": "1s", "detector": {"kind": "phi-accrual"}}]}, ["chen", "phi-accrual"]),
    ],
)
def test_the_detectors_of_a_scenario_that_use_heartbeats(changes: dict[str, object], kinds: list[str]) -> None:
    assert [detector.kind for detector in loads(BASE, overrides=changes).manager.learning_from_heartbeats] == kinds


def test_a_fault_of_links_may_affect_heartbeats_alone() -> None:
    scenario = loads(BASE, overrides={"faults": [{"kind": "loss", "at": "1s", "messages": ["heartbeat"]}]})
    assert scenario.faults[0].messages == ("heartbeat",)  # type: ignore[union-attr]
