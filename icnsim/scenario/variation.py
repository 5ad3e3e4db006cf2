"""The `sweep:` section: the keys that vary, their values, the design and the number of replications.

The values of a key are a list of anything that the key accepts, or a range in the key's own notation (`5s..120s`,
`0.1..0.9`, `1/s..20/s`) from which a design takes values.
"""

import itertools
import json
import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated, Any, Final, Literal

from pydantic import AfterValidator, BeforeValidator, Field, PlainSerializer, WithJsonSchema

from icnsim.scenario import units
from icnsim.scenario.detectorlabels import is_detector, with_defaults
from icnsim.scenario.plaindata import SupportsToList, plain
from icnsim.scenario.section import Section
from icnsim.scenario.yamlfile import scalar

MAX_KEYS: Final = 32
MAX_LEVELS: Final = 10_000
FIXED: Final = ("name", "seed", "expect", "sweep", "description")
"""Keys that a sweep cannot vary: `name` is the name of the folder, and seeds belong to replications."""
LARGEST: Final = 10**300
"""Larger numbers are not accepted as quantities, because a float cannot represent every integer."""
LEAST_OF_INDICES: Final = 8
REPLICATIONS_OF_INDICES: Final = 4
"""The smallest number of replications for Sobol' indices, see `analysis.sobol`."""
DIGITS: Final = 9
"""Significant digits of a value that a design takes from a range."""


@dataclass(frozen=True, slots=True)
class Measure:
    """A unit in which values are compared and put into columns.

    Attributes
    ----------
    unit : of the column. read, write : convert from and to the value in a file; `read` gives ``per_unit`` times the
        value in that unit. whole : whether only whole numbers of the unit exist.
    """

    unit: str
    read: Callable[[object], float]
    write: Callable[[Any], str]
    per_unit: int
    whole: bool


MEASURES: Final = (
    Measure("s", units.parse_duration, units.format_duration, 1_000_000, True),
    Measure("B", units.parse_size, units.format_size, 1, True),
    Measure("1/s", units.parse_rate, units.format_rate, 1, False),
    Measure("B/s", units.parse_bandwidth, units.format_bandwidth, 1, True),
)
_STEP: Final = Measure("s", units.parse_step, units.format_duration, 1_000_000, True)
"""A quantity that may be negative; no range uses it, because most durations may not be negative."""


def measured(value: object) -> tuple[str, float] | None:
    """The unit and the value in it of a quantity as a file has it, "" for a plain number; None for anything else."""
    if isinstance(value, int | float) and not isinstance(value, bool):
        return ("", float(value)) if abs(value) < LARGEST else None
    for measure in (*MEASURES, _STEP):
        try:
            return measure.unit, measure.read(value) / measure.per_unit
        except ValueError:
            continue
    return None


def meaning(value: object) -> str:
    """Returns the same text for equivalent values: 60s and 1min, a detector with and without its defaults."""
    return json.dumps(_canonical(value), sort_keys=True)


def _canonical(value: object) -> object:
    quantity = measured(value)
    if quantity is not None:
        return quantity
    if isinstance(value, list | tuple):
        return {"list": [_canonical(item) for item in value]}
    if isinstance(value, dict):
        whole = with_defaults(value) if is_detector(value) else value
        return {"mapping": {key: _canonical(item) for key, item in whole.items()}}
    return value


@dataclass(frozen=True, slots=True)
class Range:
    """All values from low to high, both included."""

    low: float
    high: float
    step: float
    write: Callable[[Any], Any]

    @classmethod
    def read(cls, text: str) -> "Range":
        """Parses a text such as ``5s..120s``; raises ValueError with the expectation."""
        ends = [scalar(end.strip()) for end in text.split("..")]
        if len(ends) != 2:
            raise ValueError("a list of values, or a range LOW..HIGH such as 5s..120s")
        for measure in MEASURES:
            try:
                low, high = (measure.read(end) for end in ends)
            except ValueError:
                continue
            # The protocol's clock has whole milliseconds, and most keys require them.
            fine = 1 if any(end % 1000 for end in (low, high)) else 1000
            step = fine if measure.unit == "s" else int(measure.whole)
            return cls._of(low, high, step, measure.write)
        if all(isinstance(end, int) and not isinstance(end, bool) for end in ends):
            low, high = int(ends[0]), int(ends[1])
            if high - low == 1:
                raise ValueError(f"{low}.0..{high}.0 for the numbers between, or the list {low},{high}")
            return cls._of(low, high, 1, int)
        if all(isinstance(end, int | float) and not isinstance(end, bool) for end in ends):
            return cls._of(float(ends[0]), float(ends[1]), 0, float)
        raise ValueError("a range of two numbers or quantities of one unit, such as 5s..120s")

    @classmethod
    def _of(cls, low: float, high: float, step: float, write: Callable[[Any], Any]) -> "Range":
        if not (math.isfinite(low) and math.isfinite(high) and low < high):
            raise ValueError("a range LOW..HIGH with LOW below HIGH")
        return cls(low, high, step, write)

    def number(self, wanted: int) -> int:
        """The number of different values, at most `wanted`."""
        return min(wanted, int((self.high - self.low) // self.step) + 1) if self.step else wanted

    def pick(self, share: float) -> Any:
        """The value that a sample takes; if there are only whole steps, each is equally likely."""
        if not self.step:
            return self.at(share)
        steps = int((self.high - self.low) // self.step) + 1
        return self.write(round(self.low + min(int(share * steps), steps - 1) * self.step))

    def at(self, share: float) -> Any:
        """The value at that share of the distance from low to high, as a file has it."""
        if share in (0, 1):
            return self.write(self.high if share else self.low)
        value = self.low + share * (self.high - self.low)
        if self.step:
            value = min(self.high, self.low + round((value - self.low) / self.step) * self.step)
            return self.write(round(value))
        return self.write(min(self.high, max(self.low, float(f"{value:.{DIGITS}g}"))))


def _levels(value: object) -> tuple[Any, ...] | str:
    if isinstance(value, str):
        Range.read(value)
        return value
    if not isinstance(value, list | tuple) or not 1 <= len(value) <= MAX_LEVELS:
        raise ValueError(f"a list of 1 to {MAX_LEVELS} values, or a range LOW..HIGH such as 5s..120s")
    known = set()
    for item in value:
        same = meaning(item)
        if same in known:
            raise ValueError(f"each value once, not {item} twice")
        known.add(same)
    return tuple(value)


def _varied(vary: dict[str, Any]) -> dict[str, Any]:
    if len(vary) > MAX_KEYS:
        raise ValueError(f"at most {MAX_KEYS} keys")
    for key in vary:
        if key.split(".")[0] in FIXED:
            raise ValueError(f"keys that are a run's parameters, not {', '.join(FIXED)}")
    # The later key would overwrite the earlier one, whose column would then have wrong values.
    for inner, outer in itertools.permutations(vary, 2):
        if _parts(inner)[: len(_parts(outer))] == _parts(outer):
            raise ValueError(f"keys of which none is part of another, as {inner} is of {outer}")
    return vary


def _parts(key: str) -> list[str]:
    """The parts of a key, numbers without leading zeros."""
    return [part.lstrip("0") or "0" if part.isdecimal() else part for part in key.split(".")]


def _percentage(value: object) -> float:
    expected = "a share such as 5% (or 0.05), above 0 and below 100%"
    if isinstance(value, str) and value.endswith("%"):
        number = scalar(value[:-1].strip())
        share = number / 100 if isinstance(number, int | float) else None
    else:
        share = value if isinstance(value, int | float) else None
    if share is None or isinstance(value, bool) or not 0 < share < 1:
        raise ValueError(expected)
    return float(share)


Design = Literal["grid", "one-at-a-time", "sobol", "lhs", "saltelli"]
Vary = Mapping[str, Sequence[Any] | SupportsToList | str]
"""Dotted keys with their values, in Python: a list, a range, a NumPy array, or a text such as ``5s..120s``."""


def flags(
    vary: Vary | None,
    design: Design | None,
    samples: int | None,
    replications: int | None,
    precision: str | float | None,
    metrics: Sequence[str] | None,
    max_replications: int | None,
) -> dict[str, object]:
    """The keys of a `sweep` section that a caller has given; keys that are None are omitted."""
    given: dict[str, object] = {
        "vary": None if not vary else dict(vary), "design": design, "samples": samples, "replications": replications,
        "precision": precision, "metrics": metrics, "max_replications": max_replications,
    }  # fmt: skip
    return {key: plain(value) for key, value in given.items() if value is not None}


Levels = Annotated[
    Any,
    AfterValidator(_levels),
    WithJsonSchema({"description": "a list of values, or a range LOW..HIGH", "type": ["array", "string"]}),
]
Percentage = Annotated[
    float,
    BeforeValidator(_percentage),
    PlainSerializer(lambda share: f"{float(f'{share * 100:.{DIGITS}g}'):.{DIGITS}g}%", return_type=str),
    WithJsonSchema({"type": "string", "pattern": "^[0-9.]+ ?%$", "examples": ["5%"]}),
]
Replications = Annotated[int, Field(ge=1, le=1_000_000)]


class SweepOf(Section):
    """The settings of `icnsim sweep`; its options have the same names."""

    vary: Annotated[dict[str, Levels], AfterValidator(_varied)] = Field(default={})
    design: Design = "grid"
    samples: Annotated[int, Field(ge=1, le=1_000_000)] | None = None
    replications: Replications = 10
    precision: Percentage | None = None
    metrics: Annotated[tuple[str, ...], Field(max_length=100)] = ()
    max_replications: Replications = 100


Finding = tuple[tuple[str | int, ...], str, str]


def contradictions(sweep: SweepOf) -> Iterator[Finding]:
    """The path, the found value and the expected value of every contradiction between the keys of a sweep."""
    ranges = [key for key, levels in sweep.vary.items() if isinstance(levels, str)]
    sampled = sweep.design in ("sobol", "lhs", "saltelli")
    if sweep.samples is None and (sampled or ranges):
        what = "the number of points" if sampled else f"the number of values of the range {sweep.vary[ranges[0]]}"
        yield ("sweep", "samples"), "nothing", f"{what} the design {sweep.design} takes"
    elif sweep.design in ("sobol", "saltelli") and sweep.samples and sweep.samples & (sweep.samples - 1):
        near = 1 << round(math.log2(sweep.samples))
        yield ("sweep", "samples"), str(sweep.samples), f"a power of two, such as {near}: a Sobol' sequence needs one"
    elif sweep.design == "saltelli" and sweep.samples and sweep.samples < LEAST_OF_INDICES:
        found, wanted = str(sweep.samples), f"at least {LEAST_OF_INDICES}: with fewer, the indices have no interval"
        yield ("sweep", "samples"), found, wanted
    if sweep.design == "saltelli" and sweep.replications < REPLICATIONS_OF_INDICES:
        wanted = f"at least {REPLICATIONS_OF_INDICES}: with fewer, effects of the keys look the same as chance"
        yield ("sweep", "replications"), str(sweep.replications), wanted
    if sampled and not sweep.vary:
        yield ("sweep", "vary"), "nothing", f"the keys of which the design {sweep.design} takes values"
    if sweep.precision is not None and not sweep.metrics:
        yield ("sweep", "metrics"), "nothing", "the metrics whose intervals must reach the precision"
    if sweep.precision is not None and sweep.max_replications < sweep.replications:
        wanted = f"at least the {sweep.replications} replications that each point has"
        yield ("sweep", "max_replications"), str(sweep.max_replications), wanted
    if sweep.precision is not None and sweep.replications < 2:
        yield ("sweep", "replications"), str(sweep.replications), "at least 2: a single run has no interval"
