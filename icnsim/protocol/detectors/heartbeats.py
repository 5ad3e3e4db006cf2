"""The rules that suspect a peer by its heartbeats: NFD-E and the accrual detector.

Each rule gives the first whole ms of the manager's monotonic clock at which the peer is suspected, unless another of
its heartbeats arrives before. So a manager sets a timer for that ms and asks again when it fires: either the answer is
the same, and the peer is suspected, or newer heartbeats have arrived, and the timer is set to a later ms.

Sources: Chen, Toueg and Aguilera (2002), section 6.3, see `chen`; Hayashibara et al. (2004), see `phi`.
"""

from typing import Protocol

from icnsim.protocol.detectors.accrual import FEWEST
from icnsim.protocol.detectors.chen import freshness_point
from icnsim.protocol.detectors.phi import first_exponential, first_normal
from icnsim.protocol.detectors.window import Moments


class Heard(Protocol):
    """The heartbeats of a peer that a manager remembers, at least one.

    Times are readings of the manager's monotonic clock, ms. A *silence* is the time from one arrival to the next.
    """

    @property
    def latest(self) -> int:
        """The largest number that has arrived."""

    @property
    def last(self) -> int:
        """The time of the last arrival."""

    @property
    def count(self) -> int:
        """The number of heartbeats."""

    def offsets(self, every: int) -> int:
        """The sum of the arrival times minus `every` times the sum of the numbers."""

    @property
    def silences(self) -> Moments:
        """The moments of the silences, whose total is the time from the first to the last arrival."""

    def longest_silence(self, rank: int) -> int:
        """The longest silence with rank 0, the next one with rank 1, and so on."""


class Rule(Protocol):
    """Decides from heartbeats when their sender is suspected."""

    def suspected_from(self, heard: Heard) -> int | None:
        """The first reading of the monotonic clock, ms, at which the peer is suspected; None if it is too early."""


class Freshness:
    """NFD-E: a peer is suspected when the expected arrival of its next heartbeat plus `alpha` has passed.

    Parameters
    ----------
    alpha : the margin, ms. every : the time between two heartbeats, ms.
    """

    __slots__ = ("_alpha", "_every")

    def __init__(self, alpha: int, every: int) -> None:
        self._alpha, self._every = alpha, every

    def suspected_from(self, heard: Heard) -> int | None:
        """See `Rule`."""
        return freshness_point(heard.offsets(self._every), heard.count, heard.latest, self._every, self._alpha)


class Silence:
    """The accrual detector: a peer is suspected when φ of the time since its last heartbeat reaches a threshold.

    The distribution is that of the silences between heartbeats. A silence at whose end the peer was suspected is not
    used, as in Akka: after one long partition, the detector would otherwise be slow for a whole window. Akka compares a
    silence with the silences before it. Here it is compared with the other silences of the window, the longest first,
    because only the window is kept.

    Parameters
    ----------
    threshold : the φ from which the peer is suspected. pause : is added to the mean of the silences, ms.
    min_std : the smallest standard deviation, ms; None for the exponential distribution, which does not use it.
    """

    __slots__ = ("_min_std", "_pause", "_threshold")

    def __init__(self, threshold: float, pause: int, min_std: int | None) -> None:
        self._threshold, self._pause, self._min_std = threshold, pause, min_std

    def suspected_from(self, heard: Heard) -> int | None:
        """See `Rule`; it needs three heartbeats, which have two silences."""
        silences = heard.silences
        if silences.number < FEWEST:
            return None
        for rank in range(silences.number - FEWEST):
            longest = heard.longest_silence(rank)
            number, total, squares = silences
            others = Moments(number - 1, total - longest, squares - longest * longest)
            if longest < self._first(others):
                break
            silences = others
        return heard.last + self._first(silences)

    def _first(self, silences: Moments) -> int:
        """The first time since a heartbeat, ms, at which φ reaches the threshold; at least 1."""
        mean = silences.mean + self._pause
        if self._min_std is None:
            return max(1, first_exponential(self._threshold, mean))
        return max(1, first_normal(self._threshold, mean, max(silences.deviation, float(self._min_std))))
