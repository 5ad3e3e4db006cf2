"""How many records an executor, or a group of executors, holds in each active state over time, as means over bins."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Integers = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Intervals:
    """Intervals of time of records in one state, µs; `row` is the row of the timeline. All have the same length."""

    row: Integers
    since: Integers
    until: Integers


def held(intervals: Intervals, row: int, edges: Integers) -> Integers:
    """The time, µs, that the records of a row spend in each bin, summed over the records: exact integers.

    Parameters
    ----------
    edges : the ascending edges of the bins, µs, one more than there are bins.
    """
    own = intervals.row == row
    found: Integers = np.diff(_elapsed(intervals.since[own], edges) - _elapsed(intervals.until[own], edges))
    return found


def _elapsed(instants: Integers, edges: Integers) -> Integers:
    """For each edge the sum over the instants of max(0, edge - instant)."""
    ordered = np.sort(instants)
    sums = np.concatenate([np.zeros(1, np.int64), np.cumsum(ordered)])
    count = np.searchsorted(ordered, edges)
    found: Integers = count * edges - sums[count]
    return found


def means(intervals: Sequence[Intervals], rows: int, edges: Integers) -> list[list[list[int]]]:
    """For each row and state the mean number of records in each bin, in hundredths; an empty list if all are 0."""
    widths = np.diff(edges)
    made = []
    for row in range(rows):
        of_states = []
        for each in intervals:
            hundredths = (100 * held(each, row, edges) + widths // 2) // widths
            of_states.append(hundredths.tolist() if hundredths.any() else [])
        made.append(of_states)
    return made
