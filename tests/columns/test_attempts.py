"""The start of an attempt and its messages on sequences that are written by hand."""

from collections.abc import Sequence

import pytest

from icnsim.columns.kernel import layout as at
from icnsim.columns.kernel.attempts import begin_attempt, copy_draws, count_blocked, refusal_of
from icnsim.columns.kernel.messages import HERD_US, added_delay, count_herd, count_ignored, send
from icnsim.columns.kernel.timeouts import look_that_fails, schedule_timeout
from icnsim.protocol.states import Event, State
from tests.columns.test_kernel_steps import ACTOR, EXCHANGE, FREE, PLACES, ROW, SETTING, memory

TABLE, WAYS, SAMPLES, DRAWS, LOG = 700, 740, 750, 760, 790
WIDTH = 1
"""The distance of the columns of draws: one attempt, so that draw number n is at `DRAWS + n`."""
ADMIT, INITIATE = int(Event.ADMIT), int(Event.INITIATE)
REQUESTING, COMPLETE = int(State.REQUESTING), int(State.COMPLETE)


def events(m: Sequence[int]) -> list[tuple[int, ...]]:
    """The future events of the actor: time, priority, kind, data, executor, row of the log."""
    found, here = [], m[ACTOR + at.A_EVENTS]
    while here != at.NONE:
        fields = (at.V_TIME, at.V_PRIORITY, at.V_KIND, at.V_DATA, at.V_EXECUTOR, at.V_LOG)
        found.append(tuple(m[here + field] for field in fields))
        here = m[here + at.V_NEXT]
    return found


def made(*, logs: bool = False) -> tuple[list[int], list[int]]:
    """An actor at executor 1 of three. Draw number n is 1000 + n; the fates are those of no fault."""
    m, r = memory()
    m[at.N_TABLE], m[at.N_WAYS], m[at.N_DRAWS], m[at.N_VARIANTS], m[at.N_HORIZON] = TABLE, WAYS, DRAWS, 2, at.FAR
    m[at.N_LOGS], m[at.N_LOGGED], m[at.N_LOG_NUMBER] = int(logs), LOG, 40
    m[PLACES + at.P_EXECUTOR] = 1
    for executor in range(3):
        there = TABLE + executor * at.EXECUTOR
        m[there + at.E_ANSWERS], m[there + at.E_MEMORY], m[there + at.E_QUEUE] = 1, 100, at.QUEUE_SHORT
        m[there + at.E_REQUESTED_AT], m[there + at.E_REGION] = at.NONE, executor % 2
        m[there + at.E_VARIANT] = executor % 2
    for draw in range(at.D_STAGES + 6):
        m[DRAWS + draw] = 1000 + draw
    m[DRAWS + at.D_FATES] = 0
    m[EXCHANGE + at.X_ROW] = ROW
    r[m[at.FATE_OF] + ROW] = 0
    return m, r


@pytest.mark.parametrize(("now", "hazards"), [(65_999, 0), (66_000, 1)])
@pytest.mark.parametrize("tracked", [True, False])
def test_a_record_that_blocks_longer_than_its_timeout_is_counted(tracked: bool, now: int, hazards: int) -> None:
    """The record entered its state at 5 ms. Its age must exceed 60 ms, or the lifetime without a timeout."""
    m, r = made()
    m[PLACES + at.P_STATE], m[PLACES + at.P_SINCE] = REQUESTING, 5000
    m[SETTING + at.S_TIMEOUT + REQUESTING], m[at.N_LIFETIME] = (60, 10) if tracked else (0, 60)
    count_blocked(m, [], r, ACTOR, PLACES, now)
    assert m[at.N_HAZARDS + 16] == hazards
    assert m[at.N_IGNORED + INITIATE * at.STATES + REQUESTING] == 1


@pytest.mark.parametrize("copies", [0, 1])
def test_an_exchange_has_the_draws_of_its_attempt(copies: int) -> None:
    """Executors 1 and 2 have the second and the first variant of the stages."""
    m, r = made()
    m[at.N_COPIES] = copies
    m[EXCHANGE + at.X_SOURCE], m[EXCHANGE + at.X_TARGET] = 1, 2
    copy_draws(m, [], r, ACTOR, EXCHANGE, DRAWS, WIDTH)
    delays, again = ([m[EXCHANGE + first + kind] for kind in range(5)] for first in (at.X_DELAYS, at.X_COPIES))
    assert delays == [1000 + at.D_DELAYS + kind for kind in range(5)]
    assert again == [1000 + at.D_COPIES + kind if copies else 0 for kind in range(5)]
    stages = [m[EXCHANGE + field] - 1000 - at.D_STAGES for field in (at.X_EVALUATION, at.X_CHECKPOINT, at.X_RESTORE)]
    assert stages == [0, 3, 4]  # in each of the three columns of two: first, second, first
    assert m[EXCHANGE + at.X_FATES] == 0


@pytest.mark.parametrize(
    ("fields", "fates", "refusal"),
    [
        ({}, 0, 0),
        ({at.E_REFUSES: 1, at.E_MEMORY: 0, at.E_QUEUE: at.QUEUE_LONG}, 0, at.REJECTING),
        ({at.E_MEMORY: 63, at.E_QUEUE: at.QUEUE_LONG}, 0, at.NO_MEMORY),
        ({at.E_MEMORY: 64}, 0, 0),
        ({at.E_QUEUE: at.QUEUE_LONG}, 0, at.LONG_QUEUE),
        ({at.E_QUEUE: at.QUEUE_SHORT}, -1, 0),
        ({at.E_QUEUE: 0}, 1 << at.QUEUE_BIT, at.LONG_QUEUE),
        ({at.E_QUEUE: 0}, ~(1 << at.QUEUE_BIT), 0),
        ({at.E_QUEUE: 3}, 1 << (at.QUEUE_BIT + 3), at.LONG_QUEUE),
        ({at.E_QUEUE: 3}, ~(1 << (at.QUEUE_BIT + 3)), 0),
    ],
)
def test_the_first_reason_of_a_refusal_is_given(fields: dict[int, int], fates: int, refusal: int) -> None:
    m, r = made()
    m[ACTOR + at.A_MEBIBYTES] = 64
    for field, value in fields.items():
        m[TABLE + 2 * at.EXECUTOR + field] = value
    assert refusal_of(m, [], r, ACTOR, 2, fates) == refusal


def begun(m: list[int], r: list[int], *, uniform: float = 0.0, state: int = 0) -> bool:
    """Whether the actor's third attempt of migration 7 begins, from executor 1 to executor 2, at 5 ms."""
    m[at.F_CHANCES], m[at.N_ROWS] = 10, ROW
    f = [0.0] * 20
    f[at.U_ANSWER], f[10 + 2] = uniform, 0.5
    m[ACTOR + at.A_NUMBER], m[PLACES + at.P_STATE], m[PLACES + at.P_EPOCH], m[PLACES + at.P_STORED] = 4, state, 8, 6
    m[SETTING + at.S_TIMEOUT + REQUESTING], m[SETTING + at.S_STEP], m[at.N_MANAGED] = 60, 1, 1
    return begin_attempt(m, f, r, ACTOR, 1, 2, 7, 3, DRAWS, 0, WIDTH, 5000)


@pytest.mark.parametrize(
    ("uniform", "answers", "refuses", "fate"),
    [(0.49, 1, 0, at.WILLING), (0.5, 1, 0, 0), (0.49, 0, 0, 0), (0.49, 1, 1, 0)],
)
def test_an_attempt_opens_a_record_and_sends_a_request(uniform: float, answers: int, refuses: int, fate: int) -> None:
    m, r = made()
    m[TABLE + 2 * at.EXECUTOR + at.E_ANSWERS], m[TABLE + 2 * at.EXECUTOR + at.E_REFUSES] = answers, refuses
    assert begun(m, r, uniform=uniform)
    columns = {at.MIGRATION: 7, at.ACTOR_OF: 4 + (3 << 32), at.ENDS_OF: 1 + (2 << 32), at.FATE_OF: fate}
    assert {column: r[m[column] + ROW] for column in columns} == columns
    assert (r[m[at.REQUESTED] + ROW], m[at.N_ROWS]) == (5000, ROW + 1)
    fields = (at.P_STATE, at.P_ROLE, at.P_ROW, at.P_SINCE, at.P_EPOCH, at.P_REMOVED_AT)
    assert [m[PLACES + field] for field in fields] == [REQUESTING, at.SOURCE, ROW, 5000, 9, at.FAR]
    exchange = FREE
    expected = {
        at.X_REFERENCES: 2, at.X_ROW: ROW, at.X_MIGRATION: 7, at.X_NUMBER: 3, at.X_SOURCE: 1, at.X_TARGET: 2,
        at.X_EPOCH: 9, at.X_ASKED: 6, at.X_SEQUENCE: 0, at.X_EMPTY: 0, at.X_STALE: 0,
        at.X_ANSWERS: int(uniform < 0.5 and answers), at.X_REFUSAL: at.REJECTING if refuses else 0,
    }  # fmt: skip
    assert {field: m[exchange + field] for field in expected} == expected
    assert events(m) == [
        (5000 + 1000 + at.D_DELAYS, at.NORMAL, at.REQUEST, 5, 2, at.NONE),
        (66_000, at.TICK, at.TIMEOUT, 5000 * at.STATES + REQUESTING, 1, at.NONE),
    ]


@pytest.mark.parametrize("state", [*range(1, COMPLETE)])
def test_an_active_record_blocks_an_attempt(state: int) -> None:
    m, r = made()
    columns = list(r)
    assert not begun(m, r, state=state)
    assert (events(m), m[at.N_ROWS], r) == ([], ROW, columns)
    assert m[at.N_IGNORED + INITIATE * at.STATES + state] == 1


def test_an_ended_record_does_not_block_an_attempt_but_is_replaced() -> None:
    m, r = made()
    m[PLACES + at.P_ROW] = ROW - 1
    assert begun(m, r, state=COMPLETE)
    assert r[m[at.REPLACED] + ROW - 1] == 5000


@pytest.mark.parametrize("kind", range(5))
def test_distance_delays_every_message_and_the_state_of_the_actor_two_kinds(kind: int) -> None:
    m, r = made()
    m[at.N_REGIONS], m[ACTOR + at.A_WIRE] = 2, 1000
    m[WAYS : WAYS + 4] = [1, 20, 300, 4000]
    carried = 1000 if kind in (at.REQUEST, at.COMPLETE) else 0
    delays = [added_delay(m, [], r, ACTOR, kind, *pair) - carried for pair in ((0, 2), (0, 1), (1, 2), (1, 1))]
    assert delays == [1, 20, 300, 4000]
    m[at.N_REGIONS] = 0
    assert added_delay(m, [], r, ACTOR, kind, 0, 1) == carried


@pytest.mark.parametrize("kind", range(5))
@pytest.mark.parametrize(("lost", "doubled"), [(0, 0), (1, 0), (0, 1), (1, 1)])
def test_a_message_is_delivered_unless_it_is_lost_and_again_if_it_is_duplicated(
    kind: int, lost: int, doubled: int
) -> None:
    m, r = made(logs=True)
    m[at.N_STEP], m[at.N_INSTANTS], m[at.N_SAMPLES] = 1000, 5, SAMPLES
    others = ~(1 << kind | 1 << (5 + kind)) & 1023
    m[EXCHANGE + at.X_FATES] = others | lost << (at.LOST_BIT + kind) | doubled << (at.DOUBLED_BIT + kind)
    m[EXCHANGE + at.X_DELAYS + kind], m[EXCHANGE + at.X_COPIES + kind] = 1500, 2500
    send(m, [], r, ACTOR, EXCHANGE, kind, 1, 2, 1500)
    expected = [] if lost else [(3000, at.NORMAL, kind, 1, 2, 40)]
    expected += [(4000, at.NORMAL, kind, 1, 2, 41)] if doubled else []
    assert events(m) == expected
    assert (m[at.N_SENT], m[at.N_LOST], m[EXCHANGE + at.X_REFERENCES]) == (1 + doubled, lost, len(expected))
    assert m[at.N_HAZARDS + 10] == (lost if kind in (at.REQUEST, at.REJECT) else 0)
    assert m[SAMPLES : SAMPLES + 5] == [0, 0, len(expected), lost - 1, -doubled]
    rows = [m[LOG + number * at.LOG : LOG + (number + 1) * at.LOG] for number in range(1 + doubled)]
    assert rows == [[kind, ROW, 1, 2, 1500]] * (1 + doubled)
    assert (m[at.N_LOGGED], m[at.N_LOG_NUMBER]) == (LOG + (1 + doubled) * at.LOG, 41 + doubled)


def test_messages_that_are_not_logged_have_no_row() -> None:
    m, r = made()
    send(m, [], r, ACTOR, EXCHANGE, at.ACK, 1, 2, 1500)
    assert [event[-1] for event in events(m)] == [at.NONE]
    assert m[at.N_LOGGED] == LOG


def test_requests_of_different_sources_to_one_target_within_two_seconds_are_a_herd() -> None:
    m, r = made()
    herds = []
    for source, target, now in (
        (0, 2, 0), (1, 1, 1), (1, 2, HERD_US - 1), (1, 2, HERD_US), (0, 2, 2 * HERD_US), (1, 2, 3 * HERD_US - 1),
    ):  # fmt: skip
        before = m[at.N_HAZARDS + 17]
        count_herd(m, [], r, source, target, now)
        herds.append(m[at.N_HAZARDS + 17] - before)
    assert herds == [0, 0, 1, 0, 0, 1]
    assert HERD_US == 2_000_000


@pytest.mark.parametrize("event", [ADMIT, int(Event.ACK)])
def test_an_ignored_request_has_blocked_its_attempt(event: int) -> None:
    m, r = made()
    r[m[at.FATE_OF] + ROW] = at.WILLING
    count_ignored(m, [], r, ROW, event, REQUESTING)
    assert m[at.N_IGNORED + event * at.STATES + REQUESTING] == 1
    assert r[m[at.FATE_OF] + ROW] == at.WILLING | (at.BLOCKED if event == ADMIT else 0)


@pytest.mark.parametrize(
    ("phase", "step", "look"), [(0, 30_000, 90_000), (0, 33_000, 66_000), (7, 30_000, 90_007), (65_999, 10, 66_009)]
)
def test_a_look_is_at_the_first_tick_at_which_the_record_is_older_than_its_timeout(
    phase: int, step: int, look: int
) -> None:
    """The record entered at 5.999 ms; its age exceeds 60 ms from 66 ms on."""
    m, r = made()
    m[TABLE + at.EXECUTOR + at.E_PHASE], m[SETTING + at.S_STEP] = phase, step
    assert look_that_fails(m, [], r, ACTOR, 1, 5999, 60) == look


@pytest.mark.parametrize(
    ("timeout", "managed", "horizon", "looks"),
    [(60, 1, 66_001, 1), (60, 1, 66_000, 0), (0, 1, 66_001, 0), (60, 0, 66_001, 0)],
)
def test_a_look_is_scheduled_before_the_horizon_if_the_state_is_tracked(
    timeout: int, managed: int, horizon: int, looks: int
) -> None:
    m, r = made()
    m[SETTING + at.S_TIMEOUT + REQUESTING], m[SETTING + at.S_STEP] = timeout, 1
    m[at.N_MANAGED], m[at.N_HORIZON], m[PLACES + at.P_STATE] = managed, horizon, REQUESTING
    schedule_timeout(m, [], r, ACTOR, PLACES, EXCHANGE, 5999)
    assert events(m) == [(66_000, at.TICK, at.TIMEOUT, 5999 * at.STATES + REQUESTING, 1, at.NONE)] * looks
