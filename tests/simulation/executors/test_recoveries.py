"""The cost of a crash for an actor whose run was interrupted by a failed migration."""

import pytest

from icnsim.recording.columns import Recording
from tests.simulation.executors.test_mailbox import between, chatting
from tests.simulation.small import simulated

INTERRUPTED = {
    "manager.tracked_states": ["requesting", "checkpointing"],
    "manager.timeout": {"requesting": "5min", "checkpointing": "5s"},
    "manager.check_interval": "5s",
    "stages.checkpoint": "20s",  # never made
}


def crashed(asked: int, at: int) -> Recording:
    """Paused half a second after it was asked for, resumed at the next tick but one, crashed at that time."""
    late = f"kind: reordering, at: 0s, messages: [request], delay: {asked}s"
    return chatting(late, f"kind: crash, executors: a-0, at: {at}s, restart_after: 2s", **INTERRUPTED)


def row(run: Recording) -> dict[str, int]:
    return {name: int(column[0]) for name, column in run.recoveries.items()}


def test_checkpoints_come_an_interval_of_run_time_apart() -> None:
    # It runs up to 40.5 s and from 50 s on: the checkpoint after a minute is made at 69.5 s.
    found = row(crashed(asked=40, at=95))
    assert (found["sequence"], found["work_lost"]) == (1, 25_500_000)
    assert found["messages_lost"] == between(69.5, 95)


def test_a_pause_after_the_last_checkpoint_is_not_lost_work() -> None:
    # It makes one at 60 s, runs up to 70.5 s and from 80 s on.
    found = row(crashed(asked=70, at=85))
    assert (found["sequence"], found["work_lost"]) == (1, 15_500_000)


def test_messages_handled_between_the_last_checkpoint_and_a_pause_are_lost() -> None:
    assert row(crashed(asked=70, at=85))["messages_lost"] == between(60, 85)


def test_without_a_checkpoint_all_work_of_the_actor_is_lost() -> None:
    durable = "kind: crash, executors: a-0, at: 100s, restart_after: 10s"
    lost_disk = "kind: crash, executors: a-0, at: 200s, restart_after: 10s, state: volatile"
    late = "kind: reordering, at: 0s, messages: [request], delay: 20min"
    run = chatting(late, durable, lost_disk, **INTERRUPTED)
    # 40 s since its checkpoint at 60 s; then 60 s that were saved, and 90 s since the restart.
    assert run.recoveries["sequence"].tolist() == [1, 0]
    assert run.recoveries["work_lost"].tolist() == [40_000_000, 150_000_000]


def test_all_work_is_lost_if_the_executor_never_restarts_unless_the_actor_runs_elsewhere_later() -> None:
    for_ever = "kind: crash, executors: a-0, at: {at}s"
    late = "kind: reordering, at: 0s, messages: [request], delay: 20min"
    found = row(chatting(late, for_ever.format(at=100), **INTERRUPTED))
    assert (found["sequence"], found["work_lost"], found["restarted"]) == (0, 100_000_000, -1)
    # It crashes when it has sent the actor away: no work is lost.
    moved = chatting(for_ever.format(at=2.6))
    assert moved.recoveries["work_lost"].tolist() == [0]
    assert moved.actors is not None and moved.actors["executor"].tolist() == [1]


DIES = "kind: crash, executors: {who}, at: {at}s"
LOSES = DIES + ", restart_after: 1s, state: volatile"


@pytest.mark.parametrize("fault", [DIES, LOSES])
def test_a_loss_of_the_last_copy_loses_the_work_since_the_old_home_s_checkpoint(fault: str) -> None:
    # It runs at a-0 up to 0.5 s, where its final checkpoint is made and stays, and at b-0 from 3.2 s on.
    found = row(simulated({}, fault.format(who="b-0", at=100)))
    assert (found["executor"], found["work_lost"], found["sequence"]) == (1, 96_800_000, 0)


def test_all_work_is_lost_if_the_old_home_has_also_lost_its_checkpoint() -> None:
    for at in (50, 150):
        found = row(simulated({}, LOSES.format(who="a-0", at=at), DIES.format(who="b-0", at=100)))
        assert (found["executor"], found["work_lost"]) == (1, 97_300_000)


def test_an_executor_that_has_refused_an_actor_has_the_checkpoint_that_it_was_asked_with() -> None:
    refusing = {"executors": [{"group": "a", "count": 1},
                              {"group": "b", "count": 1, "behavior": "rejecting", "hosts_actors": False}]}  # fmt: skip
    # Asked at 0 and 100 s: with nothing, and with the checkpoint that the actor has made after a minute.
    twice = {"workload.migrations": 2, "workload.arrivals.rate": "0.01/s"}
    assert row(simulated(refusing | twice, DIES.format(who="a-0", at=95)))["work_lost"] == 95_000_000
    assert row(simulated(refusing | twice, DIES.format(who="a-0", at=150)))["work_lost"] == 90_000_000


def test_an_empty_final_checkpoint_does_not_count() -> None:
    damaged = "kind: corrupt_checkpoint, executors: a-0, at: 0s, for: 10s, probability: 1, how: empty"
    restored = {"protocol.verified_checkpoints": False}
    lost = "kind: crash, executors: a-0, at: 50s, restart_after: 1s, state: volatile"
    found = row(simulated(restored, damaged, lost, DIES.format(who="b-0", at=100)))
    assert found["work_lost"] == 96_800_000  # it began with nothing there, and has nothing anywhere
