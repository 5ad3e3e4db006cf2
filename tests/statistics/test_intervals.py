"""Confidence intervals: compared with SciPy and published values, and by their coverage."""

import itertools
import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from icnsim.statistics.intervals import (
    PROPORTIONS,
    clopper_pearson,
    fewest,
    half_width,
    kind,
    order,
    orders,
    proportion,
    student,
    wilson,
)

SAMPLES = 2000
"""The number of samples of each simulated coverage. Its standard error is 0.5 % at 95 %."""

values = st.floats(-1e6, 1e6).map(lambda value: round(value, 6))
samples = st.lists(values, min_size=2, max_size=40).map(np.array)


def column(*numbers: float) -> np.ndarray:
    return np.array(numbers, dtype=float)


# Proportions


@pytest.mark.parametrize(
    ("cases", "trials", "low", "high"),
    [
        # Newcombe 1998, "Two-sided confidence intervals for the single proportion", table I, method 3.
        (81, 263, 0.2553, 0.3662),
        (15, 148, 0.0624, 0.1605),
        (0, 20, 0.0, 0.1611),
        (1, 29, 0.0061, 0.1718),
    ],
)
def test_wilson_s_interval_is_the_published_one(cases: int, trials: int, low: float, high: float) -> None:
    assert wilson(cases, trials) == pytest.approx((low, high), abs=5e-5)


@given(st.integers(0, 500), st.integers(1, 500), st.sampled_from((0.8, 0.95, 0.999)))
def test_wilson_s_interval_is_that_of_scipy(cases: int, more: int, level: float) -> None:
    trials = cases + more
    expected = stats.binomtest(cases, trials).proportion_ci(level, method="wilson")
    assert wilson(cases, trials, level) == pytest.approx((expected.low, expected.high), abs=1e-12)


def test_one_replication_has_no_interval_of_a_proportion_because_its_trials_may_share_a_crash() -> None:
    for cases, trials in (((19,), (100,)), ((0, 19), (0, 100)), ((0, 0), (0, 0)), ((), ())):
        assert all(map(math.isnan, proportion(column(*cases), column(*trials))))


def test_replications_that_agree_count_as_their_trials_together() -> None:
    expected = stats.binomtest(80, 400).proportion_ci(method="wilson")
    found = proportion(column(19, 21, 20, 20), column(100, 100, 100, 100))
    assert found == pytest.approx((expected.low, expected.high))


def test_replications_that_differ_by_more_than_chance_count_as_fewer_trials() -> None:
    cases, trials = column(5, 35, 10, 30), column(100, 100, 100, 100)
    # Variance between the shares over p (1 - p) / 100, times (t(3) / z)^2.
    ratio = np.var(cases / 100, ddof=1) / (0.2 * 0.8 / 100)
    count, z = 400 / (ratio * (stats.t.ppf(0.975, 3) / stats.norm.ppf(0.975)) ** 2), stats.norm.ppf(0.975)
    # Wilson's bounds are the roots of (share - p)^2 = z^2 p (1 - p) / n.
    roots = np.roots([1 + z * z / count, -(2 * 0.2 + z * z / count), 0.2**2])
    assert proportion(cases, trials) == pytest.approx(sorted(roots))
    assert proportion(column(*cases, 0), column(*trials, 0)) == pytest.approx(sorted(roots))


def test_a_rate_without_a_case_has_an_upper_bound_above_0_and_one_without_a_failure_a_lower_bound_below_1() -> None:
    low, high = proportion(column(0, 0, 0), column(50, 50, 50))
    assert low == 0 and 0 < high < 0.05
    assert proportion(column(50, 50), column(50, 50)) == pytest.approx((1 - wilson(0, 100).high, 1))
    assert all(map(math.isnan, wilson(0, 0)))


@given(st.lists(st.tuples(st.integers(0, 30), st.integers(0, 30)), min_size=1, max_size=12))
def test_a_proportion_s_interval_contains_its_estimate_and_mirrors_that_of_the_opposite(pairs: list[tuple]) -> None:
    cases, trials = (column(*part) for part in zip(*((a, a + b) for a, b in pairs)))
    low, high = proportion(cases, trials)
    if np.count_nonzero(trials) < 2:
        assert math.isnan(low) and math.isnan(high)
        return
    assert 0 <= low <= cases.sum() / trials.sum() <= high <= 1
    assert proportion(trials - cases, trials) == pytest.approx((1 - high, 1 - low), abs=1e-9)


# Means


@given(samples, st.sampled_from((0.5, 0.95, 0.999)))
def test_student_s_interval_is_that_of_scipy(sample: np.ndarray, level: float) -> None:
    scale = stats.sem(sample)
    if scale < 1e-9:
        return
    expected = stats.t.interval(level, len(sample) - 1, loc=sample.mean(), scale=scale)
    # A quantile has 9 digits, so an end that is close to 0 has an error in proportion to the width.
    assert student(sample, level) == pytest.approx(expected, rel=1e-7, abs=1e-5 + 1e-8 * (expected[1] - expected[0]))
    assert half_width(sample.std(ddof=1), len(sample), level) == pytest.approx((expected[1] - expected[0]) / 2)


def test_one_value_has_no_interval_and_equal_ones_have_one_without_width() -> None:
    assert all(map(math.isnan, student(column(3)))) and all(map(math.isnan, student(column())))
    assert student(np.full(10, 0.1)) == (0.1, 0.1)  # 0.1 ten times is not 1


# Quantiles and extremes


def coverage(count: int, rank: int) -> float:
    """Probability that the rank-th smallest and largest of `count` values enclose the median, by enumeration."""
    below = [sum(sides) for sides in itertools.product((0, 1), repeat=count)]
    return sum(rank <= number <= count - rank for number in below) / 2**count


@pytest.mark.parametrize("count", range(1, 15))
def test_the_ranks_are_the_innermost_that_cover_enough(count: int) -> None:
    found = order(np.arange(1.0, count + 1))
    if coverage(count, 1) < 0.95:
        assert all(map(math.isnan, found))
        return
    rank = int(found.low)
    assert found.high == count + 1 - rank
    assert coverage(count, rank) >= 0.95 > coverage(count, rank + 1)


def test_no_values_have_no_interval() -> None:
    assert all(map(math.isnan, order(column())))


@pytest.mark.parametrize(("count", "rank"), [(20, 6), (50, 18), (100, 40), (1000, 469)])
def test_the_ranks_of_many_values_are_those_of_tables_of_the_sign_test(count: int, rank: int) -> None:
    # The values of published tables. The exact probability is also checked here.
    assert order(np.arange(1.0, count + 1)) == (rank, count + 1 - rank)
    outside = [2 * stats.binom.cdf(each - 1, count, 0.5) for each in (rank, rank + 1)]
    assert outside[0] <= 0.05 < outside[1]


@given(
    st.lists(values, min_size=1, max_size=40, unique=True), st.sampled_from((np.cbrt, np.arctan, np.exp, np.negative))
)
def test_a_monotone_transformation_also_maps_the_interval(sample: list[float], function: np.ufunc) -> None:
    shrunk = np.array(sample) / 1e5
    low, high = order(shrunk)
    there = order(function(shrunk))
    expected = (function(high), function(low)) if function is np.negative else (function(low), function(high))
    np.testing.assert_array_equal(there, expected)


@given(st.lists(st.lists(st.one_of(values, st.just(math.nan)), min_size=9, max_size=9), min_size=1, max_size=4))
def test_each_of_several_columns_has_the_interval_of_its_existing_values(columns: list[list[float]]) -> None:
    table = np.array(columns).T
    found = orders(np.stack([table, table[::-1]]))
    assert found.shape == (2, len(columns), 2)
    for place, each in enumerate(columns):
        alone = order(np.array([value for value in each if not math.isnan(value)]))
        np.testing.assert_array_equal(found[:, place], [alone, alone])


# The kind of interval


def test_each_figure_has_the_interval_of_its_kind() -> None:
    assert all(kind(name) == "wilson" for name in PROPORTIONS)
    assert {kind(f"downtime.{name}") for name in ("min", "p50", "p95", "p99", "max")} == {"order"}
    assert {kind(name) for name in ("downtime.mean", "records.peak", "events", "predicted.detection_latency.p95")} == {
        "student"
    }


@pytest.mark.parametrize("level", [0.8, 0.95, 0.999])
def test_the_least_number_of_replications_has_an_interval_and_a_smaller_one_does_not(level: float) -> None:
    assert (fewest([]), fewest(["success_rate"])) == (1, 2)
    assert fewest(["success_rate", "records.mean"]) == 2
    least = fewest(["success_rate", "records.mean", "downtime.p99"], level)
    assert math.isnan(order(np.arange(least - 1.0), level).low) and order(np.arange(float(least)), level).low == 0
    assert fewest(["downtime.p99"]) == 6


# Coverage, with fixed seeds. A correct interval fails one of these tests with a probability below 1e-4.


def share(covered: list[bool]) -> float:
    return sum(covered) / len(covered)


def test_student_has_its_nominal_coverage_of_the_mean_of_normal_values() -> None:
    generator = np.random.default_rng(11)
    found = [student(sample) for sample in generator.normal(7, 3, (SAMPLES, 5))]
    assert stats.binomtest(sum(low <= 7 <= high for low, high in found), SAMPLES, 0.95).pvalue > 1e-4


def test_order_statistics_cover_the_median_of_a_skewed_distribution_with_the_probability_of_their_ranks() -> None:
    generator = np.random.default_rng(12)
    found = orders(generator.exponential(1, (SAMPLES, 12, 1)))[:, 0]
    covered = sum(low <= math.log(2) <= high for low, high in found)
    assert stats.binomtest(covered, SAMPLES, coverage(12, 3)).pvalue > 1e-4


@pytest.mark.parametrize(("probability", "size"), [(0.5, 40), (0.8, 40), (0.97, 100), (0.01, 200)])
def test_a_proportion_s_interval_covers_the_probability_of_independent_trials(probability: float, size: int) -> None:
    generator = np.random.default_rng(13)
    trials = np.full(10, float(size))
    found = [proportion(cases.astype(float), trials) for cases in generator.binomial(size, probability, (SAMPLES, 10))]
    # 0.965 to 0.975 are expected. The bounds are four standard errors of the simulation wider.
    assert 0.945 < share([low <= probability <= high for low, high in found]) < 0.995


@pytest.mark.parametrize("replications", [2, 3, 5, 10])
def test_it_has_the_same_coverage_if_trials_of_one_replication_share_crashes(replications: int) -> None:
    # Each run has Poisson(3) crashes. Each fails Binomial(40, 1/2) of its 400 trials; the others succeed with 0.97.
    generator = np.random.default_rng(14)
    failed = generator.binomial(40 * generator.poisson(3, (SAMPLES, replications)), 0.5)
    cases = generator.binomial(np.maximum(400 - failed, 0), 0.97).astype(float)
    truth, trials = 0.97 * (400 - 3 * 20) / 400, np.full(replications, 400.0)
    found = [proportion(each, trials) for each in cases]
    # 0.95 is expected; four standard errors of the simulation are 0.02.
    assert share([low <= truth <= high for low, high in found]) > 0.93
    naive = [wilson(each.sum(), trials.sum()) for each in cases]
    assert share([low <= truth <= high for low, high in naive]) < 0.6


def test_the_bounds_of_a_share_are_those_of_clopper_and_pearson() -> None:
    """Clopper and Pearson 1934: 0 of 10 has the upper bound 1 - 0.025^(1/10)."""
    assert clopper_pearson(0, 10) == pytest.approx((0, 1 - 0.025**0.1))
    assert clopper_pearson(10, 10) == pytest.approx((0.025**0.1, 1))
    assert clopper_pearson(5, 10) == pytest.approx((0.187086, 0.812914), abs=1e-6)
