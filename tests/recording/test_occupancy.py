"""Arithmetic on intervals against loops that look at every instant."""

from collections import Counter

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from icnsim.recording import occupancy, peaks
from icnsim.recording.cycles import cycles as cycles_of
from icnsim.recording.lattices import Lattices
from icnsim.recording.occupancy import Records
from icnsim.simulation import simulate
from tests.recording.builder import EXECUTORS, HORIZON, recording, records, some_records
from tests.reference.generator import generated

Rows = list[tuple[int, int, int, int]]
CENTURY = 100 * 365 * 86_400_000_000


def held(rows: Rows, instant: int) -> int:
    return sum(created <= instant < gone for _, created, _, gone in rows)


@given(some_records, st.integers(0, HORIZON), st.integers(0, HORIZON))
def test_the_mean_is_the_average_of_every_instant(rows: Rows, start: int, end: int) -> None:
    mean = occupancy.mean_held(records(rows), start, end)
    if end <= start:
        assert mean is None
    else:
        assert mean == sum(held(rows, instant) for instant in range(start, end)) / (end - start)


@given(some_records)
def test_the_peak_is_the_most_that_any_instant_holds(rows: Rows) -> None:
    found = records(rows)
    instants = range(HORIZON)
    assert peaks.peak(found.created, found.gone) == max(held(rows, t) for t in instants)
    alone = [[row for row in rows if row[0] == executor] for executor in range(EXECUTORS)]
    most = max(held(mine, t) for mine in alone for t in instants)
    assert peaks.peak_of_one(found.executor, found.created, found.gone) == most


def test_a_record_that_goes_at_the_instant_at_which_another_comes_does_not_add_to_the_peak() -> None:
    assert peaks.peak(np.array([0, 5]), np.array([5, 9])) == 1


def test_sums_over_a_century_are_exact() -> None:
    rows = [(0, 0, CENTURY, CENTURY)] * 10_000
    assert occupancy.mean_held(records(rows), 0, CENTURY) == 10_000
    rows = [(0, 1, CENTURY, CENTURY)] * 5000 + [(0, 0, 0, 0)]
    assert occupancy.mean_held(records(rows), 0, CENTURY) == 5000 * (CENTURY - 1) / CENTURY


def test_the_peak_of_one_of_a_million_executors_over_a_century_is_exact() -> None:
    draw = np.random.default_rng(1)
    executor = draw.integers(990_000, 1_000_000, 20_000)
    times = np.sort(draw.integers(0, CENTURY, (20_000, 3)), axis=1)
    rows = list(zip(executor.tolist(), *times.T.tolist()))
    mine: dict[int, Rows] = {}
    for row in rows:
        mine.setdefault(row[0], []).append(row)
    alone = [records(group) for group in mine.values()]
    expected = max(peaks.peak(own.created, own.gone) for own in alone)
    assert peaks.peak_of_one(executor, times[:, 0], times[:, 2]) == expected
    none = np.array([], dtype=np.int64)
    assert peaks.peak_of_one(none, none, none) == 0


@given(st.lists(st.integers(0, 9), min_size=1, max_size=4), st.integers(1, 10), st.integers(0, HORIZON))
def test_ticks_are_those_before_the_horizon(phases: list[int], interval: int, horizon: int) -> None:
    counts = Lattices.of_phases(np.array(phases), interval, horizon).counts()
    assert counts.tolist() == [len(range(phase, horizon, interval)) for phase in phases]


@pytest.mark.parametrize("seed", range(0, 240, 6))
def test_each_tick_scans_and_removes_what_a_loop_over_all_ticks_finds(seed: int) -> None:
    scenario = generated(seed, {"manager.enabled": True})
    run = simulate(scenario)
    assert run.phases is not None
    found = Records.of(run)
    interval, table = scenario.manager.check_interval, run.ticks
    busy = {(e, at): row for row, (e, at) in enumerate(zip(table["executor"].tolist(), table["at"].tolist()))}
    assert len(busy) == len(table["at"]), "a tick has one row"
    expected: Counter[tuple[int, int]] = Counter()
    for executor, phase in enumerate(run.phases.tolist()):
        here = found.executor == executor
        created, ended, gone = found.created[here], found.ended[here], found.gone[here]
        failed_by_tick, removed_by_tick = found.timed_out[here], found.removed[here]
        for tick in range(phase, run.horizon, interval):
            active = (created <= tick) & ((ended > tick) | (failed_by_tick & (ended == tick)))
            kept = (created <= tick) & ((gone > tick) | (removed_by_tick & (gone == tick)))
            removed = removed_by_tick & (gone == tick)
            expected[int(active.sum()), int(removed.sum())] += 1
            row = busy.pop((executor, tick), None)
            if row is None:
                assert not removed.any()
                continue
            assert table["active"][row] == active.sum()
            assert table["records"][row] == kept.sum()
            assert table["removed"][row] == removed.sum()
            assert table["timed_out"][row] == (failed_by_tick & (ended == tick)).sum()
    assert not busy, "every row is a tick of its executor"
    cycles = cycles_of(found, Lattices.of_phases(run.phases, interval, run.horizon), table)
    groups: Counter[tuple[int, int]] = Counter()
    for count, active, removed in zip(cycles.count.tolist(), cycles.active.tolist(), cycles.removed.tolist()):
        groups[active, removed] += count
    assert +groups == expected


def test_a_tick_at_the_instant_at_which_a_record_ends_scans_it_only_if_it_ended_it() -> None:
    run = recording(
        [
            {"source": 0, "target": 1, "requested": 10, "failed": 20, "failure": 2},
            {"source": 0, "target": 1, "requested": 10, "failed": 20, "failure": 1},
        ],
        phases=np.array([0, 3]),
        horizon=40,
    )
    cycles = cycles_of(Records.of(run), Lattices.of_phases(np.array([0, 3]), 10, 40), run.ticks)
    groups = Counter[int]()
    for count, active in zip(cycles.count.tolist(), cycles.active.tolist()):
        groups[active] += count
    # Executor 0 ticks at 0, 10, 20, 30 and executor 1 at 3, 13, 23, 33.
    assert +groups == {0: 6, 2: 1, 1: 1}
