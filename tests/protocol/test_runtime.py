"""The copies of one executor, and the epochs that permit it to run them."""

import pytest

from icnsim.protocol.messages import ActorId, AttemptId
from icnsim.protocol.runtime import Copy, Runtime

ACTOR, OTHER = ActorId(1), ActorId(2)


@pytest.fixture
def runtime() -> Runtime:
    return Runtime()


def test_an_actor_that_lives_here_runs_in_epoch_0(runtime: Runtime) -> None:
    runtime.settle(ACTOR, (0, 5))
    assert runtime.copies == {ACTOR: Copy(epoch=0, content=(0, 5), running=True, paused_for=None)}


def test_the_next_epoch_is_newer_than_all_that_were_heard_of(runtime: Runtime) -> None:
    assert [runtime.next_epoch(ACTOR), runtime.next_epoch(ACTOR), runtime.next_epoch(OTHER)] == [1, 2, 1]
    runtime.heard[ACTOR] = 7
    assert runtime.next_epoch(ACTOR) == 8


def test_an_epoch_may_begin_once(runtime: Runtime) -> None:
    assert runtime.may_begin(ACTOR, 1)
    runtime.begin(ACTOR, 1, (1, 0))
    assert not runtime.may_begin(ACTOR, 1)
    assert runtime.may_begin(ACTOR, 2)
    assert runtime.may_begin(OTHER, 1)


def test_a_promise_holds_for_the_epoch_and_all_before_it(runtime: Runtime) -> None:
    runtime.fence(ACTOR, 3)
    runtime.fence(ACTOR, 2)
    assert [runtime.may_begin(ACTOR, epoch) for epoch in (1, 2, 3, 4)] == [False, False, False, True]
    assert not runtime.has_begun(ACTOR, 1)


def test_that_an_epoch_has_begun_outlives_the_copy(runtime: Runtime) -> None:
    runtime.begin(ACTOR, 2, (1, 0))
    del runtime.copies[ACTOR]
    assert [runtime.has_begun(ACTOR, epoch) for epoch in (1, 2, 3)] == [True, True, False]


def test_a_copy_that_begins_takes_the_place_of_the_one_that_is_here(runtime: Runtime) -> None:
    runtime.settle(ACTOR, (0, 5))
    runtime.copies[ACTOR].running, runtime.copies[ACTOR].paused_for = False, AttemptId(1)
    runtime.begin(ACTOR, 3, (2, 0))
    assert runtime.copies[ACTOR] == Copy(epoch=3, content=(2, 0))


def test_an_older_epoch_that_begins_all_the_same_does_not_make_the_newest_older(runtime: Runtime) -> None:
    runtime.begin(ACTOR, 3, (2, 0))
    runtime.begin(ACTOR, 1, (1, 0))
    assert runtime.copies[ACTOR].epoch == 1
    assert not runtime.may_begin(ACTOR, 3)


def test_a_restart_without_durable_records_forgets_the_epochs_and_keeps_the_copies(runtime: Runtime) -> None:
    runtime.begin(ACTOR, 3, (2, 0))
    runtime.fence(ACTOR, 5)
    runtime.forget_epochs()
    assert runtime.may_begin(ACTOR, 1)
    assert runtime.next_epoch(ACTOR) == 1
    assert ACTOR in runtime.copies
