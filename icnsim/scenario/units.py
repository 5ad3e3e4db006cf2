"""Quantities as a user writes them: durations, sizes, rates, bandwidths.

Durations become whole µs, sizes whole bytes, rates a float per second, bandwidths whole bytes per second. A number
without a unit is an error. `format_duration` and `format_size` write the largest unit in which the value is whole, so
reading the text again gives the same value.
"""

import math
import re
from decimal import Decimal
from typing import Final

_NUMBER: Final = r"([0-9]+(?:\.[0-9]+)?)"
_DURATIONS: Final = {"us": 1, "ms": 1_000, "s": 1_000_000, "min": 60_000_000, "h": 3_600_000_000, "d": 86_400_000_000}
_WRITTEN: Final = (
    (1_000_000, (0, 1, 2, 3, 4, 5, 6, 8, 10, 12, 15, 20, 25, 30, 40, 45, 50, 60, 75, 90)),
    (60_000_000, (2, 3, 4, 5, 6, 7, 8, 9, 10, 12, 15, 20, 25, 30, 40, 45, 50, 60, 75, 90)),
    (3_600_000_000, (2, 3, 4, 5, 6, 8, 10, 12, 18, 24, 36, 48)),
)
"""Round durations: a unit in µs, and numbers of units. Longer ones are whole days."""
SIZES: Final = {
    "B": 1, "kB": 10**3, "MB": 10**6, "GB": 10**9, "KiB": 2**10, "MiB": 2**20, "GiB": 2**30, "TiB": 2**40
}  # fmt: skip
"""The units of sizes, in bytes."""
_BITS: Final = {"kbit": 125, "Mbit": 125_000, "Gbit": 125_000_000}
_PERIODS: Final = {"s": 1, "min": 60, "h": 3600}
_FEW_DIGITS: Final = 4
"""A rate whose number has at most this number of characters keeps its unit of time."""

LONGEST_US: Final = 100 * 365 * 86_400_000_000
"""The longest duration, a century; it keeps every time within 64 bits."""
LARGEST_BYTES: Final = 2**50

DURATION: Final = "a duration such as 30s, 5min, 200ms or 1.5h"
STEP: Final = "a duration such as 2min, or one back such as -2min"
TIMEOUT: Final = "a duration such as 60s, or one that grows with the actor's state such as 10s + 2s/MiB"
SIZE: Final = "a size such as 10MiB, 100kB or 512B"
RATE: Final = "a rate such as 5/s, 2/min or 0.5/h"
BANDWIDTH: Final = "a bandwidth such as 100MiB/s or 100Mbit/s"


def _scaled(text: object, units: dict[str, int], expected: str, largest: int) -> int:
    if not isinstance(text, str):
        raise ValueError(f"{expected}; the number has no unit" if _is_number(text) else expected)
    match = re.fullmatch(_NUMBER + r" ?([A-Za-zµ]+)", text, re.ASCII)
    if match is None or match[2] not in units:
        raise ValueError(f"{expected} (units: {', '.join(units)})")
    if len(match[1]) > 30:
        raise ValueError(f"{expected}, in at most 30 digits")
    value = Decimal(match[1]) * units[match[2]]
    if value != int(value):
        raise ValueError(f"{expected}, whole in its smallest unit ({next(iter(units))})")
    if value > largest:
        raise ValueError(f"{expected}, of at most {largest} {next(iter(units))}")
    return int(value)


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def parse_duration(text: object) -> int:
    """Whole µs of a duration; raises ValueError with the expectation."""
    return _scaled(text, _DURATIONS, DURATION, LONGEST_US)


def parse_step(text: object) -> int:
    """Whole µs of a duration that may be negative; raises ValueError with the expectation."""
    back = isinstance(text, str) and text.startswith("-")
    value = _scaled(text[1:] if back else text, _DURATIONS, STEP, LONGEST_US)  # type: ignore[index]
    return -value if back else value


def parse_size(text: object) -> int:
    """Whole bytes of a size; raises ValueError with the expectation."""
    return _scaled(text, SIZES, SIZE, LARGEST_BYTES)


def parse_rate(text: object) -> float:
    """Events per second of a rate; raises ValueError with the expectation."""
    match = re.fullmatch(_NUMBER + r" ?/ ?([a-z]+)", text, re.ASCII) if isinstance(text, str) else None
    if match is None or match[2] not in _PERIODS or len(match[1]) > 30:
        raise ValueError(f"{RATE}; the number has no unit of time" if _is_number(text) else RATE)
    rate = float(match[1]) / _PERIODS[match[2]]
    if rate > 1e6 or 0 < rate < 1e-9:
        raise ValueError(f"{RATE}, from 0.000000001/s to 1000000/s")
    return rate


def parse_bandwidth(text: object) -> int:
    """Whole bytes per second of a bandwidth in bytes or bits; raises ValueError with the expectation."""
    if not isinstance(text, str) or not text.endswith("/s"):
        raise ValueError(BANDWIDTH)
    size = _scaled(text.removesuffix("/s").rstrip(), SIZES | _BITS, BANDWIDTH, LARGEST_BYTES)
    if not size:
        raise ValueError(f"{BANDWIDTH}, above 0")
    return size


def _largest_unit(value: int, units: dict[str, int], preferred: tuple[str, ...]) -> str:
    for unit in preferred:
        if value % units[unit] == 0 and value >= units[unit]:
            return f"{value // units[unit]}{unit}"
    return f"{value}{next(iter(units))}"


def format_duration(value: int) -> str:
    """A duration of whole µs as a user would write it; `parse_duration`, or `parse_step`, gives it back."""
    if value < 0:
        return f"-{format_duration(-value)}"
    return "0s" if value == 0 else _largest_unit(value, _DURATIONS, ("h", "min", "s", "ms"))


def rounded_up(value: float) -> int:
    """The shortest round duration of at least `value` µs, whole µs, such as a person would write in a scenario."""
    unit = next((unit for unit, most in _WRITTEN if value <= most[-1] * unit), _DURATIONS["d"])
    whole = math.ceil(value / unit)
    return unit * next((number for number in dict(_WRITTEN).get(unit, ()) if number >= whole), whole)


def format_size(value: int) -> str:
    """A size of whole bytes as a user would write it; `parse_size` gives it back."""
    return _largest_unit(value, SIZES, ("GiB", "MiB", "KiB"))


def format_rate(value: float) -> str:
    """A rate per second as a user would write it; `parse_rate` gives it back exactly."""
    return f"{Decimal(repr(value)):f}".removesuffix(".0") + "/s"


def shortened(text: str) -> str:
    """A rate in the unit of time in which it has few digits, such as 1/min; any other text as it is.

    `parse_rate` reads both texts as exactly the same rate. Results keep the text of `format_rate`.
    """
    try:
        rate = parse_rate(text)
    except ValueError:
        return text
    written = (f"{Decimal(f'{rate * period:.12g}'):f}/{unit}" for unit, period in _PERIODS.items())
    equal = [text, *(each for each in written if parse_rate(each) == rate)]
    return min(equal, key=lambda each: max(_FEW_DIGITS, len(each.partition("/")[0])))


def format_bandwidth(value: int) -> str:
    """A bandwidth as a user would write it; `parse_bandwidth` gives it back."""
    return f"{format_size(value)}/s"
