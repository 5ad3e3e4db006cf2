"""A behavior of a plug-in decides how executors answer Requests."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest

import icnsim
from icnsim.columns import unsupported
from icnsim.errors import PluginError, ScenarioError
from icnsim.plugins.probe import probe
from icnsim.scenario import Scenario, loads, resolved
from tests.plugins.packages import place

TEXT = """
name: picky
workload: {migrations: 400}
executors: [{group: good, count: 5}, {group: odd, count: 5, behavior: picky, parameters: {silent: 0.25}}]
"""
SEEDLESS = "executors.1.parameters"


def scenario(**changes: object) -> Scenario:
    return loads(TEXT, overrides=changes)


def test_a_share_of_the_requests_is_not_answered_and_those_targets_are_not_willing(example: Path) -> None:
    run = icnsim.run(scenario())
    found = run.attempts
    odd = found[found["target"].astype(str).str.startswith("odd")]
    silent = odd[odd["outcome"] == "timed_out"]
    # Binomial with about 200 trials of probability 1/4: more than 5 standard deviations have a probability below 1e-6.
    assert abs(len(silent) - len(odd) / 4) < 5 * (len(odd) * 3 / 16) ** 0.5
    assert run.summary["false_positives"]["count"] == 0
    assert (found[~found.index.isin(silent.index)]["outcome"] == "completed").all()


def test_a_large_state_is_refused(example: Path) -> None:
    found = icnsim.run(scenario(**{"actors.state_size": "200MiB", SEEDLESS: {"silent": 1}})).attempts
    odd = found["target"].astype(str).str.startswith("odd")
    assert set(found[odd]["outcome"].astype(str)) == {"rejected"}
    assert set(found[odd]["reason"].astype(str)) == {"refused by its behavior"}
    assert set(found[~odd]["outcome"].astype(str)) == {"completed"}


def test_the_columnar_engine_names_the_key_and_no_closed_form_is_given(example: Path) -> None:
    assert unsupported(scenario()) == "executors.behavior"
    predicted = icnsim.run(scenario()).summary["predicted"]
    assert predicted["success_rate"]["value"] is None and predicted["success_rate"]["reason"]


def test_a_resolved_scenario_has_all_parameters_and_gives_the_same_scenario(example: Path) -> None:
    made = scenario()
    assert made.executors[1].parameters == {"largest": 100, "silent": 0.25}
    assert made.plugins == {"icnsim-example": "0.1.0"}
    text = resolved.to_yaml(made)
    assert resolved.to_yaml(loads(text)) == text
    assert "picky" in json.dumps(resolved.json_schema())


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"executors.1.behavior": "pickey"}, r"executors.1.behavior: .*did you mean 'picky'"),
        ({SEEDLESS: {"silnt": 1}}, r"did you mean 'silent'"),
        ({SEEDLESS: {"silent": 2}}, r"silent: at least 0 and at most 1"),
        ({"executors.0.parameters": {"silent": 1}}, r"only plug-ins have parameters"),
        ({"executors.1.answer_probability": 0.5}, r"expected 1: the plug-in decides"),
        ({"quorum.enabled": True}, r"no tasks and no votes"),
    ],
)
def test_wrong_settings_are_errors(example: Path, changes: dict[str, object], message: str) -> None:
    with pytest.raises(ScenarioError, match=message):
        scenario(**changes)


def test_the_example_breaks_no_rule(example: Path) -> None:
    assert probe("behavior", "picky", 0)["violations"] == []


CODE = """
from icnsim.plugins import Answer, Behavior
class X(Behavior):
    seen = 0
    def answer(self, size_bytes, u):
        self.seen += 1
        return BODY
"""


@pytest.mark.parametrize(
    ("body", "message"),
    [("'accept'", "'accept' from answer instead of an Answer"), ("None", "None from answer instead of an Answer")],
)
def test_a_wrong_answer_ends_the_run_and_is_found(
    tmp_path: Path, known: Callable[[Path], None], body: str, message: str
) -> None:
    known(place(tmp_path / "a", "icnsim.behaviors", {"mine": "X"}, CODE.replace("BODY", body)))
    with pytest.raises(PluginError, match=f"returned {message}"):
        icnsim.run(scenario(executors=[{"group": "a", "count": 3, "behavior": "mine"}]))
    assert any(message in each for each in probe("behavior", "mine", 0)["violations"])


def test_a_behavior_that_remembers_is_found(tmp_path: Path, known: Callable[[Path], None]) -> None:
    body = "Answer.ACCEPT if self.seen % 3 else Answer.SILENT"
    known(place(tmp_path / "a", "icnsim.behaviors", {"mine": "X"}, CODE.replace("BODY", body)))
    assert "answer depends on earlier calls (example 1)" in probe("behavior", "mine", 0)["violations"]
