"""Fewer events of a timeline: those of one row and one kind that are close to each other become one with a count."""

from collections.abc import Sequence
from typing import NamedTuple


class Event(NamedTuple):
    """An event: row, kind, time in µs, the number of events that it stands for, and the index of the first."""

    row: int
    kind: str
    at: int
    merged: int
    first: int


def thinned(events: Sequence[tuple[int, str, int]], most: int, span: int) -> tuple[list[Event], int]:
    """At most `most` events, and the width of the bins, µs, within which they were merged; 1 if none was.

    Parameters
    ----------
    events : (row, kind, time) of each, the times at least 0. span : the time that they cover, µs, at least 1.
    """
    width = 1
    found = _merged(events, width)
    while len(found) > most:
        width = max(2 * width, span // 4096)
        if width > 2 * span:
            return sorted(found, key=lambda each: (-each.merged, each))[:most], width
        found = _merged(events, width)
    return found, width


def _merged(events: Sequence[tuple[int, str, int]], width: int) -> list[Event]:
    found: dict[tuple[int, str, int], Event] = {}
    for number, (row, kind, at) in enumerate(events):
        key = row, kind, at // width
        there = found.get(key)
        found[key] = Event(row, kind, at, 1, number) if there is None else there._replace(merged=there.merged + 1)
    return list(found.values())
