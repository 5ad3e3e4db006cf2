"""Long columns in blocks: temporary arrays of a block stay in the processor's cache, and memory does not grow."""

from collections.abc import Iterator
from typing import Final

CACHED: Final = 1 << 16
"""Values of which a few temporary arrays fit into a core's cache."""

LONG: Final = 1 << 21
"""Values from which on a block's own arrays cost little next to those of its result."""


def blocks(count: int, size: int = CACHED) -> Iterator[slice]:
    """The rows 0 to `count`, `size` at a time."""
    return (slice(start, min(start + size, count)) for start in range(0, count, size))
