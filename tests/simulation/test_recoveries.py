"""What a crash costs an actor whose run was interrupted by a migration that failed."""

from icnsim.recording.columns import Recording
from tests.simulation.test_mailbox import between, chatting

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
    assert run.recoveries is not None
    return {name: int(column[0]) for name, column in run.recoveries.items()}


def test_checkpoints_come_an_interval_of_run_time_apart() -> None:
    # It runs up to 40.5 s and from 50 s on: the checkpoint after a minute is made at 69.5 s.
    found = row(crashed(asked=40, at=95))
    assert (found["sequence"], found["work_lost"]) == (1, 25_500_000)
    assert found["messages_lost"] == between(69.5, 95)


def test_a_pause_after_the_last_checkpoint_is_no_work_that_is_lost() -> None:
    # It makes one at 60 s, runs up to 70.5 s and from 80 s on.
    found = row(crashed(asked=70, at=85))
    assert (found["sequence"], found["work_lost"]) == (1, 15_500_000)


def test_messages_handled_between_the_last_checkpoint_and_a_pause_are_lost() -> None:
    assert row(crashed(asked=70, at=85))["messages_lost"] == between(60, 85)


def test_where_no_checkpoint_is_left_all_that_the_actor_has_done_is_lost() -> None:
    durable = "kind: crash, executors: a-0, at: 100s, restart_after: 10s"
    lost_disk = "kind: crash, executors: a-0, at: 200s, restart_after: 10s, state: volatile"
    late = "kind: reordering, at: 0s, messages: [request], delay: 20min"
    run = chatting(late, durable, lost_disk, **INTERRUPTED)
    assert run.recoveries is not None
    # 40 s since its checkpoint at 60 s; then 60 s that were saved, and 90 s since the restart.
    assert run.recoveries["sequence"].tolist() == [1, 0]
    assert run.recoveries["work_lost"].tolist() == [40_000_000, 150_000_000]


def test_so_it_is_where_the_executor_never_returns_but_not_where_the_actor_runs_elsewhere_later() -> None:
    for_ever = "kind: crash, executors: a-0, at: {at}s"
    late = "kind: reordering, at: 0s, messages: [request], delay: 20min"
    found = row(chatting(late, for_ever.format(at=100), **INTERRUPTED))
    assert (found["sequence"], found["work_lost"], found["restarted"]) == (0, 100_000_000, -1)
    # It crashes when it has sent the actor away: nothing that it had done is lost.
    moved = chatting(for_ever.format(at=2.6))
    assert moved.recoveries is not None and moved.recoveries["work_lost"].tolist() == [0]
    assert moved.actors is not None and moved.actors["executor"].tolist() == [1]
