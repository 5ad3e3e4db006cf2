"""Differences within pairs: calculated by hand, compared with SciPy, and properties of all figures."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from scipy.stats import sem, t, ttest_rel

from icnsim.statistics.paired import Floats, paired, reduction_interval

NAN = math.nan


def column(*values: float) -> Floats:
    return np.array(values, dtype=np.float64)[:, np.newaxis]


def test_three_pairs_have_the_values_that_were_calculated_by_hand() -> None:
    # Differences 1, 2, 3: mean 2, variance 1; A's variance 4, B's 9; t(0.975, 2) = 4.302653.
    found = paired(column(2, 4, 6), column(3, 6, 9))
    assert (found.n[0], found.mean_a[0], found.mean_b[0], found.difference[0]) == (3, 4, 6, 2)
    assert (found.std[0], found.variance_reduction[0]) == (1, 13)
    half = 4.302652729696 / math.sqrt(3)
    assert (found.low[0], found.high[0]) == pytest.approx((2 - half, 2 + half), rel=1e-8)


def test_the_interval_is_that_of_scipys_paired_t_test() -> None:
    generator = np.random.default_rng(5)
    a = generator.normal(10, 2, (12, 4))
    b = a + generator.normal(0.5, 1, (12, 4))
    found = paired(a, b)
    low, high = ttest_rel(b, a).confidence_interval(0.95)
    assert found.low == pytest.approx(low, rel=1e-9) and found.high == pytest.approx(high, rel=1e-9)
    assert found.p == pytest.approx(ttest_rel(b, a).pvalue, rel=1e-8)


def test_pairing_has_no_effect_on_independent_figures_and_widens_the_interval_of_opposed_ones() -> None:
    generator = np.random.default_rng(6)
    a, b = generator.normal(size=(2, 20_000, 1))
    assert paired(a, b).variance_reduction[0] == pytest.approx(1, abs=0.05)
    assert paired(a, -a).variance_reduction[0] == pytest.approx(0.5)


def test_the_interval_of_the_reduction_is_that_of_the_jackknife_written_out() -> None:
    generator = np.random.default_rng(7)
    a = generator.exponential(2, 9)
    b = a + generator.normal(1, 0.5, 9)
    ratio = lambda x, y: math.log(np.var(x + y, ddof=1) / np.var(y - x, ddof=1))  # noqa: E731
    pseudo = [9 * ratio(a, b) - 8 * ratio(np.delete(a, place), np.delete(b, place)) for place in range(9)]
    ends = t.interval(0.95, 8, np.mean(pseudo), sem(pseudo))
    # A pair in which B does not have the figure is not counted.
    found = paired(column(*a, 5.0), column(*b, NAN))
    assert (found.reduction_low[0], found.reduction_high[0]) == pytest.approx([(1 + math.exp(e)) / 2 for e in ends])


@pytest.mark.parametrize(("draw", "least"), [("standard_normal", 0.935), ("standard_exponential", 0.88)])
def test_the_interval_of_the_reduction_covers_the_true_reduction(draw: str, least: float) -> None:
    # A = C + 0.3 X and B = 1.2 C + 0.3 Y with variances 1: (1.09 + 1.53) / 0.22 times as many replications.
    generator = np.random.default_rng(8)
    common, x, y = getattr(generator, draw)(size=(3, 10, 4000))
    a, b = common + 0.3 * x, 1.2 * common + 0.3 * y
    low, high = reduction_interval(b - a, a + b, np.ones(a.shape, dtype=np.bool_))
    covered = (low <= 2.62 / 0.22) & (high >= 2.62 / 0.22)
    # 0.946 and 0.897 are expected; a right interval fails with a probability below 0.002.
    assert least < covered.mean() < 0.965


def test_an_interval_of_the_reduction_that_is_too_wide_is_not_known() -> None:
    # Of three pairs, two differ by nearly the same amount and one does not.
    found = paired(column(1.0, 2.0, 9.0), column(2.0, 3.01, 9.5))
    assert found.variance_reduction[0] > 100
    assert math.isnan(found.reduction_low[0]) and math.isnan(found.reduction_high[0])


def test_differences_that_are_all_equal_have_the_p_value_of_the_sign_test() -> None:
    found = paired(column(*range(6)), column(*range(1, 7)))
    assert (found.p[0], found.std[0]) == (2.0**-5, 0)
    assert paired(column(*range(6)), column(*range(6))).p[0] == 1
    assert math.isnan(paired(column(*range(5)), column(*range(1, 6))).p[0])  # five equal differences give no interval


def test_a_figure_is_compared_over_the_pairs_in_which_both_sides_have_it() -> None:
    found = paired(column(NAN, 4, 6, 1), column(3, 5, 9, NAN))
    assert (found.n[0], found.mean_a[0], found.mean_b[0], found.difference[0]) == (2, 5, 7, 2)


def test_without_pairs_no_figure_has_a_value_and_one_pair_has_no_interval() -> None:
    for none in (paired(column(NAN, 1), column(2, NAN)), paired(np.empty((0, 1)), np.empty((0, 1)))):
        assert none.n[0] == 0
        assert all(math.isnan(values[0]) for values in none[1:])
    one = paired(column(1), column(4))
    assert (one.n[0], one.difference[0]) == (1, 3)
    assert all(math.isnan(values[0]) for values in (one.low, one.high, one.std, one.variance_reduction))


def test_a_constant_shift_has_no_spread_however_it_is_rounded() -> None:
    a = column(0.1, 0.7, 12.3, 1e3, 4.4, 5.5)
    found = paired(a, a + 0.3)
    assert found.std[0] == 0 and math.isnan(found.variance_reduction[0])
    assert found.low[0] == found.high[0] == found.difference[0] == pytest.approx(0.3)


def test_a_rounding_error_is_not_a_difference() -> None:
    found = paired(column(0.3, *[7] * 5), column(0.1 + 0.2, *[7] * 5))
    assert (found.difference[0], found.low[0], found.high[0], found.std[0]) == (0, 0, 0, 0)
    few = paired(column(7, 7, 7), column(8, 8, 8))
    assert few.difference[0] == 1 and math.isnan(few.low[0])  # a rare event may not have occurred


figures = arrays(np.float64, (5, 2), elements=st.one_of(st.just(NAN), st.floats(-1e6, 1e6)))
whole = arrays(np.float64, (5, 2), elements=st.integers(-(2**30), 2**30).map(float))


@given(figures, figures)
def test_swapping_the_sides_negates_the_differences(a: Floats, b: Floats) -> None:
    there, back = paired(a, b), paired(b, a)
    same = np.testing.assert_array_equal
    same(there.difference, -back.difference)
    same(there.low, -back.high)
    same(there.std, back.std)
    same(there.p, back.p)
    same(there.variance_reduction, back.variance_reduction)
    same(there.reduction_low, back.reduction_low)


@given(figures)
def test_a_side_differs_from_itself_by_exactly_0(a: Floats) -> None:
    found = paired(a, a)
    assert not np.nan_to_num(np.stack([found.difference, found.low, found.high, found.std])).any()
    assert np.isnan(found.variance_reduction).all()


@given(whole, whole, whole)
def test_a_common_part_of_both_sides_does_not_change_the_differences(a: Floats, b: Floats, common: Floats) -> None:
    alone, together = paired(a, b), paired(a + common, b + common)
    same = np.testing.assert_array_equal
    same(alone.difference, together.difference)
    same(alone.std, together.std)
    same(alone.low, together.low)
