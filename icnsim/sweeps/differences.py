"""The keys in which two resolved scenarios differ."""

from collections.abc import Iterator
from itertools import zip_longest
from typing import Any, Final, NamedTuple


class Absent:
    """The value of a key that a scenario does not have."""

    def __repr__(self) -> str:
        return "nothing"


ABSENT: Final = Absent()


class Difference(NamedTuple):
    """A key in which two scenarios differ, with both values in the form of a file; `ABSENT` without a value."""

    key: str
    a: Any
    b: Any


def differences(a: Any, b: Any, key: str = "") -> Iterator[Difference]:
    """The keys in which two resolved scenarios differ; a list of mappings is compared item by item."""
    if isinstance(a, dict) and isinstance(b, dict):
        for name in dict.fromkeys([*a, *b]):
            yield from differences(a.get(name, ABSENT), b.get(name, ABSENT), f"{key}.{name}" if key else name)
    elif isinstance(a, list) and isinstance(b, list) and all(isinstance(item, dict) for item in [*a, *b]):
        for place, (first, second) in enumerate(zip_longest(a, b, fillvalue=ABSENT)):
            yield from differences(first, second, f"{key}.{place}")
    elif a != b:
        yield Difference(key, a, b)
