"""Results that a stranger has made, with a manifest that fits them: compared only where they are consistent."""

import errno
import json
import math
import os
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

import icnsim
from icnsim.errors import ResultsError, ScenarioError
from icnsim.recording import folder
from icnsim.sweeps import pointstable
from tests.sweeps import stage

Table = Callable[[pa.Table], pa.Table]


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A sweep's results and a run's, as icnsim writes them."""
    place = tmp_path_factory.mktemp("made")
    scenario = stage.scenario(place, migrations=20, sweep="")
    uniform = {"distribution": "uniform", "low": "1ms", "high": "9ms"}
    vary = {"manager.timeout": ["20s", "30s"], "network.latency": ["5ms", uniform]}
    sweep = icnsim.sweep(scenario, vary, out=place, jobs=1, replications=2).folder
    run = icnsim.run(scenario, out=place).folder
    assert sweep is not None and run is not None
    sweep.rename(place / "sweep")
    run.rename(place / "run")
    return place


@pytest.fixture
def sweep(made: Path, tmp_path: Path) -> Path:
    return shutil.copytree(made / "sweep", tmp_path / "sweep")


@pytest.fixture
def run(made: Path, tmp_path: Path) -> Path:
    return shutil.copytree(made / "run", tmp_path / "run")


def remade(place: Path) -> None:
    """Let the manifest fit what is there now."""
    files = {str(path.relative_to(place)): path.read_bytes() for path in place.rglob("*") if path.is_file()}
    folder.put_folder(place, files)


def summed_up(place: Path, **more: object) -> None:
    summary = json.loads((place / "summary.json").read_text())
    (place / "summary.json").write_text(json.dumps({**summary, **more}))
    remade(place)


def refused(place: Path, said: str, **how: Any) -> None:
    with pytest.raises(ResultsError, match=said) as found:
        icnsim.compare(place, place, **how)
    assert len(str(found.value).splitlines()) == 1


def column(name: str, values: Any, kind: pa.DataType | None = None) -> Table:
    """Puts another column in the place of one."""

    def change(table: pa.Table) -> pa.Table:
        at, array = table.schema.get_field_index(name), pa.array(values, kind)
        return table.set_column(at, pa.field(name, array.type, metadata=table.schema.field(at).metadata), array)

    return change


def test_what_nobody_has_touched_is_compared(made: Path, sweep: Path, run: Path) -> None:
    assert len(icnsim.compare(made / "sweep", sweep).points) == 4
    assert len(icnsim.compare(run, sweep).points) == 4


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda table: table.drop_columns(["failed"]), "failed"),
        (lambda table: table.drop_columns(["seed"]), "seed"),
        (lambda table: table.slice(0, 0), "0 rows"),
        (lambda table: table.slice(0, 7), "7 rows of 8 runs"),
        (column("success_rate", ["x"] * 8), "success_rate is not of numbers"),
        (column("success_rate", [math.inf] * 8), "success_rate is infinite"),
        (column("point", [None] * 8, pa.int64()), "point is not of whole numbers"),
        (column("point", [0.5] * 8), "point is not of whole numbers"),
        (column("point", [0, 1, 0, 1, 2, 2, 3, 3]), "not in their order"),
        (column("point", [1, 1, 2, 2, 3, 3, 4, 4]), "not in their order"),
        (column("point", [0, 0, 0, 0, 1, 1, 2, 2]), "3 points in place of 4"),
        (column("seed", [None] * 8, pa.int64()), "seed is not of whole numbers"),
        (column("failed", [0.0] * 8), "not of texts"),
        (column("manager.timeout", [math.inf] * 8), "manager.timeout is not finite"),
        (column("network.latency", [1] * 8), "not of texts"),
    ],
)
def test_a_table_that_no_sweep_writes_is_refused_on_one_line(sweep: Path, change: Table, said: str) -> None:
    file = sweep / "points.parquet"
    pq.write_table(change(pq.read_table(file)), file)
    remade(sweep)
    refused(sweep, said)


def test_a_file_that_is_no_table_is_refused_on_one_line(sweep: Path) -> None:
    (sweep / "points.parquet").write_bytes(b"PAR1" + bytes(100) + b"PAR1")
    remade(sweep)
    refused(sweep, "not results as icnsim writes them")


@pytest.mark.parametrize(
    "more",
    [
        {"vary": {"nothing": ["1"]}}, {"vary": 3}, {"vary": {"executors.9.count": [1]}},
        {"runs": "8"}, {"runs": None}, {"points": 5}, {"version": 3}, {"version": None},
    ],
)  # fmt: skip
def test_a_summary_that_no_sweep_writes_is_refused_on_one_line(sweep: Path, more: dict[str, object]) -> None:
    summed_up(sweep, **more)
    refused(sweep, "not results as icnsim writes them")


@pytest.mark.parametrize("more", [{"seed": "1"}, {"seed": 2**80}, {"records": {"mean": math.inf}}, {"ignored": 3}])
def test_a_summary_that_no_run_writes_is_refused_on_one_line(run: Path, more: dict[str, object]) -> None:
    summed_up(run, **more)
    refused(run, "not results as icnsim writes them|not JSON")


def test_a_recommendation_is_called_one(sweep: Path) -> None:
    summed_up(sweep, recommend_id="0123456789abcdef")
    refused(sweep, "a recommendation's folder, neither a sweep's nor a run's; compare scenario files")


def test_files_that_the_manifest_does_not_list_are_not_read(run: Path, made: Path, sweep: Path) -> None:
    before = icnsim.compare(run, run).table
    shutil.copy(made / "sweep" / "points.parquet", run)
    assert icnsim.compare(run, run).table.equals(before)
    manifest = json.loads((sweep / "manifest.json").read_text())
    for name in ("points.parquet", "scenario.yaml"):
        files = {key: digest for key, digest in manifest["files"].items() if key != name}
        (sweep / "manifest.json").write_text(json.dumps({**manifest, "files": files, "sizes": {}}))
        refused(sweep, f"{name} is not among the files of its manifest")


def test_a_data_file_that_the_manifest_does_not_list_is_not_taken(run: Path) -> None:
    (run / "rtt.csv").write_text("rtt\n0.010\n")
    text = (run / "scenario.yaml").read_text()
    latency = "  latency: {distribution: empirical, file: rtt.csv, column: rtt}\n"
    lines = [latency if line.startswith("  latency:") else line for line in text.splitlines(keepends=True)]
    assert latency in lines
    (run / "scenario.yaml").write_text("".join(lines))
    remade(run)
    icnsim.compare(run, run)
    manifest = json.loads((run / "manifest.json").read_text())
    del manifest["files"]["rtt.csv"], manifest["sizes"]["rtt.csv"]
    (run / "manifest.json").write_text(json.dumps(manifest))
    refused(run, "rtt.csv is not among the files")


def test_a_scenario_too_large_for_memory_is_read_only_where_it_is_allowed(run: Path) -> None:
    text = (run / "scenario.yaml").read_text()
    assert text.count("count: 8\n") == text.count("count: 1\n") == 1
    large = text.replace("count: 8\n", "count: 1000000\n").replace("count: 1\n", "count: 1000000\n")
    (run / "scenario.yaml").write_text(large)
    remade(run)
    with pytest.raises(ScenarioError, match="GiB"):
        icnsim.compare(run, run)
    with pytest.raises(ScenarioError, match="GiB"):
        icnsim.load(run)
    assert icnsim.load(run, allow_large=True).scenario.executor_count == 2_000_000
    assert icnsim.compare(run, run, allow_large=True).points == [(0, 0)]


def test_a_small_file_of_many_rows_is_refused_before_it_is_read(sweep: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file, rows = sweep / "points.parquet", 3_000_000
    table = pa.table({"point": np.zeros(rows, np.int64), "seed": np.zeros(rows, np.int64)})
    pq.write_table(table, file)
    remade(sweep)
    monkeypatch.setattr(pointstable, "_read", None)
    refused(sweep, "3000000 rows of 8 runs")
    summed_up(sweep, runs=rows)
    monkeypatch.setattr(pointstable, "MEMORY_LIMIT", 2**20)
    refused(sweep, "GiB of memory; --allow-large reads it")
    monkeypatch.setattr(pointstable, "MAX_RUNS", rows - 1)
    refused(sweep, "3000000 rows", allow_large=True)


def test_equal_texts_of_many_rows_are_one_object(tmp_path: Path) -> None:
    table = pa.table({"failed": pa.array(["x" * 1000, None] * 500, pa.string())})
    pq.write_table(table, tmp_path / "t.parquet", row_group_size=1000)
    found = pointstable._texts(pointstable._read(tmp_path / "t.parquet", ["failed"])["failed"])
    assert found[:2] == ["x" * 1000, None] and len({id(text) for text in found}) == 2


def test_a_name_that_no_file_can_have_is_a_clear_error(run: Path) -> None:
    for pair in (("a" * 5000, run), (run, "a" * 5000)):
        with pytest.raises(ResultsError, match=r"a…: file name too long; give a file or a folder$") as found:
            icnsim.compare(*pair)
        assert len(str(found.value)) < 300


def test_a_folder_that_may_not_be_looked_into_is_a_clear_error(run: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def denied(path: Path) -> bool:
        raise PermissionError(errno.EACCES, os.strerror(errno.EACCES), str(path))

    monkeypatch.setattr(Path, "is_dir", denied)
    with pytest.raises(ResultsError, match="permission denied"):
        icnsim.compare(run, run)
