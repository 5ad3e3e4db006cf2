"""The window's mean and variance: those of Akka's tests, and exact where a running float sum would drift."""

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from icnsim.protocol.detectors.window import Moments, Window


def filled(size: int, *values: int) -> Window:
    window = Window(size)
    for value in values:
        window.add(value)
    return window


def test_the_statistics_of_akkas_heartbeat_history() -> None:
    """`AccrualFailureDetectorSpec`, "Statistics for heartbeats", to its precision of 10^−5."""
    moments = filled(20, 100, 200, 125, 340, 130).moments
    assert (moments.mean, moments.variance) == (179, 7584)
    assert filled(600, 1000).moments.variance == 0
    window = filled(3, 100, 110, 90)
    for value, mean, variance in ((None, 100, 66.6666667), (140, 113.333333, 422.222222), (80, 103.333333, 688.888889)):
        if value is not None:
            window.add(value)
        assert window.moments.mean == pytest.approx(mean, abs=1e-5)
        assert window.moments.variance == pytest.approx(variance, abs=1e-5)


@given(st.integers(1, 5), st.lists(st.integers(-(10**15), 10**15), min_size=1, max_size=30))
def test_the_moments_are_those_of_the_newest_values_correctly_rounded(size: int, values: list[int]) -> None:
    kept = values[-size:]
    window = filled(size, *values)
    mean = Fraction(sum(kept), len(kept))
    assert len(window) == len(kept)
    assert window.moments == Moments(len(kept), sum(kept), sum(value * value for value in kept))
    assert window.moments.mean == float(mean)
    assert window.moments.variance == float(sum((value - mean) ** 2 for value in kept) / len(kept))


def test_the_variance_of_equal_large_values_is_zero() -> None:
    moments = filled(7, *[10**12 + 1] * 100).moments
    assert (moments.variance, moments.deviation) == (0, 0)
