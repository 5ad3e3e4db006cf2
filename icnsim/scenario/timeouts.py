"""A timeout that grows with the size of an actor's state: a duration, plus a duration per size.

The protocol counts whole ms, so the timeout of an actor is rounded up to a whole ms.
"""

from dataclasses import dataclass
from typing import Annotated

from pydantic import BeforeValidator, PlainSerializer, WithJsonSchema

from icnsim.scenario import units
from icnsim.scenario.fields import read_milliseconds


@dataclass(frozen=True, slots=True)
class SizedTimeout:
    """`base` + `more` for each `unit` of state. Durations in µs; `unit` is a unit of size such as MiB."""

    base: int
    more: int
    unit: str

    def ms(self, size: int) -> int:
        """The timeout of an actor with a state of `size` bytes, ms; at most the longest duration of a scenario."""
        unit = units.SIZES[self.unit]
        return min(units.LONGEST_US // 1000, -(-(self.base * unit + self.more * size) // (1000 * unit)))

    def __str__(self) -> str:
        return f"{units.format_duration(self.base)} + {units.format_duration(self.more)}/{self.unit}"


def read_timeout(value: object) -> "int | SizedTimeout":
    """A timeout in whole µs, or one that grows with the state; raises ValueError with the expectation."""
    if isinstance(value, SizedTimeout):
        return value
    if not isinstance(value, str) or "+" not in value:
        return read_milliseconds(value)
    base, _, rest = value.partition("+")
    more, per, unit = rest.partition("/")
    if not per:
        raise ValueError(f"{units.TIMEOUT}: the part after the + is a duration per size")
    unit = unit.strip()
    if unit not in units.SIZES:
        raise ValueError(f"{units.TIMEOUT} (sizes: {', '.join(units.SIZES)})")
    try:
        return SizedTimeout(read_milliseconds(base.strip()), units.parse_duration(more.strip()), unit)
    except ValueError as error:
        raise ValueError(f"{units.TIMEOUT}: each part is {error}") from None


def write_timeout(value: "int | SizedTimeout") -> str:
    """A timeout as a user would write it; `read_timeout` gives it back."""
    return str(value) if isinstance(value, SizedTimeout) else units.format_duration(value)


_DURATION = r"[0-9]+(\.[0-9]+)? ?(us|ms|s|min|h|d)"
_SCHEMA = {
    "type": "string",
    "pattern": rf"^{_DURATION}( ?\+ ?{_DURATION} ?/ ?[kKMGT]?i?B)?$",
    "examples": ["60s", "10s + 2s/MiB"],
}
Timeout = Annotated[
    int | SizedTimeout,
    BeforeValidator(read_timeout),
    PlainSerializer(write_timeout, return_type=str),
    WithJsonSchema(_SCHEMA),
]
"""How long a record may be in a state: µs, or by the size of the actor's state."""


def at_size(timeout: int | SizedTimeout, size: int) -> int:
    """A timeout for a state of `size` bytes, ms."""
    return timeout.ms(size) if isinstance(timeout, SizedTimeout) else timeout // 1000
