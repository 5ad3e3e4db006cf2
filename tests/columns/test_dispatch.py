"""An actor's events up to an instant, its retries and the end of a run, on sequences that are written by hand."""

import pytest

from icnsim.columns.kernel import layout as at
from icnsim.columns.kernel.advance import CATCH_UP, END, advance, finish_actor
from icnsim.columns.kernel.agenda import schedule
from icnsim.columns.kernel.arrivals import is_free
from icnsim.columns.kernel.dispatch import catch_up, check_capacity, deliver, has_retry_draws, retry
from icnsim.columns.kernel.retries import actor_stream, end_attempt, is_retried, pause_before
from icnsim.protocol.states import State
from tests.columns.test_attempts import events
from tests.columns.test_kernel_steps import ACTOR, EVENT, EXCHANGE, PLACES, ROW, SETTING, changes, memory
from tests.columns.test_source import hazards

REQUESTING, CHECKPOINTING, TRANSFERRING = (
    int(state) for state in (State.REQUESTING, State.CHECKPOINTING, State.TRANSFERRING)
)
RESTORING, COMPLETE = int(State.RESTORING), int(State.COMPLETE)
TABLE, LOG, SLOTS, DRAWS = 930, 960, 980, 700


def ready() -> tuple[list[int], list[int]]:
    """An actor that runs at executor 0, with room for every step."""
    m, r = memory(places=2)
    m[at.N_SIZE], m[at.N_ROWS_ROOM], m[at.N_LOG_END], m[at.N_TABLE] = 600 + at.ROOM, 10, 1, TABLE
    m[at.N_HORIZON], m[at.N_LIFETIME] = at.FAR, 1000
    m[PLACES + at.P_COPY], m[ACTOR + at.A_RUNNING], m[EXCHANGE + at.X_ROW] = at.RUNS, 1, ROW
    m[EXCHANGE + at.X_REFERENCES] = 10
    return m, r


@pytest.mark.parametrize(
    ("changed", "status"),
    [
        ({}, at.DONE),
        ({at.N_SIZE: 599 + at.ROOM}, at.ROOM_NEEDED),
        ({at.N_ROWS: 9}, at.DONE),
        ({at.N_ROWS: 10}, at.ROWS_NEEDED),
        ({at.N_LOGGED: 1}, at.DONE),
        ({at.N_LOGGED: 2}, at.LOG_FULL),
    ],
)
def test_a_step_needs_room_for_what_it_may_add(changed: dict[int, int], status: int) -> None:
    m, r = ready()
    for place, value in changed.items():
        m[place] = value
    assert check_capacity(m, [], r) == status


@pytest.mark.parametrize(
    ("when", "priority", "data", "limit", "processed"),
    [
        (49, at.TICK, 0, 90, True),
        (50, at.NORMAL, 0, 90, True),
        (50, at.ARRIVAL, 89, 90, True),
        (50, at.ARRIVAL, 90, 90, False),
        (50, at.TICK, 0, 90, False),
        (51, at.NORMAL, 0, 90, False),
        (50, at.TICK, 0, at.FAR, True),
        (50, at.ARRIVAL, 90, at.FAR, True),
        (51, at.NORMAL, 0, at.FAR, False),
    ],
)
def test_the_events_that_precede_an_arrival_are_processed_before_it(
    when: int, priority: int, data: int, limit: int, processed: bool
) -> None:
    """The event is the end of an evaluation that a record of the target ignores."""
    m, r = ready()
    m[PLACES + at.P_STATE], m[PLACES + at.P_ROW] = RESTORING, ROW
    r[m[at.FATE_OF] + ROW] = 0
    m[at.N_SIZE] += at.EVENT
    schedule(m, [], r, ACTOR, when, priority, at.EVALUATED, EXCHANGE, data, at.NONE, at.NONE)
    assert catch_up(m, [], r, ACTOR, 50, limit) == at.DONE
    assert (m[ACTOR + at.A_EVENTS] == at.NONE, m[at.N_STAGES]) == (processed, int(processed))


def test_an_event_waits_for_room() -> None:
    m, r = ready()
    schedule(m, [], r, ACTOR, 40, at.NORMAL, at.EVALUATED, EXCHANGE, 0, at.NONE, at.NONE)
    assert catch_up(m, [], r, ACTOR, 50, at.FAR) == at.ROOM_NEEDED
    assert (len(events(m)), m[at.N_STAGES]) == (1, 0)


@pytest.mark.parametrize("kind", [at.REJECT, at.TIMEOUT])
def test_an_event_that_may_cause_a_retry_waits_for_its_draws(kind: int) -> None:
    m, r = ready()
    m[at.N_SIZE] += 100
    m[at.N_MOST], m[ACTOR + at.A_TRIES], m[at.N_BLOCK], m[at.N_BLOCKS], m[at.N_SLOTS] = 3, 2, 4, 5, SLOTS
    m[EXCHANGE + at.X_MIGRATION] = 9
    slot = SLOTS + (1 * 5 + 2) * at.SLOT  # the stream of the second retry, migrations 8 to 11
    m[slot] = at.NONE
    schedule(m, [], r, ACTOR, 40, at.NORMAL, kind, EXCHANGE, 0, 0, at.NONE)
    assert catch_up(m, [], r, ACTOR, 50, at.FAR) == at.DRAWS_NEEDED
    assert (m[at.N_STREAM_NEEDED], m[at.N_BLOCK_NEEDED], len(events(m)), m[at.N_DELIVERED]) == (1, 2, 1, 0)
    m[slot] = 7
    assert has_retry_draws(m, [], r, ACTOR, EXCHANGE)
    m[slot], m[ACTOR + at.A_TRIES] = at.NONE, 3
    assert has_retry_draws(m, [], r, ACTOR, EXCHANGE)  # no retry is left


@pytest.mark.parametrize("kind", range(5))
@pytest.mark.parametrize(
    ("now", "timeout", "expected"),
    [(5_999, 0, {}), (6_000, 0, {19: 1}), (5_999, 2000, {}), (6_000, 2001, {22: 1, 19: 1}), (6_000, 2002, {19: 1})],
)
def test_a_message_that_is_older_than_its_lifetime_and_a_slow_request_are_counted(
    now: int, timeout: int, expected: dict[int, int], kind: int
) -> None:
    """It was sent at 4999 ms with a lifetime of 1000 ms."""
    m, r = ready()
    m[EVENT + at.V_DATA], m[EVENT + at.V_LOG], m[EXCHANGE + at.X_ANSWERS] = 4999, at.NONE, 1
    m[PLACES + at.P_STATE], m[PLACES + at.P_ROW] = COMPLETE, ROW  # the message is ignored
    m[PLACES + at.P_REMOVED_AT] = at.FAR
    m[SETTING + at.S_TIMEOUT + REQUESTING] = timeout
    m[at.N_LOGGED] = LOG
    r[m[at.FATE_OF] + ROW] = 0
    deliver(m, [], r, ACTOR, EVENT, kind, EXCHANGE, now * 1000)
    counted = {number: count for number, count in expected.items() if number == 19 or kind == at.REQUEST}
    assert {number: count for number, count in hazards(m).items() if number in (19, 22)} == counted
    assert (m[at.N_DELIVERED], m[at.N_LOGGED]) == (1, LOG)


def test_a_request_to_a_target_that_does_not_answer_is_delivered_and_has_no_effect() -> None:
    m, r = ready()
    m[EVENT + at.V_LOG], m[EXCHANGE + at.X_ANSWERS], m[at.N_LOGGED], m[at.N_LOG_NUMBER] = 33, 0, LOG, 70
    m[EVENT + at.V_DATA] = -2000  # its age exceeds the lifetime, which only a target that answers finds
    before = list(m)
    deliver(m, [], r, ACTOR, EVENT, at.REQUEST, EXCHANGE, 8000)
    row = {LOG + at.G_KIND: at.ARRIVED, LOG + at.G_ROW: 33, LOG + at.G_TIME: 8000}
    after = {at.N_DELIVERED: 1, at.N_LOGGED: LOG + at.LOG, at.N_LOG_NUMBER: 71, LOG + at.G_SENDER: 0}
    after[LOG + at.G_RECEIVER] = 0
    assert changes(before, m) == {place: value for place, value in (row | after).items() if before[place] != value}


def retrying(*, state: int = 0, failures: int = 1, running: int = 1, failed: int = 1) -> tuple[list[int], list[int]]:
    """The second attempt of migration 0 is due; executor 1 is the last target that failed, after one of two."""
    m, r = ready()
    m[at.N_BLOCK], m[at.N_BLOCKS], m[at.N_SLOTS], m[at.N_ALTERNATIVE], m[at.N_VARIANTS] = 1, 1, SLOTS, 2, 1
    m[SLOTS], m[SLOTS + 1], m[ACTOR + at.A_TRIES], m[ACTOR + at.A_FAILURES] = DRAWS, 0, 2, failures
    m[PLACES + at.P_STATE], m[ACTOR + at.A_RUNNING], m[ACTOR + at.A_MIGRATING] = state, running, 1
    m[ACTOR + at.A_TRIED], m[at.N_FREE_TRIED] = 750, at.NONE
    m[750 + at.T_NEXT], m[750 + at.T_EXECUTOR], m[at.F_WEIGHTS], m[at.F_CHANCES] = at.NONE, failed, 10, 12
    m[at.N_LOTTERY] = 760
    m[760 : 760 + 12] = [1, 0, 3, 5, 3, 0, 0, 0, 0, 0, 0, 0]  # one group of three executors, none barred
    return m, r


F = [0.25, 0.5, 0.0, 0.0, *[0.0] * 6, 1.0, 0.0, 0.0, 0.0, 0.0]


@pytest.mark.parametrize(("failures", "target"), [(1, 1), (2, 2)])
def test_a_retry_asks_the_same_target_until_it_has_failed_often_enough(failures: int, target: int) -> None:
    m, r = retrying(failures=failures)
    assert retry(m, F, r, ACTOR, EXCHANGE, 8000) == at.DONE
    assert r[m[at.ENDS_OF]] == 0 + (target << at.HALF)
    assert r[m[at.ACTOR_OF]] >> at.HALF == 2
    assert (m[at.N_ROWS], m[ACTOR + at.A_MIGRATING], m[at.N_SENT]) == (1, 1, 1)
    assert hazards(m) == ({18: 1} if target == 1 else {})


@pytest.mark.parametrize(
    "keys",
    [
        {"running": 0},
        {"state": REQUESTING},
        {"state": RESTORING},
        {"failed": 0},  # the source itself
        {"failed": 0, "running": 0},
    ],
)
def test_a_retry_that_is_not_possible_ends_the_migration(keys: dict[str, int]) -> None:
    m, r = retrying(**keys)
    assert retry(m, F, r, ACTOR, EXCHANGE, 8000) == at.DONE
    assert (m[at.N_ROWS], m[ACTOR + at.A_MIGRATING], m[ACTOR + at.A_TRIED], m[at.N_SENT]) == (0, 0, at.NONE, 0)
    assert (hazards(m), m[at.N_FREE_TRIED]) == ({}, 750)


def test_a_retry_waits_for_its_draws_and_an_ended_record_does_not_block_it() -> None:
    m, r = retrying(state=COMPLETE)
    m[SLOTS] = at.NONE
    assert retry(m, F, r, ACTOR, EXCHANGE, 8000) == at.DRAWS_NEEDED
    m[SLOTS] = DRAWS
    assert retry(m, F, r, ACTOR, EXCHANGE, 8000) == at.DONE
    assert m[at.N_ROWS] == 1


@pytest.mark.parametrize(
    ("failure", "on_timed_out", "on_rejected", "tries", "expected"),
    [
        (at.TIMED_OUT, 1, 0, 2, True),
        (at.TIMED_OUT, 0, 1, 2, False),
        (at.REJECTED, 0, 1, 2, True),
        (at.REJECTED, 1, 0, 2, False),
        (at.REJECTED, 1, 1, 3, False),
    ],
)
def test_an_attempt_is_retried_after_the_chosen_failures_until_none_is_left(
    failure: int, on_timed_out: int, on_rejected: int, tries: int, expected: bool
) -> None:
    m, r = ready()
    m[at.N_ON_TIMED_OUT], m[at.N_ON_REJECTED], m[at.N_MOST], m[ACTOR + at.A_TRIES] = on_timed_out, on_rejected, 3, tries
    assert is_retried(m, [], r, ACTOR, failure) is expected


def test_a_success_ends_the_migration_and_frees_the_list_of_failed_targets() -> None:
    m, r = retrying()
    m[at.N_MOST], m[at.N_ON_REJECTED], m[at.N_ON_TIMED_OUT] = 9, 1, 1
    m[750 + at.T_NEXT], m[800 - at.TRIED] = 800 - at.TRIED, at.NONE
    end_attempt(m, F, r, ACTOR, EXCHANGE, 8000, 0, 0)
    assert (m[ACTOR + at.A_MIGRATING], m[ACTOR + at.A_TRIED], events(m)) == (0, at.NONE, [])
    assert (m[at.N_FREE_TRIED], m[800 - at.TRIED], m[750]) == (800 - at.TRIED, 750, at.NONE)


@pytest.mark.parametrize(
    ("jitter", "pauses"),
    [("none", [4000, 4000]), ("full", [1000, 3000]), ("equal", [2500, 3500]), ("decorrelated", [1500, 2500])],
)
def test_a_pause_is_drawn_from_the_longest_one(jitter: str, pauses: list[int]) -> None:
    """The uniform of migrations 2 and 3 is 1/4 and 3/4; the last pause was shorter than the base of 1000 µs."""
    m, r = ready()
    m[at.N_BLOCK], m[at.N_BLOCKS], m[at.N_SLOTS], m[at.N_JITTER] = 4, 1, SLOTS, at.JITTERS.index(jitter)
    m[SLOTS + at.SLOT : SLOTS + 2 * at.SLOT] = [0, 3]  # the stream of the second retry
    m[at.F_PAUSES], m[at.N_BACKOFF_BASE], m[at.N_BACKOFF_MOST], m[ACTOR + at.A_PAUSE] = 20, 1000, 9999, 500
    f = [9.0] * 5 + [0.25, 0.75] + [9.0] * 14 + [4000.0]
    assert [pause_before(m, f, r, ACTOR, 2, migration) for migration in (2, 3)] == pauses
    if jitter == "decorrelated":
        m[ACTOR + at.A_PAUSE] = 3000
        assert [pause_before(m, f, r, ACTOR, 2, migration) for migration in (2, 3)] == [3000, 7000]
        m[at.N_BACKOFF_MOST] = 6999
        assert pause_before(m, f, r, ACTOR, 2, 3) == 6999


def test_the_streams_of_other_actors_follow_those_of_retries() -> None:
    m, r = ready()
    m[at.N_MOST] = 4
    assert [actor_stream(m, [], r, turn) for turn in (1, 2)] == [5, 6]


@pytest.mark.parametrize(
    ("migrating", "free_from", "running", "free"),
    [(0, 50, 1, True), (1, 50, 1, False), (0, 51, 1, False), (0, 50, 0, False), (0, 0, 2, True)],
)
def test_an_actor_is_free_when_its_migration_has_ended_and_it_runs(
    migrating: int, free_from: int, running: int, free: bool
) -> None:
    m, r = ready()
    m[ACTOR + at.A_MIGRATING], m[ACTOR + at.A_FREE_FROM], m[ACTOR + at.A_RUNNING] = migrating, free_from, running
    assert is_free(m, [], r, ACTOR, 50) is free


@pytest.mark.parametrize(
    ("state", "role", "restored", "running", "expected", "suspect"),
    [
        (REQUESTING, at.SOURCE, at.NONE, 1, {16: 1}, 0),
        (CHECKPOINTING, at.SOURCE, at.NONE, 0, {16: 1, 6: 1}, at.I2),
        (TRANSFERRING, at.SOURCE, at.NONE, 1, {16: 1, 6: 1}, 0),
        (TRANSFERRING, at.SOURCE, 40, 1, {16: 1, 5: 1}, at.I8),
        (RESTORING, at.TARGET, at.NONE, 1, {16: 1}, 0),
        (RESTORING, at.HAS_STATE, at.NONE, 0, {16: 1}, at.I2),
        (COMPLETE, at.SOURCE, at.NONE, 0, {}, 0),
        (0, at.SOURCE, at.NONE, 0, {}, 0),
    ],
)
@pytest.mark.parametrize(("managed", "timeout", "stuck"), [(0, 60, True), (1, 0, True), (1, 60, False)])
def test_a_record_that_nothing_ends_is_found_at_the_horizon(
    managed: int, timeout: int, stuck: bool, state: int, role: int, restored: int, running: int,
    expected: dict[int, int], suspect: int,
) -> None:  # fmt: skip
    m, r = ready()
    here = PLACES + at.PLACE  # the second place of the actor
    m[at.N_MANAGED], m[at.N_HORIZON], m[ACTOR + at.A_RUNNING] = managed, 50_000, running
    m[here + at.P_STATE], m[here + at.P_ROLE], m[here + at.P_ROW], m[here + at.P_SINCE] = state, role, ROW, 40_000
    for active in range(at.STATES):
        m[SETTING + at.S_TIMEOUT + active], m[SETTING + at.S_BOUND + active] = timeout, 10
    r[m[at.RESTORED_AT] + ROW] = restored
    finish_actor(m, [], r, ACTOR)
    assert (hazards(m), m[ACTOR + at.A_SUSPECT]) == ((expected, suspect) if stuck else ({}, 0))


def test_the_end_charges_times_removes_records_and_suspects_those_that_are_too_old() -> None:
    m, r = ready()
    here, there = PLACES, PLACES + at.PLACE
    m[at.N_HORIZON], m[at.N_MANAGED], m[ACTOR + at.A_RUNNING], m[ACTOR + at.A_SINCE] = 50_000, 1, 0, 20_000
    m[here + at.P_STATE], m[here + at.P_ROW], m[here + at.P_REMOVED_AT] = COMPLETE, ROW, 49_999
    m[there + at.P_STATE], m[there + at.P_ROW], m[there + at.P_SINCE] = RESTORING, ROW, 39_000
    m[SETTING + at.S_BOUND + RESTORING], m[SETTING + at.S_TIMEOUT + RESTORING] = 10, 60
    finish_actor(m, [], r, ACTOR)
    assert (m[here + at.P_STATE], r[m[at.REMOVED] + ROW]) == (0, 49_999)
    assert (m[ACTOR + at.A_NOWHERE], m[ACTOR + at.A_SUSPECT], hazards(m)) == (30_000, at.I6, {})


def test_a_task_processes_every_actor_and_continues_with_the_one_that_lacked_room() -> None:
    m, r = ready()
    other = 700
    m[other : other + at.ACTOR] = m[ACTOR : ACTOR + at.ACTOR]
    m[at.N_FIRST_ACTOR], m[at.N_RESUME], m[ACTOR + at.A_NEXT], m[other + at.A_NEXT] = ACTOR, at.NONE, other, at.NONE
    m[PLACES + at.P_STATE], m[PLACES + at.P_ROW] = RESTORING, ROW
    m[SETTING + at.S_BOUND + RESTORING] = 1000
    r[m[at.FATE_OF] + ROW] = 0
    for actor in (ACTOR, other):
        schedule(m, [], r, actor, 40, at.NORMAL, at.EVALUATED, EXCHANGE, 0, at.NONE, at.NONE)
    m[at.N_SIZE] = m[at.N_TOP] + at.ROOM - 1
    assert advance(m, [], r, CATCH_UP, 50) == at.ROOM_NEEDED
    assert (m[at.N_RESUME], m[at.N_STAGES]) == (ACTOR, 0)
    m[at.N_SIZE] += 1
    assert advance(m, [], r, CATCH_UP, 50) == at.DONE
    assert (m[at.N_RESUME], m[at.N_STAGES]) == (at.NONE, 2)
    m[ACTOR + at.A_SINCE] = m[other + at.A_SINCE] = 10
    m[ACTOR + at.A_RUNNING] = m[other + at.A_RUNNING] = 0
    m[at.N_HORIZON], m[at.N_MANAGED], m[SETTING + at.S_TIMEOUT + RESTORING] = 60, 1, 1
    assert advance(m, [], r, CATCH_UP, 60) == at.DONE
    assert (m[ACTOR + at.A_NOWHERE], m[other + at.A_NOWHERE]) == (0, 0)
    m[at.N_RESUME] = other
    assert advance(m, [], r, END, 60) == at.DONE
    assert (m[ACTOR + at.A_NOWHERE], m[other + at.A_NOWHERE]) == (0, 50)
