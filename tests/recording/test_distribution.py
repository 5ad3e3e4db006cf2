"""Descriptive statistics against the standard library's, against SciPy's and by expansion."""

import json
import statistics

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.special import stdtrit
from scipy.stats.mstats import mquantiles

from icnsim.recording.distribution import EMPTY, describe, describe_groups, student

values = st.floats(0, 1e6, allow_nan=False).map(lambda value: round(value, 6))


@pytest.mark.parametrize("freedom", [*range(1, 200), 999, 10**4, 10**6, 10**9])
def test_the_quantile_of_student_is_that_of_scipy(freedom: int) -> None:
    assert student(freedom) == pytest.approx(stdtrit(freedom, 0.975), rel=1e-7)


@given(st.lists(values, min_size=2, max_size=40))
def test_the_figures_are_those_of_the_standard_library(sample: list[float]) -> None:
    found = describe(np.array(sample))
    assert found["count"] == len(sample)
    assert found["mean"] == pytest.approx(statistics.fmean(sample))
    assert found["std"] == pytest.approx(statistics.stdev(sample), abs=1e-6)
    assert (found["min"], found["max"]) == (min(sample), max(sample))
    assert found["p50"] == pytest.approx(statistics.median(sample))
    quantiles = mquantiles(sample, [0.95, 0.99], alphap=1 / 3, betap=1 / 3)  # Hyndman and Fan's type 8
    assert (found["p95"], found["p99"]) == (pytest.approx(quantiles[0]), pytest.approx(quantiles[1]))
    half = stdtrit(len(sample) - 1, 0.975) * found["std"] / len(sample) ** 0.5
    assert found["ci95"] == pytest.approx([found["mean"] - half, found["mean"] + half])


@given(st.lists(st.tuples(values, st.integers(0, 5)), max_size=15))
def test_groups_are_described_as_if_each_value_were_written_out(groups: list[tuple[float, int]]) -> None:
    found = describe_groups(np.array([v for v, _ in groups]), np.array([n for _, n in groups], dtype=np.int64))
    plain = np.array([value for value, count in groups for _ in range(count)])
    if not len(plain):
        assert found == EMPTY
        return
    expected = describe(plain)
    for name, share in (("p50", 0.5), ("p95", 0.95), ("p99", 0.99)):
        assert found.pop(name) == np.quantile(plain, share, method="inverted_cdf")
        del expected[name]
    interval, wanted = found.pop("ci95"), expected.pop("ci95")
    assert found == pytest.approx(expected, abs=1e-6)
    assert (interval is None) == (wanted is None)
    assert wanted is None or interval == pytest.approx(wanted, abs=1e-5)


@pytest.mark.parametrize("sample", [[], [1.5], [2.0, 2.0], [0.0, 1e15]])
def test_no_sample_gives_a_nan(sample: list[float]) -> None:
    json.dumps(describe(np.array(sample, dtype=float)), allow_nan=False)
    json.dumps(describe_groups(np.array(sample, dtype=float), np.ones(len(sample), dtype=np.int64)), allow_nan=False)


def test_one_value_has_no_spread_and_no_interval() -> None:
    found = describe(np.array([3.0]))
    assert found == {"count": 1, "mean": 3, "std": None, "min": 3, "p50": 3, "p95": 3, "p99": 3, "max": 3, "ci95": None}


def test_quantiles_are_as_often_too_high_as_too_low() -> None:
    # 4 000 samples of 100: the share below the truth is 0.5 ± 0.032, 4 standard errors; by linear interpolation 0.57.
    generator = np.random.default_rng(1)
    found = [describe(generator.uniform(size=100))["p99"] for _ in range(4_000)]
    assert abs(np.mean(np.array(found) < 0.99) - 0.5) < 0.032
