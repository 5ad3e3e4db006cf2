"""The summary of a run that names a plug-in's metric contains its figures."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest

import icnsim
from icnsim.errors import PluginError, ScenarioError
from icnsim.experiment import prepare
from icnsim.plugins.probe import probe
from icnsim.scenario import loads, resolved
from icnsim.sweeps.described import described
from icnsim.sweeps.figures import unknown
from icnsim.sweeps.overview import usual
from tests.plugins.packages import place

NAME = "failures-by-target"
TEXT = f"""
name: measured
workload: {{migrations: 60}}
executors: [{{group: good, count: 8}}, {{group: dead, count: 2, behavior: unresponsive}}]
record: {{metrics: [{NAME}]}}
expect: {{metrics.{NAME}.targets: {{equals: 2}}, metrics.{NAME}.largest_share: {{at_least: 0.5}}}}
"""


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "s.yaml"
    path.write_text(TEXT, "utf-8")
    return path


def test_its_figures_are_in_the_summary_and_are_those_of_the_table(example: Path, file: Path) -> None:
    run = icnsim.run(file, out=file.parent)
    counts = run.attempts.query("outcome == 'timed_out'")["target"].astype(str).value_counts()
    assert run.summary["metrics"] == {
        NAME: {"targets": len(counts), "largest_share": int(counts.max()) / int(counts.sum())}
    }
    assert run.held and len(run.summary["expectations"]) == 2
    assert run.folder is not None
    assert json.loads((run.folder / "summary.json").read_text())["metrics"] == run.summary["metrics"]
    assert icnsim.load(run.folder).scenario.plugins == {"icnsim-example": "0.1.0"}


def test_both_engines_give_the_same_figures(example: Path, file: Path) -> None:
    events, columns = (icnsim.run(file, engine=engine).summary for engine in ("events", "columns"))
    assert events == columns


def test_a_figure_that_does_not_exist_is_null(example: Path) -> None:
    run = icnsim.run(loads(f"name: a\nworkload: {{migrations: 5}}\nrecord: {{metrics: [{NAME}]}}\n"))
    assert run.summary["metrics"] == {NAME: {"targets": 0, "largest_share": None}}


def test_a_run_that_names_no_metric_has_no_section(example: Path) -> None:
    assert "metrics" not in icnsim.run(loads("name: a\nworkload: {migrations: 5}\n")).summary


def test_an_unknown_figure_of_it_is_an_error(example: Path, file: Path) -> None:
    with pytest.raises(ScenarioError, match=r"did you mean 'metrics.failures-by-target.targets'"):
        prepare(file, {"expect": {f"metrics.{NAME}.target": {"equals": 2}}})


@pytest.fixture
def swept(example: Path, file: Path) -> icnsim.Sweep:
    return icnsim.sweep(
        file, {"manager.timeout": ["30s", "60s"]}, {"expect": {}}, replications=2, jobs=1, out=file.parent / "results",
        metrics=[f"metrics.{NAME}.targets"],
    )  # fmt: skip


def test_a_sweep_has_its_figures_and_so_has_the_report(swept: icnsim.Sweep, tmp_path: Path) -> None:
    both = [f"metrics.{NAME}.targets", f"metrics.{NAME}.largest_share"]
    assert swept.plugged == tuple(both)
    assert swept.points[both[0]].between(1, 2).all()
    assert (swept.aggregate[f"{both[1]}.n"] == 2).all()
    assert usual(swept)[-2:] == tuple(both)
    html = swept.report(tmp_path / "sweep.html").read_text("utf-8")
    assert "number of targets with at least one attempt that timed out" in html


def test_a_sweep_does_not_depend_on_a_metric_that_its_scenario_does_not_name(
    example: Path, file: Path, tmp_path: Path
) -> None:
    vary, without = {"manager.timeout": ["30s"]}, {"record.metrics": [], "expect": {}}
    found = icnsim.sweep(file, vary, without, replications=2, jobs=1)
    assert not [name for name in found.points if name.startswith("metrics.")]
    assert not [name for name in found.aggregate if name.startswith("metrics.")]


@pytest.mark.parametrize("vary", [{"record.metrics": [[], [NAME]]}, {"record": [{"metrics": []}]}])
def test_the_metrics_of_a_scenario_do_not_vary(example: Path, file: Path, vary: dict[str, object]) -> None:
    with pytest.raises(ScenarioError, match=r"--vary: record.metrics: .*set record.metrics to all of them"):
        icnsim.sweep(file, vary, {"expect": {}}, replications=1, jobs=1)


def test_a_comparison_has_its_figures_only_where_a_side_names_the_metric(example: Path, file: Path) -> None:
    overrides = {"expect": {}}
    found = icnsim.compare(
        file, file, overrides=overrides, overrides_b={"manager.timeout": "30s"}, replications=2, jobs=1
    )
    rows = found.table.set_index("metric")
    assert rows.loc[f"metrics.{NAME}.targets", "n"] == 2
    without = icnsim.compare(file, file, overrides={**overrides, "record.metrics": []}, replications=2, jobs=1)
    assert not without.table["metric"].str.startswith("metrics.").any()


def test_a_recommendation_limits_its_figures(example: Path, file: Path) -> None:
    found = icnsim.recommend(
        file, {"manager.timeout": ["60s"]}, minimize="detection_total.mean",
        subject_to=[f"metrics.{NAME}.targets<=2"], overrides={"expect": {}}, replications=6, jobs=1,
    )  # fmt: skip
    (limit,) = found.document["constraints"]
    assert limit["metric"] == f"metrics.{NAME}.targets" and limit["met_alone"]


def test_a_figure_of_a_metric_that_the_scenario_does_not_name_is_an_error_that_says_what_to_do(
    example: Path, file: Path
) -> None:
    without = {"record.metrics": [], "expect": {}}
    with pytest.raises(ScenarioError, match=r"metrics.failures-by-target.targets.*"):
        prepare(file, {**without, "sweep.metrics": [f"metrics.{NAME}.targets"]})
    with pytest.raises(ScenarioError, match=r"record: \{metrics: \[failures-by-target\]\}"):
        icnsim.recommend(
            file, {"manager.timeout": ["30s", "60s"]}, minimize=f"metrics.{NAME}.targets", overrides=without,
            subject_to=["success_rate>1%"],
        )  # fmt: skip


def test_its_figures_are_listed_with_unit_and_meaning_and_are_suggested(example: Path, file: Path) -> None:
    found = {each.name: each for each in described()}
    assert found[f"metrics.{NAME}.targets"].meaning.startswith("number of targets")
    assert "metrics.failures-by-target.targets" in unknown("metrics.failures-by-target.target")[0][1]
    run = icnsim.run(file)
    html = run.report(file.parent / "run.html").read_text("utf-8")
    assert "share of the attempts that timed out at the target with most of them" in html


def test_an_unknown_metric_is_an_error_with_a_suggestion(example: Path) -> None:
    with pytest.raises(ScenarioError, match=r"record.metrics.*did you mean 'failures-by-target'"):
        loads("name: a\nduration: 1s\nrecord: {metrics: [failure-by-target]}\n")


def test_a_metric_that_is_named_twice_is_an_error(example: Path) -> None:
    with pytest.raises(ScenarioError, match="each metric once"):
        loads(f"name: a\nduration: 1s\nrecord: {{metrics: [{NAME}, {NAME}]}}\n")


def test_the_schema_names_it(example: Path) -> None:
    assert NAME in json.dumps(resolved.json_schema())


def test_the_example_breaks_no_rule(example: Path) -> None:
    assert probe("metric", NAME, 0)["violations"] == []


CODE = """
from icnsim.plugins import Figure, Metric
class X(Metric):
    tables = ("attempts",)
    figures = {"mean": Figure("s", "the mean")}
    def compute(self, tables, window): return BODY
"""


@pytest.mark.parametrize(
    ("body", "message"),
    [
        ("{'mean': float('nan')}", "nan for mean instead of a finite number"),
        ("{'mean': '5'}", "'5' for mean instead of a finite number"),
        ("{'mean': True}", "True for mean instead of a finite number"),
        ("{'other': 1}", "other instead of mean"),
        ("5", "a int instead of mean"),
    ],
)
def test_a_wrong_value_ends_the_run_and_is_found_by_the_check(
    tmp_path: Path, known: Callable[[Path], None], body: str, message: str
) -> None:
    known(place(tmp_path / "a", "icnsim.metrics", {"mine": "X"}, CODE.replace("BODY", body)))
    with pytest.raises(PluginError, match=f"returned {message}.*icnsim check-plugin mine"):
        icnsim.run(loads("name: a\nworkload: {migrations: 5}\nrecord: {metrics: [mine]}\n"))
    assert any(message in each for each in probe("metric", "mine", 0)["violations"])
