"""Small runs with real processes: the tables are valid, the invariants hold, and no process is left.

The machine decides how late timers are, so no test depends on a time.
"""

import asyncio
import json
import os
import re
import signal
import socket
import subprocess
import threading
import time
import urllib.error
import urllib.request
from contextlib import suppress
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner
from prometheus_client.exposition import CONTENT_TYPE_LATEST
from prometheus_client.parser import text_string_to_metric_families

from icnsim.cli.live import command as command_live
from icnsim.engines import simulate
from icnsim.errors import BudgetError, EngineError
from icnsim.experiment import load, predictions, summary_of
from icnsim.live import wording
from icnsim.live.running import live
from icnsim.live.supervisor import Supervisor
from icnsim.live.support import planned
from icnsim.metrics import exposition
from icnsim.recording.progress import Budget
from icnsim.scenario import loads
from tests.command import PATIENCE_S, command, environment

SPEED = 30
FAULTY = """
name: faulty
executors:
  - {group: a, count: 4}
  - {group: u, count: 1, behavior: unresponsive}
  - {group: r, count: 1, behavior: rejecting}
actors: {count: 60, message_rate: 0.5/s, mode: {stateful: {checkpoint_interval: 3s}}}
duration: 30s
drain: 40s
manager: {check_interval: 5s, timeout: 12s, retention: 10s}
workload: {arrivals: {rate: 1/s}}
network: {loss: 0.05, duplication: 0.05}
retry: {max_retries: 2}
quorum: {enabled: true, executors: 2, threshold: 0.5, on: [decision, checkpoint]}
protocol: {profile: hardened}
record: {messages: true, timeline: 5s}
faults:
  - {kind: crash, executors: a-1, at: 8s, restart_after: 10s}
  - {kind: pause, executors: a-2, at: 12s, for: 8s}
  - {kind: partition, executors: a-3, at: 15s, for: 5s}
  - {kind: clock_drift, executors: a-0, at: 4s, for: 20s, rate: 1.2}
  - {kind: manager_error, executors: a-0, at: 10s, ticks: 2}
  - {kind: checker_error, executors: a-1, at: 5s}
  - {kind: forge, executors: r-0, at: 0s, probability: 0.3}
"""

LONG = """
name: long
executors: [{group: a, count: 2}]
duration: 10min
workload: {arrivals: {rate: 1/s}}
"""


def children_of(parent):
    """The numbers of all descendants of a process."""
    parents = {}
    for entry in Path("/proc").iterdir():
        try:
            if entry.name.isdigit():
                parents[int(entry.name)] = int((entry / "stat").read_text().rpartition(")")[2].split()[1])
        except OSError:
            continue
    found, todo = [], [parent]
    while todo:
        one = todo.pop()
        under = [child for child, its_parent in parents.items() if its_parent == one]
        found += under
        todo += under
    return found


def is_running(process):
    try:
        return (Path("/proc") / str(process) / "stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


SCRAPES = []
"""The answers of the exporter during the run of `faulty`."""
TYPES = set()
"""The types of their content, by which Prometheus selects a parser."""


def scrape(port):
    """Ask for another page and then for the metrics, again and again until the run ends."""

    def ask():
        try:
            urllib.request.urlopen(f"http://127.0.0.1:{port}/other", timeout=PATIENCE_S)
        except urllib.error.HTTPError as error:
            SCRAPES.append(error.code)
        with suppress(OSError):  # the run has ended
            while True:
                with urllib.request.urlopen(f"http://127.0.0.1:{port}/metrics", timeout=PATIENCE_S) as answer:
                    SCRAPES.append(answer.read().decode())
                    TYPES.add(answer.headers["Content-Type"])
                time.sleep(0.3)

    threading.Thread(target=ask, daemon=True).start()


@pytest.fixture(scope="module")
def faulty(tmp_path_factory):
    scenario = loads(FAULTY)
    folder = tmp_path_factory.mktemp("live")
    return scenario, live(scenario, SPEED, error_s=30, out=folder, compared=True, metrics=0, serving=scrape)


def test_prometheus_can_read_the_metrics_during_the_run(faulty):
    other, *texts = SCRAPES
    assert texts
    found = [
        {
            sample.name: sample.value
            for family in text_string_to_metric_families(text)
            for sample in family.samples
            if not sample.labels
        }
        for text in texts
    ]
    begun = [values["icn_compute_migrations_started_total"] for values in found]
    assert begun == sorted(begun)
    assert begun[-1] <= faulty[1].run.summary["attempts"]["total"]
    assert all(values["icn_compute_actors_running"] <= 60 for values in found)
    assert other == 404
    assert len(TYPES) == 1 and CONTENT_TYPE_LATEST in TYPES


def test_a_port_that_is_taken_is_refused():
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(EngineError, match=f"port {port}: .*; give another --metrics-port"):
            live(loads(FAULTY), SPEED, metrics=port)


def test_the_results_are_those_of_a_run(faulty):
    scenario, found = faulty
    simulated = summary_of(scenario, simulate(scenario)[0], predictions(scenario))
    assert found.run.summary.keys() == simulated.keys()
    opened = load(found.run.folder)
    assert opened.summary == found.run.summary
    assert len(opened.messages) == found.run.summary["messages"]["sent"]
    manifest = json.loads((found.run.folder / "manifest.json").read_text())
    assert manifest["engine"]["used"] == "live"
    assert wording.FILE in manifest["files"]


def test_the_tools_read_the_recording_of_the_live_run_and_do_not_simulate(faulty, monkeypatch):
    opened = load(faulty[1].run.folder)
    monkeypatch.setattr("icnsim.experiment.simulate", lambda *_, **__: pytest.fail("a live run cannot be repeated"))
    again = opened.replayed(messages=True)
    assert (again.attempts["completed"] == faulty[1].recording.attempts["completed"]).all()
    assert again.observed == faulty[1].recording.observed
    assert len(again.message_log["kind"]) == faulty[1].run.summary["messages"]["sent"]
    assert exposition.latest(again, opened.scenario, again.horizon, "prometheus")


def test_the_steps_of_an_attempt_follow_one_another(faulty):
    attempts = faulty[1].run.attempts
    steps = ["requested_at_s", "accepted_at_s", "checkpointed_at_s", "transferred_at_s", "restored_at_s"]
    done = attempts[attempts["outcome"] == "completed"]
    assert len(done) > 10
    times = done[[*steps, "completed_at_s"]].to_numpy()
    assert (np.diff(times, axis=1) >= 0).all()
    assert attempts["requested_at_s"].notna().all()


def test_the_arrivals_are_those_of_the_simulation(faulty):
    scenario, found = faulty
    simulated = simulate(scenario)[0]
    put, expected = (len(recording.decisions["asked"]) for recording in (found.recording, simulated))
    assert put + len(found.recording.skipped) == expected + len(simulated.skipped)
    assert set(found.recording.attempts["migration"]) <= set(found.recording.decisions["migration"])


def test_the_executors_vote_for_real(faulty):
    decided = faulty[1].run.summary["quorum"]
    assert decided["consensus"] > 10
    kinds = set(load(faulty[1].run.folder).messages["kind"])
    assert {"ballot", "result", "checkpoint_ballot", "checkpoint_result"} <= kinds


def test_a_hardened_federation_keeps_the_invariants_for_real(faulty):
    invariants = faulty[1].run.summary["invariants"]
    assert {name: count for name, count in invariants.items() if count} == {}


def test_a_kill_and_a_pause_have_happened(faulty):
    found = faulty[1]
    assert found.measures["processes_started"] == found.measures["processes"] + 1
    assert found.measures["process"]["count"] == 4  # the kill, the restart, the pause and its end
    recoveries = found.run.recoveries
    assert len(recoveries) > 0
    assert (recoveries["executor"] == "a-1").all()
    # The process has read the files of the one that was killed: the actors made a checkpoint every 3 s, for 8 s.
    assert (recoveries["checkpoint_sequence"] >= 1).all()
    assert found.run.summary["faults"]["crash"] == 1
    assert found.run.summary["faults"]["pause"] == 1


def test_the_faults_have_happened_as_often_as_in_the_simulation(faulty):
    scenario, found = faulty
    counted = ("crash", "pause", "clock_drift", "manager_error", "checker_error")
    simulated = summary_of(scenario, found.simulated, predictions(scenario))["faults"]
    assert {kind: found.run.summary["faults"][kind] for kind in counted} == {kind: simulated[kind] for kind in counted}
    assert found.run.summary["faults"]["forge"] > 0
    assert found.recording.errors == found.simulated.errors == {"manager": 2, "task_checker": 1}


def test_every_message_to_an_actor_has_one_fate(faulty):
    scenario, found = faulty
    counts = found.run.summary["actor_messages"]
    simulated = summary_of(scenario, found.simulated, predictions(scenario))["actor_messages"]
    assert counts["sent"] == simulated["sent"] > 1000
    assert counts["sent"] == sum(counts[fate] for fate in ("delivered", "lost", "waiting", "refused"))
    assert counts["queued"] > 0
    assert counts["reordered"] == 0  # the profile is hardened


def test_attempts_differ_from_the_simulation_for_a_reason(faulty):
    attempts = faulty[1].comparison.attempts
    assert attempts.simulated > 30
    # Each difference follows from a race or from an earlier one. A race that the margins do not contain is very rare.
    assert len(attempts.unexplained) <= attempts.simulated // 10


def test_the_measures_cover_every_message(faulty):
    measures, messages = faulty[1].measures, faulty[1].run.summary["messages"]
    assert messages["sent"] == messages["delivered"] + messages["lost"] + messages["in_flight"]
    overheard = faulty[1].run.summary["faults"]["forge"]  # copies of Requests, which are not messages of the protocol
    assert 0 < measures["socket"]["count"] <= measures["messages"] + overheard
    assert measures["messages"] <= messages["sent"]
    assert measures["timer"]["count"] > 0


def test_a_broken_promise_exits_with_1_and_says_so(tmp_path):
    text = "name: hasty\nexecutors: [{group: a, count: 2}]\nduration: 5s\ndrain: 10s\nworkload: {arrivals: {rate: 1/s}}"
    (tmp_path / "hasty.yaml").write_text(text)
    arguments = [str(tmp_path / "hasty.yaml"), "--speed", "20", "--timer-error", "0.000001", "--json"]
    ended = CliRunner().invoke(command_live, [*arguments, "--out", str(tmp_path)], standalone_mode=False)
    assert ended.return_value == 1
    assert "more than the promised --timer-error" in ended.stderr
    assert json.loads(ended.stdout)["live"]["speed"] == 20


def test_a_simulation_that_exceeds_its_budget_ends_before_a_process_starts(monkeypatch):
    monkeypatch.setattr(Supervisor, "run", lambda self: pytest.fail("it runs live"))
    with pytest.raises(BudgetError, match="stopped after 5 events"):
        live(loads(FAULTY), SPEED, compared=True, budget=Budget(5))


@pytest.mark.parametrize("option", ["--max-events", "--max-wall"])
def test_a_limit_of_the_simulation_needs_a_simulation(option, tmp_path):
    (tmp_path / "faulty.yaml").write_text(FAULTY)
    ended = CliRunner().invoke(command_live, [str(tmp_path / "faulty.yaml"), option, "5", "--out", str(tmp_path)])
    assert ended.exit_code == 2 and f"{option} limits the simulation of --compare" in ended.stderr


def test_a_full_disk_ends_the_run_with_its_reason(tmp_path):
    scenario = loads(FAULTY)
    plan = planned(scenario, SPEED, 1)
    for place in range(len(plan.places)):
        (tmp_path / f"place-{place}").mkdir()
        (tmp_path / f"place-{place}" / "journal").symlink_to("/dev/full")
    with pytest.raises(EngineError, match="a worker has failed: the journal cannot be written: no space left"):
        asyncio.run(Supervisor(scenario, plan, SPEED, 0.1, tmp_path).run())


def blocks(pid, number):
    """Whether a process blocks a signal."""
    status = Path(f"/proc/{pid}/status").read_text()
    return bool(int(re.search(r"^SigBlk:\s*(\w+)$", status, re.MULTILINE)[1], 16) >> (number - 1) & 1)


@pytest.mark.slow
def test_two_runs_at_once_leave_no_process_and_no_result_after_ctrl_c_and_after_a_kill(tmp_path):
    (tmp_path / "long.yaml").write_text(LONG)
    running = [
        subprocess.Popen(
            command("live", "long.yaml", "--speed", "1"), cwd=tmp_path, env=environment(),
            stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True, start_new_session=True,
        )
        for _ in range(2)
    ]  # fmt: skip
    try:
        for one in running:
            for line in iter(one.stderr.readline, ""):
                if "metrics on" in line:  # the workers have been started
                    break
        children = [child for one in running for child in children_of(one.pid)]
        deaf = [child for child in children if blocks(child, signal.SIGINT) and blocks(child, signal.SIGHUP)]
        interrupted, killed = running
        os.killpg(interrupted.pid, signal.SIGINT)
        killed.kill()
        errors = interrupted.communicate(timeout=PATIENCE_S)[1]
    finally:
        for one in running:
            one.kill()
            one.communicate(timeout=PATIENCE_S)
    assert interrupted.returncode == 3
    assert "interrupted" in errors
    assert "Traceback" not in errors
    assert len(children) >= len(deaf) >= 6  # each run has a server for forks and two workers
    deadline = time.monotonic() + PATIENCE_S
    while any(map(is_running, children)) and time.monotonic() < deadline:
        time.sleep(0.02)
    assert not any(map(is_running, children))
    assert not (tmp_path / "results").exists()


def test_a_worker_that_was_killed_from_outside_ends_the_run_with_that_reason():
    scenario = loads(LONG)
    supervisor = Supervisor(scenario, planned(scenario, 1, 2), 1, 0.1, None, metrics=0, serving=lambda _: kill_one())

    def kill_one():
        os.kill(supervisor.pids[-1], signal.SIGKILL)

    with pytest.raises(EngineError, match="a worker was ended by SIGKILL from outside of the run"):
        asyncio.run(supervisor.run())
    assert not any(map(is_running, supervisor.pids))
