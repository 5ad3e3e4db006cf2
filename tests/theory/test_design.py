"""Closed forms against independent computations."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from icnsim.scenario.distributions import Constant, Exponential, Gamma, Pareto, Uniform
from icnsim.theory import design
from icnsim.theory.convolution import sum_of


def test_a_uniform_delay_has_the_stated_mean_variance_and_quantiles() -> None:
    uniform = stats.uniform(0, 30)
    assert design.detection_latency_mean(30) == uniform.mean()
    assert design.detection_latency_variance(30) == pytest.approx(uniform.var())
    assert design.detection_latency_quantile(30, 0.95) == pytest.approx(uniform.ppf(0.95))
    assert design.detection_total(60, 30, 1.0) == 90


@given(st.floats(1, 300), st.floats(0.1, 100), st.floats(0.01, 50))
def test_the_records_held_in_steady_state_are_rate_times_mean_life(low: float, width: float, rate: float) -> None:
    """Little's law for lives uniform on [low, low + width]; from the start on, fewer are held."""
    longest = low + width

    def alive(ages: design.Floats) -> design.Floats:
        return np.clip((longest - ages) / width, 0, 1)

    steady = design.records_held(rate, alive, longest, 10 * longest)
    assert steady == pytest.approx(rate * (low + width / 2), rel=1e-3)
    assert design.records_held(rate, alive, 0, longest) < steady


def test_a_reply_that_is_exponential_is_too_late_as_often_as_the_integral_says() -> None:
    mean, timeout, interval = 20.0, 60.0, 30.0
    exact = mean / interval * (math.exp(-timeout / mean) - math.exp(-(timeout + interval) / mean))
    found = design.false_positive_probability([Exponential(mean)], timeout, interval)
    assert found == pytest.approx(exact, rel=1e-3)
    assert design.false_positive_probability([Uniform(1, 2), Constant(58.0)], timeout, interval) == 0


def test_the_mean_and_the_variance_of_a_sum_are_the_sums() -> None:
    parts = [Uniform(1e6, 5e6), Exponential(2e6), Constant(3e6)]
    assert design.duration_mean(parts) == pytest.approx(8e6)
    assert design.duration_variance(parts) == pytest.approx((16 / 12 + 4) * 1e12)
    assert design.outlasts([Uniform(0, 10), Constant(1.0)], 8.0) == pytest.approx(0.3, abs=2e-3)
    assert design.outlasts([Uniform(0, 10), Constant(0.0)], 0.0) == 1
    assert design.outlasts([Constant(0.0)], 0.0) == 0


def test_costs_memory_and_success_are_plain_arithmetic() -> None:
    assert design.tick_cost(10e-6, 10e-6, 5e-6, 100, 100) == pytest.approx(1.51e-3)
    assert design.cpu_share(design.ticks(4, 300, 30) * 1.5e-3, 4, 300) == pytest.approx(0.005e-2)
    assert design.memory(100, 100) == 10_000
    assert design.success_rate(0.9, 0.0, 0.1) == pytest.approx(0.9)
    assert design.success_rate(0.0, 0.0, 0.0) == 0


def test_a_record_that_a_tick_ended_lives_whole_intervals() -> None:
    assert design.record_life_after_tick(300, 30) == 300
    assert design.record_life_after_tick(301, 30) == 330


def test_the_sum_of_three_uniforms_is_irwin_hall() -> None:
    found = sum_of([Uniform(0, 1)] * 3, 3.0)
    points = np.array([0.5, 1.0, 1.5, 2.2])
    exact = 1 - np.array([0.5**3 / 6, 1 / 6, 0.5, 1 - 0.8**3 / 6])
    assert found.exceeds(points) == pytest.approx(exact, abs=2e-3)


def test_the_sum_of_exponentials_is_gamma() -> None:
    found = sum_of([Exponential(2.0), Exponential(2.0), Constant(1.0)], 30.0)
    points = np.array([1.0, 3.0, 10.0, 25.0])
    assert found.exceeds(points) == pytest.approx(stats.gamma(2, scale=2).sf(points - 1), abs=2e-3)


@settings(max_examples=40)
@given(st.floats(0.3, 3), st.floats(0.1, 2))
def test_bounds_of_a_sum_enclose_and_rise(alpha: float, spread: float) -> None:
    found = sum_of([Pareto(0.2, alpha), Gamma(1.0, spread), Uniform(1, 2)], 20.0)
    assert (found.below <= found.above + 1e-9).all()
    assert (np.diff(found.above) >= -1e-9).all()
    assert (found.above - found.below).max() < 0.05
    assert math.isclose(found.above[0], 0.0, abs_tol=1e-9)
