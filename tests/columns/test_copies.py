"""The copies of an actor on sequences that are written by hand: starts, pauses, times without a copy and with two."""

import pytest

from icnsim.columns.kernel import layout as at
from icnsim.columns.kernel.copies import (
    IN_FLIGHT,
    NOWHERE,
    RUNNING,
    charge_time,
    copy_by_rank,
    newest_copy,
    pause_copy,
    restore_copy,
    sample,
    start_copy,
    stop_copy,
)
from tests.columns.test_kernel_steps import ACTOR, PLACES, ROW, changes, memory

SAMPLES = 700
INSTANTS = 6
FIRST, SECOND, THIRD = (PLACES + number * at.PLACE for number in range(3))


def copies(*states: int) -> tuple[list[int], list[int]]:
    """An actor with these copies at executors 0, 1, …, that started in this order; a timeline with steps of 10 µs."""
    m, r = memory(places=len(states))
    m[at.N_STEP], m[at.N_INSTANTS], m[at.N_SAMPLES] = 10, INSTANTS, SAMPLES
    for number, state in enumerate(states):
        m[PLACES + number * at.PLACE + at.P_COPY], m[PLACES + number * at.PLACE + at.P_BORN] = state, number + 1
    m[ACTOR + at.A_RUNNING], m[ACTOR + at.A_ORDER] = states.count(at.RUNS), len(states)
    m[ACTOR + at.A_HOME] = 0
    return m, r


@pytest.mark.parametrize(("when", "instant"), [(0, 0), (1, 1), (10, 1), (11, 2), (50, 5), (51, None)])
@pytest.mark.parametrize("series", [IN_FLIGHT, RUNNING, NOWHERE])
def test_a_change_is_seen_from_the_next_instant_of_the_timeline(series: int, when: int, instant: int | None) -> None:
    m, r = copies()
    before = list(m)
    sample(m, [], r, series, when, 3)
    assert changes(before, m) == ({} if instant is None else {SAMPLES + series * INSTANTS + instant: 3})
    sample(m, [], r, series, when, -3)
    assert m == before
    m[at.N_STEP] = 0
    sample(m, [], r, series, when, 3)
    assert m[at.N_STEP + 1 :] == before[at.N_STEP + 1 :]


@pytest.mark.parametrize("caused", [ROW, at.NONE])
@pytest.mark.parametrize(
    ("running", "field", "column", "since"),
    [(0, at.A_NOWHERE, at.DOWNTIME, at.NONE), (2, at.A_TWICE, at.DOUBLED, 150), (3, at.A_TWICE, at.DOUBLED, 150)],
)
def test_time_is_charged_to_the_actor_and_to_the_attempt_that_caused_it(
    running: int, field: int, column: int, since: int, caused: int
) -> None:
    m, r = memory()
    m[ACTOR + at.A_RUNNING], m[ACTOR + at.A_SINCE], m[ACTOR + at.A_CAUSED], m[ACTOR + field] = running, 100, caused, 7
    r[m[column] + ROW] = 20
    before, columns = list(m), list(r)
    charge_time(m, [], r, ACTOR, 150)
    assert changes(before, m) == {ACTOR + field: 57, ACTOR + at.A_SINCE: since}
    assert changes(columns, r) == ({} if caused == at.NONE else {m[column] + ROW: 70})


def test_no_time_is_charged_while_one_copy_runs() -> None:
    m, r = copies(at.RUNS)
    before, columns = list(m), list(r)
    charge_time(m, [], r, ACTOR, 150)
    assert (m, r) == (before, columns)


def test_the_start_of_the_only_copy_ends_the_time_without_one() -> None:
    m, r = copies(at.PAUSED, at.ABSENT)
    m[ACTOR + at.A_SINCE], m[ACTOR + at.A_CAUSED], r[m[at.DOWNTIME] + ROW] = 30, ROW, 0
    before = list(m)
    start_copy(m, [], r, ACTOR, SECOND, ROW + 1, 41)
    assert changes(before, m) == {
        ACTOR + at.A_HOME: 1, ACTOR + at.A_NOWHERE: 11, ACTOR + at.A_SINCE: at.NONE, ACTOR + at.A_ORDER: 3,
        ACTOR + at.A_RUNNING: 1, SECOND + at.P_COPY: at.RUNS, SECOND + at.P_BORN: 3,
        SAMPLES + RUNNING * INSTANTS + 5: 1, SAMPLES + NOWHERE * INSTANTS + 5: -1,
    }  # fmt: skip
    assert r[m[at.DOWNTIME] + ROW] == 11


def test_the_start_of_a_second_copy_begins_the_time_with_two() -> None:
    m, r = copies(at.RUNS, at.ABSENT)
    before = list(m)
    start_copy(m, [], r, ACTOR, SECOND, ROW, 41)
    assert changes(before, m) == {
        ACTOR + at.A_HOME: 1, ACTOR + at.A_SINCE: 41, ACTOR + at.A_CAUSED: ROW, ACTOR + at.A_SUSPECT: at.I1,
        ACTOR + at.A_ORDER: 3, ACTOR + at.A_RUNNING: 2, SECOND + at.P_COPY: at.RUNS, SECOND + at.P_BORN: 3,
        SAMPLES + RUNNING * INSTANTS + 5: 1,
    }  # fmt: skip


@pytest.mark.parametrize(("row", "known", "after"), [(ROW, at.NONE, 0), (ROW, 9, 9), (at.NONE, at.NONE, at.NONE)])
def test_the_pause_of_the_only_copy_begins_the_time_without_one(row: int, known: int, after: int) -> None:
    """The attempt's downtime, which may have begun before, is no longer unknown."""
    m, r = copies(at.RUNS)
    r[m[at.DOWNTIME] + ROW] = known
    before, last = list(m), r[m[at.DOWNTIME] + at.NONE]
    stop_copy(m, [], r, ACTOR, FIRST, at.PAUSED, row, 41)
    expected = {
        FIRST + at.P_COPY: at.PAUSED, ACTOR + at.A_RUNNING: 0, ACTOR + at.A_SINCE: 41, ACTOR + at.A_CAUSED: row,
        SAMPLES + RUNNING * INSTANTS + 5: -1, SAMPLES + NOWHERE * INSTANTS + 5: 1,
    }  # fmt: skip
    assert changes(before, m) == {place: value for place, value in expected.items() if before[place] != value}
    assert (r[m[at.DOWNTIME] + ROW], r[m[at.DOWNTIME] + at.NONE]) == (after, last)


@pytest.mark.parametrize(("count", "since"), [(2, at.NONE), (3, 41)])
def test_the_home_of_an_actor_that_still_runs_is_its_newest_copy(count: int, since: int) -> None:
    m, r = copies(*[at.RUNS] * count)
    m[ACTOR + at.A_SINCE], m[ACTOR + at.A_CAUSED], r[m[at.DOUBLED] + ROW] = 30, ROW, 0
    before = list(m)
    stop_copy(m, [], r, ACTOR, FIRST, at.ABSENT, ROW + 1, 41)
    assert changes(before, m) == {
        FIRST + at.P_COPY: at.ABSENT, ACTOR + at.A_RUNNING: count - 1, ACTOR + at.A_HOME: count - 1,
        ACTOR + at.A_TWICE: 11, ACTOR + at.A_SINCE: since, SAMPLES + RUNNING * INSTANTS + 5: -1,
    }  # fmt: skip
    assert r[m[at.DOUBLED] + ROW] == 11


def test_dropping_a_paused_copy_changes_no_time_and_leaves_an_actor_without_copies_its_home() -> None:
    m, r = copies(at.PAUSED, at.ABSENT)
    m[ACTOR + at.A_SINCE], m[ACTOR + at.A_HOME] = 30, 5
    before = list(m)
    stop_copy(m, [], r, ACTOR, FIRST, at.ABSENT, ROW, 41)
    assert changes(before, m) == {FIRST + at.P_COPY: at.ABSENT}


@pytest.mark.parametrize(("state", "running"), [(at.RUNS, 0), (at.PAUSED, 0)])
def test_an_attempt_pauses_the_copy_that_runs_and_takes_over_one_that_is_paused(state: int, running: int) -> None:
    m, r = copies(state)
    m[FIRST + at.P_PAUSED_FOR] = ROW - 1
    pause_copy(m, [], r, ACTOR, FIRST, ROW, 41)
    assert (m[FIRST + at.P_COPY], m[FIRST + at.P_PAUSED_FOR], m[ACTOR + at.A_RUNNING]) == (at.PAUSED, ROW, running)
    assert m[ACTOR + at.A_CAUSED] == (ROW if state == at.RUNS else at.NONE)


def test_a_restored_copy_starts_anew_where_one_runs() -> None:
    m, r = copies(at.RUNS)
    restore_copy(m, [], r, ACTOR, FIRST, ROW, 9, 41)
    found = [m[FIRST + field] for field in (at.P_COPY, at.P_COPY_EPOCH, at.P_PAUSED_FOR, at.P_BORN)]
    assert found == [at.RUNS, 9, at.NONE, 2]
    assert (m[ACTOR + at.A_RUNNING], m[ACTOR + at.A_NOWHERE], r[m[at.DOWNTIME] + ROW]) == (1, 0, 0)


def test_a_restored_copy_starts_where_none_was() -> None:
    m, r = copies(at.RUNS, at.ABSENT)
    restore_copy(m, [], r, ACTOR, SECOND, ROW, 9, 41)
    assert (m[SECOND + at.P_COPY], m[SECOND + at.P_BORN], m[ACTOR + at.A_RUNNING]) == (at.RUNS, 3, 2)
    assert r[m[at.DOWNTIME] + ROW] == at.NONE


@pytest.mark.parametrize("order", [(1, 2, 3), (1, 3, 2), (2, 1, 3), (2, 3, 1), (3, 1, 2), (3, 2, 1)])
def test_copies_are_found_by_the_order_of_their_starts(order: tuple[int, ...]) -> None:
    m, r = copies(at.RUNS, at.RUNS, at.RUNS)
    for place, born in zip((FIRST, SECOND, THIRD), order, strict=True):
        m[place + at.P_BORN] = born
    ranked = [copy_by_rank(m, [], r, ACTOR, rank) for rank in range(3)]
    assert ranked == [order.index(born) for born in (1, 2, 3)]
    assert newest_copy(m, [], r, ACTOR) == order.index(3)
    for place in (FIRST, SECOND, THIRD):
        m[place + at.P_COPY] = at.PAUSED
    assert newest_copy(m, [], r, ACTOR) == at.NONE
