"""The checkpoint store and the schedule of checkpoints, by hand."""

import pytest

from icnsim.protocol.checkpoint import CheckpointStore, Schedule
from icnsim.protocol.messages import ActorId

ACTOR, OTHER = ActorId(7), ActorId(8)


def test_only_a_newer_checkpoint_is_stored() -> None:
    store = CheckpointStore()
    assert not store.store(ACTOR, 0)  # 0 means no checkpoint
    assert store.store(ACTOR, 3)
    assert not store.store(ACTOR, 3)
    assert not store.store(ACTOR, 2)
    assert store.store(ACTOR, 4)
    assert store.store(OTHER, 1)
    assert store == {ACTOR: 4, OTHER: 1}


def test_a_new_checkpoint_has_the_next_number() -> None:
    store = CheckpointStore()
    assert [store.mint(ACTOR), store.mint(ACTOR), store.mint(OTHER)] == [1, 2, 1]
    store.store(ACTOR, 9)
    assert store.mint(ACTOR) == 10


def test_a_newer_checkpoint_replaces_one_with_a_wrong_signature_and_a_stale_one_does_not() -> None:
    store = CheckpointStore()
    store.store(ACTOR, 3)
    store.unsigned.add(ACTOR)
    store.store(ACTOR, 3)
    assert store.unsigned == {ACTOR}
    store.store(ACTOR, 4)
    assert store.unsigned == set()
    store.unsigned.add(ACTOR)
    store.clear()
    assert (store, store.unsigned) == ({}, set())


@pytest.mark.parametrize(("ran", "stored"), [(0, 0), (14, 0), (15, 1), (24, 1), (25, 2), (105, 10)])
def test_a_checkpoint_is_stored_after_its_interval_its_making_and_its_flush(ran: int, stored: int) -> None:
    assert Schedule(10, cost=2, flush=3).stored(ran) == stored


@pytest.mark.parametrize(
    ("ran", "work"), [(9, 9), (10, 10), (11, 10), (12, 10), (13, 11), (20, 18), (22, 18), (30, 26)]
)
def test_an_actor_that_pauses_does_no_work_while_it_makes_a_checkpoint(ran: int, work: int) -> None:
    """Checkpoints begin at 10, 20 and 30, and take 2 each."""
    assert Schedule(10, cost=2, pauses=True).work(ran) == work
    assert Schedule(10, cost=2).work(ran) == ran


def test_the_saved_work_is_that_at_the_beginning_of_the_newest_stored_checkpoint() -> None:
    schedule = Schedule(10, cost=2, flush=3, pauses=True)
    assert [schedule.saved(ran) for ran in (14, 15, 24, 25)] == [0, 10, 10, 18]
