"""The 95 % interval of a mean over time, by batch means with an effective sample size.

Theory of operation. Values that are close in time depend on each other. The window is cut into `BATCHES` equal batches,
which are the units of `clusters`. Successive batches may still be correlated. As long as their residuals have a lag-1
correlation φ above `CORRELATED`, pairs of batches are merged, down to `LEAST` batches (Fishman and Yarberry 1997, "An
implementation of the batch means method"). Then only neighbours are taken as correlated, so the variance of the mean is
1 + 2 φ times that of independent batches, and B batches give as much information as B / (1 + 2 φ) independent ones.
This is the effective sample size; it also gives the degrees of freedom. The lag-1 correlation of B independent values
is too low by 1 / B on average, so 1 / B is added to it.

If the effective sample size is below `clusters.FEW`, there is no interval: the window is not much longer than the time
over which the values depend on each other, or a trend, such as a warm-up, runs through it.
"""

import math
from typing import Final

import numpy as np

from icnsim.recording.clusters import FEW, Certainty, Totals, Whole, equal_units, residuals

BATCHES: Final = 64
LEAST: Final = 16
CORRELATED: Final = 0.3


def batch_of(times: Whole, start: int, end: int) -> Whole:
    """The number of the batch of each time in [start, end], µs."""
    found: Whole = np.minimum((times - start) * BATCHES // max(1, end - start), BATCHES - 1)
    return found


def edges(start: int, end: int) -> list[int]:
    """The ends of the batches of a path over [start, end), µs, from `start` on; lengths differ by 1 µs at most."""
    return [start + (end - start) * number // BATCHES for number in range(BATCHES + 1)]


def of_batches(sums: Totals, counts: Totals, units: str) -> Certainty | str:
    """The certainty of ΣS / Σn, or the reason why it is unknown.

    Parameters
    ----------
    sums, counts : S and n of each of `BATCHES` batches: of its values, or the path's area and the batch's length.
    units : the plural of a batch.
    """
    while True:
        found = residuals(sums, counts)
        spread = math.fsum((found * found).tolist())
        if not spread:
            return Certainty(0.0, math.inf)
        lagged = math.fsum((found[1:] * found[:-1]).tolist())
        correlation = max(0.0, lagged / spread + 1 / len(sums))
        if correlation <= CORRELATED or len(sums) <= LEAST:
            break
        sums, counts = sums[::2] + sums[1::2], counts[::2] + counts[1::2]
    wider = 1 + 2 * correlation
    effective = equal_units(counts) / wider
    if effective < FEW:
        return f"fewer than {FEW} uncorrelated {units} ({effective:.1f}): the window is too short, or has a trend"
    variance = len(sums) / (len(sums) - 1) * spread * wider
    return Certainty(math.sqrt(variance) / math.fsum(counts.tolist()), effective - 1)
