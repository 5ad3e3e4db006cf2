"""Requests, checkpoints and restores at the target of an attempt, on sequences that are written by hand."""

import pytest

from icnsim.columns.kernel import layout as at
from icnsim.columns.kernel.handover import write_ended_record
from icnsim.columns.kernel.places import apply_removal, enter_state, holds, place_for, removal_time, store_content
from icnsim.columns.kernel.target import evaluated, on_complete, on_request, restored
from icnsim.protocol.states import Event, State
from tests.columns.test_attempts import events
from tests.columns.test_kernel_steps import ACTOR, EVENT, EXCHANGE, FREE, PLACES, ROW, SETTING, changes, memory
from tests.columns.test_source import hazards, ignored

ADMIT, COMPLETION, RESTORED = int(Event.ADMIT), int(Event.COMPLETE), int(Event.RESTORE)
IDLE, REQUESTING, RESTORING, COMPLETE = (
    int(state) for state in (State.IDLE, State.REQUESTING, State.RESTORING, State.COMPLETE)
)
FAILED = int(State.FAILED)
TABLE, NOW = 930, 7000


def target(state: int = IDLE, *, row: int = ROW, role: int = at.TARGET) -> tuple[list[int], list[int]]:
    """Executor 0 has a record in this state since 5 ms; the exchange is that of attempt `ROW` from executor 1."""
    m, r = memory()
    m[at.N_HORIZON], m[at.N_TABLE], m[at.N_REOPENED] = at.FAR, TABLE, at.NONE
    m[PLACES + at.P_STATE], m[PLACES + at.P_ROLE], m[PLACES + at.P_ROW], m[PLACES + at.P_SINCE] = state, role, row, 5000
    m[PLACES + at.P_EPOCH], m[PLACES + at.P_STORED] = 4, 6
    m[EXCHANGE + at.X_ROW], m[EXCHANGE + at.X_SOURCE], m[EXCHANGE + at.X_EPOCH] = ROW, 1, 4
    m[EXCHANGE + at.X_ASKED], m[EXCHANGE + at.X_SEQUENCE] = 8, 9
    m[EXCHANGE + at.X_EVALUATION], m[EXCHANGE + at.X_RESTORE] = 100, 500
    m[SETTING + at.S_BOUND + RESTORING] = 100
    r[m[at.FATE_OF] + ROW] = 0
    return m, r


@pytest.mark.parametrize("state", [IDLE, COMPLETE, FAILED])
def test_a_request_is_evaluated_by_a_target_without_an_active_record(state: int) -> None:
    m, r = target(state, row=ROW + 1)
    on_request(m, [], r, ACTOR, EXCHANGE, NOW)
    assert events(m) == [(7100, at.NORMAL, at.EVALUATED, 0, 0, at.NONE)]
    fields = (at.P_STORED, at.P_EPOCH, at.P_SENDER, at.P_SEQUENCE, at.P_STATE)
    assert [m[PLACES + field] for field in fields] == [8, 4, 1, 8, state]
    assert (hazards(m), ignored(m), m[EXCHANGE + at.X_STALE]) == ({}, {}, 0)


def test_a_newer_stored_checkpoint_stays() -> None:
    m, r = target()
    m[PLACES + at.P_STORED], m[EXCHANGE + at.X_EPOCH] = 9, 5
    on_request(m, [], r, ACTOR, EXCHANGE, NOW)
    assert (m[PLACES + at.P_STORED], m[PLACES + at.P_EPOCH]) == (9, 5)


@pytest.mark.parametrize(
    ("epoch", "copy", "copy_epoch", "stale"),
    [
        (4, at.ABSENT, 9, 0),
        (5, at.ABSENT, 0, 1),
        (4, at.RUNS, 3, 0),
        (4, at.RUNS, 4, 1),
        (4, at.PAUSED, 5, 1),
    ],
)
def test_a_request_is_stale_if_the_target_knows_a_newer_epoch_or_runs_one_as_new(
    epoch: int, copy: int, copy_epoch: int, stale: int
) -> None:
    m, r = target()
    m[PLACES + at.P_EPOCH], m[PLACES + at.P_COPY], m[PLACES + at.P_COPY_EPOCH] = epoch, copy, copy_epoch
    on_request(m, [], r, ACTOR, EXCHANGE, NOW)
    assert (m[EXCHANGE + at.X_STALE], hazards(m)) == (stale, {4: 1} if stale else {})
    assert m[PLACES + at.P_EPOCH] == epoch
    assert len(events(m)) == 1


@pytest.mark.parametrize(
    ("state", "row", "role", "swallowed"),
    [
        (RESTORING, ROW, at.TARGET, {9: 1}),
        (RESTORING, ROW, at.HAS_STATE, {9: 1}),
        (RESTORING, ROW + 1, at.TARGET, {9: 1}),
        (REQUESTING, ROW + 1, at.SOURCE, {9: 1}),
        (COMPLETE, ROW, at.TARGET, {}),
        (FAILED, ROW, at.TARGET, {}),
    ],
)
def test_a_request_of_a_known_content_is_ignored_while_a_record_blocks_it(
    state: int, row: int, role: int, swallowed: dict[int, int]
) -> None:
    m, r = target(state, row=row, role=role)
    m[PLACES + at.P_SENDER], m[PLACES + at.P_SEQUENCE] = 1, 8
    on_request(m, [], r, ACTOR, EXCHANGE, NOW)
    assert (hazards(m), ignored(m), events(m)) == (swallowed, {(ADMIT, state): 1}, [])
    assert (m[PLACES + at.P_STORED], m[PLACES + at.P_STATE]) == (6, state)
    assert r[m[at.FATE_OF] + ROW] == at.BLOCKED


def test_a_request_of_a_known_content_is_counted_by_an_idle_target_and_one_of_an_ended_record_of_another() -> None:
    for state, row in ((IDLE, ROW), (COMPLETE, ROW + 1)):
        m, r = target(state, row=row)
        m[PLACES + at.P_SENDER], m[PLACES + at.P_SEQUENCE] = 1, 8
        on_request(m, [], r, ACTOR, EXCHANGE, NOW)
        assert (hazards(m), len(events(m))) == ({9: 1}, 1)


def test_a_stale_request_of_the_present_attempt_is_not_counted_as_stale_twice() -> None:
    """The target has admitted the attempt: the duplicate is ignored before its epoch is compared."""
    m, r = target(RESTORING)
    m[PLACES + at.P_EPOCH] = 5
    on_request(m, [], r, ACTOR, EXCHANGE, NOW)
    assert (hazards(m), m[EXCHANGE + at.X_STALE], ignored(m)) == ({}, 0, {(ADMIT, RESTORING): 1})
    m, r = target(RESTORING, role=at.SOURCE)
    m[PLACES + at.P_EPOCH] = 5
    on_request(m, [], r, ACTOR, EXCHANGE, NOW)
    assert (hazards(m), m[EXCHANGE + at.X_STALE], ignored(m)) == ({4: 1}, 1, {(ADMIT, RESTORING): 1})


def test_a_refused_request_is_answered_by_a_reject() -> None:
    m, r = target()
    m[EXCHANGE + at.X_REFUSAL], m[EXCHANGE + at.X_DELAYS + at.REJECT] = at.NO_MEMORY, 30
    evaluated(m, [], r, ACTOR, EXCHANGE, NOW)
    assert events(m) == [(7030, at.NORMAL, at.REJECT, 7, 1, at.NONE)]
    assert (m[PLACES + at.P_STATE], r[m[at.ADMITTED] + ROW]) == (IDLE, at.NONE)


@pytest.mark.parametrize(("stale", "suspect"), [(0, 0), (1, at.I5)])
def test_an_accepted_request_opens_a_record(stale: int, suspect: int) -> None:
    m, r = target()
    m[EXCHANGE + at.X_STALE], m[EXCHANGE + at.X_DELAYS + at.ACCEPT] = stale, 30
    m[SETTING + at.S_TIMEOUT + RESTORING], m[SETTING + at.S_STEP], m[at.N_MANAGED] = 60, 1, 1
    evaluated(m, [], r, ACTOR, EXCHANGE, NOW)
    assert events(m) == [
        (7030, at.NORMAL, at.ACCEPT, 7, 1, at.NONE),
        (68_000, at.TICK, at.TIMEOUT, NOW * at.STATES + RESTORING, 0, at.NONE),
    ]
    fields = (at.P_STATE, at.P_ROLE, at.P_ROW, at.P_SINCE)
    assert [m[PLACES + field] for field in fields] == [RESTORING, at.TARGET, ROW, NOW]
    assert (r[m[at.ADMITTED] + ROW], m[ACTOR + at.A_SUSPECT], m[at.N_REOPENED]) == (NOW, suspect, at.NONE)


@pytest.mark.parametrize(("state", "row"), [(RESTORING, ROW + 1), (REQUESTING, ROW), (COMPLETE, ROW), (FAILED, ROW)])
def test_an_evaluation_that_a_record_has_overtaken_is_ignored(state: int, row: int) -> None:
    m, r = target(state, row=row)
    evaluated(m, [], r, ACTOR, EXCHANGE, NOW)
    assert (ignored(m), events(m), r[m[at.ADMITTED] + ROW]) == ({(ADMIT, state): 1}, [], at.NONE)


def test_the_earlier_record_of_an_attempt_at_its_target_is_kept_with_its_own_times() -> None:
    """It was admitted at 3 ms. Times before 3 ms are those of a record that was kept before."""
    m, r = target()
    m[at.N_REOPENED], m[at.N_TOP] = 555, FREE
    times = {at.ADMITTED: 3000, at.RESTORED_AT: 2999, at.TARGET_FAILED: 3000, at.TARGET_REMOVED: 6000}
    for column, when in times.items():
        r[m[column] + ROW] = when
    evaluated(m, [], r, ACTOR, EXCHANGE, NOW)
    assert m[FREE : FREE + at.OPENED] == [555, ROW, 3000, at.NONE, 3000, 6000, at.NONE]
    assert (m[at.N_REOPENED], r[m[at.ADMITTED] + ROW]) == (FREE, NOW)
    assert m[ACTOR + at.A_EVENTS] == FREE + at.OPENED


def test_a_complete_begins_the_restore() -> None:
    m, r = target(RESTORING)
    on_complete(m, [], r, ACTOR, EXCHANGE, NOW)
    assert events(m) == [(7500, at.NORMAL, at.RESTORED, 5000, 0, at.NONE)]
    fields = (at.P_STATE, at.P_ROLE, at.P_STORED, at.P_EPOCH, at.P_SINCE)
    assert [m[PLACES + field] for field in fields] == [RESTORING, at.HAS_STATE, 9, 4, 5000]
    assert (r[m[at.TRANSFERRED] + ROW], hazards(m), ignored(m)) == (NOW, {}, {})


@pytest.mark.parametrize(
    ("state", "row", "role", "sequence", "expected"),
    [
        (RESTORING, ROW, at.TARGET, 7, {}),
        (RESTORING, ROW, at.TARGET, 6, {11: 1}),
        (RESTORING, ROW, at.TARGET, 5, {11: 1}),
        (RESTORING, ROW, at.HAS_STATE, 7, {}),
        (RESTORING, ROW + 1, at.TARGET, 7, {}),
        (COMPLETE, ROW, at.TARGET, 7, {}),
        (IDLE, ROW, at.TARGET, 7, {}),
    ],
)
def test_a_complete_needs_the_record_of_its_attempt_and_a_newer_checkpoint(
    state: int, row: int, role: int, sequence: int, expected: dict[int, int]
) -> None:
    m, r = target(state, row=row, role=role)
    m[EXCHANGE + at.X_SEQUENCE], m[EXCHANGE + at.X_EPOCH] = sequence, 5
    on_complete(m, [], r, ACTOR, EXCHANGE, NOW)
    begins = (state, row, role, sequence) == (RESTORING, ROW, at.TARGET, 7)
    assert (hazards(m), ignored(m)) == (expected, {} if begins else {(COMPLETION, state): 1})
    assert (len(events(m)), m[PLACES + at.P_STORED], m[PLACES + at.P_EPOCH]) == ((1, 7, 5) if begins else (0, 6, 5))


@pytest.mark.parametrize(("state", "row"), [(IDLE, ROW), (RESTORING, ROW + 1), (COMPLETE, ROW), (FAILED, ROW)])
def test_the_end_of_a_restore_is_ignored_without_its_record(state: int, row: int) -> None:
    m, r = target(state, row=row, role=at.HAS_STATE)
    m[EVENT + at.V_DATA] = 5000
    restored(m, [], r, ACTOR, EVENT, EXCHANGE, NOW)
    assert (ignored(m), events(m), m[ACTOR + at.A_RUNNING]) == ({(RESTORED, state): 1}, [], 0)


def test_an_actor_is_found_at_the_executor_of_its_place_and_a_new_place_is_empty() -> None:
    m, r = memory(places=3)
    assert [place_for(m, [], r, ACTOR, number) for number in range(3)] == [PLACES + n * at.PLACE for n in range(3)]
    m[FREE : FREE + at.PLACE] = [77] * at.PLACE
    assert place_for(m, [], r, ACTOR, 8) == FREE
    fields = (at.P_NEXT, at.P_EXECUTOR, at.P_STATE, at.P_COPY, at.P_REMOVED_AT, at.P_SEEN, at.P_SENDER)
    assert [m[FREE + field] for field in fields] == [PLACES, 8, IDLE, at.ABSENT, at.FAR, at.NONE, at.NONE]
    known = (at.P_EPOCH, at.P_STORED, at.P_COPY_EPOCH, at.P_PAUSED_FOR)
    assert [m[FREE + field] for field in known] == [0, 0, 0, at.NONE]
    assert m[ACTOR + at.A_PLACES] == FREE
    assert [place_for(m, [], r, ACTOR, number) for number in (8, 2)] == [FREE, PLACES + 2 * at.PLACE]


@pytest.mark.parametrize(("managed", "ended", "removed"), [(1, 0, 37_000), (1, 7999, 37_000), (1, 8000, 67_000)])
@pytest.mark.parametrize("state", [COMPLETE, FAILED])
def test_a_record_is_removed_by_the_first_tick_at_which_its_age_in_whole_ms_reaches_the_retention(
    managed: int, ended: int, removed: int, state: int
) -> None:
    """The executor ticks at 7 ms and every 30 ms after it; the retention is 30 ms."""
    m, r = target(RESTORING)
    m[at.N_MANAGED], m[at.N_INTERVAL], m[SETTING + at.S_RETENTION], m[TABLE + at.E_PHASE] = managed, 30_000, 30, 7000
    m[PLACES + at.P_SINCE] = 0
    enter_state(m, [], r, ACTOR, PLACES, state, ended)
    assert (m[PLACES + at.P_STATE], m[PLACES + at.P_SINCE], m[PLACES + at.P_REMOVED_AT]) == (state, ended, removed)
    m[at.N_MANAGED] = 0
    assert removal_time(m, [], r, ACTOR, 0, ended) == at.FAR


@pytest.mark.parametrize(("state", "now", "removed"), [(COMPLETE, 6001, 1), (FAILED, 6001, 1), (COMPLETE, 6000, 0)])
@pytest.mark.parametrize(("role", "column"), [(at.SOURCE, at.REMOVED), (at.HAS_STATE, at.TARGET_REMOVED)])
def test_a_tick_before_an_instant_has_removed_an_ended_record(
    role: int, column: int, state: int, now: int, removed: int
) -> None:
    m, r = target(state, role=role)
    m[PLACES + at.P_REMOVED_AT] = 6000
    apply_removal(m, [], r, PLACES, now)
    assert (m[PLACES + at.P_STATE], r[m[column] + ROW]) == ((IDLE, 6000) if removed else (state, at.NONE))


def test_an_active_record_is_not_removed_and_an_idle_place_holds_none() -> None:
    m, r = target(RESTORING)
    m[PLACES + at.P_REMOVED_AT] = 6000
    before = list(m)
    apply_removal(m, [], r, PLACES, NOW)
    assert m == before
    assert [holds(m, [], r, PLACES, row) for row in (ROW, ROW + 1)] == [True, False]
    m[PLACES + at.P_STATE] = IDLE
    assert not holds(m, [], r, PLACES, ROW)


def test_the_newest_content_of_a_place_moves_to_the_head_of_its_list() -> None:
    m, r = memory()
    for content in ((1, 1), (2, 1), (2, 2)):
        assert not store_content(m, [], r, PLACES, *content)
    head = m[PLACES + at.P_SEEN]
    assert m[head : head + 3] == [FREE, 2, 1]
    assert m[FREE : FREE + 3] == [at.NONE, 1, 1]
    before = list(m)
    assert [store_content(m, [], r, PLACES, *content) for content in ((1, 1), (2, 1), (2, 2))] == [True] * 3
    assert changes(before, m) == {}
    assert [store_content(m, [], r, PLACES, *content) for content in ((1, 2), (0, 1))] == [False] * 2


@pytest.mark.parametrize(
    ("role", "gone", "columns"),
    [
        (at.SOURCE, 6999, {at.REMOVED: 6999}),
        (at.SOURCE, 7000, {at.REPLACED: 7000}),
        (at.TARGET, 6999, {at.TARGET_REMOVED: 6999}),
        (at.HAS_STATE, 7000, {at.TARGET_REPLACED: 7000}),
    ],
)
def test_an_ended_record_that_is_written_at_once_replaces_the_one_before(
    role: int, gone: int, columns: dict[int, int]
) -> None:
    m, r = target(COMPLETE, row=ROW + 1, role=role)
    m[PLACES + at.P_REMOVED_AT], before = gone, list(r)
    write_ended_record(m, [], r, ACTOR, PLACES, FAILED, at.SOURCE, ROW, NOW, 9000)
    assert changes(before, r) == {m[column] + ROW + 1: when for column, when in columns.items()}
    fields = (at.P_STATE, at.P_ROLE, at.P_ROW, at.P_SINCE, at.P_REMOVED_AT)
    assert [m[PLACES + field] for field in fields] == [FAILED, at.SOURCE, ROW, 9000, at.FAR]
    m[PLACES + at.P_STATE], before = IDLE, list(r)
    write_ended_record(m, [], r, ACTOR, PLACES, FAILED, at.SOURCE, ROW, NOW, 9000)
    assert r == before
