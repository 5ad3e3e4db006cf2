"""Integrals of functions that are known at points."""

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]


def running_integral(values: Floats, widths: Floats | float) -> Floats:
    """The integral from the first point to each point, by the trapezoidal rule.

    Parameters
    ----------
    values : the function at n points. widths : the distances between neighbours, n - 1 or one for all.

    Returns
    -------
    n values, the first of which is 0.
    """
    return np.concatenate([[0.0], np.cumsum((values[1:] + values[:-1]) / 2 * widths)])
