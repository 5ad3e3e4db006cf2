"""The tables and sentences about a live run, and its report."""

import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from icnsim import experiment
from icnsim.cli import icnsim as command_line
from icnsim.live import wording
from icnsim.live.wording import FILE
from icnsim.recording import folder, kept
from icnsim.recording.writing import write_run
from icnsim.report.opening import html_of
from icnsim.scenario import loads
from icnsim.simulation import simulate

NONE = {"count": 0, "mean_s": None, "p50_s": None, "p99_s": None, "max_s": None}
FEW = {"count": 1200, "mean_s": 0.0012, "p50_s": 0.001, "p99_s": 0.004, "max_s": 0.00512}
DELAYS = {"timer": FEW, **dict.fromkeys(("socket", "command", "process", "collection"), NONE)}
MEASURED = {"speed": 20, "worker_cpu_s": 0.53, "supervisor_cpu_s": 0.21, "waited_for_a_processor_s": 3.7, **DELAYS}


BROKEN = {"promised_s": 0.1, "largest_s": 0.41234, "kept": False}


def row(figure: str, live: float | None, simulated: float | None, **more: Any) -> dict[str, Any]:
    return {"figure": figure, "live": live, "simulated": simulated, "added": 0.0, "test": "Fisher", "p": None,
            "agrees": True, **more}  # fmt: skip


ROWS = (
    row("downtime", 7.92305, 7.70971, added=0.1221, test="Kolmogorov-Smirnov", p=0.97611),
    row("records", None, 2.0, agrees=False),
    row("violations.I1", 0.0, 0.0),
    row("violations.I2", 3.0, 1.0),
    row("violations.I3", 0.0, 0.0),
)
MATCHED = {"live": 50, "simulated": 49, "same": 47, "within_error": 2, "consequences": 0, "unexplained": [[3, 1]],
           "exposed": 7}  # fmt: skip
EXPOSED = (
    True,
    "The largest delay may change 7 attempts: the order of two events that are at most this delay apart decides them.",
)
COMPARISON = {"figures": ROWS, "attempts": MATCHED}


def test_delays_are_in_milliseconds_and_a_kind_without_any_has_none() -> None:
    first, second, *_ = wording.delays(MEASURED)
    assert first == ("timers, late by", "1,200", "1.20", "4.00", "5.12")
    assert second == ("messages, in sockets for", "0", "-", "-", "-")
    assert wording.processors(MEASURED).endswith("waited 3.7 s for a processor. The supervisor used 0.2 s.")
    assert wording.processors({**MEASURED, "waited_for_a_processor_s": None}) == ""


def test_each_figure_has_a_verdict_and_invariants_that_hold_have_one_row_together() -> None:
    assert list(wording.figures(COMPARISON)) == [
        ("downtime", "7.9230", "7.7097", "0.122", "Kolmogorov-Smirnov", "0.976", "yes"),
        ("records", "-", "2.0000", "", "Fisher", "", "NO"),
        ("violations.I2", "3.0000", "1.0000", "", "Fisher", "", "yes"),
        ("violations of 2 invariants", "0", "0", "", "both or none", "", "yes"),
    ]


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({}, [(False, "Figures that differ from the simulation, 1 of 5: records."),
              (False, "47 of 50 attempts have the same actor, source, target and outcome. The others differ: 2 by "
                      "a race within the error of the machine, 1 for no known reason."), EXPOSED]),
        ({"figures": ROWS[:1], "attempts": {**MATCHED, "same": 50, "within_error": 0, "unexplained": []}},
         [(True, "All figures agree with the simulation of the same draws; 1 were compared."),
          (True, "50 of 50 attempts have the same actor, source, target and outcome."), EXPOSED]),
    ],
)  # fmt: skip
def test_the_conclusions_name_what_differs(changes: dict[str, Any], expected: list[tuple[bool, str]]) -> None:
    assert list(wording.verdicts({**COMPARISON, **changes})) == expected


def stored(place: Path, **found: Any) -> Path:
    """Results in the form of a live run, with such a document."""
    scenario = loads("name: small\nexecutors: [{group: a, count: 3}]\nworkload: {migrations: 5}\n")
    recording = simulate(scenario)
    document = {"measures": MEASURED, "calibration": None, **found}
    more = {FILE: folder.dumps(document).encode(), kept.NAME: kept.packed(recording)}
    summary = experiment.summary_of(scenario, recording, experiment.predictions(scenario))
    write_run(place, scenario, summary, recording, 0.0, {"used": "live", "why": "a test"}, more)
    return place


@pytest.mark.parametrize("compared", [True, False])
def test_the_report_of_a_live_run_does_not_call_it_a_simulation(compared: bool, tmp_path: Path) -> None:
    place = stored(tmp_path / "live", **({"comparison": COMPARISON} if compared else {}))
    run = experiment.load(place)
    assert run.live and ">live</th>" in run._repr_html_()
    html, _ = html_of(place)
    assert ("47 of 50 attempts" in html) is compared
    assert "20 virtual seconds passed in a real one" in html and "timers, late by" in html
    assert "Live figures" in html and "Simulated figures" not in html


@pytest.mark.parametrize("kept_it", [True, False])
def test_the_report_the_list_and_a_comparison_say_whether_the_promise_was_broken(
    kept_it: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    place = stored(Path("results", "small", "live-0123"), promise={**BROKEN, "kept": kept_it})
    words = "a timer, a socket, a command, a report or a process was 0.412 s late"
    html, _ = html_of(place)
    assert (words.capitalize() in html) is not kept_it
    line = called("list")
    assert "  live" in line and (words in line) is not kept_it
    assert (words in called("compare", str(place), str(place))) is not kept_it
    side = json.loads(called("compare", str(place), str(place), "--json"))["a"]
    assert (side["caution"] or "").startswith(words) is not kept_it
    assert (words in called("report", str(place), str(place), "--output", "-")) is not kept_it


def called(*arguments: str) -> str:
    """Returns the output of a command."""
    found = CliRunner().invoke(command_line, [*arguments], standalone_mode=False, catch_exceptions=False)
    return found.stdout


HUGE = '{"promise": {"kept": false, "largest_s": 1%s, "promised_s": 1}}' % ("0" * 400)


@pytest.mark.parametrize("document", ["[", '{"promise": {}}', '{"promise": [1]}', '{"promise": 1}', HUGE])
def test_results_whose_document_is_damaged_are_listed(
    document: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    (stored(Path("results", "small", "live-0123")) / FILE).write_text(document)
    assert "results/small/live-0123" in called("list")


def test_a_stray_document_in_the_results_of_a_simulation_is_not_read_by_a_comparison(tmp_path: Path) -> None:
    run = experiment.run(
        loads("name: small\nexecutors: [{group: a, count: 3}]\nworkload: {migrations: 5}\n"), out=tmp_path
    )
    assert run.folder is not None
    (run.folder / FILE).write_text(json.dumps({"promise": BROKEN}))
    assert "do not rely" not in called("compare", str(run.folder), str(run.folder))
