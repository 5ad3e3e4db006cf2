"""Two scenarios, or their results, paired by seed."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from scipy.stats import ttest_rel

import icnsim
from icnsim.errors import ResultsError, ScenarioError
from icnsim.sweeps.comparison import Comparison
from icnsim.sweeps.differences import ABSENT
from icnsim.sweeps.figures import names
from icnsim.sweeps.sweep import Sweep
from tests.sweeps import stage

SCENARIO = """
name: small
executors: [{group: a, count: 5}, {group: silent, count: 1, behavior: unresponsive}]
workload: {migrations: 200, arrivals: {rate: 5/s}}
manager: {check_interval: 2s, timeout: 10s, retention: 20s}
"""
LATER = {"manager.timeout": "15s"}
VARIED = {"overrides": {"sweep.vary": {"manager.timeout": ["1s", "2s"]}}}


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    place = tmp_path_factory.mktemp("comparison")
    (place / "small.yaml").write_text(SCENARIO, "utf-8")
    return place


@pytest.fixture(scope="module")
def scenario(home: Path) -> Path:
    return home / "small.yaml"


@pytest.fixture(scope="module")
def of_timeouts(scenario: Path) -> Comparison:
    return icnsim.compare(scenario, scenario, overrides_b=LATER, jobs=1)


def swept(scenario: Path, out: Path, vary: Mapping[str, Any], overrides: Mapping[str, Any], replications: int) -> Path:
    done: Sweep = icnsim.sweep(scenario, vary, overrides, out=out, jobs=1, replications=replications)
    assert done.folder is not None
    return done.folder


@pytest.fixture(scope="module")
def stored(scenario: Path, home: Path) -> tuple[Path, Path]:
    """The results of the two sweeps that `of_timeouts` compares."""
    first, second = (swept(scenario, home / "stored", {}, overrides, 10) for overrides in ({}, LATER))
    return first, second


def load(folder: Path) -> Sweep:
    found = icnsim.load(folder)
    assert isinstance(found, Sweep)
    return found


def row(comparison: Comparison, metric: str) -> "pd.Series[Any]":
    table = comparison.table
    return table[table["metric"] == metric].iloc[0]


def test_a_scenario_differs_from_itself_by_exactly_nothing(scenario: Path) -> None:
    found = icnsim.compare(scenario, scenario, replications=6, jobs=1)
    assert found.differences == ()
    there = found.table.dropna(subset=["difference"])
    assert (
        len(there[there["n"] == 6]) > 50 and len(there[there["n"] < 6]) < 10
    )  # some runs need no warm-up, for example
    there = there[there["n"] == 6]
    assert not there[["difference", "ci95_low", "ci95_high", "std"]].to_numpy().any()
    assert not there["excludes_zero"].any() and found.variance_reduction.isna().all()
    measured = there[~there["metric"].str.startswith("predicted.")]
    assert set(measured["verdict"]) == {"same"} and measured["p_adjusted"].isna().all()


def test_equal_differences_of_few_pairs_have_a_note_why_there_is_no_verdict(scenario: Path) -> None:
    # A drain that is longer by 20 s adds that to the simulated time of every run.
    longer = {"drain": "60s"}
    found = icnsim.compare(scenario, scenario, overrides={"drain": "40s"}, overrides_b=longer, replications=4, jobs=1)
    simulated, records = row(found, "simulated_s"), row(found, "migrations.total")
    assert simulated["difference"] == pytest.approx(20) and pd.isna(simulated["verdict"])
    assert simulated["verdict_why"].startswith("all pairs differ by the same amount; fewer than 6")
    assert records["verdict"] == "same" and pd.isna(records["verdict_why"]) and np.isnan(records["p_equivalence"])
    predicted = found.table[found.table["metric"].str.startswith("predicted.")]
    assert predicted["verdict_why"].isna().all()


def test_scenarios_that_differ_in_the_timeout_alone_have_the_same_arrivals(scenario: Path) -> None:
    # Not always of the same actors: one that still migrates, for a later timeout, is not taken again.
    columns = ["requested_at_s", "target"]
    first, second = (icnsim.run(scenario, overrides).attempts[columns] for overrides in ({}, LATER))
    pd.testing.assert_frame_equal(first, second)


def test_common_seeds_make_the_effect_of_a_timeout_on_the_records_far_surer(of_timeouts: Comparison) -> None:
    assert of_timeouts.differences == (("manager.timeout", "10s", "15s"),)
    assert row(of_timeouts, "migrations.total")["difference"] == 0
    records = row(of_timeouts, "records.mean")
    assert records["n"] == 10 and records["excludes_zero"]
    assert of_timeouts.variance_reduction["records.mean"] == records["variance_reduction"] > 5
    assert 1 < records["variance_reduction_low"] < records["variance_reduction"] < records["variance_reduction_high"]


def test_a_later_timeout_is_worse_for_detection_and_within_5_percent_for_the_records(of_timeouts: Comparison) -> None:
    total, records = (row(of_timeouts, name) for name in ("detection_total.mean", "records.mean"))
    assert (total["verdict"], total["better"]) == ("worse", "lower") and total["p"] < total["p_adjusted"] < 0.05
    assert total["delta"] == pytest.approx(0.05 * total["mean_a"])
    assert records["verdict"] == "equivalent" and abs(records["difference"]) < records["delta"]
    assert records["p_equivalence"] < 0.05


def test_fewer_figures_are_a_smaller_family(of_timeouts: Comparison) -> None:
    place = names().index("detection_total.mean")
    (alone,), (all_of_them,) = of_timeouts.judged(["detection_total.mean"]), of_timeouts.judged()
    assert alone.p_adjusted[place] == of_timeouts.paired[0].p[place] < all_of_them.p_adjusted[place]
    assert [number for number, verdict in enumerate(alone.verdicts) if verdict is not None] == [place]


def test_the_margin_decides_what_is_equivalent(scenario: Path) -> None:
    found = icnsim.compare(
        scenario, scenario, overrides_b=LATER, jobs=1, equivalence=["0.01%", "detection_total.mean=6s"]
    )
    (of_pair,) = found.judged(["detection_total.mean", "records.mean"])
    verdicts = dict(zip(names(), of_pair.verdicts))
    assert (verdicts["detection_total.mean"], verdicts["records.mean"]) == ("equivalent", "worse")
    with pytest.raises(ScenarioError, match="--equivalence"):
        icnsim.compare(scenario, scenario, equivalence=["records.mean=5s"])


def test_a_wrong_key_of_b_alone_is_named_with_its_own_option(scenario: Path) -> None:
    with pytest.raises(ScenarioError, match=r"--set-b manager\.timout"):
        icnsim.compare(scenario, scenario, overrides_b={"manager.timout": "15s"})
    with pytest.raises(ScenarioError, match=r"--set manager\.timout"):
        icnsim.compare(scenario, scenario, overrides={"manager.timout": "15s"})


def test_the_interval_is_that_of_a_paired_t_test_of_the_two_sweeps(
    stored: tuple[Path, Path], of_timeouts: Comparison
) -> None:
    first, second = (load(folder).points["records.mean"] for folder in stored)
    low, high = ttest_rel(second, first).confidence_interval(0.95)
    found = row(of_timeouts, "records.mean")
    assert (found["ci95_low"], found["ci95_high"]) == pytest.approx((low, high), rel=1e-9)
    reduction = (first.var() + second.var()) / (second - first).var()
    assert found["variance_reduction"] == pytest.approx(reduction, rel=1e-9)


def test_stored_results_give_what_their_scenarios_give_and_swapped_the_opposite(
    stored: tuple[Path, Path], of_timeouts: Comparison
) -> None:
    first, second = stored
    pd.testing.assert_frame_equal(icnsim.compare(first, second).table, of_timeouts.table)
    back = icnsim.compare(second, first)
    np.testing.assert_array_equal(back.table["difference"], -of_timeouts.table["difference"])
    assert back.differences == (("manager.timeout", "15s", "10s"),)


def test_points_with_equal_values_are_paired_whatever_their_order_and_columns(scenario: Path, home: Path) -> None:
    out, values = home / "points", ["2s", "4s", "8s"]
    a = swept(scenario, out, {"manager.retention": values, "network.latency": ["5ms"]}, {}, 2)
    b = swept(scenario, out, {"network.latency": ["5ms"], "manager.retention": values[::-1]}, LATER, 3)
    found = icnsim.compare(a, b)
    assert found.points == [(0, 2), (1, 1), (2, 0)]
    assert found.keys == ("manager.retention", "network.latency")
    assert found.table.groupby("point_a")["manager.retention"].first().tolist() == [2, 4, 8]
    assert [side.replications for side in found.left_out] == [0, 3]
    assert found.variance_reduction.index.names == ["point_a", "point_b", "metric"]
    assert found.differences == (("manager.timeout", "10s", "15s"),)


def test_a_quantity_is_the_same_in_a_column_of_texts(scenario: Path, home: Path) -> None:
    uniform = {"distribution": "uniform", "low": "1ms", "high": "9ms"}
    texts = swept(scenario, home / "texts", {"network.latency": ["8ms", "4ms", uniform]}, {}, 2)
    numbers = swept(scenario, home / "texts", {"network.latency": ["4ms", "6ms"]}, {}, 2)
    found = icnsim.compare(texts, numbers)
    assert found.points == [(1, 0)]
    assert [side.points for side in found.left_out] == [2, 1]


def test_one_point_is_compared_with_each_of_the_other_side(scenario: Path, home: Path) -> None:
    several = swept(scenario, home / "one", {"manager.timeout": ["10s", "15s"]}, {}, 2)
    run = icnsim.run(scenario, out=home / "one").folder
    assert run is not None
    found = icnsim.compare(run, several)
    assert found.points == [(0, 0), (0, 1)] and set(found.table["n"]) == {0, 1}
    assert found.table["manager.timeout"].unique().tolist() == [10, 15]
    assert found.table["ci95_low"].isna().all() and found.table["excludes_zero"].isna().all()
    assert found.differences == (("manager.timeout", "10s", "varied"),)
    assert found.left_out[1].replications == 2
    single = swept(scenario, home / "one", {"manager.timeout": ["12s"], "executors.1.count": [2]}, {}, 2)
    assert icnsim.compare(single, scenario, replications=2, jobs=1).differences == (
        ("executors.1.count", 2, 1),
        ("manager.timeout", "12s", "10s"),
    )


def test_what_one_scenario_has_alone_is_a_difference(scenario: Path) -> None:
    more = [{"group": "a", "count": 5}, {"group": "silent", "count": 1, "behavior": "unresponsive"}]
    found = icnsim.compare(
        scenario, scenario, overrides_b={"executors": [*more, {"group": "b", "count": 1}]}, replications=1, jobs=1
    )
    (difference,) = found.differences
    assert (difference.key, difference.a) == ("executors.2", ABSENT) and difference.b["group"] == "b"


def test_the_results_of_a_sweep_over_one_detector_are_compared_with_the_scenario(scenario: Path, home: Path) -> None:
    detector = {"kind": "wheel", "tick": "2s"}
    done = swept(scenario, home / "detector", {"manager.detector": [detector]}, {}, 2)
    found = icnsim.compare(done, scenario, replications=2, jobs=1)
    assert found.a.scenario.manager.detector.kind == "wheel"
    assert ("manager.detector.tick", "2s", ABSENT) in found.differences


def test_failed_replications_are_left_out_and_counted(scenario: Path, home: Path) -> None:
    events = icnsim.sweep(scenario, jobs=1, replications=4).points["events"]
    budget = stage.median_budget(events)
    found = icnsim.compare(scenario, scenario, overrides_b=LATER, replications=4, jobs=1, budget=budget)
    a, b = found.left_out
    assert 0 < a.failed < 4 and found.failed == a.failed + b.failed and a.replications == b.replications == 0
    assert "budget" in (a.reason or "")
    assert row(found, "events")["n"] == 4 - max(a.failed, b.failed)


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        ({"overrides_b": {"seed": 7}}, "none is common.*same --seed"),
        ({**VARIED, "overrides_b": {"sweep.vary": {"manager.retention": ["1s", "2s"]}}}, "same keys, or one side"),
        ({**VARIED, "overrides_b": {"sweep.vary": {"manager.timeout": ["3s", "4s"]}}}, "no point is common"),
    ],
)
def test_sides_that_cannot_be_paired_are_refused_before_anything_is_run(
    scenario: Path, tmp_path: Path, settings: dict[str, Any], said: str
) -> None:
    with pytest.raises(ResultsError, match=said):
        icnsim.compare(scenario, scenario, out=tmp_path / "out", **settings)
    assert not (tmp_path / "out").exists()


def test_a_folder_without_results_and_values_for_what_is_done_are_refused(scenario: Path, home: Path) -> None:
    done = swept(scenario, home / "done", {}, {}, 1)
    with pytest.raises(ResultsError, match="no complete results"):
        icnsim.compare(scenario, home)
    with pytest.raises(ResultsError, match="its runs are done"):
        icnsim.compare(scenario, done, overrides_b=LATER)
    with pytest.raises(ResultsError, match="for scenario files"):
        icnsim.compare(done, done, seed=3)
    with pytest.raises(ScenarioError, match="no such file"):
        icnsim.compare(done, home / "none.yaml")
