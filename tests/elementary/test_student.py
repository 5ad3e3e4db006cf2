"""Student's quantile is that of SciPy to all digits that results show."""

import math
import random

import pytest
from scipy.special import stdtrit

from icnsim.elementary.digits import stable
from icnsim.elementary.student import quantile

LEVELS = (0.5, 0.9, 0.95, 0.975, 0.99, 0.999, 0.999999)


@pytest.mark.parametrize("level", LEVELS)
def test_it_is_that_of_scipy_also_for_degrees_of_freedom_that_are_not_whole(level: float) -> None:
    generator = random.Random(1)
    for freedom in [*range(1, 60), *(generator.uniform(0.3, 40) for _ in range(200)), 1e3]:
        expected = float(stdtrit(freedom, (1 + level) / 2))
        assert quantile(freedom, level) == pytest.approx(expected, rel=1e-11), freedom
        assert stable(quantile(freedom, level)) == stable(expected), freedom


def test_the_quantiles_with_a_closed_form() -> None:
    """With one degree of freedom tan(π level / 2), with two level √(2 / (1 − level²))."""
    for level in LEVELS:
        assert quantile(1, level) == pytest.approx(math.tan(math.pi * level / 2), rel=1e-9)
        assert quantile(2, level) == pytest.approx(level * math.sqrt(2 / (1 - level * level)), rel=1e-9)
