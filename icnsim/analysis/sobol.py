"""Sobol' indices: which share of a figure's variance over the design each key causes.

The first-order index of a key is the share that it causes alone, the total index that with
all of its interactions (Saltelli et al. 2010, "Variance based sensitivity analysis of model
output", equations (b) and (f) of table 2, as `scipy.stats.sobol_indices` computes them).
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
    blocks = values.reshape(keys + 2, -1)
    if np.ptp(blocks[:2]) <= 1e-12 * np.abs(blocks[:2]).max():
        return None
    first, total = _indices(blocks)
    generator = np.random.default_rng(SEED)
    rows = generator.integers(0, blocks.shape[1], (RESAMPLES, blocks.shape[1]))
    resampled = np.array([_indices(blocks[:, chosen]) for chosen in rows])
    low, high = np.nanpercentile(resampled, [2.5, 97.5], axis=0)
    return Indices(first, low[0], high[0], total, low[1], high[1])


def _indices(blocks: Floats) -> tuple[Floats, Floats]:
    from scipy.stats import sobol_indices

    func = {"f_A": blocks[:1], "f_B": blocks[1:2], "f_AB": blocks[2:, np.newaxis, :]}
    with np.errstate(invalid="ignore", divide="ignore"):
        found = sobol_indices(func=func, n=blocks.shape[1])
    return found.first_order.reshape(-1), found.total_order.reshape(-1)
