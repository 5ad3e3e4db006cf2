"""Trails: the moments that led to a violation, out of those of all actors."""

from collections import deque

import pytest
from hypothesis import given
from hypothesis import strategies as st

from icnsim.recording.violations import Moment, Trail
from icnsim.simulation import trails
from icnsim.simulation.trails import Raw, Trails

ACTORS = 3
LENGTH = 4


def moment(actor: int, at: int) -> Raw:
    return actor, at, f"moment {at}", 0, -1, at


@given(st.lists(st.tuples(st.integers(0, ACTORS - 1), st.booleans()), max_size=40), st.integers(1, 50))
def test_a_trail_is_the_last_moments_of_its_actor_when_it_was_wanted(steps: list[tuple[int, bool]], full: int) -> None:
    """Whatever the length of a stretch, for no actor is at rest."""
    kept, plain = Trails([1] * ACTORS, LENGTH), [deque[Raw](maxlen=LENGTH) for _ in range(ACTORS)]
    right = []
    for at, (actor, wanted) in enumerate(steps):
        kept.moments.append(moment(actor, at))
        plain[actor].append(moment(actor, at))
        if wanted:
            kept.want(actor)
            right.append(tuple(plain[actor]))
        if len(kept.moments) >= full:
            kept.turn()
    kept.give()
    assert kept.given == right


def test_who_is_at_rest_is_forgotten_after_two_stretches_and_who_is_not_is_kept() -> None:
    pending = [0, 1]
    kept = Trails(pending, LENGTH)
    for actor in (0, 1):
        kept.moments.append(moment(actor, actor))
    for _ in range(2):
        kept.turn()
        for actor in (0, 1):
            kept.want(actor)
    kept.give()
    assert kept.given == [(moment(0, 0),), (moment(1, 1),), (), (moment(1, 1),)]


@pytest.mark.parametrize(("actors", "full"), [(3, trails.LEAST), (10**5, 10**5), (10**7, trails.MOST)])
def test_a_stretch_is_as_long_as_there_are_actors_between_two_bounds(actors: int, full: int) -> None:
    assert Trails([0] * actors, trails.TRAIL).full == full


def test_the_moments_of_a_trail_have_the_attempts_numbers_of_the_tables() -> None:
    trail = Trail([(2, 10, "pause", 4, -1, 7), (2, 11, "crash", 4, -1, -1)], {7: 0})
    assert list(trail) == [Moment(10, "pause", 4, -1, 0), Moment(11, "crash", 4, -1, -1)]
    assert trail[-1].what == "crash" and list(trail[:1]) == [trail[0]]
    assert trail == tuple(trail) and trail != ()
