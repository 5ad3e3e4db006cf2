"""The stays of records in tracked states, by hand: entries, deadlines and ends."""

import numpy as np
import pytest

from icnsim.recording.columns import Recording
from icnsim.recording.lattices import Lattices
from icnsim.recording.scanning import polling, scanned
from icnsim.recording.tracked import longest_timeout, stays
from icnsim.scenario import Scenario, loads
from tests.recording.builder import S, recording, scenario

MIB = 1 << 20
FOREVER = np.iinfo(np.int64).max
ALL = "manager: {tracked_states: [requesting, checkpointing, transferring, restoring], timeout: 10s}\n"


def rows(run: Recording, given: Scenario) -> list[tuple[int, ...]]:
    """Each stay: executor, entry, due and end, µs."""
    found = stays(run, given)
    columns = (found.executor, found.entered, found.due, found.left)
    return list(zip(*(column.tolist() for column in columns), strict=True))


def test_each_state_begins_where_the_one_before_ends() -> None:
    attempt = {"requested": 0, "admitted": S, "accepted": 2 * S, "checkpointed": 3 * S, "restored": 4 * S}
    run = recording([{**attempt, "completed": 5 * S, "source": 1}])
    late = 10 * S + 1000  # strictly older than 10 s, in whole ms
    assert rows(run, scenario(ALL)) == [
        (0, S, S + late, 4 * S),
        (1, 0, late, 2 * S),
        (1, 2 * S, 2 * S + late, 3 * S),
        (1, 3 * S, 3 * S + late, 5 * S),
    ]


def test_a_state_that_ends_at_its_beginning_lasts_no_time_and_earlier_ends_do_not_count() -> None:
    same = {"requested": 1999, "accepted": 1999, "failed": 9000}
    # The target has restored before it admitted the attempt again, and the second record is still open.
    again = {"requested": 5000, "admitted": 9000, "restored": 8999, "failed": 7000, "target": 1}
    assert rows(recording([same, again]), scenario(ALL)) == [
        (0, 1999, 10_002_000, 1999),
        (0, 1999, 10_002_000, 9000),
        (0, 5000, 10_006_000, 7000),
        (1, 9000, 10_010_000, FOREVER),
    ]


def test_only_tracked_states_of_executors_with_a_manager_are_stays() -> None:
    attempts = [{"requested": 0, "admitted": S, "accepted": 2 * S, "source": source} for source in (1, 0)]
    lattices = Lattices.of_phases(np.array([5 * S]), 30 * S, 1000 * S)
    run = recording(attempts, lattices=lattices)
    requesting = scenario("manager: {tracked_states: [requesting]}\n")
    assert rows(run, requesting) == [(0, 0, 60_001_000, 2 * S)]
    assert rows(run, scenario("manager: {tracked_states: []}\n")) == []
    assert rows(recording(), requesting) == []


def test_a_timeout_may_grow_with_the_size_of_the_state() -> None:
    sizes = (MIB, 3 * MIB, MIB)
    attempts = [{"requested": n, "failed": 9 * S, "state_bytes": size} for n, size in enumerate(sizes)]
    given = scenario("manager: {timeout: 1s + 2s/MiB, tracked_states: [requesting]}\n")
    run = recording(attempts)
    assert [due for _, _, due, _ in rows(run, given)] == [3_001_000, 7_001_000, 3_001_000]
    assert longest_timeout(run, given) == 7000
    assert longest_timeout(recording(), given) == 1000
    assert longest_timeout(run, scenario("manager: {tracked_states: []}\n")) == 0


POLL, WHEEL = "poll", "wheel"


@pytest.mark.parametrize(
    ("first", "changes", "spans"),
    [
        (POLL, [], [(0, 100)]),
        (WHEEL, [], []),
        (POLL, [(40, WHEEL)], [(0, 40)]),
        (WHEEL, [(40, POLL)], [(40, 100)]),
        (POLL, [(40, POLL)], [(0, 100)]),
        (POLL, [(40, WHEEL), (60, POLL)], [(0, 40), (60, 100)]),
        (POLL, [(0, WHEEL)], []),
        (WHEEL, [(100, POLL)], []),
        (POLL, [(120, WHEEL)], [(0, 100)]),
        (WHEEL, [(40, POLL), (120, WHEEL)], [(40, 100)]),
    ],
)
def test_ticks_scan_while_the_detector_polls(
    first: str, changes: list[tuple[int, str]], spans: list[tuple[int, int]]
) -> None:
    given = with_detectors(first, changes)
    assert polling(given.manager, 100) == spans


def with_detectors(first: str, changes: list[tuple[int, str]]) -> Scenario:
    """A scenario whose manager has these detectors, each from a time on, µs."""
    adjustments = ", ".join(f"{{at: {at}us, detector: {{kind: {kind}}}}}" for at, kind in changes)
    return loads(
        "name: small\nduration: 100s\nexecutors: [{group: a, count: 2}]\nactors: {count: 3}\n"
        f"manager: {{detector: {{kind: {first}}}, adjustments: [{adjustments}]}}\n"
    )


def test_records_and_ticks_are_cut_to_the_times_at_which_ticks_scan() -> None:
    """Ticks scan in [40, 60) and from 80 on; the horizon is 100."""
    times = [(0, 39), (0, 40), (0, 41), (50, 90), (60, 80), (99, 100)]
    attempts = [{"requested": begun, "failed": ended, "failure": 1} for begun, ended in times]
    ticks = [(0, at, 7, 9, 0, 0) for at in (39, 40, 59, 60, 79, 80, 100)]
    run = recording(attempts, ticks, horizon=100)
    given = with_detectors(WHEEL, [(40, POLL), (60, WHEEL), (80, POLL)])
    records, table = scanned(run, given.manager)
    columns = (records.actor, records.created, records.ended, records.timed_out)
    found = sorted(tuple(row) for row in zip(*(column.tolist() for column in columns), strict=True))
    # A record that detection fails at 40 or 80 is scanned by the tick that fails it.
    assert found == sorted(
        [
            (0, 40, 40, True), (0, 40, 41, True), (0, 50, 60, False), (0, 80, 90, True), (0, 80, 80, True),
            (0, 99, 100, True),
        ]
    )  # fmt: skip
    assert table["active"].tolist() == [0, 7, 7, 0, 0, 7, 7]
    always = scanned(run, with_detectors(POLL, []).manager)
    assert always.records is run.records
    never = scanned(run, with_detectors(WHEEL, []).manager)
    assert (len(never.records.actor), never.ticks["active"].sum()) == (0, 0)
