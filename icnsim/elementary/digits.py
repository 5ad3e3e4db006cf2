"""Results of functions whose last bits differ between machines, rounded to the digits that are equal everywhere.

The closed forms and the quantiles of Student's distribution use functions of the C library, of NumPy and of SciPy.
Their results differ between machines by a few units in the last place, about 10⁻¹⁵ of the value. Rounded to
`DIGITS` digits they differ only if a boundary of the rounding is between them, which has a probability of about 10⁻⁶
for each figure. The closed forms themselves are not exact to more digits, because they integrate numerically.
"""

from typing import Final, overload

import numpy as np
from numpy.typing import NDArray

DIGITS: Final = 9
"""Significant digits."""
PLACES: Final = 12
"""Decimal places of a probability."""


@overload
def stable(value: float) -> float: ...
@overload
def stable(value: NDArray[np.float64]) -> NDArray[np.float64]: ...
def stable(value: float | NDArray[np.float64]) -> float | NDArray[np.float64]:
    """The value, or each value of a column, with `DIGITS` significant digits."""
    if isinstance(value, np.ndarray):
        return np.array([_rounded(each) for each in value.ravel().tolist()]).reshape(value.shape)
    return _rounded(value)


def chance(value: float) -> float:
    """A probability, or an expected number for one migration, with `PLACES` decimal places.

    The rounding errors of a probability are about 10⁻¹⁶, even if the probability itself is 0. So the significant digits
    of a very small one differ between machines.
    """
    return round(value, PLACES)


def _rounded(value: float) -> float:
    return float(f"{value:.{DIGITS - 1}e}")
