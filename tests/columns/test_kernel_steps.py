"""Steps of the kernel on sequences that are written by hand: records, retries, limits, and the suspicion of actors."""

import pytest

from icnsim.columns import engine
from icnsim.columns.kernel import layout as at
from icnsim.columns.kernel.actors import actor_row
from icnsim.columns.kernel.copies import restore_copy, start_copy
from icnsim.columns.kernel.handover import hand_over
from icnsim.columns.kernel.ordinary import is_in_time
from icnsim.columns.kernel.places import check_age, open_record
from icnsim.columns.kernel.retries import block_of, store_failure, uniforms_at
from icnsim.columns.kernel.source import fail, on_ack
from icnsim.columns.kernel.target import restored
from icnsim.draws.streams import REDRAWS
from icnsim.protocol.states import State
from icnsim.scenario import loads

ACTOR, PLACES, FREE, EXCHANGE, EVENT, SETTING = 250, 300, 600, 800, 850, 900
COMPLETE, RESTORING, TRANSFERRING = int(State.COMPLETE), int(State.RESTORING), int(State.TRANSFERRING)
ROW, LENGTH = 3, 10
"""An attempt, and the number of attempts for which each column of `r` has room."""


def memory(places: int = 1) -> tuple[list[int], list[int]]:
    """The sequences `m` and `r` with an actor that has places at the first executors, and columns without values."""
    m = [0] * 1000
    for number in range(at.COLUMNS):
        m[at.REQUESTED + number] = number * LENGTH
    m[at.N_TOP] = FREE
    for free in (at.N_FREE_PLACE, at.N_FREE_EVENT, at.N_FREE_EXCHANGE, at.N_FREE_SEEN, at.N_FREE_TRIED):
        m[free] = at.NONE
    m[ACTOR + at.A_PLACES], m[ACTOR + at.A_SETTING] = PLACES, SETTING
    for field in (at.A_EVENTS, at.A_SINCE, at.A_CAUSED, at.A_TRIED):
        m[ACTOR + field] = at.NONE
    for number in range(places):
        here = PLACES + number * at.PLACE
        m[here + at.P_EXECUTOR], m[here + at.P_REMOVED_AT] = number, at.FAR
        m[here + at.P_SENDER] = m[here + at.P_SEEN] = at.NONE
        m[here + at.P_NEXT] = here + at.PLACE if number + 1 < places else at.NONE
    return m, [at.NONE] * (LENGTH * at.COLUMNS)


def changes(before: list[int], after: list[int]) -> dict[int, int]:
    """The new values of a sequence by their indices, where they differ from the old ones."""
    return {place: new for place, (old, new) in enumerate(zip(before, after, strict=True)) if old != new}


def restoring(*, sequence: int) -> tuple[list[int], list[int]]:
    """An actor whose attempt `ROW` restores a checkpoint with this sequence at executor 0 since 5 ms."""
    m, r = memory()
    m[PLACES + at.P_STATE], m[PLACES + at.P_ROLE], m[PLACES + at.P_ROW] = RESTORING, at.HAS_STATE, ROW
    m[PLACES + at.P_SINCE] = m[EVENT + at.V_DATA] = 5000
    m[EXCHANGE + at.X_ROW], m[EXCHANGE + at.X_SEQUENCE], m[EXCHANGE + at.X_EPOCH] = ROW, sequence, 2
    m[SETTING + at.S_BOUND + RESTORING] = 100
    m[ACTOR + at.A_RESTORED] = 4
    return m, r


@pytest.mark.parametrize(("sequence", "suspected", "newest"), [(3, at.I3 | at.I4, 4), (4, 0, 4), (5, 0, 5)])
def test_an_actor_is_suspected_if_an_older_checkpoint_than_before_is_restored(
    sequence: int, suspected: int, newest: int
) -> None:
    m, r = restoring(sequence=sequence)
    restored(m, [], r, ACTOR, EVENT, EXCHANGE, 7000)
    assert (m[ACTOR + at.A_SUSPECT], m[ACTOR + at.A_RESTORED]) == (suspected, newest)
    assert (m[PLACES + at.P_STATE], r[m[at.RESTORED_AT] + ROW]) == (COMPLETE, 7000)
    assert (m[PLACES + at.P_COPY], m[ACTOR + at.A_RUNNING]) == (at.RUNS, 1)
    assert m[at.N_SENT] == 1  # the Ack


def test_an_actor_is_suspected_if_it_is_restored_after_its_source_has_failed() -> None:
    m, r = restoring(sequence=5)
    r[m[at.FAILED] + ROW] = 6000
    restored(m, [], r, ACTOR, EVENT, EXCHANGE, 7000)
    assert m[ACTOR + at.A_SUSPECT] == at.I8


def test_the_end_of_a_restore_of_an_earlier_record_is_ignored() -> None:
    m, r = restoring(sequence=5)
    m[EVENT + at.V_DATA] = 4999
    restored(m, [], r, ACTOR, EVENT, EXCHANGE, 7000)
    assert (m[PLACES + at.P_STATE], m[ACTOR + at.A_RUNNING], m[at.N_SENT]) == (RESTORING, 0, 0)


@pytest.mark.parametrize(("now", "suspected"), [(105_999, 0), (106_000, at.I6)])
def test_a_record_is_too_old_when_its_age_in_whole_ms_exceeds_the_bound(now: int, suspected: int) -> None:
    m, r = restoring(sequence=5)
    check_age(m, [], r, ACTOR, PLACES, now)
    assert m[ACTOR + at.A_SUSPECT] == suspected


def transferring(*, copy: int, paused_for: int = ROW) -> tuple[list[int], list[int]]:
    """An actor that runs at executor 1; attempt `ROW` of executor 0, which has this copy, waits for its Ack."""
    m, r = memory(places=2)
    here, there = PLACES, PLACES + at.PLACE
    m[here + at.P_STATE], m[here + at.P_ROLE], m[here + at.P_ROW] = TRANSFERRING, at.SOURCE, ROW
    m[here + at.P_COPY], m[here + at.P_PAUSED_FOR] = copy, paused_for
    m[there + at.P_COPY], m[there + at.P_BORN], m[ACTOR + at.A_RUNNING] = at.RUNS, 2, 1 + (copy == at.RUNS)
    m[SETTING + at.S_BOUND + TRANSFERRING], m[EXCHANGE + at.X_ROW] = 100, ROW
    r[m[at.FATE_OF] + ROW] = 0
    return m, r


@pytest.mark.parametrize(("copy", "after"), [(at.PAUSED, at.ABSENT), (at.RUNS, at.RUNS), (at.ABSENT, at.ABSENT)])
def test_an_ack_drops_the_copy_only_if_it_is_paused(copy: int, after: int) -> None:
    m, r = transferring(copy=copy)
    running = m[ACTOR + at.A_RUNNING]
    on_ack(m, [], r, ACTOR, EXCHANGE, 7000)
    assert (m[PLACES + at.P_STATE], r[m[at.COMPLETED] + ROW]) == (COMPLETE, 7000)
    assert (m[PLACES + at.P_COPY], m[ACTOR + at.A_RUNNING]) == (after, running)


@pytest.mark.parametrize(
    ("copy", "paused_for", "resumes"), [(at.PAUSED, ROW, True), (at.PAUSED, ROW + 1, False), (at.ABSENT, ROW, False)]
)
def test_a_source_that_fails_resumes_the_copy_that_its_attempt_has_paused(
    copy: int, paused_for: int, resumes: bool
) -> None:
    m, r = transferring(copy=copy, paused_for=paused_for)
    fail(m, [], r, ACTOR, PLACES, EXCHANGE, 7000, at.TIMED_OUT, at.TIMED_OUT)
    assert (m[PLACES + at.P_STATE], r[m[at.FAILED] + ROW]) == (int(State.FAILED), 7000)
    assert (m[PLACES + at.P_COPY], m[at.N_HAZARDS + 6]) == ((at.RUNS, 1) if resumes else (copy, 0))
    assert m[ACTOR + at.A_RUNNING] == 1 + resumes
    assert r[m[at.FATE_OF] + ROW] == at.TIMED_OUT * at.FAILURE + at.TIMED_OUT * at.REASON


def test_a_restored_copy_belongs_to_no_attempt_and_replaces_the_copy_that_was_paused() -> None:
    m, r = memory()
    m[PLACES + at.P_COPY], m[PLACES + at.P_PAUSED_FOR] = at.PAUSED, 7
    restore_copy(m, [], r, ACTOR, PLACES, ROW, 9, 1000)
    found = [m[PLACES + field] for field in (at.P_COPY, at.P_COPY_EPOCH, at.P_PAUSED_FOR)]
    assert found == [at.RUNS, 9, at.NONE]
    assert m[ACTOR + at.A_RUNNING] == 1


def test_the_first_copy_of_an_actor_started_before_all_others() -> None:
    m, r = memory()
    m[at.N_ACTOR_ROWS], m[at.N_HOMES], m[at.N_FIRST_ACTOR] = 700, 710, at.NONE
    m[700], m[710] = at.NONE, 2
    actor = actor_row(m, [], r, 0)
    home = m[actor + at.A_PLACES]
    assert [m[home + field] for field in (at.P_EXECUTOR, at.P_COPY, at.P_BORN)] == [2, at.RUNS, 1]
    assert m[actor + at.A_HOME] == 2
    m[PLACES + at.P_COPY] = at.ABSENT
    start_copy(m, [], r, actor, PLACES, ROW, 1000)
    assert m[PLACES + at.P_BORN] == 2
    assert actor_row(m, [], r, 0) == actor


def test_a_completed_migration_leaves_two_records_and_a_copy_at_the_target() -> None:
    m, r = memory(places=2)
    here, there = PLACES + at.PLACE, PLACES
    m[here + at.P_STORED], m[here + at.P_EPOCH], m[here + at.P_COPY] = 4, 6, at.RUNS
    m[there + at.P_PAUSED_FOR] = 7
    m[ACTOR + at.A_ORDER], m[ACTOR + at.A_RUNNING] = 3, 1
    hand_over(m, [], r, ACTOR, here, there, ROW, 1000, 2000, 3000, 5000, 6000)
    fields = (at.P_STATE, at.P_ROLE, at.P_ROW, at.P_SINCE, at.P_EPOCH, at.P_STORED, at.P_COPY)
    assert [m[here + field] for field in fields] == [COMPLETE, at.SOURCE, ROW, 6000, 7, 5, at.ABSENT]
    assert [m[there + field] for field in fields] == [COMPLETE, at.TARGET, ROW, 5000, 7, 5, at.RUNS]
    of_copy = (at.P_COPY_EPOCH, at.P_PAUSED_FOR, at.P_BORN, at.P_SENDER, at.P_SEQUENCE)
    assert [m[there + field] for field in of_copy] == [7, at.NONE, 4, 1, 4]
    of_actor = (at.A_HOME, at.A_FREE_FROM, at.A_NOWHERE, at.A_NEWEST, at.A_NEWEST_AT, at.A_RESTORED, at.A_ORDER)
    assert [m[ACTOR + field] for field in of_actor] == [0, 6000, 2000, 5, 1, 5, 4]
    assert (m[at.N_SENT], m[at.N_DELIVERED], m[at.N_STAGES]) == (4, 4, 3)


@pytest.mark.parametrize(
    ("role", "removed_at", "columns"),
    [
        (at.SOURCE, 6999, {"removed": 6999}),
        (at.SOURCE, 7000, {"replaced": 7000}),
        (at.TARGET, 6999, {"target_removed": 6999}),
        (at.TARGET, at.FAR, {"target_replaced": 7000}),
    ],
)
def test_a_record_replaces_an_ended_one_unless_a_tick_has_removed_that(
    role: int, removed_at: int, columns: dict[str, int]
) -> None:
    m, r = memory()
    m[PLACES + at.P_STATE], m[PLACES + at.P_ROLE], m[PLACES + at.P_ROW] = COMPLETE, role, ROW
    m[PLACES + at.P_REMOVED_AT] = removed_at
    open_record(m, [], r, PLACES, RESTORING, at.TARGET, ROW + 1, 7000)
    names = {"removed": at.REMOVED, "replaced": at.REPLACED}
    names |= {"target_removed": at.TARGET_REMOVED, "target_replaced": at.TARGET_REPLACED}
    assert {name: r[m[column] + ROW] for name, column in names.items()} == dict.fromkeys(names, at.NONE) | columns
    fields = (at.P_STATE, at.P_ROLE, at.P_ROW, at.P_SINCE, at.P_REMOVED_AT)
    assert [m[PLACES + field] for field in fields] == [RESTORING, at.TARGET, ROW + 1, 7000, at.FAR]


def test_failed_targets_are_listed_with_the_last_failure_first_and_successive_ones_are_counted() -> None:
    m, r = memory()

    def failed(*targets: int) -> tuple[list[int], int]:
        for target in targets:
            store_failure(m, [], r, ACTOR, target)
        found, here = [], m[ACTOR + at.A_TRIED]
        while here != at.NONE:
            found.append(m[here + at.T_EXECUTOR])
            here = m[here + at.T_NEXT]
        return found, m[ACTOR + at.A_FAILURES]

    assert failed(5) == ([5], 1)
    assert failed(5) == ([5], 2)
    assert failed(6, 7, 8) == ([8, 7, 6, 5], 1)
    assert failed(7) == ([7, 8, 6, 5], 1)  # from the middle
    assert failed(5, 5) == ([5, 7, 8, 6], 2)  # from the end
    assert m[at.N_TOP] == FREE + 4 * at.TRIED


def test_the_draws_of_a_retry_are_in_the_block_of_its_stream_and_its_migration() -> None:
    m, r = memory()
    m[at.N_BLOCK], m[at.N_BLOCKS], m[at.N_SLOTS] = 10, 3, 700
    m[700 : 700 + 6 * at.SLOT] = [at.NONE] * (6 * at.SLOT)
    slot = 700 + (1 * 3 + 2) * at.SLOT  # stream 1, migrations 20 to 29
    m[slot : slot + 2] = [40, 60]
    assert block_of(m, [], r, 1, 27) == 40
    assert uniforms_at(m, [], r, 1, 27) == 67
    assert block_of(m, [], r, 1, 17) == at.NONE
    assert (m[at.N_STREAM_NEEDED], m[at.N_BLOCK_NEEDED]) == (1, 1)


LIMITS = {State.REQUESTING: 30, State.CHECKPOINTING: 10, State.TRANSFERRING: 31, State.RESTORING: 40}
STEPS = {"now": 0, "received": 10, "admitted": 20, "accepted": 30, "checkpointed": 40, "transferred": 50}
STEPS |= {"restored": 60, "completed": 71}


@pytest.mark.parametrize("shorter", [None, *LIMITS, "lifetime"])
def test_a_migration_is_in_time_if_no_state_and_no_message_exceeds_its_limit(shorter: State | str | None) -> None:
    """Each limit, in ms, is exactly reached; a limit that is 1 ms shorter is exceeded."""
    m, r = memory()
    for state, limit in LIMITS.items():
        m[SETTING + at.S_LIMIT + state] = 1000 * (limit - (state is shorter))
    m[at.N_LIFETIME] = 11 - (shorter == "lifetime")
    assert is_in_time(m, [], r, SETTING, *(1000 * step for step in STEPS.values())) is (shorter is None)


@pytest.mark.parametrize(("timeout", "hazards"), [(0, 0), (19, 1), (20, 0)])
def test_a_request_that_takes_more_than_half_of_its_timeout_is_slow(timeout: int, hazards: int) -> None:
    m, r = memory()
    for state in LIMITS:
        m[SETTING + at.S_LIMIT + state] = at.FAR
    m[at.N_LIFETIME] = 100
    m[SETTING + at.S_TIMEOUT + State.REQUESTING] = timeout
    assert is_in_time(m, [], r, SETTING, *(1000 * step for step in STEPS.values()))
    assert m[at.N_HAZARDS + 22] == hazards


@pytest.mark.parametrize("behavior", ["responsive", "unresponsive"])
def test_ordinary_migrations_need_no_events(behavior: str) -> None:
    """Most actors migrate once, some twice; all migrations complete, or the detector fails them."""
    scenario = loads(
        f"""
        name: ordinary
        executors: [{{group: a, count: 2}}, {{group: b, count: 1, behavior: {behavior}, hosts_actors: false}}]
        actors: {{count: 60}}
        workload: {{migrations: 40, arrivals: {{process: periodic, rate: 0.01/s}}}}
        """
    )
    run = engine.Run(scenario, compiled=False)
    attempts = run.run().recording.attempts
    assert len(attempts["completed"]) == 40
    assert ((attempts["completed"] >= 0) | (attempts["failed"] >= 0)).all()
    assert run.memory.m[at.N_FREE_EVENT] == at.NONE  # no event has been made and freed


def test_the_columns_of_attempts_and_the_texts_of_their_reasons() -> None:
    """16 times from `REQUESTED` to `DOUBLED`, then the migration and three columns that pack several fields."""
    assert (at.TIMES, at.COLUMNS) == (16, 20)
    assert (at.FAILURE, at.WILLING, at.BLOCKED, at.REASON, at.HALF) == (1, 4, 8, 16, 32)
    assert at.REASONS == ("", "Migration timed out", "rejecting", "not enough memory", "queue too long")
    assert [at.REASONS[code] for code in (at.TIMED_OUT, at.REJECTING, at.NO_MEMORY, at.LONG_QUEUE)] == [*at.REASONS[1:]]
    assert at.JITTERS == ("none", "full", "equal", "decorrelated")
    assert at.REDRAWS == REDRAWS
    assert [1 << bit for bit in range(7)] == [at.I1, at.I2, at.I3, at.I4, at.I5, at.I6, at.I8]
