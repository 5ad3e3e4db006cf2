"""The interval of a mean of dependent values, by hand, and its coverage with values that share an effect."""

import math
from fractions import Fraction
from random import Random

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import t

from icnsim.recording.clusters import (
    INDEPENDENT,
    Certainty,
    Sampling,
    equal_units,
    of_strata,
    of_units,
    student,
    totals,
    two_way,
)
from icnsim.recording.distribution import bounds, certainty_of, describe, describe_floats

PAIRS = np.repeat(np.arange(10), 2)


def test_the_interval_of_ten_pairs_of_equal_values_is_that_of_ten_values() -> None:
    values = np.array([3, 8, 1, 9, 4, 4, 7, 2, 6, 6])
    found = describe(np.repeat(values, 2), 1, Sampling("crashes", PAIRS))
    alone = describe(values, 1)
    assert found["ci95"] == pytest.approx(alone["ci95"], rel=1e-12)
    assert found["mean"] == alone["mean"] == 5
    half = t.ppf(0.975, 9) * math.sqrt(sum((value - 5) ** 2 for value in values.tolist()) / 9 / 10)
    assert found["ci95"] == pytest.approx([5 - half, 5 + half], rel=1e-7)


def test_the_variance_of_unequal_units_is_that_of_a_ratio() -> None:
    # Of 12 units, four each have 1, 2 and 3 values; the 24 units twice as many.
    sums = np.tile(np.array([3.0, 4, 10, 0, 6, 2, 8, 1, 5, 9, 7, 5]), 2)
    counts = np.tile(np.array([1.0, 2, 3, 1, 2, 1, 3, 1, 2, 3, 2, 3]), 2)
    found = of_units(sums, counts, "crashes")
    assert not isinstance(found, str)
    mean = 120 / 48
    squares = sum((s - n * mean) ** 2 for s, n in zip(sums.tolist(), counts.tolist(), strict=True))
    assert found.error == pytest.approx(math.sqrt(24 / 23 * squares) / 48, rel=1e-14)
    assert found.freedom == pytest.approx(112**2 / (8 * 1 + 8 * 16 + 8 * 81) - 1)


def test_equal_units_count_one_each_and_a_large_one_counts_for_little() -> None:
    assert equal_units(np.full(7, 5.0)) == 7
    assert equal_units(np.array([1.0, 1, 2])) == pytest.approx((1 + 1 + 4) ** 2 / (1 + 1 + 16))


def test_a_difference_between_strata_is_no_chance() -> None:
    sums, counts, strata = np.array([1.0, 3] * 6 + [101, 103] * 6), np.ones(24), np.repeat([0, 1], 12)
    found = of_strata(sums, counts, "executors", strata)
    assert not isinstance(found, str)
    assert found.error == pytest.approx(math.sqrt(12 / 11 * 24) / 24, rel=1e-14)
    assert found.freedom == pytest.approx(22)
    pooled = of_units(sums, counts, "executors")
    assert not isinstance(pooled, str)
    assert pooled.error > 20 * found.error


def test_a_stratum_may_have_two_units() -> None:
    """Twelve pairs with their own means: each unit is 1 from the mean of its pair, so a pair adds 2 x (1 + 1)."""
    strata = np.repeat(np.arange(12), 2)
    found = of_strata(100.0 * strata + np.tile([-1.0, 1.0], 12), np.ones(24), "executors", strata)
    assert not isinstance(found, str)
    assert found.error == pytest.approx(math.sqrt(12 * 4) / 24, rel=1e-14)
    assert found.freedom == pytest.approx(12)


def test_strata_of_one_unit_are_collapsed_into_one() -> None:
    sums, counts = np.arange(12.0), np.ones(12)
    alone = of_strata(sums, counts, "executors", np.arange(12))
    assert alone == of_units(sums, counts, "executors")


@pytest.mark.parametrize(
    ("of", "why"),
    [
        (np.zeros(100, dtype=np.int64), "fewer than 10 crashes (1)"),
        (np.arange(100) % 9, "fewer than 10 crashes (9)"),
        (
            np.maximum(np.arange(100) - 80, 0),
            "fewer than 10 crashes of equal size (20 of different sizes count as ",
        ),
    ],
)
def test_few_units_have_no_interval_and_a_reason(of: np.ndarray, why: str) -> None:
    found = describe(np.arange(100), 1, Sampling("crashes", of))
    assert found["ci95"] is None
    assert found["ci95_why"].startswith(why)


def test_a_sampling_without_units_gives_its_reason() -> None:
    found = describe(np.arange(100), 1, Sampling("", why="a census"))
    assert (found["ci95"], found["ci95_why"]) == (None, "a census")


def test_equal_values_have_an_interval_without_width() -> None:
    whole = describe(np.full(30, 333_333), sampling=Sampling("crashes", np.arange(30) // 2))
    assert whole["ci95"] == [whole["mean"]] * 2
    assert bounds(1.5, "no units") == {"ci95": None, "ci95_why": "no units"}


@settings(max_examples=40)
@given(st.lists(st.tuples(st.integers(0, 10**13), st.integers(0, 14)), min_size=20, max_size=60), st.randoms())
def test_no_interval_depends_on_the_order_of_values_or_the_numbers_of_units(
    rows: list[tuple[int, int]], random: Random
) -> None:
    names = {unit: random.randrange(10**9) * 20 + unit for unit in range(15)}
    shuffled = sorted(rows, key=lambda _: random.random())
    values, of = (np.array(column) for column in zip(*rows, strict=True))
    others = np.array([value for value, _ in shuffled])
    other_of = np.array([names[unit] for _, unit in shuffled])
    assert describe(values, sampling=Sampling("sources", of)) == describe(
        others, sampling=Sampling("sources", other_of)
    )
    floats = describe_floats(values / 7, Sampling("sources", of))
    assert floats == describe_floats(others / 7, Sampling("sources", other_of))


@given(st.lists(st.tuples(st.integers(0, 10**17), st.integers(0, 5)), min_size=1, max_size=30))
def test_the_totals_are_those_of_a_loop(rows: list[tuple[int, int]]) -> None:
    values, of = (np.array(column) for column in zip(*rows, strict=True))
    sums, counts = totals(values, of, 6)
    assert counts.tolist() == [sum(unit == number for _, unit in rows) for number in range(6)]
    expected = [sum(value for value, unit in rows if unit == number) for number in range(6)]
    assert sums.tolist() == pytest.approx(expected, rel=1e-15)
    present, sizes = totals(values, of)
    assert (present.tolist(), sizes.tolist()) == (sums[counts > 0].tolist(), counts[counts > 0].tolist())


def test_large_totals_are_exact() -> None:
    sums, counts = totals(np.array([1 << 53, 1, 1, -5]), np.array([0, 0, 0, 1]), 2)
    assert (sums.tolist(), counts.tolist()) == ([(1 << 53) + 2, -5], [3, 1])


@pytest.mark.parametrize("batches", [0, 64])
def test_a_large_constant_changes_no_certainty(batches: int) -> None:
    values, of = np.arange(128) * 7919 % 101, np.repeat(np.arange(64), 2)
    sampling = Sampling("units", of, batches)
    found = certainty_of(values, sampling)
    assert isinstance(found, Certainty)
    assert certainty_of(values + (1 << 52), sampling) == found


def test_ninety_five_percent_of_the_intervals_of_values_with_a_shared_effect_contain_the_mean() -> None:
    # 40 crashes of 1 to 20 actors. 2 000 samples: 5 standard errors of a share of 95 % are 2.4 percentage points.
    generator = np.random.default_rng(19)
    hits = plain = 0
    for _ in range(2_000):
        of = np.repeat(np.arange(40), generator.integers(1, 21, 40))
        values = generator.normal(size=40)[of] + 0.5 * generator.normal(size=len(of))
        for sampling in (Sampling("crashes", of), INDEPENDENT):
            low, high = describe_floats(values, sampling)["ci95"]
            if sampling.of is None:
                plain += low <= 0 <= high
            else:
                hits += low <= 0 <= high
    assert 0.926 < hits / 2_000 < 0.974
    assert plain / 2_000 < 0.6


def test_the_variances_of_two_kinds_of_units_are_added_without_the_part_that_both_contain() -> None:
    found = two_way(Certainty(3.0, 12), Certainty(4.0, 8), 1.0)
    assert found == Certainty(math.sqrt(9 + 16 - 1), 8)
    assert two_way(Certainty(3.0, 12), Certainty(1.0, 8), 1.5) == Certainty(3.0, 8)
    assert two_way("few", Certainty(1.0, 8), 1.0) == two_way(Certainty(1.0, 8), "few", 1.0) == "few"


def test_skewed_values_take_more_units() -> None:
    sums = np.arange(15.0)
    assert isinstance(of_units(sums, np.ones(15), "crashes"), Certainty)
    assert of_units(sums, np.ones(15), "crashes", 20) == "fewer than 20 crashes (15)"


def test_values_that_share_a_source_or_a_time_have_both_variances() -> None:
    """An effect of each of 20 sources and of each of 64 batches: the variance of the mean is the sum of both."""
    draw = np.random.default_rng(3)
    sources, batches = np.tile(np.arange(20), 64), np.repeat(np.arange(64), 20)
    held = 0
    for _ in range(1000):
        values = draw.normal(0, 300, 20)[sources] + draw.normal(0, 600, 64)[batches] + draw.normal(0, 300, 1280)
        sampling = Sampling("sources and time batches", batches, 64, crossed=sources)
        low, high = describe(values.astype(np.int64), 1, sampling)["ci95"]
        held += low <= 0 <= high
    # 5 standard errors of a share of 95 % are 3.4 percentage points; by one kind of unit alone it is below 88 %.
    assert abs(held / 1000 - 0.95) < 0.034


def test_both_variances_are_those_of_the_interval() -> None:
    """Values of ten sources in 64 batches that differ by their source and their place alone."""
    sources, batches = np.tile(np.arange(12), 64), np.repeat(np.arange(64), 12)
    values = sources * 100 + (np.arange(768) * 37) % 101
    sampling = Sampling("sources and time batches", batches, 64, crossed=sources)
    found = certainty_of(values, sampling)
    assert isinstance(found, Certainty)
    low, high = describe(values, 1, sampling)["ci95"]
    assert (high - low) / 2 == pytest.approx(student(found.freedom) * found.error)
    one = certainty_of(values, Sampling("time batches", batches, 64))
    other = certainty_of(values, Sampling("sources", sources))
    assert isinstance(one, Certainty)
    assert isinstance(other, Certainty)
    alone = float(np.var(values, ddof=1)) / 768
    variance = max(one.error**2, other.error**2, one.error**2 + other.error**2 - alone)
    assert found.error == pytest.approx(math.sqrt(variance))
    assert found.freedom == min(one.freedom, other.freedom)


@pytest.mark.parametrize(
    ("freedom", "quantile"),
    [(5.0, 2.570581836), (29.0, 2.045229642), (30.0, 2.042272456), (60.0, 2.000297822), (100.0, 1.983971519)],
)
def test_students_quantile_is_that_of_the_tables(freedom: float, quantile: float) -> None:
    assert student(freedom) == pytest.approx(quantile, rel=1e-7)


@pytest.mark.parametrize("freedom", [30.0, 34.5, 50.0])
def test_students_quantile_of_many_degrees_of_freedom_is_that_of_the_expansion_to_nine_digits(freedom: float) -> None:
    """Abramowitz and Stegun 26.7.5, in Horner's form and exact fractions."""
    z, n = Fraction(1.959963984540054), Fraction(freedom)
    terms = (
        z,
        z * (z**2 + 1) / 4,
        z * ((5 * z**2 + 16) * z**2 + 3) / 96,
        z * (((3 * z**2 + 19) * z**2 + 17) * z**2 - 15) / 384,
        z * ((((79 * z**2 + 776) * z**2 + 1482) * z**2 - 1920) * z**2 - 945) / 92160,
    )
    exact = sum(term / n**power for power, term in enumerate(terms))
    assert student(freedom) == float(f"{float(exact):.9g}")
