"""φ as Akka and Cassandra publish it, and the deadline as its exact inverse."""

from math import exp, log10

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from icnsim.protocol.detectors.phi import (
    PHI_FACTOR,
    exponential_phi,
    first_exponential,
    first_normal,
    logistic_exponent,
    normal_phi,
    normal_quantile,
)
from icnsim.protocol.detectors.window import Window

THRESHOLDS = st.floats(min_value=1e-12, max_value=300)
MEANS = st.floats(min_value=0.01, max_value=1e7)
DEVIATIONS = st.floats(min_value=1, max_value=1e6)


def published_normal(elapsed: float, mean: float, deviation: float) -> float:
    """Akka's expression, branch by branch."""
    y = (elapsed - mean) / deviation
    e = exp(-y * (1.5976 + 0.070566 * y * y))
    if elapsed > mean:
        return -log10(e / (1 + e))
    return -log10(1 - 1 / (1 + e))


def cdf(phi: float) -> float:
    return 1 - 10**-phi


# Published values: AccrualFailureDetectorSpec.scala of Akka, each to the tolerance that it states


@pytest.mark.parametrize(
    ("elapsed", "mean", "deviation", "probability", "tolerance"),
    [
        (0, 0, 10, 0.5, 0.001),
        (6, 0, 10, 0.7257, 0.001),
        (15, 0, 10, 0.9332, 0.001),
        (20, 0, 10, 0.97725, 0.001),
        (25, 0, 10, 0.99379, 0.001),
        (35, 0, 10, 0.99977, 0.001),
        (40, 0, 10, 0.99997, 0.0001),
        (22, 20, 3, 0.7475, 0.001),
    ],
)
def test_akkas_cumulative_distribution(
    elapsed: int, mean: float, deviation: float, probability: float, tolerance: float
) -> None:
    assert cdf(normal_phi(elapsed, mean, deviation)) == pytest.approx(probability, abs=tolerance)


@pytest.mark.parametrize(
    ("elapsed", "phi"), [(0, 0.0), (500, 0.1), (1000, 0.3), (1200, 1.6), (1400, 4.7), (1600, 10.8), (1700, 15.3)]
)
def test_akkas_realistic_values(elapsed: int, phi: float) -> None:
    assert normal_phi(elapsed, 1000, 100) == pytest.approx(phi, abs=0.1)


def test_akkas_outliers() -> None:
    assert normal_phi(10, 0, 1) == pytest.approx(38, abs=1)
    assert normal_phi(-25, 0, 1) == 0
    assert normal_phi(1100, 1000, 500) < normal_phi(1100, 1000, 100)


def test_akkas_guess_after_one_heartbeat() -> None:
    """Its history begins with 750 ms and 1250 ms; φ after 1, 2 and 3 s is 0.3 ± 0.2, 4.5 ± 0.3 and above 15."""
    history = Window(1000)
    history.add(750)
    history.add(1250)
    moments = history.moments
    mean, deviation = moments.mean, max(moments.deviation, 100)
    assert normal_phi(1000, mean, deviation) == pytest.approx(0.3, abs=0.2)
    assert normal_phi(2000, mean, deviation) == pytest.approx(4.5, abs=0.3)
    assert normal_phi(3000, mean, deviation) > 15


def test_akkas_expression_to_twelve_digits_where_it_is_accurate() -> None:
    for elapsed in range(1000, 3000, 7):
        assert normal_phi(elapsed, 1000, 100) == pytest.approx(published_normal(elapsed, 1000, 100), rel=1e-12)
    for elapsed in range(400, 1000, 7):  # its other branch subtracts nearly equal numbers
        assert normal_phi(elapsed, 1000, 100) == pytest.approx(published_normal(elapsed, 1000, 100), abs=1e-15)


def test_cassandras_arrival_window() -> None:
    """`ArrivalWindowTest`: 5 arrivals, 111 ms apart, in a window of 4 intervals; tolerance 0.01."""
    window = Window(4)
    for interval in (2000, 111, 111, 111, 111):  # the first is the initial value, which the window has dropped
        window.add(interval)
    assert exponential_phi(666 - 555, window.moments.mean) == pytest.approx(0.4342, abs=0.01)
    assert exponential_phi(3000 - 555, window.moments.mean) == pytest.approx(9.566, abs=0.01)
    assert pytest.approx(1 / 2.302585092994046) == PHI_FACTOR


# The inverse


@given(THRESHOLDS, MEANS, DEVIATIONS)
@example(8.0, 7784426.283589037, 520938.89667472756)  # rounding makes the first guess one too low
def test_the_normal_deadline_is_the_first_whole_time_at_the_threshold(
    threshold: float, mean: float, deviation: float
) -> None:
    first = first_normal(threshold, mean, deviation)
    quantile = normal_quantile(threshold)
    assert (first - 1 - mean) / deviation < quantile <= (first - mean) / deviation
    assert normal_phi(first, mean, deviation) >= threshold * (1 - 1e-12)
    assert normal_phi(first - 1, mean, deviation) <= threshold * (1 + 1e-12)


@given(THRESHOLDS)
def test_phi_at_the_quantile_is_the_threshold_to_twelve_digits(threshold: float) -> None:
    assert normal_phi(normal_quantile(threshold), 0, 1) == pytest.approx(threshold, rel=1e-12)


@given(st.floats(min_value=1e-6, max_value=15), st.integers(1, 10**6), st.integers(1, 10**5))
def test_the_deadline_is_where_akkas_own_expression_reaches_the_threshold(
    threshold: float, mean: int, deviation: int
) -> None:
    first = first_normal(threshold, mean, deviation)
    assert published_normal(first, mean, deviation) >= threshold - 1e-9
    assert published_normal(first - 1, mean, deviation) <= threshold + 1e-9


@given(THRESHOLDS, MEANS)
@example(1.0, 3275105.4555791393)  # rounding makes the first guess one too low
@example(12.0, 8579.161769137312)  # one too high
def test_the_exponential_deadline_is_the_first_whole_time_at_the_threshold(threshold: float, mean: float) -> None:
    first = first_exponential(threshold, mean)
    assert exponential_phi(first, mean) >= threshold > exponential_phi(first - 1, mean)


@given(THRESHOLDS, THRESHOLDS, MEANS, DEVIATIONS)
def test_a_higher_threshold_is_reached_no_earlier(one: float, other: float, mean: float, deviation: float) -> None:
    low, high = sorted((one, other))
    assert first_normal(low, mean, deviation) <= first_normal(high, mean, deviation)
    assert first_exponential(low, mean) <= first_exponential(high, mean)


@given(st.floats(-30, 30), st.floats(-30, 30))
def test_the_exponent_of_the_approximation_is_monotone_after_rounding(one: float, other: float) -> None:
    low, high = sorted((one, other))
    assert logistic_exponent(low) <= logistic_exponent(high)


def test_the_default_threshold_is_a_little_over_five_deviations() -> None:
    assert normal_quantile(8) == pytest.approx(5.225987, abs=1e-6)
    assert first_normal(8, 1000, 100) == 1523


@pytest.mark.parametrize("threshold", [5e-324, 1e-300, 1e-9, 300])
def test_no_threshold_gives_an_infinite_or_undefined_deadline(threshold: float) -> None:
    assert abs(first_normal(threshold, 1000, 100)) < 10_000
    assert normal_phi(first_normal(threshold, 1000, 100), 1000, 100) >= threshold


def test_a_mean_of_zero_makes_every_exponential_silence_suspicious() -> None:
    assert first_exponential(8, 0) == 1
