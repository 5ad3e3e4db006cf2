"""`icnsim check` as its user meets it."""

import json
import signal
import subprocess
from pathlib import Path

import psutil
import pytest
from rich.console import Console

from icnsim.cli import checktable
from tests.command import command, environment, icnsim
from tests.sweeps.stage import until

BROKEN = "name: broken\nprotocol: {profile: as-implemented}\nworkload: {migrations: 10}\n"
HARD = BROKEN.replace("as-implemented", "hardened").replace("broken", "hard")
FEW = ("--seeds", "10", "--tries", "2", "--jobs", "1", "--kinds", "loss,crash")


@pytest.fixture
def broken(tmp_path: Path) -> Path:
    (tmp_path / "broken.yaml").write_text(BROKEN, "utf-8")
    return tmp_path


def test_what_is_found_is_printed_written_and_kept_once_as_tests_that_run(broken: Path) -> None:
    done = icnsim("check", "broken.yaml", *FEW, cwd=broken)
    assert (done.returncode, done.stderr) == (1, "")
    assert "broken: 10 of 10 runs" in done.stdout
    assert "I8-hazards-" in done.stdout
    (folder,) = (broken / "results" / "broken").iterdir()
    assert done.stdout.splitlines()[-1] == f"results in {folder.relative_to(broken)}"
    done = icnsim("check", "broken.yaml", *FEW, "--keep", "regressions", "--quiet", cwd=broken)
    assert (done.returncode, done.stderr) == (1, "")
    kept = {path.name: path.read_text("utf-8") for path in sorted((broken / "regressions").iterdir())}
    assert kept == {path.name: path.read_text("utf-8") for path in sorted(folder.glob("I*.yaml"))}
    assert icnsim("run", *(f"regressions/{name}" for name in kept), "--quiet", cwd=broken).returncode == 0
    first, *others = kept
    assert icnsim("run", f"regressions/{first}", "--strict", cwd=broken).returncode == 1
    (broken / "regressions" / first).write_text("mine", "utf-8")
    (broken / "regressions" / others[0]).unlink()
    again = icnsim("check", "broken.yaml", *FEW, "--keep", "regressions", cwd=broken)
    assert "the stored search was used" in again.stdout
    assert again.stderr == f"regressions: 1 scenarios kept, {len(others)} classes had a scenario already\n"
    assert {path.name: path.read_text("utf-8") for path in (broken / "regressions").iterdir()} == {
        **kept,
        first: "mine",
    }


def test_a_folder_of_regressions_that_cannot_be_written_is_told(broken: Path) -> None:
    (broken / "file").write_text("", "utf-8")
    done = icnsim("check", "broken.yaml", *FEW, "--keep", "file", cwd=broken)
    assert done.returncode == 2 and "file" in done.stderr and "Traceback" not in done.stderr
    assert not (broken / "results").exists()


def test_json_is_exactly_the_report(broken: Path) -> None:
    few = ("--seeds", "2", "--tries", "0", "--jobs", "1", "--kinds", "loss,crash", "--cause", "--branches", "1")
    done = icnsim("check", "broken.yaml", *few, "--stop-after", "9", "--json", cwd=broken)
    document = json.loads(done.stdout)
    assert done.returncode == 1
    (folder,) = (broken / "results" / "broken").iterdir()
    assert document == json.loads((folder / "report.json").read_text("utf-8"))
    assert [each["cause"]["branches"] for each in document["classes"] if each["scenario"]]
    assert document["kinds"] == ["crash", "loss"]


def test_a_search_that_never_reached_something_says_what_and_is_exit_1(tmp_path: Path) -> None:
    (tmp_path / "hard.yaml").write_text(HARD, "utf-8")
    done = icnsim("check", "hard.yaml", "--seeds", "5", "--jobs", "1", "--without", "pause,forge", cwd=tmp_path)
    assert done.returncode == 1
    assert "no invariant violated" in done.stdout
    assert "not reached: the step " in done.stdout
    assert "more --seeds" in done.stdout
    assert "forge" not in done.stdout


def test_a_search_that_reached_all_and_found_nothing_is_exit_0(tmp_path: Path) -> None:
    (tmp_path / "hard.yaml").write_text(HARD, "utf-8")
    more = ("--set", "retry.max_retries=3", "--kinds", "loss", "--seeds", "160", "--jobs", "1")
    done = icnsim("check", "hard.yaml", *more, "--quiet", cwd=tmp_path)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (("broken.yaml", "--kinds", "crush"), "'crush' is not one of crash, pause,"),
        (("broken.yaml", "--seeds", "0"), "--seeds"),
        (("missing.yaml",), "no such file"),
        (("broken.yaml", "--set", "workload.migrations=0"), "workload.migrations"),
        (("broken.yaml", "--out", "broken.yaml"), "cannot write the results: not a directory"),
        (("broken.yaml", "--jobs", "2", "--scheduler", "tcp://127.0.0.1:1"), ": one of them"),
        (("broken.yaml", "--kinds", "loss", "--without", "loss"), "no kind of fault is left"),
    ],
)
def test_a_user_s_mistake_is_exit_2_without_a_traceback_or_a_search(
    broken: Path, arguments: tuple[str, ...], told: str
) -> None:
    done = icnsim("check", *arguments, cwd=broken)
    assert done.returncode == 2
    assert told in done.stderr
    assert "Traceback" not in done.stderr
    assert done.stdout == ""


def test_ctrl_c_is_exit_3_and_what_was_found_is_kept(broken: Path) -> None:
    asked = command("check", "broken.yaml", "--seeds", "1000000", "--jobs", "1")
    process = subprocess.Popen(
        asked, cwd=broken, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=environment()
    )
    try:
        assert until(lambda: psutil.Process(process.pid).cpu_times().user > 2, every_s=0.05)
        process.send_signal(signal.SIGINT)
        stdout, stderr = process.communicate(timeout=60)
    finally:
        process.kill()
    assert process.returncode == 3, stderr
    assert "Traceback" not in stderr
    assert "the results so far are kept" in stderr
    assert "I8-hazards-" in stdout
    (folder,) = broken.glob("results/broken/check-*")
    report = json.loads((folder / "report.json").read_text("utf-8"))
    assert report["outcome"] == "interrupted" and 0 < report["runs"]["done"] < 1_000_000


@pytest.mark.parametrize("width", [40, 80, 200])
def test_a_class_is_one_line_of_any_terminal_that_is_wide_enough_and_moves_none(width: int) -> None:
    each = {
        "invariant": "I1", "hazards": [2, 7], "runs": 3, "first_run": 12, "scenario": "I1-hazards-2-7.yaml",
        "evidence": "2 copies \x1b[31m run " * 9,
        "cause": {"unavoidable_from_start": False, "unavoidable_after": {"at_s": 1.5, "executor": "a", "event": "run"}},
    }  # fmt: skip
    document = {
        "scenario": "x", "seed": 1, "runs": {"asked": 9, "done": 9, "cut_short": 2, "events": 9},
        "classes": [each, {**each, "scenario": None}],
        "reached": {
            "transitions": {"reached": 1, "of": 2}, "faults": {"loss": 1}, "pairs": {}, "hazards": {"2": 1},
            "never": [f"thing {number}" for number in range(30)],
        },
    }  # fmt: skip
    console = Console(width=width, highlight=False, markup=False)
    with console.capture() as capture:
        checktable.print_check(console, document)
    text = capture.get()
    assert "\x1b" not in text
    assert "and 1 more class with" in text and "not reached: 10 more" in text
    if width >= 80:
        assert sum("1.5 s, a: run" in line and "I1-hazards-2-7 " in line for line in text.splitlines()) == 1
