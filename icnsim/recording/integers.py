"""The types of the integer arrays that a recording consists of."""

import numpy as np
from numpy.typing import NDArray

Integers = NDArray[np.int64]
Column = NDArray[np.integer]
