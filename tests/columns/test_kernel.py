"""Functions of the kernel on sequences that are written by hand."""

from functools import partial

import pytest

from icnsim.columns import engine
from icnsim.columns.kernel import layout as at
from icnsim.columns.kernel.agenda import remove_event, schedule
from icnsim.columns.kernel.copies import copy_by_rank, newest_copy, pause_copy, start_copy
from icnsim.columns.kernel.places import store_content, tick_from
from icnsim.columns.kernel.prefetch import prefetch
from icnsim.columns.kernel.source import suspect_absent
from icnsim.columns.kernel.target import on_complete
from icnsim.protocol.states import Event, State
from icnsim.scenario import loads
from icnsim.simulation import simulate as by_events
from tests.columns.agreement import differences
from tests.columns.test_agreement import CROWDED

COMPLETION, RESTORING = int(Event.COMPLETE), int(State.RESTORING)
ACTOR, PLACES, EVENTS, EXCHANGE = 200, 300, 600, 800


def test_prefetching_reads_the_rows_of_the_actors_and_of_four_of_their_places() -> None:
    """Actor 1 has five places, actor 0 has no row, and a trace names the actor of arrival 12, which is not read."""
    m = [0] * 1000
    m[at.N_CHUNK], m[at.N_FIRST], m[at.N_DRAWS], m[at.N_ACTOR_ROWS] = 4, 10, 100, 150
    m[104:108] = [1, 0, -2, 1]  # the column D_ACTOR of arrivals 10 to 13
    m[150:152] = [at.NONE, ACTOR]
    m[ACTOR + at.A_PLACES], m[ACTOR + at.A_WIRE] = PLACES, 7
    for number in range(5):
        here = PLACES + number * at.PLACE
        m[here + at.P_NEXT] = here + at.PLACE if number < 4 else at.NONE
        m[here + at.P_ROLE] = 1000 * 10**number
    prefetch(m, [], [], 10, 13)
    # The indices of rows 1 and 0, the fields of actor 1, and the links and roles of the first four places.
    links = sum(PLACES + number * at.PLACE for number in (1, 2, 3, 4))
    assert m[at.N_PREFETCHED] == (ACTOR + at.NONE) + (PLACES + 7) + links + 1_111_000


def test_prefetching_reads_no_place_behind_the_last_one() -> None:
    m = [0] * 1000
    m[at.N_CHUNK], m[at.N_DRAWS], m[at.N_ACTOR_ROWS] = 1, 100, 150
    m[150], m[ACTOR + at.A_PLACES] = ACTOR, PLACES
    m[PLACES + at.P_NEXT], m[PLACES + at.P_ROLE] = at.NONE, 5
    prefetch(m, [], [], 0, 1)
    assert m[at.N_PREFETCHED] == ACTOR + PLACES + at.NONE + 5


@pytest.mark.parametrize("changed", [{}, {"actors.count": 300, "executors.0.count": 70}])
def test_a_kernel_that_draws_actors_and_targets_gives_the_recording_of_the_event_engine(
    changed: dict[str, object],
) -> None:
    """The compiled kernel does so, and it prefetches; here it is interpreted."""
    scenario = loads(CROWDED, overrides=changed)
    run = engine.Run(scenario, compiled=False)
    run.memory.m[at.N_PREFETCHES] = 1
    arrivals = run._drawing.arrivals
    run._drawing.arrivals = lambda draws, single, first, compiled: arrivals(draws, single, first, compiled=True)  # type: ignore[method-assign,misc]
    assert differences(scenario, run.run(), by_events(scenario)) == []
    assert run.memory.m[at.N_PREFETCHED] != 0


def test_events_of_one_instant_are_in_the_order_of_priority_and_then_of_creation() -> None:
    m = [0] * 1000
    m[at.N_TOP], m[at.N_FREE_EVENT], m[at.N_FREE_EXCHANGE], m[ACTOR + at.A_EVENTS] = EVENTS, -1, -1, at.NONE
    event = partial(schedule, m, [], [], ACTOR)
    for kind, (when, priority) in enumerate([(20, 2), (20, 1), (10, 3), (20, 2), (30, 1), (20, 1)]):
        event(when, priority, kind, EXCHANGE, 0, 0, at.NONE)

    def listed() -> list[int]:
        found, here = [], m[ACTOR + at.A_EVENTS]
        while here != at.NONE:
            found.append(m[here + at.V_KIND])
            here = m[here + at.V_NEXT]
        return found

    assert listed() == [2, 1, 5, 0, 3, 4]
    assert m[EXCHANGE + at.X_REFERENCES] == 6
    remove_event(m, [], [], ACTOR, EVENTS + 5 * at.EVENT)  # in the middle of the list
    remove_event(m, [], [], ACTOR, EVENTS + 2 * at.EVENT)  # the first one
    assert listed() == [1, 0, 3, 4]
    event(25, 1, 6, EXCHANGE, 0, 0, at.NONE)
    assert m[at.N_TOP] == EVENTS + 6 * at.EVENT  # it has the row of a removed event
    assert listed() == [1, 0, 3, 6, 4]
    assert m[EXCHANGE + at.X_REFERENCES] == 5
    for here in (1, 0, 3, 2, 4):
        assert m[at.N_FREE_EXCHANGE] == -1
        remove_event(m, [], [], ACTOR, EVENTS + here * at.EVENT)
    assert m[at.N_FREE_EXCHANGE] == EXCHANGE  # it is freed with its last event


def places_of(*copies: tuple[int, int]) -> list[int]:
    """A memory with an actor whose places, one per executor, have these copies (state, order of their starts)."""
    m = [0] * 1000
    m[ACTOR + at.A_PLACES] = PLACES
    m[ACTOR + at.A_SINCE] = m[ACTOR + at.A_CAUSED] = at.NONE
    m[ACTOR + at.A_RUNNING] = sum(state == at.RUNS for state, _ in copies)
    for number, (state, born) in enumerate(copies):
        here = PLACES + number * at.PLACE
        m[here + at.P_EXECUTOR], m[here + at.P_COPY], m[here + at.P_BORN] = number, state, born
        m[here + at.P_NEXT] = here + at.PLACE if number + 1 < len(copies) else at.NONE
    return m


def test_the_newest_copy_is_the_running_one_that_started_last_and_ranks_are_in_the_order_of_starts() -> None:
    m = places_of((at.RUNS, 4), (at.PAUSED, 9), (at.RUNS, 7), (at.ABSENT, 8), (at.RUNS, 1))
    assert newest_copy(m, [], [], ACTOR) == 2
    assert [copy_by_rank(m, [], [], ACTOR, rank) for rank in range(3)] == [4, 0, 2]


def test_a_copy_that_runs_is_started_by_becoming_the_home_and_one_that_is_absent_cannot_be_paused() -> None:
    m = places_of((at.RUNS, 1), (at.ABSENT, 0))
    before = list(m)
    pause_copy(m, [], [], ACTOR, PLACES + at.PLACE, 5, 1000)
    assert m == before
    m[ACTOR + at.A_HOME] = 1
    start_copy(m, [], [], ACTOR, PLACES, 5, 1000)
    assert m == before  # the home is 0 again, and nothing else has changed


def test_an_actor_that_runs_nowhere_when_an_attempt_ends_is_suspected() -> None:
    m = places_of((at.PAUSED, 1))
    m[ACTOR + at.A_SUSPECT] = at.I8
    suspect_absent(m, [], [], ACTOR)
    assert m[ACTOR + at.A_SUSPECT] == at.I8 | at.I2
    m = places_of((at.RUNS, 1))
    suspect_absent(m, [], [], ACTOR)
    assert m[ACTOR + at.A_SUSPECT] == 0


def test_a_target_ignores_an_empty_final_checkpoint_and_keeps_the_epoch_of_its_message() -> None:
    m = places_of((at.ABSENT, 0))
    m[PLACES + at.P_STATE], m[PLACES + at.P_ROLE], m[PLACES + at.P_ROW] = RESTORING, at.TARGET, 3
    m[EXCHANGE + at.X_ROW], m[EXCHANGE + at.X_SEQUENCE], m[EXCHANGE + at.X_EPOCH], m[EXCHANGE + at.X_EMPTY] = 3, 9, 2, 1
    on_complete(m, [], [], ACTOR, EXCHANGE, 1000)
    assert m[at.N_HAZARDS + 12] == 1
    assert m[at.N_IGNORED + COMPLETION * at.STATES + RESTORING] == 1
    assert (m[PLACES + at.P_STORED], m[PLACES + at.P_EPOCH], m[PLACES + at.P_ROLE]) == (0, 2, at.TARGET)


@pytest.mark.parametrize(("due", "tick"), [(0, 7), (7, 7), (8, 37), (37, 37), (38, 67), (-23, 7)])
def test_the_first_tick_at_or_after_an_instant_has_the_phase_of_the_executor(due: int, tick: int) -> None:
    m = [0] * 1000
    m[at.N_INTERVAL], m[at.N_TABLE] = 30, 600
    m[600 + 2 * at.EXECUTOR + at.E_PHASE] = 7
    assert tick_from(m, [], [], 2, due) == tick


def test_a_place_knows_the_contents_of_all_its_requests() -> None:
    m = [0] * 1000
    m[at.N_TOP], m[at.N_FREE_SEEN] = EVENTS, at.NONE
    m[PLACES + at.P_SENDER] = m[PLACES + at.P_SEEN] = at.NONE
    contents = [(1, 1), (1, 2), (2, 1), (3, 3)]
    assert [store_content(m, [], [], PLACES, *content) for content in contents] == [False] * 4
    assert (m[PLACES + at.P_SENDER], m[PLACES + at.P_SEQUENCE]) == (3, 3)
    assert [store_content(m, [], [], PLACES, *content) for content in contents] == [True] * 4
    assert m[at.N_TOP] == EVENTS + 3 * at.SEEN  # the newest content is stored at the place itself
    assert not store_content(m, [], [], PLACES, 2, 2)
