"""Rounds values as a user would: 60s, not 59.974s.

A value has two significant digits. If these are below 20, steps are half as large: 1.00, 1.05 … 1.95, 2.0, 2.1 … 9.9,
10.0, 10.5. Hence neighbours differ by at most 5 %.
"""

import math
from typing import Any, Final

from icnsim.scenario.variation import MEASURES, Range

HALVES_BELOW: Final = 2.0


def rounded(value: Any, levels: str) -> Any:
    """Round a value of a range. If the result is outside the range, it is replaced by the nearer end.

    Parameters
    ----------
    value : in the form of a scenario file. levels : the range, such as ``5s..120s``.
    """
    ends = Range.read(levels)
    if isinstance(value, str):
        measure = next(each for each in MEASURES if _reads(each.read, value))
        number = measure.read(value) / measure.per_unit
        return ends.write(_whole(_within(ends, _number(number) * measure.per_unit), ends))
    return ends.write(_whole(_within(ends, _number(float(value))), ends))


def _number(value: float) -> float:
    if not value:
        return 0.0
    exponent = math.floor(math.log10(abs(value)))
    mantissa = abs(value) / 10.0**exponent
    step = 20 if mantissa < HALVES_BELOW else 10
    # Division by a power of ten returns the float nearest to the decimal number.
    steps = round(mantissa * step)
    return math.copysign(float(f"{steps / step}e{exponent}"), value)


def _within(ends: Range, value: float) -> float:
    return min(ends.high, max(ends.low, value))


def _whole(value: float, ends: Range) -> float:
    return round(value) if ends.step else value


def _reads(read: Any, value: str) -> bool:
    try:
        read(value)
    except ValueError:
        return False
    return True
