"""Fewer events of a timeline: those of one row and one kind that are close to each other become one with a count."""

from collections.abc import Iterable, Sequence
from typing import NamedTuple


class Event(NamedTuple):
    """An event: row, kind, time in µs, the number of events that it represents, and the index of the first."""

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
    found = _merged((Event(*event, 1, number) for number, event in enumerate(events)), width)
    while len(found) > most:
        width = max(2 * width, span // 4096)
        if width > 2 * span:
            return sorted(found, key=lambda each: (-each.merged, each))[:most], width
        found = _merged(found, width)  # each bin contains whole bins of the last pass
    return found, width


def _merged(events: Iterable[Event], width: int) -> list[Event]:
    """The events, those of one row, kind and bin as one with the time of the first."""
    found: dict[tuple[int, str, int], Event] = {}
    for event in events:
        key = event.row, event.kind, event.at // width
        there = found.get(key)
        found[key] = event if there is None else there._replace(merged=there.merged + event.merged)
    return list(found.values())
