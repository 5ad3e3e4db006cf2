"""How many records were held, when and where: arithmetic on intervals.

A record is active in [created, ended) and terminal in [ended, gone); the columns tell both
for the source's record and for the target's. From these intervals follow time averages,
peaks, the number of records in each state at any instant, and what each tick of each
manager's loop scanned, idle ticks included, without one of them having been simulated.
All sums are sums of whole µs.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from icnsim.protocol.states import State
from icnsim.recording import outcome
from icnsim.recording.columns import NEVER, TIMED_OUT, Column, Integers, Recording
from icnsim.recording.tables import STATES
from icnsim.scenario import Scenario


@dataclass(frozen=True, slots=True)
class Records:
    """Every record of a run, both sides: where, and when it was created, ended and gone, µs.

    `removed` tells whether cleanup removed it, `timed_out` whether detection failed it.
    What has not happened by the end of the simulation is at the horizon, which is after
    everything that happens.
    """

    executor: Integers
    created: Integers
    ended: Integers
    gone: Integers
    removed: Column
    timed_out: Column

    @classmethod
    def of(cls, recording: Recording) -> "Records":
        """The records of a recording: as they were kept, or the sources' first, the targets' after them."""
        if recording.records is not None:
            return recording.records
        a, horizon = recording.attempts, recording.horizon
        admitted = np.flatnonzero(a["admitted"] != NEVER)
        source_gone = np.maximum(a["removed"], a["replaced"])
        target_gone = np.maximum(a["target_removed"], a["target_replaced"])[admitted]
        source_ended = np.maximum(a["completed"], a["failed"])
        target_ended = np.maximum(a["restored"], a["target_failed"])[admitted]

        def both(source: Column, target: Column) -> Integers:
            times = np.concatenate([source, target])
            times[times == NEVER] = horizon
            return times

        return cls(
            executor=np.concatenate([a["source"], a["target"][admitted]]).astype(np.int64),
            created=both(a["requested"], a["admitted"][admitted]),
            ended=both(source_ended, target_ended),
            gone=both(source_gone, target_gone),
            removed=np.concatenate([a["removed"], a["target_removed"][admitted]]) != NEVER,
            timed_out=np.concatenate([a["failure"] == TIMED_OUT, a["target_failed"][admitted] != NEVER]),
        )


def mean_held(records: Records, start: int, end: int) -> float | None:
    """Time average of the records held over [start, end) µs; None for an empty window."""
    if end <= start:
        return None
    inside = np.minimum(records.gone, end) - np.maximum(records.created, start)
    return total(inside[inside > 0]) / (end - start)


def peak(starts: Integers, ends: Integers) -> int:
    """The most intervals [start, end) that hold one instant; at one instant ends come first."""
    # The times are runs that are nearly in order: a merge sort takes half the time.
    begun = np.sort(starts, kind="stable")
    over = np.searchsorted(np.sort(ends, kind="stable"), begun, side="right")
    return int((np.arange(1, len(begun) + 1) - over).max(initial=0))


def peak_of_one(records: Records, horizon: int) -> int:
    """The most records that any one executor held at once."""
    created, gone, span = records.created, records.gone, horizon + 1
    if (int(records.executor.max(initial=0)) + 1) * span > np.iinfo(np.int64).max:
        # Decades on thousands of executors do not fit into 64 bits: the order of the times is enough.
        ranks = np.unique(np.concatenate([created, gone]), return_inverse=True)[1]
        created, gone, span = ranks[: len(created)], ranks[len(created) :], len(ranks) + 1
    # Each executor's time is moved to a range of its own, so that one sort serves them all.
    offset = records.executor * span
    return peak(created + offset, gone + offset)


def total(values: Integers) -> int:
    """The exact sum of values that are not negative; that of a century's records exceeds 64 bits."""
    low = (1 << 32) - 1
    return (int((values >> 32).sum()) << 32) + int((values & low).sum())


@dataclass(frozen=True, slots=True)
class Cycles:
    """The ticks of all managers, grouped: `count` ticks scanned `active` and removed `removed`.

    The groups are as few as the ticks that had anything to do; all others are in one.
    """

    count: Integers
    active: Integers
    removed: Integers


def cycles(records: Records, recording: Recording, interval: int) -> Cycles:
    """What every tick in [0, horizon) had to do, by its executor's phase.

    A tick at t scans the records that are active at t: [created, ended) holds t, or it is
    the tick itself that ended the record.
    """
    phases = recording.phases
    assert phases is not None
    per_executor = ticks_of(phases, interval, recording.horizon)
    most = int(per_executor.max(initial=0)) + 1
    total = int(per_executor.sum())
    ticks = recording.ticks
    phase = phases[records.executor]
    first = _first_tick(records.created, phase, interval)
    last = _first_tick(records.ended, phase, interval)
    # A record that detection failed was ended by a tick, which had scanned it.
    last = np.minimum(last + records.timed_out, per_executor[records.executor])
    seen = first < last
    base = records.executor[seen] * most
    tick_key = ticks["executor"].astype(np.int64) * most + _first_tick(ticks["at"], phases[ticks["executor"]], interval)
    places = np.concatenate([base + first[seen], base + last[seen], tick_key, tick_key + 1])
    ones = np.ones(int(seen.sum()), dtype=np.int64)
    removed = ticks["removed"].astype(np.int64)
    none, nothing = np.zeros_like(ones), np.zeros_like(removed)
    active_step = np.concatenate([ones, -ones, nothing, nothing])
    removed_step = np.concatenate([none, none, removed, -removed])
    order = np.argsort(places, kind="stable")
    places = places[order]
    active, gone = np.cumsum(active_step[order]), np.cumsum(removed_step[order])
    length = np.diff(places, append=places[-1:])
    busy = (length > 0) & ((active > 0) | (gone > 0))
    count, active, gone = length[busy], active[busy], gone[busy]
    idle = total - int(count.sum())
    return Cycles(np.append(count, idle), np.append(active, 0), np.append(gone, 0))


def ticks_of(phases: Integers, interval: int, horizon: int) -> Integers:
    """How often each executor's loop ticks in [0, horizon)."""
    counts: Integers = np.maximum(0, -((phases - horizon) // interval))
    return counts


def _first_tick(times: Column, phases: Integers, interval: int) -> Integers:
    """The number of the first tick at or after each time."""
    numbers: Integers = np.maximum(0, -((phases - times) // interval))
    return numbers


def timeline(recording: Recording, scenario: Scenario) -> dict[str, Integers]:
    """The federation at 0, step, 2 step… below the horizon; columns as declared in `tables`."""
    step = scenario.record.timeline
    assert step is not None
    instants = np.arange(len(recording.in_flight), dtype=np.int64) * step
    if recording.samples is not None:
        return _sampled(instants, recording.samples, recording.in_flight, scenario.manager.costs.record)
    a = recording.attempts
    source_end, target_end = np.maximum(a["completed"], a["failed"]), np.maximum(a["restored"], a["target_failed"])
    gone, target_gone = np.maximum(a["removed"], a["replaced"]), np.maximum(a["target_removed"], a["target_replaced"])
    count = _Counter(len(instants), step)

    def between(entry: Column, *exits: Column) -> Integers:
        return count(entry) - sum(count(left) for left in exits)

    accepted, sent = a["accepted"], a["checkpointed"]
    before_accept = np.where(accepted == NEVER, a["failed"], NEVER)
    while_making = np.where((accepted != NEVER) & (sent == NEVER), a["failed"], NEVER)
    after_sending = np.where(sent == NEVER, NEVER, source_end)
    columns = {
        State.REQUESTING: between(a["requested"], accepted, before_accept),
        State.CHECKPOINTING: between(accepted, sent, while_making),
        State.TRANSFERRING: between(sent, after_sending),
        State.RESTORING: between(a["admitted"], target_end),
        State.COMPLETE: between(a["completed"], np.where(a["completed"] == NEVER, NEVER, gone))
        + between(a["restored"], np.where(a["restored"] == NEVER, NEVER, target_gone)),
        State.FAILED: between(a["failed"], np.where(a["failed"] == NEVER, NEVER, gone))
        + between(a["target_failed"], np.where(a["target_failed"] == NEVER, NEVER, target_gone)),
    }
    active = between(a["requested"], source_end) + between(a["admitted"], target_end)
    records = active + columns[State.COMPLETE] + columns[State.FAILED]
    paused = between(accepted, outcome.ran_again(a))
    doubled = _doubled(a, count)
    return {
        "at_s": instants,
        **{name: columns[State[name.upper()]] for name in STATES},
        "active": active,
        "records": records,
        "memory_bytes": records * scenario.manager.costs.record,
        "running": scenario.actors.count - paused + doubled,
        "paused": paused,
        "in_flight": recording.in_flight,
    }


def _sampled(
    instants: Integers, samples: Mapping[str, Integers], in_flight: Integers, record_bytes: int
) -> dict[str, Integers]:
    """The timeline as it was sampled while the run went on."""
    active = np.sum([samples[state] for state in STATES[:4]], axis=0)
    records = active + samples["complete"] + samples["failed"]
    return {
        "at_s": instants,
        **{name: samples[name] for name in STATES},
        "active": active,
        "records": records,
        "memory_bytes": records * record_bytes,
        "running": samples["running"],
        "paused": samples["paused"],
        "in_flight": in_flight,
    }


def _doubled(a: Mapping[str, Column], count: "_Counter") -> Integers:
    """Second copies of actors that run."""
    rows = np.flatnonzero(a["duplicate_run"] > 0)
    began = np.maximum(a["failed"][rows], a["restored"][rows])
    return count(began) - count(began + a["duplicate_run"][rows])


class _Counter:
    """Counts how many of some times are at or before each instant 0, step, 2 step…"""

    def __init__(self, instants: int, step: int) -> None:
        self._instants = instants
        self._step = step

    def __call__(self, times: Column) -> Integers:
        happened = times[times != NEVER]
        slot = np.minimum(-(-happened // self._step), self._instants)
        counts: Integers = np.cumsum(np.bincount(slot, minlength=self._instants + 1)[: self._instants])
        return counts
