"""The timeout of the accrual failure detector: φ of the wait for an answer reaches the threshold."""

from typing import Final

from icnsim.protocol.detectors.phi import first_exponential, first_normal
from icnsim.protocol.detectors.window import Window

FEWEST: Final = 2
"""A standard deviation needs two observations."""


class SuspicionLevel:
    """An estimator of the time until an answer, from the distribution of the last stays.

    Parameters
    ----------
    threshold : the φ from which an answer is overdue.
    window : the number of stays that are kept.
    pause : is added to the mean of the stays, ms (Akka's `acceptable-heartbeat-pause`).
    min_std : the smallest standard deviation, ms (Akka's `min-std-deviation`); None for the exponential distribution,
        which does not use it.
    """

    __slots__ = ("_min_std", "_pause", "_stays", "_threshold")

    def __init__(self, threshold: float, window: int, pause: int, min_std: int | None) -> None:
        self._threshold, self._pause, self._min_std = threshold, pause, min_std
        self._stays = Window(window)

    def observe(self, elapsed: int) -> None:
        """An answer came after this many ms."""
        self._stays.add(elapsed)

    def suspect(self, since: int, now: int) -> None:
        """A question was given up. This changes nothing: only answers change the distribution."""

    def timeout(self, fixed: int) -> int:
        """The longest wait whose φ is below the threshold, ms, at least 0; `fixed` before two observations."""
        stays = self._stays.moments
        if stays.number < FEWEST:
            return fixed
        mean = stays.mean + self._pause
        if self._min_std is None:
            first = first_exponential(self._threshold, mean)
        else:
            first = first_normal(self._threshold, mean, max(stays.deviation, float(self._min_std)))
        return max(0, first - 1)

    @property
    def numbers(self) -> int:
        """The number of values that are kept."""
        return len(self._stays)
