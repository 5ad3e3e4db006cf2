"""The table of each profile: every event in every state moves a record as the table says, or changes nothing."""

import pytest

from icnsim.protocol.manager import EVENTS, Late
from icnsim.protocol.messages import AttemptId, Kind
from icnsim.protocol.profile import PROFILES
from icnsim.protocol.states import ACTIVE, TRANSITIONS, Event, State, table
from tests.protocol.notes import ACTOR, OTHER, RETENTION, Executor, arriving, switches

DESIGNED = PROFILES["as-designed"]

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
    executor = Executor(PROFILES[profile], home=home, votes=True)
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
    elif event in (Event.CHECKPOINT, Event.RESTORE, Event.DISPUTE):
        handler = {
            Event.CHECKPOINT: manager.checkpointed,
            Event.RESTORE: manager.restored,
            Event.DISPUTE: manager.checkpoint_disputed,
        }[event]
        handler(Executor(switches()).pause() if record is None else record, 0)
    elif event is Event.TIME_OUT:
        manager.fail_late([] if record is None else [Late(record, record.state, record.since)], 0)
    elif event is Event.CLEAN_UP:
        manager.cleanup_migrations(RETENTION)
    else:
        manager.crash(disk_survives=True)
        manager.recover(0)


@pytest.mark.parametrize("profile", PROFILES)
@pytest.mark.parametrize("state", State)
def test_an_event_moves_a_record_as_its_profiles_table_says_and_otherwise_not(profile: str, state: State) -> None:
    rows = table(PROFILES[profile], votes=True)
    for event, home in ((event, home) for of, at, event, home in CASES if (of, at) == (profile, state)):
        executor = brought_to(profile, state, home=home)
        happens(executor, event)
        expected = rows.get((state, event))
        if event is Event.CLEAN_UP:
            assert executor.state is (State.IDLE if expected is not None else state), (event, home)
        elif expected is not None:
            assert executor.notes.moves[0] == (state, event), home
            assert executor.state is expected, (event, home)
        elif event is Event.RECOVER and not PROFILES[profile].durable_records:
            assert executor.state is State.IDLE, home
        else:
            assert executor.notes.moves == [], (event, home)
            assert executor.state is state, (event, home)


@pytest.mark.parametrize("profile", PROFILES)
def test_every_row_of_a_profiles_table_is_tried(profile: str) -> None:
    tried = {(state, event) for name, state, event, _ in CASES if name == profile}
    openings = {(State.IDLE, Event.INITIATE), (State.IDLE, Event.ADMIT)}
    assert set(table(PROFILES[profile], votes=True)) - tried == openings


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
    assert executor.notes.departures == (["replaced"] if state in (State.COMPLETE, State.FAILED) else [])


@pytest.mark.parametrize("profile", PROFILES)
@pytest.mark.parametrize("state", State)
def test_a_request_that_the_policy_takes_is_admitted_where_nothing_blocks(profile: str, state: State) -> None:
    executor = brought_to(profile, state, home=state is not State.RESTORING)
    executor.manager.evaluated(arriving(Kind.REQUEST, attempt=AttemptId(9), epoch=9), None, 0)
    admitted = state not in ACTIVE or not PROFILES[profile].guarded_transitions
    assert executor.notes.kinds == ([Kind.ACCEPT] if admitted else [])
    assert executor.state is (State.RESTORING if admitted else state)


@pytest.mark.parametrize("profile", PROFILES)
def test_only_votes_on_checkpoints_add_the_row_of_a_dispute(profile: str) -> None:
    without, having = table(PROFILES[profile]), table(PROFILES[profile], votes=True)
    assert having == {**without, (State.CHECKPOINTING, Event.DISPUTE): State.FAILED}
    assert (State.CHECKPOINTING, Event.DISPUTE) not in without


def test_the_designs_table_is_the_one_that_code_and_pages_are_made_from() -> None:
    assert table(DESIGNED) == TRANSITIONS


LETTERS = dict(zip("ircxpdf", State, strict=True))
"""Idle, Requesting, Checkpointing, X for Transferring, P for Restoring (prepared), D for Complete (done), Failed."""
DESIGN = {
    Event.INITIATE: "i>r", Event.ADMIT: "i>p", Event.ACCEPT: "r>c", Event.REJECT: "r>f", Event.CHECKPOINT: "c>x",
    Event.COMPLETE: "p>p", Event.RESTORE: "p>d", Event.ACK: "x>d", Event.TIME_OUT: "r>f c>f x>f p>f",
    Event.CLEAN_UP: "d>i f>i",
}  # fmt: skip
CODE = DESIGN | {
    Event.ACCEPT: "i>c r>c c>c x>c p>c d>c f>c", Event.REJECT: "i>f r>f c>f x>f p>f d>f f>f",
    Event.CHECKPOINT: "c>x f>x", Event.COMPLETE: "i>p r>p c>p x>p p>p d>p f>p", Event.RESTORE: "p>d f>d",
    Event.ACK: "", Event.TIME_OUT: "r>f c>f x>f p>f d>f",
}  # fmt: skip
HARDENED = DESIGN | {
    Event.TIME_OUT: "r>f c>f x>x p>f", Event.CANCEL: "p>f", Event.CANCELLED: "x>f", Event.RECOVER: "r>f c>f x>x p>f",
}  # fmt: skip


@pytest.mark.parametrize(
    ("profile", "steps"),
    [("as-designed", DESIGN), ("as-committed", CODE), ("as-implemented", CODE), ("hardened", HARDENED)],
)
def test_the_table_of_a_profile_is_that_of_the_protocols_description(profile: str, steps: dict[Event, str]) -> None:
    """The steps of sections 2, 7 and 9 of PROTOCOL, by event."""
    expected = {(LETTERS[step[0]], event): LETTERS[step[2]] for event, text in steps.items() for step in text.split()}
    assert table(PROFILES[profile]) == expected
