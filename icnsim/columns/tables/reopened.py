"""Attempts with several records at their target: a late copy of the Request arrived when the first record was removed.

The columns of an attempt hold one record at its target. The kernel keeps the times of earlier records, so that ticks,
the timeline and the records' intervals include all of them.
"""

import numpy as np

from icnsim.columns.kernel import layout as at
from icnsim.columns.population import Booleans
from icnsim.draws.streams import Integers
from icnsim.recording.columns import NEVER, TIMED_OUT
from icnsim.recording.integers import Column
from icnsim.recording.records import LEFT, REMOVED, REPLACED, Records

TARGET_TIMES = {
    "admitted": at.O_ADMITTED, "restored": at.O_RESTORED, "target_failed": at.O_FAILED,
    "target_removed": at.O_REMOVED, "target_replaced": at.O_REPLACED,
}  # fmt: skip
SOURCE_TIMES = ("requested", "accepted", "checkpointed", "completed", "failed", "removed", "replaced")


def with_all_records(attempts: dict[str, Column], reopened: Integers, place: Integers) -> dict[str, Column]:
    """The columns with an additional row for each earlier record at a target.

    Parameters
    ----------
    attempts : the columns of attempts. reopened : the earlier records; shape (records, OPENED).
    place : the row of the attempt of each earlier record.
    """
    if not len(reopened):
        return attempts
    columns = {}
    for name in SOURCE_TIMES:
        columns[name] = np.append(attempts[name], np.full(len(reopened), NEVER))
    for name, field in TARGET_TIMES.items():
        newest = attempts[name].copy()
        # A time before the admission belongs to an earlier record.
        newest[place] = np.where(newest[place] >= attempts["admitted"][place], newest[place], NEVER)
        columns[name] = np.append(newest, reopened[:, field])
    for name in ("actor", "source", "target", "failure"):
        columns[name] = np.append(attempts[name], attempts[name][place])
    return columns


def records(attempts: dict[str, Column], polled: Booleans, horizon: int) -> Records:
    """The interval of every record. A row of an earlier record has no record at the source.

    Parameters
    ----------
    attempts : the columns of attempts, with earlier records. polled : for each whether only ticks look for its records.
    horizon : the end of the run, µs.
    """
    sources = np.flatnonzero(attempts["requested"] != NEVER)
    targets = np.flatnonzero(attempts["admitted"] != NEVER)

    def fate(removed: Column, replaced: Column) -> Column:
        """In one byte each: larger temporaries cost a tenth of a run."""
        found = np.full(len(removed), LEFT, dtype=np.int8)
        found[replaced != NEVER] = REPLACED
        found[removed != NEVER] = REMOVED
        return found

    def both(source: Column, target: Column) -> Integers:
        times = np.concatenate([source[sources], target[targets]])
        times[times == NEVER] = horizon
        return times

    failed = (attempts["failure"] == TIMED_OUT) & (attempts["failed"] != NEVER)
    return Records(
        actor=np.concatenate([attempts["actor"][sources], attempts["actor"][targets]]),
        executor=np.concatenate([attempts["source"][sources], attempts["target"][targets]]).astype(np.int64),
        created=both(attempts["requested"], attempts["admitted"]),
        ended=both(
            np.maximum(attempts["completed"], attempts["failed"]),
            np.maximum(attempts["restored"], attempts["target_failed"]),
        ),
        gone=both(
            np.maximum(attempts["removed"], attempts["replaced"]),
            np.maximum(attempts["target_removed"], attempts["target_replaced"]),
        ),
        fate=np.concatenate(
            [
                fate(attempts["removed"], attempts["replaced"])[sources],
                fate(attempts["target_removed"], attempts["target_replaced"])[targets],
            ]
        ),
        timed_out=np.concatenate(
            [(failed & polled)[sources], ((attempts["target_failed"] != NEVER) & polled)[targets]]
        ),
    )
