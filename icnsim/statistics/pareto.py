"""The Pareto front: points of which no other is better in one respect and as good in all."""

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]


def front(costs: Floats) -> NDArray[np.bool_]:
    """Which points no other dominates.

    Parameters
    ----------
    costs : points × respects, each the better the smaller. A point with a NaN is not on the
        front and dominates none.

    A point dominates another if it costs no more in any respect and less in one; points that
    are equal are on the front together. Taken in lexicographic order, what is left after
    those that are dominated have been dropped begins with a point of the front, so the work
    is the number of points times the size of the front.
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
