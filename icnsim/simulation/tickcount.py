"""What the managers' ticks had to do: counted, and if it is asked for kept tick by tick."""

from array import array
from collections import Counter

import numpy as np

from icnsim.recording.columns import Integers
from icnsim.recording.cycles import Cycles


class TickCount:
    """Counts ticks by how many active records they scanned and how many they removed.

    Parameters
    ----------
    each : whether every tick is kept with its time, 24 bytes each.
    """

    __slots__ = ("_counted", "_each")

    def __init__(self, *, each: bool) -> None:
        self._counted: Counter[tuple[int, int]] = Counter()
        self._each = (array("q"), array("q"), array("q")) if each else None

    def add(self, at: int, active: int, removed: int) -> None:
        """One tick more, at that time, µs."""
        self._counted[active, removed] += 1
        if self._each is not None:
            for column, value in zip(self._each, (at, active, removed), strict=True):
                column.append(value)

    def cycles(self) -> Cycles:
        """All ticks, grouped."""
        groups = sorted(self._counted.items())
        return Cycles(
            count=np.array([count for _, count in groups], dtype=np.int64),
            active=np.array([active for (active, _), _ in groups], dtype=np.int64),
            removed=np.array([removed for (_, removed), _ in groups], dtype=np.int64),
        )

    def each(self) -> dict[str, Integers] | None:
        """Every tick in the order of their times: at, active, removed; None where they were not kept."""
        if self._each is None:
            return None
        names = ("at", "active", "removed")
        return {name: np.frombuffer(column, np.int64) for name, column in zip(names, self._each, strict=True)}
