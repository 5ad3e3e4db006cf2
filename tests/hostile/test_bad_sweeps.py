"""Mistaken and hostile sweeps: the command refuses each with a clear message before anything runs."""

import resource
from pathlib import Path
from typing import Any

import pytest

from icnsim.cli import main
from icnsim.errors import ScenarioError
from icnsim.sweeps import execution
from icnsim.sweeps.plan import plan
from tests.hostile.test_bad_scenarios import GOOD

TIMEOUT = "manager.timeout"
WIDE = ",".join(str(number) for number in range(1, 10_002))

FLAGS: dict[str, tuple[list[str], str]] = {
    # ranges
    "a range without an inside": ([f"--vary={TIMEOUT}=5s..5s"], "with LOW below HIGH"),
    "numbers with none between": (["--vary=network.loss=0..1", "--samples=5"], "0.0..1.0 for the numbers between"),
    "a range that goes down": ([f"--vary={TIMEOUT}=9s..5s"], "with LOW below HIGH"),
    "a range of a number and a duration": ([f"--vary={TIMEOUT}=1..2s"], "of one unit"),
    "a range of two units": ([f"--vary={TIMEOUT}=5s..5MiB"], "of one unit"),
    "a range of three ends": ([f"--vary={TIMEOUT}=5s..9s..10s"], "a range LOW..HIGH"),
    "three dots": ([f"--vary={TIMEOUT}=5s...9s"], "of one unit"),
    "dots alone": ([f"--vary={TIMEOUT}=.."], "of one unit"),
    "a range without an end": ([f"--vary={TIMEOUT}=5s.."], "of one unit"),
    "a negative duration": ([f"--vary={TIMEOUT}=-5s..5s", "--samples=2"], "of one unit"),
    "a range of truths": (["--vary=record.manager=false..true", "--samples=2"], "of one unit"),
    "a range of null": ([f"--vary={TIMEOUT}=null..5s"], "of one unit"),
    "a range without samples": ([f"--vary={TIMEOUT}=5s..9s"], "the number of values of the range 5s..9s"),
    "ranges in a list": ([f"--vary={TIMEOUT}=5s..9s,10s..20s"], "a duration such as"),
    "a nested range": ([f"--vary={TIMEOUT}=[5s..9s]"], "a duration such as"),
    "a range of what the key is not": ([f"--vary={TIMEOUT}=1..9", "--samples=3"], "has no unit"),
    "a range that begins at what the key cannot be": ([f"--vary={TIMEOUT}=0s..9s", "--samples=2"], "above 0"),
    "a range beyond a century": ([f"--vary={TIMEOUT}=1s..99999999d", "--samples=2"], "of one unit"),
    "a range finer than the clock": ([f"--vary={TIMEOUT}=1us..5us", "--samples=2"], "whole milliseconds"),
    # lists
    "no value": ([f"--vary={TIMEOUT}="], "a list of 1 to 10000 values"),
    "a value twice": ([f"--vary={TIMEOUT}=60s,60s"], "each value once, not 60s twice"),
    "a value twice in two units": ([f"--vary={TIMEOUT}=60s,1min"], "each value once, not 1min twice"),
    "a list twice": (["--vary=manager.tracked_states=[requesting],[requesting]"], "each value once"),
    "a detector twice": (["--vary=manager.detector={kind: wheel},{kind: wheel, tick: 1000ms}"], "each value once"),
    "a distribution twice": (
        ["--vary=network.latency={distribution: exponential, mean: 1s},{mean: 1000ms, distribution: exponential}"],
        "each value once",
    ),
    "too many values": ([f"--vary=workload.migrations={WIDE}"], "a list of 1 to 10000 values"),
    "a bare number": ([f"--vary={TIMEOUT}=60"], "has no unit"),
    "not a number": (["--vary=network.loss=.nan,0.1"], "a valid number"),
    "infinity": (["--vary=network.loss=.inf"], "a valid number"),
    "a huge integer": ([f"--vary=workload.migrations=1{'0' * 30}"], "less than or equal to"),
    "a mapping for a duration": ([f"--vary={TIMEOUT}={{a: 1s}}"], "the unknown key 'a'"),
    # YAML
    "an anchor": ([f"--vary={TIMEOUT}=&a 5s"], "they are not allowed"),
    "an alias": ([f"--vary={TIMEOUT}=*a"], "aliases are not allowed"),
    "a tag": ([f"--vary={TIMEOUT}=!!python/object/apply:os.system ['true']"], "tags are not allowed"),
    "an open list": ([f"--vary={TIMEOUT}=[5s"], "valid YAML"),
    "a closed list": ([f"--vary={TIMEOUT}=5s]"], "valid YAML"),
    "a control character": ([f"--vary={TIMEOUT}=5s\x07"], "valid YAML in UTF-8"),
    "an escaped control character": ([f'--vary={TIMEOUT}="5s\\e[31m"'], "a duration such as"),
    "deep nesting": ([f"--vary={TIMEOUT}=" + "[" * 99 + "]" * 99], "levels of nesting"),
    "a comment": ([f"--vary={TIMEOUT}=5s,9s #7s"], "the comment '#7s"),
    "a comment in a setting": (["--set=description=from a #7"], "the comment '#7'"),
    "a setting that is a comment": (["--set=description=#7"], "the comment '#7'"),
    "a comment in a list": (["--set=expect={a: 1, #b\n c: 2}"], "the comment '#b'"),
    "a comment after a tab": ([f"--vary={TIMEOUT}=5s,9s\t#7s"], "the comment '#7s"),
    "a key twice in a value": (
        ["--vary=network.latency={distribution: exponential, mean: 1s, mean: 2s}"], "the key a second time"
    ),
    "a section after its key": (
        [f"--set={TIMEOUT}=5s", "--set=manager={retention: 5s}", "--vary=network.loss=0,0.1"], "the whole section after"
    ),
    # keys
    "no key": (["--vary==1"], "is not KEY=VALUE"),
    "no values": (["--vary=x"], "is not KEY=VALUE"),
    "a key of dots": (["--vary=..=1"], "the unknown key ''"),
    "an unknown key": (["--vary=manager.timeot=5s"], "did you mean 'timeout'?"),
    "a key with a control character": ([f"--vary={TIMEOUT}\x1b[31m=5s"], "the unknown key"),
    "a key of forty parts": ([f"--vary={'.'.join('a' * 40)}=1"], "at most 32 parts"),
    "a key of a thousand characters": ([f"--vary={'a' * 1001}=1"], "at most 32 parts"),
    "a section": (["--vary=manager=1,2"], "a mapping"),
    "through a number": (["--vary=workload.migrations.x=1"], "where \'x\' is to be set"),
    "through a seed": (["--vary=seed.x=1"], "keys that are a run's parameters"),
    "the seed": (["--vary=seed=1,2"], "keys that are a run's parameters"),
    "the name": (["--vary=name=../../etc,x"], "keys that are a run's parameters"),
    "the sweep itself": (["--vary=sweep.replications=1,2"], "keys that are a run's parameters"),
    "a group that is not there": (["--vary=executors.7.count=3"], "a number from 0 to 0"),
    "a group with a leading zero": (["--vary=executors.00.count=3"], "a number from 0 to 0"),
    "a group by a word": (["--vary=executors.first.count=3"], "a number from 0 to 0"),
    "a key and a part of it": (
        ["--vary=network.latency={distribution: exponential, mean: 1s}", "--vary=network.latency.mean=1s,2s"],
        "none is part of another",
    ),
    "a file outside": (["--vary=network.matrix=/etc/passwd"], "own folder"),
    # designs
    "an unknown design": ([f"--vary={TIMEOUT}=5s..9s", "--design=gird"], "'gird' is not one of"),
    "negative samples": ([f"--vary={TIMEOUT}=5s..9s", "--samples=-3"], "not in the range"),
    "very many samples": ([f"--vary={TIMEOUT}=5s..9s", "--samples=1000000000"], "less than or equal to 1000000"),
    "no samples": ([f"--vary={TIMEOUT}=5s..9s", "--design=lhs"], "the number of points the design lhs takes"),
    "no power of two": ([f"--vary={TIMEOUT}=5s..9s", "--design=sobol", "--samples=100"], "such as 128"),
    "indices of three replications": (
        [f"--vary={TIMEOUT}=5s..9s", "--sensitivity", "--samples=8", "--replications=3"], "at least 4: with fewer",
    ),
    "samples of nothing": (["--design=saltelli", "--samples=4"], "the keys of which the design saltelli takes"),
    "a grid of a million millions": (
        [f"--vary={TIMEOUT}=1ms..1d", "--vary=manager.retention=1ms..1d", "--samples=1000000"],
        "1,000,000,000,000 points",
    ),
    "ten million runs and more": (
        [f"--vary={TIMEOUT}=1ms..1d", "--samples=100000", "--replications=1000"], "100,000,000 runs"
    ),
    "an own value that is not there": (
        [f"--vary={TIMEOUT}.requesting=5s,9s", "--design=one-at-a-time"], "no such key in the scenario itself"
    ),
    # replications
    "no replication": (["--replications=0"], "not in the range"),
    "very many replications": (["--replications=1000000000"], "less than or equal to 1000000"),
    "no precision": (["--precision=0%", "--metric=events"], "above 0 and below 100%"),
    "all precision": (["--precision=100%", "--metric=events"], "above 0 and below 100%"),
    "precision without a sign": (["--precision=5", "--metric=events"], "above 0 and below 100%"),
    "precision in words": (["--precision=abc", "--metric=events"], "a share such as 5%"),
    "precision that is no number": (["--precision=nan%", "--metric=events"], "a share such as 5%"),
    "precision of nothing": (["--precision=5%"], "the metrics whose intervals"),
    "precision of one replication": (["--precision=5%", "--metric=events", "--replications=1"], "at least 2"),
    "a maximum below the minimum": (
        ["--precision=5%", "--metric=events", "--max-replications=3"], "at least the 10 replications"
    ),
    "an unknown metric": (["--metric=sucess_rate"], "did you mean 'success_rate'?"),
    "a metric that is a text": (["--metric=scenario"], "a figure of summary.json"),
    "a metric that no table has": (["--metric=detection_latency.ci95"], "a figure of summary.json"),
}  # fmt: skip

SECTIONS: dict[str, tuple[str, str]] = {
    "a list": ("[1]", "a mapping"),
    "a number": ("3", "a mapping"),
    "an unknown key": ("{vry: {}}", "did you mean 'vary'?"),
    "a list to vary": ("{vary: [manager.timeout]}", "a mapping"),
    "nested keys": ("{vary: {manager: {timeout: [60s]}}}", "a list of 1 to 10000 values"),
    "a value alone": ("{vary: {manager.timeout: 60s}}", "a range LOW..HIGH"),
    "null": ("{vary: {manager.timeout: null}}", "a list of 1 to 10000 values"),
    "an empty list": ("{vary: {manager.timeout: []}}", "a list of 1 to 10000 values"),
    "a key twice": ("{vary: {manager.timeout: [1s], manager.timeout: [2s]}}", "each key once"),
    "too many keys": ("{vary: {" + ", ".join(f"a{number}: [1]" for number in range(33)) + "}}", "at most 32 keys"),
    "an unknown design": ("{design: oat}", "one of 'grid', 'one-at-a-time'"),
    "no samples": ("{samples: 0}", "greater than or equal to 1"),
    "a fraction of samples": ("{samples: 2.5}", "a valid integer"),
    "no replications": ("{replications: 0}", "greater than or equal to 1"),
    "an exponent": ("{replications: 1e-3}", "a valid integer"),
    "precision as a number above 1": ("{precision: 5, metrics: [events]}", "above 0 and below 100%"),
    "precision as a truth": ("{precision: true, metrics: [events]}", "a share such as 5%"),
    "a metric alone": ("{metrics: success_rate}", "found 'success_rate'"),
    "a number for a metric": ("{metrics: [3]}", "a valid string"),
    "a seed": ("{seed: 3}", "the unknown key 'seed'"),
    "an alias": ("{vary: {manager.timeout: &a [1s], manager.retention: *a}}", "aliases are not allowed"),
}


def refused(arguments: list[str], expected: str, monkeypatch: pytest.MonkeyPatch, capsys: Any) -> None:
    """The command refuses these arguments with a reason, and neither runs nor writes anything."""
    before = {path.name: path.read_bytes() for path in Path().iterdir()}
    monkeypatch.setattr(execution, "perform", lambda *_: pytest.fail("a run was done"))
    monkeypatch.setattr("sys.argv", ["icnsim", "sweep", "bad.yaml", "--jobs=1", *arguments])
    with pytest.raises(SystemExit) as left:
        main()
    said = capsys.readouterr()
    assert left.value.code == 2, said.err
    assert said.out == ""
    assert expected in said.err
    assert "Traceback" not in said.err and "defect" not in said.err
    assert all(character.isprintable() or character == "\n" for character in said.err)
    assert {path.name: path.read_bytes() for path in Path().iterdir()} == before


@pytest.mark.parametrize("case", FLAGS)
def test_bad_flags_are_refused_with_a_clear_message_and_nothing_is_written(
    case: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("bad.yaml").write_text(GOOD, "utf-8")
    refused(*FLAGS[case], monkeypatch, capsys)


@pytest.mark.parametrize("case", SECTIONS)
def test_a_bad_section_is_refused_with_its_line_and_nothing_is_written(
    case: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    text, expected = SECTIONS[case]
    monkeypatch.chdir(tmp_path)
    Path("bad.yaml").write_text(f"{GOOD}sweep: {text}\n", "utf-8")
    refused([], expected, monkeypatch, capsys)
    refused(["--dry-run"], "bad.yaml:5: ", monkeypatch, capsys)


@pytest.mark.parametrize(
    "levels", [[float("nan")], [float("inf")], [10**400], ["\ud800"], ["\x7f"], [b"x"], {1, 2}, [object()], ["5s\x85"]]
)
def test_in_python_too_an_impossible_value_is_a_scenario_error(levels: Any, tmp_path: Path) -> None:
    path = tmp_path / "bad.yaml"
    path.write_text(GOOD, "utf-8")
    for key in (TIMEOUT, "network.loss", "executors.0.group"):
        with pytest.raises(ScenarioError):
            plan(path, sweep={"vary": {key: levels}})


def test_refusing_the_largest_of_them_takes_little_memory(tmp_path: Path) -> None:
    path = tmp_path / "bad.yaml"
    path.write_text(GOOD, "utf-8")
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    for _ in range(3):
        with pytest.raises(ScenarioError):
            plan(path, sweep={"vary": {f"a{number}": "1..1000000000" for number in range(32)}, "samples": 10**6})
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 64 * 1024
