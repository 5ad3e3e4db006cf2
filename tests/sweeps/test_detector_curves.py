"""Interpolation on the curves of detectors: against cases that are known by hand."""

import math

import numpy as np
import pytest

from icnsim.sweeps.detectors import curves
from icnsim.sweeps.detectors.curves import Counts, Reach

TIME = np.array([2.0, 4.0, 10.0])
SHARE = np.array([1e-1, 1e-2, 1e-4])


def counts(time: list[float], mistakes: list[float], replications: int = 4, trials: float = 10_000) -> Counts:
    """Points of which every replication is the same."""

    def columns(values: list[float]) -> curves.Floats:
        return np.repeat(np.array(values, dtype=float)[:, np.newaxis], replications, axis=1)

    ten = [10.0] * len(time)
    return Counts(columns([10 * t for t in time]), columns(ten), columns(mistakes), columns([trials] * len(time)))


@pytest.mark.parametrize(
    ("wanted", "reach", "time"),
    [
        (1e-2, Reach.WITHIN, 4.0),  # a measured point
        (1e-3, Reach.WITHIN, 7.0),  # half-way in the logarithm
        (10**-1.5, Reach.WITHIN, 3.0),
        (1e-5, Reach.NOT_REACHED, math.nan),
        (0.5, Reach.AT_MOST, 2.0),  # the fastest point is better than that
    ],
)
def test_the_detection_time_at_an_accuracy_is_interpolated_in_the_measured_range_only(
    wanted: float, reach: Reach, time: float
) -> None:
    found = curves.time_at(TIME, SHARE, wanted)
    assert found[0] is reach and found[1] == pytest.approx(time, nan_ok=True)


@pytest.mark.parametrize(
    ("wanted", "reach", "share"),
    [
        (4.0, Reach.WITHIN, 1e-2),
        (7.0, Reach.WITHIN, 1e-3),
        (1.9, Reach.NOT_REACHED, math.nan),
        (60.0, Reach.AT_LEAST, 1e-4),
    ],
)
def test_the_accuracy_at_a_detection_time_is_interpolated_in_the_measured_range_only(
    wanted: float, reach: Reach, share: float
) -> None:
    found = curves.share_at(TIME, SHARE, wanted)
    assert found[0] is reach and found[1] == pytest.approx(share, nan_ok=True)


def test_a_curve_that_turns_back_gives_its_best_point() -> None:
    time, share = np.array([2.0, 6.0, 4.0]), np.array([1e-1, 1e-3, 1e-3])
    assert curves.time_at(time, share, 1e-3) == (Reach.WITHIN, 4.0)
    assert curves.share_at(time, share, 5.0)[1] == pytest.approx(1e-3)


def test_points_without_a_figure_are_left_out() -> None:
    time, share = np.array([2.0, np.nan, 10.0]), np.array([1e-1, 1e-2, 1e-3])
    assert curves.time_at(time, share, 1e-2) == (Reach.WITHIN, pytest.approx(6.0))
    assert curves.time_at(time[1:2], share[1:2], 1e-2)[0] is Reach.NOT_REACHED


def test_runs_are_pooled_and_a_point_without_a_mistake_counts_as_half_a_mistake() -> None:
    found = Counts(
        delays=np.array([[10.0, 50.0]]),
        detections=np.array([[1.0, 2.0]]),
        mistakes=np.array([[0.0, 0.0]]),
        trials=np.array([[100.0, 300.0]]),
    )
    time, share = found.points(np.array([0, 1]))
    assert time.tolist() == [20.0] and share.tolist() == [0.5 / 400]
    assert found.points(np.array([0]))[0].tolist() == [10.0]


def test_points_without_trials_or_detections_have_no_figure() -> None:
    nothing = np.zeros((1, 2))
    time, share = Counts(nothing, nothing, nothing, nothing).points(np.array([0, 1]))
    assert np.isnan(time).all() and np.isnan(share).all()


def test_the_interval_is_that_of_the_mean_where_the_quantity_is_a_mean() -> None:
    values = np.array([1.0, 2.0, 4.0, 9.0])
    found = curves.estimated(lambda rows: (Reach.WITHIN, float(values[rows].mean())), 4)
    # The jackknife of a mean is Student's interval: 4 ± 3.182 x 3.559 / 2.
    assert found.value == 4 and found.high - found.value == pytest.approx(3.18245 * values.std(ddof=1) / 2, rel=1e-5)
    assert found.value - found.low == pytest.approx(found.high - found.value)


def test_the_interval_of_a_time_or_a_share_is_that_of_its_logarithm() -> None:
    values = np.array([1.0, 2.0, 4.0, 9.0])
    found = curves.positive(lambda rows: (Reach.WITHIN, float(np.exp(np.log(values[rows]).mean()))), 4)
    assert found.value == pytest.approx(72**0.25) and 0 < found.low < found.value
    assert found.low * found.high == pytest.approx(found.value**2)


@pytest.mark.parametrize(("far", "known"), [(1.1, True), (1.5, False)])
def test_an_interval_that_spans_more_than_ten_times_the_value_is_not_known(far: float, known: bool) -> None:
    values = np.array([1.0, far])  # two replications: the interval is the mean ± 12.7 x half of the difference
    found = curves.positive(lambda rows: (Reach.WITHIN, float(np.exp(np.log(values[rows]).mean()))), 2)
    assert found.value == pytest.approx(far**0.5)
    assert math.isnan(found.low) is math.isnan(found.high) is not known


def test_the_interval_of_a_share_of_mistakes_ends_at_one() -> None:
    ones = np.ones((2, 2))
    found = Counts(np.array([[1.0, 1.0], [9.0, 9.0]]), ones, np.array([[80.0, 95.0], [1.0, 1.0]]), 100 * ones)
    share = curves.share_of(found, lambda _: 1.0)
    assert share.value == pytest.approx(0.875) and 0 < share.low < 0.8 and share.high == 1.0


def test_there_is_no_interval_of_equal_replications_of_one_or_of_a_quantity_that_is_not_always_reached() -> None:
    same = curves.time_of(counts([2.0, 4.0], [100, 1]), lambda _: 1e-3)
    assert same.reach is Reach.WITHIN and math.isnan(same.low)
    assert math.isnan(curves.time_of(counts([2.0, 4.0], [100, 1], replications=1), lambda _: 1e-3).low)
    sometimes = curves.estimated(lambda rows: (Reach.WITHIN, 1.0 if 0 in rows else math.nan), 3)
    assert sometimes.value == 1 and math.isnan(sometimes.low)


def test_the_difference_to_a_reference_is_paired_by_replication() -> None:
    luck = np.array([0.0, 1.0, 2.0, 5.0])  # the same on both curves, so it is no part of their difference
    ten, trials = np.full((2, 4), 10.0), np.full((2, 4), 10_000.0)
    curve = Counts(10 * (np.array([[2.0], [4.0]]) + luck), ten, np.array([[100.0], [1.0]]) * np.ones(4), trials)
    reference = Counts(10 * (70.0 + luck[np.newaxis]), ten[:1], np.ones((1, 4)), trials[:1])
    found = curves.time_saved(curve, reference, lambda _: 1e-3)
    assert found.value == pytest.approx(3.0 - 70.0) and (math.isnan(found.low) or found.high - found.low < 1e-6)
    alone = curves.time_of(curve, lambda _: 1e-3)
    assert alone.high - alone.low > 1
    fewer = curves.share_saved(curve, reference, lambda _: 5.0)
    assert fewer.reach is Reach.WITHIN and fewer.value == pytest.approx(1e-3 - 1e-4)


def test_the_best_point_is_the_fastest_one_that_is_accurate_enough_or_the_most_accurate_one() -> None:
    found = counts([2.0, 6.0, 4.0], [100, 1, 1])
    assert curves.best_point(found, 1e-3) == 2
    assert curves.best_point(found, 1e-6) == 2
    assert curves.best_point(counts([], []), 1e-3) is None
