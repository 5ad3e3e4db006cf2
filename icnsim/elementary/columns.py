"""The elementary functions of columns, in blocks that stay in the cache."""

from collections.abc import Callable, Sequence
from functools import cache
from typing import Final

import numpy as np
from numpy.typing import ArrayLike, NDArray

from icnsim.elementary import coefficients as of

Floats = NDArray[np.float64]
Bits = NDArray[np.int64]

BLOCK: Final = 8192
"""Numbers that are computed at once. Twenty columns of them fit into a second-level cache."""
ROWS: Final = 12
"""The columns of intermediate results. They are allocated once for all blocks, because an allocator that returns memory
to the system between two operations makes a logarithm four times slower."""

Work = Floats
"""Intermediate results of one block; shape (ROWS, numbers)."""


def log(x: ArrayLike) -> Floats:
    """The natural logarithm; −∞ at 0 and NaN below. The error is below 0.6 units in the last place."""
    return _in_blocks(_log, x)


def log1p(x: ArrayLike) -> Floats:
    """ln(1 + x); −∞ at −1 and NaN below. The error is below 0.6 units in the last place."""
    return _in_blocks(_log1p, x)


def exp(x: ArrayLike) -> Floats:
    """The exponential function. The error is below 1 unit in the last place."""
    return _in_blocks(lambda part, work: _exp(part, 0.0, work), x)


def expm1(x: ArrayLike) -> Floats:
    """exp(x) − 1. The error is below 1 unit in the last place."""
    return _in_blocks(_expm1, x)


def power(x: ArrayLike, exponent: float) -> Floats:
    """x to a finite power, for x from 0 to ∞. The error is below 1 unit in the last place."""
    return _in_blocks(lambda part, work: _power(part, exponent, work), x)


def normal(p: ArrayLike) -> Floats:
    """The inverse of the standard normal distribution; −∞ at 0 and ∞ at 1.

    The relative error is below 10⁻¹⁵. Source: see `coefficients.CENTRAL`.
    """
    return _in_blocks(_normal, p)


def normal_share(x: ArrayLike) -> Floats:
    """The standard normal distribution function.

    The relative error is below 10⁻¹⁵. Source: see `coefficients.SHARE_CENTRAL`.
    """
    return _in_blocks(_normal_share, x)


def _in_blocks(function: Callable[[Floats, Work], Floats], x: ArrayLike) -> Floats:
    """The function of each number; the shape of the result is that of `x`."""
    given = np.asarray(x, dtype=np.float64)
    flat = np.ascontiguousarray(given).reshape(-1)
    found = np.empty(flat.shape)
    work = np.empty((ROWS, min(len(flat), BLOCK)))
    # Infinities and NaN are results, and the places that another formula fills may hold anything.
    with np.errstate(all="ignore"):
        for first in range(0, len(flat), BLOCK):
            part = flat[first : first + BLOCK]
            found[first : first + BLOCK] = function(part, work[:, : len(part)])
    return found.reshape(given.shape)


@cache
def _table() -> tuple[Floats, Floats, Floats]:
    """The columns of the table of logarithms."""
    inverse, high, low = (np.array(column) for column in zip(*of.logarithms(), strict=True))
    return inverse, high, low


def _log_parts(x: Floats, more: Floats | float, work: Work) -> tuple[Floats, Floats]:
    """ln x + `more` as the sum of two floats, for x normal and positive; `more` is below 2⁻⁵³.

    Rows 10 and 11 of `work` are not used: they may hold x and `more`. Rows 2 and 9 hold the result.
    """
    bits = x.view(np.int64)
    above: Bits = np.subtract(bits, of.LOWEST, out=work[0].view(np.int64))
    exponents: Bits = np.right_shift(above, of.EXPONENT_BITS, out=work[1].view(np.int64))
    k = work[2]
    k[:] = exponents
    above >>= of.PIECE_BITS
    above &= of.PIECES - 1
    inverse, log_high, log_low = (
        column.take(above, mode="clip", out=row) for column, row in zip(_table(), work[3:6], strict=True)
    )
    exponents <<= of.EXPONENT_BITS
    significand: Bits = np.subtract(bits, exponents, out=exponents)
    # z is the sum of 21 bits and a rest, so that both products with the 9 bits of the inverse are exact.
    np.add(significand, of.HALF_OF_LOW_WORD, out=above)
    above &= of.HIGH_WORD
    z_high, r_low = work[0], work[1]
    r_low -= z_high
    r_low *= inverse
    r_high = np.multiply(z_high, inverse, out=inverse)
    r_high -= 1.0
    r = np.add(r_high, r_low, out=work[0])
    second = np.multiply(k, of.LN2_HIGH, out=work[6])
    log_high += second
    np.add(log_high, r, out=second)
    # The sum of the first terms, and all that its additions round off.
    half_high = np.multiply(r_high, -0.5, out=work[7])
    square = np.multiply(r_high, half_high, out=work[8])
    high = np.add(second, square, out=work[9])
    low = np.multiply(k, of.LN2_LOW, out=k)
    low += log_low
    log_high -= second
    log_high += r
    low += log_high
    half_high += np.multiply(r, -0.5, out=log_high)
    r_low *= half_high
    low += r_low
    second -= high
    second += square
    low += second
    series = _series(r, work[3:6])
    series += more
    low += series
    return high, low


def _series(r: Floats, work: Work) -> Floats:
    """The terms from x³ to x⁹ of ln(1 + x); `work` has three rows, of which the first holds the result."""
    a3, a4, a5, a6, a7, a8, a9 = of.SERIES
    found: Floats = np.multiply(r, a8, out=work[0])
    q = np.multiply(r, r, out=work[1])
    found += a7
    found += np.multiply(q, a9, out=work[2])
    found *= q
    part = np.multiply(r, a6, out=work[2])
    part += a5
    found += part
    found *= q
    np.multiply(r, a4, out=part)
    part += a3
    found += part
    q *= r
    found *= q
    return found


def _log(x: Floats, work: Work) -> Floats:
    small = x < of.LEAST_NORMAL
    if small.any():
        usual = _log(np.where(small, 1.0, x), work)
        lifted = _log_parts(np.where(small & (x > 0), x * of.LIFT, 1.0), 0.0, work)
        k = -float(of.LIFTED)
        found = np.where(small, (lifted[0] + k * of.LN2_HIGH) + (lifted[1] + k * of.LN2_LOW), usual)
        return np.where(x == 0, -np.inf, np.where(x < 0, np.nan, found))
    high, low = _log_parts(x, 0.0, work)
    return np.where(x < np.inf, high + low, x)


def _log1p(x: Floats, work: Work) -> Floats:
    u = np.add(1.0, x, out=work[11])
    # The rounding error of u. The subtraction from the larger of both summands is exact.
    error = np.subtract(u, 1.0, out=work[10])
    np.subtract(x, error, out=error)
    least, most = x.min(), x.max()
    if not most < 1.0:
        error[:] = np.where(x < 1.0, error, 1.0 - (u - x))
    error /= u
    if least > -1.0 and most < np.inf:
        high, low = _log_parts(u, error, work)
        found: Floats = np.add(high, low, out=high)
        return found
    high, low = _log_parts(np.where(u > 0, u, 1.0), error, work)
    usual = np.where(u < np.inf, high + low, u)
    return np.where(u > 0, usual, np.where(u == 0, -np.inf, np.nan))


def _reduced(x: Floats, more: Floats | float, work: Work) -> tuple[Bits, Floats, Floats]:
    """The exponents k, and two numbers: e to the power of x + `more` is 2ᵏ (1 + high − low).

    Rows from 7 on are not used. Rows 6, 1 and 2 hold the result.
    """
    k = np.multiply(x, of.INVERSE_LN2, out=work[0])
    np.rint(k, out=k)
    high = np.multiply(k, of.LN2_HIGH, out=work[1])
    np.subtract(x, high, out=high)
    low = np.multiply(k, of.LN2_LOW, out=work[2])
    low -= more
    r = np.subtract(high, low, out=work[3])
    q = np.multiply(r, r, out=work[4])
    c = _polynomial(of.EXPONENTIAL, q, work[5])
    c *= q
    np.subtract(r, c, out=c)
    r *= c
    r /= np.subtract(2.0, c, out=c)
    low -= r
    whole: Bits = work[6].view(np.int64)
    whole[:] = k
    return whole, high, low


def _exp(x: Floats, more: Floats | float, work: Work) -> Floats:
    limited = np.fmax(x, of.SMALLEST, out=work[7])
    np.fmin(limited, of.LARGEST, out=limited)
    k, high, low = _reduced(limited, more, work)
    half: Bits = np.right_shift(k, 1, out=work[0].view(np.int64))
    k -= half
    low -= high
    found = np.subtract(1.0, low, out=low)
    # Two steps, because 2ᵏ itself may be subnormal or infinite. Only the second step rounds.
    found *= _power_of_two(half)
    found *= _power_of_two(k)
    np.copyto(found, x, where=np.isnan(x))
    return found


def _expm1(x: Floats, work: Work) -> Floats:
    k, high, low = _reduced(np.fmin(np.fmax(x, -of.NO_ONE), of.NO_ONE), 0.0, work)
    near = k == 0
    scale = _power_of_two(k)
    one, other = scale - 1.0, scale * high
    total = one + other
    back = total - one
    found = total + (((one - (total - back)) + (other - back)) - scale * low)
    found = np.where(near, high - low, found)
    large = x > of.NO_ONE
    if large.any():
        found = np.where(large, _exp(x, 0.0, work), found)
    return np.where(x == 0, x, np.where(np.isnan(x), x, found))


def _power_of_two(k: Bits) -> Floats:
    """2ᵏ for k from −1022 to 1023; `k` is overwritten."""
    k += of.ONE
    k <<= of.EXPONENT_BITS
    return k.view(np.float64)


def _power(x: Floats, y: float, work: Work) -> Floats:
    if y == 0:
        return np.ones_like(x)
    small = x < of.LEAST_NORMAL
    lifted = bool(small.any())
    usual = np.where(small, np.where(x > 0, x * of.LIFT, 1.0), x) if lifted else x
    high, low = _log_parts(np.where(usual < np.inf, usual, 1.0), 0.0, work)
    if lifted:
        k = np.where(small, -float(of.LIFTED), 0.0)
        exact = k * of.LN2_HIGH
        total = exact + high
        low = ((exact - total) + high) + (low + k * of.LN2_LOW)
        high = total
    y_high = float((np.float64(y).view(np.int64) & of.HIGH_26_BITS).view(np.float64))
    log_high = (high.view(np.int64) & of.HIGH_26_BITS).view(np.float64)
    log_low = (high - log_high) + low
    product = y_high * log_high
    rest = (y - y_high) * log_high + y * log_low
    found = _exp(product, np.where(np.abs(product) < of.BEYOND_RANGE, rest, 0.0), work)
    found = np.where(x == 0, 0.0 if y > 0 else np.inf, found)
    found = np.where(x == np.inf, np.inf if y > 0 else 0.0, found)
    return np.where(x >= 0, found, np.nan)


def _polynomial(coefficients: Sequence[float], x: Floats, out: Floats) -> Floats:
    """The polynomial, in `out`."""
    out[:] = coefficients[-1]
    for coefficient in coefficients[-2::-1]:
        out *= x
        out += coefficient
    return out


def _ratio(both: tuple[Sequence[float], Sequence[float]], x: Floats) -> Floats:
    return _polynomial(both[0], x, np.empty_like(x)) / _polynomial(both[1], x, np.empty_like(x))


def _normal(p: Floats, work: Work) -> Floats:
    q = p - 0.5
    found: Floats = q * _ratio(of.CENTRAL, of.CENTRAL_SQUARE - q * q)
    outside = np.flatnonzero(~(np.abs(q) <= of.CENTRAL_HALF))
    if len(outside):
        left = q[outside] < 0
        share = np.where(left, p[outside], 1.0 - p[outside])
        r = np.sqrt(-_log(share, work[:, : len(share)]))
        tail = _ratio(of.BEYOND, r - of.BEYOND_FROM)
        far = np.flatnonzero(r > of.FAR_FROM)
        tail[far] = _ratio(of.FAR, r[far] - of.FAR_FROM)
        tail = np.where(share == 0, np.inf, tail)
        found[outside] = np.where(left, -tail, tail)
    return found


def _normal_share(x: Floats, work: Work) -> Floats:
    found: Floats = 0.5 + x * _ratio(of.SHARE_CENTRAL, x * x)
    outside = np.flatnonzero(~(np.abs(x) <= of.SHARE_CENTRAL_TO))
    if len(outside):
        given = x[outside]
        y = np.abs(given)
        tail = _ratio(of.SHARE_BEYOND, y)
        far = np.flatnonzero(y > of.SHARE_FAR_FROM)
        square = 1.0 / (y[far] * y[far])
        tail[far] = (of.INVERSE_ROOT_2_PI - square * _ratio(of.SHARE_FAR, square)) / y[far]
        high = np.trunc(y * of.SIXTEENTHS) / of.SIXTEENTHS
        tail *= _exp(-0.5 * high * high, 0.0, work[:, : len(y)])
        tail *= _exp(-0.5 * (y - high) * (y + high), 0.0, work[:, : len(y)])
        tail = np.where(y == np.inf, 0.0, tail)
        found[outside] = np.where(given > 0, 1.0 - tail, tail)
    return found
