"""The tables of a sweep: against each run's own summary, and against pandas."""

import json
import math
from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow.parquet as pq
import pytest
from scipy import stats

import icnsim
from icnsim.recording.figures import NOT_FIGURES
from icnsim.statistics.intervals import PROPORTIONS, kind
from icnsim.sweeps import overview, statistics, tables
from icnsim.sweeps.figures import names
from icnsim.sweeps.plan import plan
from icnsim.sweeps.statistics import LEAST, STATISTICS, WHY, Floats, matrix, place
from icnsim.sweeps.sweep import Sweep
from icnsim.sweeps.tables import PointRuns, keys_of
from tests.sweeps import stage

REPLICATIONS = 7
VARY: dict[str, list[Any]] = {
    "manager.timeout": ["20s"],
    "executors.1.behavior": ["unresponsive", "responsive"],  # of responsive ones there are no detections
    "record.timeline": ["10s", None],
}


ENDS = ("ci95_low", "ci95_high")


@pytest.fixture(scope="module")
def sweep(tmp_path_factory: pytest.TempPathFactory) -> Sweep:
    place = tmp_path_factory.mktemp("tables")
    scenario = place / "s.yaml"
    text = (stage.SCENARIO % 40).partition("sweep:")[0]
    scenario.write_text(text, "utf-8")
    return icnsim.sweep(scenario, VARY, out=place, jobs=1, replications=REPLICATIONS, keep_runs=True)


def flat(data: Mapping[str, Any], prefix: str = "") -> dict[str, Any]:
    """Every leaf of nested mappings by its dotted name."""
    found: dict[str, Any] = {}
    for name, value in data.items():
        found |= flat(value, f"{prefix}{name}.") if isinstance(value, Mapping) else {prefix + name: value}
    return found


def home(sweep: Sweep) -> Path:
    assert sweep.folder is not None
    return sweep.folder.parent


# points.parquet


def test_every_number_of_every_run_s_summary_stands_in_its_row(sweep: Sweep) -> None:
    made = plan(home(sweep).parent / "s.yaml", sweep={"vary": VARY, "replications": REPLICATIONS})
    rows = sweep.points.to_dict("records")
    assert len(rows) == 4 * REPLICATIONS
    for row in rows:
        summary = json.loads((home(sweep) / made.run_id(row["point"], row["replication"]) / "summary.json").read_text())
        assert summary["seed"] == row["seed"] == made.seed(row["replication"])
        leaves = flat({key: value for key, value in summary.items() if key not in NOT_FIGURES})
        numbers = {
            name: value
            for name, value in leaves.items()
            if not isinstance(value, str | list) and name != "seed" and not name.endswith(("ci95", "ci95_why"))
        }
        numbers |= {name: sum(summary[name].values()) for name in ("ignored", "unknown_fields")}
        assert set(numbers) == set(names())
        assert {name: None if math.isnan(row[name]) else row[name] for name in numbers} == numbers


def test_rows_come_in_the_order_of_points_and_replications_with_the_values_of_their_keys(sweep: Sweep) -> None:
    frame = sweep.points
    assert frame["point"].tolist() == [point for point in range(4) for _ in range(REPLICATIONS)]
    assert frame["replication"].tolist() == [*range(1, REPLICATIONS + 1)] * 4
    assert frame["failed"].isna().all()
    first = frame[frame["replication"] == 1]
    assert first["manager.timeout"].tolist() == [20] * 4
    assert first["executors.1.behavior"].tolist() == ["unresponsive"] * 2 + ["responsive"] * 2
    np.testing.assert_array_equal(first["record.timeline"], [10, math.nan] * 2)


def test_the_columns_are_the_same_in_order_type_and_unit_whatever_the_values(sweep: Sweep, tmp_path: Path) -> None:
    other = stage.swept(stage.scenario(tmp_path, 3), tmp_path, sweep={"vary": {"manager.timeout": ["1d"]}})
    for table in ("points", "aggregate"):
        here, there = (pq.read_schema(each.folder / f"{table}.parquet") for each in (sweep, other) if each.folder)
        assert [field.name for field in here if field.name not in VARY] == [
            field.name for field in there if field.name not in ("manager.timeout", "manager.check_interval")
        ]
        assert {(f.name, f.type) for f in here if f.name not in VARY} <= {(f.name, f.type) for f in there}
        assert here.field("manager.timeout").metadata == {b"unit": b"s"}
        of_downtime = {name: str(here.field(name).type) for name in here.names if name.split(".")[0] == "downtime"}
        assert all(kind == ("string" if name.endswith(WHY) else "double") for name, kind in of_downtime.items())


def test_what_does_not_exist_is_null_and_never_nan(sweep: Sweep) -> None:
    assert sweep.folder is not None
    for name in ("points", "aggregate"):
        table = pq.read_table(sweep.folder / f"{name}.parquet")
        assert table.column("detection_latency.mean" + ".mean" * (name == "aggregate")).null_count > 0
        for column in table.columns:
            if str(column.type) == "double":
                assert not np.isnan(column.drop_null().to_numpy()).any()


# aggregate.parquet


def test_mean_spread_and_number_are_those_of_pandas(sweep: Sweep) -> None:
    groups = sweep.points.groupby("point")[list(names())]
    for statistic, expected in (("mean", groups.mean()), ("std", groups.std()), ("n", groups.count())):
        found = sweep.aggregate[[f"{name}.{statistic}" for name in names()]]
        np.testing.assert_allclose(found, expected, rtol=1e-9, atol=1e-15)
    assert sweep.aggregate["replications"].tolist() == [REPLICATIONS] * 4
    assert sweep.aggregate["failed"].tolist() == [0] * 4


def statistic(sweep: Sweep, of: Sequence[str], name: str) -> Floats:
    """One statistic of these figures; shape (points, figures)."""
    found: Floats = sweep.aggregate[[f"{figure}.{name}" for figure in of]].to_numpy(float)
    return found


def test_the_intervals_are_student_s_wilson_s_or_of_order_statistics(sweep: Sweep) -> None:
    low, high = (statistic(sweep, names(), end) for end in ENDS)
    for point, rows in sweep.points.groupby("point"):
        columns = {name: rows[name].to_numpy(float) for name in names()}
        expected = np.array([interval(name, columns) for name in names()])
        found = np.stack([low[point], high[point]], axis=1)
        np.testing.assert_allclose(found, expected, rtol=1e-9, atol=1e-12, err_msg=f"point {point}")


def test_what_is_the_same_in_all_replications_has_no_spread_at_all(sweep: Sweep) -> None:
    constant = [name for name in names() if name.startswith("predicted.")]
    there = statistic(sweep, constant, "n") > 0
    std, mean, low, high = (statistic(sweep, constant, each)[there] for each in ("std", "mean", *ENDS))
    assert len(std) and (std == 0).all() and (mean == low).all() and (mean == high).all()


def test_exactly_the_figures_without_an_interval_have_a_reason_why(sweep: Sweep) -> None:
    why = sweep.aggregate[[f"{name}.{WHY}" for name in names()]]
    missing = sweep.aggregate[[f"{name}.ci95_low" for name in names()]].isna()
    np.testing.assert_array_equal(why.notna(), missing)


def test_the_reasons_are_told_with_the_figures_that_they_concern(sweep: Sweep) -> None:
    (line,) = overview.missing(sweep, ["records.mean", "detection_total.p99", "detection_total.p95"])
    assert line.startswith("no interval of detection_total.p99, detection_total.p95: half of the runs")


@pytest.mark.parametrize(
    ("runs", "reasons"),
    [
        (0, ["no replication", "no replication", "no replication"]),
        (1, ["one replication", "one replication", "takes 6 or more"]),
        (2, [None, None, "takes 6 or more"]),
        (6, [None, None, "too few values"]),
    ],
)
def test_the_reason_is_that_of_the_kind_of_interval(runs: int, reasons: list[str | None]) -> None:
    figures = np.tile(np.arange(10.0, 16)[:, np.newaxis], len(names()))  # ten values or more in each section
    figures[runs:] = math.nan
    found = dict(zip(names(), statistics.reasons(statistics.aggregated(figures[np.newaxis]))[0]))
    for name, expected in zip(("success_rate", "records.mean", "downtime.p99"), reasons):
        text = found[name]
        assert (text is None) if expected is None else (text is not None and expected in text), (name, text)


def test_equal_values_of_few_replications_have_no_interval_and_the_reason_says_so() -> None:
    found = statistics.reasons(statistics.aggregated(np.full((1, 3, len(names())), 7.0)))[0]
    assert "the same value; use 6" in (found[names().index("records.mean")] or "")


def interval(name: str, columns: Mapping[str, Floats]) -> tuple[float, float]:
    """The interval of a figure by SciPy's quantiles, or from the roots of Wilson's equation."""
    values = columns[name][~np.isnan(columns[name])]
    if kind(name) == "wilson":
        case, parts = PROPORTIONS[name]
        cases = np.nan_to_num(columns[case])
        trials = np.nan_to_num(np.stack([columns[part] for part in parts])).sum(axis=0)
        if not trials.sum():
            return math.nan, math.nan
        z = student(math.inf)
        effect = max(1.0, spread(cases, trials) * (student(len(cases) - 1) / z) ** 2)
        share, count = cases.sum() / trials.sum(), trials.sum() / effect
        low, high = sorted(np.roots([1 + z * z / count, -(2 * share + z * z / count), share**2]).real)
        return max(low, 0.0), min(high, 1.0)
    section, _, quantile = name.rpartition(".")
    if quantile in LEAST and np.median(columns[f"{section}.count"]) < LEAST[quantile]:
        return math.nan, math.nan  # of too few values in a run
    if kind(name) == "order":
        return (values.min(), values.max()) if len(values) >= 6 else (math.nan, math.nan)  # of 6 to 8 the extremes
    if len(values) < 2:
        return math.nan, math.nan
    if (values == values[0]).all():
        return (values[0], values[0]) if len(values) >= 6 else (math.nan, math.nan)
    half = student(len(values) - 1) * values.std(ddof=1) / math.sqrt(len(values))
    return values.mean() - half, values.mean() + half


@cache
def student(freedom: float) -> float:
    """The quantile of Student's interval at 95 %."""
    return float(stats.t.ppf(0.975, freedom))


def spread(cases: Floats, trials: Floats) -> float:
    """Variance of the cases between replications over that of independent trials."""
    share = cases.sum() / trials.sum()
    if share in (0, 1):
        return 0.0
    return float(((cases - share * trials) ** 2).sum() / (len(cases) - 1) / (trials.mean() * share * (1 - share)))


def test_failed_runs_are_counted_with_their_reason_and_have_no_figures(tmp_path: Path) -> None:
    scenario = stage.scenario(tmp_path, 20)
    whole = icnsim.sweep(scenario, jobs=1).points
    budget = stage.median_budget(whole["events"])
    part = icnsim.sweep(scenario, jobs=1, budget=budget)
    failed = part.points["failed"].notna()
    assert 0 < failed.sum() == part.summary["failed"] < len(whole)
    assert part.points["failed"][failed].str.contains("budget").all()
    assert part.points.loc[failed, list(names())].isna().all(axis=None)
    columns = ["point", "replication", "seed", *names()]
    assert part.points.loc[~failed, columns].equals(whole.loc[~failed, columns])
    by_point = failed.groupby(part.points["point"]).sum()
    assert part.aggregate["failed"].tolist() == by_point.tolist()
    assert part.aggregate["events.n"].tolist() == (stage.REPLICATIONS - by_point).tolist()
    assert (part.aggregate["replications"] == stage.REPLICATIONS).all()


# Blocks


def random_runs(sizes: list[int]) -> list[PointRuns]:
    """Points with these numbers of replications of random figures, some missing, some failed."""
    generator = np.random.default_rng(3)
    made = []
    for number, size in enumerate(sizes):
        figures = generator.normal(size=(size, len(names())))
        figures[generator.random(figures.shape) < 0.1] = math.nan
        for case, parts in PROPORTIONS.values():
            figures[:, [place(part) for part in parts]] = generator.integers(40, 80, (size, len(parts)))
            figures[:, place(case)] = generator.integers(0, 40, size)
        failures: list[str | None] = [None if generator.random() < 0.8 else "why" for _ in range(size)]
        figures[[failure is not None for failure in failures]] = math.nan
        made.append(PointRuns(number, figures, failures))
    return made


def test_where_a_block_ends_does_not_show_in_the_values(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    made, sizes = plan(stage.scenario(tmp_path)), [9, 1, 5, 2, 1, 12]
    runs = random_runs(sizes)
    monkeypatch.setattr(tables, "BLOCK", 4)
    tables.write(tmp_path, made, iter(runs))
    points, aggregate = (pq.read_table(tmp_path / f"{name}.parquet").to_pandas() for name in ("points", "aggregate"))
    assert points["point"].value_counts(sort=False).tolist() == sizes
    np.testing.assert_array_equal(points[list(names())], np.concatenate([each.figures for each in runs]))
    assert points["failed"].isna().tolist() == [failure is None for each in runs for failure in each.failures]
    assert points["seed"].tolist() == [made.seed(number) for number in points["replication"]]
    groups = points.groupby("point")[list(names())]
    for statistic, expected in (("mean", groups.mean()), ("std", groups.std()), ("n", groups.count())):
        found = aggregate[[f"{name}.{statistic}" for name in names()]]
        np.testing.assert_allclose(found, expected, rtol=1e-9, atol=1e-12)
    assert aggregate["replications"].tolist() == sizes
    assert aggregate["manager.timeout"].tolist() == points.groupby("point")["manager.timeout"].first().tolist()


def test_more_rows_than_a_block_are_written_in_several_row_groups(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = plan(stage.scenario(tmp_path))
    monkeypatch.setattr(tables, "BLOCK", 10)
    tables.write(tmp_path, made, iter(random_runs([4] * 6)))
    file = pq.ParquetFile(tmp_path / "points.parquet")
    rows = [file.metadata.row_group(number).num_rows for number in range(file.metadata.num_row_groups)]
    assert rows == [12, 12]


# Parts


def test_statistics_have_their_columns_in_the_order_of_the_figures(sweep: Sweep) -> None:
    expected = [f"{name}.{statistic}" for name in names() for statistic in (*STATISTICS, WHY)]
    assert list(sweep.aggregate.columns)[-len(expected) :] == expected
    assert list(sweep.points.columns)[-len(names()) :] == list(names())
    assert list(sweep.points.columns)[: 1 + len(VARY)] == ["point", *VARY]


def test_a_matrix_of_no_runs_has_all_columns() -> None:
    assert matrix([]).shape == (0, len(names()))
    assert np.isnan(matrix([None])).all()


def test_keys_without_values_are_no_columns(tmp_path: Path) -> None:
    scenario = stage.scenario(tmp_path)
    assert [key.name for key in keys_of(plan(scenario))] == ["manager.timeout", "manager.check_interval"]
    assert keys_of(plan(scenario, {"sweep.vary": {}})) == []


def test_detectors_have_a_column_of_labels(tmp_path: Path) -> None:
    detectors = [{"kind": "poll"}, {"kind": "wheel", "tick": "2s"}]
    scenario = tmp_path / "s.yaml"
    scenario.write_text((stage.SCENARIO % 40).partition("sweep:")[0], "utf-8")
    made = plan(scenario, sweep={"vary": {"manager.detector": detectors}})
    (key,) = keys_of(made)
    assert [key.value(point[0]) for point in made.points] == ["poll", "wheel tick=2s"]
