"""Every function of the Python interface takes NumPy's scalars, arrays and Python's ranges where it takes numbers."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

import icnsim
from icnsim.rare_events.methods import Orders
from icnsim.sweeps.plan import plan

TEXT = """
name: numbers
workload: {migrations: 30, arrivals: {rate: 1/s}}
executors: [{group: good, count: 4}, {group: dead, count: 2, behavior: unresponsive}]
drain: 5min
"""
OVERRIDES: dict[str, Any] = {
    "executors.0.count": np.int64(5), "network.loss": np.float32(0.25), "retry.max_retries": np.uint8(1),
    "manager.enabled": np.bool_(True), "manager.tracked_states": np.array(["requesting"]),
}  # fmt: skip
PLAIN: dict[str, Any] = {
    "executors.0.count": 5, "network.loss": 0.25, "manager.tracked_states": ["requesting"], "manager.enabled": True,
    "retry.max_retries": 1,
}  # fmt: skip
RETRYING = {key: value for key, value in OVERRIDES.items() if not key.startswith("retry")}


@pytest.fixture(scope="module")
def file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("numbers") / "numbers.yaml"
    path.write_text(TEXT, "utf-8")
    return path


def test_a_run_and_a_prediction_are_those_of_the_plain_values(file: Path) -> None:
    run = icnsim.run(file, OVERRIDES, np.int64(7))
    assert run.summary == icnsim.run(file, PLAIN, 7).summary
    json.dumps(run.summary)
    assert dict(icnsim.predict(file, OVERRIDES)) == dict(icnsim.predict(file, PLAIN))


def test_a_sweep_over_such_values_is_that_of_the_plain_ones(file: Path) -> None:
    found = icnsim.sweep(
        file, {"retry.max_retries": np.array([1, 2])}, RETRYING, np.int64(3), jobs=np.int64(1),
        replications=np.int64(2), samples=None, metrics=np.array(["success_rate"]), max_replications=np.int32(5),
    )  # fmt: skip
    plain = icnsim.sweep(file, {"retry.max_retries": [1, 2]}, RETRYING, 3, jobs=1, replications=2)
    assert found.points.equals(plain.points)


@pytest.mark.parametrize("levels", [range(1, 3), np.arange(1, 3, dtype=np.uint8), pd.Series([1, 2]), (np.int64(1), 2)])
def test_the_levels_of_a_sweep_are_the_plain_ones(file: Path, levels: Any) -> None:
    keys = {"retry.max_retries": levels}, {"retry.max_retries": [1, 2]}
    found, plain = (plan(file, RETRYING, {"vary": vary, "replications": np.int64(1)}).points for vary in keys)
    assert found == plain


def test_a_comparison_takes_them(file: Path) -> None:
    found = icnsim.compare(
        file, file, overrides_b=OVERRIDES, replications=np.int64(2), seed=np.int64(1), jobs=np.int64(1),
        equivalence=np.array(["5%"]),
    )  # fmt: skip
    plain = icnsim.compare(file, file, overrides_b=PLAIN, replications=2, seed=1, jobs=1)
    pd.testing.assert_frame_equal(found.table, plain.table)


def test_a_recommendation_takes_them(file: Path) -> None:
    found = icnsim.recommend(
        file, {"retry.max_retries": np.arange(1)}, minimize=np.array(["detection_total.mean"]), jobs=np.int64(1),
        subject_to=np.array(["success_rate>1%"]), replications=np.int64(6), seed=np.int64(2),
    )  # fmt: skip
    plain = icnsim.recommend(
        file, {"retry.max_retries": [0]}, minimize="detection_total.mean", subject_to="success_rate>1%",
        replications=6, seed=2, jobs=1,
    )  # fmt: skip
    assert found.document == plain.document


def test_a_search_takes_them(file: Path) -> None:
    found = icnsim.check(file, OVERRIDES, np.int64(1), seeds=np.int64(1), tries=np.int64(1), jobs=np.int64(1))
    assert found.document == icnsim.check(file, PLAIN, 1, seeds=1, tries=1, jobs=1).document


def test_a_rare_event_takes_them(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The pilot of an estimate makes hundreds of runs, so this test compares the orders of the estimate."""

    def orders_of(scenario: object, orders: Orders, *_: object, **__: object) -> tuple[object, str]:
        return scenario, json.dumps([orders.population, orders.repetitions])

    monkeypatch.setattr("icnsim.rare_events.rare.estimated", orders_of)
    numbers: dict[str, Any] = {"population": np.int64(20), "repetitions": np.int64(4)}
    found = icnsim.rare(file, "false_positive", {"workload.migrations": np.int64(20)}, np.int64(1), **numbers)
    plain = icnsim.rare(file, "false_positive", {"workload.migrations": 20}, 1, population=20, repetitions=4)
    assert found == plain


def test_a_comparison_of_detectors_takes_them(file: Path) -> None:
    found = icnsim.compare_detectors(
        file, np.array(["deadline"]), np.array(["as-it-is"]), overrides=OVERRIDES | {"retry.max_retries": 0},
        points=np.int64(2), replications=np.int64(2), seed=np.int64(1), jobs=np.int64(1),
    )  # fmt: skip
    plain = icnsim.compare_detectors(
        file, ["deadline"], ["as-it-is"], overrides=PLAIN | {"retry.max_retries": 0}, points=2, replications=2,
        seed=1, jobs=1,
    )  # fmt: skip
    assert found.document == plain.document
