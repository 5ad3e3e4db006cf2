"""The manager of one executor, driven by hand: no simulation, no clock."""

import itertools

import pytest

from icnsim.protocol.manager import MigrationManager
from icnsim.protocol.messages import BROADCAST, ActorId, AttemptId, ExecutorId, Kind, Message
from icnsim.protocol.profile import PROFILES
from icnsim.protocol.record import MigrationRecord, Role
from icnsim.protocol.records import ENDED, TIMED_OUT
from icnsim.protocol.states import ACTIVE, DESIGNED_EVENTS, TERMINAL, TRANSITIONS, Event, State
from icnsim.protocol.watch import Settings
from tests.protocol.notes import ACTOR, FIRST, ME, OTHER, Executor, Notes, arriving, switches

ALL = dict.fromkeys(ACTIVE, 60_000)


def made(notes: Notes, timeouts: dict[State, int] = ALL, me: ExecutorId = ME) -> MigrationManager:
    """A manager of the designed protocol that keeps ended records for 300 s; the actor lives at `ME`."""
    manager = MigrationManager(me, notes, Settings(timeouts, 300_000), PROFILES["as-designed"])
    if me == ME:
        manager.runtime.settle(ACTOR, (0, ME))
    return manager


@pytest.fixture
def world() -> Notes:
    return Notes()


@pytest.fixture
def manager(world: Notes) -> MigrationManager:
    return made(world, {State.REQUESTING: 60_000})


def bring(manager: MigrationManager, world: Notes, state: State, now: int = 0) -> MigrationRecord | None:
    """Bring the manager's record of ACTOR into a state, by the shortest legal way."""
    record: MigrationRecord | None = None
    if state in (State.RESTORING,):
        manager.evaluated(arriving(Kind.REQUEST), None, now)
        record = manager.active[ACTOR]
    elif state is not State.IDLE:
        manager.initiate(ACTOR, OTHER, FIRST, 10, now)
        record = manager.active[ACTOR]
        if state is not State.REQUESTING:
            if state is State.FAILED:
                manager.on_reject(arriving(Kind.REJECT, reason="no"), now)
            else:
                manager.on_accept(arriving(Kind.ACCEPT), now)
                if state is not State.CHECKPOINTING:
                    manager.checkpointed(record, now)
                    if state is State.COMPLETE:
                        manager.on_ack(arriving(Kind.ACK), now)
    assert (record.state if record else State.IDLE) is state
    world.not_fitting.clear()
    world.entries.clear()
    return record


def make_happen(manager: MigrationManager, record: MigrationRecord | None, event: Event, now: int) -> None:
    """Let an event of FIRST happen, whatever the state is."""
    stand_in = record or MigrationRecord(ACTOR, FIRST, Role.SOURCE, OTHER, 10, 1)
    match event:
        case Event.INITIATE:
            manager.initiate(ACTOR, OTHER, FIRST, 10, now)
        case Event.ADMIT:
            manager.evaluated(arriving(Kind.REQUEST), None, now)
        case Event.ACCEPT:
            manager.on_accept(arriving(Kind.ACCEPT), now)
        case Event.REJECT:
            manager.on_reject(arriving(Kind.REJECT, reason="no"), now)
        case Event.CHECKPOINT:
            manager.checkpointed(stand_in, now)
        case Event.COMPLETE:
            manager.on_complete(arriving(Kind.COMPLETE, sequence=99), now)
        case Event.RESTORE:
            manager.restored(stand_in, now)
        case Event.ACK:
            manager.on_ack(arriving(Kind.ACK), now)
        case Event.TIME_OUT:
            manager.detect_timeouts(now + 60_001)
        case Event.CLEAN_UP:
            manager.cleanup_migrations(now + 300_000)


@pytest.mark.parametrize(("state", "event"), list(itertools.product(State, DESIGNED_EVENTS)))
def test_every_pair_of_state_and_event_is_a_transition_or_is_ignored(world: Notes, state: State, event: Event) -> None:
    manager = made(world)
    record = bring(manager, world, state)
    make_happen(manager, record, event, now=0)
    after = TRANSITIONS.get((state, event))
    if state in TERMINAL and event is Event.INITIATE:
        # A new record, which starts from IDLE, replaces the terminal record.
        assert world.gone == [("replaced", record)]
        assert manager.active[ACTOR].state is TRANSITIONS[State.IDLE, event]
    elif after is None:
        assert world.entries == []
        if event in (Event.TIME_OUT, Event.CLEAN_UP):
            assert world.not_fitting == []  # no event came, so nothing was ignored
        else:
            assert world.not_fitting == [(state, event)]
        assert (record.state if record else State.IDLE) is state
    else:
        assert world.not_fitting == []
        held = manager.active.get(ACTOR) or manager.ended.get(ACTOR)
        assert (held.state if held else State.IDLE) is after
        if event is Event.COMPLETE:
            assert world.started[-1] == ("restore", record)
        elif event is Event.CLEAN_UP:
            assert world.gone == [("removed", record)]
        else:
            assert world.entries == [after]


@pytest.mark.parametrize("state", [*ACTIVE, *TERMINAL])
@pytest.mark.parametrize("event", [Event.ACCEPT, Event.REJECT, Event.COMPLETE, Event.ACK])
def test_a_message_of_another_attempt_changes_nothing(world: Notes, state: State, event: Event) -> None:
    manager = made(world)
    record = bring(manager, world, state)
    assert record is not None
    before = (record.state, record.since, record.reason)
    record.attempt = AttemptId(FIRST + 1)
    make_happen(manager, record, event, now=5)
    assert (record.state, record.since, record.reason) == before
    assert world.not_fitting == [(state, event)]


def test_a_migration_sends_the_five_messages_of_the_protocol_in_order() -> None:
    source_world, target_world = Notes(), Notes()
    source = made(source_world)
    target = made(target_world, me=OTHER)
    assert source.initiate(ACTOR, OTHER, FIRST, 10, 0)
    request = source_world.sent[-1]
    assert request.kind is Kind.REQUEST and (request.sequence, request.size_bytes) == (0, 10)
    target.on_request(request, 200)
    assert target_world.started == [("evaluate", request)] and not target.active
    target.evaluated(request, None, 300)
    accept = target_world.sent[-1]
    assert accept.kind is Kind.ACCEPT
    source.on_accept(accept, 500)
    record = source.active[ACTOR]
    assert source_world.started == [("checkpoint", record)]
    source.checkpointed(record, 2500)
    complete = source_world.sent[-1]
    assert complete.kind is Kind.COMPLETE and complete.sequence == 1
    target.on_complete(complete, 2700)
    assert target.active[ACTOR].since == 300, "Restoring dates from the Accept"
    target.restored(target.active[ACTOR], 3200)
    ack = target_world.sent[-1]
    assert ack.kind is Kind.ACK
    source.on_ack(ack, 3400)
    assert [m.kind for m in source_world.sent] == [Kind.REQUEST, Kind.COMPLETE]
    assert [m.kind for m in target_world.sent] == [Kind.ACCEPT, Kind.ACK]
    assert (source.ended[ACTOR].since, target.ended[ACTOR].since) == (3400, 3200)


def test_a_record_of_exactly_the_timeout_is_not_yet_late(manager: MigrationManager) -> None:
    manager.initiate(ACTOR, OTHER, FIRST, 10, now=0)
    assert manager.detect_timeouts(now=60_000) == []
    (record,) = manager.detect_timeouts(now=60_001)
    assert (record.state, record.reason, record.since) == (State.FAILED, TIMED_OUT, 60_001)


def test_only_tracked_states_time_out_each_after_its_own_timeout(world: Notes) -> None:
    manager = made(world, {State.TRANSFERRING: 5_000})
    manager.initiate(ACTOR, OTHER, FIRST, 10, now=0)
    assert manager.detect_timeouts(now=10**9) == []
    manager.on_accept(arriving(Kind.ACCEPT), 0)
    manager.checkpointed(manager.active[ACTOR], 1_000)
    assert manager.detect_timeouts(now=6_000) == []
    assert len(manager.detect_timeouts(now=6_001)) == 1


def test_a_terminal_record_is_kept_while_younger_than_the_retention(manager: MigrationManager) -> None:
    manager.initiate(ACTOR, OTHER, FIRST, 10, now=0)
    manager.on_reject(arriving(Kind.REJECT, reason="no"), now=0)
    assert manager.cleanup_migrations(now=299_999) == []
    assert len(manager.cleanup_migrations(now=300_000)) == 1
    assert not manager.ended


def test_an_active_record_is_never_removed(manager: MigrationManager) -> None:
    manager.initiate(ACTOR, OTHER, FIRST, 10, now=0)
    assert manager.cleanup_migrations(now=10**12) == []


def test_a_clock_that_goes_back_makes_an_age_of_zero(manager: MigrationManager) -> None:
    manager.initiate(ACTOR, OTHER, FIRST, 10, now=10**6)
    assert manager.detect_timeouts(now=0) == []
    manager.on_reject(arriving(Kind.REJECT, reason="no"), now=10**6)
    assert manager.cleanup_migrations(now=0) == []


def test_cleanup_finds_old_records_after_the_clock_went_back(manager: MigrationManager) -> None:
    for actor, now in ((ActorId(1), 1_000_000), (ActorId(2), 500_000), (ActorId(3), 1_000_000)):
        manager.initiate(actor, OTHER, AttemptId(actor), 10, now)
        manager.on_reject(arriving(Kind.REJECT, actor=actor, attempt=AttemptId(actor), reason="no"), now)
    assert [record.actor for record in manager.cleanup_migrations(now=800_000)] == [2]
    assert [record.actor for record in manager.cleanup_migrations(now=1_300_000)] == [1, 3]


@pytest.mark.parametrize("state", [State.CHECKPOINTING, State.TRANSFERRING])
def test_a_source_that_fails_after_accept_resumes_the_actor(world: Notes, state: State) -> None:
    manager = made(world)
    bring(manager, world, state)
    manager.detect_timeouts(now=60_001)
    assert world.running == [("pause", FIRST), ("runs", FIRST)]


def test_a_source_whose_actor_has_ended_gives_up_its_request(manager: MigrationManager, world: Notes) -> None:
    manager.actor_ended(ACTOR, 5)
    assert world.moves == []
    record = bring(manager, world, State.REQUESTING)
    manager.actor_ended(ActorId(8), 5)
    assert record is not None and record.state is State.REQUESTING
    manager.actor_ended(ACTOR, 5)
    assert (record.state, record.since, record.reason) == (State.FAILED, 5, ENDED)


@pytest.mark.parametrize("state", [State.CHECKPOINTING, State.TRANSFERRING])
def test_a_source_whose_actor_has_ended_goes_on_after_the_accept(world: Notes, state: State) -> None:
    manager = made(world)
    record = bring(manager, world, state)
    manager.actor_ended(ACTOR, 5)
    assert record is not None and record.state is state


def test_a_source_whose_target_is_asked_takes_no_checkpoint_before_the_accept(world: Notes) -> None:
    manager = made(world)
    record = bring(manager, world, State.REQUESTING)
    assert record is not None and not manager.takes_checkpoint(record)
    manager.on_accept(arriving(Kind.ACCEPT), 0)
    assert manager.takes_checkpoint(record)
    manager.checkpointed(record, 0)
    assert not manager.takes_checkpoint(record)


def test_an_active_record_blocks_another_migration_of_its_actor(manager: MigrationManager, world: Notes) -> None:
    assert manager.initiate(ACTOR, OTHER, FIRST, 10, now=0)
    assert not manager.initiate(ACTOR, OTHER, AttemptId(FIRST + 1), 10, now=1)
    manager.on_request(arriving(Kind.REQUEST, attempt=AttemptId(9)), now=2)
    assert world.not_fitting == [(State.REQUESTING, Event.INITIATE), (State.REQUESTING, Event.ADMIT)]
    assert len(world.sent) == 1


@pytest.mark.parametrize("state", TERMINAL)
def test_a_request_of_a_new_attempt_replaces_a_terminal_record(world: Notes, state: State) -> None:
    manager = made(world)
    record = bring(manager, world, state)
    request = arriving(Kind.REQUEST, attempt=AttemptId(FIRST + 1))
    manager.on_request(request, 1)
    manager.evaluated(request, None, 2)
    assert world.gone == [("replaced", record)]
    assert manager.active[ACTOR].state is State.RESTORING


def test_a_second_copy_of_a_request_is_ignored_after_the_migration_has_ended(
    manager: MigrationManager, world: Notes
) -> None:
    record = bring(manager, world, State.RESTORING)
    assert record is not None
    manager.restored(record, 5)
    manager.on_request(arriving(Kind.REQUEST), 6)
    assert world.not_fitting == [(State.COMPLETE, Event.ADMIT)]
    assert not manager.active


def test_a_stale_final_checkpoint_is_refused(manager: MigrationManager, world: Notes) -> None:
    manager.checkpoints.store(ACTOR, 5)
    record = bring(manager, world, State.RESTORING)
    manager.on_complete(arriving(Kind.COMPLETE, sequence=5), now=1)
    assert world.not_fitting == [(State.RESTORING, Event.COMPLETE)]
    manager.on_complete(arriving(Kind.COMPLETE, sequence=6), now=2)
    assert world.started[-1] == ("restore", record)


def test_an_accept_is_addressed_to_the_source_and_carries_the_epoch() -> None:
    executor = Executor(switches(), home=False)
    executor.admit(5, epoch=3)
    assert executor.notes.sent == [Message(Kind.ACCEPT, ACTOR, FIRST, ME, OTHER, epoch=3, sent_at=5, signer=ME)]


def test_a_broadcast_answer_at_a_target_is_a_loopback() -> None:
    executor = Executor(switches("as-implemented"), home=False)
    executor.admit()
    executor.receive(Kind.ACCEPT, receiver=BROADCAST)
    assert 8 in executor.notes.hazards


def test_an_ack_drops_the_paused_copy() -> None:
    executor = Executor(switches("as-designed"))
    executor.hand_over()
    executor.receive(Kind.ACK)
    assert executor.record is not None
    assert (executor.record.state, executor.record.reason) == (State.COMPLETE, "")
    assert executor.notes.running[-1] == ("drop", FIRST)
    assert ACTOR not in executor.manager.runtime.copies


def test_a_repeated_request_is_answered_again_only_with_retransmission() -> None:
    for retransmission in (False, True):
        executor = Executor(switches(retransmission=retransmission), home=False)
        executor.admit()
        executor.receive(Kind.REQUEST, epoch=1)
        assert executor.notes.kinds == [Kind.ACCEPT] * (1 + retransmission)
        assert executor.notes.not_fitting == ([] if retransmission else [(State.RESTORING, Event.ADMIT)])


class Copying(Notes):
    """Notes of a manager that copies the memory of an actor while it runs."""

    def copy(self, record: MigrationRecord) -> None:
        self.started.append(("copy", record))


def test_a_memory_is_copied_before_the_actor_is_paused() -> None:
    world = Copying()
    manager = made(world)
    manager.copies_live = True
    manager.initiate(ACTOR, OTHER, FIRST, 10, 0)
    record = manager.active[ACTOR]
    manager.on_accept(arriving(Kind.ACCEPT), 0)
    assert (world.started, record.state, world.running) == ([("copy", record)], State.CHECKPOINTING, [])
    manager.copied(record)
    assert (world.stages, world.running) == (["copy", "checkpoint"], [("pause", FIRST)])
    manager.checkpointed(record, 0)
    manager.copied(record)  # the record has left its state
    assert world.stages == ["copy", "checkpoint"]


def test_records_that_end_after_the_clock_was_set_back_are_removed_in_the_order_of_their_ends() -> None:
    executor, other = Executor(switches("as-designed")), ActorId(ACTOR + 1)
    executor.manager.runtime.settle(other, (0, ME))
    for actor, attempt, now in ((ACTOR, FIRST, 100), (other, AttemptId(9), 50)):
        assert executor.manager.initiate(actor, OTHER, attempt, 10, now)
        executor.receive(Kind.REJECT, now, actor=actor, attempt=attempt, reason="no", epoch=1)
    assert list(executor.manager.ended) == [other, ACTOR]
    executor.manager.cleanup_migrations(50 + 300_000)
    assert list(executor.manager.ended) == [ACTOR]
