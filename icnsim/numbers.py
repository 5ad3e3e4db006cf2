"""How a figure is printed for a reader: enough digits, a unit that fits, and never an exponent after a unit.

A figure has at least three significant digits. Durations below a second are in ms or µs, sizes are in B, kB, MB or GB,
shares are in per cent. 100 % and 0 % are printed only for exactly 1 and 0. A command or a file needs the exact value
instead: see `exact`.
"""

import math
import re
from collections.abc import Iterable, Mapping
from decimal import ROUND_HALF_EVEN, Decimal
from numbers import Integral
from typing import Any, Final

CPU: Final = "µs/s"
"""Unit of a share of a core: µs of CPU time per second."""
SCALES: Final = {"%": 100.0, CPU: 1e6}
"""Factors from a figure's value to the unit in which it is shown, for the units that have one."""
NONE: Final = "-"
"""The text of a figure without a value."""
UNKNOWN: Final = "[not known]"
"""The text in place of an interval."""
DIGITS: Final = 3
"""The fewest significant digits of a figure."""
MOST_DIGITS: Final = 17
"""Significant digits that distinguish every float from its neighbours."""
NOISE: Final = 1e-15
"""A share or a duration in seconds that is nearer to zero is an error of rounding: the least real one is 1 µs or one
of some 10¹² attempts."""

_NUMBERS: Final = re.compile(r"-?[0-9][0-9.]*(?:e[-+][0-9]+)?")
_STEPS: Final[dict[str, tuple[tuple[float, str], ...]]] = {
    "s": ((1.0, "s"), (1e-3, "ms"), (1e-6, "µs")),
    "B": ((1e9, "GB"), (1e6, "MB"), (1e3, "kB"), (1.0, "B")),
}
"""For each quantity with several units, the value and the name of each, the largest first."""


def figure(value: Any, unit: str, *, scale_of: float | None = None, apart_from: Iterable[float] = ()) -> str:
    """Format a figure for a reader.

    Parameters
    ----------
    value : in seconds, bytes, or as a plain number or a share; None or NaN is printed as "-".
    unit : s, B, % for a share, µs/s for a share of a core, or the unit of a plain number.
    scale_of : select the unit of the text by this value instead, such as the mean of which `value` is a half-width.
    apart_from : add digits until the text differs from those of these values, such as a limit that is missed.
    """
    if value is None or (isinstance(value, float) and math.isnan(value)):
        return NONE
    if isinstance(value, float) and math.isinf(value):
        return f"{'-' if value < 0 else ''}∞ {unit}".rstrip()
    if unit in ("%", "s") and abs(value) < NOISE:
        value = 0
    others = {float(other) for other in apart_from} - {float(value)}
    digits = DIGITS
    text = _figure(value, unit, scale_of, digits)
    while digits < MOST_DIGITS and any(text == _figure(other, unit, scale_of, digits) for other in others):
        digits += 1
        text = _figure(value, unit, scale_of, digits)
    return text


def checked(expectation: Mapping[str, Any], unit: str = "") -> str:
    """Format the figure that an expectation of summary.json found, with digits that separate it from a missed limit."""
    limits = [float(number) for number in _NUMBERS.findall(expectation["expected"])]
    if "±" in expectation["expected"]:
        about, within = limits
        limits = [about - within, about + within]
    return figure(expectation["found"], unit, apart_from=() if expectation["held"] else limits)


def expected(expectation: Mapping[str, Any], unit: str) -> str:
    """Format the bound of an expectation of summary.json with the unit of its figure."""

    def with_unit(found: re.Match[str]) -> str:
        return as_given(float(found[0]) * SCALES.get(unit, 1.0), unit)

    return _NUMBERS.sub(with_unit, expectation["expected"])


def number(value: float, unit: str) -> str:
    """Format a figure that is already in the unit that its axis or column names: without the unit."""
    if math.isnan(value):
        return NONE
    return _share(value / SCALES[unit], DIGITS, 0) if unit == "%" and math.isfinite(value) else brief(value)


def signed(value: float, unit: str) -> str:
    """Format a difference with its sign."""
    return f"{'+' if value > 0 else ''}{figure(value, unit)}"


def whole(value: float) -> str:
    """Format a count, or a size of which a reader needs no fraction, such as the wall time of a long run in seconds."""
    return f"{round(value):,}"


def scaled(value: float, unit: str) -> str:
    """Format a figure that is already in the unit in which it is shown, such as 12.5 for 12.5 %."""
    return figure(float(value) / SCALES.get(unit, 1.0), unit)


def as_given(value: float, unit: str) -> str:
    """Format a limit or a setting in the unit in which it is shown, with all of its digits but no error of scaling."""
    return f"{grouped(float(f'{value:.12g}'))} {unit}".rstrip()


def share_difference(value: float, *, scale_of: float | None = None) -> str:
    """Format a difference of two shares, in percentage points."""
    return figure(value, "%", scale_of=scale_of).replace(" %", " pp")


def interval(low: float, high: float, unit: str) -> str:
    """Format the two ends of an interval; a unit that both have is printed once."""
    first, second = figure(low, unit), figure(high, unit)
    if first.partition(" ")[2] == second.partition(" ")[2]:
        first = first.partition(" ")[0]
    return f"[{first}, {second}]"


def brief(value: float) -> str:
    """Format a plain number in three significant digits, or more where the whole part has more."""
    return _decimal(value, DIGITS) if math.isfinite(value) else figure(value, "")


def exact(value: float) -> str:
    """The shortest decimal that reads as the same number, without an exponent, as commands and files need it."""
    if not isinstance(value, float):
        return str(value)
    text = f"{Decimal(repr(value)):f}"
    return text.removesuffix(".0") if "." in text else text


def rounded(value: float, digits: int) -> str:
    """The number in at most `digits` significant digits, without an exponent."""
    return exact(float(f"{value:.{digits}g}")) if math.isfinite(value) else str(value)


def grouped(value: float) -> str:
    """The exact number with commas between its thousands: two numbers that differ never have the same text."""
    return f"{value:,}" if isinstance(value, int) else f"{Decimal(exact(float(value))):,f}"


def _figure(value: float, unit: str, scale_of: float | None, digits: int) -> str:
    if unit in _STEPS:
        size = abs(float(f"{scale_of or value:.{DIGITS - 1}e}"))  # 0.9999 s are 1.000 s, not 1,000 ms
        scale, name = next((step for step in _STEPS[unit] if size >= step[0]), _STEPS[unit][-1])
        if not size or name == "s":
            return f"{_thousandths(float(value), digits)} {unit}"
        return f"{_decimal(value / scale, digits if scale <= 1 else max(digits, 4))} {name}"
    if unit == "%":
        return f"{_share(value, digits, 3)} %"
    if unit == CPU:
        return f"{_decimal(value * SCALES[CPU], digits)} {CPU}"
    if isinstance(value, Integral):
        return f"{value:,} {unit}".rstrip()
    if value and abs(value) < 1e-6 and not unit:
        return f"{value:.{digits - 1}e} {unit}".rstrip()
    return f"{_thousandths(value, digits)} {unit}".rstrip()


def _decimal(value: float, digits: int) -> str:
    """At least `digits` significant digits, all those before the point, and no exponent."""
    return f"{value:,.{max(0, digits - 1 - _exponent(value))}f}" if value else "0"


def _thousandths(value: float, digits: int) -> str:
    """The same with three decimals below 1000 and one above."""
    return _decimal(value, max(digits, _exponent(value) + (4 if abs(value) < 1000 else 2)))


def _exponent(value: float) -> int:
    """The power of ten of the first digit, as the value is rounded to three digits."""
    return int(f"{value:.{DIGITS - 1}e}".partition("e")[2]) if value else 0


def _share(value: float, digits: int, least: int) -> str:
    """Per cent, in at least this number of decimals, and in as many as distinguish the share from 0 and from 1."""
    if value in (0, 1, -1):
        return str(int(value * 100))
    exactly = Decimal(repr(float(value))) * 100
    decimals = max(least, digits - 1 - exactly.adjusted())
    while True:
        text = f"{exactly.quantize(Decimal(1).scaleb(-decimals), ROUND_HALF_EVEN):f}"
        if abs(Decimal(text)) != 100:
            return text
        decimals += 1
