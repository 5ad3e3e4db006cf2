"""The work of the ticks of all managers: how many active records each tick scanned, and how many it removed.

The work follows from the records' intervals and the lattices of the loops. A tick at t scans the records that are
active at t: [created, ended) contains t, or detection failed the record at t or, if detection is not atomic, between
t and the next tick. The table of ticks contains the number of records that a tick removed.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

import numpy as np

from icnsim.recording.actorgroups import GROUPS, group_of
from icnsim.recording.blocks import blocks
from icnsim.recording.integers import Column, Integers
from icnsim.recording.lattices import Lattices, Numbering
from icnsim.recording.records import Records

Ticks = Mapping[str, Column]
"""`Recording.ticks`."""


TICKS_PER_RECORD: Final = 4
"""With more ticks per scanned record than this, the ticks between the records are skipped."""


@dataclass(frozen=True, slots=True)
class Cycles:
    """Groups of ticks: `count` ticks scanned `active` records and removed `removed` records each.

    `scanned` is the number of scans of a record, over all ticks, for each of `actorgroups.GROUPS` groups of actors.
    """

    count: Integers
    active: Integers
    removed: Integers
    scanned: Integers


def cycles(records: Records, ticks: Ticks, lattices: Lattices) -> Cycles:
    """The work of every tick of these lattices. `ticks` must not contain ticks after the last instant.

    Each pair of `active` and `removed` occurs once, in ascending order.
    """
    numbering, _, length, level, scans = _runs(records, lattices)
    removing = np.flatnonzero(ticks["removed"] > 0)
    most = max(int(level.max(initial=0)), int(ticks["active"][removing].max(initial=0)))
    by_active = np.bincount(level, length, most + 1).astype(np.int64)
    by_active[0] += numbering.total - int(by_active.sum())
    # The ticks that removed records are moved out of the groups that removed none.
    span = int(ticks["removed"].max(initial=0)) + 1
    pairs, counts = np.unique(
        ticks["active"][removing].astype(np.int64) * span + ticks["removed"][removing], return_counts=True
    )
    np.subtract.at(by_active, pairs // span, counts)
    scanned = np.flatnonzero(by_active)
    groups = np.concatenate([scanned * span, pairs])
    order = np.argsort(groups)
    groups = groups[order]
    return Cycles(np.concatenate([by_active[scanned], counts])[order], groups // span, groups % span, scans)


def busy_ticks(records: Records, ticks: Ticks, lattices: Lattices) -> dict[str, Integers]:
    """Each tick that scanned or removed a record: `executor`, `at`, `active`, `removed`, in the order of executors."""
    numbering, start, length, level, _ = _runs(records, lattices)
    ends = np.cumsum(length)
    numbers = np.arange(int(length.sum())) + np.repeat(start - (ends - length), length)
    active = np.repeat(level, length)
    # A tick that is not atomic writes after its instant and before the next one.
    rows = np.flatnonzero(ticks["removed"] > 0)
    removing = numbering.before(ticks["executor"][rows], ticks["at"][rows].astype(np.int64) + 1) - 1
    busy = np.union1d(numbers, removing)
    found = {name: np.zeros(len(busy), dtype=np.int64) for name in ("active", "removed")}
    found["active"][np.searchsorted(busy, numbers)] = active
    np.add.at(found["removed"], np.searchsorted(busy, removing), ticks["removed"][rows])
    return {"executor": numbering.executors(busy), "at": numbering.instants(busy), **found}


def _runs(records: Records, lattices: Lattices) -> tuple[Numbering, Integers, Integers, Integers, Integers]:
    """The runs of successive ticks that scanned the same positive number of records.

    Returns
    -------
    the numbering of the ticks; for each run its first tick, its length and the records that each tick scanned; the
    number of scans of the records of each group of actors.
    """
    executors = 1 + max(int(records.executor.max(initial=0)), int(lattices.executor.max(initial=0)))
    numbering = Numbering(lattices, executors)
    found = [
        numbering.between(records.executor[b], records.created[b], records.ended[b] + records.timed_out[b])
        for b in blocks(len(records.executor))
    ]
    none = np.array([], dtype=np.int64)
    first = np.concatenate([none, *(begins for begins, _, _ in found)])
    last = np.concatenate([none, *(ends for _, ends, _ in found)])
    actors = (records.actor[b][rows] for b, (_, _, rows) in zip(blocks(len(records.actor)), found, strict=True))
    scanned = np.bincount(group_of(np.concatenate([none, *actors])), last - first, GROUPS).astype(np.int64)
    if numbering.total <= TICKS_PER_RECORD * len(first):
        # Counting at every tick takes a tenth of the time of a sort.
        begun, over = (np.bincount(numbers, minlength=numbering.total + 1) for numbers in (first, last))
        level = np.cumsum(begun - over)
        start = np.flatnonzero(level)
        return numbering, start, np.ones_like(start), level[start], scanned
    # One integer holds the tick, and whether the record becomes active or ends there.
    key = np.concatenate([first << 1, last << 1 | 1])
    key.sort()
    level = np.cumsum(1 - 2 * (key & 1))
    key >>= 1
    length = np.diff(key, append=key[-1:])
    runs = np.flatnonzero((length > 0) & (level > 0))
    return numbering, key[runs], length[runs], level[runs], scanned
