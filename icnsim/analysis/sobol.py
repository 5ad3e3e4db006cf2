"""Sobol' indices: which share of a figure's variance over the design each key causes.

The first-order index of a key is the share that it causes alone, the total index that with
all of its interactions: with the values f_A, f_B and f_ABi of the design's blocks, both about
their common mean, and V their variance, S_i = mean(f_B (f_ABi - f_A)) / V and
T_i = mean((f_A - f_ABi)²) / 2V (Saltelli et al. 2010, "Variance based sensitivity analysis of
model output", equations (b) and (f) of table 2).
"""

from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

RESAMPLES: Final = 1000
SEED: Final = 20_041_994
"""Of the bootstrap; the same figures give the same intervals."""


class Indices(NamedTuple):
    """Of each key: the index, and the ends of its 95 % interval."""

    first: Floats
    first_low: Floats
    first_high: Floats
    total: Floats
    total_low: Floats
    total_high: Floats


def indices(values: Floats, keys: int) -> Indices | None:
    """The indices of one figure; None where it does not vary.

    Parameters
    ----------
    values : of the figure at each point of a Saltelli design, in the order of its blocks: A,
        B and, for each key, A with that key's values from B; each block has n points.

    Intervals are percentiles of a bootstrap over the n rows.
    """
    blocks = values.reshape(1, keys + 2, -1)
    if np.ptp(blocks[:, :2]) <= 1e-12 * np.abs(blocks[:, :2]).max():
        return None
    first, total = _indices(blocks)
    rows = np.random.default_rng(SEED).integers(0, blocks.shape[2], (RESAMPLES, blocks.shape[2]))
    # A resample without variance has no indices, and is left out.
    low, high = np.nanpercentile(_indices(blocks[0].take(rows, axis=1).swapaxes(0, 1)), [2.5, 97.5], axis=1)
    return Indices(first[0], low[0], high[0], total[0], low[1], high[1])


def _indices(blocks: Floats) -> Floats:
    """Samples × blocks × points to (first, total) × samples × keys."""
    centred = blocks - blocks[:, :2].mean(axis=(1, 2), keepdims=True)
    a, b, mixed = centred[:, :1], centred[:, 1:2], centred[:, 2:]
    variance = centred[:, :2].var(axis=(1, 2))[:, np.newaxis]
    with np.errstate(invalid="ignore", divide="ignore"):
        first = (b * (mixed - a)).mean(axis=2) / variance
        total = ((a - mixed) ** 2).mean(axis=2) / (2 * variance)
    return np.where(variance > 0, np.stack([first, total]), np.nan)
