"""The parts of a timeline: strips, thinning, lanes, the choice of migrations and rows, and shaded faults."""

from itertools import pairwise

import numpy as np
import pytest

import icnsim
from icnsim.report import selection
from icnsim.report.lanes import MOST_LANES, lanes
from icnsim.report.selection import Row
from icnsim.report.shading import MOST_SHADED, Shaded, crashes, shaded
from icnsim.report.strips import Intervals, held, means
from icnsim.report.thinning import Event, thinned
from icnsim.scenario import loads

S = 1_000_000


def numbers(*values: int) -> selection.Integers:
    return np.array(values, dtype=np.int64)


def test_the_time_in_each_bin_is_the_sum_of_the_overlaps() -> None:
    random = np.random.Generator(np.random.PCG64(7))
    since = random.integers(0, 1000, 200)
    found = Intervals(random.integers(0, 3, 200), since, since + random.integers(1, 500, 200))
    edges = numbers(0, 10, 11, 400, 999, 2000)
    for row in range(3):
        own = [(a, b) for r, a, b in zip(found.row, found.since, found.until, strict=True) if r == row]
        naive = [sum(max(0, min(b, high) - max(a, low)) for a, b in own) for low, high in pairwise(edges.tolist())]
        assert held(found, row, edges).tolist() == naive


def test_means_are_in_hundredths_and_rows_without_records_are_empty() -> None:
    one = Intervals(numbers(0, 0), numbers(0, 50), numbers(100, 100))
    assert means([one], 2, numbers(0, 100, 200)) == [[[150, 0]], [[]]]


def test_events_that_fit_stay_as_they_are() -> None:
    assert thinned([(0, "a", 5), (0, "a", 6)], 2, 10) == ([Event(0, "a", 5, 1, 0), Event(0, "a", 6, 1, 1)], 1)


def test_close_events_of_one_row_and_kind_are_merged_and_none_is_lost() -> None:
    events = [(number % 2, "ab"[number % 3 == 0], number * 100) for number in range(1000)]
    found, width = thinned(events, 50, 100_000)
    assert len(found) <= 50 and width > 1
    assert sum(each.merged for each in found) == 1000
    assert all(events[each.first] == (each.row, each.kind, each.at) for each in found)


def test_more_rows_than_events_keep_those_that_stand_for_most() -> None:
    events = [(row, "a", 0) for row in range(10)] + [(7, "a", 0)]
    found, _ = thinned(events, 3, 1)
    assert [(each.row, each.merged) for each in found] == [(7, 2), (0, 1), (1, 1)]


def test_spans_that_overlap_have_different_lanes_until_no_lane_is_left() -> None:
    found, counts = lanes([(0, 0, 10), (0, 5, 15), (0, 10, 20), (1, 0, 99)], 3)
    assert found == [0, 1, 0, 0] and counts == [2, 1, 1]
    found, counts = lanes([(0, 0, 10 + number) for number in range(MOST_LANES + 1)], 1)
    assert found == [*range(MOST_LANES), 0] and counts == [MOST_LANES]


def test_all_attempts_are_chosen_if_they_fit() -> None:
    assert selection.attempts(numbers(0, 0, 1), numbers(5, 5, 5), most=3).tolist() == [0, 1, 2]


def test_migrations_that_need_an_explanation_are_chosen_first_and_the_others_are_spread_over_time() -> None:
    classes = np.full(100, 5, dtype=np.int64)
    classes[[40, 41]] = 0
    found = selection.attempts(np.arange(100), classes, most=10).tolist()
    assert {40, 41} <= set(found) and len(found) == 10
    others = [number for number in found if number not in (40, 41)]
    assert others[0] < 15 and others[-1] > 80


def test_no_class_takes_more_than_half_of_the_places_from_the_next() -> None:
    classes = np.repeat(numbers(0, 5), 50)
    found = selection.attempts(np.arange(100), classes, most=20)
    assert np.count_nonzero(found < 50) == 10 and len(found) == 20


def test_a_migration_with_very_many_attempts_is_cut() -> None:
    found = selection.attempts(np.zeros(1000, np.int64), np.full(1000, 3, np.int64), most=50)
    assert found.tolist() == list(range(selection.MOST_OF_ONE))


def test_few_executors_have_their_own_rows() -> None:
    made, row_of = selection.rows(("a-0", "b-0"), ("a", "b"), numbers(0, 9), most=2)
    assert made == [Row("a-0", single=True), Row("b-0", single=True)] and row_of.tolist() == [0, 1]


def test_many_executors_share_a_row_of_their_group_except_those_with_most_to_show() -> None:
    names = [f"a-{number}" for number in range(6)] + ["b-0"]
    made, row_of = selection.rows(names, ["a"] * 6 + ["b"], numbers(0, 3, 0, 2, 9, 0, 0), most=5)
    expected = [Row("a-1", single=True), Row("a-3", single=True), Row("a-4", single=True)]
    assert made == [*expected, Row("+3 a", single=False), Row("+1 b", single=False)]
    assert row_of.tolist() == [3, 0, 3, 1, 2, 3, 4]


FAULTY = """
name: faulty
executors: [{group: a, count: 3}]
duration: 1000s
actors: {count: 30}
workload: {arrivals: {rate: 1/min}}
"""


def faults(text: str, end: int = 1000 * S) -> list[Shaded]:
    return shaded(loads(f"{FAULTY}faults: [{text}]\n"), np.arange(3), end)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("{kind: crash, executors: a-1, at: 10s, restart_after: 5s}", [Shaded(1, 10 * S, 15 * S, "crash")]),
        ("{kind: crash, executors: a-1, at: 10s}", [Shaded(1, 10 * S, 1000 * S, "crash")]),
        ("{kind: clock_step, executors: a-1, at: 10s, by: 1s}", [Shaded(1, 10 * S, 10 * S, "clock_step")]),
        ("{kind: pause, executors: a-1, at: 10s, for: 5s, every: 5s, times: 3}", [Shaded(1, 10 * S, 25 * S, "pause")]),
        (
            "{kind: partition, executors: a-2, at: 10s, for: 50s}, {kind: heal, at: 20s}",
            [Shaded(2, 10 * S, 20 * S, "partition")],
        ),
        ("{kind: pause, executors: a-0, at: 1000s, for: 5s}", []),
    ],
)
def test_a_fault_is_shaded_while_it_lasts(text: str, expected: list[Shaded]) -> None:
    assert faults(text) == expected


def test_very_many_faults_are_joined_to_at_most_the_limit() -> None:
    found = faults("{kind: pause, executors: 'a-*', at: 1s, for: 100ms, every: 1s}")
    assert len(found) <= MOST_SHADED
    assert {each.row for each in found} == {0, 1, 2}


def test_random_faults_are_those_of_the_simulation() -> None:
    scenario = loads(f"{FAULTY}faults: [{{random: {{kinds: [crash], mtbf: 5min, mttr: 30s}}}}]\n")
    run = icnsim.run(scenario.model_copy(update={"drain": 1 * S}))
    crashed = sorted(set(run.recoveries["crashed_at_s"]))
    assert crashed and {round(at * 1e6) for at in crashed} <= {
        each.since for each in shaded(scenario, np.arange(3), 1001 * S)
    }


def test_only_crashes_that_lose_records_end_them() -> None:
    pause = "{kind: pause, executors: a-0, at: 5s, for: 1s}"
    scenario = loads(f"{FAULTY}faults: [{{kind: crash, executors: a-1, at: 10s}}, {pause}]\n")
    assert {number: at.tolist() for number, at in crashes(scenario, 1000 * S).items()} == {1: [10 * S]}
    kept = scenario.protocol.model_copy(update={"durable_records": True})
    assert crashes(scenario.model_copy(update={"protocol": kept}), 1000 * S) == {}
