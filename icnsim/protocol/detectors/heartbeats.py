"""When a peer is suspected by its heartbeats: NFD-E and the accrual detector.

Each rule gives the first whole ms of the manager's monotonic clock at which the peer is suspected, unless another of
its heartbeats arrives before. So a manager sets a timer for that ms and asks again when it fires: either the answer is
the same, and the peer is suspected, or newer heartbeats have arrived, and the timer is set to a later ms.

Sources: Chen, Toueg and Aguilera (2002), section 6.3, see `chen`; Hayashibara et al. (2004), see `phi`.
"""

from collections.abc import Sequence
from itertools import pairwise
from typing import NamedTuple, Protocol

from icnsim.protocol.detectors.chen import freshness_point
from icnsim.protocol.detectors.phi import first_exponential, first_normal
from icnsim.protocol.detectors.window import Moments


class Heard(NamedTuple):
    """The heartbeats of a peer that a manager remembers.

    `numbers` are those in the heartbeats, ascending. `times` are the readings of the manager's monotonic clock at their
    arrivals, ms, in the same order; a heartbeat that was overtaken has a later time than its successor.
    """

    numbers: Sequence[int]
    times: Sequence[int]


NOTHING_HEARD = Heard((), ())


class Rule(Protocol):
    """How heartbeats tell that their sender is to be suspected."""

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
        """See `Rule`; it needs one heartbeat."""
        if not heard.numbers:
            return None
        offsets = sum(heard.times) - self._every * sum(heard.numbers)
        return freshness_point(offsets, len(heard.numbers), heard.numbers[-1], self._every, self._alpha)


class Silence:
    """The accrual detector: a peer is suspected when φ of the time since its last heartbeat reaches a threshold.

    The distribution is that of the silences between heartbeats. A silence at whose end the peer was suspected is no
    observation, as in Akka: one long partition would otherwise blunt the detector for a whole window. Akka judges it by
    the silences before it. Here the other silences of the window judge it, longest first, because a window is all that
    is remembered.

    Parameters
    ----------
    threshold : the φ from which the peer is suspected. pause : is added to the mean of the silences, ms.
    min_std : the smallest standard deviation, ms; None for the exponential distribution, which has none.
    """

    __slots__ = ("_min_std", "_pause", "_threshold")

    def __init__(self, threshold: float, pause: int, min_std: int | None) -> None:
        self._threshold, self._pause, self._min_std = threshold, pause, min_std

    def suspected_from(self, heard: Heard) -> int | None:
        """See `Rule`; it needs three heartbeats, which have two silences."""
        times = sorted(heard.times)
        silences = sorted(later - earlier for earlier, later in pairwise(times))
        if len(silences) < 2:
            return None
        number, total, squares = len(silences), sum(silences), sum(silence * silence for silence in silences)
        while number > 2:
            longest = silences[number - 1]
            others = Moments(number - 1, total - longest, squares - longest * longest)
            if longest < self._first(others):
                break
            number, total, squares = others
        return times[-1] + self._first(Moments(number, total, squares))

    def _first(self, silences: Moments) -> int:
        """The first time since a heartbeat, ms, at which φ reaches the threshold; at least 1."""
        mean = silences.mean + self._pause
        if self._min_std is None:
            return max(1, first_exponential(self._threshold, mean))
        return max(1, first_normal(self._threshold, mean, max(silences.deviation, float(self._min_std))))
