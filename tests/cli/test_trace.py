"""`icnsim trace` as its user meets it."""

import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from icnsim.cli import icnsim as command_line
from icnsim.trace import perfetto
from tests.command import icnsim

SMALL = ("--set", "workload.migrations=40", "--set", "expect={}", "--quiet")


@pytest.fixture(scope="module")
def results(tmp_path_factory: pytest.TempPathFactory) -> Path:
    place = tmp_path_factory.mktemp("traced")
    scenario = Path("scenarios/week4.yaml").resolve()
    assert icnsim("run", str(scenario), *SMALL, "--out", "results", cwd=place).returncode == 0
    return place


def test_a_trace_goes_to_stdout_or_to_a_file(results: Path) -> None:
    done = icnsim("trace", "results/week4", cwd=results)
    assert done.returncode == 0 and done.stderr == ""
    assert {event["ph"] for event in json.loads(done.stdout)["traceEvents"]} >= {"M", "X", "s", "f", "i"}
    assert icnsim("trace", "results/week4", "--output", "t.json", cwd=results).stdout == ""
    assert (results / "t.json").read_text("utf-8") == done.stdout


def test_a_cut_by_time_actor_and_executor_is_smaller(results: Path) -> None:
    def attempts(*options: str) -> int:
        trace = json.loads(icnsim("trace", "results/week4", *options, cwd=results).stdout)["traceEvents"]
        return len({event["args"]["attempt_id"] for event in trace if event.get("cat") == "attempt"})

    every = attempts()
    assert every == 40
    assert 0 < attempts("--from", "1s", "--to", "2s") < every
    assert 0 < attempts("--executor", "unresponsive-*") < every
    assert attempts("--actor", "actor-*") == every


@pytest.mark.parametrize(
    ("options", "begins"),
    [((), "sequenceDiagram"), (("--format", "svg"), "<svg "), (("--output", "m.mmd"), ""), (("--output", "m.svg"), "")],
)
def test_a_migration_is_a_sequence_diagram(results: Path, options: tuple[str, ...], begins: str) -> None:
    done = icnsim("trace", "results/week4", "--migration", "3", *options, cwd=results)
    assert done.returncode == 0 and done.stdout.startswith(begins)
    if "--output" in options:
        assert (results / options[1]).read_text("utf-8").startswith({"m.mmd": "sequence", "m.svg": "<svg"}[options[1]])


@pytest.mark.parametrize(
    ("options", "told"),
    [
        (("--migration", "400"), "no attempt of a migration 400"),
        (("--format", "svg"), "give --migration ID"),
        (("--migration", "1", "--format", "perfetto"), "leave --migration out"),
        (("--migration", "1", "--actor", "actor-1"), "--actor selects part of a trace of the whole run"),
        (("--from", "soon"), "--from 'soon'"),
        (("--executor", "absent"), "--executor 'absent' matches none of the names responsive-0 to unresponsive-9"),
        (("--output", "nowhere/t.json"), "nowhere/t.json cannot be written"),
    ],
)
def test_a_mistake_is_told_and_nothing_is_written(results: Path, options: tuple[str, ...], told: str) -> None:
    before = sorted(results.rglob("*"))
    done = icnsim("trace", "results/week4", *options, cwd=results)
    assert done.returncode == 2 and told in done.stderr and done.stdout == "" and "Traceback" not in done.stderr
    assert sorted(results.rglob("*")) == before


def test_a_run_with_too_many_events_for_a_viewer_is_refused_whole_and_can_be_cut(
    results: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(perfetto, "MOST", 30 * perfetto.PER_ATTEMPT)
    asked = ["trace", str(results / "results" / "week4")]
    whole = CliRunner().invoke(command_line, asked)
    assert whole.exit_code == 2 and "a trace of 40 attempts" in whole.stderr and "--from and --to" in whole.stderr
    cut = CliRunner().invoke(command_line, [*asked, "--from", "1s", "--to", "2s"])
    assert cut.exit_code == 0
    trace = json.loads(cut.stdout)["traceEvents"]
    assert 0 < len({event["args"]["migration"] for event in trace if event.get("cat") == "attempt"}) < 30
