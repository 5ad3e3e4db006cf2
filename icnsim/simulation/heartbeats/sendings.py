"""The times at which one executor sends its heartbeats, and their numbers.

Theory of operation. An executor sends at the ticks of a `Lattice`: at equal intervals by its own clock, while its
process runs. A heartbeat has two numbers. Its *place* counts the heartbeats that the executor has sent before it, and
names the draws. Its *number* is sent to the receiver, and counts the intervals of the sender's schedule. After a stall
or a crash the number skips the intervals in which nothing was sent. So the times at which heartbeats are expected
remain a line over their numbers, which the detector of Chen, Toueg and Aguilera assumes.
"""

from bisect import bisect_left
from collections.abc import Callable
from typing import NamedTuple

import numpy as np

from icnsim.draws.streams import Integers
from icnsim.simulation.time.lattice import Lattice, Segment, divided


class Run(NamedTuple):
    """The heartbeats of one segment: the first one's time (µs), place and number; and the segment."""

    first: int
    place: int
    number: int
    segment: Segment


def _count(segment: Segment, before: int) -> int:
    """The number of ticks of a segment before an instant, µs."""
    return max(0, -((segment.first - min(before, segment.stop)) // segment.interval))


class Sendings:
    """The heartbeats of one executor.

    Parameters
    ----------
    lattice : the ticks at which it sends. every : the time between two heartbeats by its clock, µs.
    reading : returns the reading of its clock at an instant that is not in the future, both µs.
    """

    __slots__ = ("_closed", "_every", "_lattice", "_reading", "_table")

    def __init__(self, lattice: Lattice, every: int, reading: Callable[[int], int]) -> None:
        self._lattice = lattice
        self._every, self._reading = every, reading
        self._closed: list[Run] = []
        self._table: tuple[int, Integers] = (0, np.zeros((4, 0), np.int64))

    def before(self, instant: int) -> int:
        """The number of heartbeats that were sent before an instant, µs, which is not in the future."""
        present = self._present(instant)
        if present is not None and present.first < instant:
            return present.place + _count(present.segment, instant)
        number = bisect_left(self._closed, (instant,))
        if not number:
            return 0
        run = self._closed[number - 1]
        return run.place + _count(run.segment, instant)

    def sent(self, low: int, high: int, now: int) -> tuple[Integers, Integers]:
        """The times, µs, and the numbers of the heartbeats at the places `low` to `high` - 1, all sent before `now`."""
        places, present = np.arange(low, high), self._present(now)
        if present is not None and low >= present.place:
            steps = places - present.place
            return present.first + steps * present.segment.interval, present.number + steps
        runs = self._closed if present is None else [*self._closed, present]
        if self._table[0] != len(runs) or present is not None:
            rows = [(run.place, run.first, run.segment.interval, run.number) for run in runs]
            self._table = (len(runs), np.array(rows, dtype=np.int64).T)
        first_places, firsts, intervals, numbers = self._table[1]
        run = np.searchsorted(first_places, places, "right") - 1
        steps = places - first_places[run]
        return firsts[run] + steps * intervals[run], numbers[run] + steps

    def _present(self, now: int) -> Run | None:
        """Store the segments that have ended; returns the run of the present one, None if it has not begun."""
        segments, present = self._lattice.until(now)
        for segment in segments[len(self._closed) :]:
            self._closed.append(self._run(segment))
        return None if present is None else self._run(present)

    def _run(self, segment: Segment) -> Run:
        """The run that follows the stored ones in a segment."""
        if not self._closed:
            return Run(segment.first, 0, 0, segment)
        last = self._closed[-1]
        count = _count(last.segment, last.segment.stop)
        since = self._reading(segment.first) - self._reading(last.first + (count - 1) * last.segment.interval)
        skipped = max(1, divided(since, self._every))
        return Run(segment.first, last.place + count, last.number + count - 1 + skipped, segment)
