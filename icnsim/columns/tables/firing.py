"""The looks of a detector outside of the manager's ticks that failed a record: timers and ticks of a timing wheel.

A look comes after the messages and arrivals of its instant and before the tick of its manager. The number of records
that its executor holds, and how many of them are active, follow from the records' intervals.
"""

from typing import Final

import numpy as np

from icnsim.columns.population import Booleans
from icnsim.columns.tables.ticking import BLOCK, SIDES, after_looks
from icnsim.draws.streams import Integers
from icnsim.recording.blocks import blocks
from icnsim.recording.columns import NEVER, TIMED_OUT, columns_of
from icnsim.recording.columns import Firings as FiringRows
from icnsim.recording.integers import Column

CELLS: Final = 16
"""The number of cells of time per look. Counting in cells takes a third of the time of a sort of all records."""

Events = list[tuple[Integers, Column]]
"""For each side the executors of its records and the times of one event of theirs, NEVER where it did not happen."""


def firings(a: dict[str, Column], polled: Booleans, executors: int, horizon: int) -> dict[str, Column]:
    """A row for each executor and instant at which a look failed a record, in the order of (time, executor).

    Parameters
    ----------
    a : the columns of attempts, with earlier records. polled : for each whether only ticks look for its records.
    executors : the number of executors. horizon : the end of the run, µs.
    """
    kinds = {name: values.dtype for name, values in columns_of(FiringRows()).items()}
    late = [(a["failed"] != NEVER) & (a["failure"] == TIMED_OUT), a["target_failed"] != NEVER]
    fired = [np.flatnonzero(found & ~polled) for found in late]
    if not sum(map(len, fired)):
        return {name: np.zeros(0, kind) for name, kind in kinds.items()}
    a = a | after_looks(a, ~polled)
    opened, ended, gone, keys = Events(), Events(), Events(), []
    for (side, names), is_late, rows in zip(SIDES.items(), late, fired, strict=True):
        executor = a[side].astype(np.int64)
        began, done, failed, removed, replaced = (a[name] for name in names)
        keys.append(failed[rows] * executors + executor[rows])
        # A look finds what happened until its instant, except what looks and ticks of that instant did.
        opened.append((executor, began))
        ended.append((executor, np.maximum(done, failed) + is_late))
        gone.append((executor, np.where(removed == NEVER, replaced, removed + 1)))
    looks, timed_out = np.unique(np.concatenate(keys), return_counts=True)
    at, executor = np.divmod(looks, executors)
    cells = _Cells(executor, at, executors, horizon)
    held = cells.count(opened)
    columns = {
        "executor": executor, "at": at, "active": held - cells.count(ended), "records": held - cells.count(gone),
        "timed_out": timed_out,
    }  # fmt: skip
    return {name: columns[name].astype(kind) for name, kind in kinds.items()}


class _Cells:
    """Cells of time, in which events up to each look are counted. Only events in the cell of a look are sorted.

    Parameters
    ----------
    executor, at : the looks. executors : the number of executors. horizon : the end of the run, µs.
    """

    def __init__(self, executor: Integers, at: Integers, executors: int, horizon: int) -> None:
        self._after = horizon + 2
        self._shift = (executors * self._after // (CELLS * len(at))).bit_length()
        self._cells = (self._after >> self._shift) + 1
        self._start = executor * self._cells
        self._cell = self._start + (at >> self._shift)
        self._key = executor * self._after + at
        self._key_of_cell = executor * self._after + (at >> self._shift << self._shift)
        self._looked_at = np.zeros(executors * self._cells, np.bool_)
        self._looked_at[self._cell] = True

    def count(self, events: Events) -> Integers:
        """For each look the number of events at its executor until its instant."""
        counts = np.zeros(len(self._looked_at), np.int64)
        near = []
        for executors, all_times in events:
            for block in blocks(len(all_times), BLOCK):
                happened = np.flatnonzero(all_times[block] != NEVER)
                executor, times = executors[block][happened], all_times[block][happened]
                cell = executor * self._cells + (times >> self._shift)
                np.add.at(counts, cell, 1)
                rows = np.flatnonzero(self._looked_at[cell])
                near.append(executor[rows] * self._after + times[rows])
        before = np.cumsum(counts) - counts
        keys = np.sort(np.concatenate(near))
        in_cell = np.searchsorted(keys, self._key, side="right") - np.searchsorted(keys, self._key_of_cell)
        found: Integers = before[self._cell] - before[self._start] + in_cell
        return found
