"""Functions of the kernel on sequences that are written by hand."""

from functools import partial

import pytest

from icnsim.columns import engine
from icnsim.columns.kernel import layout as at
from icnsim.columns.kernel.agenda import remove_event, schedule
from icnsim.columns.kernel.prefetch import prefetch
from icnsim.scenario import loads
from icnsim.simulation import simulate as by_events
from tests.columns.agreement import differences
from tests.columns.test_agreement import CROWDED

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
