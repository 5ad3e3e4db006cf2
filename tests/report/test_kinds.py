"""The page of each kind of results: a search, an estimate of a rare event, a recommendation; and incomplete results."""

import io
import json
import re
import shlex
from pathlib import Path
from typing import Any, TypeVar

import pyarrow.parquet as pq
import pytest
from click.testing import CliRunner

import icnsim
from icnsim.analysis.invariants import VIOLATED
from icnsim.cli import icnsim as command_line
from icnsim.errors import ResultsError
from icnsim.rare_events.methods import Orders as RareOrders
from icnsim.rare_events.rare import estimated
from icnsim.recording import folder
from icnsim.report import rare, recommendation, search
from icnsim.report.opening import html_of, page_of
from icnsim.report.page import Page, Picture, Plot, Table, Text
from icnsim.report.rendering import html
from icnsim.scenario import loads
from icnsim.sweeps.engines import Serial

pytestmark = pytest.mark.slow  # next to the tests in a browser, so that one process makes the results of both
T = TypeVar("T")


def parts_of(page: Page, kind: type[T]) -> list[T]:
    return [part for section in page.sections for part in section.parts if isinstance(part, kind)]


def test_the_page_of_a_search_names_the_most_frequent_violation_first(searched: Path) -> None:
    page, name = page_of(searched)
    document = json.loads((searched / "report.json").read_text("utf-8"))
    worst = max(document["invariants"], key=document["invariants"].get)
    assert f"In {document['invariants'][worst]} of 8 runs, {VIOLATED[worst]} ({worst})" in page.description
    assert name == f"broken-check-{document['check_id']}"
    violated = {each for each, count in document["invariants"].items() if count}
    assert {words[:2] for held, words in page.verdicts if not held} >= violated


def test_each_smallest_scenario_has_its_diagram_and_a_command_that_runs_it(searched: Path) -> None:
    page, _ = page_of(searched)
    document = json.loads((searched / "report.json").read_text("utf-8"))
    told = [each for each in document["classes"] if each["scenario"] is not None]
    assert told and len(parts_of(page, Picture)) == len(told)
    assert f"icnsim run {searched}" in html(page)


def test_an_opened_recommendation_writes_the_same_report_as_the_command(
    advised: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    found = icnsim.load(advised)
    assert isinstance(found, icnsim.Recommendation)
    page, name = page_of(advised)
    assert found.report() == Path(f"{name}.html")
    assert Path(f"{name}.html").read_text("utf-8") == html(page)


def test_a_search_that_found_nothing_says_whether_it_looked_everywhere() -> None:
    document = {"classes": [], "outcome": "held", "runs": {"done": 5}, "reached": {"never": []}}
    assert "reached everything" in search.answer(document)
    missed = {**document, "outcome": "not reached", "reached": {"never": ["a drain"]}}
    assert "did not reach 1 thing" in search.answer(missed)


def test_a_scenario_outside_of_the_folder_is_not_opened(searched: Path, tmp_path: Path) -> None:
    document = json.loads((searched / "report.json").read_text("utf-8"))
    each = next(each for each in document["classes"] if each["scenario"] is not None)
    part = search._picture({**each, "scenario": f"../{each['scenario']}"}, searched, frozenset([each["scenario"]]))
    assert not isinstance(part, Picture)


def test_the_page_of_an_impossible_event_says_why_without_a_run(tmp_path: Path) -> None:
    scenario = loads("name: rare\nworkload: {migrations: 5}\nactors: {count: 50}\n")
    found = estimated(scenario, RareOrders("false_positive", "auto", 20, 2), tmp_path, Serial())
    assert found.folder is not None
    page, name = page_of(found.folder)
    assert page.description == rare.answer(found.document)
    assert "impossible" in page.description and str(found.document["impossible"]) in page.description
    assert name == f"rare-rare-{found.document['rare_id']}" and html(page)


def test_a_probability_is_told_with_its_interval_and_a_bound_where_no_run_showed_the_event() -> None:
    document = {"meaning": "a timeout", "impossible": None, "reached": True, "probability": 1e-4, "ci95": [2e-5, 3e-4]}
    assert rare.answer(document).endswith("is 0.000100, with the 95 % interval 0.0000200 to 0.000300.")
    assert "at most 0.000300, at 95 % confidence" in rare.answer({**document, "reached": False})


RARE: dict[str, Any] = {
    "event": "double_run", "method": "tilting", "impossible": None, "reached": True, "probability": 1e-4,
    "ci95": [5e-5, 1.5e-4], "estimates": [1e-4, 9e-5, 1.1e-4], "population": 200, "repetitions": 20,
    "closed_form": {"value": 3e-4},
}  # fmt: skip
"""An estimate that is precise enough to contradict the closed form."""


@pytest.mark.parametrize(
    "poor", [{"ci95": [0.0, 2e-4]}, {"estimates": [2.9e-4, 1e-6, 0.0]}, {"reached": False, "probability": 0.0}]
)
def test_an_uncertain_estimate_does_not_contradict_the_closed_form(poor: dict[str, Any]) -> None:
    assert rare._agreement(RARE) == (False, "the closed form, 0.000300, is outside the 95 % interval")
    held, words = rare._agreement({**RARE, **poor})
    assert held is None and words.endswith(rare.UNCERTAIN)
    assert rare._agreement({**RARE, **poor, "closed_form": {"value": 8e-5}})[0]


def test_an_error_in_drawing_the_results_of_another_version_names_both_versions(tmp_path: Path) -> None:
    scenario = loads("name: rare\nworkload: {migrations: 5}\nactors: {count: 50}\n")
    found = estimated(scenario, RareOrders("false_positive", "auto", 20, 2), tmp_path, Serial())
    assert found.folder is not None
    files = {path.name: path.read_bytes() for path in found.folder.iterdir()}
    summary = json.loads(files["summary.json"]) | {"version": "0.0.1"}
    files |= {"summary.json": folder.dumps(summary).encode()}
    files |= {"rare.json": folder.dumps({**found.document, "notes": [None]}).encode()}
    older = tmp_path / "older" / found.folder.name
    folder.put_folder(older, files)
    with pytest.raises(ResultsError, match=r"icnsim 0\.0\.1 wrote the results"):
        html_of(older)


def test_the_page_of_a_rare_event_has_the_command_of_the_next_step() -> None:
    def options(document: dict[str, Any]) -> list[str]:
        (text,) = rare._next(document, Path("found"))
        (line,) = text.lines
        words = shlex.split(line)
        assert words[:3] == ["icnsim", "rare", "found/scenario.yaml"]
        assert words[3:5] + words[-2:] == ["--event", "double_run", "--repetitions", "20"]
        return words[5:-2]

    assert options(RARE) == ["--method", "splitting", "--population", "200"]
    assert options({**RARE, "ci95": [0.0, 2e-4]}) == ["--method", "tilting", "--population", "800"]
    assert options({**RARE, "method": "splitting"}) == ["--method", "splitting", "--population", "800"]
    assert list(rare._next({**RARE, "impossible": "no message is late"}, Path("x"))) == []


@pytest.mark.parametrize("missing", ["search", "sentence", "minimize", "selection", "constraints"])
def test_results_that_lack_an_entry_are_an_error_that_names_it_and_not_a_key_error(
    advised: Path, missing: str, tmp_path: Path
) -> None:
    document = json.loads((advised / "recommendation.json").read_text("utf-8"))
    del document[missing]
    files = {path.name: path.read_bytes() for path in advised.iterdir()}
    files["recommendation.json"] = folder.dumps(document).encode()
    older = tmp_path / "results" / advised.name
    folder.put_folder(older, files)
    with pytest.raises(ResultsError, match=re.escape(f"the results have no '{missing}'")):
        page_of(older)


def test_a_table_that_lacks_a_figure_is_an_error_that_names_it(tmp_path: Path) -> None:
    swept = icnsim.sweep(
        "scenarios/week4.yaml", {"manager.timeout": ["30s", "60s"]}, {"workload.migrations": 20, "expect": {}},
        replications=2, jobs=1, out=tmp_path,
    )  # fmt: skip
    assert swept.folder is not None
    files = {path.name: path.read_bytes() for path in swept.folder.iterdir()}
    table = pq.read_table(swept.folder / "aggregate.parquet").drop_columns(["success_rate.estimate"])
    pq.write_table(table, target := io.BytesIO())
    older = tmp_path / "older" / swept.folder.name
    folder.put_folder(older, {**files, "aggregate.parquet": target.getvalue()})
    with pytest.raises(ResultsError, match=r"aggregate\.parquet has no column success_rate\.estimate"):
        page_of(older)


def test_a_sweep_draws_the_figures_that_oppose_each_other_and_names_those_that_do_not_vary(tmp_path: Path) -> None:
    swept = icnsim.sweep(
        "scenarios/week4.yaml", {"manager.check_interval": ["10s", "60s"]}, {"workload.migrations": 60, "expect": {}},
        replications=5, jobs=1, out=tmp_path,
    )  # fmt: skip
    assert swept.aggregate["success_rate.estimate"].nunique() == 1
    assert swept.folder is not None
    page, _ = page_of(swept.folder)
    plots = {part.kind: part.chart for part in parts_of(page, Plot)}
    # A short interval detects early and costs more, so these two are the trade-off.
    assert (plots["front"].x.label, plots["front"].y.label) == ("detection_total.mean", "manager.cpu_share")
    assert not any("success_rate" in chart.title for chart in plots.values())
    (left,) = (part.words for part in parts_of(page, Text) if part.words.startswith("Left out"))
    assert "the same at every point: success_rate (" in left


def test_no_results_and_other_results_are_errors_that_say_what_to_give(tmp_path: Path) -> None:
    with pytest.raises(ResultsError, match="no such folder; give the folder of the results"):
        page_of(tmp_path / "nothing")
    folder.put_folder(tmp_path / "other", {"summary.json": b'{"x_id": 1}', "manifest.json": b"{}"})
    with pytest.raises(ResultsError, match=r"summary\.json lacks an entry such as run_id"):
        page_of(tmp_path / "other")


def test_every_heading_of_every_table_is_unique(searched: Path, advised: Path) -> None:
    for place in (searched, advised):
        for table in parts_of(page_of(place)[0], Table):
            assert len(set(table.columns)) == len(table.columns), table.title


def test_the_first_sentence_of_a_recommendation_is_the_decision(advised: Path) -> None:
    page, name = page_of(advised)
    document = json.loads((advised / "recommendation.json").read_text("utf-8"))
    assert page.description.startswith(f"Choose {document['told']}: detection_total.mean is ")
    own = "the scenario's own settings, manager.timeout=60s and manager.check_interval=30s, have"
    assert own in page.description and " more; " in page.description
    assert name == f"week4-recommend-{document['recommend_id']}"


def test_each_limited_figure_has_its_trade_off_and_the_command_runs_what_is_recommended(
    advised: Path, tmp_path: Path
) -> None:
    page, _ = page_of(advised)
    (plot,) = parts_of(page, Plot)
    assert "records.mean" in plot.chart.title and "is the best choice" in plot.chart.title
    (command,) = next(part.lines for part in parts_of(page, Text) if part.lines)
    assert command == f"icnsim run {advised}/scenario.yaml --set manager.timeout=30s --set manager.check_interval=10s"
    done = CliRunner().invoke(command_line, [*command.split()[1:], "--quiet", "--out", str(tmp_path)])
    assert done.exit_code == 0


def test_a_trade_off_names_the_knee_and_no_settings_say_what_is_closest() -> None:
    figures = {"objectives": {"detection_total.mean": {"estimate": 40.0}, "false_positives.rate": {"estimate": 0.01}}}
    knee = {"point": 2, "settings": {"manager.timeout": "30s"}, **figures}
    found = {"front": [knee, {**knee, "point": 3}], "own": knee, "knee": 2, "better": [3]}
    document = {"outcome": "trade-off", "told": "manager.timeout=30s", "trade_off": found}
    assert recommendation.answer(document) == (
        "No point is best in every figure: 2 points are on the front; 1 of them is shown to be better than the "
        "scenario's own settings. The knee, manager.timeout=30s, has 40.000 s of detection_total.mean and 1.000 % of "
        "false_positives.rate."
    )


def test_where_no_point_is_recommended_the_sentence_says_which_limit_and_what_is_closest() -> None:
    closest = {"settings": {"manager.timeout": "20s"}, "estimate": 49.0, "low": 48.0, "high": 50.0}
    limit = {"metric": "detection_total.p99", "told": "detection_total.p99 < 20 s", "met_alone": 0, "closest": closest}
    document = {
        "outcome": "infeasible",
        "tries": [],
        "constraints": [limit, {**limit, "told": "other", "met_alone": 3}],
    }
    assert recommendation.answer(document) == (
        "No point is recommended: no point is shown to meet detection_total.p99 < 20 s; the closest is "
        "manager.timeout=20s, with 49.000 s [48.000 s, 50.000 s]."
    )
    together = {**document, "constraints": [{**limit, "met_alone": 1}]}
    assert "meet all limits together" in recommendation.answer(together)
    tried = {**document, "outcome": "unconfirmed", "tries": [{}, {}]}
    assert "2 points met the limits in the screening runs, but not in fresh runs" in recommendation.answer(tried)
