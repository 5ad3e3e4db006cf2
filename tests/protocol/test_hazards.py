"""Each hazard of the core: the behaviour without its fix and with it, and its report."""

import pytest

from icnsim.protocol.messages import BROADCAST, Kind
from icnsim.protocol.records import REFUSED
from icnsim.protocol.states import Event, State
from tests.protocol.notes import (
    ACTOR,
    FIRST,
    LIFETIME,
    OTHER,
    SECOND,
    THIRD,
    TIMEOUT,
    Executor,
    arriving,
    switches,
)

LATE = TIMEOUT + 1
off_and_on = pytest.mark.parametrize("on", [False, True])


@off_and_on
def test_1_an_event_between_scan_and_write_is_overwritten_unless_detection_is_atomic(on: bool) -> None:
    executor = Executor(switches(atomic_detection=on))
    executor.hand_over()
    late = executor.manager.scan(LATE)
    executor.receive(Kind.ACK, LATE, epoch=1)
    failed = executor.manager.fail_late(late, LATE)
    assert executor.notes.hazards == [1]
    assert (executor.state, len(failed)) == ((State.COMPLETE, 0) if on else (State.FAILED, 1))


@off_and_on
def test_2_a_late_accept_restarts_a_failed_record_unless_transitions_are_guarded(on: bool) -> None:
    executor = Executor(switches(guarded_transitions=on))
    executor.ask()
    executor.manager.detect_timeouts(LATE)
    executor.receive(Kind.ACCEPT, LATE, epoch=1)
    assert executor.notes.hazards == [2]
    assert executor.state is (State.FAILED if on else State.CHECKPOINTING)
    assert executor.runs is on


@off_and_on
def test_3_the_accept_of_one_attempt_is_taken_for_that_of_the_next_unless_attempts_have_names(on: bool) -> None:
    executor = Executor(switches(attempt_identifiers=on))
    executor.ask()
    executor.manager.detect_timeouts(LATE)
    executor.ask(LATE, attempt=SECOND, target=THIRD)
    executor.receive(Kind.ACCEPT, LATE, epoch=1)
    assert 3 in executor.notes.hazards
    record = executor.record
    assert record is not None
    assert (record.state, record.peer) == ((State.REQUESTING, THIRD) if on else (State.CHECKPOINTING, OTHER))


@off_and_on
def test_3_a_late_accepter_gets_a_cancel_where_late_accepts_are_cancelled(on: bool) -> None:
    executor = Executor(switches(cancel_late_accepts=on))
    executor.ask()
    executor.manager.detect_timeouts(LATE)
    executor.receive(Kind.ACCEPT, LATE, epoch=1)
    sent = [(message.kind, message.receiver, message.attempt) for message in executor.notes.sent[1:]]
    assert sent == ([(Kind.CANCEL, OTHER, FIRST)] if on else [])


def test_3_a_second_copy_of_the_current_accept_is_not_answered_by_a_cancel() -> None:
    executor = Executor(switches())
    executor.pause()
    executor.receive(Kind.ACCEPT, epoch=1)
    assert executor.notes.kinds == [Kind.REQUEST]


@off_and_on
def test_4_an_old_request_is_obeyed_after_the_actor_moved_on_unless_requests_must_be_fresh(on: bool) -> None:
    executor = Executor(switches(fresh_requests=on), home=False)
    record = executor.admit()
    executor.receive(Kind.COMPLETE)
    executor.manager.restored(record, 0)
    executor.manager.cleanup_migrations(10**6)
    executor.receive(Kind.REQUEST, epoch=1)
    assert executor.notes.hazards == [4]
    assert executor.notes.stages == (["restore"] if on else ["restore", "evaluate"])


@off_and_on
def test_4_an_old_reject_fails_the_next_attempt_unless_attempts_have_names(on: bool) -> None:
    executor = Executor(switches(attempt_identifiers=on))
    executor.ask()
    executor.manager.detect_timeouts(LATE)
    executor.ask(LATE, attempt=SECOND)
    executor.receive(Kind.REJECT, LATE, epoch=1, reason="no")
    assert executor.notes.hazards == [4]
    assert executor.state is (State.REQUESTING if on else State.FAILED)


@off_and_on
def test_5_the_source_never_learns_of_its_success_without_an_ack(on: bool) -> None:
    without = switches("as-implemented", completion_ack=on)
    target = Executor(without, home=False)
    record = target.admit()
    target.receive(Kind.COMPLETE)
    target.manager.restored(record, 0)
    assert target.notes.kinds == ([Kind.ACCEPT, Kind.ACK] if on else [Kind.ACCEPT])
    source = Executor(without)
    source.hand_over()
    source.receive(Kind.ACK, epoch=1)
    assert source.state is (State.COMPLETE if on else State.TRANSFERRING)


@off_and_on
def test_6_an_actor_paused_for_a_migration_that_fails_stays_paused_unless_it_is_resumed(on: bool) -> None:
    executor = Executor(switches(resume_on_failure=on))
    executor.pause()
    executor.manager.detect_timeouts(LATE)
    assert executor.notes.hazards == [6]
    assert executor.state is State.FAILED
    assert executor.runs is on


@off_and_on
def test_7_a_source_that_has_sent_the_actor_away_resumes_it_only_with_the_targets_promise(on: bool) -> None:
    executor = Executor(switches(two_phase_handover=on))
    executor.hand_over()
    failed = executor.manager.detect_timeouts(LATE)
    assert executor.notes.hazards[0] == 7
    assert (executor.state, executor.runs, len(failed)) == (
        (State.TRANSFERRING, False, 0) if on else (State.FAILED, True, 1)
    )
    if on:
        assert executor.notes.kinds[-1] is Kind.CANCEL
        executor.receive(Kind.CANCELLED, LATE, epoch=1)
        assert (executor.state, executor.runs) == (State.FAILED, True)


def test_7_the_target_promises_once_and_for_all_or_says_that_the_actor_runs() -> None:
    executor = Executor(switches(), home=False)
    executor.receive(Kind.CANCEL, epoch=1)
    executor.receive(Kind.REQUEST, epoch=1)
    executor.receive(Kind.COMPLETE)
    assert executor.notes.stages == []
    assert executor.notes.kinds == [Kind.CANCELLED, Kind.CANCELLED]
    record = executor.admit(attempt=SECOND, epoch=2)
    executor.receive(Kind.COMPLETE, attempt=SECOND, epoch=2)
    executor.manager.restored(record, 0)
    executor.manager.cleanup_migrations(10**6)
    executor.receive(Kind.CANCEL, attempt=SECOND, epoch=2)
    assert executor.notes.kinds[2:] == [Kind.ACCEPT, Kind.ACK, Kind.ACK]
    assert executor.runs


@off_and_on
def test_8_an_accept_to_all_is_obeyed_by_executors_that_did_not_ask_unless_it_is_addressed(on: bool) -> None:
    target = Executor(switches(addressed_accepts=on), home=False)
    target.admit()
    assert target.notes.sent[0].receiver == (OTHER if on else BROADCAST)
    bystander = Executor(switches("as-implemented"), home=False)
    bystander.admit(attempt=SECOND)
    bystander.receive(Kind.ACCEPT, receiver=BROADCAST, sender=THIRD)
    assert 8 in bystander.notes.hazards
    assert bystander.state is State.CHECKPOINTING


@off_and_on
def test_9_a_retry_looks_like_a_duplicate_unless_attempts_have_numbers(on: bool) -> None:
    executor = Executor(switches(deduplicate_by_attempt=on), home=False)
    executor.receive(Kind.REQUEST, epoch=1)
    executor.receive(Kind.REQUEST, attempt=SECOND, epoch=2)
    assert executor.notes.hazards == [9]
    assert executor.notes.stages == ["evaluate"] * (2 if on else 1)


@off_and_on
def test_10_a_lost_message_is_sent_again_where_there_is_retransmission(on: bool) -> None:
    executor = Executor(switches(retransmission=on))
    record = executor.hand_over()
    assert executor.notes.reminders == ([5_000, 5_000] if on else [])
    if on:
        executor.manager.reminded(record, 5_000)
        executor.manager.reminded(record, 8_000)
        assert executor.notes.kinds == [Kind.REQUEST, Kind.COMPLETE, Kind.COMPLETE]


def test_10_a_record_has_one_chain_of_reminders_and_its_pauses_double_up_to_a_minute() -> None:
    executor = Executor(switches())
    record = executor.hand_over()
    for _ in range(7):
        executor.manager.reminded(record, 0)
    assert executor.notes.reminders == [5_000, 5_000, 10_000, 20_000, 40_000, 60_000, 60_000, 60_000]
    executor.receive(Kind.ACK, epoch=1)
    executor.manager.reminded(record, 0)
    assert len(executor.notes.reminders) == 8


@pytest.mark.parametrize(
    ("first", "pauses"),
    [
        (120_000, [120_000] * 6),  # longer than a minute
        (45_000, [45_000, 60_000, 60_000, 60_000, 60_000, 60_000]),
        (1, [1, 2, 4, 8, 16, 32]),
    ],
)
def test_10_no_reminder_comes_before_retransmit_after(first: int, pauses: list[int]) -> None:
    executor = Executor(switches())
    executor.manager.adjust(executor.manager.settings._replace(retransmit_after=first), 0)
    record = executor.hand_over()
    for _ in range(6):
        executor.manager.reminded(record, 0)
    assert executor.notes.reminders == [first, *pauses]  # the first one is of the Request


def test_10_reminders_reach_the_maximum_from_the_shortest_first_pause() -> None:
    executor = Executor(switches())
    executor.manager.adjust(executor.manager.settings._replace(retransmit_after=1), 0)
    record = executor.hand_over()
    for _ in range(40):
        executor.manager.reminded(record, 0)
    assert executor.notes.reminders[-24:] == [60_000] * 24
    assert executor.notes.reminders[-25] == 2**15


def test_10_a_request_that_comes_again_is_accepted_again() -> None:
    executor = Executor(switches(), home=False)
    executor.admit()
    executor.receive(Kind.REQUEST, epoch=1)
    assert executor.notes.kinds == [Kind.ACCEPT, Kind.ACCEPT]


@off_and_on
def test_11_an_older_checkpoint_rolls_the_state_back_unless_they_are_ordered(on: bool) -> None:
    executor = Executor(switches(ordered_checkpoints=on), home=False)
    executor.manager.checkpoints.store(ACTOR, 5)
    executor.admit()
    executor.receive(Kind.COMPLETE, sequence=3)
    assert executor.notes.hazards == [11]
    assert executor.notes.stages == ([] if on else ["restore"])
    assert executor.manager.checkpoints[ACTOR] == 5  # the store refuses it in both cases


@off_and_on
@pytest.mark.parametrize("wrong", [{"damaged": True}, {"content": (0, -1)}])
def test_12_an_empty_checkpoint_is_restored_unless_it_is_verified_and_a_corrupt_one_never(
    on: bool, wrong: dict[str, object]
) -> None:
    executor = Executor(switches(verified_checkpoints=on), home=False)
    executor.admit()
    executor.receive(Kind.COMPLETE, **wrong)
    refused = on or "damaged" in wrong
    assert executor.notes.hazards == [12]
    assert executor.notes.stages == ([] if refused else ["restore"])
    if refused:
        answer = executor.notes.sent[-1]
        assert (executor.state, answer.kind, answer.reason) == (State.FAILED, Kind.CANCELLED, REFUSED)


def test_12_a_final_checkpoint_of_an_actor_that_is_not_here_is_empty() -> None:
    executor = Executor(switches(), home=False)
    executor.hand_over()
    assert executor.notes.sent[-1].content == (0, -1)


@off_and_on
def test_13_a_restart_runs_an_actor_that_has_been_sent_away_unless_records_are_durable(on: bool) -> None:
    executor = Executor(switches(durable_records=on))
    executor.hand_over()
    executor.manager.crash(disk_survives=True)
    executor.manager.recover(0)
    assert (executor.state, executor.runs) == ((State.TRANSFERRING, False) if on else (State.IDLE, True))
    assert executor.notes.departures == ([] if on else ["forgotten"])


@off_and_on
def test_13_a_restart_leaves_paused_an_actor_whose_final_checkpoint_was_not_made_unless_records_are_durable(
    on: bool,
) -> None:
    executor = Executor(switches(durable_records=on))
    record = executor.pause()
    for _ in range(2):  # another restart does not change it either
        executor.manager.crash(disk_survives=True)
        executor.manager.recover(0)
        executor.manager.checkpointed(record, 0)  # the interrupted checkpoint is not made any more
        assert (executor.state, executor.runs) == ((State.FAILED, True) if on else (State.IDLE, False))


def test_13_an_earlier_final_checkpoint_does_not_change_this() -> None:
    executor = Executor(switches(durable_records=False))
    executor.hand_over()
    executor.receive(Kind.CANCELLED, epoch=1)  # it runs on here
    executor.ask(attempt=SECOND)
    executor.receive(Kind.ACCEPT, attempt=SECOND, epoch=2)
    executor.manager.crash(disk_survives=True)
    executor.manager.recover(0)
    assert not executor.runs


def test_13_a_restart_runs_the_actors_that_live_here_and_ends_the_attempts_that_cannot_go_on() -> None:
    executor = Executor(switches())
    executor.pause()
    executor.manager.crash(disk_survives=True)
    executor.manager.recover(0)
    assert (executor.state, executor.runs) == (State.FAILED, True)
    target = Executor(switches(), home=False)
    target.admit()
    target.manager.crash(disk_survives=True)
    target.manager.recover(0)
    target.receive(Kind.COMPLETE)
    assert (target.state, target.notes.kinds) == (State.FAILED, [Kind.ACCEPT, Kind.CANCELLED])


def test_13_a_lost_disk_takes_everything() -> None:
    executor = Executor(switches())
    executor.hand_over()
    executor.manager.crash(disk_survives=False)
    executor.manager.recover(0)
    assert (executor.state, executor.runs, dict(executor.manager.checkpoints)) == (State.IDLE, False, {})
    assert executor.manager.runtime.next_epoch(ACTOR) == 1


@off_and_on
def test_14_an_older_copy_goes_on_making_checkpoints_unless_epochs_fence_it_off(on: bool) -> None:
    executor = Executor(switches(fencing_epochs=on, two_phase_handover=False))
    executor.hand_over()
    executor.manager.detect_timeouts(LATE)
    assert executor.runs
    executor.receive(Kind.ACK, LATE, epoch=1)
    assert executor.runs is not on


@off_and_on
def test_14_an_unguarded_complete_of_an_epoch_that_has_run_is_obeyed_unless_epochs_fence_it_off(on: bool) -> None:
    executor = Executor(switches(fencing_epochs=on, guarded_transitions=False, ordered_checkpoints=False), home=False)
    record = executor.admit()
    executor.receive(Kind.COMPLETE)
    executor.manager.restored(record, 0)
    executor.receive(Kind.COMPLETE)
    assert executor.state is (State.COMPLETE if on else State.RESTORING)


@pytest.mark.parametrize("tracked", [(State.REQUESTING,), (State.REQUESTING, State.CHECKPOINTING)])
def test_16_a_record_that_is_stuck_refuses_every_later_migration_unless_its_state_is_tracked(
    tracked: tuple[State, ...],
) -> None:
    executor = Executor(switches(), tracked=tracked)
    executor.pause()
    executor.manager.detect_timeouts(LIFETIME + 1)
    begun = executor.manager.initiate(ACTOR, THIRD, SECOND, 10, LIFETIME + 1)
    assert begun is (State.CHECKPOINTING in tracked)
    assert (16 in executor.notes.hazards) is not begun
    assert ((State.CHECKPOINTING, Event.INITIATE) in executor.notes.not_fitting) is not begun


@off_and_on
@pytest.mark.parametrize("age", [LIFETIME, LIFETIME + 1])
def test_19_a_message_of_long_ago_is_obeyed_unless_it_expires(on: bool, age: int) -> None:
    executor = Executor(switches(message_expiry=on), home=False)
    executor.receive(Kind.REQUEST, age, epoch=1)
    old = age > LIFETIME
    assert executor.notes.hazards == ([19] if old else [])
    assert executor.notes.stages == ([] if old and on else ["evaluate"])


@pytest.mark.parametrize(
    ("kind", "state", "event"),
    [
        (Kind.REQUEST, State.IDLE, Event.ADMIT),
        (Kind.ACCEPT, State.REQUESTING, Event.ACCEPT),
        (Kind.REJECT, State.REQUESTING, Event.REJECT),
        (Kind.COMPLETE, State.RESTORING, Event.COMPLETE),
    ],
)
def test_19_every_message_of_an_attempt_that_goes_on_expires(kind: Kind, state: State, event: Event) -> None:
    executor = Executor(switches(), home=state is State.REQUESTING)
    if state is State.REQUESTING:
        executor.ask()
    elif state is State.RESTORING:
        executor.manager.evaluated(arriving(Kind.REQUEST, epoch=1), None, 0)
    executor.notes.started.clear()
    executor.receive(kind, LIFETIME + 1, epoch=1)
    assert executor.notes.not_fitting == [(state, event)]
    assert (executor.state, executor.notes.stages) == (state, [])


@pytest.mark.parametrize("kind", [Kind.ACK, Kind.CANCELLED])
def test_19_a_message_that_settles_a_hand_over_never_expires(kind: Kind) -> None:
    executor = Executor(switches())
    executor.hand_over(0)
    executor.receive(kind, 10 * LIFETIME, epoch=1)
    assert executor.state is (State.COMPLETE if kind is Kind.ACK else State.FAILED)


@off_and_on
def test_21_an_executor_that_was_not_asked_is_sent_the_actor_unless_origins_are_verified(on: bool) -> None:
    executor = Executor(switches(verified_origins=on))
    executor.ask()
    executor.receive(Kind.ACCEPT, epoch=1, signer=THIRD)
    assert executor.notes.hazards == [21]
    record = executor.record
    assert record is not None
    assert (record.state, record.peer) == ((State.REQUESTING, OTHER) if on else (State.CHECKPOINTING, THIRD))


@off_and_on
@pytest.mark.parametrize("paused", [False, True])
def test_21_an_executor_that_was_not_asked_has_the_actor_killed_by_an_ack_unless_origins_are_verified(
    on: bool, paused: bool
) -> None:
    executor = Executor(switches(verified_origins=on))
    if paused:
        executor.pause()
    executor.receive(Kind.ACK, epoch=1, signer=THIRD)
    assert (ACTOR in executor.manager.runtime.copies) is on


@off_and_on
def test_21_a_checkpoint_from_elsewhere_is_restored_unless_origins_are_verified(on: bool) -> None:
    executor = Executor(switches(verified_origins=on), home=False)
    executor.admit()
    executor.receive(Kind.COMPLETE, signer=THIRD)
    assert executor.notes.hazards == [21]
    assert executor.notes.stages == ([] if on else ["restore"])
    assert executor.notes.kinds == [Kind.ACCEPT]


@off_and_on
def test_21_a_cancel_from_elsewhere_ends_the_attempt_unless_origins_are_verified(on: bool) -> None:
    executor = Executor(switches(verified_origins=on), home=False)
    executor.admit()
    executor.receive(Kind.CANCEL, epoch=1, signer=THIRD)
    assert executor.notes.hazards == [21]
    assert executor.state is (State.RESTORING if on else State.FAILED)
