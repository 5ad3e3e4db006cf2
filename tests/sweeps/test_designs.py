"""Designs: which points they have, in which order; ranges in the notation of their keys."""

import itertools
import math
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from icnsim.scenario import units
from icnsim.scenario.variation import Range, SweepOf, contradictions, measured
from icnsim.sweeps import designs

TIMEOUTS = {"manager.timeout": "10s..60s", "manager.retention": "1min..30min"}


def sweep(vary: dict[str, Any], **settings: Any) -> SweepOf:
    """A sweep's section, checked by itself."""
    vary = {key: tuple(levels) if isinstance(levels, list) else levels for key, levels in vary.items()}
    return SweepOf(vary=vary, **settings)


def points(vary: dict[str, Any], own: dict[str, Any] | None = None, **settings: Any) -> list[designs.Point]:
    return list(designs.points(sweep(vary, **settings), own or {}))


def cube(found: list[designs.Point], vary: dict[str, str]) -> np.ndarray:
    """Where the points are in the unit cube, by the ranges of their keys."""
    ranges = [[units.parse_duration(end) for end in text.split("..")] for text in vary.values()]
    return np.array(
        [[(units.parse_duration(v) - low) / (high - low) for v, (low, high) in zip(point, ranges)] for point in found]
    )


# Grids


def test_a_grid_has_each_combination_once_the_last_key_changing_fastest() -> None:
    vary = {"a": [1, 2], "b": ["x", None, True], "c": [{"d": 3}]}
    found = points(vary)
    assert found == [(a, b, {"d": 3}) for a in (1, 2) for b in ("x", None, True)]
    assert designs.count(sweep(vary)) == len(found) == 6


def test_nothing_varied_is_one_point() -> None:
    assert points({}) == points({}, design="one-at-a-time") == [()]
    assert designs.count(sweep({})) == 1


@pytest.mark.parametrize(
    ("text", "samples", "expected"),
    [
        ("5s..120s", 2, ["5s", "2min"]),
        ("5s..120s", 1, ["62500ms"]),
        ("1s..2s", 4, ["1s", "1333ms", "1667ms", "2s"]),
        ("1us..4us", 4, ["1us", "2us", "3us", "4us"]),
        ("1s..1003ms", 9, ["1s", "1001ms", "1002ms", "1003ms"]),
        ("3..9", 3, [3, 6, 9]),
        ("1..3", 100, [1, 2, 3]),
        ("-5..-3", 3, [-5, -4, -3]),
        ("0.1..0.9", 3, [0.1, 0.5, 0.9]),
        ("0..0.5", 3, [0, 0.25, 0.5]),
        ("1/s..20/s", 2, ["1/s", "20/s"]),
        ("6/min..1/s", 3, ["0.1/s", "0.55/s", "1/s"]),
        ("1kB..3kB", 3, ["1000B", "2000B", "3000B"]),
        ("1MiB/s..3MiB/s", 3, ["1MiB/s", "2MiB/s", "3MiB/s"]),
        (" 5s .. 6s ", 2, ["5s", "6s"]),
    ],
)
def test_a_range_in_a_grid_has_equal_steps_from_end_to_end(text: str, samples: int, expected: list[Any]) -> None:
    found = [value for (value,) in points({"key": text}, samples=samples)]
    assert found == expected
    assert list(map(type, found)) == list(map(type, expected)) or text == "0..0.5"
    assert designs.count(sweep({"key": text}, samples=samples)) == len(found)


def test_a_rate_s_end_is_itself_though_it_has_no_short_decimal() -> None:
    found = points({"workload.arrivals.rate": "1/min..7/min"}, samples=2)
    assert [units.parse_rate(rate) for (rate,) in found] == [1 / 60, 7 / 60]


def test_points_are_counted_without_making_any() -> None:
    vary = {f"key{number}": "1..1000000000" for number in range(30)}
    assert designs.count(sweep(vary, samples=10**6)) == 10**180
    assert designs.count(sweep({**vary, "few": "1..3"}, samples=10**6)) == 3 * 10**180
    assert designs.count(sweep({"few": "0..2"}, samples=10**6)) == len(points({"few": "0..2"}, samples=10**6)) == 3


# One at a time


def test_one_at_a_time_begins_with_the_scenario_s_own_point_and_then_varies_one_key_each() -> None:
    own = {"a": "1min", "b": 3, "c": ["requesting"]}
    vary = {"a": ["30s", "60s", "2min"], "b": "1..5", "c": [["requesting"], []]}
    found = points({**vary, "c": [tuple(level) for level in vary["c"]]}, own, design="one-at-a-time", samples=3)
    base = ("1min", 3, ["requesting"])
    assert found[0] == base
    assert found[1:] == [
        ("30s", 3, ["requesting"]), ("2min", 3, ["requesting"]), ("1min", 1, ["requesting"]),
        ("1min", 5, ["requesting"]), ("1min", 3, ()),
    ]  # fmt: skip


def test_the_own_value_is_known_again_however_it_is_written() -> None:
    own = {"a": {"distribution": "uniform", "low": "1s", "high": "2s"}, "b": None, "c": 1.0}
    again = {"a": [{"high": "2000ms", "distribution": "uniform", "low": "1s"}], "b": [None], "c": [1, True]}
    assert points(again, own, design="one-at-a-time") == [tuple(own.values()), (own["a"], None, True)]


# Samples


def test_sobol_s_points_are_balanced_and_longer_sequences_begin_with_shorter_ones() -> None:
    short, long = (points(TIMEOUTS, design="sobol", samples=samples) for samples in (16, 64))
    assert long[:16] == short and len(long) == designs.count(sweep(TIMEOUTS, design="sobol", samples=64)) == 64
    where = cube(long, TIMEOUTS)
    # A (0, 6, 2)-net: each of the 8 x 8 squares holds one point, and each strip of either key as many.
    for key in range(2):
        assert np.bincount((where[:, key] * 16).astype(int).clip(0, 15)).tolist() == [4] * 16
    squares = (where * 8).astype(int).clip(0, 7)
    assert len(np.unique(squares, axis=0)) == 64


def test_each_stratum_of_a_latin_hypercube_holds_one_point() -> None:
    found = points(TIMEOUTS, design="lhs", samples=50)
    strata = np.sort((cube(found, TIMEOUTS) * 50).astype(int).clip(0, 49), axis=0)
    assert strata.tolist() == [[stratum] * 2 for stratum in range(50)]


def test_saltelli_s_blocks_are_those_that_scipy_takes() -> None:
    vary = {**TIMEOUTS, "manager.check_interval": "5s..60s"}
    found = np.array(points(vary, design="saltelli", samples=8), dtype=object)
    assert len(found) == designs.count(sweep(vary, design="saltelli", samples=8)) == 8 * 5
    a, b, *mixed = found.reshape(5, 8, 3)
    assert not (a == b).any()
    for key, block in enumerate(mixed):
        others = [place for place in range(3) if place != key]
        assert (block[:, key] == b[:, key]).all() and (block[:, others] == a[:, others]).all()


def test_scipy_finds_in_saltelli_s_blocks_what_each_key_causes() -> None:
    found = cube(points(TIMEOUTS, design="saltelli", samples=1024), TIMEOUTS)
    output = (3 * found[:, 0] + found[:, 1]).reshape(4, 1, 1024)
    indices = stats.sobol_indices(
        func={"f_A": output[0], "f_B": output[1], "f_AB": output[2:]}, n=1024,
    )  # fmt: skip
    assert np.allclose(indices.first_order, [0.9, 0.1], atol=0.01)


@pytest.mark.parametrize("design", ["sobol", "lhs"])
def test_the_values_of_a_list_are_taken_equally_often(design: str) -> None:
    vary = {"a": ["x", ("y",), None, True], "b": "1s..9s"}
    found = [value for value, _ in points(vary, design=design, samples=64)]
    assert [found.count(value) for value in vary["a"]] == [16] * 4


@pytest.mark.parametrize("samples", [3, 12, 100, 65535])
@pytest.mark.parametrize("design", ["sobol", "saltelli"])
def test_a_sobol_sequence_wants_a_power_of_two(design: str, samples: int) -> None:
    (finding,) = contradictions(sweep(TIMEOUTS, design=design, samples=samples))  # 3 lacks that before it is few
    assert finding[0] == ("sweep", "samples") and "a power of two" in finding[2]
    near = max(8, int(finding[2].split()[6].strip(":,")))
    assert near == 8 or abs(math.log2(near / samples)) < 0.51
    assert not list(contradictions(sweep(TIMEOUTS, design=design, samples=near)))
    assert not list(contradictions(sweep(TIMEOUTS, design="lhs", samples=samples)))


@pytest.mark.parametrize("design", ["sobol", "lhs", "saltelli"])
def test_samples_depend_on_nothing_but_their_number_and_the_keys(design: str) -> None:
    assert points(TIMEOUTS, design=design, samples=32) == points(TIMEOUTS, design=design, samples=32)


# Properties of every range


def texts(low: int, high: int, write: Any) -> st.SearchStrategy[str]:
    """Ranges between two whole numbers of a unit, as they are written."""
    ends = st.lists(st.integers(low, high), min_size=2, max_size=2, unique=True).map(sorted)
    return ends.map(lambda pair: f"{write(pair[0])}..{write(pair[1])}")


ranges = st.one_of(
    texts(0, units.LONGEST_US, units.format_duration),
    texts(0, 10**6, lambda value: f"{value}ms"),
    texts(0, 2**50, units.format_size),
    texts(1, 2**50, units.format_bandwidth),
    texts(1, 10**6, lambda value: f"{value}/s"),
    texts(1, 10**6, lambda value: f"{value}/h"),
    texts(-(10**9), 10**9, lambda value: str(2 * value)),
    texts(-(10**9), 10**9, lambda value: f"{value / 1000:.3f}"),
)


@given(ranges, st.floats(0, 1))
def test_every_value_of_a_range_is_within_it_and_can_be_read_by_the_key(text: str, share: float) -> None:
    values = Range.read(text)
    low, found, high = (measured(values.at(each)) for each in (0, share, 1))
    assert low is not None and found is not None and high is not None
    assert low[0] == found[0] == high[0]
    assert low[1] <= found[1] <= high[1]
    # A whole number of the smallest unit, or nine digits.
    step = values.step * (high[1] - low[1]) / (values.high - values.low)
    assert math.isclose(found[1], low[1] + share * (high[1] - low[1]), rel_tol=1e-8, abs_tol=0.51 * step)
    ends = [Range.read(f"{values.at(0)}..{values.at(1)}").at(end) for end in (0, 1)]
    assert ends == [values.at(0), values.at(1)]


@given(ranges, st.integers(1, 60))
def test_a_grid_of_any_range_is_ordered_and_has_at_most_as_many_values_as_samples(text: str, samples: int) -> None:
    found = [measured(value) for (value,) in points({"key": text}, samples=samples)]
    numbers = [value for _, value in found if value is not None]
    assert all(first < second for first, second in itertools.pairwise(numbers))
    assert 1 <= len(numbers) <= samples
    assert len(numbers) <= designs.count(sweep({"key": text}, samples=samples)) <= samples


@settings(deadline=None, max_examples=30)
@given(st.lists(ranges, min_size=1, max_size=4), st.sampled_from(("sobol", "lhs", "saltelli")), st.integers(0, 5))
def test_samples_of_any_ranges_are_within_them(texts_of: list[str], design: str, exponent: int) -> None:
    vary = {f"key{number}": text for number, text in enumerate(texts_of)}
    found = points(vary, design=design, samples=2**exponent)
    assert len(found) == designs.count(sweep(vary, design=design, samples=2**exponent))
    for place, text in enumerate(vary.values()):
        low, high = (measured(Range.read(text).at(end)) for end in (0, 1))
        assert low is not None and high is not None
        for point in found:
            value = measured(point[place])
            assert value is not None and low[1] <= value[1] <= high[1]
