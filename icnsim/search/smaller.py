"""Simpler values in a scenario: fewer executors, actors and migrations, shorter and rounder times, defaults.

A key that is left out has its default, which is simpler to read unless the default is larger: the
counts and the end of the run stay. The protocol stays too, because it is checked. Fewer migrations
are usually different migrations, so a scenario that does not fail with fewer is also tried with other
seeds.
"""

import re
from collections.abc import Iterator
from typing import Any, Final

from icnsim.scenario.units import format_duration, parse_duration, parse_rate, parse_step
from icnsim.search.shrink import ABSENT, Document, Path

SHORTEST: Final = 1_000_000
"""The shortest time, µs, to which times are shortened: a shorter one is not easier to read."""
FIXED: Final = ("name", "description", "seed", "protocol", "expect", "record", "submitted")
"""Sections that are not simplified; only whole bodies of submitted tasks are left out."""
DETECTION: Final = ("protocol", "detection_gap")
NEEDED: Final = (
    ("drain",), ("executors",), ("actors",), ("actors", "count"), ("workload",), ("workload", "migrations"),
    ("workload", "arrivals"), ("workload", "arrivals", "rate"), ("stages",), ("network",), ("manager",),
)  # fmt: skip
"""Keys that are not left out: their defaults are larger, or their parts are tried before."""
OF_ITEMS: Final = (
    "kind",
    "at",
    "group",
    "count",
    "distribution",
    "low",
    "high",
    "mean",
    "minimum",
    "alpha",
    "from",
    "to",
)
COUNTS: Final = (("actors", "count"), ("workload", "migrations"))
SEEDS: Final = range(1, 9)
"""The number of other seeds that are tried with smaller numbers."""
UNITS: Final = (3_600_000_000, 600_000_000, 60_000_000, 10_000_000, 1_000_000, 100_000, 10_000, 1_000)
"""The units to which times are rounded, µs."""
GENTLE: Final[dict[str, Any]] = {"alpha": 2, "rate": 2, "factor": 10, "probability": 1}
"""The first values that are tried for the numbers of a fault or a distribution."""


def simpler(path: Path, value: Any) -> Iterator[Any]:
    """Simpler values at a place of a scenario, the simplest first."""
    if path[0] in FIXED and path != DETECTION:
        return
    if value == {} or (path not in NEEDED and not _is_of_item(path)):
        yield ABSENT
    if isinstance(value, bool) or value is None:
        return
    if isinstance(value, int):
        yield from _counts(path, value)
    elif isinstance(value, float):
        yield from _shares(path, value)
    elif isinstance(value, dict):
        yield from _plainer(value)
    elif isinstance(value, str):
        yield from _texts(path, value)


def other_seeds(path: Path, document: Document) -> Iterator[Document]:
    """The same document with other seeds, if it has fewer executors, actors or migrations now."""
    if path in COUNTS or (path[0] == "executors" and path[-1] == "count"):
        yield from ({**document, "seed": seed} for seed in SEEDS if seed != document["seed"])


def _is_of_item(path: Path) -> bool:
    """Whether the key names the kind of a list's item, or belongs to a distribution; such keys are required."""
    return path[-1] in OF_ITEMS


def _counts(path: Path, value: int) -> Iterator[int]:
    gentle = GENTLE.get(str(path[-1])) if path[0] in ("faults", "network") else None
    if gentle is not None:
        if value != gentle:
            yield gentle
        return
    least = 0 if path[0] == "retry" else 1
    tried = dict.fromkeys((least, least + 1, value // 2, value - 1))
    yield from (near for near in tried if least <= near < value)


def _shares(path: Path, value: float) -> Iterator[float]:
    gentle = GENTLE.get(str(path[-1]))
    if gentle is not None and value != gentle:
        yield gentle
    yield from (near for near in (0.5, round(value, 1)) if near not in (value, gentle) and value not in (0.5, gentle))


def _plainer(value: dict[str, Any]) -> Iterator[Any]:
    """A constant instead of a distribution, periodic arrivals instead of random ones."""
    if "distribution" in value:
        yield from (value[key] for key in ("mean", "high", "minimum") if key in value)
    elif value.get("process") == "burst":
        yield {"process": "periodic", "rate": "1/min"}
        if value.get("size") == 1 and "every" in value:
            yield {"process": "periodic", "rate": f"{_per_min(parse_duration(value['every']))}/min"}
    elif value.get("process") == "poisson":
        yield {**value, "process": "periodic"}


def _per_min(every: int) -> int:
    return max(1, round(60_000_000 / every))


def _texts(path: Path, value: str) -> Iterator[str]:
    if path[-1] == "rate" and value.endswith("/min"):
        rate = round(parse_rate(value) * 60)
        yield from (f"{near}/min" for near in (1, 2, 6, 10, 20, 30) if near < rate)
        return
    name = re.fullmatch(r"(.+)-([0-9]+)", value)
    if name is not None and path[0] == "faults" and path[-1] not in ("at", "by"):
        yield from (f"{name[1]}-{number}" for number in range(min(int(name[2]), 3)))
        return
    try:
        time = parse_step(value)
    except ValueError:
        return
    yield from (format_duration(near) for near in _times(time, zero=path[-1] in ("at", "low", "base")))


def _times(time: int, *, zero: bool) -> Iterator[int]:
    """Rounder times that are not longer, then shorter ones; of one sign."""
    sign, size = (-1, -time) if time < 0 else (1, time)
    if zero and size:
        yield 0
    digits = _complexity(size)
    near = (size // unit * unit for unit in UNITS if size >= unit)
    shorter = (
        share // unit * unit for share in (size // 8, size // 2) for unit in UNITS if share >= max(unit, SHORTEST)
    )
    seen = {size, 0}
    for candidate in (*near, *shorter):
        if candidate not in seen and _complexity(candidate) <= digits:
            seen.add(candidate)
            yield sign * candidate


def _complexity(time: int) -> int:
    """The number of digits to read."""
    return len(re.sub("[^0-9]", "", format_duration(time)).rstrip("0"))
