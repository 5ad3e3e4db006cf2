"""Long columns in blocks: the temporary arrays of a block stay in the processor's cache, and memory stays bounded."""

from collections.abc import Iterator
from typing import Final

CACHED: Final = 1 << 16
"""The number of values of which several temporary arrays fit into a core's cache."""

LONG: Final = 1 << 21
"""The number of values above which the arrays of a block cost little compared with those of the result."""


def blocks(count: int, size: int = CACHED) -> Iterator[slice]:
    """Slices of the rows 0 to `count`, `size` rows each."""
    return (slice(start, min(start + size, count)) for start in range(0, count, size))
