"""Which key matters, of real runs and of values that are made."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import icnsim
from icnsim.scenario.variation import REPLICATIONS_OF_INDICES
from icnsim.statistics.sobol import LEAST
from icnsim.sweeps.sensitivity import CHANCE, FEW, NULL, SAME, sensitivity

SCENARIO = """
name: latency
executors: [{group: a, count: 6}, {group: silent, count: 3, behavior: unresponsive}]
workload: {migrations: 30, arrivals: {rate: 1/s}}
record: {timeline: null}
"""
VARY = {"manager.timeout": "20s..80s", "manager.check_interval": ["10s", "30s"]}


@pytest.fixture(scope="module")
def found(tmp_path_factory: pytest.TempPathFactory) -> pd.DataFrame:
    scenario = tmp_path_factory.mktemp("sensitivity") / "latency.yaml"
    scenario.write_text(SCENARIO, "utf-8")
    sweep = icnsim.sweep(scenario, VARY, jobs=1, design="saltelli", samples=16, replications=LEAST)
    return sweep.sensitivity.set_index(["metric", "key"])


def test_a_sweep_has_as_many_replications_as_its_indices_need() -> None:
    assert REPLICATIONS_OF_INDICES == LEAST


def test_a_timeout_has_no_effect_on_the_mean_latency_of_short_runs(found: pd.DataFrame) -> None:
    # The latency is that of about ten detections a run, which depend on the timeout by chance.
    timeout = found.loc[("detection_latency.mean", "manager.timeout")]
    interval = found.loc[("detection_latency.mean", "manager.check_interval")]
    assert timeout["first_order_low"] <= 0 <= timeout["first_order_high"]
    assert timeout["total_order_low"] <= 0 <= timeout["total_order_high"]
    assert interval["total_order_low"] > 0 and interval["total_order"] > 0.6
    assert 0 < timeout["noise"] == interval["noise"] < 0.5


def test_chance_alone_is_no_effect(tmp_path: Path) -> None:
    # The point means of this sweep have a first-order index of the timeout of about 0.9.
    scenario = tmp_path / "latency.yaml"
    scenario.write_text(SCENARIO, "utf-8")
    vary = {"manager.timeout": "20s..80s", "manager.retention": "60s..10min"}
    sweep = icnsim.sweep(scenario, vary, jobs=1, design="saltelli", samples=8, replications=LEAST)
    timeout = sweep.sensitivity.set_index(["metric", "key"]).loc[("detection_latency.mean", "manager.timeout")]
    assert timeout["noise"] > 0.3
    assert timeout["reason"] == CHANCE or timeout["first_order_low"] <= 0 <= timeout["first_order_high"]


def test_keys_with_an_effect_keep_theirs(found: pd.DataFrame) -> None:
    assert found.loc[("detection_total.mean", "manager.timeout"), "total_order_low"] > 0.1
    assert found.loc[("manager.ticks", "manager.check_interval"), "first_order"] == pytest.approx(1, abs=0.2)
    assert found.loc[("success_rate", "manager.timeout"), "reason"] == SAME


def values(points: int, replications: int) -> np.ndarray:
    return np.random.default_rng(1).normal(size=(points, replications)) + 10 * np.arange(points)[:, np.newaxis]


def reason(name: str, numbers: np.ndarray) -> str | None:
    (text,) = sensitivity([(name, numbers)], ["a"])["reason"].unique()
    return text


def test_the_reason_says_why_there_are_no_indices() -> None:
    numbers = values(24, 6)
    assert reason("records.mean", numbers) is None
    assert reason("records.mean", numbers[:, : LEAST - 1]) == reason("records.mean", numbers[:, :1]) == FEW
    some, none = numbers.copy(), numbers.copy()
    some[3, :3] = np.nan
    none[3] = np.nan
    assert (reason("records.mean", some), reason("records.mean", none)) == (FEW, NULL)
    assert reason("records.mean", np.full((24, 6), 7.0)) == SAME
    balanced = np.array([[1.0, -1, 1, -1, 1.1]]) * np.array([[1.0], [-1.0]] * 12)
    assert reason("records.mean", balanced) == CHANCE


def test_only_replications_in_which_the_figure_exists_at_all_points_count() -> None:
    numbers = values(24, LEAST + 1)
    numbers[3, 2] = np.nan
    complete = np.delete(numbers, 2, axis=1)
    pd.testing.assert_frame_equal(
        sensitivity([("records.mean", numbers)], ["a"]), sensitivity([("records.mean", complete)], ["a"])
    )


def test_a_predicted_figure_has_no_chance_and_needs_one_replication_alone() -> None:
    (row,) = sensitivity([("predicted.records.mean.value", values(24, 1))], ["a"]).to_dict("records")
    assert row["reason"] is None and row["noise"] == 0 and not np.isnan(row["first_order"])


def test_the_same_figures_give_the_same_bytes(found: pd.DataFrame) -> None:
    numbers = values(40, 5)
    first, second = (sensitivity([("records.mean", numbers.copy())], ["a", "b", "c"]) for _ in range(2))
    assert first.to_csv() == second.to_csv()
