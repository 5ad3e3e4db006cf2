"""The records that were held during a run, as intervals, and the federation's state at regular instants."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from icnsim.recording.blocks import blocks
from icnsim.recording.columns import NEVER, TIMED_OUT, Column, Integers, Recording
from icnsim.recording.distribution import total
from icnsim.recording.tables import STATES
from icnsim.scenario import Scenario


@dataclass(frozen=True, slots=True)
class Records:
    """Every record of a run, both sides, in any order: where, and when it was created, ended and gone, µs.

    A record is active in [created, ended) and terminal in [ended, gone). `removed` is true where cleanup
    removed it, `timed_out` where detection failed it. What has not happened by the end of the simulation is
    at the horizon, which is after everything that happens.
    """

    executor: Column
    created: Integers
    ended: Integers
    gone: Integers
    removed: Column
    timed_out: Column

    @classmethod
    def of(cls, recording: Recording) -> "Records":
        """The records of a recording: as they were recorded, or as its attempts have them."""
        if recording.records is not None:
            return recording.records
        return cls.of_attempts(recording.attempts, recording.horizon)

    @classmethod
    def of_attempts(cls, a: Mapping[str, Column], horizon: int) -> "Records":
        """The records of attempts each of which has one record at most at each side."""
        admitted = np.flatnonzero(a["admitted"] != NEVER)

        def both(source: Column, target: Column) -> Integers:
            times = np.concatenate([source, target[admitted]])
            times[times == NEVER] = horizon
            return times

        return cls(
            executor=np.concatenate([a["source"], a["target"][admitted]]),
            created=both(a["requested"], a["admitted"]),
            ended=both(np.maximum(a["completed"], a["failed"]), np.maximum(a["restored"], a["target_failed"])),
            gone=both(np.maximum(a["removed"], a["replaced"]), np.maximum(a["target_removed"], a["target_replaced"])),
            removed=np.concatenate([a["removed"], a["target_removed"][admitted]]) != NEVER,
            timed_out=np.concatenate([a["failure"] == TIMED_OUT, a["target_failed"][admitted] != NEVER]),
        )


def mean_held(records: Records, start: int, end: int) -> float | None:
    """Time average of the records held over [start, end) µs; None for an empty window."""
    if end <= start:
        return None
    held = 0
    for block in blocks(len(records.gone)):
        inside = np.minimum(records.gone[block], end) - np.maximum(records.created[block], start)
        held += total(np.maximum(inside, 0, out=inside))
    return held / (end - start)


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
