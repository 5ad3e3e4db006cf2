"""Closed forms against independent computations."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from icnsim.analysis import theory
from icnsim.analysis.convolution import sum_of
from icnsim.scenario.distributions import Constant, Exponential, Gamma, Pareto, Uniform


def test_a_uniform_delay_has_the_stated_mean_variance_and_quantiles() -> None:
    uniform = stats.uniform(0, 30)
    assert theory.detection_latency_mean(30) == uniform.mean()
    assert theory.detection_latency_variance(30) == pytest.approx(uniform.var())
    assert theory.detection_latency_quantile(30, 0.95) == pytest.approx(uniform.ppf(0.95))
    assert theory.detection_total(60, 30, 1.0) == 90


@given(st.floats(1, 1000), st.floats(0.1, 100), st.floats(1e-4, 1))
def test_the_mean_of_a_truncated_life_is_the_integral_of_its_survival(
    retention: float, interval: float, rate: float
) -> None:
    ages = np.linspace(0, retention + interval, 200_001)
    alive = np.clip((retention + interval - ages) / interval, 0, 1) * np.exp(-rate * ages)
    assert theory.truncated_life_mean(retention, interval, rate) == pytest.approx(np.trapezoid(alive, ages), rel=1e-3)


def test_a_record_that_a_tick_ended_lives_whole_intervals() -> None:
    assert theory.record_life_after_tick(300, 30) == 300
    assert theory.record_life_after_tick(301, 30) == 330


def test_the_sum_of_three_uniforms_is_irwin_hall() -> None:
    found = sum_of([Uniform(0, 1)] * 3, 3.0)
    points = np.array([0.5, 1.0, 1.5, 2.2])
    exact = 1 - np.array([0.5**3 / 6, 1 / 6, 0.5, 1 - 0.8**3 / 6])
    assert found.exceeds(points) == pytest.approx(exact, abs=2e-3)


def test_the_sum_of_exponentials_is_gamma() -> None:
    found = sum_of([Exponential(2.0), Exponential(2.0), Constant(1.0)], 30.0)
    points = np.array([1.0, 3.0, 10.0, 25.0])
    assert found.exceeds(points) == pytest.approx(stats.gamma(2, scale=2).sf(points - 1), abs=2e-3)


@given(st.floats(0.3, 3), st.floats(0.1, 2))
def test_bounds_of_a_sum_enclose_and_rise(alpha: float, spread: float) -> None:
    found = sum_of([Pareto(0.2, alpha), Gamma(1.0, spread), Uniform(1, 2)], 20.0)
    assert (found.below <= found.above + 1e-9).all()
    assert (np.diff(found.above) >= -1e-9).all()
    assert (found.above - found.below).max() < 0.05
    assert math.isclose(found.above[0], 0.0, abs_tol=1e-9)
