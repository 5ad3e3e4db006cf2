"""The records of a run as intervals, and the federation's state at regular instants."""

from dataclasses import dataclass
from itertools import pairwise
from typing import Final

import numpy as np

from icnsim.recording.columns import Column, Integers, Recording
from icnsim.recording.cumulative import cumulative
from icnsim.recording.tables import STATES
from icnsim.scenario import Scenario

FATES: Final = ("removed", "replaced", "forgotten", "left")
REMOVED, REPLACED, FORGOTTEN, LEFT = range(len(FATES))
"""The codes of `Records.fate`. Cleanup removed the record, another record of its actor replaced it, a crash lost it, or
its executor holds it at the end of the simulation."""


@dataclass(frozen=True, slots=True)
class Records:
    """Every record of a run, on both sides, in any order.

    A record is active in [created, ended) and terminal in [ended, gone); times are in µs. `fate` is an index into
    `FATES`. `timed_out` is true if detection failed the record. An event that has not happened by the end of the
    simulation has the time of the horizon, which is after all events.
    """

    executor: Column
    created: Integers
    ended: Integers
    gone: Integers
    fate: Column
    timed_out: Column

    def fates(self) -> dict[str, int]:
        """The number of records by fate; every record has exactly one."""
        counts: list[int] = np.bincount(self.fate, minlength=len(FATES)).tolist()
        return dict(zip(FATES, counts, strict=True))


def mean_held(records: Records, start: int, end: int) -> float | None:
    """Time average of the records held over [start, end) µs; None for an empty window."""
    if end <= start:
        return None
    before, upto = existed(records.created, records.gone, np.array([start, end]))
    return (upto - before) / (end - start)


def batches(begun: Integers, ended: Integers, start: int, end: int, count: int) -> list[int]:
    """The time for which intervals [begun, ended) exist in each of `count` equal batches of a window, summed, µs.

    Divided by the length of a batch, a sum is the batch's time average of the number of intervals. The batches cover
    the window [start, end) without its first µs, at most `count` - 1, so that all batches have the same length. There
    are no batches if the window has fewer than `count` µs.
    """
    length = (end - start) // count
    if length < 1:
        return []
    instants = end - length * np.arange(count, -1, -1)
    areas = existed(begun, ended, instants)
    return [after - before for before, after in pairwise(areas)]


def existed(begun: Integers, ended: Integers, instants: Integers) -> list[int]:
    """For each instant, the time for which intervals [begun, ended) have existed before it, summed, µs.

    The sums are exact. An interval contributes (t - begun) - (t - ended), each term only if it is positive. So two
    cumulative counts and sums are enough, and no interval is cut at each instant.
    """
    (begins, of_begins), (ends, of_ends) = (cumulative(column, instants) for column in (begun, ended))
    counts = (begins - ends).tolist()
    return [
        count * instant - begin + end
        for count, instant, begin, end in zip(counts, instants.tolist(), of_begins, of_ends, strict=True)
    ]


def timeline(recording: Recording, scenario: Scenario) -> dict[str, Integers]:
    """The federation at 0, step, 2 step… below the horizon; columns as declared in `tables`."""
    step = scenario.record.timeline
    assert step is not None
    samples = recording.samples
    active = np.sum([samples[state] for state in STATES[:4]], axis=0)
    records = active + samples["complete"] + samples["failed"]
    return {
        "at_s": np.arange(len(recording.in_flight), dtype=np.int64) * step,
        **{name: samples[name] for name in STATES},
        "active": active,
        "records": records,
        "memory_bytes": records * scenario.manager.costs.record,
        "running": samples["running"],
        "paused": samples["paused"],
        "in_flight": recording.in_flight,
    }
