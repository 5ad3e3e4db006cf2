"""The time until the answer to a request, up to the latest detection.

The distribution is a convolution on a grid (`convolution`). Its partial moments give the mean duration of answers that
arrive in time. With F the distribution function, E[X; X <= y] = y F(y) - ∫₀ʸ F and E[X²; X <= y] = y² F(y) - 2 ∫₀ʸ x
F, by parts.
"""

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from icnsim.scenario import Distribution
from icnsim.theory.convolution import sum_of
from icnsim.theory.integral import running_integral

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class Reply:
    """A sum of independent durations up to a limit, s.

    Attributes
    ----------
    shift : the sum of its constant parts.
    grid : values of the sum without the shift, s; empty if all parts are constant.
    share, first, second : F, E[X; X <= x] and E[X²; X <= x] of that sum on the grid.
    """

    shift: float
    grid: Floats
    share: Floats
    first: Floats
    second: Floats

    def upto(self, y: Floats) -> tuple[Floats, Floats, Floats]:
        """P(X <= y), E[X; X <= y] and E[X²; X <= y] at points y <= limit, s."""
        if not len(self.grid):
            share: Floats = np.where(y >= self.shift, 1.0, 0.0)
            return share, share * self.shift, share * self.shift**2
        share, first, second = (
            np.where(y < self.shift, 0.0, np.interp(y - self.shift, self.grid, column))
            for column in (self.share, self.first, self.second)
        )
        shifted = first + self.shift * share
        return share, shifted, second + 2 * self.shift * first + self.shift**2 * share

    def points(self, count: int) -> Floats:
        """Quantiles of the middles of `count` equal shares, s; one point if all parts are constant."""
        if not len(self.grid):
            return np.array([self.shift])
        shares = (np.arange(count) + 0.5) / count * self.share[-1]
        found: Floats = self.shift + np.interp(shares, self.share, self.grid)
        return found


def reply_of(parts: tuple[Distribution, ...], limit_us: float) -> Reply:
    """The reply that takes these parts, µs, up to a limit."""
    shift = sum(part.constant for part in parts if part.constant is not None)
    random = tuple(part for part in parts if part.constant is None)
    if random and shift < limit_us:
        return Reply(shift / 1e6, *_moments(random, limit_us))
    nothing: Floats = np.zeros(0)
    return Reply(shift / 1e6, nothing, nothing, nothing, nothing)


@lru_cache(maxsize=64)  # of half a MiB each
def _moments(random: tuple[Distribution, ...], limit_us: float) -> tuple[Floats, Floats, Floats, Floats]:
    """The grid and the columns of `Reply`; routes that differ in their distance alone share them."""
    found = sum_of(random, min(limit_us, sum(part.support()[1] for part in random)))
    width = found.step / 1e6
    share: Floats = (found.below + found.above) / 2
    grid: Floats = np.arange(len(share), dtype=np.float64) * width
    first = grid * share - running_integral(share, width)
    second = grid * grid * share - 2 * running_integral(grid * share, width)
    return grid, share, first, second
