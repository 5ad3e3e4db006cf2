"""Writes figures, limits, bounds and settings as text.

Bounds are rounded outwards, estimates to the nearest value. A bound is written with the quantity that it bounds.
"""

from collections.abc import Sequence
from decimal import ROUND_CEILING, ROUND_FLOOR, ROUND_HALF_EVEN, Decimal
from typing import Any, Final

from icnsim import typed
from icnsim.numbers import SCALES
from icnsim.recommendation.constraints import RELATIONS, Constraint, Measured
from icnsim.scenario.detectorlabels import label
from icnsim.scenario.variation import measured
from icnsim.sweeps.figures import unit_of

DIGITS: Final = 4
MEDIAN: Final = " in the median run"
OF: Final = {"wilson": "", "order": MEDIAN, "student": " on average"}
"""The quantity that a bound refers to, by the kind of interval."""


def said(value: float, unit: str, rounding: str = ROUND_HALF_EVEN, digits: int = DIGITS) -> str:
    """Return a figure with its unit, rounded to a few digits."""
    number = _rounded(value, unit, rounding, digits)
    text = f"{number:.{digits - 1}e}" if number and number.adjusted() < -6 and not unit else f"{number:,f}"
    if "." in text and "e" not in text:
        text = text.rstrip("0").rstrip(".")
    return f"{text} {unit}".rstrip()


def _rounded(value: float, unit: str, rounding: str, digits: int) -> Decimal:
    exact = Decimal(repr(float(value))) * int(SCALES.get(unit, 1))
    if not exact:
        return Decimal(0)
    return exact.quantize(Decimal(1).scaleb(min(0, exact.adjusted() - digits + 1)), rounding)


def limit(constraint: Constraint) -> str:
    """Return a limit in words, with its exact value."""
    unit = unit_of(constraint.metric)
    return f"{constraint.metric} {constraint.relation} {said(constraint.value, unit, digits=12)}"


def bound(constraint: Constraint, found: Measured) -> str:
    """Return the bound of a limited figure, rounded outwards, but not across a limit that it meets."""
    unit, value = unit_of(constraint.metric), constraint.bound(found)
    rounding = ROUND_CEILING if constraint.from_above else ROUND_FLOOR
    held = RELATIONS[constraint.relation]
    digits = DIGITS
    while held(value, constraint.value) and digits < 17:
        if held(float(_rounded(value, unit, rounding, digits)) / SCALES.get(unit, 1), constraint.value):
            break
        digits += 1
    side = "at most" if constraint.from_above else "at least"
    return f"{side} {said(value, unit, rounding, digits)}{OF[found.kind]}"


def settings(keys: Sequence[str], values: Sequence[Any]) -> str:
    """Return keys with their values."""
    return listed([f"{key}={shown(value)}" for key, value in zip(keys, values)])


def shown(value: Any) -> str:
    """Return a value in the form of a scenario file, or a detector's label. Durations are in seconds."""
    if not isinstance(value, str):
        return label(value) or typed.value(value)
    unit, seconds = measured(value) or ("", 0.0)
    return f"{Decimal(repr(seconds)).normalize():f}s" if unit == "s" else value


def listed(parts: Sequence[str]) -> str:
    """Return "A, B and C"."""
    return " and ".join(filter(None, (", ".join(parts[:-1]), parts[-1])))


def points(count: int) -> str:
    """Return a number of points."""
    return f"{count:,} points" if count != 1 else "1 point"
