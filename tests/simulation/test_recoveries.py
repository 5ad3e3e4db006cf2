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
