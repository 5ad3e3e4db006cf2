"""The elementary functions of one number: the same bits as `columns`, without NumPy.

The results at the ends of the domains are those of `columns`. No function raises an error.
"""

import math
import struct
from collections.abc import Sequence
from typing import Final

from icnsim.elementary import coefficients as of

_FLOAT: Final = struct.Struct("<d")
_BITS: Final = struct.Struct("<q")


def log(x: float) -> float:
    """The natural logarithm; −∞ at 0 and NaN below."""
    if not 0 < x < math.inf:
        return x if x == math.inf else -math.inf if x == 0 else math.nan
    if x < of.LEAST_NORMAL:
        high, low = _log_parts(x * of.LIFT, 0.0)
        return (high + -of.LIFTED * of.LN2_HIGH) + (low + -of.LIFTED * of.LN2_LOW)
    high, low = _log_parts(x, 0.0)
    return high + low


def log1p(x: float) -> float:
    """ln(1 + x); −∞ at −1 and NaN below."""
    u = 1.0 + x
    if not 0 < u < math.inf:
        return u if u == math.inf else -math.inf if u == 0 else math.nan
    error = x - (u - 1.0) if abs(x) < 1.0 else 1.0 - (u - x)
    high, low = _log_parts(u, error / u)
    return high + low


def exp(x: float) -> float:
    """The exponential function."""
    return _exp(x, 0.0)


def expm1(x: float) -> float:
    """exp(x) − 1."""
    if x == 0 or math.isnan(x):
        return x
    if x > of.NO_ONE:
        return _exp(x, 0.0)
    k, high, low = _reduced(max(x, -of.NO_ONE), 0.0)
    if k == 0:
        return high - low
    scale = math.ldexp(1.0, k)
    one, other = scale - 1.0, scale * high
    total = one + other
    back = total - one
    return total + (((one - (total - back)) + (other - back)) - scale * low)


def power(x: float, y: float) -> float:
    """x to a finite power, for x from 0 to ∞."""
    if y == 0:
        return 1.0
    if not 0 < x < math.inf:
        if x == 0:
            return 0.0 if y > 0 else math.inf
        return (math.inf if y > 0 else 0.0) if x == math.inf else math.nan
    if x < of.LEAST_NORMAL:
        high, low = _log_parts(x * of.LIFT, 0.0)
        exact = -of.LIFTED * of.LN2_HIGH
        total = exact + high
        low = ((exact - total) + high) + (low + -of.LIFTED * of.LN2_LOW)
        high = total
    else:
        high, low = _log_parts(x, 0.0)
    y_high, log_high = _float(_bits(y) & of.HIGH_26_BITS), _float(_bits(high) & of.HIGH_26_BITS)
    log_low = (high - log_high) + low
    product = y_high * log_high
    return _exp(product, (y - y_high) * log_high + y * log_low if abs(product) < of.BEYOND_RANGE else 0.0)


def normal(p: float) -> float:
    """The inverse of the standard normal distribution; −∞ at 0 and ∞ at 1."""
    q = p - 0.5
    if abs(q) <= of.CENTRAL_HALF:
        return q * _ratio(of.CENTRAL, of.CENTRAL_SQUARE - q * q)
    share = p if q < 0 else 1.0 - p
    if not share > 0:
        return math.nan if share != 0 else math.copysign(math.inf, q)
    r = math.sqrt(-log(share))
    tail = _ratio(of.FAR, r - of.FAR_FROM) if r > of.FAR_FROM else _ratio(of.BEYOND, r - of.BEYOND_FROM)
    return -tail if q < 0 else tail


def hump(share: float) -> float:
    """(1 − cos 2πs) / 2 for s in [0, 1]: 0 at both ends and 1 in the middle.

    This is the square of sin πs. The series of the sine has a relative error below 10⁻¹⁵ up to π/4.
    """
    folded = min(share, 1.0 - share)
    x = math.pi * min(folded, 0.5 - folded)
    sine = x * _polynomial(of.SINE, x * x)
    return sine * sine if folded <= 0.25 else 1.0 - sine * sine


def _bits(x: float) -> int:
    found: int = _BITS.unpack(_FLOAT.pack(x))[0]
    return found


def _float(bits: int) -> float:
    found: float = _FLOAT.unpack(_BITS.pack(bits))[0]
    return found


def _log_parts(x: float, more: float) -> tuple[float, float]:
    """ln x + `more` as the sum of two floats, for x normal and positive; `more` is below 2⁻⁵³."""
    bits = _bits(x)
    above = bits - of.LOWEST
    exponent = above >> of.EXPONENT_BITS
    inverse, log_high, log_low = of.logarithms()[(above >> of.PIECE_BITS) & (of.PIECES - 1)]
    significand = bits - (exponent << of.EXPONENT_BITS)
    z, k = _float(significand), float(exponent)
    z_high = _float((significand + of.HALF_OF_LOW_WORD) & of.HIGH_WORD)
    r_high = z_high * inverse - 1.0
    r_low = (z - z_high) * inverse
    r = r_high + r_low
    first = k * of.LN2_HIGH + log_high
    second = first + r
    half, half_high = -0.5 * r, -0.5 * r_high
    square = r_high * half_high
    high = second + square
    a3, a4, a5, a6, a7, a8, a9 = of.SERIES
    q = r * r
    series = (q * r) * ((((r * a8 + a7) + q * a9) * q + (r * a6 + a5)) * q + (r * a4 + a3))
    low = (k * of.LN2_LOW + log_low) + (first - second + r) + r_low * (half + half_high) + (second - high + square)
    return high, low + (series + more)


def _reduced(x: float, more: float) -> tuple[int, float, float]:
    """The exponent k, and two numbers: e to the power of x + `more` is 2ᵏ (1 + high − low)."""
    k = round(x * of.INVERSE_LN2)
    high = x - k * of.LN2_HIGH
    low = k * of.LN2_LOW - more
    r = high - low
    q = r * r
    c = r - q * _polynomial(of.EXPONENTIAL, q)
    return k, high, low - r * c / (2.0 - c)


def _exp(x: float, more: float) -> float:
    if math.isnan(x):
        return x
    k, high, low = _reduced(min(max(x, of.SMALLEST), of.LARGEST), more)
    half = k >> 1
    return (1.0 - (low - high)) * math.ldexp(1.0, half) * math.ldexp(1.0, k - half)


def _polynomial(coefficients: Sequence[float], x: float) -> float:
    found = coefficients[-1]
    for coefficient in coefficients[-2::-1]:
        found = found * x + coefficient
    return found


def _ratio(both: tuple[Sequence[float], Sequence[float]], x: float) -> float:
    return _polynomial(both[0], x) / _polynomial(both[1], x)
