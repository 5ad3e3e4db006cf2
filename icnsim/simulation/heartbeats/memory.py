"""The heartbeats of a peer that a manager keeps, in the form that the detectors use."""

from typing import Final

import numpy as np

from icnsim.draws.streams import Integers
from icnsim.protocol.detectors.window import Moments

LARGEST: Final = 1 << 62
"""A sum of squares below it fits into 64 bits."""


class Memory:
    """The heartbeats of one peer; a `protocol.detectors.heartbeats.Heard`.

    Parameters
    ----------
    numbers : the numbers in the heartbeats, ascending; at least one.
    times : the times of their arrivals, ms, in the same order.
    """

    __slots__ = ("_lengths", "_numbers", "_times", "last")

    def __init__(self, numbers: Integers, times: Integers) -> None:
        self._numbers, self._times = numbers, times
        self.last = int(times.max())
        self._lengths: Integers | None = None

    @property
    def latest(self) -> int:
        return int(self._numbers[-1])

    @property
    def count(self) -> int:
        return len(self._numbers)

    def offsets(self, every: int) -> int:
        return int(self._times.sum()) - every * int(self._numbers.sum())

    @property
    def silences(self) -> Moments:
        lengths = self._ascending()
        if not len(lengths):
            return Moments(0, 0, 0)
        if len(lengths) * int(lengths[-1]) ** 2 < LARGEST:
            squares = int(np.dot(lengths, lengths))
        else:
            squares = sum(length * length for length in lengths.tolist())
        return Moments(len(lengths), self.last - int(self._times.min()), squares)

    def longest_silence(self, rank: int) -> int:
        return int(self._ascending()[-1 - rank])

    def _ascending(self) -> Integers:
        """The silences from the shortest to the longest."""
        if self._lengths is None:
            ordered = np.sort(self._times)
            self._lengths = np.sort(ordered[1:] - ordered[:-1])
        return self._lengths
