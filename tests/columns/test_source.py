"""Answers, checkpoints and timeouts at the source of an attempt, on sequences that are written by hand."""

import pytest

from icnsim.columns.kernel import layout as at
from icnsim.columns.kernel.source import checkpointed, fail, on_accept, on_ack, on_look, on_reject
from icnsim.protocol.states import Event, State
from tests.columns.test_attempts import events
from tests.columns.test_kernel_steps import ACTOR, EVENT, EXCHANGE, PLACES, ROW, SETTING, changes, memory

IDLE, REQUESTING, CHECKPOINTING = int(State.IDLE), int(State.REQUESTING), int(State.CHECKPOINTING)
TRANSFERRING, RESTORING = int(State.TRANSFERRING), int(State.RESTORING)
COMPLETE, FAILED = int(State.COMPLETE), int(State.FAILED)
NOW = 7000


def source(state: int, *, row: int = ROW, role: int = at.SOURCE) -> tuple[list[int], list[int]]:
    """Executor 0, where the actor runs, has a record in this state since 5 ms; the exchange is that of `ROW` to 1."""
    m, r = memory()
    m[at.N_HORIZON] = at.FAR
    for state_ in range(at.STATES):
        m[SETTING + at.S_BOUND + state_] = 100
    m[PLACES + at.P_STATE], m[PLACES + at.P_ROLE], m[PLACES + at.P_ROW] = state, role, row
    m[PLACES + at.P_SINCE], m[PLACES + at.P_EPOCH], m[PLACES + at.P_STORED] = 5000, 4, 6
    m[PLACES + at.P_COPY], m[PLACES + at.P_BORN], m[PLACES + at.P_PAUSED_FOR] = at.RUNS, 1, at.NONE
    m[ACTOR + at.A_RUNNING], m[ACTOR + at.A_MIGRATING], m[ACTOR + at.A_NEWEST] = 1, 1, 6
    m[EXCHANGE + at.X_ROW], m[EXCHANGE + at.X_TARGET], m[EXCHANGE + at.X_EPOCH] = ROW, 1, 9
    m[EXCHANGE + at.X_CHECKPOINT], m[EXCHANGE + at.X_REFUSAL] = 2000, at.NO_MEMORY
    m[EVENT + at.V_DATA], m[EVENT + at.V_EXECUTOR] = 5000 * at.STATES + state, 0
    r[m[at.FATE_OF] + ROW] = 0
    return m, r


def ignored(m: list[int]) -> dict[tuple[int, int], int]:
    """The number of ignored events by their kinds and the states that they met."""
    table = m[at.N_IGNORED : at.N_IGNORED + 128]
    return {divmod(place, at.STATES): count for place, count in enumerate(table) if count}


def hazards(m: list[int]) -> dict[int, int]:
    """The hazards that have happened, by their numbers."""
    return {number: m[at.N_HAZARDS + number] for number in range(1, 25) if m[at.N_HAZARDS + number]}


def test_an_accept_pauses_the_actor_and_begins_the_checkpoint() -> None:
    m, r = source(REQUESTING)
    on_accept(m, [], r, ACTOR, EXCHANGE, NOW)
    assert [m[PLACES + field] for field in (at.P_STATE, at.P_SINCE, at.P_EPOCH)] == [CHECKPOINTING, NOW, 9]
    assert (m[PLACES + at.P_COPY], m[PLACES + at.P_PAUSED_FOR], m[ACTOR + at.A_RUNNING]) == (at.PAUSED, ROW, 0)
    assert r[m[at.ACCEPTED] + ROW] == NOW
    assert events(m) == [(9000, at.NORMAL, at.CHECKPOINTED, 0, 0, at.NONE)]
    assert (ignored(m), hazards(m)) == ({}, {})


@pytest.mark.parametrize(("answer", "event"), [(on_accept, Event.ACCEPT), (on_reject, Event.REJECT)])
@pytest.mark.parametrize(
    ("state", "row", "expected"),
    [
        (IDLE, ROW, {}),
        (IDLE, ROW + 1, {}),
        (CHECKPOINTING, ROW, {}),
        (REQUESTING, ROW + 1, {Event.ACCEPT: {3: 1}, Event.REJECT: {4: 1}}),
        (COMPLETE, ROW, {Event.ACCEPT: {2: 1}}),
        (FAILED, ROW, {Event.ACCEPT: {2: 1}}),
        (FAILED, ROW + 1, {Event.ACCEPT: {3: 1}, Event.REJECT: {4: 1}}),
    ],
)
def test_an_answer_that_is_not_awaited_is_ignored(
    answer: object, event: Event, state: int, row: int, expected: dict[Event, dict[int, int]]
) -> None:
    m, r = source(state, row=row)
    before, columns = m[ACTOR:], list(r)
    answer(m, [], r, ACTOR, EXCHANGE, NOW)  # type: ignore[operator]
    assert (hazards(m), ignored(m)) == (expected.get(event, {}), {(int(event), state): 1})
    assert (changes(before, m[ACTOR:]), r) == ({PLACES + at.P_EPOCH - ACTOR: 9}, columns)


@pytest.mark.parametrize(("fate", "known", "late"), [(1, at.NONE, NOW), (1, 6000, 6000), (2, at.NONE, at.NONE)])
def test_the_first_answer_after_a_timeout_is_late(fate: int, known: int, late: int) -> None:
    m, r = source(FAILED)
    r[m[at.FATE_OF] + ROW], r[m[at.LATE_AT] + ROW] = fate | at.WILLING | at.TIMED_OUT * at.REASON, known
    on_reject(m, [], r, ACTOR, EXCHANGE, NOW)
    assert r[m[at.LATE_AT] + ROW] == late
    assert m[PLACES + at.P_EPOCH] == 9


def test_a_reject_fails_the_attempt_for_the_reason_of_its_target() -> None:
    m, r = source(REQUESTING)
    on_reject(m, [], r, ACTOR, EXCHANGE, NOW)
    assert [m[PLACES + field] for field in (at.P_STATE, at.P_SINCE, at.P_EPOCH)] == [FAILED, NOW, 9]
    assert r[m[at.FAILED] + ROW] == NOW
    assert r[m[at.FATE_OF] + ROW] == at.REJECTED * at.FAILURE + at.NO_MEMORY * at.REASON
    assert (m[ACTOR + at.A_MIGRATING], m[ACTOR + at.A_SUSPECT], m[ACTOR + at.A_RUNNING]) == (0, 0, 1)


@pytest.mark.parametrize(("role", "column"), [(at.SOURCE, at.REMOVED), (at.TARGET, at.TARGET_REMOVED)])
@pytest.mark.parametrize("step", [on_accept, on_reject, checkpointed, on_ack])
def test_a_record_that_a_tick_has_removed_is_idle(step: object, role: int, column: int) -> None:
    m, r = source(COMPLETE, role=role)
    m[PLACES + at.P_REMOVED_AT] = 6999
    step(m, [], r, ACTOR, EXCHANGE, NOW)  # type: ignore[operator]
    assert (m[PLACES + at.P_STATE], r[m[column] + ROW]) == (IDLE, 6999)
    assert [state for _, state in ignored(m)] == [IDLE]


@pytest.mark.parametrize(
    ("newest", "made_at", "suspect", "expected", "after"),
    [
        (6, 0, 0, {}, (7, 0)),
        (7, 0, at.I4, {}, (7, 0)),
        (7, at.NONE, at.I4, {14: 1}, (7, 0)),
        (7, 1, at.I4, {14: 1}, (7, 1)),
        (8, 1, at.I4, {}, (8, 1)),
    ],
)
def test_the_final_checkpoint_has_the_next_sequence_of_its_source(
    newest: int, made_at: int, suspect: int, expected: dict[int, int], after: tuple[int, int]
) -> None:
    m, r = source(CHECKPOINTING)
    m[ACTOR + at.A_NEWEST], m[ACTOR + at.A_NEWEST_AT], m[EXCHANGE + at.X_DELAYS + at.COMPLETE] = newest, made_at, 300
    checkpointed(m, [], r, ACTOR, EXCHANGE, NOW)
    assert [m[PLACES + field] for field in (at.P_STATE, at.P_SINCE, at.P_STORED)] == [TRANSFERRING, NOW, 7]
    assert (m[EXCHANGE + at.X_SEQUENCE], m[EXCHANGE + at.X_EMPTY], r[m[at.CHECKPOINTED_AT] + ROW]) == (7, 0, NOW)
    assert events(m) == [(7300, at.NORMAL, at.COMPLETE, 7, 1, at.NONE)]
    assert (m[ACTOR + at.A_SUSPECT], hazards(m)) == (suspect, expected)
    assert (m[ACTOR + at.A_NEWEST], m[ACTOR + at.A_NEWEST_AT]) == after


def test_a_checkpoint_without_a_copy_is_empty_and_not_the_newest() -> None:
    m, r = source(CHECKPOINTING)
    m[PLACES + at.P_COPY], m[ACTOR + at.A_NEWEST_AT] = at.ABSENT, 5
    checkpointed(m, [], r, ACTOR, EXCHANGE, NOW)
    assert (m[EXCHANGE + at.X_EMPTY], m[ACTOR + at.A_NEWEST], m[ACTOR + at.A_NEWEST_AT]) == (1, 6, 5)


@pytest.mark.parametrize(
    ("step", "event", "state", "row"),
    [
        (checkpointed, Event.CHECKPOINT, CHECKPOINTING, ROW + 1),
        (checkpointed, Event.CHECKPOINT, REQUESTING, ROW),
        (checkpointed, Event.CHECKPOINT, IDLE, ROW),
        (on_ack, Event.ACK, TRANSFERRING, ROW + 1),
        (on_ack, Event.ACK, CHECKPOINTING, ROW),
        (on_ack, Event.ACK, IDLE, ROW),
    ],
)
def test_the_end_of_a_stage_of_another_record_is_ignored(step: object, event: Event, state: int, row: int) -> None:
    m, r = source(state, row=row)
    columns = list(r)
    step(m, [], r, ACTOR, EXCHANGE, NOW)  # type: ignore[operator]
    assert ignored(m) == {(int(event), state): 1}
    assert (m[PLACES + at.P_STATE], m[PLACES + at.P_SINCE], events(m), r) == (state, 5000, [], columns)


@pytest.mark.parametrize(("running", "suspect"), [(0, at.I2), (1, 0)])
def test_an_ack_ends_the_migration(running: int, suspect: int) -> None:
    m, r = source(TRANSFERRING)
    m[PLACES + at.P_COPY], m[ACTOR + at.A_RUNNING] = at.ABSENT, running
    on_ack(m, [], r, ACTOR, EXCHANGE, NOW)
    assert [m[PLACES + field] for field in (at.P_STATE, at.P_SINCE, at.P_EPOCH)] == [COMPLETE, NOW, 9]
    assert (r[m[at.COMPLETED] + ROW], m[ACTOR + at.A_MIGRATING], m[ACTOR + at.A_SUSPECT]) == (NOW, 0, suspect)


@pytest.mark.parametrize(
    ("state", "row", "data"),
    [
        (IDLE, ROW, 0),
        (COMPLETE, ROW, 0),
        (FAILED, ROW, 0),
        (REQUESTING, ROW + 1, 0),
        (REQUESTING, ROW, 1),
        (REQUESTING, ROW, -at.STATES),
    ],
)
def test_a_look_leaves_a_record_that_has_left_its_state(state: int, row: int, data: int) -> None:
    m, r = source(state, row=row)
    m[EVENT + at.V_DATA] += data
    before, columns = list(m), list(r)
    on_look(m, [], r, ACTOR, EVENT, EXCHANGE, NOW)
    assert (m, r) == (before, columns)


@pytest.mark.parametrize(
    ("state", "restored", "expected", "suspect"),
    [
        (REQUESTING, at.NONE, {}, 0),
        (CHECKPOINTING, at.NONE, {}, 0),
        (TRANSFERRING, at.NONE, {7: 1}, 0),
        (TRANSFERRING, 6500, {7: 1, 5: 1}, at.I8),
    ],
)
def test_a_look_fails_a_record_of_a_source(state: int, restored: int, expected: dict[int, int], suspect: int) -> None:
    m, r = source(state)
    r[m[at.RESTORED_AT] + ROW] = restored
    on_look(m, [], r, ACTOR, EVENT, EXCHANGE, NOW)
    assert (m[PLACES + at.P_STATE], m[PLACES + at.P_SINCE], r[m[at.FAILED] + ROW]) == (FAILED, NOW, NOW)
    assert r[m[at.FATE_OF] + ROW] == at.TIMED_OUT * at.FAILURE + at.TIMED_OUT * at.REASON
    assert (hazards(m), m[ACTOR + at.A_SUSPECT], m[ACTOR + at.A_MIGRATING]) == (expected, suspect, 0)


@pytest.mark.parametrize("role", [at.TARGET, at.HAS_STATE])
def test_a_look_fails_a_record_of_a_target(role: int) -> None:
    m, r = source(RESTORING, role=role)
    on_look(m, [], r, ACTOR, EVENT, EXCHANGE, NOW)
    assert (m[PLACES + at.P_STATE], m[PLACES + at.P_SINCE]) == (FAILED, NOW)
    assert changes([at.NONE] * len(r), r) == {m[at.TARGET_FAILED] + ROW: NOW, m[at.FATE_OF] + ROW: 0}
    assert (hazards(m), m[ACTOR + at.A_MIGRATING]) == ({}, 1)


@pytest.mark.parametrize(("failure", "by_look"), [(at.TIMED_OUT, 1), (at.REJECTED, 0)])
def test_a_failure_that_is_retried_schedules_the_retry(failure: int, by_look: int) -> None:
    """The draws of the first retry are at 930 of `m` and 0 of `f`; a half of the pause of 4 ms is drawn."""
    m, r = source(REQUESTING)
    m[at.N_MOST], m[at.N_ON_TIMED_OUT], m[at.N_ON_REJECTED] = 2, 1, 1
    m[at.N_BLOCK], m[at.N_BLOCKS], m[at.N_SLOTS], m[at.N_JITTER] = 1, 1, 930, 1
    m[930:932], m[at.F_PAUSES], m[ACTOR + at.A_TRIES] = [0, 0], 5, 1
    fail(m, [0.5, 0, 0, 0, 0, 4000.0], r, ACTOR, PLACES, EXCHANGE, NOW, failure, 3)
    assert events(m) == [(9000, at.ARRIVAL, at.RETRY, 2 * NOW + by_look, at.NONE, at.NONE)]
    assert (m[ACTOR + at.A_TRIES], m[ACTOR + at.A_PAUSE], m[ACTOR + at.A_FAILURES]) == (2, 2000, 1)
    assert (m[ACTOR + at.A_MIGRATING], m[m[ACTOR + at.A_TRIED] + at.T_EXECUTOR]) == (1, 1)
    assert r[m[at.FATE_OF] + ROW] == failure * at.FAILURE + 3 * at.REASON
