"""The computed ticks of a background loop; tests/simulation/executors/test_loop.py has them in runs."""

from icnsim.simulation.time.clock import EVEN
from icnsim.simulation.time.lattice import Lattice, Segment


def test_an_undisturbed_loop_ticks_once_per_interval_up_to_the_horizon() -> None:
    assert Lattice(5, 30).segments(95) == [Segment(5, 95, 30)]


def test_a_loop_that_never_ticks_has_one_segment_without_a_tick() -> None:
    assert Lattice(100, 30).segments(95) == [Segment(100, 100, 30)]
    stopped = Lattice(40, 30)
    stopped.stop(20)
    assert stopped.segments(95) == [Segment(40, 40, 30)]


def test_a_process_that_was_stalled_at_a_tick_ticks_when_it_resumes() -> None:
    lattice = Lattice(0, 30)
    lattice.suspend(50)
    lattice.resume(70)
    assert lattice.segments(140) == [Segment(0, 50, 30), Segment(70, 140, 30)]


def test_a_stall_between_two_ticks_moves_no_tick() -> None:
    lattice = Lattice(0, 30)
    lattice.suspend(40)
    lattice.resume(50)
    assert lattice.segments(100) == [Segment(0, 40, 30), Segment(60, 100, 30)]


def test_a_process_that_restarts_ticks_at_once() -> None:
    lattice = Lattice(0, 30)
    lattice.stop(40)
    lattice.resume(50)  # the end of a stall does not restart it
    lattice.restart(55)
    assert lattice.segments(100) == [Segment(0, 40, 30), Segment(55, 100, 30)]


def test_another_rate_of_the_clock_changes_the_time_to_the_next_tick_and_the_intervals() -> None:
    lattice = Lattice(0, 30)
    lattice.drift(2 * EVEN, 40)  # 20 µs of the clock are left until the tick of 60
    lattice.drift(2 * EVEN, 45)  # no change
    lattice.drift(EVEN, 70)  # 10 µs are left until the tick of 80 at the double rate
    assert lattice.segments(200) == [Segment(0, 40, 30), Segment(50, 70, 15), Segment(90, 200, 30)]


def test_a_rate_that_changes_during_a_stall_holds_from_the_next_tick() -> None:
    lattice = Lattice(0, 30)
    lattice.suspend(40)
    lattice.drift(EVEN // 2, 50)
    lattice.resume(55)
    assert lattice.segments(200) == [Segment(0, 40, 30), Segment(70, 200, 60)]


def test_a_changed_interval_counts_from_the_last_tick_and_the_first_tick_keeps_its_phase() -> None:
    lattice, early = Lattice(10, 30), Lattice(10, 30)
    lattice.change(50, 45)
    early.change(50, 5)
    assert lattice.segments(200) == [Segment(10, 45, 30), Segment(90, 200, 50)]
    assert early.segments(200) == [Segment(10, 200, 50)]


def test_an_interval_that_changes_after_the_rate_has_counts_from_the_last_tick_by_the_clock() -> None:
    lattice = Lattice(0, 30)
    lattice.drift(2 * EVEN, 40)  # the clock shows 10 since the tick of 30
    lattice.change(30, 45)  # 20 of 30: the interval is as it was, and so is the next tick
    lattice.change(50, 48)  # 26 of 50
    assert lattice.segments(110) == [Segment(0, 40, 30), Segment(60, 110, 25)]
    stalled = Lattice(0, 30)
    stalled.suspend(40)
    stalled.drift(EVEN // 2, 41)  # 11 since the tick of 30
    stalled.change(20, 45)  # 13 of 20
    stalled.resume(46)
    assert stalled.segments(100) == [Segment(0, 40, 30), Segment(59, 100, 40)]
