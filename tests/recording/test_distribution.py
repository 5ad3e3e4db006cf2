"""Descriptive statistics against the standard library's, against SciPy's and by expansion."""

import json
import math
import statistics
from fractions import Fraction
from random import Random

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.special import stdtrit
from scipy.stats.mstats import mquantiles

from icnsim.recording.distribution import describe, describe_floats, describe_groups, student

values = st.integers(-(10**6), 10**13)
"""µs, some before zero, up to a third of a year."""


def test_the_quantile_of_student_is_that_of_scipy() -> None:
    for freedom in (*range(1, 200), 999, 10**4, 10**6, 10**9):
        assert student(freedom) == pytest.approx(stdtrit(freedom, 0.975), rel=1e-7), freedom


@given(st.lists(values, min_size=2, max_size=40))
def test_the_figures_are_those_of_the_standard_library(sample: list[int]) -> None:
    seconds = [Fraction(value, 1_000_000) for value in sample]
    found = describe(np.array(sample))
    assert found["count"] == len(sample)
    assert found["mean"] == float(statistics.mean(seconds))
    assert found["std"] == pytest.approx(float(statistics.stdev(seconds)), rel=1e-15)
    assert (found["min"], found["max"]) == (float(min(seconds)), float(max(seconds)))
    assert found["p50"] == float(statistics.median(seconds))
    floats = [float(value) for value in seconds]
    quantiles = mquantiles(floats, [0.95, 0.99], alphap=1 / 3, betap=1 / 3)  # Hyndman and Fan's type 8
    assert (found["p95"], found["p99"]) == (pytest.approx(quantiles[0]), pytest.approx(quantiles[1]))
    if len(sample) < 10:
        assert (found["ci95"], found["ci95_why"]) == (None, f"fewer than 10 values ({len(sample)})")
    else:
        half = stdtrit(len(sample) - 1, 0.975) * found["std"] / len(sample) ** 0.5
        assert found["ci95"] == pytest.approx([found["mean"] - half, found["mean"] + half])
    assert describe_floats(np.array(floats)) == {
        name: value if value is None or isinstance(value, str) else pytest.approx(value, rel=1e-9, abs=1e-9)
        for name, value in found.items()
    }


@given(st.lists(values, min_size=1, max_size=40), st.randoms(use_true_random=False))
def test_no_figure_depends_on_the_order_of_the_sample(sample: list[int], random: Random) -> None:
    shuffled = sorted(sample, key=lambda _: random.random())
    assert describe(np.array(sample)) == describe(np.array(shuffled))
    assert describe_floats(np.array(sample) / 1e6) == describe_floats(np.array(shuffled) / 1e6)


@pytest.mark.parametrize("most", [1000, 2**31, 10**15])
def test_sums_and_squares_of_many_blocks_are_exact(most: int) -> None:
    sample = np.random.default_rng(1).integers(-most, most, 70_000)
    found, exact = describe(sample, 1), [Fraction(value) for value in sample.tolist()]
    mean = sum(exact) / len(exact)
    assert found["mean"] == float(mean)
    variance = (sum(value * value for value in exact) - len(exact) * mean * mean) / (len(exact) - 1)
    assert found["std"] == math.sqrt(variance)
    assert found["p95"] == pytest.approx(np.quantile(sample, 0.95, method="median_unbiased"), rel=1e-12)


@given(st.lists(st.tuples(values, st.integers(0, 5)), max_size=15))
def test_groups_are_described_as_if_each_value_were_written_out(groups: list[tuple[int, int]]) -> None:
    found = describe_groups(np.array([v for v, _ in groups], np.int64), np.array([n for _, n in groups], np.int64))
    plain = np.array([value for value, count in groups for _ in range(count)], dtype=np.int64)
    expected = {**describe(plain), "ci95": None, "ci95_why": "no units" if len(plain) else "no values"}
    assert found == expected


def test_a_quantile_of_groups_is_interpolated_between_two_groups() -> None:
    found = describe_groups(np.array([20, 10]), np.array([1, 1]), 1)
    assert (found["p50"], found["p95"]) == (15, 20)
    assert describe_groups(np.array([30, 10]), np.array([1, 4]), 1)["p95"] == 30


@pytest.mark.parametrize("sample", [[], [1], [2, 2], [0, 10**15]])
def test_no_sample_gives_a_nan(sample: list[int]) -> None:
    whole = np.array(sample, dtype=np.int64)
    json.dumps(describe(whole), allow_nan=False)
    json.dumps(describe_floats(whole / 7), allow_nan=False)
    json.dumps(describe_groups(whole, np.ones(len(sample), dtype=np.int64)), allow_nan=False)


def test_one_value_has_no_spread_and_no_interval() -> None:
    found = describe(np.array([3]), 1)
    assert found == {"count": 1, "mean": 3, "std": None, "min": 3, "p50": 3, "p95": 3, "p99": 3, "max": 3, "ci95": None,
                     "ci95_why": "fewer than 10 values (1)"}  # fmt: skip


def test_quantiles_are_as_often_too_high_as_too_low() -> None:
    # 4 000 samples of 100: the share below the truth is 0.5 ± 0.032, 4 standard errors; by linear interpolation 0.57.
    generator = np.random.default_rng(1)
    found = [describe_floats(generator.uniform(size=100))["p99"] for _ in range(4_000)]
    assert abs(np.mean(np.array(found) < 0.99) - 0.5) < 0.032
