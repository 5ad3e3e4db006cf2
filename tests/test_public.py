"""The public interface of the package, as a program or a notebook uses it."""

import inspect
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

import icnsim
from icnsim.errors import ResultsError, ScenarioError
from icnsim.recording.expectations import flatten

TINY = """
name: tiny
executors: [{group: a, count: 5}, {group: silent, count: 1, behavior: unresponsive}]
workload: {migrations: 40, arrivals: {rate: 5/s}}
"""


@pytest.fixture
def tiny(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "tiny.yaml").write_text(TINY, "utf-8")
    return tmp_path / "tiny.yaml"


def test_a_figure_is_found_by_its_dotted_name_and_a_wrong_name_by_its_nearest(tiny: Path) -> None:
    run = icnsim.run(tiny)
    assert run["detection_total.p99"] == run.summary["detection_total"]["p99"]
    assert all(run[name] == value for name, value in flatten(run.summary))
    with pytest.raises(KeyError, match=r"did you mean 'detection_total.p99'"):
        run["detection_total.p999"]


def test_a_run_and_a_sweep_write_their_reports(tiny: Path) -> None:
    run = icnsim.run(tiny)
    assert run.report() == Path(f"tiny-{run.summary['run_id']}.html")
    assert run.report("mine.html").read_text("utf-8").startswith("<!DOCTYPE html>")
    sweep = icnsim.sweep(tiny, {"manager.timeout": ["30s", "1min"]}, replications=2, jobs=1)
    with pytest.raises(ResultsError, match="such as out='results'"):
        sweep.report()
    sweep = icnsim.sweep(tiny, {"manager.timeout": ["30s", "1min"]}, replications=2, jobs=1, out="results")
    assert "manager.timeout" in sweep.report().read_text("utf-8")


def test_every_result_that_is_in_a_folder_writes_its_report_and_others_say_what_is_missing(tiny: Path) -> None:
    kinds: dict[str, Callable[[str | None], Any]] = {
        "check": lambda out: icnsim.check(tiny, seeds=1, tries=0, jobs=1, kinds=["crash"], out=out),
        "rare": lambda out: icnsim.rare(tiny, "double_run", {"manager.enabled": False}, out=out),
    }
    shown = {
        "check": r"<icnsim.Check tiny \w{16}, \w[\w ]+, \d classes of violations, 1 runs>",
        "rare": r"<icnsim.Rare tiny, probability of double_run [\d.e-]+, 95 % interval \[[\d.e-]+, [\d.e-]+\]>",
    }
    for kind, make in kinds.items():
        found = make("results")
        assert re.fullmatch(shown[kind], repr(found)), repr(found)
        written = found.report()
        assert written.name.startswith(f"tiny-{kind}-")
        assert written.read_text("utf-8").startswith("<!DOCTYPE html>")
        with pytest.raises(ResultsError, match="such as out='results'"):
            make(None).report()


def test_a_comparison_writes_its_report_with_or_without_a_folder(tiny: Path) -> None:
    compared = icnsim.compare(tiny, tiny, overrides_b={"manager.timeout": "30s"}, replications=1, jobs=1)
    assert compared.report() == Path("tiny-tiny.html")
    assert "manager.timeout=30s" in compared.report("other.html").read_text("utf-8")


def test_predict_gives_the_closed_forms_of_a_run_without_one(tiny: Path) -> None:
    found = icnsim.predict(tiny, {"manager.check_interval": "20s"})
    known = icnsim.run(tiny, {"manager.check_interval": "20s"}).summary["predicted"]
    assert {name: each.fields() for name, each in found.items()} == known
    assert found["detection_latency.mean"].value == 10
    assert found.table.loc["detection_latency.mean", "value"] == 10
    assert found.table["value"].isna().sum() == sum(each.value is None for each in found.values())
    assert "10.000 s" in found._repr_html_() and repr(found) == f"<icnsim.Predictions tiny, {len(found)} figures>"
    with pytest.raises(ScenarioError, match="overrides in the call that loads it"):
        icnsim.predict(icnsim.run(tiny).scenario, {"seed": 2})


def test_check_searches_and_load_opens_each_kind_of_result(tiny: Path) -> None:
    found = icnsim.check(tiny, seeds=2, tries=0, jobs=1, kinds=["crash"], out="results")
    opened = icnsim.load(found.folder)
    assert isinstance(opened, icnsim.Check) and opened.document == found.document
    assert (found.document["scenario"], opened.held) == ("tiny", found.held)
    run = icnsim.run(tiny, out="results")
    assert run.folder is not None and isinstance(icnsim.load(run.folder), icnsim.Run)
    sweep = icnsim.sweep(tiny, {"manager.timeout": ["30s"]}, replications=2, jobs=1, out="results")
    assert sweep.folder is not None and isinstance(icnsim.load(sweep.folder), icnsim.Sweep)
    with pytest.raises(ResultsError, match="3 results are here"):
        icnsim.load("results/tiny")
    with pytest.raises(ScenarioError, match="some of crash"):
        icnsim.check(tiny, kinds=["crahs"])
    left = icnsim.check(tiny, seeds=1, tries=0, jobs=1, kinds=["crash"])
    assert left.folder.exists()


def test_values_of_numpy_and_ranges_are_those_of_python(tiny: Path) -> None:
    plain = icnsim.run(tiny, {"network.loss": 0.25, "workload.migrations": 30}, 3)
    other = icnsim.run(tiny, {"network.loss": np.float64(0.25), "workload.migrations": np.int64(30)}, np.int32(3))
    assert other.summary == plain.summary
    given = (
        ([0.0, 0.25], [40, 50]),
        (np.array([0.0, 0.25]), range(40, 60, 10)),
        (pd.Series([0.0, 0.25]), np.arange(40, 60, 10)),
    )
    points = [
        icnsim.sweep(tiny, {"network.loss": losses, "actors.count": counts}, replications=2, jobs=1).points
        for losses, counts in given
    ]
    assert points[0].equals(points[1]) and points[0].equals(points[2])


def test_a_misspelt_parameter_of_a_sweep_is_an_error_of_python(tiny: Path) -> None:
    for function in (icnsim.sweep, icnsim.recommend, icnsim.check, icnsim.run):
        kinds = [parameter.kind for parameter in inspect.signature(function).parameters.values()]
        assert inspect.Parameter.VAR_KEYWORD not in kinds
    with pytest.raises(TypeError, match="replicatons"):
        icnsim.sweep(tiny, replicatons=3)  # type: ignore[call-arg]


def test_every_public_name_can_be_imported() -> None:
    assert all(getattr(icnsim, name) is not None for name in icnsim.__all__)
    assert len({*icnsim.__all__}) == len(icnsim.__all__)
