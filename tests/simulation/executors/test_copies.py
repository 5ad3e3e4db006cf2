"""Downtime and doubled run time are the lengths of intervals, charged to the attempt that caused them."""

from hypothesis import given
from hypothesis import strategies as st

from icnsim.protocol.messages import ActorId, ExecutorId
from icnsim.simulation.executors.copies import Copies
from tests.simulation.events import Events

ACTOR = ActorId(0)
A, B, C = ExecutorId(0), ExecutorId(1), ExecutorId(2)


def copies() -> tuple[Copies, Events]:
    events = Events()
    return Copies(events.env, events.hooks, [A], attempts=3), events


def test_an_actor_is_down_between_its_pause_at_the_source_and_its_start_at_the_target() -> None:
    held, events = copies()
    events.stops(ACTOR, A, 0, 100)
    events.starts(ACTOR, B, 0, 140)
    held.finish(1000)
    assert list(held.downtime) == [40, -1, -1] and list(held.doubled) == [0, 0, 0]
    assert held.where[ACTOR] == (B,) and held.running == 1 and held.absent == 0


def test_an_actor_that_never_runs_again_is_down_to_the_end() -> None:
    held, events = copies()
    events.stops(ACTOR, A, 1, 100)
    held.finish(1000)
    assert list(held.downtime) == [-1, 900, -1]
    assert held.absent == 1


def test_a_second_copy_doubles_the_run_until_one_of_them_stops() -> None:
    held, events = copies()
    events.stops(ACTOR, A, 0, 100)
    events.starts(ACTOR, A, 0, 160)
    events.starts(ACTOR, B, 0, 200)
    events.starts(ACTOR, C, 1, 250)
    events.stops(ACTOR, A, 2, 300)
    events.stops(ACTOR, C, 2, 330)
    held.finish(1000)
    assert list(held.downtime) == [60, -1, -1]
    assert list(held.doubled) == [50, 80, 0]


def test_a_crash_charges_no_attempt() -> None:
    held, events = copies()
    events.stops(ACTOR, A, -1, 100)
    events.starts(ACTOR, A, -1, 130)
    held.finish(1000)
    assert list(held.nowhere) == [30]
    assert list(held.downtime) == [-1, -1, -1]


@given(st.lists(st.tuples(st.booleans(), st.integers(0, 3), st.integers(0, 2), st.integers(0, 50)), max_size=40))
def test_every_instant_is_charged_once(changes: list[tuple[bool, int, int, int]]) -> None:
    """Against a simple account of each microsecond."""
    (held, events), running, now = copies(), {0}, 0
    down = doubled = 0
    for starts, where, attempt, passed in changes:
        down += passed if not running else 0
        doubled += passed if len(running) > 1 else 0
        now += passed
        if starts:
            events.starts(ACTOR, ExecutorId(where), attempt, now)
            running.add(where)
        else:
            events.stops(ACTOR, ExecutorId(where), attempt, now)
            running.discard(where)
    held.finish(now)
    assert sum(max(0, each) for each in held.downtime) == held.nowhere[0] == down
    assert sum(held.doubled) == held.twice[0] == doubled
    assert set(held.where[ACTOR]) == running and held.running == len(running)
