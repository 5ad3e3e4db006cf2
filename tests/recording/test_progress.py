"""Budgets with a clock that is set by hand: what has passed counts once, and the time between two parts does not."""

import pytest

from icnsim.recording import progress
from icnsim.recording.progress import Budget, Paused, Running


class Clock:
    """The monotonic clock, s."""

    def __init__(self) -> None:
        self.now = 100.0

    def monotonic(self) -> float:
        return self.now


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    made = Clock()
    monkeypatch.setattr(progress, "time", made)
    return made


def test_a_budget_has_no_limits_by_default() -> None:
    assert (Budget().max_events, Budget().max_wall_s) == (None, None)


def test_a_run_is_out_of_time_after_its_end(clock: Clock) -> None:
    running = Budget(7, 5.0).begun()
    assert running == Running(7, 5.0, 105.0)
    assert running.begun() is running
    clock.now = 105.0
    assert not running.out_of_time()
    clock.now = 105.1
    assert running.out_of_time()


def test_the_time_between_two_parts_of_a_run_does_not_count(clock: Clock) -> None:
    running = Budget(7, 5.0).begun()
    clock.now = 102.0
    paused = running.paused()
    assert paused == Paused(7, 5.0, 3.0)
    clock.now = 200.0
    assert paused.begun() == Running(7, 5.0, 203.0)


def test_a_budget_without_a_limit_of_time_ends_at_its_beginning(clock: Clock) -> None:
    assert Budget(7).begun() == Running(7, None, 100.0)
    assert (Running().ends_at, Paused().left_s) == (0.0, 0.0)
