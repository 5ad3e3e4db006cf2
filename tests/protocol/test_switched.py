"""The manager with switches: the design's twin with the design's switches, the table of each profile."""

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from icnsim.protocol.keeper import Late, Settings
from icnsim.protocol.manager import MigrationManager
from icnsim.protocol.messages import ActorId, AttemptId, ExecutorId, Kind, Message, SwitchedMessage
from icnsim.protocol.profile import PROFILES
from icnsim.protocol.record import MigrationRecord
from icnsim.protocol.runtime import Copy
from icnsim.protocol.states import ACTIVE, TRANSITIONS, Event, State, table
from icnsim.protocol.switched import EVENTS, SwitchedManager
from tests.protocol.notes import ACTOR, ME, OTHER, RETENTION, Executor, arriving, switches

DESIGNED = PROFILES["as-designed"]
TRACKINGS = ((State.REQUESTING,), ACTIVE)


class Log:
    """A port of both managers: the same calls make the same entries."""

    def __init__(self) -> None:
        self.log: list[Any] = []
        self.stages: list[tuple[str, Any]] = []
        self.restoring = False

    def send(self, message: Message) -> None:
        self.log.append((
            "send", message.kind, message.actor, message.attempt, message.sender, message.receiver,
            message.size_bytes, message.sequence, message.reason,
        ))  # fmt: skip

    def _start(self, name: str, subject: Any) -> None:
        self.log.append((name, subject.actor, subject.attempt))
        self.stages.append((name, subject))

    def evaluate(self, request: Message) -> None:
        self._start("evaluate", request)

    def checkpoint(self, record: MigrationRecord) -> None:
        self._start("checkpoint", record)

    def restore(self, record: MigrationRecord) -> None:
        self._start("restore", record)

    def resume(self, record: MigrationRecord) -> None:
        self.log.append(("resume", record.actor, record.attempt))

    def runs(self, actor: ActorId, copy: Copy, attempt: AttemptId) -> None:
        if not self.restoring:
            self.log.append(("resume", actor, attempt))

    def entered(self, record: MigrationRecord) -> None:
        self.log.append((
            "enter", record.actor, record.attempt, record.role, record.state, record.since, record.peer,
            record.sequence, record.reason,
        ))  # fmt: skip

    def removed(self, record: MigrationRecord) -> None:
        self.log.append(("removed", record.actor, record.attempt, record.state))

    def replaced(self, record: MigrationRecord) -> None:
        self.log.append(("replaced", record.actor, record.attempt, record.state))

    def ignored(self, state: State, event: Event, attempt: int) -> None:
        self.log.append(("ignored", state, event, attempt))

    def moved(self, record: MigrationRecord, before: State, event: Event, attempt: AttemptId) -> None: ...
    def stopped(self, actor: ActorId, attempt: AttemptId, how: str) -> None: ...
    def hazard(self, number: int, actor: ActorId, attempt: AttemptId) -> None: ...


class Twins:
    """Both managers, called alike. The peer of an attempt is given by its number."""

    def __init__(self, tracked: tuple[State, ...]) -> None:
        self.logs = Log(), Log()
        timeouts = dict.fromkeys(tracked, 100)
        self.plain = MigrationManager(ME, self.logs[0], timeouts, 150)
        self.switched = SwitchedManager(ME, self.logs[1], Settings(timeouts, 150), DESIGNED)
        self.now = 1000

    def call(self, name: str, actor: ActorId, attempt: AttemptId, number: int) -> None:
        peer = ExecutorId(1 + attempt % 2)
        kind = next((kind for kind in EVENTS if kind.label == name), None)
        if kind is not None:
            message = SwitchedMessage(kind, actor, attempt, peer, ME, 10 + number, number, "no" * (kind is Kind.REJECT))
            message.content, message.signer, message.sent_at = (number, peer), peer, self.now
            self.switched.receive(message, self.now)
            getattr(self.plain, f"on_{name}")(message, self.now)
        elif name == "initiate":
            if actor not in self.switched.runtime.copies:
                self.switched.runtime.settle(actor, (0, ME))
            begun = [m.initiate(actor, peer, attempt, number, self.now) for m in (self.plain, self.switched)]
            assert begun[0] is begun[1]
        elif name == "fit":
            self._fit(actor, number)
        elif name == "end":
            self._end(number)
        elif name == "tick":
            for manager in (self.plain, self.switched):
                manager.detect_timeouts(self.now)
                manager.cleanup_migrations(self.now)
        else:
            self.now = max(0, self.now + (-60 if name == "back" else 70 * number))

    def _fit(self, actor: ActorId, number: int) -> None:
        """What the actor's record waits for."""
        record = self.plain.active.get(actor)
        if record is None:
            self.call(("initiate", "request")[number % 2], actor, AttemptId(number), number)
        elif record.state in FITTING and not self.logs[0].stages:
            self.call(FITTING[record.state], actor, record.attempt, number)
        else:
            self._end(number)

    def _end(self, number: int) -> None:
        if not self.logs[0].stages:
            return
        place = number % len(self.logs[0].stages)
        for manager, log in zip((self.plain, self.switched), self.logs, strict=True):
            name, subject = log.stages.pop(place)
            log.restoring = name == "restore"
            if name == "evaluate":
                manager.evaluated(subject, "full" if number == 3 else None, self.now)
            else:
                getattr(manager, f"{name}ed" if name == "checkpoint" else "restored")(subject, self.now)
            log.restoring = False

    def agree(self) -> bool:
        held = [
            [
                (r.actor, r.attempt, r.state, r.since, r.sequence, r.reason)
                for r in (*m.active.values(), *m.ended.values())
            ]
            for m in (self.plain, self.switched)
        ]
        same_store = dict(self.plain.checkpoints) == dict(self.switched.checkpoints)
        return self.logs[0].log == self.logs[1].log and held[0] == held[1] and same_store


FITTING = {State.REQUESTING: "accept", State.TRANSFERRING: "ack", State.RESTORING: "complete"}
NAMES = (*["fit"] * 6, "initiate", "request", "accept", "reject", "complete", "ack", "end", "tick", "later", "back")
CALLS = st.lists(
    st.tuples(st.sampled_from(NAMES), st.sampled_from((ActorId(0), ActorId(1))), st.integers(0, 3), st.integers(0, 3)),
    min_size=30,
    max_size=80,
)


@pytest.mark.parametrize("tracked", TRACKINGS)
def test_with_the_designs_switches_it_does_what_the_design_does_call_for_call(tracked: tuple[State, ...]) -> None:
    seen: set[Any] = set()

    @settings(max_examples=300, deadline=None, derandomize=True, database=None)
    @given(CALLS)
    def alike(calls: list[tuple[str, ActorId, int, int]]) -> None:
        twins = Twins(tracked)
        for name, actor, attempt, number in calls:
            twins.call(name, actor, AttemptId(attempt), number)
            assert twins.agree(), (name, [log.log[-3:] for log in twins.logs])
        seen.update(entry[0] for entry in twins.logs[0].log)
        seen.update(entry[4] for entry in twins.logs[0].log if entry[0] == "enter")

    alike()
    usual = {"send", "evaluate", "checkpoint", "restore", "enter", "removed", "replaced", "ignored", *State}
    assert seen == (usual | ({"resume"} if tracked == ACTIVE else set())) - {State.IDLE}


# The table of each profile: every state, every event

CASES = [
    (profile, state, event, home)
    for profile in PROFILES
    for state in State
    for event in Event
    for home in (True, False)
    if event not in (Event.INITIATE, Event.ADMIT)  # a new migration replaces a record: tested apart
    if state in (State.IDLE, State.COMPLETE, State.FAILED) or home == (state is not State.RESTORING)
]


def brought_to(profile: str, state: State, *, home: bool) -> Executor:
    """An executor whose record of the first attempt, at its source or its target, is in a state."""
    executor = Executor(PROFILES[profile], home=home)
    manager = executor.manager
    if state is State.IDLE:
        return executor
    if not home:
        record = executor.admit()
        if state is State.COMPLETE:
            executor.receive(Kind.COMPLETE)
            manager.restored(record, 0)
        elif state is State.FAILED:
            manager.fail_late([Late(record, record.state, 0)], 0)
    elif state in (State.REQUESTING, State.FAILED):
        executor.ask()
        if state is State.FAILED:
            executor.receive(Kind.REJECT, reason="no", epoch=1)
    else:
        record = executor.pause()
        if state is not State.CHECKPOINTING:
            manager.checkpointed(record, 0)
        if state is State.COMPLETE and (State.TRANSFERRING, Event.ACK) in manager.rows:
            executor.receive(Kind.ACK, epoch=1)
        elif state is State.COMPLETE:  # nothing brings a source there
            record.state = State.COMPLETE
            manager.ended[ACTOR] = manager.active.pop(ACTOR)
    assert executor.state is state
    executor.notes.__init__()  # type: ignore[misc]
    return executor


def happens(executor: Executor, event: Event) -> None:
    manager, record = executor.manager, executor.record
    kind = next((kind for kind, its in EVENTS.items() if its is event), None)
    if kind is not None:
        executor.receive(kind, epoch=1, sequence=9)
    elif event in (Event.CHECKPOINT, Event.RESTORE):
        handler = manager.checkpointed if event is Event.CHECKPOINT else manager.restored
        handler(Executor(switches()).pause() if record is None else record, 0)
    elif event is Event.TIME_OUT:
        manager.fail_late([] if record is None else [Late(record, record.state, record.since)], 0)
    elif event is Event.CLEAN_UP:
        manager.cleanup_migrations(RETENTION)
    else:
        manager.crash(disk_survives=True)
        manager.recover(0)


@pytest.mark.parametrize(("profile", "state", "event", "home"), CASES)
def test_an_event_moves_a_record_as_its_profiles_table_says_and_otherwise_not(
    profile: str, state: State, event: Event, home: bool
) -> None:
    executor = brought_to(profile, state, home=home)
    rows = table(PROFILES[profile])
    happens(executor, event)
    expected = rows.get((state, event))
    if event is Event.CLEAN_UP:
        assert executor.state is (State.IDLE if expected is not None else state)
    elif expected is not None:
        assert executor.notes.moves[0] == (state, event)
        assert executor.state is expected
    elif event is Event.RECOVER and not PROFILES[profile].durable_records:
        assert executor.state is State.IDLE
    else:
        assert executor.notes.moves == []
        assert executor.state is state


@pytest.mark.parametrize("profile", PROFILES)
def test_every_row_of_a_profiles_table_is_tried(profile: str) -> None:
    tried = {(state, event) for name, state, event, _ in CASES if name == profile}
    openings = {(State.IDLE, Event.INITIATE), (State.IDLE, Event.ADMIT)}
    assert set(table(PROFILES[profile])) - tried == openings


@pytest.mark.parametrize("profile", PROFILES)
@pytest.mark.parametrize("state", State)
@pytest.mark.parametrize("home", [True, False])
def test_a_new_migration_begins_in_the_place_of_a_record_that_has_ended(profile: str, state: State, home: bool) -> None:
    if home == (state is State.RESTORING) and state not in (State.IDLE, State.COMPLETE, State.FAILED):
        return
    executor = brought_to(profile, state, home=home)
    begun = executor.manager.initiate(ACTOR, OTHER, AttemptId(9), 10, 0)
    assert begun is (state not in ACTIVE)
    assert executor.state is (State.REQUESTING if begun else state)
    assert executor.notes.gone == (["replaced"] if state in (State.COMPLETE, State.FAILED) else [])


@pytest.mark.parametrize("profile", PROFILES)
@pytest.mark.parametrize("state", State)
def test_a_request_that_the_policy_takes_is_admitted_where_nothing_blocks(profile: str, state: State) -> None:
    executor = brought_to(profile, state, home=state is not State.RESTORING)
    executor.manager.evaluated(arriving(Kind.REQUEST, attempt=AttemptId(9), epoch=9), None, 0)
    admitted = state not in ACTIVE or not PROFILES[profile].guarded_transitions
    assert executor.notes.kinds == ([Kind.ACCEPT] if admitted else [])
    assert executor.state is (State.RESTORING if admitted else state)


def test_the_designs_table_is_the_one_that_code_and_pages_are_made_from() -> None:
    assert table(DESIGNED) == TRANSITIONS
