"""A sweep that is killed or interrupted at any moment loses no finished run and leaves no process behind."""

import re
import time
from collections.abc import Callable
from pathlib import Path
from random import Random

import pytest

from icnsim.sweeps.engines import ENDING
from tests.command import icnsim
from tests.sweeps import stage
from tests.sweeps.stage import RUNS, Counted, Started, until

WITH = ("sweep", "tiny.yaml", "--jobs", "2")
ALONE = ("sweep", "tiny.yaml", "--jobs", "1")


Start = Callable[..., Started]


def files_in(out: Path) -> int:
    return len(list((out / stage.NAME / "runs").glob("??/*.json")))


@pytest.mark.slow
def test_killed_at_any_moment_a_sweep_goes_on_to_the_same_bytes_and_does_nothing_twice(
    tiny: Path, undisturbed: dict[str, bytes], start: Start
) -> None:
    """One kill of a sweep with workers, by its progress, and one of a sweep without any, by the clock."""
    began = time.monotonic()
    by_progress = start(*WITH, "--out", "by-progress", cwd=tiny.parent)
    assert until(lambda: files_in(tiny.parent / "by-progress") >= RUNS // 3, every_s=0.005)
    by_progress.kill()
    usual = time.monotonic() - began
    by_clock = start(*ALONE, "--out", "by-clock", cwd=tiny.parent)
    time.sleep(Random(4).uniform(0, usual))  # start-up included
    by_clock.kill()
    for name in ("by-progress", "by-clock"):
        out = tiny.parent / name
        before = stage.stored(out)
        assert len(before) == files_in(out), "what has its name is whole"
        watch = Counted()
        stage.swept(tiny, out, watch=watch)
        after = stage.stored(out)
        assert watch.ended_now == RUNS - len(before)
        assert {run: after[run] for run in before} == before, "what was stored is not written again"
        assert stage.of_sweep(out) == undisturbed
    assert until(lambda: not any(sweep.processes() for sweep in (by_progress, by_clock)), every_s=0.2)


@pytest.mark.slow
def test_workers_whose_parent_is_killed_end_in_the_midst_of_their_runs(tmp_path: Path, start: Start) -> None:
    stage.scenario(tmp_path, migrations=400_000)
    sweep = start(*WITH, cwd=tmp_path)
    assert until(lambda: len(sweep.workers()) == 2, every_s=0.05)
    assert until(lambda: all(process.cpu_times().user > 1 for process in sweep.workers()), every_s=0.05)
    sweep.kill()
    assert until(lambda: not sweep.processes(), every_s=0.1), "their runs would have taken much longer"


@pytest.mark.slow
def test_ctrl_c_is_exit_3_says_what_is_stored_and_leaves_nobody_behind(
    tiny: Path, undisturbed: dict[str, bytes], start: Start
) -> None:
    out = tiny.parent / "results"
    sweep = start(*WITH, cwd=tiny.parent)
    assert until(lambda: files_in(out) >= RUNS // 4)
    code, said = sweep.interrupt()
    assert code == 3
    assert "Traceback" not in said and "interrupted" in said
    told = re.search(rf"(\d+) of {RUNS} runs are stored; the same command with --resume continues", said)
    assert told is not None
    assert len(stage.stored(out)) - int(told[1]) in (0, 1), "it may come between storing and counting"
    assert until(lambda: not sweep.processes(), every_s=0.1)
    assert [path.name for path in (out / stage.NAME).iterdir()] == ["runs"]
    before = stage.stored(out)
    assert {path.relative_to(out) for path in out.rglob("*") if path.is_file() and path.suffix != ".json"} <= {
        Path("README.md")
    }
    done = icnsim("sweep", tiny, "--jobs", "1", "--resume", cwd=tiny.parent)
    assert done.returncode == 0, done.stderr
    after = stage.stored(out)
    assert {run: after[run] for run in before} == before
    assert stage.of_sweep(out) == undisturbed


def blocks(pid: int, number: int) -> bool:
    """Whether a process lets a signal wait."""
    status = Path(f"/proc/{pid}/status").read_text()
    found = re.search(r"^SigBlk:\s*([0-9a-f]+)$", status, re.MULTILINE)
    assert found is not None
    return bool(int(found[1], 16) >> (number - 1) & 1)


@pytest.mark.slow
def test_ctrl_c_while_the_workers_start_shows_no_traceback_of_theirs(tiny: Path, start: Start) -> None:
    sweep = start(*WITH, cwd=tiny.parent)
    assert until(lambda: len(sweep.workers()) == 2, every_s=0.005)
    for number in ENDING:
        assert all(blocks(process.pid, number) for process in sweep.workers()), "from their first moment on"
    code, said = sweep.interrupt()
    assert code == 3
    assert "Traceback" not in said and "Error" not in said
    assert until(lambda: not sweep.processes(), every_s=0.1)
