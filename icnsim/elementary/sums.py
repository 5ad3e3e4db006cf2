"""Sums and moments of floats that have the same bits on every machine.

NumPy adds floats in an order that depends on its version, and `sum` of Python rounds differently from version 3.12 on.
"""

import math

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]


def total(values: Floats) -> float:
    """The sum of a column, rounded once."""
    return math.fsum(values.tolist())


def mean(values: Floats) -> float:
    """The mean of a column that is not empty."""
    return total(values) / len(values)


def deviation(values: Floats) -> float:
    """The sample standard deviation of at least two values. The squares are those of distances from the mean."""
    distance = values - mean(values)
    return math.sqrt(total(distance * distance) / (len(values) - 1))


def added(values: Floats, axis: int = 0) -> Floats:
    """The sums along an axis. The terms are added one after the other, in their order."""
    found: Floats = np.zeros(np.delete(values.shape, axis))
    for part in np.moveaxis(values, axis, 0):
        found += part
    return found
