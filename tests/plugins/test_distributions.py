"""A distribution of a plug-in is used like a built-in one, by both engines."""

import json
import re
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

import icnsim
from icnsim import engines
from icnsim.columns import unsupported
from icnsim.errors import PluginError, ScenarioError
from icnsim.recording.summary import summarise
from icnsim.scenario import Scenario, loads, resolved
from tests.plugins.packages import ROOT, place

TEXT = """
name: plugged
workload: {migrations: 300, arrivals: {rate: 2/s}}
network: {latency: {distribution: triangular, low: 50ms, mode: 100ms, high: 400ms}}
"""


def scenario(**changes: object) -> Scenario:
    return loads(TEXT, overrides=changes)


def test_both_engines_compute_the_same_figures(example: Path) -> None:
    assert unsupported(scenario()) is None
    found = [summarise(engines.simulate(scenario(), engine)[0], scenario()) for engine in ("events", "columns")]
    assert found[0] == found[1]
    assert found[0]["migrations"]["completed"] == 300


def test_its_draws_have_its_moments(example: Path) -> None:
    latency = scenario().network.latency
    values = latency.ppf((np.arange(100_000) + 0.5) / 100_000)
    assert values.mean() == pytest.approx(latency.mean(), rel=1e-6)
    assert values.var() == pytest.approx(latency.variance(), rel=1e-5)
    assert latency.support() == (50e3, 400e3)
    np.testing.assert_allclose(latency.cdf(latency.ppf(np.array([0.1, 0.5, 0.9]))), [0.1, 0.5, 0.9], rtol=1e-12)


def test_a_resolved_scenario_gives_the_same_scenario_and_names_the_package(example: Path) -> None:
    text = resolved.to_yaml(scenario())
    assert scenario().plugins == {"icnsim-example": "0.1.0"}
    assert resolved.to_yaml(loads(text)) == text
    assert "icnsim-example" in text and "triangular" in text


def test_the_version_of_the_package_is_part_of_the_run_s_identity(example: Path) -> None:
    newer = scenario().model_copy(update={"plugins": {"icnsim-example": "0.2.0"}})
    assert resolved.run_id(scenario(), "1") != resolved.run_id(newer, "1")


def test_the_manifest_has_the_version_and_results_can_be_opened(example: Path, tmp_path: Path) -> None:
    (tmp_path / "s.yaml").write_text(TEXT, "utf-8")
    run = icnsim.run(tmp_path / "s.yaml", {"workload.migrations": 20}, out=tmp_path)
    assert run.folder is not None
    assert json.loads((run.folder / "manifest.json").read_text())["versions"]["icnsim-example"] == "0.1.0"
    assert icnsim.load(run.folder).scenario.plugins == {"icnsim-example": "0.1.0"}


def test_it_may_be_a_part_of_a_mixture(example: Path) -> None:
    part = {"weight": 1, "distribution": "triangular", "low": "0s", "mode": "1s", "high": "2s"}
    mixed = scenario(**{"network.latency": {"distribution": "mixture", "parts": [part, {"weight": 1, "value": "3s"}]}})
    assert mixed.network.latency.mean() == pytest.approx(2e6)
    assert resolved.to_yaml(loads(resolved.to_yaml(mixed))) == resolved.to_yaml(mixed)


def test_the_scenario_of_the_page_runs(example: Path) -> None:
    (text,) = re.findall(r"```text\n(name: .*?)```", (ROOT / "docs" / "plugins.md").read_text("utf-8"), re.DOTALL)
    run = icnsim.run(loads(text, overrides={"workload.migrations": 20}))
    assert run.summary["migrations"]["completed"] == 20


def test_the_schema_names_it(example: Path) -> None:
    assert "triangular" in json.dumps(resolved.json_schema())


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"low": "5"}, "triangular with low: a duration"),
        ({"mode": "9s"}, "triangular: low at most mode"),
        ({"width": "1s"}, "not 'width'"),
        ({"modus": "1s"}, "did you mean 'mode'"),
    ],
)
def test_wrong_parameters_are_errors(example: Path, changes: dict[str, str], message: str) -> None:
    given = {"distribution": "triangular", "low": "50ms", "mode": "100ms", "high": "400ms", **changes}
    with pytest.raises(ScenarioError, match=message):
        scenario(**{"network.latency": given})


def test_a_missing_parameter_is_an_error(example: Path) -> None:
    with pytest.raises(ScenarioError, match="'high' is missing"):
        scenario(**{"network.latency": {"distribution": "triangular", "low": "50ms", "mode": "100ms"}})


@pytest.mark.parametrize(
    ("body", "message"),
    [
        ("-u", "negative values"),
        ("u / 0", "values that are not finite"),
        ("u.astype('f4')", "an array of float32"),
        ("u[:0]", r"the shape \(0,\)"),
        ("[0.5]", "a list"),
    ],
)
def test_a_draw_that_breaks_a_rule_ends_the_run(
    tmp_path: Path, known: Callable[[Path], None], body: str, message: str
) -> None:
    code = (
        "from icnsim.plugins import Distribution\n"
        "class X(Distribution):\n"
        f"    def ppf(self, u): return {body}\n"
        "    def cdf(self, x): return 0.0 * x\n"
        "    def mean(self): return 1.0\n"
        "    def variance(self): return 1.0\n"
    )
    known(place(tmp_path / "a", "icnsim.distributions", {"mine": "X"}, code))
    with np.errstate(all="ignore"), pytest.raises(PluginError, match=f"returned {message}.*icnsim check-plugin mine"):
        icnsim.run(loads("name: a\nworkload: {migrations: 5}\nnetwork: {latency: {distribution: mine}}\n"))
