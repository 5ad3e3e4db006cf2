"""The best point of a sweep: which points are worse, which are equally good, and which are undecided."""

import numpy as np

import icnsim
from icnsim.report import sweep as page
from icnsim.sweeps.best import _compared, best, settings, values

SCENARIO = "scenarios/timeout-attack.yaml"
KEYS = {"manager.timeout": ["20s", "60s"], "manager.check_interval": ["5s", "30s"]}
FEW = {"actors.count": 1000, "expect": {}}


def table(*columns: list[float]) -> np.ndarray:
    return np.array(columns).T


def test_worse_equal_and_undecided_points_are_told_apart():
    base = [10.0, 11.0, 9.5, 10.5, 10.2]
    noisy = [value + change for value, change in zip(base, [0.5, -0.4, 0.3, -0.6, 0.4], strict=True)]
    much_worse = [value + 5 + change for value, change in zip(base, [0.1, -0.1, 0.2, 0.0, -0.2], strict=True)]
    constant = [value + 5 for value in base]  # the same amount in each of five pairs, which is no test
    worse, equal = _compared(table(base, noisy, much_worse, constant, base), 0, sign=1.0)
    assert worse.tolist() == [False, False, True, False, False]
    assert equal.tolist() == [True, True, False, False, True]


def test_where_large_values_are_good_smaller_ones_are_worse():
    base, less = [0.9, 0.91, 0.92, 0.9], [0.5, 0.52, 0.49, 0.51]
    worse, _ = _compared(table(base, less), 0, sign=-1.0)
    assert worse.tolist() == [False, True]


def test_one_replication_shows_nothing():
    worse, equal = _compared(table([1.0], [2.0]), 0, sign=1.0)
    assert not worse.any() and not equal.any()


def test_the_page_of_a_sweep_begins_with_the_best_point_and_the_design(tmp_path):
    found = icnsim.sweep(SCENARIO, KEYS, {**FEW, "workload.migrations": 150}, replications=6, jobs=1, out=tmp_path)
    metrics = ["detection_total.mean", "manager.cpu_share", "records.mean"]
    each = {one.metric: one for one in best(found, metrics)}
    assert list(each) == ["detection_total.mean", "manager.cpu_share"]  # records have no better direction
    first = each["detection_total.mean"]
    assert first.worse and first.point == found.aggregate["detection_total.mean.estimate"].idxmin()
    assert settings(found, first.point) == "manager.timeout 20 s and manager.check_interval 5 s"
    assert first.design is not None and values(found, first.design) == "60 s / 30 s"
    words = page.answer(found, [first, each["manager.cpu_share"]])
    assert words.startswith("detection_total.mean is best, ")
    assert "the design's 60 s / 30 s has " in words and "manager.cpu_share at " in words


def test_without_a_shown_difference_every_point_is_equally_good(tmp_path):
    found = icnsim.sweep(SCENARIO, KEYS, {**FEW, "workload.migrations": 20}, replications=1, jobs=1)
    assert "one replication shows no differences" in page.answer(found, [])
