"""The elementary functions: accuracy against decimal arithmetic, and the same bits in columns as for single numbers."""

import hashlib
import math
from collections.abc import Callable
from decimal import Context, Decimal, localcontext
from fractions import Fraction
from typing import Final

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from icnsim.elementary import columns, single

EXACT: Final = Context(prec=80, Emin=-999999, Emax=999999)
RNG: Final = np.random.Generator(np.random.PCG64(20261130))
UNIFORMS: Final = RNG.random(400)
POSITIVE: Final = np.concatenate(
    [
        np.ldexp(0.5 + UNIFORMS / 2, RNG.integers(-1073, 1025, 400)),
        1 + np.ldexp(UNIFORMS[:200] - 0.5, RNG.integers(-52, 1, 200)),
        np.ldexp(1 + np.arange(0, 128) / 128, -1),
        [
            5e-324,
            2.0**-1022,
            np.nextafter(2.0**-1022, 0),
            np.nextafter(1, 0),
            np.nextafter(1, 2),
            1.7976931348623157e308,
        ],
    ]
)
ABOVE_MINUS_1: Final = np.concatenate([-UNIFORMS, UNIFORMS, POSITIVE, -np.ldexp(UNIFORMS, RNG.integers(-1060, 0, 400))])
EXPONENTS: Final = np.concatenate(
    [
        RNG.uniform(-745, 709.7, 600), RNG.uniform(-1, 1, 300), np.ldexp(UNIFORMS, RNG.integers(-80, 3, 400)),
        np.arange(-50, 51) * math.log(2) / 2, [709.782712893384, -708.4, -745.13, 0.34657359027997264],
    ]
)  # fmt: skip
WITHIN_1: Final = 1.0
NEARLY_EXACT: Final = 0.6


def off(found: float, exact: Decimal) -> float:
    """The distance of a result from the exact value, in units in the last place of the result."""
    return float(abs(Fraction(found) - Fraction(exact)) / Fraction(math.ulp(found)))


def exact_power(x: float, y: float) -> Decimal:
    return EXACT.exp(EXACT.multiply(EXACT.ln(Decimal(x)), Decimal(y)))


def exact_log1p(x: float) -> Decimal:
    """ln(1 + x); the sum is exact for every float, because 1 100 digits hold it."""
    with localcontext(prec=1100):
        total = 1 + Decimal(x)
    if abs(x) < 1e-30:
        return Decimal(x) - Decimal(x) * Decimal(x) / 2
    return EXACT.ln(EXACT.plus(total))


def exact_expm1(x: float) -> Decimal:
    if abs(x) < 1e-15:
        exact = Decimal(x)
        return EXACT.add(exact, EXACT.multiply(exact, exact) / 2 + EXACT.power(exact, 3) / 6)
    return EXACT.subtract(EXACT.exp(Decimal(x)), Decimal(1))


CASES: Final[tuple[tuple[str, np.ndarray, Callable[[float], Decimal], float], ...]] = (
    ("log", POSITIVE, lambda x: EXACT.ln(Decimal(x)), NEARLY_EXACT),
    ("log1p", ABOVE_MINUS_1, exact_log1p, NEARLY_EXACT),
    ("exp", EXPONENTS, lambda x: EXACT.exp(Decimal(x)), WITHIN_1),
    ("expm1", EXPONENTS, exact_expm1, WITHIN_1),
)


@pytest.mark.parametrize(("name", "x", "exact", "limit"), CASES, ids=lambda part: part if isinstance(part, str) else "")
def test_a_function_is_within_its_limit_of_the_exact_value(name, x, exact, limit):
    found = getattr(columns, name)(x)
    worst = max((off(each, exact(value)), value) for each, value in zip(found.tolist(), x.tolist()) if each)
    assert worst[0] < limit


@pytest.mark.parametrize("y", [0.5, 2.0, -1.0, 1 / 3, -1 / 0.9, -1 / 1.5, 7.25, -40.0, 1e-5])
def test_a_power_is_within_one_unit_of_the_exact_value(y):
    found = columns.power(POSITIVE, y)
    pairs = [(a, x) for a, x in zip(found.tolist(), POSITIVE.tolist()) if math.isfinite(a) and a > 0]
    assert len(pairs) > 50
    assert max(off(a, exact_power(x, y)) for a, x in pairs) < WITHIN_1


def test_the_normal_quantile_is_the_inverse_of_the_exact_distribution():
    """The distribution's series at the quantile gives the share again, to 10⁻¹⁵ relative in the quantile."""
    for p in [1e-300, 1e-20, 2.0**-53, 1e-3, 0.074, 0.076, 0.3, 0.45, 0.500001, 0.62, 0.93, 0.999]:
        x = Decimal(single.normal(p))
        with localcontext(EXACT):
            wrong = lower_tail(x) - Decimal(p)
            assert abs(wrong / density(x) / x) < Decimal("1e-15"), p


def test_the_normal_distribution_is_exact_to_fifteen_digits():
    for x in [-37.0, -8.3, -5.7, -5.65, -3.0, -0.67, -0.66, -1e-9, 0.0, 0.3, 0.7, 2.0, 4.9]:
        found = float(columns.normal_share(x))
        with localcontext(EXACT):
            exact = lower_tail(Decimal(x))
            assert abs(Decimal(found) / exact - 1) < Decimal("1e-15"), x


def density(x: Decimal) -> Decimal:
    pi = Decimal("3.14159265358979323846264338327950288419716939937510582097494459230781640628620899862803")
    return EXACT.exp(-x * x / 2) / (2 * pi).sqrt()


def lower_tail(x: Decimal) -> Decimal:
    """Φ(x): 1/2 + φ(x) (x + x³/3 + x⁵/15 + …) near 0, and the continued fraction of the tail far below."""
    if x > -5:
        term = total = x
        for n in range(1, 400):
            term = term * x * x / (2 * n + 1)
            total += term
        return Decimal("0.5") + density(x) * total
    fraction = Decimal(0)
    for n in range(600, 0, -1):
        fraction = n / (fraction - x)
    return density(x) / (fraction - x)


@pytest.mark.parametrize("name", ["log", "log1p", "exp", "expm1", "normal"])
def test_single_numbers_and_columns_have_the_same_bits(name):
    ends = [0.0, -0.0, 1.0, -1.0, 0.5, math.inf, -math.inf, math.nan, 5e-324, -5e-324, 1e308, -1e308, 800.0, -800.0]
    x = np.concatenate([POSITIVE, ABOVE_MINUS_1, EXPONENTS, UNIFORMS, ends])
    column = getattr(columns, name)(x)
    alone = np.array([getattr(single, name)(each) for each in x.tolist()])
    np.testing.assert_array_equal(column, alone)
    np.testing.assert_array_equal(np.signbit(column[~np.isnan(column)]), np.signbit(alone[~np.isnan(alone)]))


@settings(max_examples=200, deadline=None)
@given(x=st.floats(), y=st.floats(allow_nan=False, allow_infinity=False))
def test_single_numbers_and_columns_have_the_same_bits_for_every_float(x, y):
    for name in ("log", "log1p", "exp", "expm1", "normal"):
        np.testing.assert_array_equal(getattr(columns, name)([x]), [getattr(single, name)(x)])
    np.testing.assert_array_equal(columns.power([x], y), [single.power(x, y)])


def test_a_result_does_not_depend_on_its_place_or_on_its_block():
    u = RNG.random(columns.BLOCK + 1000)
    for name in ("log", "log1p", "exp", "normal"):
        function = getattr(columns, name)
        whole = function(u)
        np.testing.assert_array_equal(whole[7::3], function(u[7::3]))
        np.testing.assert_array_equal(whole[::-1], function(u[::-1]))


def test_the_ends_of_the_domains_are_limits():
    assert columns.log([0.0, 1.0, math.inf]).tolist() == [-math.inf, 0.0, math.inf]
    assert columns.log1p([-1.0, 0.0, math.inf]).tolist() == [-math.inf, 0.0, math.inf]
    assert columns.exp([-math.inf, 0.0, math.inf]).tolist() == [0.0, 1.0, math.inf]
    assert columns.power([0.0, 1.0, math.inf], -0.5).tolist() == [math.inf, 1.0, 0.0]
    assert columns.normal([0.0, 0.5, 1.0]).tolist() == [-math.inf, 0.0, math.inf]
    assert columns.normal_share([-math.inf, 0.0, math.inf]).tolist() == [0.0, 0.5, 1.0]
    assert np.isnan(columns.normal_share([math.nan])).all()
    assert np.isnan(columns.log([-1.0])).all() and np.isnan(columns.log1p([-2.0])).all()


def test_the_bits_are_those_of_the_first_machine():
    """Guards against a machine that rounds an operation differently, such as by a fused product and sum."""
    x = np.arange(1, 20_001) / 20_011
    text = b"".join(
        each.astype("<f8").tobytes()
        for each in (columns.log(x), columns.log1p(-x), columns.exp(40 * x), columns.power(x, -0.7), columns.normal(x))
    )
    assert hashlib.sha256(text).hexdigest() == "2b2affba3767b8973616d0951b74f8e99cfe297dd17697012dc1ea3220b8bf69"
