"""The same sweep gives the same bytes, whatever ran it; a run of a sweep is the run that one has alone."""

import shutil
from pathlib import Path

import pyarrow.parquet as pq

import icnsim
from icnsim.sweeps.plan import seed_of
from tests import command
from tests.sweeps import stage
from tests.sweeps.stage import swept

TWO = {"vary": {"manager.timeout": ["30s", "45s"], "manager.check_interval": ["5s"]}, "replications": 2}
"""A small part of the sweep; the runs of its points differ in the timeout alone."""


def test_the_scenario_that_a_sweep_has_written_gives_its_bytes_again(
    tmp_path: Path, finished: Path, undisturbed: dict[str, bytes]
) -> None:
    (folder,) = finished.glob("*/sweep-*")
    swept(folder / "scenario.yaml", tmp_path / "again")
    assert stage.of_sweep(tmp_path / "again") == undisturbed


def kept(tiny: Path) -> Path:
    swept(tiny, tiny.parent / "kept", sweep=TWO, keep_runs=True)
    return tiny.parent / "kept" / stage.NAME


def of_a_run(home: Path) -> dict[str, dict[str, bytes]]:
    """The files of every run that has a folder of its own, by its id."""
    folders = [folder for folder in home.iterdir() if folder.name != "runs" and not folder.name.startswith("sweep-")]
    return {folder.name: stage.files(folder) for folder in folders}


def test_a_run_that_is_kept_is_byte_for_byte_what_the_run_alone_writes(tiny: Path) -> None:
    runs = of_a_run(kept(tiny))
    assert len(runs) == 4
    settings = [(timeout, seed_of(1, replication)) for timeout in ("30s", "45s") for replication in (1, 2)]
    for timeout, seed in settings:
        overrides = {"manager.timeout": timeout, "manager.check_interval": "5s"}
        icnsim.run(tiny, overrides, seed, out=tiny.parent / "alone")
    assert of_a_run(tiny.parent / "alone" / stage.NAME) == runs
    shown = [text for key in overrides for text in ("--set", f"{key}={overrides[key]}")]
    done = command.icnsim(
        "run", tiny, *shown, "--seed", str(seed), "--out", "by-command", cwd=tiny.parent, PYTHONHASHSEED="8"
    )
    assert done.returncode == 0, done.stderr
    ((run, files),) = of_a_run(tiny.parent / "by-command" / stage.NAME).items()
    assert files == runs[run]


def test_a_folder_of_a_kept_run_that_is_damaged_or_gone_is_made_again(tiny: Path) -> None:
    home = kept(tiny)
    whole = of_a_run(home)
    first, second = sorted(whole)[:2]
    shutil.rmtree(home / first)
    (home / second / "attempts.parquet").write_bytes(b"")
    watch = stage.Counted()
    swept(tiny, home.parent, sweep=TWO, keep_runs=True, watch=watch)
    assert (watch.found_before, watch.ended_now) == (2, 2)
    assert of_a_run(home) == whole


def test_points_that_differ_in_the_timeout_alone_have_the_same_arrivals(tiny: Path) -> None:
    home = kept(tiny)
    tables = {run: pq.read_table(home / run / "migrations.parquet") for run in of_a_run(home)}
    by_seed: dict[int, list[object]] = {}
    for run, table in tables.items():
        seed = icnsim.load(home / run).summary["seed"]
        by_seed.setdefault(seed, []).append(table.select(["started_at_s", "actor", "source"]))
    assert sorted(by_seed) == sorted(seed_of(1, replication) for replication in (1, 2))
    (first, again), (other, _) = by_seed.values()
    assert first == again
    assert first != other, "replications are independent"
    assert len({tuple(table.column("ended_at_s").to_pylist()) for table in tables.values()}) == 4, "the timeout counts"
