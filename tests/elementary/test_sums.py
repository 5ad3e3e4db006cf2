"""Sums of floats and rounded results: exact where they are exact, and the same in every order where they must be."""

import math

import numpy as np
import pytest

from icnsim.elementary.digits import DIGITS, stable
from icnsim.elementary.sums import added, deviation, mean, total


def test_a_total_is_rounded_once_and_does_not_depend_on_the_order():
    values = np.array([1e16, 1.0, -1e16, 1e-16, 3.0])
    assert total(values) == total(values[::-1]) == 4.0
    assert mean(values) == 0.8


def test_a_deviation_is_that_of_the_sample():
    assert deviation(np.array([2.0, 4.0, 9.0])) == math.sqrt(13)


def test_terms_along_an_axis_are_added_in_their_order():
    values = np.array([[1e16, 1.0], [1.0, 1.0], [1.0, 1.0]])
    assert added(values).tolist() == [1e16, 3.0]  # 1e16 + 1 is rounded to 1e16 twice
    assert added(values[::-1]).tolist() == [1e16 + 2, 3.0]
    assert added(values, 1).tolist() == [1e16, 2.0, 2.0]
    assert added(np.zeros((2, 0, 3)), 1).shape == (2, 3)


@pytest.mark.parametrize("value", [math.pi, -1.0 / 3, 6.02e23, 1e-300])
def test_a_difference_in_the_last_bit_disappears(value):
    assert stable(value) == stable(math.nextafter(value, 0))
    assert stable(np.array([[value]])).tolist() == [[stable(value)]]
    assert abs(stable(value) / value - 1) <= 0.5 * 10.0 ** (1 - DIGITS)


def test_what_has_no_digits_stays_as_it_is():
    assert math.isnan(stable(math.nan))
    assert [stable(each) for each in (0.0, math.inf, -math.inf)] == [0.0, math.inf, -math.inf]
