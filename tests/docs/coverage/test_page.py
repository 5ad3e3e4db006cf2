"""The tables of docs/statistics.md."""

from pathlib import Path

import pytest

from docs.programs.coverage import page
from docs.programs.coverage.cases import CASES, FOLDER
from docs.programs.coverage.measuring import covered, measured
from icnsim.recording.uncertainty import RULES, rule_of

TEXT = (Path(__file__).parents[3] / page.PAGE).read_text("utf-8")
COMMAND = "run: python -m docs.programs.coverage"


def rows(name: str) -> list[str]:
    """The lines of a table of the page, without its header."""
    begin, end = page.markers(name)
    return TEXT.split(begin)[1].split(end)[0].strip().splitlines()[2:]


def test_the_page_states_the_unit_the_interval_and_the_assumption_of_every_figure() -> None:
    expected = [f"| {' | '.join(cells)} |" for _, _, cells in page.units()]
    found = rows("units")
    assert len(found) == len(expected)
    assert [line for line, start in zip(found, expected, strict=True) if not line.startswith(start)] == [], COMMAND
    assert {section for sections, _, _ in page.units() for section in sections} == set(RULES)


def test_the_page_names_every_case_and_has_a_measurement_of_it() -> None:
    assert rows("cases") == [f"| `{case.name}` | {case.question} |" for case in CASES], COMMAND
    assert {line.split("`")[1] for line in rows("runs")} == {case.name for case in CASES}, COMMAND


def test_the_page_has_a_measurement_of_every_figure() -> None:
    figures = {line.split("`")[3] for line in rows("runs")}
    assert figures == {page.figure_of(section) for section in RULES}, COMMAND


def test_each_case_states_its_purpose() -> None:
    for case in CASES:
        text = (FOLDER / f"{case.name}.yaml").read_text("utf-8")
        assert text.startswith("# ")
        assert case.question.endswith(".")
        assert case.scenario().name == case.name


def test_the_tables_are_replaced_and_the_text_between_them_is_kept() -> None:
    runs = measured(range(1, 4), [case for case in CASES if case.name == "two-sources"], workers=1)
    made = page.with_tables(TEXT, runs)
    assert page.with_tables(made, runs) == made
    for name in page.TABLES:
        begin, end = page.markers(name)
        assert made.count(begin) == made.count(end) == 1
    figures = [row.figure for row in covered("two-sources", runs["two-sources"].found)]
    assert [
        line.split("`")[3] for line in made.split(page.markers("runs")[0])[1].splitlines()[4:][: len(figures)]
    ] == figures


def test_a_page_without_markers_is_refused() -> None:
    with pytest.raises(ValueError, match="not enough values"):
        page.with_tables("# The statistics\n", {})


def test_a_measured_range_takes_the_cases_of_its_rule_only() -> None:
    runs = measured(range(1, 4), [case for case in CASES if case.name in ("periodic", "records")], workers=1)
    every = [row for name, each in runs.items() for row in covered(name, each.found)]
    scenarios = {case.name: case.scenario() for case in CASES}
    for sections, rule, _ in page.units():
        if "detection_latency" in sections:
            text = page.measured_range(sections, rule, every)
            for name in runs:
                assert (f"`{name}`" in text) == (rule_of("detection_latency", scenarios[name]) is rule)
