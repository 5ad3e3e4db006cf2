"""Lanes: bars that overlap in one row of a timeline are drawn below each other."""

from collections.abc import Sequence
from typing import Final

MOST_LANES: Final = 4
"""Lanes of a row. If more bars overlap, some of them share a lane."""


def lanes(spans: Sequence[tuple[int, int, int]], rows: int) -> tuple[list[int], list[int]]:
    """The lane of each span, and the number of lanes of each row, at least 1.

    A span has the first lane of its row that is free; if none is, the one that becomes free first.

    Parameters
    ----------
    spans : (row, since, until) of each.
    """
    free: list[list[int]] = [[] for _ in range(rows)]
    found = [0] * len(spans)
    for number in sorted(range(len(spans)), key=lambda number: (spans[number][1:], number)):
        row, since, until = spans[number]
        ends = free[row]
        lane = next((lane for lane, end in enumerate(ends) if end <= since), len(ends))
        if lane == MOST_LANES:
            lane = ends.index(min(ends))
        if lane == len(ends):
            ends.append(until)
        else:
            ends[lane] = max(until, ends[lane])
        found[number] = lane
    return found, [max(1, len(ends)) for ends in free]
