"""The clocks of one executor: one that only drifts, and one that can be set.

Theory of operation. A reading is a base plus the virtual time since, at a rate of so many
ppm. The *monotonic* clock knows no steps; the *wall* clock is the same plus an offset. A
protocol that takes ages from the wall clock believes that a step was time (hazard 15).
"""

from typing import Final

EVEN: Final = 1_000_000
"""The rate of a clock that is right, in millionths."""


class Clock:
    """Both clocks of an executor, in µs.

    Attributes
    ----------
    offset : what steps have added to the wall clock.
    """

    __slots__ = ("_base", "_rate", "_since", "offset")

    def __init__(self) -> None:
        self._base = 0
        self._since = 0
        self._rate = EVEN
        self.offset = 0

    def monotonic(self, now: int) -> int:
        """The reading that no step changes, at the virtual time `now`."""
        if self._rate == EVEN:
            return self._base + now - self._since
        return self._base + (now - self._since) * self._rate // EVEN

    def drift(self, now: int, rate: int) -> None:
        """Run at another rate from now on."""
        self._base, self._since = self.monotonic(now), now
        self._rate = rate
