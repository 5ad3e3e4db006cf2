"""Trails: the events that led to a violation. Runs test each invariant (tests/hazards)."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from icnsim.protocol.messages import ActorId, AttemptId, ExecutorId
from icnsim.recording.violations import KEPT, RESERVED, Moment, Raw, Trail
from icnsim.simulation.activity import Activity
from icnsim.simulation.watching.monitor import Monitor
from icnsim.simulation.watching.trails import MOST_VOTERS, OF_A_VOTER, TRAIL, Trails
from tests.simulation.events import Events

ACTORS = 3
ATTEMPTS = 2


class Watching:
    """A monitor, and a violation of each actor at will: an attempt too many."""

    def __init__(self, voters: int = 0) -> None:
        self.events = Events()
        self.env, self.hooks = self.events.env, self.events.hooks
        self.busy = bytearray(ACTORS)
        self.absent: set[int] = set()
        self.activity = Activity(self.hooks, ACTORS)
        self.noted = Trails(self.env, self.hooks, voters, None)
        self.monitor = Monitor(
            self.env, self.hooks, self.busy, [(ExecutorId(0),)] * ACTORS, self.activity, lambda _: ATTEMPTS,
            self.absent.__contains__, self.noted,
        )  # fmt: skip

    def kept(self, actor: int) -> list[Raw]:
        """The events of the actor that are noted."""
        return self.noted._noted.get(ActorId(actor), [])

    def note(self, actor: int, at: int) -> None:
        self.env._now = at
        for listener in self.hooks.vote_decided:
            listener(ActorId(actor), f"moment {at}", ExecutorId(0), AttemptId(-1))

    def violate(self, actor: int) -> None:
        for listener in self.hooks.attempt_began:
            listener(ActorId(actor), ATTEMPTS + 1, ExecutorId(0), ExecutorId(1), AttemptId(0))

    def live(self, actor: int, at: int, hazard: int | None = None) -> None:
        """Something of the actor is in flight for a moment, in which a hazard may happen to it."""
        self.activity.items[actor] += 1
        self.note(actor, at)
        if hazard is not None:
            for happened in self.hooks.hazard:
                happened(hazard, ActorId(actor), AttemptId(0), ExecutorId(0))
        self.activity.end(ActorId(actor))

    def trails(self) -> list[list[int]]:
        """When the moments of each violation were, in the order of the violations' times."""
        return [[moment.at for moment in each.trail] for each in self.monitor.violations({}, ended=False)]


@given(st.lists(st.tuples(st.integers(0, ACTORS - 1), st.booleans()), max_size=400))
def test_a_trail_has_the_last_events_of_its_actor_before_the_violation(steps: list[tuple[int, bool]]) -> None:
    watching, moments, right = Watching(), [list[int]() for _ in range(ACTORS)], []
    for at, (actor, wanted) in enumerate(steps):
        watching.note(actor, at)
        moments[actor].append(at)
        if wanted:
            watching.violate(actor)
            right.append(moments[actor][-TRAIL:])
    assert watching.trails() == right


@pytest.mark.parametrize(("hazard", "begins"), [(None, 2), (10, 2), (14, 1)])
def test_the_events_of_a_settled_actor_are_deleted_unless_a_hazard_may_still_violate_an_invariant(
    hazard: int | None, begins: int
) -> None:
    """Hazard 10, a lost message, breaks no invariant; 14, one number minted twice, can break a later one."""
    watching = Watching()
    watching.live(0, 1, hazard)
    watching.note(0, 2)
    watching.violate(0)
    assert watching.trails() == [list(range(begins, 3))]


def test_between_the_attempts_of_a_migration_nothing_is_forgotten() -> None:
    watching = Watching()
    watching.busy[0] = 1
    watching.live(0, 1)
    watching.live(0, 2)
    watching.violate(0)
    watching.busy[0] = 0
    watching.live(0, 3)
    watching.violate(0)
    assert watching.trails() == [[1, 2], []]


def test_a_hazard_that_no_violation_can_name_any_more_is_deleted_with_its_events() -> None:
    watching = Watching()
    watching.live(0, 0, 14)
    for at in range(1, TRAIL + 2):
        watching.live(0, at)
    assert watching.noted._happened == {} and len(watching.kept(0)) <= TRAIL
    watching.live(0, TRAIL + 2)
    assert watching.kept(0) == []


def test_an_actor_that_was_missing_and_runs_again_is_reported_before_any_other_event() -> None:
    watching = Watching()
    watching.absent.add(0)
    watching.live(0, 1)
    watching.absent.clear()
    watching.events.starts(0, 0, 0, now=5)
    assert watching.monitor.counts["I2"] == 1


def test_of_a_task_that_is_decided_nothing_is_kept() -> None:
    watching = Watching()
    watching.busy[0] = 1
    watching.live(0, 1, 20)
    assert watching.kept(0) != []
    for ended in watching.hooks.task_ended:
        ended(ActorId(0))
    watching.monitor.task_ended(ActorId(0))  # in a run of tasks alone
    assert (watching.kept(0), watching.noted._happened, watching.busy[0]) == ([], {}, 0)


def test_the_way_of_an_actor_to_where_it_runs_nowhere_is_kept() -> None:
    watching = Watching()
    watching.absent.add(0)
    watching.live(0, 1)
    watching.live(1, 2)  # it was missing when the first instant was over
    found = watching.monitor.violations({}, ended=False)
    assert [(each.invariant, each.actor, each.at, len(each.trail)) for each in found] == [("I2", 0, 1, 1)]


@pytest.mark.parametrize(("voters", "kept"), [(0, TRAIL), (3, TRAIL + 18), (10**6, TRAIL + OF_A_VOTER * MOST_VOTERS)])
def test_a_trail_has_room_for_a_vote_and_memory_is_bounded(voters: int, kept: int) -> None:
    watching = Watching(voters)
    for at in range(10 * kept):
        watching.note(0, at)
    assert len(watching.kept(0)) <= 2 * kept
    watching.violate(0)
    assert watching.trails() == [list(range(9 * kept, 10 * kept))]


def test_the_moments_of_a_trail_have_the_attempts_numbers_of_the_tables() -> None:
    trail = Trail([(10, "pause", 4, -1, 7), (11, "crash", 4, -1, -1)], {7: 0})
    assert list(trail) == [Moment(10, "pause", 4, -1, 0), Moment(11, "crash", 4, -1, -1)]
    assert trail[-1].what == "crash" and list(trail[:1]) == [trail[0]]
    assert trail == tuple(trail) and trail != ()


def test_a_rare_invariant_has_its_violations_stored_after_many_of_another_one() -> None:
    watching = Watching()
    monitor, actor = watching.monitor, ActorId(0)
    for number in range(KEPT + 5):
        monitor._violated("I5", actor, 0, number, "often")
    for number in range(RESERVED + 5):
        monitor._violated("I6", actor, 0, number, "rare")
    stored = [each.invariant for each in monitor.violations({}, ended=True)]
    assert stored.count("I5") == KEPT
    assert stored.count("I6") == RESERVED
    assert (monitor.counts["I5"], monitor.counts["I6"]) == (KEPT + 5, RESERVED + 5)
