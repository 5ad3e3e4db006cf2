"""Arithmetic on intervals against loops over every instant."""

from collections import Counter

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from icnsim.recording import occupancy
from icnsim.recording.cycles import cycles as cycles_of
from icnsim.recording.lattices import Lattices
from icnsim.recording.records import REMOVED
from icnsim.simulation import simulate
from tests.recording.builder import HORIZON, recording, records, some_records
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


def test_sums_over_a_century_are_exact() -> None:
    rows = [(0, 0, CENTURY, CENTURY)] * 10_000
    assert occupancy.mean_held(records(rows), 0, CENTURY) == 10_000
    rows = [(0, 1, CENTURY, CENTURY)] * 5000 + [(0, 0, 0, 0)]
    assert occupancy.mean_held(records(rows), 0, CENTURY) == 5000 * (CENTURY - 1) / CENTURY


@given(some_records, st.integers(0, HORIZON), st.integers(0, HORIZON), st.integers(1, 7))
def test_the_parts_of_a_path_are_the_sums_over_every_instant(rows: Rows, start: int, end: int, count: int) -> None:
    found = records(rows)
    parts = occupancy.path(found.created, found.gone, start, end, count).tolist()
    length = (end - start) // count
    if length < 1:
        assert parts == []
        return
    starts = range(end - count * length, end, length)
    assert parts == [sum(held(rows, instant) for instant in range(at, at + length)) for at in starts]


@pytest.mark.parametrize("seed", range(0, 240, 6))
def test_each_tick_scans_and_removes_the_records_of_a_loop_over_all_ticks(seed: int) -> None:
    scenario = generated(seed, {"manager.enabled": True})
    run = simulate(scenario)
    assert run.phases is not None and run.lattices is not None
    found = run.records
    interval, table = scenario.manager.check_interval, run.ticks
    busy = {(e, at): row for row, (e, at) in enumerate(zip(table["executor"].tolist(), table["at"].tolist()))}
    assert len(busy) == len(table["at"]), "a tick has one row"
    expected: Counter[tuple[int, int]] = Counter()
    for executor, phase in enumerate(run.phases.tolist()):
        here = found.executor == executor
        created, ended, gone = found.created[here], found.ended[here], found.gone[here]
        failed_by_tick, removed_by_tick = found.timed_out[here], found.fate[here] == REMOVED
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
    cycles = cycles_of(found, table, run.lattices)
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
    cycles = cycles_of(run.records, run.ticks, Lattices.of_phases(np.array([0, 3]), 10, 40))
    groups = Counter[int]()
    for count, active in zip(cycles.count.tolist(), cycles.active.tolist()):
        groups[active] += count
    # Executor 0 ticks at 0, 10, 20, 30 and executor 1 at 3, 13, 23, 33.
    assert +groups == {0: 6, 2: 1, 1: 1}
