"""Submitted tasks through every command: what each shows of them, or why it does not."""

import io
import json
import sys
from contextlib import redirect_stderr, redirect_stdout
from pathlib import Path

import pytest

import icnsim
from icnsim.cli import main
from icnsim.errors import ResultsError

SCENARIO = """
name: jobs
executors: [{group: a, count: 4}]
actors: {state_size: 9MiB}
tasks: {growth: 100KiB/s}
checkpoints: {time: 500ms}
network: {gossip: {messages: []}}
workload: {trigger: {submissions: {file: jobs.jsonl}}}
"""
STATEFUL = {"Stateful": {"checkpoint_interval_secs": 6, "max_state_size_bytes": 10 * 2**20}}
BODIES = [
    {"at_s": 0, "id": "old", "code": "x", "colour": "high"},
    {"at_s": 1, "id": "grows", "code": "x", "actor_mode": STATEFUL, "resource_profile": {"duration_estimate_secs": 30}},
    {"at_s": 2, "id": "late", "code": "x", "deadline_ms": 1, "deadline_msec": 3},
]


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / "jobs.yaml").write_text(SCENARIO)
    (tmp_path / "jobs.jsonl").write_text("\n".join(json.dumps(body) for body in BODIES))
    monkeypatch.chdir(tmp_path)
    return tmp_path


def lines(*words: str, code: int = 0) -> list[str]:
    """The lines that a command prints."""
    out, err = io.StringIO(), io.StringIO()
    with redirect_stdout(out), redirect_stderr(err), pytest.MonkeyPatch.context() as patch:
        patch.setattr(sys, "argv", ["icnsim", *words])
        with pytest.raises(SystemExit) as end:
            main()
    assert (end.value.code or 0) == code, out.getvalue() + err.getvalue()
    return (out.getvalue() + err.getvalue()).splitlines()


def told(*words: str, code: int = 0) -> str:
    """The same, a space for every stretch of space."""
    return " ".join(" ".join(lines(*words, code=code)).split())


def test_a_run_shows_tasks_and_not_migrations(here: Path) -> None:
    text = told("run", "jobs.yaml")
    for row in ("tasks submitted 3", "completed 2", "timed out 1", "checkpoints stored 1", "checkpoints refused 3"):
        assert row in text
    assert "success rate" not in text
    assert "manager's ticks" not in text


def test_fields_that_nothing_reads_are_told_with_what_may_have_been_meant(here: Path) -> None:
    for text in (told("run", "jobs.yaml"), told("validate", "jobs.yaml")):
        assert "ignored fields of bodies: colour of 1, deadline_msec of 1 (did you mean deadline_ms?)" in text


def test_a_bad_body_leaves_nothing_behind(here: Path) -> None:
    (here / "jobs.jsonl").write_text('{"at_s": 1, "id": "a", "code": "x", "actor_mode": {"Statefull": {}}}')
    text = told("run", "jobs.yaml", code=2)
    assert "jobs.jsonl:1: actor_mode.Statefull: found an unknown mode" in text
    assert "did you mean 'Stateful'?" in text
    assert "trigger" not in text  # one mistake, one message
    assert not (here / "results").exists()


def test_predictions_of_tasks_come_first(here: Path) -> None:
    first, *others = lines("predict", "jobs.yaml")
    assert first.startswith("tasks.")
    assert any(line.startswith("task_checker.ticks") and "no value" not in line for line in others)


def test_a_report_has_the_tables_and_plots_of_tasks(here: Path) -> None:
    told("run", "jobs.yaml")
    told("report", "results/jobs", "--output", "page.html")
    page = (here / "page.html").read_text()
    for text in ("Tasks by mode", "Tasks by gateway", "The longest tasks", "Runs whose checkpoints were refused",
                 "Fields of bodies that nothing reads", "task-time", "task-detection"):  # fmt: skip
        assert text in page
    assert "detection-latency-ecdf" not in page


def test_plots_are_those_of_tasks(here: Path) -> None:
    told("run", "jobs.yaml")
    kinds = [line.split()[0] for line in lines("plot", "results/jobs")]
    assert kinds == ["task-time", "task-detection", "task-runs"]
    for kind in kinds:
        told("plot", "results/jobs", "--kind", kind, "--output", f"{kind}.svg")
    assert "the kinds of these results: task-time" in told(
        "plot", "results/jobs", "--kind", "actors", "--output", "a.svg", code=2
    )
    made = icnsim.run("jobs.yaml")
    for kind in kinds:
        assert getattr(made.plot, kind.replace("-", "_"))().get_title(loc="left").startswith("jobs")
    with pytest.raises(ResultsError, match="no plot 'records'"):
        made.plot.records()


def test_a_single_task_at_the_beginning_is_a_run(here: Path) -> None:
    (here / "jobs.jsonl").write_text('{"at_s": 0, "id": "a", "code": "x"}')
    assert "tasks submitted 1" in told("run", "jobs.yaml")
    assert "10.400" in told("predict", "jobs.yaml")


def test_a_state_that_grows_without_end_is_no_defect(here: Path) -> None:
    longest = 2_900_000_000
    mode = {"Stateful": {"checkpoint_interval_secs": longest, "max_state_size_bytes": 1}}
    body = {"at_s": 1, "id": "a", "code": "x", "actor_mode": mode,
            "resource_profile": {"duration_estimate_secs": longest}}  # fmt: skip
    (here / "jobs.jsonl").write_text(json.dumps(body))
    settings = ("tasks.growth=10GiB/s", "drain=830000h", "manager.enabled=false", "record.timeline=null")
    assert "completed 1" in told("run", "jobs.yaml", *(word for one in settings for word in ("--set", one)))


def test_what_is_of_migrations_alone_refuses_tasks(here: Path) -> None:
    told("run", "jobs.yaml")
    assert "nothing migrates in this run" in told("trace", "results/jobs", code=2)
    assert "expected migrations, whose protocol is searched" in told("check", "jobs.yaml", "--seeds", "2", code=2)


def test_sweeps_and_comparisons_show_the_figures_of_tasks(here: Path) -> None:
    swept = told("sweep", "jobs.yaml", "--vary", "tasks.growth=1KiB/s,9KiB/s", "--replications", "3", "--jobs", "1")
    assert ".refused_checkpoints" in swept
    told("report", "results/jobs", "--output", "swept.html")
    assert "tasks.time.mean" in (here / "swept.html").read_text()
    told("plot", "results/jobs", "--kind", "lines", "--output", "lines.svg")
    compared = told("compare", "jobs.yaml", "jobs.yaml", "--set-b", "tasks.run_time=20s", "--replications", "3",
                    "--jobs", "1")  # fmt: skip
    assert "tasks.time.mean" in compared


def test_whoever_watches_sees_tasks(here: Path) -> None:
    text = told("run", "jobs.yaml", "--watch")
    assert "tasks: 3 submitted, 0 under way, 2 completed" in text
    assert "attempts:" not in text


def test_tables_are_frames(here: Path) -> None:
    made = icnsim.run("jobs.yaml")
    assert made.tasks["id"].tolist() == ["old", "grows", "late"]
    assert made.executions["refused"].tolist() == [0, 3, 0]
