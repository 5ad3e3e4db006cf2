"""The process time of one executor: the time scale of all work of its process.

Theory of operation. A process works only while it runs. While it is paused or has crashed, its process time stops.
While a fault slows it down by a factor, its process time advances by 1 µs in `factor` µs. A stage, a task or an actor's
own checkpoint ends at a reading of this scale. A pause, a crash or a change of speed therefore affects all of them, at
the instant at which it happens.

Readings are exact: whole µs until a fault slows the process down, and fractions after that.
"""

import math
from fractions import Fraction
from typing import Final

FULL_SPEED: Final = Fraction(1)


class ProcessTime:
    """The process time of one executor, µs."""

    __slots__ = ("_base", "_running", "_since", "_slowness", "_stood")

    def __init__(self) -> None:
        self._base: int | Fraction = 0
        self._since = 0
        self._stood = 0
        self._running = True
        self._slowness = FULL_SPEED

    def at(self, now: int) -> int | Fraction:
        """The reading at the virtual time `now`, µs."""
        if not self._running:
            return self._base
        if self._slowness is FULL_SPEED:
            return self._base + now - self._since
        return self._base + (now - self._since) / self._slowness

    def whole(self, now: int) -> int:
        """The reading at the virtual time `now` in whole µs, rounded down."""
        return int(self.at(now))

    def when(self, reading: int | Fraction) -> int | None:
        """The first virtual time at which that reading is reached, µs; None while the process is stopped."""
        if not self._running:
            return None
        left = max(0, reading - self._base)
        return self._since + math.ceil(left if self._slowness is FULL_SPEED else left * self._slowness)

    def stood(self, now: int) -> int:
        """The total time for which the process was paused or ended so far, µs of virtual time."""
        return self._stood if self._running else self._stood + now - self._since

    def change(self, now: int, slowness: Fraction, *, running: bool) -> None:
        """From now on the process runs or is stopped, and its work takes `slowness` times longer."""
        self._base, self._stood, self._since = self.at(now), self.stood(now), now
        self._running = running
        self._slowness = FULL_SPEED if slowness == FULL_SPEED else slowness
