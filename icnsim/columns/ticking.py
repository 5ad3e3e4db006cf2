"""The ticks that failed or removed a record, and what each of them found: arithmetic on the records' intervals."""

import numpy as np

from icnsim.draws.streams import Integers
from icnsim.recording.columns import NEVER, TIMED_OUT, Column, columns_of
from icnsim.recording.columns import Ticks as TickRows


def ticks(a: dict[str, Column], phases: Integers | None, interval: int, horizon: int) -> dict[str, Column]:
    """A row per tick that failed or removed a record, in the order of (time, executor)."""
    kinds = {name: values.dtype for name, values in columns_of(TickRows()).items()}
    if phases is None:
        return {name: np.zeros(0, kind) for name, kind in kinds.items()}
    most = -(-horizon // interval) + 2

    def key(executor: Column, times: Column) -> Integers:
        """The number of the first tick at or after each time, counted through all executors."""
        number = np.maximum(0, -((phases[executor] - times) // interval))
        keys: Integers = executor * most + np.minimum(number, most - 1)
        return keys

    sides = [
        (a["source"].astype(np.int64), a["requested"], np.maximum(a["completed"], a["failed"]),
         (a["failed"] != NEVER) & (a["failure"] == TIMED_OUT), a["removed"], a["replaced"]),
        (a["target"].astype(np.int64), a["admitted"], np.maximum(a["restored"], a["target_failed"]),
         a["target_failed"] != NEVER, a["target_removed"], a["target_replaced"]),
    ]  # fmt: skip
    created, ended, gone, failed, removed = [], [], [], [], []
    for executor, opened, over, late, away, replaced in sides:
        there = opened != NEVER
        created.append(key(executor[there], opened[there]))
        there = over != NEVER
        ended.append(key(executor[there], over[there] + late[there]))
        failed.append(key(executor[late], over[late]))
        there = away != NEVER
        removed.append(key(executor[there], away[there]))
        gone.append(removed[-1] + 1)
        there = replaced != NEVER
        gone.append(key(executor[there], replaced[there]))
    late_at, away_at = np.concatenate(failed), np.concatenate(removed)
    found = np.unique(np.concatenate([late_at, away_at]))
    executor, number = found // most, found % most
    when = phases[executor] + number * interval
    opened_by, over_by, gone_by = (np.sort(np.concatenate(keys)) for keys in (created, ended, gone))

    def upto(keys: Integers) -> Integers:
        """How many of them are at or before each tick, on its executor."""
        before = np.searchsorted(keys, executor * most)
        counts: Integers = np.searchsorted(keys, found, side="right") - before
        return counts

    opened_then = upto(opened_by)
    columns = {
        "executor": executor, "at": when, "active": opened_then - upto(over_by), "records": opened_then - upto(gone_by),
        "timed_out": _counts(found, late_at), "removed": _counts(found, away_at),
    }  # fmt: skip
    order = np.lexsort((executor, when))
    return {name: columns[name][order].astype(kind) for name, kind in kinds.items()}


def _counts(found: Integers, keys: Integers) -> Integers:
    """How often each key is there."""
    counts: Integers = np.bincount(np.searchsorted(found, keys), minlength=len(found))
    return counts
