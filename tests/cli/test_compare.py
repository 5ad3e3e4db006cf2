"""`icnsim compare` as its user meets it."""

import json
import sys
from pathlib import Path

import pytest

from icnsim.cli import main
from icnsim.sweeps.figures import names

SCENARIO = """
name: small
executors: [{group: a, count: 5}, {group: silent, count: 1, behavior: unresponsive}]
workload: {migrations: 200, arrivals: {rate: 5/s}}
manager: {check_interval: 2s, timeout: 10s, retention: 20s}
"""


class Shell:
    """Runs the command in this process, in a folder with a scenario."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
        self._monkeypatch = monkeypatch
        self._capsys = capsys

    def __call__(self, *arguments: str) -> tuple[int, str, str]:
        self._monkeypatch.setattr(sys, "argv", ["icnsim", *arguments])
        with pytest.raises(SystemExit) as left:
            main()
        assert isinstance(left.value.code, int)
        return left.value.code, *self._capsys.readouterr()


@pytest.fixture
def icnsim(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path) -> Shell:
    monkeypatch.chdir(tmp_path)
    Path("small.yaml").write_text(SCENARIO, "utf-8")
    return Shell(monkeypatch, capsys)


LATER = ("small.yaml", "small.yaml", "--set-b", "manager.timeout=15s", "--jobs", "1")


def test_it_prints_what_differs_and_how_surely(icnsim: Shell) -> None:
    code, out, err = icnsim("compare", *LATER)
    assert (code, err) == (0, "")
    lines = out.splitlines()
    assert lines[:2] == ["B (small.yaml) differs from A (small.yaml) in:", "   manager.timeout: 10s → 15s"]
    assert [line.partition(", sweep ")[0] for line in lines[-2:]] == ["A: small.yaml: small", "B: small.yaml: small"]
    records = next(line for line in lines if "records.mean" in line).split()
    assert records[1] == "10" and "yes" in records and "equivalent" in records and "×" in records
    total = next(line for line in lines if "detection_total.mean" in line).split()
    assert "worse" in total
    # Three of the seven figures are the same in all pairs, and no part of the family.
    assert (
        "hold at 95 % for all 4 figures together, by Holm" in out
        and "same: no pair differs; this is a count and not a test" in out
    )
    assert "equivalent: no more than 5% of A apart; see --equivalence" in out


def test_the_margin_of_equivalence_is_an_option_that_the_table_repeats(icnsim: Shell) -> None:
    chosen = ("--metric", "records.mean", "--equivalence", "0.01%", "--equivalence", "records.mean=0.02")
    code, out, _ = icnsim("compare", *LATER, *chosen)
    assert code == 0 and "worse" in out
    assert "no more than 0.01% of A apart, records.mean=0.02; see" in out and "hold at 95 % for the figure" in out


def test_json_is_one_document_with_every_figure_and_runs_are_reused(icnsim: Shell) -> None:
    code, out, _ = icnsim("compare", *LATER, "--replications", "3", "--json")
    document = json.loads(out)
    assert code == 0 and document["differences"] == [{"key": "manager.timeout", "a": "10s", "b": "15s"}]
    (pair,) = document["comparisons"]
    assert list(pair["figures"]) == list(names())
    total = pair["figures"]["migrations.total"]
    assert total == {
        "n": 3, "mean_a": 200, "mean_b": 200, "difference": 0, "ci95": None, "std": 0, "variance_reduction": None,
        "variance_reduction_ci95": None, "excludes_zero": None, "p": None, "p_adjusted": None, "delta": 10,
        "p_equivalence": None, "better": "none", "verdict": "same", "verdict_why": None,
    }  # fmt: skip
    stored = sorted(Path("results", "small", "runs").rglob("*.json"))
    assert len(stored) == 6
    times = [path.stat().st_mtime_ns for path in stored]
    folders = [str(path) for path in Path("results", "small").glob("sweep-*")]
    assert icnsim("compare", *LATER, "--replications", "3", "--json")[1] == out
    assert icnsim("compare", *folders, "--quiet") == (0, "", "")
    assert [path.stat().st_mtime_ns for path in stored] == times


def test_the_figures_shown_can_be_chosen_and_what_is_left_out_is_told(icnsim: Shell) -> None:
    vary = ("--vary", "manager.retention=2s,4s", "--replications", "3", "--jobs", "1", "--json")
    folder = json.loads(icnsim("sweep", "small.yaml", *vary)[1])["folder"]
    code, out, _ = icnsim(
        "compare", "small.yaml", folder, "--metric", "records.peak", "--replications", "2", "--jobs", "1"
    )
    assert code == 0 and "manager.retention: 20s → varied" in out
    assert out.count("records.peak") == 2 and "success_rate" not in out
    assert "B: 2 replications with seeds that A does not have are left out" in out


def test_the_scenarios_own_metrics_are_shown_each_once_unless_others_are_chosen(icnsim: Shell) -> None:
    own = ("--set", "sweep.metrics=[records.peak, records.mean]", "--replications", "2")
    out = icnsim("compare", *LATER, *own)[1]
    assert (out.count("records.peak"), out.count("records.mean"), out.count("success_rate")) == (1, 1, 0)
    out = icnsim("compare", *LATER, *own, "--metric", "success_rate", "--metric", "success_rate")[1]
    assert (out.count("records.peak"), out.count("success_rate")) == (0, 1)
    swept = icnsim("sweep", "small.yaml", "--metric", "records.peak", "--metric", "records.peak", "--jobs", "1")[1]
    assert swept.count(".peak") == 1


def test_failed_runs_are_exit_1_with_their_reason(icnsim: Shell) -> None:
    code, out, _ = icnsim("compare", *LATER, "--replications", "2", "--max-events", "50")
    assert code == 1
    assert "A: 2 replications failed and are left out, the first: BudgetError" in out


def test_last_compares_the_two_newest_results_or_the_newest_one_with_a(icnsim: Shell) -> None:
    for timeout in ("10s", "8s"):
        assert icnsim("run", "small.yaml", "--set", f"manager.timeout={timeout}")[0] == 0
    # A double run is impossible without a manager, so this result needs no run.
    assert icnsim("rare", "small.yaml", "--event", "double_run", "--set", "manager.enabled=false")[0] == 0
    code, out, _ = icnsim("compare", "--last")
    assert code == 0 and "manager.timeout: 10s → 8s" in " ".join(out.split())
    runs = [path.parent for path in Path("results").glob("small/*/attempts.parquet")]
    (first,) = (run for run in runs if 'timeout: "10s"' in (run / "scenario.yaml").read_text())
    assert icnsim("compare", str(first), "--last")[1] == out
    assert icnsim("compare", "small.yaml", "--last", "--replications", "1")[0] == 0
    for arguments, said in (
        (("small.yaml", "small.yaml"), "leave out B"),
        (("--detectors",), "leave out --detectors"),
        (("--out", "elsewhere"), "no results here"),
    ):
        code, _, err = icnsim("compare", "--last", *arguments)
        assert code == 2 and said in err


def test_last_is_refused_where_a_is_the_newest_result_or_the_only_one(icnsim: Shell) -> None:
    assert icnsim("run", "small.yaml")[0] == 0
    (place,) = Path("results/small").iterdir()
    assert "the newest result itself" in icnsim("compare", str(place), "--last")[2]
    assert "1 result of a run or sweep is here, and 2 are needed" in icnsim("compare", "--last")[2]


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ((), "give two scenarios or results, A and B, or --last"),
        (("small.yaml",), "give two scenarios or results, A and B"),
        (("small.yaml", "none.yaml"), "no such file"),
        (("small.yaml", "."), "no complete results"),
        ((*LATER, "--set-b", "seed=5"), "none is common"),
        ((*LATER, "--set-b", "manager.timeot=5s"), "did you mean 'timeout'?"),
        ((*LATER, "--set-b", "manager.timeout"), "is not KEY=VALUE"),
        ((*LATER, "--metric", "records.meen"), "did you mean 'records.mean'?"),
        ((*LATER, "--metric", "seed"), "is no figure of summary.json"),
        ((*LATER, "--force", "--resume"), ": one of them"),
        ((*LATER, "--equivalence", "2s"), "--equivalence: found '2s', expected a share of A's mean"),
    ],
)
def test_a_mistake_is_exit_2_and_leaves_nothing(icnsim: Shell, arguments: tuple[str, ...], said: str) -> None:
    code, out, err = icnsim("compare", *arguments)
    assert (code, out) == (2, "") and said in err and "Traceback" not in err
    assert [path.name for path in Path().iterdir()] == ["small.yaml"]
