"""The instants at which managers' loops tick: one or more lattices of instants per executor.

A tick without work changes nothing. Therefore no engine simulates it, and this module counts it. An executor whose loop
runs undisturbed has one lattice: phase, phase + interval… up to the horizon. A crash, a pause or a change of the
interval ends a lattice and begins another.
"""

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from icnsim.recording.integers import Column, Integers


@dataclass(frozen=True, slots=True)
class Lattices:
    """The lattices of all loops, in any order; the lattices of one executor do not overlap in time.

    Attributes
    ----------
    executor : the executor of each lattice. A loop that never ticks has a lattice without an instant.
    first, stop, interval : the instants are first, first + interval… below stop, µs.
    """

    executor: Integers
    first: Integers
    stop: Integers
    interval: Integers

    @classmethod
    def of_phases(cls, phases: Integers, interval: int, horizon: int, executors: Integers | None = None) -> "Lattices":
        """One lattice per loop over the whole run; the loops are of executors 0, 1, 2… or of the given ones."""
        return cls(
            executor=np.arange(len(phases)) if executors is None else executors,
            first=phases,
            stop=np.full(len(phases), horizon),
            interval=np.full(len(phases), interval),
        )

    @property
    def loops(self) -> int:
        """The number of executors with a loop."""
        return len(np.unique(self.executor))

    def until(self, end: int) -> "Lattices":
        """The lattices with only the instants before `end`, µs."""
        return replace(self, stop=np.minimum(self.stop, end))

    def counts(self) -> Integers:
        """The number of instants of each lattice."""
        counts: Integers = np.maximum(0, -((self.first - self.stop) // self.interval))
        return counts

    def count(self) -> int:
        """The number of all instants."""
        return int(self.counts().sum())


class Numbering:
    """Numbers the instants of all lattices by (executor, instant), from 0.

    Parameters
    ----------
    lattices : the lattices of executors 0 to `executors` - 1.
    """

    def __init__(self, lattices: Lattices, executors: int) -> None:
        columns = [lattices.executor, lattices.first, lattices.interval, lattices.counts()]
        # If lattice k is the only one of executor k, no lookup is necessary.
        self._plain = np.array_equal(lattices.executor, np.arange(executors))
        if not self._plain:
            columns = [column[columns[-1] > 0] for column in columns]
            without = np.setdiff1d(np.arange(executors), columns[0])
            empty = (without, np.zeros_like(without), np.ones_like(without), np.zeros_like(without))
            columns = [np.concatenate([column, more]) for column, more in zip(columns, empty, strict=True)]
            order = np.lexsort((columns[1], columns[0]))
            columns = [column[order] for column in columns]
        self._executor, self._first, self._interval, self._counts = columns
        self._offsets = np.cumsum(self._counts) - self._counts
        self.total = int(self._counts.sum())
        used = self._interval[self._counts > 0]
        # A division by one number is four times faster.
        self._same = int(used[0]) if len(used) and (used == used[0]).all() else None

    def before(self, executors: Column, times: Integers) -> Integers:
        """The number of the first instant of these executors at or after each of these times.

        After the last instant of an executor this is the number of the next executor's first one.
        """
        row = executors if self._plain else self._rows(executors, times)
        numbers = np.clip(self._steps(row, times), 0, self._counts[row])
        numbers += self._offsets[row]
        return numbers

    def between(self, executors: Column, starts: Integers, ends: Integers) -> tuple[Integers, Integers, Integers]:
        """For each interval [start, end) with instants, the numbers of its first instant and of the next after it.

        The third column is the place of the interval in the columns of the parameters.
        """
        some: Integers = np.arange(len(starts))
        if self._plain:
            # Most intervals are shorter than the time between two ticks and contain no instant.
            some = np.flatnonzero(self._steps(executors, starts) < self._steps(executors, ends))
            executors, starts, ends = executors[some], starts[some], ends[some]
        first, last = self.before(executors, starts), self.before(executors, ends)
        hold = np.flatnonzero(first < last)
        return first[hold], last[hold], some[hold]

    def _steps(self, row: Column, times: Integers) -> Integers:
        """The place of the first instant at or after each time in an unbounded lattice."""
        steps: Integers = self._first[row]
        steps -= times
        steps //= self._interval[row] if self._same is None else self._same
        np.negative(steps, out=steps)
        return steps

    def instants(self, numbers: Integers) -> Integers:
        """The times of these instants, µs."""
        row = np.searchsorted(self._offsets, numbers, side="right") - 1
        times: Integers = self._first[row] + (numbers - self._offsets[row]) * self._interval[row]
        return times

    def executors(self, numbers: Integers) -> Integers:
        """The executors whose loops tick at these instants."""
        found: Integers = self._executor[np.searchsorted(self._offsets, numbers, side="right") - 1]
        return found

    def _rows(self, executors: Column, times: Integers) -> NDArray[np.intp]:
        """The last lattice of each executor that begins before the time, or its first one."""
        begins = np.unique(self._first)
        key = self._executor * (len(begins) + 1) + np.searchsorted(begins, self._first) + 1
        searched = executors.astype(np.int64) * (len(begins) + 1) + np.searchsorted(begins, times)
        first = np.searchsorted(self._executor, executors)
        rows: NDArray[np.intp] = np.maximum(np.searchsorted(key, searched, side="right") - 1, first)
        return rows
