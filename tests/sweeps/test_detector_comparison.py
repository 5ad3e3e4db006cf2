"""Detectors side by side: real runs of a small federation, and what its tables must say of them."""

import json
import math
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

import icnsim
from icnsim.errors import ResultsError
from icnsim.report.opening import page_of
from icnsim.report.page import Plot, Table
from icnsim.report.rendering import html
from icnsim.sweeps.detectors import curves, tables
from icnsim.sweeps.detectors.comparison import DetectorComparison
from icnsim.sweeps.listed import listed
from icnsim.sweeps.opening import load

SCENARIO = """
name: small
duration: 2min
drain: 4min
executors: [{group: a, count: 5}, {group: silent, count: 1, behavior: unresponsive}]
actors: {count: 3000}
network: {latency: {distribution: lognormal, mean: 500ms, std: 500ms}}
workload: {arrivals: {rate: 3/s}}
manager: {check_interval: 10s, timeout: 20s}
record: {timeline: null, manager: false}
"""
KINDS = ["poll", "deadline"]


@pytest.fixture(scope="module")
def scenario(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("detectors") / "small.yaml"
    path.write_text(SCENARIO, "utf-8")
    return path


@pytest.fixture(scope="module")
def found(scenario: Path) -> DetectorComparison:
    out = scenario.parent / "results"
    return icnsim.compare_detectors(scenario, KINDS, ["slow", "as-it-is"], points=4, replications=2, out=out, jobs=1)


def rows(frame: Any, **where: str) -> list[dict[Any, Any]]:
    for name, value in where.items():
        frame = frame[frame[name] == value]
    made: list[dict[Any, Any]] = frame.to_dict("records")
    return made


def test_a_deadline_detects_within_a_millisecond_after_its_timeout(found: DetectorComparison) -> None:
    for row in rows(found.points, condition="as-it-is", kind="deadline"):
        # The record is too old one millisecond of the clock after the timeout; it began in the middle of one.
        assert row["value"] < row["detection_time_s"] <= row["value"] + 0.001
        assert row["detector"].startswith("deadline timeout=") and row["unit"] == "s"


def test_poll_is_later_by_half_an_interval_and_makes_no_more_mistakes(found: DetectorComparison) -> None:
    polls, deadlines = (rows(found.points, condition="as-it-is", kind=kind) for kind in KINDS)
    for poll, deadline in zip(polls, deadlines, strict=True):
        # The delay after the deadline is in (0, 10 s].
        assert 0 < poll["detection_time_s"] - deadline["detection_time_s"] <= 10
        assert poll["mistakes"] <= deadline["mistakes"]


def test_all_detectors_have_the_same_draws(found: DetectorComparison) -> None:
    longest = [rows(found.points, condition="as-it-is", kind=kind)[-1] for kind in KINDS]
    assert longest[0]["trials"] == longest[1]["trials"] > 500 and longest[0]["mistakes"] == 0
    assert longest[0]["detections"] == longest[1]["detections"] > 50


def test_the_reference_is_polling_at_the_scenario_s_own_interval_and_timeout(found: DetectorComparison) -> None:
    own = found.results.reference("as-it-is")
    (row,) = (row for row in rows(found.points, condition="as-it-is", kind="poll") if row["value"] == 20)
    time, _ = own.points(np.arange(2))
    assert time[0] == pytest.approx(row["detection_time_s"]) and own.trials.sum() == row["trials"]


def test_the_tables_at_equal_terms_are_interpolations_of_the_points(found: DetectorComparison) -> None:
    measured = next(each for each in found.results.compared("as-it-is") if each.kind == "deadline")
    time, share = measured.counts.points(np.arange(2))
    (row,) = rows(found.equal_accuracy, condition="as-it-is", kind="deadline", at="99 %")
    assert row["detection_time_s"] == curves.time_at(time, share, 1 - 0.99)[1]
    (row,) = rows(found.equal_detection_time, condition="as-it-is", kind="deadline", at="5 s")
    assert 1 - row["query_accuracy"] == pytest.approx(curves.share_at(time, share, 5.0)[1])
    (row,) = rows(found.equal_accuracy, condition="as-it-is", kind="poll", at="reference")
    assert row["difference_s"] <= 0


def test_a_table_says_where_the_measured_range_ends(found: DetectorComparison) -> None:
    (row,) = rows(found.equal_detection_time, condition="as-it-is", kind="poll", at="5 s")
    assert row["reach"] == "not reached" and math.isnan(row["query_accuracy"])
    assert tables.reached(row, "query_accuracy", "%") == "not reached"
    beyond = {"reach": "at least", "query_accuracy": 0.5, "query_accuracy_low": 0.4, "query_accuracy_high": 0.6}
    assert tables.reached(beyond, "query_accuracy", "%") == "≥ 50.000 % [40.000, 60.000 %]"


def test_executors_that_are_slow_but_alive_are_mistaken_for_dead_ones(found: DetectorComparison) -> None:
    before, after = (rows(found.points, condition=name, kind="deadline")[0] for name in ("as-it-is", "slow"))
    assert after["mistakes"] > before["mistakes"] and after["query_accuracy"] < before["query_accuracy"]


def test_costs_are_those_of_the_fastest_setting_that_is_accurate_enough(found: DetectorComparison) -> None:
    for kind in KINDS:
        (row,) = rows(found.costs, condition="as-it-is", kind=kind)
        points = rows(found.points, condition="as-it-is", kind=kind)
        good = [each for each in points if each["mistakes"] / each["trials"] <= 0.001]
        assert row["accurate"] and row["detector"] == min(good, key=lambda each: each["detection_time_s"])["detector"]
        assert row["manager.cost_s"] > 0 and row["detector.cost_s"] > 0
        assert (row["detector.timers"] > 0) == (kind == "deadline")


def test_the_document_is_json_without_nan_and_names_what_was_set(found: DetectorComparison) -> None:
    text = json.dumps(found.document, allow_nan=False)
    assert json.loads(text)["conditions"][1]["sets"]["faults"][0]["kind"] == "slow"
    assert found.document["replications"] == 2 and len(found.document["points"]) == len(found.points)
    assert {each["kind"] for each in found.document["curves"]} == set(KINDS)


def test_what_has_run_is_not_run_again_and_both_engines_find_the_same(
    scenario: Path, found: DetectorComparison, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = {"points": 4, "replications": 2, "jobs": 1}
    again = icnsim.compare_detectors(scenario, KINDS, engine="events", **asked)  # type: ignore[arg-type]
    before = rows(found.points, condition="as-it-is")
    pd.testing.assert_frame_equal(again.points, found.points[: len(before)])
    assert again.document["curves"][0]["folder"] is None
    monkeypatch.setattr("icnsim.sweeps.execution.perform", None)
    stored = icnsim.compare_detectors(scenario, KINDS, out=scenario.parent / "results", **asked)  # type: ignore[arg-type]
    pd.testing.assert_frame_equal(stored.points, again.points)


def test_each_curve_is_a_sweep_that_can_be_opened(found: DetectorComparison) -> None:
    folder = found.results.curves[0].folder
    assert folder is not None
    opened = load(folder)
    assert isinstance(opened, icnsim.Sweep) and list(opened.summary["vary"]) == ["manager.timeout"]


def test_a_stored_comparison_is_listed_opened_and_has_the_same_tables(found: DetectorComparison) -> None:
    assert found.folder is not None
    kinds = {result.place: result.kind for result in listed([found.folder.parent])}
    assert kinds[found.folder] == "detectors" and set(kinds.values()) == {"detectors", "sweep"}
    opened = icnsim.load(found.folder)
    assert isinstance(opened, DetectorComparison) and opened.reused
    assert opened.document == found.document and repr(opened) == repr(found)
    for name in ("points", "equal_accuracy", "equal_detection_time", "costs"):
        pd.testing.assert_frame_equal(getattr(opened, name), getattr(found, name))
    with pytest.raises(ResultsError, match="in its sweep"):
        opened.without_folders()
    with pytest.raises(ResultsError, match="neither a sweep's results nor a run's"):
        icnsim.compare(found.folder, found.folder)


def test_the_tables_of_a_document_are_those_of_the_measurements(found: DetectorComparison) -> None:
    for name in ("points", "equal_accuracy", "equal_detection_time", "costs"):
        pd.testing.assert_frame_equal(getattr(found, name), getattr(tables, name)(found.results), check_exact=True)
    assert found.points.attrs["units"]["detection_time_s_low"] == "s"


def test_the_page_names_the_fastest_detector_at_the_design_s_accuracy_and_has_every_table(
    found: DetectorComparison, tmp_path: Path
) -> None:
    assert found.folder is not None
    page, name = page_of(found.folder)
    assert name == f"small-detectors-{found.document['detectors_id']}"
    assert "deadline detects first, after" in page.description and "the design's own poll needs" in page.description
    assert page.verdicts == ((True, "every run ended"),)
    conditions = [section for section in page.sections if section.name.startswith("condition-")]
    assert [section.title for section in conditions] == ["as-it-is", "slow"]
    for section in conditions:
        assert len([part for part in section.parts if isinstance(part, Plot)]) == 1
        every = [part for part in section.parts if isinstance(part, Table)][-1]
        assert len(every.rows) == len(rows(found.points, condition=section.title))
    assert found.report(tmp_path / "page.html").read_text("utf-8") == html(page)


def test_detectors_that_were_compared_without_a_folder_have_no_report(found: DetectorComparison) -> None:
    with pytest.raises(ResultsError, match="such as out='results'"):
        found.without_folders().report()


def test_the_chart_has_a_line_for_each_detector_and_the_design(found: DetectorComparison) -> None:
    from icnsim.sweeps.detectors.picture import chart

    drawn = chart(found.document, "as-it-is")
    assert {"poll", "deadline", "the design: poll, 10 s / 20 s"} <= {layer.name for layer in drawn.layers}
    assert found.plot("slow").get_title(loc="left").startswith("small, slow: ")


def test_a_notebook_shows_the_detection_times_at_equal_accuracy(found: DetectorComparison) -> None:
    html = found._repr_html_()
    assert "<table>" in html and "deadline" in html and "not reached" in html and "the design&#x27;s" in html
    assert "2 detectors, 2 conditions" in repr(found)


def test_a_run_that_fails_is_left_out_and_counted(scenario: Path) -> None:
    failed = icnsim.compare_detectors(
        scenario, ["deadline"], points=2, replications=2, jobs=1, budget=icnsim_budget(50)
    )
    assert failed.results.failed > 0 and failed.document["failed"] == failed.results.failed
    assert all(row["reach"] == "not reached" for row in rows(failed.equal_accuracy))
    assert failed.costs.empty


def icnsim_budget(events: int) -> Any:
    from icnsim.recording.progress import Budget

    return Budget(events, None)
