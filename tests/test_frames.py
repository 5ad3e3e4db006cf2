"""Frames of the public interface know the units of their columns."""

import pickle
from pathlib import Path

import pandas as pd
import pytest

import icnsim
from icnsim.recording.tables import TABLES, Type
from icnsim.sweeps.figures import names, unit_of

TINY = """
name: tiny
executors: [{group: a, count: 5}, {group: silent, count: 1, behavior: unresponsive}]
workload: {migrations: 20, arrivals: {rate: 5/s}}
"""


@pytest.fixture(scope="module")
def tiny(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("frames") / "tiny.yaml"
    path.write_text(TINY, "utf-8")
    return path


@pytest.fixture(scope="module")
def sweep(tiny: Path) -> icnsim.Sweep:
    return icnsim.sweep(tiny, {"manager.timeout": ["30s", "1min"]}, replications=2, jobs=1)


def test_the_frames_of_a_run_have_the_units_that_its_tables_declare(tiny: Path, tmp_path: Path) -> None:
    run = icnsim.run(tiny, out=tmp_path)
    opened = icnsim.load(run.folder)
    assert isinstance(opened, icnsim.Run)
    for name in ("attempts", "migrations", "manager", "timeline", "recoveries"):
        frame = getattr(run, name)
        declared = {column.name: column.unit for column in TABLES[name] if column.unit}
        assert frame.attrs["units"] == declared == getattr(opened, name).attrs["units"]
    assert run.attempts.attrs["units"]["state_bytes"] == "B"
    assert run.attempts.attrs["units"]["duration_s"] == "s"


def test_every_column_of_seconds_is_in_seconds_and_no_text_has_a_unit() -> None:
    for columns in TABLES.values():
        for column in columns:
            assert (column.unit == "s") == (column.type is Type.SECONDS) == column.name.endswith("_s")
            assert not (column.unit and column.type in (Type.NAME, Type.TEXT, Type.BOOLEAN))


def test_a_sweep_s_frames_have_the_units_of_keys_and_figures_but_none_for_shares(sweep: icnsim.Sweep) -> None:
    points, aggregate = sweep.points.attrs["units"], sweep.aggregate.attrs["units"]
    assert points["manager.timeout"] == aggregate["manager.timeout"] == "s"
    assert points["detection_total.p99"] == aggregate["detection_total.p99.ci95_high"] == "s"
    assert aggregate["records.peak_bytes.std"] == "B"
    shares = {name for name in names() if unit_of(name) in ("%", "µs/s")}
    assert "success_rate" in shares
    assert shares.isdisjoint(points)
    assert not [name for name in aggregate if name.endswith((".n", ".ci95_why"))]


def test_titles_with_units_are_for_display_and_survive_a_selection(sweep: icnsim.Sweep) -> None:
    some = sweep.aggregate[["manager.timeout", "detection_total.mean.mean", "success_rate.mean"]].head(1)
    shown = icnsim.with_units(some)
    assert list(shown) == ["manager.timeout [s]", "detection_total.mean.mean [s]", "success_rate.mean"]
    assert "manager.timeout [s]" in shown._repr_html_()
    assert shown.iloc[0, 0] == some.iloc[0, 0] == 30
    plain = pd.DataFrame({"x_s": [1]})
    pd.testing.assert_frame_equal(icnsim.with_units(plain), plain)


def test_a_comparison_names_the_unit_of_each_figure(tiny: Path) -> None:
    found = icnsim.compare(tiny, tiny, overrides_b={"manager.timeout": "30s"}, replications=2, jobs=1)
    units = found.table.set_index("metric")["unit"]
    assert units["detection_total.p99"] == "s"
    assert units["records.peak_bytes"] == "B"
    assert units["success_rate"] == ""


def test_the_units_are_not_copied_with_each_column_and_row_and_are_kept_in_files(
    sweep: icnsim.Sweep, tmp_path: Path
) -> None:
    units = sweep.aggregate.attrs["units"]
    assert sweep.aggregate.iloc[0].attrs["units"] is units
    assert sweep.aggregate["manager.timeout"].attrs["units"] is units
    assert type(pickle.loads(pickle.dumps(sweep.aggregate)).attrs["units"]) is dict  # it is read without icnsim
    sweep.aggregate.to_parquet(tmp_path / "aggregate.parquet")
    assert pd.read_parquet(tmp_path / "aggregate.parquet").attrs["units"] == units
