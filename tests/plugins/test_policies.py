"""A policy of a plug-in decides which actors migrate, and their targets."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest

import icnsim
from icnsim.errors import PluginError, ScenarioError
from icnsim.plugins.probe import probe
from icnsim.scenario import Scenario, loads, resolved
from tests.plugins.packages import place

TEXT = """
name: placed
duration: 5min
executors:
  - {group: busy, count: 2, capacity: {load: 0.9}}
  - {group: idle, count: 3, capacity: {load: 0.1}}
  - {group: middle, count: 3, capacity: {load: 0.5}}
actors: {count: 40}
workload: {trigger: policy, target: policy}
policy: {kind: least-loaded}
"""


def scenario(**changes: object) -> Scenario:
    return loads(TEXT, overrides=changes)


def test_actors_leave_loaded_executors_for_the_least_loaded_ones(example: Path) -> None:
    found = icnsim.run(scenario()).policy
    assert len(found) > 5
    assert set(found["target"].astype(str).str.rstrip("-0123456789")) == {"idle"}
    assert set(found["executor"].astype(str).str.rstrip("-0123456789")) == {"busy"}
    assert found["score"].to_numpy() == pytest.approx((found["own_load"] - found["believed_load"]).to_numpy())


def test_a_parameter_changes_the_decisions(example: Path) -> None:
    assert len(icnsim.run(scenario(**{"policy.parameters": {"above": 1}})).policy) == 0


def test_a_resolved_scenario_has_all_parameters_and_gives_the_same_scenario(example: Path) -> None:
    made = scenario()
    assert made.policy.parameters == {"above": 0.7, "gain": 0.2, "trust": 0.3}
    assert made.plugins == {"icnsim-example": "0.1.0"}
    text = resolved.to_yaml(made)
    assert resolved.to_yaml(loads(text)) == text
    assert "least-loaded" in json.dumps(resolved.json_schema())


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"kind": "least-load"}, r"policy.kind: .*did you mean 'least-loaded'"),
        ({"kind": "least-loaded", "parameters": {"abov": 1}}, r"did you mean 'above'"),
        ({"kind": "least-loaded", "parameters": {"above": 2}}, r"above: at least 0 and at most 1"),
        ({"kind": "default", "parameters": {"above": 1}}, r"only plug-ins have parameters"),
    ],
)
def test_wrong_settings_are_errors(example: Path, given: dict[str, object], message: str) -> None:
    with pytest.raises(ScenarioError, match=message):
        scenario(policy=given)


def test_the_example_breaks_no_rule(example: Path) -> None:
    assert probe("policy", "least-loaded", 0)["violations"] == []


CODE = """
from icnsim.plugins import Choice, LOAD_BALANCING, Policy
class X(Policy):
    def decide(self, own, others): return BODY
    def choose(self, own, others): return BODY
"""


@pytest.mark.parametrize(
    ("body", "message"),
    [
        ("Choice(99, 1.0, LOAD_BALANCING)", "the executor 99, which is no candidate"),
        ("Choice(others[0].executor, float('nan'), LOAD_BALANCING) if others else None", "the score nan"),
        ("Choice(others[0].executor, 1.0, 'Whim') if others else None", "the reason 'Whim'"),
        ("3", "a int instead of a Choice or None"),
    ],
)
def test_a_wrong_choice_ends_the_run_and_is_found(
    tmp_path: Path, known: Callable[[Path], None], body: str, message: str
) -> None:
    known(place(tmp_path / "a", "icnsim.policies", {"mine": "X"}, CODE.replace("BODY", body)))
    with pytest.raises(PluginError, match=f"returned {message}"):
        icnsim.run(scenario(**{"policy.kind": "mine"}))
    assert any(message in each for each in probe("policy", "mine", 0)["violations"])


def test_a_policy_that_remembers_is_found(tmp_path: Path, known: Callable[[Path], None]) -> None:
    code = CODE.replace("BODY", "self.next(others)") + (
        "    last = 0\n"
        "    def next(self, others):\n"
        "        self.last += 1\n"
        "        return Choice(others[0].executor, float(self.last), LOAD_BALANCING) if others else None\n"
    )
    known(place(tmp_path / "a", "icnsim.policies", {"mine": "X"}, code))
    assert "decide depends on earlier calls (example 1)" in probe("policy", "mine", 0)["violations"]
