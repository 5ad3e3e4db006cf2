"""A bounded window of whole numbers, with their mean and variance without drift.

The sums are integers, so they are exact after any number of observations. Only the last step, a quotient of two
integers, is rounded, and Python rounds it correctly.
"""

from collections import deque
from math import sqrt
from typing import NamedTuple


class Moments(NamedTuple):
    """The number of observations, their sum and the sum of their squares."""

    number: int
    total: int
    squares: int

    @property
    def mean(self) -> float:
        """The mean; there must be an observation."""
        return self.total / self.number

    @property
    def variance(self) -> float:
        """The mean squared distance from the mean, as in Akka's `HeartbeatHistory` (the divisor is the number)."""
        return (self.number * self.squares - self.total * self.total) / (self.number * self.number)

    @property
    def deviation(self) -> float:
        """The standard deviation."""
        return sqrt(self.variance)


class Window:
    """The newest observations, at most `size`."""

    __slots__ = ("_squares", "_total", "_values")

    def __init__(self, size: int) -> None:
        self._values: deque[int] = deque(maxlen=size)
        self._total = self._squares = 0

    def __len__(self) -> int:
        return len(self._values)

    def add(self, value: int) -> None:
        """Keep an observation; a full window loses its oldest one."""
        values = self._values
        if len(values) == values.maxlen:
            oldest = values[0]
            self._total -= oldest
            self._squares -= oldest * oldest
        values.append(value)
        self._total += value
        self._squares += value * value

    @property
    def moments(self) -> Moments:
        """The sums over the window."""
        return Moments(len(self._values), self._total, self._squares)
