"""The manager of one executor, driven by hand: no simulation, no clock."""

import itertools

import pytest

from icnsim.protocol.manager import TIMED_OUT, MigrationManager
from icnsim.protocol.messages import ActorId, AttemptId, ExecutorId, Kind, Message
from icnsim.protocol.record import MigrationRecord, Role
from icnsim.protocol.states import ACTIVE, DESIGNED_EVENTS, TERMINAL, TRANSITIONS, Event, State

ACTOR, ME, OTHER, ATTEMPT = ActorId(7), ExecutorId(0), ExecutorId(1), AttemptId(3)
ALL = dict.fromkeys(ACTIVE, 60_000)


class World:
    """A port that notes what it is asked for."""

    def __init__(self) -> None:
        self.sent: list[Message] = []
        self.started: list[tuple[str, object]] = []
        self.entries: list[State] = []
        self.gone: list[tuple[str, MigrationRecord]] = []
        self.not_fitting: list[tuple[State, Event]] = []

    def send(self, message: Message) -> None:
        self.sent.append(message)

    def evaluate(self, request: Message) -> None:
        self.started.append(("evaluate", request))

    def checkpoint(self, record: MigrationRecord) -> None:
        self.started.append(("checkpoint", record))

    def restore(self, record: MigrationRecord) -> None:
        self.started.append(("restore", record))

    def resume(self, record: MigrationRecord) -> None:
        self.started.append(("resume", record))

    def entered(self, record: MigrationRecord) -> None:
        self.entries.append(record.state)

    def removed(self, record: MigrationRecord) -> None:
        self.gone.append(("removed", record))

    def replaced(self, record: MigrationRecord) -> None:
        self.gone.append(("replaced", record))

    def ignored(self, state: State, event: Event, attempt: int) -> None:
        self.not_fitting.append((state, event))


@pytest.fixture
def world() -> World:
    return World()


@pytest.fixture
def manager(world: World) -> MigrationManager:
    return MigrationManager(ME, world, {State.REQUESTING: 60_000}, retention=300_000)


def bring(manager: MigrationManager, world: World, state: State, now: int = 0) -> MigrationRecord | None:
    """Bring the manager's record of ACTOR into a state, by the shortest legal way."""
    record: MigrationRecord | None = None
    if state in (State.RESTORING,):
        manager.evaluated(Message(Kind.REQUEST, ACTOR, ATTEMPT, OTHER, ME, 10, 0), None, now)
        record = manager.active[ACTOR]
    elif state is not State.IDLE:
        manager.initiate(ACTOR, OTHER, ATTEMPT, 10, now)
        record = manager.active[ACTOR]
        if state is not State.REQUESTING:
            if state is State.FAILED:
                manager.on_reject(Message(Kind.REJECT, ACTOR, ATTEMPT, OTHER, ME, reason="no"), now)
            else:
                manager.on_accept(Message(Kind.ACCEPT, ACTOR, ATTEMPT, OTHER, ME), now)
                if state is not State.CHECKPOINTING:
                    manager.checkpointed(record, now)
                    if state is State.COMPLETE:
                        manager.on_ack(Message(Kind.ACK, ACTOR, ATTEMPT, OTHER, ME), now)
    assert (record.state if record else State.IDLE) is state
    world.not_fitting.clear()
    world.entries.clear()
    return record


def make_happen(manager: MigrationManager, record: MigrationRecord | None, event: Event, now: int) -> None:
    """Let an event of ATTEMPT happen, whatever the state is."""
    stand_in = record or MigrationRecord(ACTOR, ATTEMPT, Role.SOURCE, OTHER, 10)
    match event:
        case Event.INITIATE:
            manager.initiate(ACTOR, OTHER, ATTEMPT, 10, now)
        case Event.ADMIT:
            manager.evaluated(Message(Kind.REQUEST, ACTOR, ATTEMPT, OTHER, ME, 10, 0), None, now)
        case Event.ACCEPT:
            manager.on_accept(Message(Kind.ACCEPT, ACTOR, ATTEMPT, OTHER, ME), now)
        case Event.REJECT:
            manager.on_reject(Message(Kind.REJECT, ACTOR, ATTEMPT, OTHER, ME, reason="no"), now)
        case Event.CHECKPOINT:
            manager.checkpointed(stand_in, now)
        case Event.COMPLETE:
            manager.on_complete(Message(Kind.COMPLETE, ACTOR, ATTEMPT, OTHER, ME, 10, 99), now)
        case Event.RESTORE:
            manager.restored(stand_in, now)
        case Event.ACK:
            manager.on_ack(Message(Kind.ACK, ACTOR, ATTEMPT, OTHER, ME), now)
        case Event.TIME_OUT:
            manager.detect_timeouts(now + 60_001)
        case Event.CLEAN_UP:
            manager.cleanup_migrations(now + 300_000)


@pytest.mark.parametrize(("state", "event"), list(itertools.product(State, DESIGNED_EVENTS)))
def test_every_pair_of_state_and_event_is_a_transition_or_is_ignored(world: World, state: State, event: Event) -> None:
    manager = MigrationManager(ME, world, ALL, retention=300_000)
    record = bring(manager, world, state)
    make_happen(manager, record, event, now=0)
    after = TRANSITIONS.get((state, event))
    if state in TERMINAL and event is Event.INITIATE:
        # The terminal record gives way to a new one, which starts from IDLE.
        assert world.gone == [("replaced", record)]
        assert manager.active[ACTOR].state is TRANSITIONS[State.IDLE, event]
    elif after is None:
        assert world.entries == []
        if event in (Event.TIME_OUT, Event.CLEAN_UP):
            assert world.not_fitting == []  # nobody asked for it: there was nothing to find
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
def test_a_message_of_another_attempt_changes_nothing(world: World, state: State, event: Event) -> None:
    manager = MigrationManager(ME, world, ALL, retention=300_000)
    record = bring(manager, world, state)
    assert record is not None
    before = (record.state, record.since, record.reason)
    record.attempt = AttemptId(ATTEMPT + 1)
    make_happen(manager, record, event, now=5)
    assert (record.state, record.since, record.reason) == before
    assert world.not_fitting == [(state, event)]


def test_a_migration_sends_the_five_messages_of_the_protocol_in_order() -> None:
    source_world, target_world = World(), World()
    source = MigrationManager(ME, source_world, ALL, 300_000)
    target = MigrationManager(OTHER, target_world, ALL, 300_000)
    assert source.initiate(ACTOR, OTHER, ATTEMPT, 10, 0)
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
    manager.initiate(ACTOR, OTHER, ATTEMPT, 10, now=0)
    assert manager.detect_timeouts(now=60_000) == []
    (record,) = manager.detect_timeouts(now=60_001)
    assert (record.state, record.reason, record.since) == (State.FAILED, TIMED_OUT, 60_001)


def test_only_tracked_states_time_out_each_after_its_own_timeout(world: World) -> None:
    manager = MigrationManager(ME, world, {State.TRANSFERRING: 5_000}, 300_000)
    manager.initiate(ACTOR, OTHER, ATTEMPT, 10, now=0)
    assert manager.detect_timeouts(now=10**9) == []
    manager.on_accept(Message(Kind.ACCEPT, ACTOR, ATTEMPT, OTHER, ME), 0)
    manager.checkpointed(manager.active[ACTOR], 1_000)
    assert manager.detect_timeouts(now=6_000) == []
    assert len(manager.detect_timeouts(now=6_001)) == 1


def test_a_terminal_record_is_kept_while_younger_than_the_retention(manager: MigrationManager) -> None:
    manager.initiate(ACTOR, OTHER, ATTEMPT, 10, now=0)
    manager.on_reject(Message(Kind.REJECT, ACTOR, ATTEMPT, OTHER, ME, reason="no"), now=0)
    assert manager.cleanup_migrations(now=299_999) == []
    assert len(manager.cleanup_migrations(now=300_000)) == 1
    assert not manager.ended


def test_an_active_record_is_never_removed(manager: MigrationManager) -> None:
    manager.initiate(ACTOR, OTHER, ATTEMPT, 10, now=0)
    assert manager.cleanup_migrations(now=10**12) == []


def test_a_clock_that_goes_back_makes_an_age_of_zero(manager: MigrationManager) -> None:
    manager.initiate(ACTOR, OTHER, ATTEMPT, 10, now=10**6)
    assert manager.detect_timeouts(now=0) == []
    manager.on_reject(Message(Kind.REJECT, ACTOR, ATTEMPT, OTHER, ME, reason="no"), now=10**6)
    assert manager.cleanup_migrations(now=0) == []


def test_cleanup_finds_what_is_old_after_the_clock_went_back(manager: MigrationManager) -> None:
    for actor, now in ((ActorId(1), 1_000_000), (ActorId(2), 500_000), (ActorId(3), 1_000_000)):
        manager.initiate(actor, OTHER, AttemptId(actor), 10, now)
        manager.on_reject(Message(Kind.REJECT, actor, AttemptId(actor), OTHER, ME, reason="no"), now)
    assert [record.actor for record in manager.cleanup_migrations(now=800_000)] == [2]
    assert [record.actor for record in manager.cleanup_migrations(now=1_300_000)] == [1, 3]


@pytest.mark.parametrize("state", [State.CHECKPOINTING, State.TRANSFERRING])
def test_a_source_that_fails_after_accept_resumes_the_actor(world: World, state: State) -> None:
    manager = MigrationManager(ME, world, ALL, 300_000)
    record = bring(manager, world, state)
    manager.detect_timeouts(now=60_001)
    assert world.started[-1] == ("resume", record)


def test_an_active_record_blocks_another_migration_of_its_actor(manager: MigrationManager, world: World) -> None:
    assert manager.initiate(ACTOR, OTHER, ATTEMPT, 10, now=0)
    assert not manager.initiate(ACTOR, OTHER, AttemptId(ATTEMPT + 1), 10, now=1)
    manager.on_request(Message(Kind.REQUEST, ACTOR, AttemptId(9), OTHER, ME, 10, 0), now=2)
    assert world.not_fitting == [(State.REQUESTING, Event.INITIATE), (State.REQUESTING, Event.ADMIT)]
    assert len(world.sent) == 1


@pytest.mark.parametrize("state", TERMINAL)
def test_a_request_of_a_new_attempt_replaces_a_terminal_record(world: World, state: State) -> None:
    manager = MigrationManager(ME, world, ALL, 300_000)
    record = bring(manager, world, state)
    request = Message(Kind.REQUEST, ACTOR, AttemptId(ATTEMPT + 1), OTHER, ME, 10, 0)
    manager.on_request(request, 1)
    manager.evaluated(request, None, 2)
    assert world.gone == [("replaced", record)]
    assert manager.active[ACTOR].state is State.RESTORING


def test_a_second_copy_of_a_request_is_ignored_after_the_migration_has_ended(
    manager: MigrationManager, world: World
) -> None:
    record = bring(manager, world, State.RESTORING)
    assert record is not None
    manager.restored(record, 5)
    manager.on_request(Message(Kind.REQUEST, ACTOR, ATTEMPT, OTHER, ME, 10, 0), 6)
    assert world.not_fitting == [(State.COMPLETE, Event.ADMIT)]
    assert not manager.active


def test_a_stale_final_checkpoint_is_refused(manager: MigrationManager, world: World) -> None:
    manager.checkpoints.store(ACTOR, 5)
    record = bring(manager, world, State.RESTORING)
    manager.on_complete(Message(Kind.COMPLETE, ACTOR, ATTEMPT, OTHER, ME, 10, 5), now=1)
    assert world.not_fitting == [(State.RESTORING, Event.COMPLETE)]
    manager.on_complete(Message(Kind.COMPLETE, ACTOR, ATTEMPT, OTHER, ME, 10, 6), now=2)
    assert world.started[-1] == ("restore", record)
