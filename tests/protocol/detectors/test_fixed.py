"""Records that wait for a deadline, with the detectors that have a fixed timeout: a manager driven by hand."""

import pytest

from icnsim.protocol.detectors.detector import Parameters
from icnsim.protocol.detectors.fixed import Wheel
from icnsim.protocol.messages import ActorId, Kind
from icnsim.protocol.record import NO_DEADLINE
from icnsim.protocol.states import State
from icnsim.protocol.watch import Own
from tests.protocol.notes import ACTOR, FIRST, OTHER, SECOND, TIMEOUT, Executor, arriving, switches

DEADLINE = Parameters("deadline")
WHEEL = Parameters("wheel", tick=1000)
EVERY = pytest.mark.parametrize("detector", [DEADLINE, WHEEL])


def executor(detector: Parameters, profile: str = "hardened", **turned: bool) -> Executor:
    made = Executor(switches(profile, **turned))
    made.manager.adjust(made.manager.settings._replace(detector=detector), 0)
    return made


def test_a_manager_that_polls_asks_for_no_look() -> None:
    made = executor(Parameters())
    record = made.hand_over()
    assert made.notes.watched == [] and record.deadline == NO_DEADLINE


@EVERY
def test_the_deadline_is_the_first_ms_at_which_the_record_is_too_old(detector: Parameters) -> None:
    made = executor(detector)
    made.ask(7)
    record = made.record
    assert record is not None
    assert made.notes.watched == [(record, 7 + TIMEOUT + 1)]
    assert made.manager.detect_timeouts(7 + TIMEOUT + 1) == []  # the manager's ticks do not scan it


def test_a_timer_fails_the_record_that_still_waits_for_it() -> None:
    made = executor(DEADLINE)
    record = made.pause(0)
    assert not made.manager.overdue(record, TIMEOUT, TIMEOUT)
    assert made.manager.overdue(record, TIMEOUT + 1, TIMEOUT + 1)
    assert made.state is State.FAILED and made.runs


@pytest.mark.parametrize("deadline", [3_000, 60_000])
def test_a_wheel_forgets_a_record_that_is_released(deadline: int) -> None:
    """The first deadline is in a slot that the wheel has passed, the second in a slot that it has not reached."""
    wheel, kept, released = Wheel(1000), executor(WHEEL).pause(0), executor(WHEEL).pause(0)
    wheel.advance(5_000)
    for record in (kept, released):
        record.deadline = deadline
        wheel.hold(record)
    wheel.release(released)
    assert wheel.advance(70_000) == [kept]
    assert wheel.advance(71_000) == []  # it has been found


def test_a_record_waits_anew_in_each_state() -> None:
    made = executor(DEADLINE)
    made.ask(0)
    made.receive(Kind.ACCEPT, 100, epoch=1)
    record = made.record
    assert record is not None
    assert [deadline for _, deadline in made.notes.watched] == [TIMEOUT + 1, TIMEOUT + 101]
    assert not made.manager.overdue(record, TIMEOUT + 1, TIMEOUT + 1)
    assert made.state is State.CHECKPOINTING


def test_a_source_in_doubt_waits_again_after_each_time_out() -> None:
    made = executor(DEADLINE)
    record = made.hand_over()
    assert not made.manager.overdue(
        record, TIMEOUT + 1, TIMEOUT + 1
    )  # it asks the target to cancel, and has not failed
    assert made.notes.kinds[-1] is Kind.CANCEL
    assert record.deadline == 2 * (TIMEOUT + 1)


def test_a_timer_of_a_record_that_is_gone_has_no_effect() -> None:
    made = executor(DEADLINE, fresh_requests=False, guarded_transitions=False)
    record = made.admit()
    made.manager.evaluated(arriving(Kind.REQUEST, attempt=SECOND, epoch=2), None, 0)
    assert made.record is not record
    assert not made.manager.overdue(record, TIMEOUT + 1, TIMEOUT + 1)


def test_a_wheel_forgets_a_record_that_another_one_replaces() -> None:
    made = executor(WHEEL, fresh_requests=False, guarded_transitions=False)
    made.admit()
    made.manager.evaluated(arriving(Kind.REQUEST, attempt=SECOND, epoch=2), None, 0)
    assert made.manager.detector.advance(10 * TIMEOUT) == [made.record]


@EVERY
def test_a_record_has_no_deadline_in_a_state_that_is_not_tracked(detector: Parameters) -> None:
    made = executor(detector)
    made.manager.adjust(made.manager.settings._replace(timeouts={State.REQUESTING: TIMEOUT}), 0)
    made.ask(0)
    record = made.record
    assert record is not None
    assert record.deadline == TIMEOUT + 1
    made.receive(Kind.ACCEPT, 100, epoch=1)
    assert (record.state, record.deadline) == (State.CHECKPOINTING, NO_DEADLINE)
    assert made.manager.detector.advance(10 * TIMEOUT) == []


def test_deadlines_are_readings_of_the_monotonic_clock() -> None:
    made = executor(DEADLINE)
    made.manager.ahead_ms = 1000  # the wall clock was set forward
    made.ask(5000)
    assert made.notes.watched[0][1] == 4000 + TIMEOUT + 1


def test_a_wheel_finds_its_records_at_the_first_tick_from_their_deadlines_on() -> None:
    made = executor(WHEEL)
    wheel = made.manager.detector
    made.ask(400)
    due = 400 + TIMEOUT + 1
    readings = range(250, due + 2000, 1000)  # the ticks are not at multiples of the time between them
    found = [at for at in readings if made.manager.turn(wheel, at, at)]
    assert found == [min(at for at in readings if at >= due)]


def test_a_record_that_was_answered_is_not_in_the_wheel_any_more() -> None:
    made = executor(WHEEL)
    made.ask(0)
    made.receive(Kind.REJECT, 100, reason="full")
    assert made.manager.detector.advance(10 * TIMEOUT) == []


def test_entries_into_the_slot_that_a_tick_has_visited_are_found_by_the_next_tick() -> None:
    made = executor(WHEEL)
    wheel = made.manager.detector
    assert isinstance(wheel, Wheel)
    made.manager.adjust(made.manager.settings._replace(timeouts={State.REQUESTING: 300}), 0)
    made.manager.turn(wheel, 5100, 5100)
    made.ask(5200)
    assert made.manager.turn(wheel, 5500, 5500) == []
    assert len(made.manager.turn(wheel, 5501, 5501)) == 1


@EVERY
def test_a_crash_loses_the_timers_and_a_restart_gives_the_full_timeout_again(detector: Parameters) -> None:
    made = executor(detector)
    record = made.hand_over()
    made.manager.crash(disk_survives=True)
    assert made.manager.detector.advance(10 * TIMEOUT) == []
    made.manager.recover(50_000)
    assert made.state is State.TRANSFERRING and record.deadline == 50_000 + TIMEOUT + 1


@pytest.mark.parametrize("before", [Parameters(), DEADLINE, WHEEL])
@pytest.mark.parametrize("after", [Parameters(), DEADLINE, WHEEL])
def test_existing_records_follow_another_detector(before: Parameters, after: Parameters) -> None:
    made = executor(before)
    made.ask(0)
    record = made.record
    assert record is not None
    settings = made.manager.settings
    made.manager.adjust(settings._replace(detector=after, timeouts={State.REQUESTING: 10_000}), 30_000)
    # It is too old already, but not before the adjustment.
    assert record.deadline == (NO_DEADLINE if after.kind == "poll" else 30_000)
    assert made.manager.overdue(record, TIMEOUT + 1, TIMEOUT + 1) is False
    failed = made.manager.detect_timeouts(30_000)
    if after.kind == "deadline":
        failed = [record] if made.manager.overdue(record, 30_000, 30_000) else []
    if after.kind == "wheel":
        failed = made.manager.turn(made.manager.detector, 30_000, 30_000)
    assert failed == [record]


def test_another_retention_leaves_the_deadlines_as_they_are() -> None:
    made = executor(DEADLINE)
    made.ask(0)
    made.manager.adjust(made.manager.settings._replace(retention=5), 90_000)
    assert len(made.notes.watched) == 1
    record = made.record
    assert record is not None
    assert record.deadline == TIMEOUT + 1


def test_an_actor_may_have_a_detector_of_its_own() -> None:
    made = Executor(switches())
    settings = made.manager.settings
    made.manager.adjust(settings._replace(overrides={ACTOR: Own(detector=DEADLINE)}, others=(DEADLINE,)), 0)
    made.ask(0)
    assert made.manager.initiate(ActorId(ACTOR + 1), OTHER, FIRST, 10, 0)
    assert [record.actor for record, _ in made.notes.watched] == [ACTOR]
    assert [record.actor for record in made.manager.detect_timeouts(TIMEOUT + 1)] == [ACTOR + 1]
