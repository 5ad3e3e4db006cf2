"""The progress of a run and of a sweep: plain lines, a bar on a terminal, a bar in a notebook."""

import os
import re
from pathlib import Path

import pytest

import icnsim
from icnsim.cli import icnsim as command_line
from icnsim.cli import progress
from icnsim.sweeps.execution import Unwatched
from icnsim.sweeps.notebook import watch_of_a_notebook
from tests.command import on_a_terminal
from tests.sweeps.stage import POINTS, RUNS


def sweep(tiny: Path, *more: str) -> None:
    arguments = ["sweep", str(tiny), "--jobs", "1", "--out", str(tiny.parent / "results"), *more]
    assert command_line.main(arguments, standalone_mode=False) == 0


def test_without_a_terminal_there_is_a_plain_line_every_so_often(
    tiny: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(progress, "EVERY_S", 0.0)
    sweep(tiny)
    lines = capsys.readouterr().err.splitlines()
    checked, runs, written = lines[:POINTS], lines[POINTS : POINTS + RUNS], lines[POINTS + RUNS :]
    assert checked == [f"{tiny}: {number} of {POINTS} points are checked" for number in range(1, POINTS + 1)]
    assert len(written) == POINTS
    for number, line in enumerate(written, 1):
        assert line.startswith(f"tiny: {RUNS} of {RUNS} runs, ")
        assert f", {number} of {POINTS} points are written; " in line
    for number, line in enumerate(runs, 1):
        assert re.fullmatch(
            rf"tiny: {number} of {RUNS} runs, [\d.]+/s, about .+ left; \S+:{os.getpid()} \d+ runs", line
        )
    sweep(tiny, "--replications", "4")
    last = capsys.readouterr().err.splitlines()[-1]
    assert f"{RUNS} were stored" in last


def test_the_check_of_a_comparison_and_of_a_search_is_shown(
    tiny: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(progress, "EVERY_S", 0.0)
    out = ["--jobs", "1", "--out", str(tiny.parent / "results")]
    assert command_line.main(["compare", str(tiny), str(tiny), "--replications", "1", *out], standalone_mode=False) == 0
    assert f"tiny.yaml: {POINTS} of {POINTS} points are checked" in capsys.readouterr().err
    limits = ["--minimize", "records.mean", "--subject-to", "detection_total.max<5min", "--replications", "6"]
    limits += ["--vary", "manager.check_interval=5s"]
    command_line.main(["recommend", str(tiny), *limits, *out], standalone_mode=False)
    assert "tiny.yaml: 2 of 2 points are checked" in capsys.readouterr().err


def test_the_stages_of_a_run_are_reported(tiny: Path) -> None:
    stages: list[str] = []
    icnsim.run(tiny, out=tiny.parent / "results", stage=stages.append)
    assert stages == ["reading", "set-up", "summary", "writing"]
    icnsim.run(tiny, out=tiny.parent / "results", stage=stages.append)  # the results are there
    assert stages[4:] == ["reading"]


def test_on_a_terminal_the_stages_of_a_run_are_shown(tiny: Path) -> None:
    text = told(tiny, "run", tiny)
    places = [text.index(f"tiny: {stage}") for stage in ("set-up", "summary", "writing")]
    assert places == sorted(places)


def test_in_a_short_time_there_is_no_line_and_with_quiet_there_is_none_at_all(
    tiny: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(progress, "EVERY_S", 1e9)
    sweep(tiny, "--replications", "1")
    assert capsys.readouterr().err == ""
    monkeypatch.setattr(progress, "EVERY_S", 0.0)
    sweep(tiny, "--replications", "1", "--quiet", "--force")
    said = capsys.readouterr()
    assert (said.out, said.err) == ("", "")


def test_failed_runs_are_told_on_the_way(
    tiny: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(progress, "EVERY_S", 0.0)
    arguments = ["sweep", str(tiny), "--jobs", "1", "--out", str(tiny.parent / "results"), "--max-events", "50"]
    assert command_line.main(arguments, standalone_mode=False) == 1
    assert f", {RUNS} failed, {POINTS} of {POINTS} points are written; " in capsys.readouterr().err.splitlines()[-1]


def told(tiny: Path, *arguments: str | Path) -> str:
    """The text that a command writes to a terminal, without control sequences."""
    code, text = on_a_terminal(*arguments, cwd=tiny.parent, columns=120)
    assert code == 0, text
    return re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", text)


def test_on_a_terminal_there_is_a_bar_with_the_runs_and_the_workers(tiny: Path) -> None:
    text = told(tiny, "sweep", tiny, "--jobs", "1")
    assert "━" in text
    assert "tiny.yaml: check of the points" in text
    assert re.search(rf"\d+ of {RUNS} runs, [\d.]+/s", text)
    assert re.search(r"worker +runs +each +last ended", text)
    assert "Traceback" not in text


def test_outside_a_notebook_there_is_no_bar() -> None:
    assert isinstance(watch_of_a_notebook("tiny"), Unwatched)
