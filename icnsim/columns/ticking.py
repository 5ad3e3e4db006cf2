"""The ticks that failed or removed a record, and what each of them found: arithmetic on the records' intervals."""

import numpy as np

from icnsim.draws.streams import Integers
from icnsim.recording.columns import NEVER, TIMED_OUT, Column, columns_of
from icnsim.recording.columns import Ticks as TickRows

DENSE_LEAST, DENSE_CELLS = 1 << 20, 4
"""So many ticks, and so many for each attempt, are counted each in its own cell."""


def ticks(a: dict[str, Column], phases: Integers | None, interval: int, horizon: int) -> dict[str, Column]:
    """A row per tick that failed or removed a record, in the order of (time, executor)."""
    kinds = {name: values.dtype for name, values in columns_of(TickRows()).items()}
    if phases is None:
        return {name: np.zeros(0, kind) for name, kind in kinds.items()}
    most = -(-horizon // interval) + 2
    count = _Counts(len(phases), most, len(a["source"]))

    def key(executor: Column, times: Column) -> Integers:
        """The number of the first tick at or after each time, counted through all executors."""
        number = np.maximum(0, -((phases[executor] - times) // interval))
        keys: Integers = executor * most + np.minimum(number, most - 1)
        return keys

    for side, end, late, away in (
        ("source", np.maximum(a["completed"], a["failed"]), a["failure"] == TIMED_OUT, ""),
        ("target", np.maximum(a["restored"], a["target_failed"]), a["target_failed"] != NEVER, "target_"),
    ):
        executor, opened = a[side].astype(np.int64), a["requested" if side == "source" else "admitted"]
        for times, add, by_tick in (
            (opened, count.opened, None), (end, count.ended, late), (a[f"{away}replaced"], count.gone, None)
        ):  # fmt: skip
            there = np.flatnonzero(times != NEVER)
            keys = key(executor[there], times[there])
            if by_tick is not None:  # a record that a tick has failed was active when the tick began
                failed = by_tick[there]
                count.failed(keys[failed])
                keys += failed
            add(keys)
        there = np.flatnonzero(a[f"{away}removed"] != NEVER)
        count.removed(key(executor[there], a[f"{away}removed"][there]))
    columns = count.columns(phases, interval)
    order = np.lexsort((columns["executor"], columns["at"]))
    return {name: columns[name][order].astype(kind) for name, kind in kinds.items()}


class _Counts:
    """How many records opened, failed, ended and went between one tick and the next, of all executors.

    Where there are far more ticks than records, only the ticks that something happened at are kept.
    """

    def __init__(self, executors: int, most: int, attempts: int) -> None:
        self._most = most
        self._cells = executors * most
        self._dense = self._cells <= DENSE_LEAST + DENSE_CELLS * attempts
        self._keys: dict[str, list[Integers]] = {name: [] for name in ("opened", "ended", "gone", "failed", "removed")}

    def opened(self, keys: Integers) -> None:
        """Records that a tick is the first to find."""
        self._keys["opened"].append(keys)

    def ended(self, keys: Integers) -> None:
        """Records that a tick is the first not to find active."""
        self._keys["ended"].append(keys)

    def gone(self, keys: Integers) -> None:
        """Records that a tick is the first not to find."""
        self._keys["gone"].append(keys)

    def failed(self, keys: Integers) -> None:
        """Records that a tick has failed."""
        self._keys["failed"].append(keys)

    def removed(self, keys: Integers) -> None:
        """Records that a tick has removed."""
        self._keys["removed"].append(keys)
        self._keys["gone"].append(keys + 1)

    def columns(self, phases: Integers, interval: int) -> dict[str, Column]:
        """A row for each tick that has failed or removed a record."""
        keys = {name: np.concatenate(parts) for name, parts in self._keys.items()}
        number = np.arange(self._cells) if self._dense else np.unique(np.concatenate(list(keys.values())))
        executor = number // self._most
        first = np.flatnonzero(np.diff(executor, prepend=-1))  # where each executor's ticks begin

        def counted(name: str) -> Integers:
            places = keys[name] if self._dense else np.searchsorted(number, keys[name])
            return np.bincount(places, minlength=len(number))

        def upto(counts: Integers) -> Integers:
            """How many until each tick, on its executor."""
            sums: Integers = np.cumsum(counts)
            before = np.repeat((sums - counts)[first], np.diff(first, append=len(number)))
            return sums - before

        opened, failed, removed = counted("opened"), counted("failed"), counted("removed")
        active = upto(opened - counted("ended"))
        held = upto(opened - counted("gone"))
        there = np.flatnonzero(failed + removed)
        return {
            "executor": executor[there], "at": phases[executor[there]] + number[there] % self._most * interval,
            "active": active[there], "records": held[there], "timed_out": failed[there], "removed": removed[there],
        }  # fmt: skip
