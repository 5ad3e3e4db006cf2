"""Lattices of ticks and the work of the ticks, against loops over every tick."""

from collections import Counter

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from icnsim.recording.actorgroups import GROUPS
from icnsim.recording.cycles import busy_ticks, cycles
from icnsim.recording.lattices import Lattices, Numbering
from icnsim.recording.records import LEFT, REMOVED, Records
from tests.recording.builder import EXECUTORS, HORIZON, TICKS, some_records

Rows = list[tuple[int, int, int, int]]

segments = st.lists(
    st.tuples(st.integers(0, EXECUTORS - 1), st.integers(0, HORIZON), st.integers(0, 12), st.integers(1, 9)),
    max_size=6,
)
"""Changes of loops: executor, when, how long after it the first tick comes (12: the loop stops), interval."""


def lattices_of(changes: list[tuple[int, int, int, int]]) -> tuple[Lattices, dict[int, list[int]]]:
    """The lattices of these changes, and the ticks of each executor by a loop over every instant."""
    plans: dict[int, list[tuple[int, int, int]]] = {executor: [] for executor in range(EXECUTORS)}
    for executor, now, wait, interval in sorted(changes, key=lambda change: change[1]):
        plans[executor].append((now, now + wait if wait < 12 else HORIZON, interval))
    rows, ticks = [], {}
    for executor, mine in plans.items():
        ends = [now for now, _, _ in mine[1:]] + [HORIZON] * bool(mine)
        lattices = [(first, end, interval) for (_, first, interval), end in zip(mine, ends, strict=True)]
        rows += [(executor, *lattice) for lattice in lattices]
        ticks[executor] = [tick for first, end, interval in lattices for tick in range(first, end, interval)]
    return Lattices(*np.array(rows, dtype=np.int64).reshape(-1, 4).T), ticks


def test_the_ticks_are_numbered_executor_by_executor() -> None:
    """Of executors 0 to 3, the first and the third tick every 10 µs from 0 and from 5 µs on."""
    lattices = Lattices.of_phases(np.array([0, 5]), 10, 20, np.array([0, 2]))
    numbering = Numbering(lattices, 4)
    numbers = np.arange(4)
    assert numbering.total == 4
    assert numbering.executors(numbers).tolist() == [0, 0, 2, 2]
    assert numbering.instants(numbers).tolist() == [0, 10, 5, 15]
    assert numbering.before(np.array([0, 0, 2, 2]), np.array([0, 1, 5, 16])).tolist() == [0, 1, 2, 4]


@given(st.lists(st.integers(0, 9), min_size=1, max_size=4), st.integers(1, 10), st.integers(0, HORIZON))
def test_ticks_are_those_before_the_horizon(phases: list[int], interval: int, horizon: int) -> None:
    lattices = Lattices.of_phases(np.array(phases), interval, horizon)
    assert lattices.counts().tolist() == [len(range(phase, horizon, interval)) for phase in phases]
    assert lattices.loops == len(phases)
    assert lattices.until(3).counts().tolist() == [len(range(phase, min(3, horizon), interval)) for phase in phases]


@given(some_records, segments, st.lists(st.booleans(), min_size=12, max_size=12))
def test_each_tick_scans_and_removes_the_records_of_a_loop_over_all_ticks(
    rows: Rows, changes: list[tuple[int, int, int, int]], by_tick: list[bool]
) -> None:
    lattices, ticks = lattices_of(changes)
    assert lattices.count() == sum(map(len, ticks.values()))
    executor, created, ended, gone = np.array(rows, dtype=np.int64).reshape(-1, 4).T
    actor = 100 * np.arange(len(rows))
    # A record can have been failed or removed only at a tick of its executor.
    failed = np.array([by_tick[n] and row[2] in ticks[row[0]] for n, row in enumerate(rows)], dtype=bool)
    removed = np.array([by_tick[-n] and row[3] in ticks[row[0]] for n, row in enumerate(rows)], dtype=bool)
    expected: Counter[tuple[int, int, int]] = Counter()
    table = []
    for one, instants in ticks.items():
        for tick in instants:
            here = (executor == one) & (created <= tick)
            active = int((here & ((ended > tick) | (failed & (ended == tick)))).sum())
            cleaned = int((here & removed & (gone == tick)).sum())
            expected[tick, active, cleaned] += 1
            if cleaned:
                table.append((one, tick, active, 0, 0, cleaned))
    columns = np.array(table, dtype=np.int64).reshape(-1, len(TICKS)).T
    found, rows_of = (
        Records(executor, actor, created, ended, gone, np.where(removed, REMOVED, LEFT), failed),
        dict(zip(TICKS, columns, strict=True)),
    )
    groups = cycles(found, rows_of, lattices)
    by_work: Counter[tuple[int, int]] = Counter()
    for (_, active, cleaned), count in expected.items():
        by_work[active, cleaned] += count
    assert list(zip(groups.active.tolist(), groups.removed.tolist(), groups.count.tolist(), strict=True)) == [
        (*pair, count) for pair, count in sorted(by_work.items())
    ]
    scans = [0] * GROUPS
    for (one, start, end, _), late, whose in zip(rows, failed.tolist(), actor.tolist(), strict=True):
        scans[whose % GROUPS] += sum(start <= tick < end + late for tick in ticks[one])
    assert groups.scanned.tolist() == scans
    busy = busy_ticks(found, rows_of, lattices)
    listed = Counter(zip(*(busy[name].tolist() for name in ("at", "active", "removed")), strict=True))
    assert listed == Counter({key: count for key, count in expected.items() if key[1] or key[2]})
