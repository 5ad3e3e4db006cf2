"""Attempts whose target has opened a second record: a late copy of the Request came when the first record was gone.

The columns of an attempt have room for one record at the target. The kernel keeps what they told of the
earlier ones, so that ticks, the timeline and the records' intervals include all of them.
"""

import numpy as np

from icnsim.columns.kernel import layout as at
from icnsim.draws.streams import Integers
from icnsim.recording.columns import NEVER, TIMED_OUT, Column
from icnsim.recording.occupancy import Records

TARGET_TIMES = {
    "admitted": at.O_ADMITTED, "restored": at.O_RESTORED, "target_failed": at.O_FAILED,
    "target_removed": at.O_REMOVED, "target_replaced": at.O_REPLACED,
}  # fmt: skip
SOURCE_TIMES = ("requested", "accepted", "checkpointed", "completed", "failed", "removed", "replaced")


def with_all_records(a: dict[str, Column], again: Integers, place: Integers) -> dict[str, Column]:
    """The columns with a row more for each earlier record; `place` is where the attempt of each of them lies."""
    if not len(again):
        return a
    columns = {}
    for name in SOURCE_TIMES:
        columns[name] = np.append(a[name], np.full(len(again), NEVER))
    for name, field in TARGET_TIMES.items():
        now = a[name].copy()
        now[place] = np.where(now[place] >= a["admitted"][place], now[place], NEVER)  # older ones are another record's
        columns[name] = np.append(now, again[:, field])
    for name in ("source", "target", "failure"):
        columns[name] = np.append(a[name], a[name][place])
    return columns


def records(a: dict[str, Column], horizon: int) -> Records:
    """The interval of every record; rows that are no attempts of their own have no source's."""
    sources = np.flatnonzero(a["requested"] != NEVER)
    targets = np.flatnonzero(a["admitted"] != NEVER)

    def both(source: Column, target: Column) -> Integers:
        times = np.concatenate([source[sources], target[targets]])
        times[times == NEVER] = horizon
        return times

    failed = (a["failure"] == TIMED_OUT) & (a["failed"] != NEVER)
    return Records(
        executor=np.concatenate([a["source"][sources], a["target"][targets]]).astype(np.int64),
        created=both(a["requested"], a["admitted"]),
        ended=both(np.maximum(a["completed"], a["failed"]), np.maximum(a["restored"], a["target_failed"])),
        gone=both(np.maximum(a["removed"], a["replaced"]), np.maximum(a["target_removed"], a["target_replaced"])),
        removed=np.concatenate([a["removed"][sources], a["target_removed"][targets]]) != NEVER,
        timed_out=np.concatenate([failed[sources], a["target_failed"][targets] != NEVER]),
    )
