"""The Pareto front: the points that no other point dominates."""

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]


def front(costs: Floats) -> NDArray[np.bool_]:
    """Returns True for each point that no other point dominates.

    Parameters
    ----------
    costs : points × criteria; smaller values are better. A point with a NaN is not on the front
        and dominates no point.

    A point dominates another if its cost is not larger in any criterion and smaller in at least
    one. Equal points are on the front together. In lexicographic order, the first point that is
    not yet dominated is on the front. Hence the work is proportional to the number of points
    times the size of the front.
    """
    on_it = np.zeros(len(costs), dtype=np.bool_)
    left = np.lexsort(costs.T[::-1]) if costs.shape[1] else np.arange(len(costs))
    left = left[~np.isnan(costs[left]).any(axis=1)]
    while len(left):
        best = costs[left[0]]
        same = (costs[left] == best).all(axis=1)
        on_it[left[same]] = True
        left = left[(costs[left] < best).any(axis=1)]
    return on_it
