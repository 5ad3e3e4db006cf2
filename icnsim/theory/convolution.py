"""The distribution of a sum of independent durations, with bounds on its error.

Theory of operation. Each duration is rounded down to a grid, which makes the sum smaller
and its distribution function larger, and rounded up, which does the opposite. The rounded
ones are convolved exactly (by FFT), so the true function lies between the two; their
distance is the error. Only [0, limit] is needed, so the mean of a
distribution may be infinite.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from icnsim.scenario import Distribution

Floats = NDArray[np.float64]
CELLS = 1 << 14


@dataclass(frozen=True, slots=True)
class SumOf:
    """A sum of independent durations, on a grid.

    Attributes
    ----------
    limit : the end of the grid. step : its step.
    below, above : bounds of its distribution function at 0, step, 2 step….
    """

    limit: float
    step: float
    below: Floats
    above: Floats

    def exceeds(self, x: Floats) -> Floats:
        """The probability that the sum is more than `x` <= limit: the middle of its bounds."""
        places = np.clip(np.floor(np.asarray(x) / self.step).astype(np.int64), 0, len(self.above) - 1)
        chance: Floats = 1 - (self.above[places] + self.below[places]) / 2
        return np.clip(chance, 0.0, 1.0)


def sum_of(parts: Sequence[Distribution], limit: float) -> SumOf:
    """The distribution of the sum of `parts` on [0, limit]."""
    shift = sum(part.constant for part in parts if part.constant is not None)
    random = [part for part in parts if part.constant is None]
    step = limit / CELLS
    edges: Floats = np.arange(CELLS + 1, dtype=np.float64) * step
    length = 1 << (2 * CELLS).bit_length()
    down, up = np.ones(length // 2 + 1, dtype=complex), np.ones(length // 2 + 1, dtype=complex)
    for part in random:
        reach = part.cdf(edges)
        mass = np.diff(reach)
        # The mass at the lower edge of a cell belongs to the first cell.
        down = _times(down, np.concatenate([[reach[0] + mass[0]], mass[1:]]), length)
        up = _times(up, np.concatenate([[reach[0]], mass]), length)
    above = _cumulated(down, length)
    below = _cumulated(up, length)
    cells = int(shift // step)
    return SumOf(limit, step, _shifted(below, cells + 1), _shifted(above, cells))


def _times(spectrum: NDArray[np.complex128], mass: Floats, length: int) -> NDArray[np.complex128]:
    """The spectrum of a convolution, cut back to the grid."""
    product = np.fft.irfft(spectrum * np.fft.rfft(mass, length), length)
    product[CELLS + 1 :] = 0.0
    return np.fft.rfft(product)


def _cumulated(spectrum: NDArray[np.complex128], length: int) -> Floats:
    mass = np.fft.irfft(spectrum, length)[: CELLS + 1]
    return np.clip(np.cumsum(mass), 0.0, 1.0)


def _shifted(values: Floats, cells: int) -> Floats:
    return np.concatenate([np.zeros(min(cells, len(values))), values])[: len(values)]
