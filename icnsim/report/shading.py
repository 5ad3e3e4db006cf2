"""The faults of a scenario as shaded parts of the rows of a timeline."""

from collections.abc import Iterator
from typing import Final, NamedTuple

import numpy as np

from icnsim.report.selection import Integers
from icnsim.scenario import Scenario
from icnsim.scenario.faults import Crash, Fault, Heal, Partition
from icnsim.simulation.faults.occurrences import every_series

MOST_SHADED: Final = 200
MOST_FAULTS: Final = 20_000
"""Occurrences that are looked at."""


class Shaded(NamedTuple):
    """A fault in one row, µs; `kind` is as in the scenario. A fault that is over at once has two equal times."""

    row: int
    since: int
    until: int
    kind: str


def shaded(scenario: Scenario, row_of: Integers, end: int) -> list[Shaded]:
    """The faults that begin before `end`, µs; in one row, overlapping faults of one kind are one.

    At most `MOST_SHADED`: if there are more, gaps between faults of one kind in one row are shaded too, the shortest
    gaps first. A partition ends at the first `heal` after its start.

    Parameters
    ----------
    row_of : the row of each executor.
    """
    every = sorted(set(_parts(scenario, row_of, end)))
    gap = 0
    found = _joined(every, gap)
    while len(found) > MOST_SHADED and gap < end:
        gap = max(2 * gap, end // 4096, 1)
        found = _joined(every, gap)
    return found[:MOST_SHADED]


def crashes(scenario: Scenario, end: int) -> dict[int, Integers]:
    """For each executor the ascending times, µs, before `end` at which a crash loses its records."""
    found: dict[int, list[int]] = {}
    for fault in _faults(scenario, end):
        if isinstance(fault, Crash) and not (scenario.protocol.switches.durable_records and fault.state == "durable"):
            for number in _where(scenario, fault):
                found.setdefault(number, []).append(fault.at)
    return {number: np.array(sorted(times), dtype=np.int64) for number, times in sorted(found.items())}


def _parts(scenario: Scenario, row_of: Integers, end: int) -> Iterator[Shaded]:
    faults = list(_faults(scenario, end))
    heals = sorted(fault.at for fault in faults if isinstance(fault, Heal))
    for fault in faults:
        if isinstance(fault, Heal):
            continue
        lasting = fault.restart_after if isinstance(fault, Crash) else getattr(fault, "lasting", 0)
        until = end if lasting is None else min(end, fault.at + lasting)
        if isinstance(fault, Partition):
            until = min([until, *(at for at in heals if at >= fault.at)])
        for row in sorted({int(row_of[number]) for number in _where(scenario, fault)}):
            yield Shaded(row, fault.at, until, fault.kind)


def _faults(scenario: Scenario, end: int) -> Iterator[Fault]:
    count = 0
    for series in every_series(scenario, end):
        for _, fault in series:
            count += 1
            if fault.at >= end or count > MOST_FAULTS:
                break
            yield fault


def _where(scenario: Scenario, fault: Fault) -> tuple[int, ...]:
    """The executors that a fault names."""
    assert not isinstance(fault, Heal)
    if isinstance(fault, Partition) and fault.sources is not None and fault.targets is not None:
        return scenario.matching((*fault.sources, *fault.targets))
    return scenario.selected(fault.executors, fault.region)


def _joined(every: list[Shaded], gap: int) -> list[Shaded]:
    """The parts, joined where at most `gap`, µs, lies between two of one row and kind."""
    last: dict[tuple[int, str], int] = {}
    found: list[Shaded] = []
    for part in sorted(every, key=lambda part: (part.since, part.until, part.row, part.kind)):
        key = part.row, part.kind
        there = last.get(key)
        if there is not None and part.since <= found[there].until + gap:
            found[there] = found[there]._replace(until=max(found[there].until, part.until))
        else:
            last[key] = len(found)
            found.append(part)
    return found
