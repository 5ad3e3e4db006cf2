"""The timeout that TCP derives from round trips: a smoothed time plus a multiple of its mean deviation.

Source: RFC 6298, "Computing TCP's retransmission timer" (2011). Section 2.2 defines the first observation, 2.3 each
later one (it updates the deviation before the mean), 2.4 the minimum, and 5.5 the doubling. The caller applies section
3 (Karn's rule): an answer to a message that was sent twice is no observation.
"""

from math import ceil
from typing import Final

GRANULARITY_MS: Final = 1
"""G of the RFC: the protocol's clock counts whole ms."""
LONGEST_MS: Final = 60_000
"""Doubling stops here, or at the fixed timeout if that is longer. RFC 6298 section 2.5 allows no shorter maximum."""
MOST_DOUBLINGS: Final = 16
"""Further doublings have no effect: 2^16 ms exceed `LONGEST_MS`."""


class RoundTrips:
    """The smoothed round trip of one kind of question, and the timeout that follows from it.

    Parameters
    ----------
    margin : K of the RFC (4), the number of mean deviations above the smoothed round trip.
    window : an observation has the weight 1 / window in the smoothed round trip (alpha = 1/8) and 2 / window, at
        most 1, in its mean deviation (beta = 1/4).
    minimum : the shortest timeout, ms (1 s).

    Attributes
    ----------
    smoothed, deviation : SRTT and RTTVAR, ms; None before the first observation.
    """

    __slots__ = ("_alpha", "_beta", "_doubled_at", "_doublings", "_margin", "_minimum", "deviation", "smoothed")

    def __init__(self, margin: float, window: int, minimum: int) -> None:
        self._margin, self._minimum = margin, minimum
        self._alpha, self._beta = 1 / window, min(1.0, 2 / window)
        self.smoothed: float | None = None
        self.deviation = 0.0
        self._doublings = 0
        self._doubled_at = -1

    def observe(self, elapsed: int) -> None:
        """An answer came after this many ms. It ends the doubling."""
        smoothed = self.smoothed
        if smoothed is None:
            self.smoothed, self.deviation = float(elapsed), elapsed / 2
        else:
            self.deviation += self._beta * (abs(smoothed - elapsed) - self.deviation)
            self.smoothed = smoothed + self._alpha * (elapsed - smoothed)
        self._doublings = 0

    def suspect(self, since: int, now: int) -> None:
        """A question of `since` was given up: double the timeout.

        TCP has one timer for all outstanding segments. So the questions that were asked before the last doubling, with
        the shorter timeout, do not double it again.
        """
        if self._doublings == 0 or since >= self._doubled_at:
            self._doublings = min(self._doublings + 1, MOST_DOUBLINGS)
            self._doubled_at = now

    def timeout(self, fixed: int) -> int:
        """The longest wait that is not yet overdue, ms; before any observation this is `fixed`."""
        timeout = fixed
        if self.smoothed is not None:
            margin = max(float(GRANULARITY_MS), self._margin * self.deviation)
            timeout = max(self._minimum, ceil(self.smoothed + margin))
        return min(timeout << self._doublings, max(timeout, fixed, LONGEST_MS))

    @property
    def numbers(self) -> int:
        """The number of values: the smoothed round trip, its deviation, and the doublings with their time."""
        return 4
