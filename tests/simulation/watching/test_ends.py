"""The agreement of source and target on the end of an attempt (I8): every pair of ends, and unknown ends."""

import pytest

from icnsim.protocol.messages import ActorId, AttemptId, ExecutorId
from icnsim.protocol.record import MigrationRecord, Role
from icnsim.protocol.states import State
from icnsim.simulation.watching.ends import GROWTH, Ends

SOURCE, TARGET = ExecutorId(0), ExecutorId(1)
COMPLETE, FAILED = State.COMPLETE, State.FAILED


def record(role: Role, state: State, attempt: int = 5) -> MigrationRecord:
    peer = TARGET if role is Role.SOURCE else SOURCE
    made = MigrationRecord(ActorId(0), AttemptId(attempt), role, peer, 100, 0)
    made.state = state
    return made


def ended(there: State, here: State) -> Ends:
    ends = Ends()
    ends.add(record(Role.TARGET, there), TARGET)
    ends.add(record(Role.SOURCE, here), SOURCE)
    return ends


@pytest.mark.parametrize("here", [COMPLETE, FAILED, State.TRANSFERRING])
@pytest.mark.parametrize("there", [COMPLETE, FAILED, State.RESTORING])
def test_sides_disagree_where_just_one_has_completed(there: State, here: State) -> None:
    told = list(ended(there, here).disagreements(ActorId(0)))
    disagree = (there is COMPLETE) != (here is COMPLETE)
    assert told == [(5, f"the source ends in {here.label}, the target in {there.label}")] * disagree


def test_a_disagreement_is_reported_once() -> None:
    ends = ended(COMPLETE, FAILED)
    assert len(list(ends.disagreements(ActorId(0)))) == 1
    assert list(ends.disagreements(ActorId(0))) == []


def test_a_side_without_a_record_does_not_disagree() -> None:
    ends = Ends()
    ends.add(record(Role.SOURCE, FAILED), SOURCE)
    assert list(ends.disagreements(ActorId(0))) == []
    ends = ended(COMPLETE, FAILED)
    ends.forget(record(Role.TARGET, COMPLETE), TARGET)
    assert list(ends.disagreements(ActorId(0))) == []


def test_the_end_of_another_executor_than_the_sources_peer_is_not_its_targets() -> None:
    ends = Ends()
    ends.add(record(Role.TARGET, COMPLETE), 2)
    ends.add(record(Role.SOURCE, FAILED), SOURCE)
    assert list(ends.disagreements(ActorId(0))) == []
    assert not ends.completed(record(Role.SOURCE, FAILED))


def test_a_success_after_an_earlier_comparison_is_reported() -> None:
    ends = Ends()
    ends.add(record(Role.SOURCE, FAILED), SOURCE)
    assert list(ends.disagreements(ActorId(0))) == []
    ends.add(record(Role.TARGET, COMPLETE), TARGET)
    assert len(list(ends.disagreements(ActorId(0)))) == 1


def test_a_target_that_has_run_the_actor_has_completed_whatever_the_end_of_its_record() -> None:
    ends, asking = Ends(), record(Role.SOURCE, FAILED)
    assert not ends.completed(asking)
    ends.add(record(Role.TARGET, COMPLETE), TARGET)
    ends.add(record(Role.TARGET, FAILED), TARGET)
    assert ends.completed(asking)
    ends.forget(record(Role.TARGET, FAILED), TARGET)
    assert not ends.completed(asking)


def test_the_other_side_is_the_one_that_was_asked_even_if_another_ended_first() -> None:
    ends = Ends()
    ends.add(record(Role.TARGET, COMPLETE), 2)
    ends.add(record(Role.TARGET, FAILED), TARGET)
    assert list(ends.disagreements(ActorId(0))) == []
    ends.add(record(Role.SOURCE, COMPLETE), SOURCE)
    assert len(list(ends.disagreements(ActorId(0)))) == 1


@pytest.mark.parametrize("attempt", [0, GROWTH - 1, GROWTH, 5 * GROWTH + 3])
def test_attempts_may_have_any_number(attempt: int) -> None:
    ends = Ends()
    ends.forget(record(Role.SOURCE, FAILED, attempt), SOURCE)
    ends.add(record(Role.TARGET, COMPLETE, attempt), TARGET)
    ends.add(record(Role.SOURCE, FAILED, attempt), SOURCE)
    assert [told for told, _ in ends.disagreements(ActorId(0))] == [attempt]
