"""The clocks of one executor: a monotonic clock that only drifts, and a wall clock that can also be set.

A reading is a base plus the virtual time since then, multiplied by a rate in parts per 10¹². The *monotonic* clock is
never set. The *wall* clock is the monotonic clock plus an offset. A protocol that computes ages from the wall clock
counts a step of that clock as time (hazard 15). The timers of the machine use the monotonic clock: loops, back-offs,
reminders and windows.
"""

from typing import Final

EVEN: Final = 10**12
"""The rate of a clock without drift, in parts per 10¹². Rates are rounded to one part, which is 32 µs in a year."""


class Clock:
    """Both clocks of an executor, in µs.

    Attributes
    ----------
    offset : the sum of all steps of the wall clock. rate : of the monotonic clock, in parts per 10¹².
    """

    __slots__ = ("_base", "_since", "offset", "rate")

    def __init__(self) -> None:
        self._base = 0
        self._since = 0
        self.rate = EVEN
        self.offset = 0

    def at(self, now: int) -> int:
        """The reading of the monotonic clock at the virtual time `now`."""
        if self.rate == EVEN:
            return self._base + now - self._since
        return self._base + (now - self._since) * self.rate // EVEN

    def when(self, reading: int) -> int:
        """The virtual time at which the monotonic clock shows that reading, if its rate does not change."""
        return self._since - (self._base - reading) * EVEN // self.rate

    def drift(self, now: int, rate: int) -> None:
        """Run at another rate from now on."""
        self._base, self._since = self.at(now), now
        self.rate = rate
