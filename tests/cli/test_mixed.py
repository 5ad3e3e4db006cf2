"""A run in which tasks are submitted and actors migrate, through every command."""

import json
from pathlib import Path

import pytest

from tests.cli.test_tasks import told

SCENARIO = """
name: both
executors:
  - {group: gate, count: 1, weight: 0}
  - {group: run, count: 2, hosts_actors: false}
network: {gossip: {delay: 0s, messages: []}}
stages: {checkpoint: 1s}
manager: {phase: aligned}
duration: 5min
actors: {count: 1}
tasks: {run_time: 60s}
workload: {trigger: [{submissions: {file: jobs.jsonl}}, {trace: {file: moves.csv}}]}
"""
STATEFUL = {"Stateful": {"checkpoint_interval_secs": 100, "max_state_size_bytes": 10 * 2**20}}
BODIES = [{"at_s": 0, "id": "service", "code": "x", "actor_mode": STATEFUL}, {"at_s": 5, "id": "job", "code": "x"}]
MOVES = "at_s,actor,target\n20,task-0,run-0\n20,task-0,run-1\n100,actor-0,run-0\n"


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / "both.yaml").write_text(SCENARIO)
    (tmp_path / "jobs.jsonl").write_text("\n".join(map(json.dumps, BODIES)))
    (tmp_path / "moves.csv").write_text(MOVES)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_a_run_shows_both(here: Path) -> None:
    text = told("run", "both.yaml")
    for row in ("migrations 2", "completed 2", "tasks submitted 2", "runs of tasks 3", "migrated 1"):
        assert row in text
    assert "task checker every 10s, check interval 30s" in text


def test_a_trace_shows_runs_of_tasks_and_the_migrations_of_their_actors(here: Path) -> None:
    told("run", "both.yaml")
    told("trace", "results/both", "--output", "all.json")
    events = json.loads((here / "all.json").read_text())["traceEvents"]
    runs = [(e["ts"], e["dur"], e["args"]["outcome"]) for e in events if e.get("cat") == "run"]
    assert runs == [
        (200_000, 22_200_000, "migrated"), (5_200_000, 60_000_000, "completed"), (22_200_000, 39_700_000, "completed"),
    ]  # fmt: skip
    threads = {e["args"]["name"] for e in events if e["name"] == "thread_name"}
    assert {"task-0", "actor-0", "run of task-0", "run of task-1"} <= threads
    told("trace", "results/both", "--actor", "task-1", "--output", "one.json")
    named = {e["name"] for e in json.loads((here / "one.json").read_text())["traceEvents"] if e.get("ph") == "X"}
    assert named == {"run of task-1"}
    told("trace", "results/both", "--migration", "1", "--output", "diagram.mmd")
    assert "run-0" in (here / "diagram.mmd").read_text()


def test_metrics_count_the_migrations_of_tasks(here: Path) -> None:
    told("run", "both.yaml")
    told("metrics", "results/both", "--output", "metrics.txt")
    text = (here / "metrics.txt").read_text()
    for line in (
        "migrations_started_total 2.0",
        'migrations_ended_total{outcome="completed"} 2.0',
        "cleaned_up_total 4.0",
    ):
        assert line in text


def test_a_report_has_the_tables_of_both(here: Path) -> None:
    told("run", "both.yaml")
    told("report", "results/both", "--output", "page.html")
    page = (here / "page.html").read_text()
    for title in ("Attempts by target", "Tasks by gateway", "The longest tasks", "The longest migrations"):
        assert title in page


def test_plots_of_both_are_there(here: Path) -> None:
    told("run", "both.yaml")
    for kind in ("task-time", "migration-duration"):
        told("plot", "results/both", "--kind", kind, "--output", f"{kind}.svg")
        assert (here / f"{kind}.svg").stat().st_size > 1_000


@pytest.mark.parametrize(
    ("trigger", "problem"),
    [
        ("[arrivals, policy]", "two triggers of one kind"),
        ("[{submissions: {file: jobs.jsonl}}, {submissions: {file: jobs.jsonl}}]", "two triggers of one kind"),
        ("[{submissions: {file: jobs.jsonl}, trace: {file: moves.csv}}]", "for both, a list of the two"),
        ("[{submissions: {file: jobs.jsonl}}, {trace: {file: none.csv}}]", "workload.trigger.1.trace.file"),
        ("[{submissions: {file: none.jsonl}}, arrivals]", "workload.trigger.0.submissions.file"),
        ("[]", "workload.trigger"),
        ("[{submission: {file: jobs.jsonl}}, arrivals]", "did you mean 'submissions'"),
        ("[{submissions: {file: jobs.jsonl}}, arrival]", "did you mean 'arrivals'"),
    ],
)
def test_what_is_wrong_with_a_list_of_triggers_is_told(here: Path, trigger: str, problem: str) -> None:
    (here / "bad.yaml").write_text(SCENARIO.replace(SCENARIO.splitlines()[-1], f"workload: {{trigger: {trigger}}}"))
    assert problem in told("validate", "bad.yaml", code=2)


def test_the_queue_of_the_scenario_is_refused_where_tasks_are_the_queue(here: Path) -> None:
    text = told("validate", "both.yaml", "--set", "executors.1.capacity.queue=3", code=2)
    assert "the tasks that wait at an executor are its queue" in text
