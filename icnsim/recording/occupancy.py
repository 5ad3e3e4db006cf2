"""How many records exist over time, and the state of the federation at regular instants."""

from typing import Final

import numpy as np

from icnsim.recording.batches import edges, of_batches
from icnsim.recording.clusters import Certainty
from icnsim.recording.columns import Recording
from icnsim.recording.cumulative import Exact, cumulative, fits
from icnsim.recording.integers import Integers
from icnsim.recording.records import Records
from icnsim.recording.tables import STATES
from icnsim.recording.uncertainty import Unit
from icnsim.scenario import Scenario

LIVES: Final = 20
"""The shortest window for which the mean number of records has an interval, in lives of a record."""


def mean_held(records: Records, start: int, end: int) -> float | None:
    """Time average of the records held over [start, end) µs; None for an empty window."""
    if end <= start:
        return None
    before, upto = map(int, existed(records.created, records.gone, np.array([start, end])))
    return (upto - before) / (end - start)


def certainty_of_time(records: Records, start: int, end: int, life: int) -> Certainty | str:
    """The certainty of the mean of the records held over [start, end) µs by batches of time, or the reason why it is
    missing.

    Parameters
    ----------
    life : how long a manager holds a record at most, µs. In a window of fewer than `LIVES` lives there is no interval,
        because it contains few independent numbers of records. During the first life of a simulation, which begins
        empty, the number grows; this growth is left out of the variance.
    """
    if end - start < LIVES * life:
        return f"the window is shorter than {LIVES} lives of a record (timeout, check interval and retention)"
    cuts = np.array(edges(max(start, min(life, end)), end))
    upto = existed(records.created, records.gone, cuts)
    return of_batches(np.diff(upto).astype(np.float64), np.diff(cuts).astype(np.float64), Unit.TIME.value)


def path(begun: Integers, ended: Integers, start: int, end: int, parts: int) -> Exact:
    """The time for which intervals [begun, ended) exist in each of some equal parts of a window, summed, µs.

    Divided by the length of a part, a sum is the part's time average of the number of intervals. The parts cover the
    window [start, end) without its first µs, fewer than `parts`, so that all have the same length. The result is
    empty if the window has fewer µs than parts.
    """
    length = (end - start) // parts
    if length < 1:
        return np.zeros(0, np.int64)
    return np.diff(existed(begun, ended, end - length * np.arange(parts, -1, -1)))


def existed(begun: Integers, ended: Integers, instants: Integers) -> Exact:
    """For each instant, the time for which intervals [begun, ended) have existed before it, summed, µs.

    The sums are exact. An interval contributes (t - begun) - (t - ended), each term only if it is positive. So two
    cumulative counts and sums are enough, and no interval is cut at each instant.
    """
    (begins, of_begins), (ends, of_ends) = (cumulative(column, instants) for column in (begun, ended))
    counts: Exact = begins - ends
    if not fits(len(begun), int(instants.min()), int(instants.max())):
        counts = counts.astype(object)
    return counts * instants - of_begins + of_ends


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
