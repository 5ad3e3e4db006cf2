"""The measurement of coverage: the intervals that it finds, and its counts."""

import math

import numpy as np
import pytest

from docs.programs.coverage.cases import CASES
from docs.programs.coverage.measuring import Found, covered, measured, with_intervals


def normal_runs(seeds: int, factor: float) -> list[dict[str, Found]]:
    """Runs whose figure is standard normal, with intervals of ±1.96 times a factor."""
    values = np.random.default_rng(1).normal(size=seeds).tolist()
    return [{"x.mean": Found(v, 1.0, v - factor * 1.96, v + factor * 1.96, None)} for v in values]


def test_the_coverage_and_the_width_of_known_intervals_are_found() -> None:
    """4 000 runs: the standard error of a share of 95 % is 0.34 %, the probability of an error below 0.001."""
    (right,) = covered("case", normal_runs(4000, 1))
    assert right.share == pytest.approx(0.95, abs=0.013)
    assert right.width == pytest.approx(1, abs=0.04)
    (narrow,) = covered("case", normal_runs(4000, 0.5))
    assert narrow.share == pytest.approx(0.673, abs=0.03)
    assert narrow.width == pytest.approx(0.5, abs=0.02)


def test_the_truth_of_a_mean_is_the_ratio_of_expectations() -> None:
    (found,) = covered("case", [{"x.mean": Found(1.0, 9.0, 0, 2, None)}, {"x.mean": Found(2.0, 1.0, 1.5, 3, None)}])
    assert found.truth == pytest.approx(1.1)
    assert (found.held, found.intervals) == (1, 2)


def test_a_run_without_an_interval_counts_as_such_with_its_reason() -> None:
    without = {"x.mean": Found(1.0, 1.0, math.nan, math.nan, "one source")}
    (found,) = covered("case", [without, {"x.mean": Found(1.0, 1.0, 1.0, 1.0, None)}])
    assert (found.seeds, found.intervals, found.held, found.why) == (2, 1, 1, "one source")
    (nothing,) = covered("case", [without, without])
    assert math.isnan(nothing.share)
    assert nothing.bounds == (0, 1)


def test_the_intervals_of_a_summary_are_found_with_their_weights() -> None:
    section = {"count": 3, "mean": 2.0, "p50": 2.0, "ci95": [1.0, 3.0]}
    empty = {"count": 1, "mean": 5.0, "p50": 5.0, "ci95": None, "ci95_why": "one value"}
    absent = {"count": 0, "mean": None, "p50": None, "ci95": None, "ci95_why": "no value"}
    records = {"mean": 7.0, "mean_ci95": [6.0, 8.0]}
    found = dict(with_intervals({"a": section, "b": {"c": empty}, "d": absent, "records": records}))
    assert found["a.mean"] == Found(2.0, 3.0, 1.0, 3.0, None)
    assert found["b.c.mean"][1:2] + found["b.c.mean"][4:] == (1.0, "one value")
    assert found["records.mean"] == Found(7.0, 1.0, 6.0, 8.0, None)
    assert "d.mean" not in found


def test_the_result_does_not_depend_on_the_processes() -> None:
    periodic = [case for case in CASES if case.name == "periodic"]
    seeds = range(1, 28)
    (alone,), (together,) = (measured(seeds, periodic, workers).values() for workers in (1, 2))
    assert repr(alone.found) == repr(together.found)  # NaN differs from itself
    assert np.array_equal(alone.figures, together.figures, equal_nan=True)
