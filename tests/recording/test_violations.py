"""The events that led to a violation: read on demand, compared, sent to other processes, and shown."""

import pickle

from icnsim.recording.violations import Moment, Trail, described

RAW = [(1_500_000, "send accept", 2, 0, 7), (2_000_000, "timeout", 1, -1, -1), (3_000_000, "restore", 0, 2, 8)]
PLACES = {7: 12, 8: 13}


def test_a_trail_has_the_attempts_in_place_of_the_rows_of_the_recorder() -> None:
    trail = Trail(RAW, PLACES)
    assert len(trail) == 3
    assert list(trail) == [
        Moment(1_500_000, "send accept", 2, 0, 12),
        Moment(2_000_000, "timeout", 1, -1, -1),
        Moment(3_000_000, "restore", 0, 2, 13),
    ]
    assert trail[1:] == Trail(RAW[1:], PLACES)
    assert list(trail[-1:]) == [Moment(3_000_000, "restore", 0, 2, 13)]


def test_trails_are_equal_if_their_moments_are() -> None:
    trail = Trail(RAW, PLACES)
    assert trail == tuple(trail)
    assert trail == Trail(list(RAW), {**PLACES, 9: 14})
    assert trail != Trail(RAW, {7: 12})
    assert trail != 3


def test_another_process_gets_the_moments_alone() -> None:
    trail = Trail(RAW, PLACES)
    sent = pickle.loads(pickle.dumps(trail))
    assert type(sent) is tuple
    assert sent == tuple(trail)


def test_a_moment_is_shown_with_its_peer_and_its_attempt_if_it_has_them() -> None:
    executors = ["east-1", "east-2", "west-1"]
    assert [described(moment, executors) for moment in Trail(RAW, PLACES)] == [
        "1.500 s  west-1  send accept, east-1, attempt 12",
        "2.000 s  east-2  timeout",
        "3.000 s  east-1  restore, west-1, attempt 13",
    ]
