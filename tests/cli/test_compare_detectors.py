"""`icnsim compare --detectors` as its user meets it."""

import json
import sys
from pathlib import Path

import pytest

from icnsim.cli import main

SCENARIO = """
name: small
duration: 1min
drain: 2min
executors: [{group: a, count: 5}, {group: silent, count: 1, behavior: unresponsive}]
actors: {count: 1000}
workload: {arrivals: {rate: 3/s}}
manager: {check_interval: 10s, timeout: 20s}
"""
FEW = ("--points", "2", "--replications", "2", "--jobs", "1")


class Shell:
    """Runs the command in this process, in a folder with a scenario."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
        self._monkeypatch = monkeypatch
        self._capsys = capsys

    def __call__(self, *arguments: str) -> tuple[int, str, str]:
        self._monkeypatch.setattr(sys, "argv", ["icnsim", "compare", *arguments])
        with pytest.raises(SystemExit) as left:
            main()
        assert isinstance(left.value.code, int)
        return left.value.code, *self._capsys.readouterr()


@pytest.fixture
def compare(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path) -> Shell:
    monkeypatch.chdir(tmp_path)
    Path("small.yaml").write_text(SCENARIO, "utf-8")
    return Shell(monkeypatch, capsys)


def test_it_prints_the_curves_and_is_a_result_that_report_and_last_find(
    compare: Shell, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    asked = ("small.yaml", "--detectors", "poll,deadline", "--conditions", "as-it-is,loss,regions", *FEW)
    code, out, err = compare(*asked)
    assert (code, err) == (0, "")
    assert out.startswith("small: 2 detectors, 2 replications; the design: poll every 10 s, timeout 20 s")
    assert "loss: each message is lost with a probability of 0.2 %\n   network.loss=0.002" in out
    assert "deadline timeout=20s" in out and "detection time at equal query accuracy" in out
    assert "query accuracy at equal detection time" in out and "costs of the fastest measured setting" in out
    assert "regions does not apply: it needs two groups of executors" in out
    (place,) = Path("results/small").glob("detectors-*")
    assert f"results in {place}, those of 4 sweeps next to it" in out
    assert compare(*asked) == (code, out, err)
    monkeypatch.setattr(sys, "argv", ["icnsim", "report", "--last"])
    with pytest.raises(SystemExit) as left:
        main()
    assert (left.value.code, capsys.readouterr().err) == (0, f"report in small-{place.name}.html\n")
    monkeypatch.setattr(sys, "argv", ["icnsim", "plot", str(place)])
    with pytest.raises(SystemExit) as left:
        main()
    assert left.value.code == 2 and "neither a run's results nor a sweep's" in capsys.readouterr().err


def test_all_kinds_and_all_conditions_can_be_asked_for(compare: Shell) -> None:
    short = ("--set", "duration=20s", "--set", "drain=1min")
    code, out, _ = compare("small.yaml", "--conditions", "load", *FEW, *short, "--json", "--detectors")
    document = json.loads(out)
    assert code == 0
    assert {each["kind"] for each in document["points"]} == {
        "poll", "deadline", "wheel", "adaptive", "chen", "phi-accrual",
    }  # fmt: skip
    assert [each["name"] for each in document["conditions"]] == ["load"]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("small.yaml",), "give two scenarios or results, A and B, or one scenario with --detectors"),
        (("small.yaml", "small.yaml", "--points", "3"), "--conditions and --points belong to --detectors"),
        (("small.yaml", "small.yaml", "--detectors"), "leave out 'small.yaml'"),
        (("small.yaml", "--detectors", "poll", "--metric", "events"), "--metric compares A and B"),
        (("small.yaml", "--detectors", "sundial"), "found 'sundial', expected some of poll, deadline"),
        (("small.yaml", "--detectors", "poll", "--conditions", "rain"), "found 'rain', expected some of as-it-is"),
        (
            ("small.yaml", "--detectors", "--set", "manager.structure=heap"),
            "expected scan: with the detector deadline no tick searches for old records",
        ),
        (("small.yaml", "--detectors", "adaptive", "--engine", "columns"), "events"),
    ],
)
def test_what_cannot_be_compared_is_refused_and_nothing_is_run(
    compare: Shell, arguments: tuple[str, ...], message: str
) -> None:
    code, out, err = compare(*arguments)
    assert code == 2 and message in " ".join(err.split()) and out == ""
    assert not Path("results").exists()


def test_runs_that_fail_are_told_and_the_command_fails(compare: Shell) -> None:
    code, out, _ = compare("small.yaml", "--detectors", "deadline", *FEW, "--max-events", "20")
    assert code == 1 and "runs failed and are left out, the first: BudgetError" in out
    assert "no request was sent to a target that is dead" in out
