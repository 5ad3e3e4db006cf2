"""Durations that have not ended: the restricted mean by hand and against SciPy."""

from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import CensoredData, ecdf

from icnsim.recording.censoring import describe_open, nothing, restricted_mean
from icnsim.recording.cumulative import cumulative
from icnsim.recording.distribution import describe

S = 1_000_000


def mean(finished: list[int], censored: list[int]) -> tuple[float, int]:
    return restricted_mean(np.array(finished, dtype=np.int64), np.array(censored, dtype=np.int64))


def test_the_area_is_that_of_a_calculation_by_hand() -> None:
    # 1 up to 2; 3/4 up to 5 (one of four ended); at 3 one is censored; 3/4 x 1/2 from 5 to the end at 9.
    assert mean([2, 5], [3, 9]) == (2 + 3 * 3 / 4 + 4 * 3 / 8, 9)
    # The freely chosen end of an observation: all durations are censored, and only lower bounds are known.
    assert mean([], [7, 4]) == (7, 7)
    # Three end at 1, and one lasts to 100: 1 + 99/4.
    assert mean([1, 1, 1], [100]) == (1 + 99 / 4, 100)


def test_a_duration_that_is_censored_when_another_one_ends_was_observed_until_then() -> None:
    assert mean([4, 8], [4]) == (pytest.approx(4 + 4 * 2 / 3), 8)


def test_the_section_describes_the_finished_ones_alone() -> None:
    found = describe_open(np.array([2 * S, 4 * S]), np.array([90 * S]))
    assert (found["count"], found["mean"], found["max"], found["censored"]) == (2, 3, 4, 1)
    assert found["restricted_mean"] == {"value": pytest.approx(2 + 2 * 2 / 3 + 86 / 3), "horizon_s": 90}


def test_without_unfinished_durations_there_is_no_restricted_mean() -> None:
    found = describe_open(np.array([2 * S, 4 * S]), np.array([], dtype=np.int64))
    assert found == {
        **describe(np.array([2 * S, 4 * S])),
        "censored": 0,
        "restricted_mean": nothing()["restricted_mean"],
    }
    assert list(found) == list(nothing())


@given(st.lists(st.integers(0, 1 << 40), max_size=30), st.lists(st.integers(0, 1 << 40), max_size=8))
def test_cumulative_counts_and_sums_are_those_of_a_loop(values: list[int], bounds: list[int]) -> None:
    bounds = [*bounds, *values[:5], *(value - 1 for value in values[:2])]
    counts, sums = cumulative(np.array(values, dtype=np.int64), np.array(bounds, dtype=np.int64))
    assert counts.tolist() == [sum(value <= bound for value in values) for bound in bounds]
    assert sums.tolist() == [sum(value for value in values if value <= bound) for bound in bounds]


durations = st.lists(st.integers(0, 60), max_size=25)


@given(durations, durations.filter(bool))
def test_it_is_the_area_under_the_curve_of_scipy(finished: list[int], censored: list[int]) -> None:
    curve = ecdf(CensoredData(uncensored=finished, right=censored)).sf
    at = [0, *curve.quantiles.tolist()]
    steps = [1.0, *curve.probabilities.tolist()]
    area = sum(height * (after - before) for height, before, after in zip(steps, at, at[1:]))
    found, horizon = mean(finished, censored)
    assert found == pytest.approx(area) and horizon == max(finished + censored)


@given(durations.filter(bool))
def test_it_is_the_mean_if_all_have_ended(finished: list[int]) -> None:
    assert mean(finished, [])[0] == pytest.approx(float(Fraction(sum(finished), len(finished))))


@given(durations, durations, st.randoms())
def test_the_order_of_the_durations_has_no_effect(finished: list[int], censored: list[int], random: object) -> None:
    assert mean(finished, censored) == mean(finished[::-1], sorted(censored))


def test_the_restricted_mean_of_exponential_durations_is_the_integral_of_their_survival() -> None:
    # Durations of mean 100 s, each observed for a uniform time up to 300 s: the mean of the finished ones is too small.
    random = np.random.default_rng(7)
    lasts, observed = random.exponential(100 * S, 40_000).astype(np.int64), random.integers(0, 300 * S, 40_000)
    ends = lasts <= observed
    found = describe_open(lasts[ends], observed[~ends])
    horizon = found["restricted_mean"]["horizon_s"]
    assert found["mean"] < 70
    assert found["restricted_mean"]["value"] == pytest.approx(100 * (1 - np.exp(-horizon / 100)), rel=0.03)
