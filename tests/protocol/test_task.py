"""The progress of an executor with a task, and the deadlines that it has missed."""

from hypothesis import given
from hypothesis import strategies as st

from icnsim.protocol.task import ComputeTask, Deadlines, Mode, Progress
from icnsim.protocol.wasm import PAGE

S = 1_000_000
STATEFUL = ComputeTask("t", Mode.STATEFUL, 3, 1000)


def test_a_task_whose_deadline_is_now_has_missed_it() -> None:
    deadlines = Deadlines()
    for task, deadline in enumerate((1000, 999, 1001)):
        deadlines.add(task, deadline)
    assert deadlines.timed_out(998) == []
    assert deadlines.timed_out(1000) == [1, 0]
    assert deadlines.timed_out(1000) == []  # returned once
    assert deadlines
    deadlines.clear()
    assert deadlines.timed_out(2000) == []


def test_a_part_of_a_run_uses_its_share_of_the_fuel_limit_in_whole_units() -> None:
    task = ComputeTask("t", fuel_limit=1000)
    assert [task.fuel(work * S, 3 * S) for work in (0, 1, 2, 3)] == [0, 333, 666, 1000]
    assert task.fuel(0, 0) == 1000


def test_a_payment_is_in_whole_credits_and_at_most_that_of_the_fuel_limit() -> None:
    task = ComputeTask("t", fuel_limit=5000, payment_rate=7)
    assert [task.payment(fuel) for fuel in (0, 142, 143, 999, 5000, 5143)] == [0, 0, 1, 6, 35, 35]
    assert ComputeTask("t").payment(10_000) == 0


def test_an_ephemeral_task_has_nothing_to_do_but_its_work() -> None:
    progress = Progress(ComputeTask("t"), 10 * S, 0, 0)
    assert (progress.left, progress.makes_checkpoints) == (10 * S, False)
    progress.work = 4 * S
    assert progress.left == 6 * S
    progress.work = 0


def test_a_checkpoint_is_due_after_each_interval_of_work() -> None:
    progress = Progress(STATEFUL, 10 * S, 0, 0)
    lefts = []
    while not progress.ended:
        lefts.append(progress.left / S)
        progress.work += progress.left
    assert lefts == [3, 3, 3, 1]
    assert progress.sequence(9 * S) == 3


def test_a_state_of_exactly_the_maximum_is_kept_and_one_byte_more_refused() -> None:
    assert Progress(STATEFUL, 10 * S, 1000, 0).checkpoint() == 1000
    larger = Progress(STATEFUL, 10 * S, 1001, 0)
    assert larger.checkpoint() is None
    assert larger.refused == 1


def test_a_wasm_state_is_whole_pages_and_a_state_grows_with_work() -> None:
    wasm = Progress(ComputeTask("t", Mode.WASM_STATEFUL, 3, 1), 10 * S, 1, 0)
    assert wasm.size == PAGE
    growing = Progress(STATEFUL, 10 * S, 100, 7)
    growing.work = 2_999_999
    assert (growing.size, growing.size_after(3 * S)) == (120, 121)


def test_a_stale_checkpoint_is_refused() -> None:
    progress = Progress(STATEFUL, 10 * S, 0, 0)
    assert progress.stored(6 * S)
    assert not progress.stored(6 * S)
    assert not progress.stored(3 * S)
    assert progress.saved == 6 * S


@given(st.integers(1, 50), st.integers(1, 20 * S), st.lists(st.tuples(st.integers(0, 9 * S), st.booleans())))
def test_work_is_the_saved_work_plus_the_work_since(
    interval: int, run_time: int, steps: list[tuple[int, bool]]
) -> None:
    """Steps of work, each followed by a crash or by a checkpoint that is due."""
    progress = Progress(ComputeTask("t", Mode.STATEFUL, interval, 1 << 40), run_time, 0, 0)
    done = 0
    for step, crashes in steps:
        before, worked = progress.work, min(step, progress.left)
        progress.work += worked
        done += worked
        if crashes:
            done -= progress.crash()
            assert progress.work == progress.saved <= before + worked
        elif progress.work and progress.work % (interval * S) == 0 and not progress.ended:
            progress.stored(progress.work)
        assert progress.work == done <= run_time
        assert progress.saved % (interval * S) == 0
