"""A hashed timing wheel: timers in slots, by the tick at which each is due modulo the number of slots.

Theory of operation. The time to set or to cancel a timer does not depend on the number of others that wait. A tick
checks the entries of one slot. An entry that is due in a later round of the wheel stays there. After skipped ticks
the wheel checks each slot at most once, however many ticks were skipped.

Source: Varghese and Lauck, "Hashed and hierarchical timing wheels" (SOSP 1987), scheme 6. They keep an unsorted list in
each slot with the rounds that are left. Here an entry has the tick at which it is due, so a tick changes no entry
that stays.
"""

from collections.abc import Hashable
from typing import Final, Generic, TypeVar

SLOTS: Final = 256
"""The default number of slots of a wheel. With ticks of 1 s, one round takes 256 s."""

Key = TypeVar("Key", bound=Hashable)


class TimingWheel(Generic[Key]):
    """Timers that are due at whole ticks.

    Parameters
    ----------
    slots : the number of slots, at least 1. now : the number of the tick before the first one.

    Attributes
    ----------
    now : the last tick.
    visited : the number of slots that all ticks together have checked.
    """

    __slots__ = ("_due", "_slots", "now", "visited")

    def __init__(self, slots: int = SLOTS, now: int = 0) -> None:
        if slots < 1:
            raise ValueError(f"a timing wheel has at least 1 slot, not {slots}")
        self.now = now
        self.visited = 0
        self._slots: list[dict[Key, int]] = [{} for _ in range(slots)]
        self._due: dict[Key, int] = {}

    def __len__(self) -> int:
        """The number of timers that wait."""
        return len(self._due)

    def __contains__(self, key: Key) -> bool:
        return key in self._due

    def insert(self, key: Key, tick: int) -> None:
        """Set a timer that is due at a later tick.

        Raises
        ------
        ValueError : if the tick has passed, or if the key has a timer.
        """
        if tick <= self.now:
            raise ValueError(f"tick {tick} has passed: the wheel is at tick {self.now}")
        if key in self._due:
            raise ValueError(f"{key!r} has a timer, due at tick {self._due[key]}: delete it first")
        self._due[key] = tick
        self._slots[tick % len(self._slots)][key] = tick

    def delete(self, key: Key) -> bool:
        """Cancel a timer. False if the key has no timer."""
        tick = self._due.pop(key, None)
        if tick is None:
            return False
        del self._slots[tick % len(self._slots)][key]
        return True

    def advance(self, tick: int) -> list[Key]:
        """Turn to a tick; returns the keys that were due since the last tick.

        They are in the order of their ticks, and at one tick in the order in which they were set. A tick that has
        passed does nothing.
        """
        slots, due = self._slots, self._due
        count = len(slots)
        skipped = min(tick - self.now, count)
        if skipped <= 0:
            return []
        first, self.now = self.now + 1, tick
        self.visited += skipped
        found: list[tuple[int, Key]] = []
        for place in range(first, first + skipped):
            slot = slots[place % count]
            if not slot:
                continue
            late = [(at, key) for key, at in slot.items() if at <= tick]
            for _, key in late:
                del slot[key], due[key]
            found += late
        if tick > first:
            found.sort(key=_tick_of)
        return [key for _, key in found]

    def clear(self) -> None:
        """Cancel all timers."""
        for slot in self._slots:
            slot.clear()
        self._due.clear()


def _tick_of(entry: tuple[int, object]) -> int:
    return entry[0]
