"""Arrivals on sequences that are written by hand: the choice of an idle actor, of a source and of a target."""

import pytest

from icnsim.columns.kernel import layout as at
from icnsim.columns.kernel.advance import ARRIVALS, advance
from icnsim.columns.kernel.arrivals import LIST_AFTER, STATUS, arrive, draw_actors, free_actor, redrawn_actor
from icnsim.columns.kernel.selection import first_failed, other_target, retry_target
from icnsim.draws.stable import rest_of, stable_index
from tests.columns.test_kernel_steps import LENGTH, SETTING, memory
from tests.columns.test_source import hazards

ROWS, ACTORS, TABLE, LOTTERY, DRAWS, SLOTS, HOMES = 1100, 1200, 1800, 1850, 1900, 2100, 2300
ROOM = 4000
COUNT = 4
"""The number of actors and of executors. Actor n is at executor n."""
NUMBER, FIRST, CHUNK, NOW = 12, 10, 3, 5000
KEYS = {stable_index(step / 100, COUNT): step / 100 for step in range(100)}
"""A uniform that draws each actor."""


def federation(count: int = COUNT, *, busy: tuple[int, ...] = ()) -> tuple[list[int], list[float], list[int]]:
    """Actors of which some migrate; arrival 12 of a chunk of three that begins with arrival 10, at 5 ms.

    Its actor is 1, its target 2. The uniform u of its source is 0.1, that of its target 0.2.
    """
    m, r = memory()
    m.extend([0] * (ROOM - len(m)))
    m[at.N_TOP], m[at.N_SIZE], m[at.N_ROWS_ROOM], m[at.N_LOG_END] = 3000, ROOM, LENGTH, 1
    m[at.N_ACTORS], m[at.N_ACTOR_ROWS], m[at.N_TABLE], m[at.N_LOTTERY], m[at.N_HOMES] = (
        count,
        ROWS,
        TABLE,
        LOTTERY,
        HOMES,
    )
    m[at.N_HORIZON], m[at.N_FIRST_ACTOR], m[at.N_LAST_TIME], m[at.N_VARIANTS] = at.FAR, at.NONE, 4000, 1
    m[at.CHOSEN], m[at.SKIPPED], m[at.N_SETTING_OF], m[at.N_SETTING_TABLE] = 0, 20, 2400, SETTING
    m[at.N_WIRES] = m[at.N_MEBIBYTES] = 2400
    for number in range(count):
        actor = ACTORS + number * at.ACTOR
        m[ROWS + number] = actor if number in (*busy, 1) else at.NONE
        m[HOMES + number] = number % COUNT
        m[actor + at.A_NUMBER], m[actor + at.A_RUNNING], m[actor + at.A_MIGRATING] = number, 1, int(number in busy)
        for field in (at.A_EVENTS, at.A_PLACES, at.A_TRIED, at.A_SINCE, at.A_CAUSED):
            m[actor + field] = at.NONE
        m[actor + at.A_HOME] = number % COUNT
    m[LOTTERY : LOTTERY + 5] = [1, 0, COUNT, 99, COUNT]
    m[at.N_CHUNK], m[at.N_FIRST], m[at.N_DRAWS] = CHUNK, FIRST, DRAWS
    for column, value in {at.D_TIME: NOW, at.D_ACTOR: 1, at.D_NAMED: at.NONE, at.D_CHOSEN: 2}.items():
        m[DRAWS + column * CHUNK + NUMBER - FIRST] = value
    m[at.N_SLOTS], m[at.N_BLOCK], m[at.N_BLOCKS], m[at.N_MOST] = SLOTS, 20, 1, 1
    f = [0.0] * 400
    m[at.F_UNIFORMS], m[at.F_WEIGHTS], m[at.F_CHANCES] = 0, 20, 21
    f[20] = 1.0
    f[at.U_FIRST * CHUNK + 2], f[at.U_TARGET * CHUNK + 2] = 0.1, 0.2
    return m, f, [at.NONE] * 60 + r


def result(m: list[int], f: list[float], r: list[int]) -> tuple[int, int, int]:
    """The status of the arrival, the actor that it chose, and the time at which it was skipped; NONE if it was not."""
    for column in (at.MIGRATION, at.ACTOR_OF, at.ENDS_OF, at.FATE_OF, at.REQUESTED):
        m[column] += 60
    return arrive(m, f, r, NUMBER), r[NUMBER], r[20]


def ends(m: list[int], r: list[int]) -> tuple[int, int]:
    """The source and the target of the first attempt."""
    both = r[m[at.ENDS_OF]]
    return both & ((1 << at.HALF) - 1), both >> at.HALF


def test_an_arrival_begins_the_migration_of_its_actor_to_its_target() -> None:
    m, f, r = federation()
    actor = ACTORS + at.ACTOR
    m[actor + at.A_PAUSE] = 77
    assert result(m, f, r) == (at.DONE, 1, at.NONE)
    assert ends(m, r) == (1, 2)
    assert (r[m[at.MIGRATION]], r[m[at.ACTOR_OF]]) == (NUMBER, 1 + (1 << at.HALF))
    assert [m[actor + field] for field in (at.A_MIGRATING, at.A_TRIES, at.A_PAUSE)] == [1, 1, 0]
    assert (m[at.N_LAST_TIME], m[at.N_SKIPPED], m[TABLE + 2 * at.EXECUTOR + at.E_REQUESTED_AT]) == (NOW, 0, NOW)


@pytest.mark.parametrize(
    ("named", "met", "target"), [(3, 0, 3), (1, 0, None), (at.NONE, 0, 2), (at.NONE, 0b1101, 2), (at.NONE, 0b10, None)]
)
def test_the_target_is_named_or_drawn_and_drawn_again_if_the_source_was_met(
    named: int, met: int, target: int | None
) -> None:
    """Executor 1 is the source. If it was met, all executors but one are barred, so none is left."""
    m, f, r = federation()
    m[DRAWS + at.D_NAMED * CHUNK + 2], m[DRAWS + at.D_MET * CHUNK + 2] = named, met
    for executor in (0, 2, 3):
        m[LOTTERY + 5 + executor * 2] = 1
    m[LOTTERY + 4] = 1
    status, chosen, skipped = result(m, f, r)
    assert (status, chosen, skipped) == ((at.DONE, at.NONE, NOW) if target is None else (at.DONE, 1, at.NONE))
    assert (m[at.N_SKIPPED], m[at.N_ROWS]) == ((1, 0) if target is None else (0, 1))
    if target is not None:
        assert ends(m, r) == (1, target)


def test_the_source_of_an_actor_that_runs_twice_is_one_of_its_copies() -> None:
    sources = set()
    for u in (0.1, 0.3, 0.5, 0.7, 0.9):
        m, f, r = federation()
        actor = ACTORS + at.ACTOR
        m[actor + at.A_RUNNING], f[at.U_FIRST * CHUNK + 2] = 2, u
        for number, executor in enumerate((3, 0)):
            place = 2500 + number * at.PLACE
            m[place + at.P_EXECUTOR], m[place + at.P_COPY], m[place + at.P_BORN] = executor, at.RUNS, number + 1
            m[place + at.P_NEXT] = m[actor + at.A_PLACES]
            m[actor + at.A_PLACES] = place
        assert result(m, f, r)[0] == at.DONE
        assert ends(m, r)[0] == (3, 0)[rest_of(u, 2)]
        sources.add(ends(m, r)[0])
    assert sources == {0, 3}


def test_an_arrival_whose_record_is_blocked_is_skipped() -> None:
    m, f, r = federation()
    place = 2500
    m[ACTORS + at.ACTOR + at.A_PLACES], m[place + at.P_NEXT] = place, at.NONE
    m[place + at.P_EXECUTOR], m[place + at.P_STATE] = 1, 1
    assert result(m, f, r) == (at.DONE, at.NONE, NOW)
    assert (m[at.N_SENT], m[ACTORS + at.ACTOR + at.A_MIGRATING]) == (0, 0)
    assert hazards(m).keys() <= {16}


def test_a_busy_actor_that_a_trace_names_is_not_redrawn() -> None:
    m, f, r = federation(busy=(1,))
    m[DRAWS + at.D_ACTOR * CHUNK + 2] = -2
    assert result(m, f, r) == (at.DONE, at.NONE, NOW)
    m, f, r = federation()
    m[DRAWS + at.D_ACTOR * CHUNK + 2] = -2
    assert result(m, f, r) == (at.DONE, 1, at.NONE)


def slot(m: list[int], turn: int, where: int) -> None:
    """Put the block of the draws of another actor of this turn at an index in `f`."""
    m[SLOTS + (1 + turn) * at.SLOT] = where


def test_a_busy_actor_is_redrawn_until_an_idle_one_is_found() -> None:
    m, f, r = federation(busy=(1, 2))
    slot(m, 1, at.NONE)
    assert result(m, f, r)[0] == at.DRAWS_NEEDED
    assert (m[at.N_STREAM_NEEDED], m[at.N_BLOCK_NEEDED], m[at.N_SKIPPED], r[NUMBER]) == (2, 0, 0, at.NONE)
    m, f, r = federation(busy=(1, 2))
    for turn, actor in enumerate((2, 1, 3), 1):
        slot(m, turn, 100 * turn)
        f[100 * turn + NUMBER] = KEYS[actor]
    assert result(m, f, r) == (at.DONE, 3, at.NONE)
    assert ends(m, r) == (3, 2)


def test_an_arrival_is_skipped_if_every_actor_is_busy() -> None:
    m, f, r = federation(busy=(0, 1, 2, 3))
    assert result(m, f, r) == (at.DONE, at.NONE, NOW)


@pytest.mark.parametrize("count", [LIST_AFTER, LIST_AFTER + 1])
def test_the_actors_are_listed_at_once_if_they_are_few_and_later_if_they_are_many(count: int) -> None:
    """All actors are busy; the draws of the first turns are there, and then they are missing."""
    m, f, r = federation(count, busy=tuple(range(count)))
    for turn in range(1, LIST_AFTER):
        slot(m, turn, 0)
    slot(m, LIST_AFTER, at.NONE)
    slot(m, LIST_AFTER - 1, at.NONE)
    if count == LIST_AFTER:
        slot(m, 1, at.NONE)
    found = redrawn_actor(m, f, r, NUMBER, NOW, 0)
    assert found == (at.NONE if count == LIST_AFTER else STATUS - at.DRAWS_NEEDED)
    slot(m, LIST_AFTER - 1, 0)
    assert redrawn_actor(m, f, r, NUMBER, NOW, 0) == at.NONE
    assert (m[at.N_STREAM_NEEDED], LIST_AFTER) == (0 if count == LIST_AFTER else 1 + LIST_AFTER - 1, 16)


def test_after_the_last_redraw_an_idle_actor_is_drawn_from_a_list() -> None:
    """Every redraw chooses actor 1, which is busy as actors 0 and 3; actors 2 and 4 are listed."""
    m, f, r = federation(5, busy=(0, 1, 3))
    for turn in range(1, at.REDRAWS + 1):
        slot(m, turn, 100)
    assert stable_index(f[100 + NUMBER], 5) == 1
    slot(m, at.REDRAWS + 1, at.NONE)
    assert redrawn_actor(m, f, r, NUMBER, NOW, 0) == STATUS - at.DRAWS_NEEDED
    assert m[at.N_STREAM_NEEDED] == 1 + at.REDRAWS + 1
    slot(m, at.REDRAWS + 1, 200)
    for u, chosen in ((0.0, 2), (0.49, 2), (0.5, 4), (0.99, 4)):
        f[200 + NUMBER] = u
        assert m[redrawn_actor(m, f, r, NUMBER, NOW, 0) + at.A_NUMBER] == chosen


def test_idle_actors_are_listed_in_the_order_of_their_numbers() -> None:
    m, f, r = federation(busy=(1, 2))
    assert free_actor(m, f, r, at.NONE, NOW, 0) == 2
    assert [m[free_actor(m, f, r, rank, NOW, 0) + at.A_NUMBER] for rank in (0, 1)] == [0, 3]
    m[at.N_SIZE] = m[at.N_TOP] + at.ROOM - 1
    m[ACTORS + at.ACTOR + at.A_EVENTS], m[900 + at.V_TIME] = 900, NOW - 1
    assert free_actor(m, f, r, at.NONE, NOW, 0) == STATUS - at.ROOM_NEEDED
    assert redrawn_actor(m, f, r, NUMBER, NOW, 0) == STATUS - at.ROOM_NEEDED
    assert result(m, f, r) == (at.ROOM_NEEDED, at.NONE, at.NONE)
    assert m[at.N_LAST_TIME] == 4000


def test_actors_are_drawn_for_the_arrivals_whose_actor_no_trace_names() -> None:
    m, f, r = federation()
    m[DRAWS + at.D_ACTOR * CHUNK : DRAWS + at.D_ACTOR * CHUNK + 3] = [0, -3, 0]
    f[at.U_FIRST * CHUNK : at.U_FIRST * CHUNK + 3] = [0.9, 0.9, KEYS[3]]
    draw_actors(m, f, r, FIRST, FIRST + 3)
    drawn = [stable_index(0.9, COUNT), -3, 3]
    assert m[DRAWS + at.D_ACTOR * CHUNK : DRAWS + at.D_ACTOR * CHUNK + 3] == drawn


def test_arrivals_are_processed_up_to_a_number_or_until_room_is_missing() -> None:
    m, f, r = federation(busy=(0, 1, 2, 3))
    m[at.N_NEXT] = NUMBER
    m[at.N_SIZE] = m[at.N_TOP] + at.ROOM - 1
    assert advance(m, f, r, ARRIVALS, NUMBER + 1) == at.ROOM_NEEDED
    assert (m[at.N_NEXT], m[at.N_SKIPPED]) == (NUMBER, 0)
    m[at.N_SIZE] += 1
    assert advance(m, f, r, ARRIVALS, NUMBER + 1) == at.DONE
    assert (m[at.N_NEXT], m[at.N_SKIPPED]) == (NUMBER + 1, 1)
    assert advance(m, f, r, ARRIVALS, NUMBER + 1) == at.DONE
    assert m[at.N_SKIPPED] == 1


def tried(*executors: int) -> tuple[list[int], list[float], list[int]]:
    """A federation whose actor 1 has failed at these targets, the last failure first."""
    m, f, r = federation()
    head = at.NONE
    for number, executor in enumerate(reversed(executors)):
        row = 2600 + number * at.TRIED
        m[row + at.T_NEXT], m[row + at.T_EXECUTOR] = head, executor
        head = row
    m[ACTORS + at.ACTOR + at.A_TRIED] = head
    return m, f, r


@pytest.mark.parametrize(
    ("failed", "targets"),
    [((), {0, 2, 3}), ((2,), {0, 3}), ((3, 2), {0}), ((3, 2, 0), {0}), ((0, 3, 2), {2}), ((2, 0, 3, 1), {3})],
)
def test_a_retry_asks_a_target_that_has_not_failed_or_failed_the_longest_time_ago(
    failed: tuple[int, ...], targets: set[int]
) -> None:
    m, f, r = tried(*failed)
    before = list(m)
    found = {retry_target(m, f, r, step / 40, ACTORS + at.ACTOR, 1) for step in range(40)}
    assert found == targets
    assert m == before  # all bars are lifted


def test_a_target_needs_a_weight() -> None:
    m, f, r = tried(3, 2, 0)
    f[20] = 0.0
    assert other_target(m, f, r, 0.5, 1) == at.NONE
    assert first_failed(m, f, r, ACTORS + at.ACTOR, 1) == at.NONE
