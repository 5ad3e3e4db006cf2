"""The page of a run as parts: names of rows, tables without empty columns, violations by hazard."""

from typing import Any

import pytest

import icnsim
from icnsim.analysis.findings import findings
from icnsim.analysis.hazards import HAZARDS
from icnsim.analysis.invariants import REQUIRED, VIOLATED
from icnsim.analysis.overview import overview
from icnsim.experiment import Run
from icnsim.recording import violations
from icnsim.report.page import Cell, Heading, Page, Picture, Plot, Table, Text, Verdicts, dense, table
from icnsim.report.run import _every, named, page
from icnsim.report.run_tables import heading
from icnsim.report.run_violations import kinds
from tests.search.violations import violation

FEW: dict[str, Any] = {"workload.migrations": 100, "expect": {}}


@pytest.fixture(scope="module")
def week4() -> Run:
    return icnsim.run("scenarios/week4.yaml", FEW)


@pytest.fixture(scope="module")
def of_week4(week4: Run) -> Page:
    return page(week4)


def parts(found: Page, kind: type) -> list[Any]:
    return [part for section in found.sections for part in section.parts if isinstance(part, kind)]


def test_no_two_rows_have_the_same_name(week4: Run) -> None:
    names = [name for name, _ in named(overview(week4.summary))]
    assert "detection latency, maximum" in names and "records, peak" in names
    assert len(set(names)) == len(names)
    assert all(name == name.strip() for name in names)


def test_no_row_and_no_column_of_a_run_is_without_a_value(of_week4: Page) -> None:
    for each in parts(of_week4, Table):
        for row in each.rows:
            assert any(cell.text not in ("", "–") for cell in row[1:]), (each.title, row)
        for column in range(1, len(each.columns)) if each.rows else ():
            assert any(row[column].text not in ("", "–") for row in each.rows), (each.title, each.columns[column])


def test_a_dense_table_names_the_columns_that_it_leaves_out() -> None:
    full = table("t", ("a", "#b", "c"), [("x", None, 1), ("y", None, None), ("z", Cell("–", note="why"), 2)])
    assert [row[0].text for row in dense(full).rows] == ["x", "z"]
    empty = table("t", ("a", "#b", "c"), [("x", None, 1)])
    assert dense(empty).columns == ("a", "c")
    assert dense(empty).note == "No row has a value in: b."


def test_a_heading_has_the_unit_of_its_column() -> None:
    assert heading("requested_at_s") == "requested at (s)"
    assert heading("state_bytes") == "state (B)"
    assert heading("migration_id") == "migration id"


def test_the_success_of_two_groups_is_no_plot(of_week4: Page) -> None:
    assert "success" not in {each.kind for each in parts(of_week4, Plot)}
    assert any("success" in each.words for each in parts(of_week4, Text) if each.words.startswith("Left out"))


def test_an_expectation_has_units() -> None:
    expect = {"detection_total.mean": {"at_most": "90s"}, "success_rate": {"at_least": 0.5}}
    run = icnsim.run("scenarios/week4.yaml", {**FEW, "expect": expect})
    (shown,) = (each for each in parts(page(run), Table) if each.title == "Expectations of the scenario")
    assert [[cell.text for cell in row[:2]] for row in shown.rows] == [
        ["detection_total.mean", "at most 90 s"], ["success_rate", "at least 50 %"]
    ]  # fmt: skip
    assert [row[2].text.rpartition(" ")[2] for row in shown.rows] == ["s", "%"]


def test_the_violations_are_first_and_in_words_and_no_good_news_is_above_them() -> None:
    run = icnsim.run("scenarios/hazards/07-two-run.yaml", {"expect": {"invariants.I1": {"equals": 1}}})
    said = findings(run.summary, run.scenario)
    assert said[0].good is False
    assert f"{VIOLATED['I1']} (I1, once)" in said[0].words
    assert not any(each.good for each in said)
    answers = parts(page(run), Verdicts)[0]
    assert [each.words for each in answers.items] == [each.words for each in said]


def test_each_invariant_that_is_violated_is_explained_and_has_a_diagram() -> None:
    run = icnsim.run("scenarios/as-implemented.yaml", {"expect": {}})
    found = page(run)
    broken = [name for name, count in run.summary["invariants"].items() if count]
    assert len(broken) == 8
    headings = parts(found, Heading)
    assert [each.title.partition(" ")[0] for each in headings] == broken
    assert all(REQUIRED[name] in each.words for name, each in zip(broken, headings, strict=True))
    assert {each.title.partition(":")[0] for each in parts(found, Picture)} == set(broken)


def test_a_violation_is_in_the_group_of_each_of_its_hazards_and_the_simplest_one_is_the_example() -> None:
    both, alone, none = violation(hazards=(2, 3)), violation(hazards=(3,)), violation(hazards=())
    groups = kinds([both, alone, none])
    assert [(each.hazards, each.number) for each in groups] == [((), 1), ((2,), 1), ((3,), 2)]
    assert groups[1].example is both and groups[2].example is alone


def test_every_invariant_and_every_hazard_has_words() -> None:
    assert tuple(REQUIRED) == violations.INVARIANTS
    assert {hazard.number for hazard in HAZARDS} == set(violations.HAZARDS)


def test_every_figure_that_has_a_unit_shows_it_and_zeros_come_last() -> None:
    shown = {"manager": {"cost_s": 0.00001, "ticks": 3}, "success_rate": 0.5, "records": {"mean_bytes": 0.0, "peak": 7}}
    rows = [[cell.text for cell in row] for row in _every(shown).rows]
    assert rows == [
        ["manager.cost_s", "10.0 µs"],
        ["manager.ticks", "3"],
        ["success_rate", "50.000 %"],
        ["records.peak", "7"],
        ["records.mean_bytes", "0 B"],
    ]
