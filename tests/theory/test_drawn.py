"""The moments of draws against sums that are written out, and against draws."""

import math

import numpy as np
import pytest

from icnsim.draws.streams import draws
from icnsim.scenario.composite import Empirical, Mixture, Scaled
from icnsim.scenario.distributions import (
    Constant,
    Distribution,
    Exponential,
    Gamma,
    Lognormal,
    Normal,
    Pareto,
    Uniform,
    Weibull,
)
from icnsim.scenario.units import LONGEST_US
from icnsim.theory.drawn import drawn_mean, drawn_variance

SMALL: tuple[Distribution, ...] = (
    Constant(2.6),
    Uniform(0.2, 1.7),
    Uniform(1, 5),
    Exponential(1),
    Exponential(0.3),
    Normal(1, 2),
    Lognormal(1, 1),
    Gamma(2, 1),
    Weibull(1, 0.7),
    Pareto(1, 3.5),
    Empirical("f", "c", (0.4, 0.6, 3.2)),
    Mixture((1, 3), (Exponential(1), Constant(0.4))),
)


def test_an_exponential_of_one_microsecond_has_draws_of_mean_0_96() -> None:
    assert drawn_mean(Exponential(1)) == pytest.approx(1 / (math.exp(0.5) - math.exp(-0.5)), rel=1e-12)
    assert drawn_mean(Exponential(1)) == pytest.approx(0.9595, abs=1e-4)


@pytest.mark.parametrize("distribution", SMALL, ids=str)
def test_the_moments_are_those_of_a_million_draws(distribution: Distribution) -> None:
    """Each comparison fails with a probability of 2e-9 if the moments are right and the figures normal."""
    found = draws(7, "x", distribution, 1_000_000).astype(np.float64)
    mean, spread = drawn_mean(distribution), drawn_variance(distribution)
    assert abs(found.mean() - mean) <= 6 * found.std() / 1000 + 1e-12
    squares = (found - mean) ** 2
    assert abs(squares.mean() - spread) <= 6 * squares.std() / 1000 + 1e-9


def test_a_slow_executor_scales_a_draw_after_it_is_rounded() -> None:
    assert drawn_mean(Scaled(Exponential(1), 3)) == 3 * drawn_mean(Exponential(1))


@pytest.mark.parametrize("family", [Exponential, lambda mean: Gamma(mean, mean / 2), lambda mean: Weibull(mean, 2)])
def test_both_ways_of_computing_agree_where_they_meet(family: type[Exponential]) -> None:
    """The moments are proportional to the scale, but for rounding, which is 10⁻⁸ of them there."""
    below, above = family(8000), family(16_000)
    assert drawn_mean(above) == pytest.approx(2 * drawn_mean(below), rel=1e-7)
    assert drawn_variance(above) == pytest.approx(4 * drawn_variance(below), rel=1e-6)


def test_what_is_beyond_a_century_is_cut_off() -> None:
    mean = 0.5 * LONGEST_US
    assert drawn_mean(Exponential(mean)) == pytest.approx(mean * -math.expm1(-2), rel=1e-6)
    heavy = Pareto(1e5, 1.2)
    exact = 1e5 * (1 + (1 - (LONGEST_US / 1e5) ** -0.2) / 0.2)
    assert drawn_mean(heavy) == pytest.approx(exact, rel=1e-9)
    assert math.isinf(drawn_variance(heavy))
    assert math.isinf(drawn_mean(Pareto(1e5, 0.9)))


def test_a_small_heavy_tail_has_its_sum() -> None:
    """With alpha 1.5, the sum over k of (k + 1/2)^-1.5 and the first term, which is 1, by Hurwitz's zeta function."""
    from scipy.special import zeta

    assert drawn_mean(Pareto(1, 1.5)) == pytest.approx(1 + zeta(1.5, 1.5) - 2 * LONGEST_US**-0.5, rel=1e-6)
