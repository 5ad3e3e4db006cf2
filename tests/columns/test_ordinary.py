"""Ordinary migrations on sequences that are written by hand: their times, conditions, and the places they free."""

import pytest

from icnsim.columns.kernel import layout as at
from icnsim.columns.kernel.copies import IN_FLIGHT, NOWHERE, RUNNING
from icnsim.columns.kernel.ordinary import accepts_request, next_sample, release_places, try_ordinary
from icnsim.protocol.states import State
from tests.columns.test_kernel_steps import ACTOR, FREE, PLACES, ROW, SETTING, memory
from tests.columns.test_source import hazards

IDLE, REQUESTING, COMPLETE = int(State.IDLE), int(State.REQUESTING), int(State.COMPLETE)
CHECKPOINTING, TRANSFERRING, RESTORING = (
    int(state) for state in (State.CHECKPOINTING, State.TRANSFERRING, State.RESTORING)
)
FAILED = int(State.FAILED)
TABLE, WAYS, SAMPLES, DRAWS = 700, 740, 750, 780
HOME, THERE = PLACES, PLACES + at.PLACE
NOW, MIGRATION = 1_000_000, 7
STEPS = {
    at.REQUESTED: 1_000_000,
    at.ADMITTED: 1_100_000,  # 10 ms of the Request, 20 + 5 of the state and the distance, 65 of the evaluation
    at.ACCEPTED: 1_140_000,  # 30 ms of the Accept and 10 of the distance back
    at.CHECKPOINTED_AT: 1_440_000,
    at.TRANSFERRED: 1_500_000,  # 35 ms of the Complete, 20 + 5 of the state and the distance
    at.RESTORED_AT: 1_700_000,
    at.COMPLETED: 1_760_000,  # 50 ms of the Ack and 10 of the distance back
}
RECEIVED = 1_035_000
F = [0.3, 0.3, 0.3, 0.5, 0.5]
"""The uniforms of the arrival, and the chance that each executor answers."""


def ready(places: int = 1) -> tuple[list[int], list[int]]:
    """An actor that runs at executor 0 in region 0; executor 1, its target, is in region 1."""
    m, r = memory(places=places)
    m[at.N_TABLE], m[at.N_WAYS], m[at.N_REGIONS], m[at.N_VARIANTS], m[at.F_CHANCES] = TABLE, WAYS, 2, 2, 3
    m[at.N_HORIZON], m[at.N_ROWS], m[at.N_LIFETIME], m[at.N_MANAGED], m[at.N_INTERVAL] = at.FAR, ROW, 1000, 1, 30_000
    m[WAYS : WAYS + 4] = [77, 5_000, 10_000, 77]
    for executor in range(2):
        there = TABLE + executor * at.EXECUTOR
        m[there + at.E_ANSWERS], m[there + at.E_QUEUE], m[there + at.E_REGION] = 1, at.QUEUE_SHORT, executor
        m[there + at.E_VARIANT], m[there + at.E_PHASE] = executor, 7
    m[ACTOR + at.A_WIRE], m[ACTOR + at.A_NUMBER], m[ACTOR + at.A_RUNNING], m[ACTOR + at.A_ORDER] = 20_000, 4, 1, 1
    m[HOME + at.P_COPY], m[HOME + at.P_BORN], m[HOME + at.P_EPOCH], m[HOME + at.P_STORED] = at.RUNS, 1, 5, 3
    draws = [0] * (at.D_STAGES + 6)
    draws[at.D_DELAYS : at.D_DELAYS + 5] = [10_000, 30_000, 999, 35_000, 50_000]
    # The second variant of the evaluation and of the restore, and the first one of the checkpoint.
    draws[at.D_STAGES : at.D_STAGES + 6] = [1, 65_000, 300_000, 2, 3, 200_000]
    m[DRAWS : DRAWS + len(draws)] = draws
    m[SETTING + at.S_SHORT] = at.FAR
    m[SETTING + at.S_TIMEOUT + REQUESTING], m[SETTING + at.S_STEP] = 100, 30_000
    return m, r


def tried(m: list[int], r: list[int], f: list[float] = F) -> bool:
    """Whether the migration to executor 1 is ordinary; the draws are those of one arrival."""
    return try_ordinary(m, f, r, ACTOR, 0, 1, MIGRATION, DRAWS, 0, 1, NOW)


def test_all_times_of_an_ordinary_migration_are_computed_at_its_arrival() -> None:
    m, r = ready()
    assert tried(m, r)
    assert {column: r[m[column] + ROW] for column in STEPS} == STEPS
    columns = {at.MIGRATION: MIGRATION, at.ACTOR_OF: 4 + (1 << 32), at.ENDS_OF: 1 << 32, at.DOWNTIME: 560_000}
    columns |= {at.FATE_OF: at.WILLING, at.FAILED: at.NONE, at.DOUBLED: at.NONE}
    assert {column: r[m[column] + ROW] for column in columns} == columns
    there = FREE
    assert [m[there + field] for field in (at.P_EXECUTOR, at.P_COPY, at.P_EPOCH, at.P_STORED)] == [1, at.RUNS, 6, 4]
    assert (m[at.N_ROWS], m[ACTOR + at.A_HOME], m[ACTOR + at.A_FREE_FROM]) == (ROW + 1, 1, 1_760_000)
    assert (hazards(m), m[ACTOR + at.A_EVENTS]) == ({}, at.NONE)


def test_the_timeline_has_the_messages_and_the_copies_of_an_ordinary_migration() -> None:
    m, r = ready()
    m[at.N_STEP], m[at.N_INSTANTS], m[at.N_SAMPLES] = 200_000, 10, SAMPLES
    m[at.N_BOUND] = 999_999
    assert tried(m, r)
    in_flight, running, nowhere = (m[SAMPLES + s * 10 : SAMPLES + s * 10 + 10] for s in (IN_FLIGHT, RUNNING, NOWHERE))
    # Instant 5 is the arrival. The Accept is sent and has arrived before instant 6 (1.2 s), and no Ack is seen.
    assert in_flight == [0, 0, 0, 0, 0, 1, -1, 0, 0, 0]
    assert running == [0, 0, 0, 0, 0, 0, -1, 0, 0, 1]
    assert nowhere == [0, 0, 0, 0, 0, 0, 1, 0, 0, -1]


@pytest.mark.parametrize(("longer", "in_flight"), [(0, [0, 0, 0]), (1, [0, 1, -1])])
def test_a_migration_between_two_instants_is_invisible(longer: int, in_flight: list[int]) -> None:
    """The second instant is that of the end, or 1 µs before it."""
    m, r = ready()
    m[at.N_STEP], m[at.N_INSTANTS], m[at.N_SAMPLES], m[at.N_BOUND] = 1_760_000, 3, SAMPLES, 1_760_000
    m[DRAWS + at.D_DELAYS + at.ACK] += longer
    assert tried(m, r)
    assert m[SAMPLES : SAMPLES + 9] == [*in_flight, 0, 0, 0, 0, 0, 0]


@pytest.mark.parametrize(
    ("place", "value"),
    [
        (DRAWS + at.D_FATES, 1 << at.LOST_BIT),
        (DRAWS + at.D_FATES, 1 << (at.DOUBLED_BIT + at.ACK)),
        (ACTOR + at.A_EVENTS, 999),
        (ACTOR + at.A_SUSPECT, at.I1),
        (HOME + at.P_STATE, REQUESTING),
        (HOME + at.P_STATE, RESTORING),
        (TABLE + at.EXECUTOR + at.E_REFUSES, 1),
        (at.N_HORIZON, 1_760_000),
    ],
)
def test_a_migration_that_something_may_disturb_is_not_ordinary(place: int, value: int) -> None:
    m, r = ready()
    m[place] = value
    columns = list(r)
    assert not tried(m, r)
    assert (r, m[at.N_ROWS], m[at.N_SENT]) == (columns, ROW, 0)


@pytest.mark.parametrize(
    ("place", "value"),
    [
        (DRAWS + at.D_FATES, 1 << at.QUEUE_BIT),
        (ACTOR + at.A_SUSPECT, at.I2 | at.I8),
        (HOME + at.P_STATE, COMPLETE),
        (HOME + at.P_STATE, FAILED),
        (at.N_HORIZON, 1_760_001),
        (TABLE + at.EXECUTOR + at.E_MEMORY, 0),
    ],
)
def test_a_migration_is_ordinary_if_nothing_disturbs_it(place: int, value: int) -> None:
    m, r = ready()
    m[place] = value
    assert tried(m, r)


@pytest.mark.parametrize(("limit", "ordinary"), [(140_000, True), (139_999, False)])
@pytest.mark.parametrize("short", [759_999, 760_000])
def test_limits_are_checked_from_the_duration_on_below_which_none_can_matter(
    short: int, limit: int, ordinary: bool
) -> None:
    """The migration takes 760 ms, of which its record is 140 ms in Requesting."""
    m, r = ready()
    m[SETTING + at.S_SHORT] = short
    for state in (CHECKPOINTING, TRANSFERRING, RESTORING):
        m[SETTING + at.S_LIMIT + state] = at.FAR
    m[SETTING + at.S_LIMIT + REQUESTING] = limit
    assert tried(m, r) is (ordinary or short == 760_000)


@pytest.mark.parametrize(
    ("field", "value", "accepted"),
    [
        (at.P_STATE, IDLE, True),
        (at.P_STATE, REQUESTING, False),
        (at.P_STATE, COMPLETE, True),
        (at.P_STATE, FAILED, True),
        (at.P_SENDER, 0, False),
        (at.P_SENDER, 1, True),
        (at.P_SEQUENCE, 2, True),
        (at.P_EPOCH, 5, True),
        (at.P_EPOCH, 6, False),
        (at.P_STORED, 3, True),
        (at.P_STORED, 4, False),
        (at.P_COPY, at.PAUSED, False),
        (at.P_SEEN, 999, False),
    ],
)
def test_a_target_accepts_a_request_that_no_record_blocks_and_that_is_newer_than_what_it_knows(
    field: int, value: int, accepted: bool
) -> None:
    """The Request of executor 0 has sequence 3 and epoch 6. The content of the target's last Request has sequence 3."""
    m, r = memory(places=2)
    m[THERE + at.P_SEQUENCE], m[THERE + field] = 3, value
    assert accepts_request(m, [], r, THERE, 0, 3, 6) is accepted
    if field == at.P_SEQUENCE:
        m[THERE + at.P_SENDER] = 0
        assert accepts_request(m, [], r, THERE, 0, 3, 6)


def test_a_migration_to_a_place_that_accepts_it_reuses_the_place_and_one_that_does_not_is_not_ordinary() -> None:
    m, r = ready(places=2)
    m[THERE + at.P_STATE], m[THERE + at.P_ROLE], m[THERE + at.P_EPOCH] = COMPLETE, at.TARGET, 6
    assert not tried(m, r)
    m[THERE + at.P_EPOCH] = 5
    assert tried(m, r)
    assert (m[THERE + at.P_COPY], m[THERE + at.P_EPOCH], m[at.N_TOP]) == (at.RUNS, 6, FREE)
    assert r[m[at.TARGET_REPLACED]] == STEPS[at.ADMITTED]


FAILS = 1_110_007
"""The first tick (7 µs + a multiple of 30 ms) at or after 1.101 s, when the record is older than its timeout."""


@pytest.mark.parametrize(("answers", "chance"), [(0, 0.5), (1, 0.3)])
@pytest.mark.parametrize(("horizon", "delivered"), [(at.FAR, 1), (FAILS + 1, 1), (FAILS, None), (RECEIVED, None)])
def test_an_attempt_without_an_answer_fails_at_a_look_before_the_horizon(
    horizon: int, delivered: int | None, answers: int, chance: float
) -> None:
    m, r = ready()
    m[TABLE + at.EXECUTOR + at.E_ANSWERS], m[at.N_HORIZON] = answers, horizon
    m[HOME + at.P_STATE], m[HOME + at.P_ROW], m[HOME + at.P_REMOVED_AT] = COMPLETE, 0, 1_050_000
    columns = list(r)
    assert tried(m, r, [*F[:4], chance]) is (delivered is not None)
    if delivered is None:
        assert (r, m[at.N_SENT], m[at.N_ROWS]) == (columns, 0, ROW)
        return
    assert (r[m[at.REQUESTED] + ROW], r[m[at.FAILED] + ROW], r[m[at.COMPLETED] + ROW]) == (NOW, FAILS, at.NONE)
    assert r[m[at.FATE_OF] + ROW] == at.TIMED_OUT * at.FAILURE + at.TIMED_OUT * at.REASON
    fields = (at.P_STATE, at.P_ROLE, at.P_ROW, at.P_SINCE, at.P_EPOCH, at.P_COPY)
    assert [m[HOME + field] for field in fields] == [FAILED, at.SOURCE, ROW, FAILS, 6, at.RUNS]
    assert (m[ACTOR + at.A_FREE_FROM], m[at.N_SENT], m[at.N_DELIVERED]) == (FAILS + 1, 1, delivered)
    assert (r[m[at.REPLACED]], hazards(m)) == (NOW, {})


@pytest.mark.parametrize(("horizon", "delivered"), [(1_200_000, 0), (1_200_001, 1)])
@pytest.mark.parametrize(("delay", "slow"), [(175_000, 1), (25_000, 0)])
def test_a_request_that_arrives_after_the_horizon_is_not_delivered(
    horizon: int, delivered: int, delay: int, slow: int
) -> None:
    m, r = ready()
    m[TABLE + at.EXECUTOR + at.E_ANSWERS], m[at.N_HORIZON], m[DRAWS + at.D_DELAYS] = 0, horizon, delay
    assert tried(m, r)
    arrives = NOW + delay + 25_000
    assert m[at.N_DELIVERED] == (delivered if arrives == 1_200_000 else 1)
    assert hazards(m) == ({22: 1} if slow and delivered else {})


@pytest.mark.parametrize(("delay", "slow"), [(25_999, 0), (26_000, 1)])
def test_a_request_that_takes_more_than_half_of_the_timeout_is_counted(delay: int, slow: int) -> None:
    m, r = ready()
    m[TABLE + at.EXECUTOR + at.E_ANSWERS], m[DRAWS + at.D_DELAYS] = 0, delay  # it arrives 50.999 or 51 ms later
    assert tried(m, r)
    assert hazards(m) == ({22: 1} if slow else {})


@pytest.mark.parametrize(
    ("changed", "ordinary"),
    [
        ({SETTING + at.S_TIMEOUT + REQUESTING: 0}, False),
        ({at.N_MANAGED: 0}, False),
        ({at.N_MOST: 2, at.N_ON_TIMED_OUT: 1}, False),
        ({at.N_MOST: 2}, True),
        ({at.N_MOST: 1, at.N_ON_TIMED_OUT: 1}, True),
    ],
)
def test_an_attempt_without_an_answer_needs_a_look_and_no_retry(changed: dict[int, int], ordinary: bool) -> None:
    m, r = ready()
    m[TABLE + at.EXECUTOR + at.E_ANSWERS] = 0
    for place, value in changed.items():
        m[place] = value
    assert tried(m, r) is ordinary


@pytest.mark.parametrize(("bound", "seen"), [(RECEIVED, 0), (RECEIVED - 1, 1)])
def test_a_request_without_an_answer_is_seen_by_the_timeline(bound: int, seen: int) -> None:
    m, r = ready()
    m[TABLE + at.EXECUTOR + at.E_ANSWERS] = 0
    m[at.N_STEP], m[at.N_INSTANTS], m[at.N_SAMPLES], m[at.N_BOUND] = bound, 4, SAMPLES, bound
    assert tried(m, r)
    assert m[SAMPLES : SAMPLES + 4] == [0, seen, -seen, 0]


@pytest.mark.parametrize(("now", "bound", "after"), [(50, 50, 50), (51, 50, 60), (60, 50, 60), (49, 50, 50)])
def test_the_first_instant_at_or_after_an_arrival_is_kept(now: int, bound: int, after: int) -> None:
    m, r = memory()
    m[at.N_STEP], m[at.N_BOUND] = 10, bound
    assert next_sample(m, [], r, now) == m[at.N_BOUND] == after


def kept(*changed: dict[int, int], target: int = 9) -> tuple[int, list[int], list[int]]:
    """The place at the target, the executors whose places stay, and the free rows, by the fields of each place.

    Without changes a place can no longer affect the actor, whose home is at executor 0 with checkpoint 3.
    """
    m, r = memory(places=len(changed) + 1)
    m[HOME + at.P_COPY], m[HOME + at.P_STORED] = at.RUNS, 3
    for number, fields in enumerate(changed, 1):
        for field, value in fields.items():
            m[PLACES + number * at.PLACE + field] = value
    there = release_places(m, [], r, ACTOR, HOME, target, NOW)
    return there, listed(m, m[ACTOR + at.A_PLACES]), listed(m, m[at.N_FREE_PLACE])


def listed(m: list[int], here: int) -> list[int]:
    """The numbers of the places in a list that begins at `here`."""
    return [] if here == at.NONE else [(here - PLACES) // at.PLACE, *listed(m, m[here + at.P_NEXT])]


ENDED = {at.P_STATE: COMPLETE}


@pytest.mark.parametrize(
    ("fields", "freed"),
    [
        ({}, True),
        ({at.P_STATE: RESTORING}, False),
        (ENDED, False),
        ({**ENDED, at.P_REMOVED_AT: NOW}, False),
        ({**ENDED, at.P_REMOVED_AT: NOW - 1}, True),
        ({at.P_STATE: FAILED, at.P_REMOVED_AT: NOW - 1}, True),
        ({at.P_COPY: at.PAUSED}, False),
        ({at.P_SEEN: 777}, False),
        ({at.P_SENDER: 0, at.P_SEQUENCE: 3}, False),
        ({at.P_SENDER: 0, at.P_SEQUENCE: 2}, True),
        ({at.P_SENDER: 5, at.P_SEQUENCE: 3}, True),
    ],
)
def test_a_place_that_can_affect_the_actor_is_kept(fields: dict[int, int], freed: bool) -> None:
    assert kept(fields) == (at.NONE, [0] if freed else [0, 1], [1] if freed else [])


def test_the_list_of_places_is_linked_again_around_those_that_are_freed() -> None:
    assert kept({}, {}, ENDED, {}) == (at.NONE, [0, 3], [4, 2, 1])
    assert kept({}, {}, target=2) == (PLACES + 2 * at.PLACE, [0, 2], [1])


def test_the_first_place_of_the_list_can_be_freed() -> None:
    m, r = memory(places=3)
    home = PLACES + at.PLACE
    m[home + at.P_COPY] = at.RUNS
    release_places(m, [], r, ACTOR, home, 9, NOW)
    assert (m[ACTOR + at.A_PLACES], m[home + at.P_NEXT]) == (home, at.NONE)
