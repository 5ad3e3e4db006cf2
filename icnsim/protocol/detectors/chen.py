"""The detector NFD-E: a message is overdue when its expected arrival plus a margin has passed.

Source: Chen, Toueg and Aguilera, "On the quality of service of failure detectors" (IEEE Transactions on Computers 51,
2002), section 6.3. The last heartbeats give the expected arrival of the next one. The expected arrival of an answer
is the time of the question plus the mean of the last stays. Every number is an integer, so the results are exact;
the unit is the caller's.
"""

from icnsim.protocol.detectors.window import Window


def freshness_point(offsets: int, count: int, latest: int, every: int, alpha: int) -> int:
    """The first whole instant at which a peer is suspected, unless its next heartbeat arrives before.

    The expected arrival is EA = (1/n) Σ (A_i − η s_i) + (l + 1) η, and the peer is suspected when the time exceeds
    EA + α.

    Parameters
    ----------
    offsets : Σ (A_i − η s_i) over the last `count` heartbeats; A_i is the arrival and s_i the number of a heartbeat.
    latest : l, the largest number that has arrived. every : η, the time between two heartbeats. alpha : the margin.
    """
    return offsets // count + (latest + 1) * every + alpha + 1


class ExpectedAnswer:
    """An estimator of the time until an answer: the mean of the last `window` stays plus the margin `alpha`, ms."""

    __slots__ = ("_alpha", "_stays")

    def __init__(self, alpha: int, window: int) -> None:
        self._alpha = alpha
        self._stays = Window(window)

    def observe(self, elapsed: int) -> None:
        """An answer came after this many ms."""
        self._stays.add(elapsed)

    def suspect(self, since: int, now: int) -> None:
        """A question was given up. This changes nothing: only answers change the expected arrival."""

    def timeout(self, fixed: int) -> int:
        """The timeout, ms: the longest wait that is not yet overdue; `fixed` before the first observation.

        A whole number exceeds mean + alpha if and only if it exceeds the whole part of that sum.
        """
        stays = self._stays.moments
        return stays.total // stays.number + self._alpha if stays.number else fixed

    @property
    def numbers(self) -> int:
        """The number of values that are kept."""
        return len(self._stays)
