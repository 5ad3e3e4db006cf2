"""The ticks that failed or removed a record, and the records that each scanned, from the records' intervals."""

from collections.abc import Callable
from typing import Final

import numpy as np

from icnsim.columns.population import Booleans
from icnsim.draws.streams import Integers
from icnsim.recording.blocks import blocks
from icnsim.recording.columns import NEVER, TIMED_OUT, columns_of
from icnsim.recording.columns import Ticks as TickRows
from icnsim.recording.integers import Column

SIDES: Final = {
    "source": ("requested", "completed", "failed", "removed", "replaced"),
    "target": ("admitted", "restored", "target_failed", "target_removed", "target_replaced"),
}
BLOCK: Final = 1 << 15
"""The number of attempts in a block; temporary arrays of a block stay in the processor's cache."""
DENSE_LEAST, DENSE_CELLS = 1 << 14, 4
"""Up to this number of ticks, plus this number per attempt, each tick has its own counters."""


def ticks(
    a: dict[str, Column], polled: Booleans, phases: Integers | None, interval: int, horizon: int
) -> dict[str, Column]:
    """A row for each tick that failed or removed a record, in the order of (time, executor).

    Parameters
    ----------
    a : the columns of attempts, with earlier records. polled : for each whether only ticks look for its records.
    phases : the first tick of each executor, µs; None without loops.
    interval : the time between two ticks, µs. horizon : the end of the run, µs.
    """
    kinds = {name: values.dtype for name, values in columns_of(TickRows()).items()}
    if phases is None:
        return {name: np.zeros(0, kind) for name, kind in kinds.items()}
    a = a | after_looks(a, polled)
    per_executor = -(-horizon // interval) + 2
    count = _Counts(len(phases), per_executor, len(a["source"]))

    def key(executor: Column, times: Column) -> Integers:
        """The number of the first tick at or after each time, counted through all executors."""
        number = np.maximum(0, -((phases[executor] - times) // interval))
        keys: Integers = executor * per_executor + np.minimum(number, per_executor - 1)
        return keys

    for rows in blocks(len(a["source"]), BLOCK):
        for side, names in SIDES.items():
            opened, done, failed, away, replaced = (a[name][rows] for name in names)
            late = (failed != NEVER) & polled[rows]
            if side == "source":
                late &= a["failure"][rows] == TIMED_OUT
            _count_side(
                count, key, a[side][rows].astype(np.int64), opened, np.maximum(done, failed), late, away, replaced
            )
    number, found = count.found()
    executor = number // per_executor
    acting = np.flatnonzero(found["timed_out"] + found["removed"])
    columns = {name: values[acting] for name, values in found.items()}
    columns["executor"] = executor[acting]
    columns["at"] = phases[executor[acting]] + number[acting] % per_executor * interval
    order = np.lexsort((columns["executor"], columns["at"]))
    return {name: columns[name][order].astype(kind) for name, kind in kinds.items()}


def after_looks(a: dict[str, Column], found: Booleans) -> dict[str, Column]:
    """The times at which records are opened and replaced at their sources, for looks that come last of their instant.

    A retry without a pause begins at the instant of the look that failed its predecessor, and after this look. Its
    times are 1 µs later here, so the look does not count it. An active record is not replaced, so a record that failed
    and was replaced at one instant has such a retry.

    Parameters
    ----------
    a : the columns of attempts, with earlier records. found : for each whether these looks may fail its records.
    """
    failed, replaced = a["failed"], a["replaced"]
    retried = np.flatnonzero(found & (failed != NEVER) & (failed == replaced) & (a["failure"] == TIMED_OUT))
    if not len(retried):
        return {}
    span = int(a["requested"].max()) + 1
    first = a["actor"][retried].astype(np.int64) * span + failed[retried]
    retries = (a["requested"] != NEVER) & np.isin(a["actor"].astype(np.int64) * span + a["requested"], first)
    replaced = replaced.copy()
    replaced[retried] += 1
    return {"requested": a["requested"] + retries, "replaced": replaced}


def _count_side(
    count: "_Counts", key: Callable[[Column, Column], Integers], executor: Column, opened: Column, ended: Column,
    late: Column, removed: Column, replaced: Column,
) -> None:  # fmt: skip
    """Count the records of one side of a block of attempts; `late` marks the records that a tick has failed."""

    def keys(times: Column) -> tuple[Integers, Integers]:
        there = np.flatnonzero(times != NEVER)
        return key(executor[there], times[there]), there

    count.add("opened", keys(opened)[0])
    over, there = keys(ended)
    failed = late[there]
    count.add("failed", over[failed])
    count.add("ended", over + failed)  # a tick scans the record that it fails
    gone = keys(removed)[0]
    count.add("removed", gone)
    count.add("gone", gone + 1)
    count.add("gone", keys(replaced)[0])


class _Counts:
    """The numbers of records that opened, failed, ended or were removed between two ticks, for all executors.

    If there are far more ticks than records, only ticks with an event are stored.
    """

    def __init__(self, executors: int, per_executor: int, attempts: int) -> None:
        self._per_executor = per_executor
        self._cells = executors * per_executor
        self._dense = self._cells <= DENSE_LEAST + DENSE_CELLS * attempts
        names = ("opened", "ended", "gone", "failed", "removed")
        self._counts = {name: np.zeros(self._cells if self._dense else 0, np.int64) for name in names}
        self._keys: dict[str, list[Integers]] = {name: [] for name in names}

    def add(self, name: str, keys: Integers) -> None:
        """Count records by the number of the first tick that finds them in this condition."""
        if self._dense:
            np.add.at(self._counts[name], keys, 1)
        else:
            self._keys[name].append(keys)

    def found(self) -> tuple[Integers, dict[str, Integers]]:
        """The numbers of the stored ticks, and the counts of each: scanned, held, failed and removed records."""
        counts = self._counts
        if self._dense:
            number = np.arange(self._cells)
        else:
            # Sorted keys are unique and searched several times faster than keys in any order.
            keys = {
                name: np.sort(np.concatenate([np.zeros(0, np.int64), *parts])) for name, parts in self._keys.items()
            }
            every = np.sort(np.concatenate(list(keys.values())))
            number = every[np.diff(every, prepend=-1) != 0]
            counts = {name: _counted(np.searchsorted(number, each), len(number)) for name, each in keys.items()}
        executor = number // self._per_executor
        first = np.flatnonzero(np.diff(executor, prepend=-1))  # where each executor's ticks begin

        def upto(counts: Integers) -> Integers:
            """The sum over an executor's ticks up to each tick."""
            sums: Integers = np.cumsum(counts)
            before = np.repeat((sums - counts)[first], np.diff(first, append=len(number)))
            return sums - before

        failed, removed = counts["failed"], counts["removed"]
        active = upto(counts["opened"] - counts["ended"])
        held = upto(counts["opened"] - counts["gone"])
        return number, {"active": active, "records": held, "timed_out": failed, "removed": removed}


def _counted(places: Integers, length: int) -> Integers:
    counts: Integers = np.bincount(places, minlength=length)
    return counts
