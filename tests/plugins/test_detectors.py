"""A detector of a plug-in decides how long a source waits for an answer."""

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
name: learned
workload: {migrations: 200, arrivals: {rate: 1/s}}
network: {latency: 200ms, gossip: {messages: []}}
executors: [{group: good, count: 8}, {group: deaf, count: 2, answer_probability: 0.5}]
manager: {detector: {kind: longest-answer, parameters: {margin: 1s}}}
"""


def scenario(**changes: object) -> Scenario:
    return loads(TEXT, overrides=changes)


def test_a_source_waits_for_the_longest_answer_and_the_margin(example: Path) -> None:
    # Every answer takes 200 + 100 + 200 ms. A later question is older than 1500 ms at the next whole ms of the clock.
    found = icnsim.run(scenario(**{"manager.detector.by": "all"})).attempts
    late = found[found["outcome"] == "timed_out"]["detection_total_s"]
    assert len(late) > 10 and late[5:].between(1.5, 1.501).all()


def test_the_columnar_engine_names_the_key_that_needs_events(example: Path) -> None:
    assert unsupported(scenario()) == "manager.detector"
    override = [{"actors": "*", "detector": {"kind": "longest-answer"}}]
    changes = {"manager.detector": {"kind": "poll"}, "manager.overrides": override}
    assert unsupported(scenario(**changes)) == "manager.overrides.detector"
    with pytest.raises(ScenarioError, match=r"manager.detector needs events"):
        icnsim.run(scenario(), engine="columns")


def test_a_resolved_scenario_has_all_parameters_and_gives_the_same_scenario(example: Path) -> None:
    made = scenario()
    assert made.manager.detector.parameters == {"window": 20, "margin": "1s"}
    assert made.plugins == {"icnsim-example": "0.1.0"}
    text = resolved.to_yaml(made)
    assert resolved.to_yaml(loads(text)) == text


def test_the_schema_names_it(example: Path) -> None:
    assert "longest-answer" in json.dumps(resolved.json_schema())


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"kind": "longest-anser"}, r"kind: .*did you mean 'longest-answer'"),
        ({"kind": "longest-answer", "parameters": {"windw": 2}}, r"did you mean 'window'"),
        ({"kind": "longest-answer", "parameters": {"window": 0}}, r"window: at least 1 and at most 1000"),
        ({"kind": "longest-answer", "parameters": {"margin": "1.5ms"}}, r"margin: .*whole milliseconds"),
        ({"kind": "longest-answer", "parameters": 5}, r"manager.detector.parameters: found 5"),
        ({"kind": "longest-answer", "tick": "1s"}, r"it is a parameter of wheel, not of longest-answer"),
        ({"kind": "poll", "parameters": {"window": 2}}, r"it is a parameter of plug-ins, not of poll"),
    ],
)
def test_wrong_settings_are_errors(example: Path, given: dict[str, object], message: str) -> None:
    with pytest.raises(ScenarioError, match=message):
        scenario(**{"manager.detector": given})


def test_the_example_breaks_no_rule(example: Path) -> None:
    assert probe("detector", "longest-answer", 0)["violations"] == []


CODE = """
from icnsim.plugins import Detector
class X(Detector):
    seen = 0
    def observe(self, elapsed): self.seen += 1
    def timeout(self, fixed): return BODY
    @property
    def numbers(self): return 0
"""


@pytest.mark.parametrize(
    ("body", "message"),
    [
        ("fixed if not self.seen else 1500.5", "1500.5 from timeout instead of a Python int"),
        ("fixed if not self.seen else -1", "-1 from timeout"),
        ("fixed if not self.seen else float('nan')", "nan from timeout"),
    ],
)
def test_a_deadline_that_is_not_a_whole_ms_ends_the_run_and_is_found(
    tmp_path: Path, known: Callable[[Path], None], body: str, message: str
) -> None:
    known(place(tmp_path / "a", "icnsim.detectors", {"mine": "X"}, CODE.replace("BODY", body)))
    with pytest.raises(PluginError, match=f"returned {message}"):
        icnsim.run(loads("name: a\nworkload: {migrations: 50}\nmanager: {detector: {kind: mine, by: all}}\n"))
    assert any(message in each for each in probe("detector", "mine", 0)["violations"])


@pytest.mark.parametrize(
    ("body", "message"),
    [("fixed + 1", "without an observation is not the fixed one"), ("self.observe(1) or fixed + self.seen", "changes")],
)
def test_rules_of_a_detector_are_checked(
    tmp_path: Path, known: Callable[[Path], None], body: str, message: str
) -> None:
    known(place(tmp_path / "a", "icnsim.detectors", {"mine": "X"}, CODE.replace("BODY", body)))
    assert any(message in each for each in probe("detector", "mine", 0)["violations"])
