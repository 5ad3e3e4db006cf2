"""Maxima at one instant or in one window, against loops over every instant."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from icnsim.recording import peaks
from tests.recording.builder import EXECUTORS, HORIZON, records, some_records

Rows = list[tuple[int, int, int, int]]
CENTURY = 100 * 365 * 86_400_000_000


def held(rows: Rows, instant: int) -> int:
    return sum(created <= instant < gone for _, created, _, gone in rows)


def swept(starts: list[int], ends: list[int]) -> int:
    """The peak by walking through all events in order, at one instant the ends first."""
    level = most = 0
    for _, step in sorted([(at, 1) for at in starts] + [(at, -1) for at in ends]):
        level += step
        most = max(most, level)
    return most


def busiest(events: list[tuple[int, int]], window: int) -> int:
    """The most events of one executor in a window that begins at one of them."""
    return max(
        (sum(other == executor and at <= when < at + window for other, when in events) for executor, at in events),
        default=0,
    )


@given(some_records)
def test_the_peak_is_the_most_that_any_instant_holds(rows: Rows) -> None:
    found = records(rows)
    instants = range(HORIZON)
    assert peaks.peak(found.created, found.gone) == max(held(rows, t) for t in instants)
    alone = [[row for row in rows if row[0] == executor] for executor in range(EXECUTORS)]
    most = max(held(mine, t) for mine in alone for t in instants)
    assert peaks.peak_of_one(found.executor, found.created, found.gone) == most


@pytest.mark.parametrize("executors", [1, 3, 200])
@pytest.mark.parametrize("lasting", [1, 50, 5000, 10**6])
@pytest.mark.parametrize("steps", [1, 1000])
def test_the_peak_of_many_records_is_that_of_a_walk_through_all_events(
    executors: int, lasting: int, steps: int
) -> None:
    draw = np.random.default_rng(executors * lasting + steps)
    starts = draw.integers(0, 10**6, 3000) // steps * steps
    ends = starts + draw.integers(0, lasting + 1, 3000) // steps * steps
    where = draw.integers(0, executors, 3000)
    assert peaks.peak(starts, ends) == swept(starts.tolist(), ends.tolist())
    groups = [(starts[where == one].tolist(), ends[where == one].tolist()) for one in range(executors)]
    assert peaks.peak_of_one(where, starts, ends) == max(swept(*group) for group in groups)


def test_a_record_that_goes_at_the_instant_at_which_another_comes_does_not_add_to_the_peak() -> None:
    assert peaks.peak(np.array([0, 5]), np.array([5, 9])) == 1


def test_the_peak_of_one_of_a_million_executors_over_a_century_is_exact() -> None:
    draw = np.random.default_rng(1)
    executor = draw.integers(990_000, 1_000_000, 20_000)
    times = np.sort(draw.integers(0, CENTURY, (20_000, 3)), axis=1)
    mine: dict[int, tuple[list[int], list[int]]] = {}
    for one, created, gone in zip(executor.tolist(), times[:, 0].tolist(), times[:, 2].tolist()):
        starts, ends = mine.setdefault(one, ([], []))
        starts.append(created)
        ends.append(gone)
    expected = max(swept(*group) for group in mine.values())
    assert peaks.peak_of_one(executor, times[:, 0], times[:, 2]) == expected
    none = np.array([], dtype=np.int64)
    assert peaks.peak_of_one(none, none, none) == peaks.peak(none, none) == 0


@given(st.lists(st.tuples(st.integers(0, 2), st.integers(0, 60)), max_size=30), st.integers(1, 20))
def test_the_busiest_window_is_the_one_that_a_loop_over_all_windows_finds(
    events: list[tuple[int, int]], window: int
) -> None:
    executors, times = np.array(events, dtype=np.int64).reshape(-1, 2).T
    assert peaks.busiest(executors, times, window) == busiest(events, window)


def test_executors_beyond_16_bits_are_distinguished() -> None:
    executors = np.array([1, 1 + (1 << 16), 1, 1 + (1 << 16), 1 << 16], dtype=np.int32)
    assert peaks.busiest(executors, np.array([5, 5, 6, 9, 5]), 2) == 2


@pytest.mark.parametrize("seed", range(5))
def test_the_peak_over_a_span_that_fills_64_bits_is_exact(seed: int) -> None:
    """The times within a bin leave no room for the number of the bin in one integer."""
    draw = np.random.default_rng(seed)
    starts = draw.integers(0, 1 << 62, 60)
    ends = starts + draw.integers(0, 1 << 62, 60)
    ends[30:] = starts[30:] + draw.integers(0, 5, 30)
    ends[0], starts[1] = (1 << 63) - 2, 0
    assert peaks.peak(starts, ends) == swept(starts.tolist(), ends.tolist())
