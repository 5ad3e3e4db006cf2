"""The ticks that scan: a manager scans its active records only while one of its detectors polls.

The detector of the manager may change at run time (`manager.adjustments`), and actors may have detectors of their own
(`manager.overrides`). While one of them polls, a tick scans all active records, because it must find those
whose detector polls. Otherwise a tick scans no record.
"""

from collections.abc import Mapping
from dataclasses import fields
from typing import NamedTuple

import numpy as np

from icnsim.recording.columns import Recording
from icnsim.recording.integers import Column
from icnsim.recording.records import Records
from icnsim.scenario.manager import Manager

Span = tuple[int, int]
"""A time [start, stop), µs."""


class Scanned(NamedTuple):
    """The records that ticks scan.

    Attributes
    ----------
    records : the records, each with the time for which it is active and ticks scan.
    ticks : `Recording.ticks`, in which `active` is the number of records that the tick scanned.
    """

    records: Records
    ticks: Mapping[str, Column]


def scanned(recording: Recording, manager: Manager) -> Scanned:
    """The records and the ticks of a recording, without the times at which no detector of the manager polls."""
    spans = polling(manager, recording.horizon + 1)
    records, ticks = recording.records, recording.ticks
    if spans == [(0, recording.horizon + 1)]:
        return Scanned(records, ticks)
    within = np.zeros(len(ticks["at"]), np.bool_)
    for start, stop in spans:
        within |= (start <= ticks["at"]) & (ticks["at"] < stop)
    return Scanned(_during(records, spans), {**ticks, "active": np.where(within, ticks["active"], 0)})


def polling(manager: Manager, end: int) -> list[Span]:
    """The times before `end`, µs, at which a detector of the manager or of an override polls, in order and apart."""
    if any(override.detector is not None and override.detector.kind == "poll" for override in manager.overrides):
        return [(0, end)]
    changes = [(change.at, change.detector.kind) for change in manager.adjustments if change.detector is not None]
    kinds = [(0, manager.detector.kind), *changes]
    stops = [*(at for at, _ in changes), end]
    spans: list[Span] = []
    for (start, kind), stop in zip(kinds, stops, strict=True):
        if kind == "poll" and start < min(stop, end):
            joined = bool(spans) and spans[-1][1] == start
            spans.append((spans.pop()[0] if joined else start, min(stop, end)))
    return spans


def _during(records: Records, spans: list[Span]) -> Records:
    """A row for each record and span in which it is active at a possible tick; it is active for that time alone."""
    parts = []
    for start, stop in spans:
        last = records.ended + records.timed_out  # a tick scans the record that it fails
        rows = np.flatnonzero((records.created < stop) & (last > start))
        whole = records.ended[rows] < stop
        part = {field.name: getattr(records, field.name)[rows] for field in fields(Records)}
        part["created"] = np.maximum(part["created"], start)
        part["ended"] = np.minimum(part["ended"], stop)
        part["timed_out"] = part["timed_out"] & whole
        parts.append(part)
    if not parts:
        return Records(**{field.name: getattr(records, field.name)[:0] for field in fields(Records)})
    return Records(**{name: np.concatenate([part[name] for part in parts]) for name in parts[0]})
