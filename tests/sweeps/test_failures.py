"""A failure in a run is reported with the run; a failure outside of a run loses no finished run."""

import errno
import math
import os
import resource
import signal
from collections.abc import Callable
from concurrent.futures import Executor
from pathlib import Path

import pytest

from icnsim.cli import main
from icnsim.errors import ResultsError
from icnsim.recording.progress import Budget
from icnsim.sweeps.engines import Pool
from icnsim.sweeps.execution import DIED
from icnsim.sweeps.store import Store
from icnsim.sweeps.sweep import Sweep
from tests.command import icnsim
from tests.sweeps import stage
from tests.sweeps.stage import RUNS, Counted, Through, rows, stored, swept

SIZES = {"vary": {"workload.migrations": [50, 2000, 60]}, "replications": 2}
"""A sweep whose middle point needs more events than `FEW`."""
FEW = 5_000


@pytest.fixture
def sized(tmp_path: Path) -> Path:
    return stage.scenario(tmp_path, sweep="")


def test_a_run_that_fails_is_recorded_with_its_reason_and_the_others_go_on(sized: Path) -> None:
    out = sized.parent / "results"
    budget = Budget(max_events=FEW)
    sweep = swept(sized, out, None, SIZES, budget=budget)
    assert sweep.summary["failed"] == 2
    for row in rows(sweep):
        if row["workload.migrations"] == 2000:
            assert "BudgetError: " in row["failed"] and f"--max-events of {FEW} is used up" in row["failed"]
            assert math.isnan(row["success_rate"]) and math.isnan(row["events"])
        else:
            assert not isinstance(row["failed"], str) and row["success_rate"] > 0
    found = sweep.aggregate
    assert list(found["failed"]) == [0, 2, 0] and list(found["replications"]) == [2, 2, 2]
    assert list(found["success_rate.n"]) == [2, 0, 2]
    assert list(found["success_rate.mean"].isna()) == [False, True, False]
    before, watch = stored(out), Counted()
    swept(sized, out, None, SIZES, budget=budget, watch=watch)
    assert (watch.found_before, watch.ended_now) == (4, 2), "only those that failed are tried again"
    assert stored(out) == before
    whole = swept(sized, out, None, SIZES)
    assert whole.summary["failed"] == 0 and whole.folder is not None
    afresh = swept(sized, sized.parent / "afresh", None, SIZES)
    assert afresh.folder is not None and stage.files(whole.folder) == stage.files(afresh.folder)


def test_a_run_that_fails_when_forced_does_not_show_the_figures_that_it_had(sized: Path) -> None:
    out = sized.parent / "results"
    swept(sized, out, None, SIZES)
    sweep = swept(sized, out, None, SIZES, budget=Budget(max_events=FEW), force=True)
    failed = sweep.points["workload.migrations"] == 2000
    assert sweep.points[failed]["success_rate"].isna().all() and sweep.points[failed]["failed"].notna().all()
    assert sweep.points[~failed]["success_rate"].notna().all()


def test_a_failed_run_is_exit_1_and_is_named(sized: Path) -> None:
    vary = ("--vary", "workload.migrations=50,2000", "--replications", "1")
    done = icnsim("sweep", sized, *vary, "--max-events", str(FEW), "--jobs", "1", cwd=sized.parent)
    assert done.returncode == 1
    assert "failed: BudgetError" in done.stdout and "Traceback" not in done.stderr


# Workers that die


def test_a_worker_that_is_killed_costs_nothing(tiny: Path, undisturbed: dict[str, bytes]) -> None:
    out = tiny.parent / "results"
    engine = Pool(2)

    def kill_one(ended: int) -> None:
        if ended == 4:
            os.kill(next(iter(engine._executor._processes)), signal.SIGKILL)

    watch = Counted(kill_one)
    swept(tiny, out, engine, watch=watch)
    assert watch.ended_now == RUNS, "no run that had been reported was repeated"
    assert stage.of_sweep(out) == undisturbed


class Deadly(Pool):
    """A pool whose workers some runs kill."""

    def open(self, *, alone: bool = False) -> Executor:
        return Through(super().open(alone=alone), stage.perform_or_die)


@pytest.mark.slow
def test_a_run_that_kills_every_worker_has_failed_and_the_others_are_right(tiny: Path) -> None:
    vary = {"manager.timeout": ["45s"], "manager.check_interval": ["5s", "15s", "30s"]}
    once: dict[str, object] = {"vary": vary, "replications": 1}
    whole = swept(tiny, tiny.parent / "whole", sweep=once)
    sweep = swept(tiny, tiny.parent / "results", Deadly(1), once)
    assert sweep.summary["failed"] == 1
    for row, right in zip(rows(sweep), rows(whole), strict=True):
        if (row["manager.timeout"], row["manager.check_interval"]) == (45, 15):
            assert row["failed"] == DIED and math.isnan(row["success_rate"])
        else:
            assert repr(row) == repr(right)


# Folders that cannot be written


def in_place_of_results(out: Path) -> None:
    out.write_text("a file")


def in_place_of_the_store(out: Path) -> None:
    (out / stage.NAME).mkdir(parents=True)
    (out / stage.NAME / "runs").write_text("a file")


def in_place_of_a_part_of_the_store(out: Path) -> None:
    (out / stage.NAME / "runs").mkdir(parents=True)
    for number in range(256):
        (out / stage.NAME / "runs" / f"{number:02x}").write_text("a file")


@pytest.mark.parametrize("obstacle", [in_place_of_results, in_place_of_the_store, in_place_of_a_part_of_the_store])
def test_a_file_in_place_of_a_folder_is_a_clear_error(tiny: Path, obstacle: Callable[[Path], None]) -> None:
    out = tiny.parent / "results"
    obstacle(out)
    done = icnsim("sweep", tiny, "--jobs", "1", cwd=tiny.parent)
    assert done.returncode == 2
    assert "cannot store a finished run: " in done.stderr and "give another --out" in done.stderr
    assert "Traceback" not in done.stderr and done.stdout == ""


def test_a_place_where_nothing_can_be_made_is_a_clear_error(tiny: Path) -> None:
    done = icnsim("sweep", tiny, "--jobs", "1", "--out", "/proc/nothing", cwd=tiny.parent)
    assert done.returncode == 2
    assert "/proc/nothing" in done.stderr and "cannot store a finished run" in done.stderr
    assert "Traceback" not in done.stderr and done.stdout == ""


def test_a_full_disk_is_a_clear_error_of_the_store_and_leaves_what_was_there(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = Store(tmp_path)
    store.put("abcd", {"events": 1.0})

    def full(draft: Path, path: Path) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(os, "replace", full)
    with pytest.raises(ResultsError, match="no space left on device; free space"):
        store.put("abcd", {"events": 2.0})
    assert store.get("abcd") == {"events": 1.0}
    assert [path.name for path in (tmp_path / "ab").iterdir()] == ["abcd.json"]


def test_where_the_tables_cannot_be_written_the_runs_are_kept(
    tiny: Path, undisturbed: dict[str, bytes], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tiny.parent / "results"
    monkeypatch.setattr("sys.argv", ["icnsim", "sweep", str(tiny), "--jobs", "1", "--out", str(out)])
    usual, most = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (16_000, most))  # no file can grow beyond it, as on a full disk
    try:
        with pytest.raises(SystemExit) as left:
            main()
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (usual, most))
    said = capsys.readouterr().err
    assert left.value.code == 2
    assert "cannot write the results: " in said and "Traceback" not in said
    assert len(stored(out)) == RUNS
    assert [path.name for path in (out / stage.NAME).iterdir()] == ["runs"]
    watch = Counted()
    found: Sweep = swept(tiny, out, watch=watch)
    assert watch.ended_now == 0 and not found.reused
    assert stage.of_sweep(out) == undisturbed
