"""The inverse of the gamma distribution: exact values, SciPy's values, and the same bits everywhere."""

import hashlib
from decimal import Decimal, localcontext
from fractions import Fraction

import numpy as np
import pytest
from scipy.special import gammaincinv

from icnsim.elementary import columns, gamma
from icnsim.scenario.distributions import Gamma

RNG = np.random.Generator(np.random.PCG64(20261130))
ENDS = [2.0**-53, 1e-12, 1 - 1e-12, 1 - 2.0**-53]
UNIFORMS = np.concatenate([RNG.random(400), ENDS])
EXACT = 1e-12


@pytest.mark.parametrize("shape", [1, 2, 9, 10, 40, 300])
def test_the_lower_tail_of_a_quantile_is_its_probability(shape):
    """With a whole shape the upper tail is e⁻ˣ (1 + x + … + xⁿ⁻¹ / (n − 1)!), computed here with 80 digits."""
    for u, x in zip(UNIFORMS[-40:].tolist(), gamma.of_mean_one(float(shape), UNIFORMS[-40:]).tolist()):
        with localcontext(prec=80):
            whole = Decimal(x) * shape
            term = total = Decimal(1)
            for k in range(1, shape):
                term = term * whole / k
                total += term
            wrong = 1 - (-whole).exp() * total - Decimal(u)
            slope = (-whole).exp() * term * whole  # of the distribution by ln x
        assert abs(Fraction(wrong) / Fraction(slope)) < EXACT, (u, x)


@pytest.mark.parametrize("shape", [0.01, 0.04, 0.25, 0.5, 0.75, 1.5, 3.3, 9.99, 10.01, 77.7, 2500.0, 9999.0, 1e4, 1e5])
def test_quantiles_are_those_of_scipy(shape):
    expected = gammaincinv(shape, UNIFORMS) / shape
    some = expected > 1e-250
    np.testing.assert_allclose(gamma.of_mean_one(shape, UNIFORMS)[some], expected[some], rtol=1e-11)


def test_the_expansion_continues_the_grid():
    below, above = (gamma.of_mean_one(shape, UNIFORMS) for shape in (np.nextafter(gamma.LARGE, 0), gamma.LARGE))
    np.testing.assert_allclose(below, above, rtol=1e-13)


@pytest.mark.parametrize("shape", [1e-300, 1e-9, 1e-4, 0.01, 0.3, 1.0, 50.0, 1e4, 1e9, 1e300])
def test_quantiles_are_finite_and_rise(shape):
    u = np.concatenate([[0.0, 1e-300, 1e-20], np.arange(1, 20_000) / 20_000, 1 - 2.0 ** -np.arange(15.0, 54.0)])
    found = gamma.of_mean_one(shape, u)
    assert found[0] == 0
    assert np.isfinite(found).all()
    assert (np.diff(found) >= -EXACT * found[1:]).all()


def test_a_draw_does_not_depend_on_its_place_or_on_its_block():
    u = RNG.random(columns.BLOCK + 1000)
    law = Gamma(2e6, 3e6)
    whole = law.ppf(u)
    np.testing.assert_array_equal(whole[7::3], law.ppf(u[7::3]))
    np.testing.assert_array_equal(whole[-1:], law.ppf(u[-1:]))


def test_the_moments_of_draws_are_those_of_the_distribution():
    """The middle of each of 10⁵ equal parts of the probability; their error is that of the tails."""
    values = Gamma(3.0, 6.0).ppf((np.arange(100_000) + 0.5) / 100_000)
    assert values.mean() == pytest.approx(3.0, rel=1e-4)
    assert values.std() == pytest.approx(6.0, rel=2e-3)


def test_the_bits_are_those_of_the_first_machine():
    x = np.arange(1, 2_001) / 2_011
    text = b"".join(gamma.of_mean_one(shape, x).astype("<f8").tobytes() for shape in (0.09, 1.0, 4.0, 60.0, 2e5))
    assert hashlib.sha256(text).hexdigest() == "be31f88ef35013d714d9d07ac38c02afd19f3dc2b62ea089920969383e05aea8"
