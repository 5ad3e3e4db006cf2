"""Each fault of an executor has the effect that docs/scenario.md describes, to the µs."""

import pytest

from tests.simulation.small import STEPS, S, absent, messages, simulated, times, took_effect


def steps_from(late: float, first: str) -> dict[str, float]:
    """All steps before `first` unchanged, and `late` seconds later from it on."""
    names = list(STEPS)
    return {name: round(at + (late if names.index(name) >= names.index(first) else 0), 6) for name, at in STEPS.items()}


def test_without_a_fault_all_steps_come_at_their_times() -> None:
    run = simulated()
    assert times(run) == STEPS and took_effect(run) == {}
    assert messages(run) == [("request", 0, 0.2), ("accept", 0.3, 0.5), ("complete", 2.5, 2.7), ("ack", 3.2, 3.4)]


# crash


def test_a_message_to_an_executor_that_is_down_is_lost() -> None:
    run = simulated(None, "kind: crash, executors: b-0, at: 100ms, restart_after: 20s")
    assert times(run) == {"requested": 0, "failed": 90}
    assert run.messages_lost == 1 and took_effect(run) == {"crash": 1}


@pytest.mark.parametrize(("at", "lasting", "lost"), [(199_998, 1, 0), (199_999, 2, 1), (200_001, 1, 0)])
def test_it_is_down_from_the_crash_up_to_the_restart_and_no_longer(at: int, lasting: int, lost: int) -> None:
    run = simulated(None, f"kind: crash, executors: b-0, at: {at}us, restart_after: {lasting}us")
    assert run.messages_lost == lost  # the Request arrives at 200 ms


@pytest.mark.parametrize(("at", "reached"), [("250ms", "requested"), ("3s", "transferred")])
def test_a_stage_that_a_crash_interrupts_never_ends(at: str, reached: str) -> None:
    run = simulated(None, f"kind: crash, executors: b-0, at: {at}, restart_after: 10ms")
    assert [name for name in times(run) if name in STEPS][-1] == reached


def test_an_actor_loses_the_work_since_its_last_checkpoint_and_runs_again_at_the_restart() -> None:
    # The migration has taken it to b-0 at 3.2 s.
    run = simulated(None, "kind: crash, executors: b-0, at: 100s, restart_after: 20s")
    row = {name: column.tolist() for name, column in run.recoveries.items()}
    assert row == {
        "actor": [0], "executor": [1], "crashed": [100 * S], "restarted": [120 * S],
        "sequence": [2],  # the final one of the migration, and one after a minute of the 96.8 s
        "work_lost": [36_800_000], "messages_lost": [0], "elsewhere": [-1],
    }  # fmt: skip
    assert absent(run) == {"nowhere": 0, "in_doubt": 0, "down": 0}


def test_without_its_disk_the_actor_never_runs_again() -> None:
    run = simulated(None, "kind: crash, executors: b-0, at: 100s, restart_after: 20s, state: volatile")
    assert run.recoveries["restarted"].tolist() == [-1] and run.recoveries["sequence"].tolist() == [0]
    assert absent(run) == {"nowhere": 1, "in_doubt": 0, "down": 1}


def test_without_a_restart_it_stays_down() -> None:
    run = simulated(None, "kind: crash, executors: b-0, at: 100s")
    assert run.recoveries["restarted"].tolist() == [-1]
    assert absent(run) == {"nowhere": 1, "in_doubt": 0, "down": 1}


CRASH_IN_CHECKPOINT = "kind: crash, executors: a-0, at: 1s, restart_after: 20s"


def test_a_restart_ends_a_durable_record_and_resumes_its_actor() -> None:
    run = simulated({"protocol.durable_records": True}, CRASH_IN_CHECKPOINT)
    assert times(run) == {"requested": 0, "admitted": 0.3, "accepted": 0.5, "failed": 21}
    assert run.reasons[int(run.attempts["reason"][0])] == "Executor restarted"
    assert absent(run)["nowhere"] == 0


def test_a_record_that_is_not_durable_is_forgotten_by_a_crash() -> None:
    run = simulated(None, CRASH_IN_CHECKPOINT)
    assert times(run) == {"requested": 0, "admitted": 0.3, "accepted": 0.5}
    assert run.attempts["removed"].tolist() == [-1]
    assert run.observed.hazards[13] >= 1


@pytest.mark.parametrize("back", [20, 50])
def test_an_actor_that_a_restart_leaves_paused_is_missing_when_nothing_is_in_flight(back: int) -> None:
    """The target gives up at 30 s: the restart at 21 s comes before, that at 51 s is the last that happens."""
    every = {"manager.tracked_states": ["requesting", "checkpointing", "transferring", "restoring"]}
    quick = {"manager.timeout": "10s"}
    run = simulated(every | quick, f"kind: crash, executors: a-0, at: 1s, restart_after: {back}s")
    assert absent(run) == {"nowhere": 1, "in_doubt": 0, "down": 0}
    (violation,) = run.observed.violations
    assert (violation.invariant, violation.hazards) == ("I2", (13,))
    assert f"since {max(30, back + 1)} s" in violation.evidence


def test_a_lost_disk_takes_durable_records_with_it() -> None:
    run = simulated({"protocol.durable_records": True}, CRASH_IN_CHECKPOINT + ", state: volatile")
    assert times(run) == {"requested": 0, "admitted": 0.3, "accepted": 0.5}
    assert absent(run) == {"nowhere": 1, "in_doubt": 0, "down": 1}


def test_a_restart_ticks_at_once_and_then_every_interval() -> None:
    # The records of what ended at 3.2 s and 3.4 s would be removed at 330 s.
    crash = "kind: crash, executors: a-0, at: 310s, restart_after: 5s"
    run = simulated({"protocol.durable_records": True}, crash)
    assert run.attempts["removed"].tolist() == [315 * S] and run.attempts["target_removed"].tolist() == [330 * S]
    crash = "kind: crash, executors: a-0, at: 280s, restart_after: 5s"  # ticks at 285 s and 315 s
    assert simulated({"protocol.durable_records": True}, crash).attempts["removed"].tolist() == [315 * S]


def test_crashes_that_overlap_make_one_outage_until_the_last_restart() -> None:
    crashes = [
        f"kind: crash, executors: b-0, at: {at}, restart_after: {back}" for at, back in (("50s", "30s"), ("60s", "40s"))
    ]
    run = simulated(None, *crashes)
    assert run.recoveries["restarted"].tolist() == [100 * S]
    assert took_effect(run) == {"crash": 2}


# pause


def test_messages_to_a_stalled_process_wait_until_it_resumes() -> None:
    run = simulated(None, "kind: pause, executors: b-0, at: 2s, for: 20s")
    assert times(run) == steps_from(22 - 2.7, "transferred")
    assert run.messages_lost == 0 and took_effect(run) == {"pause": 1}


def test_a_stage_continues_after_a_stall() -> None:
    assert times(simulated(None, "kind: pause, executors: a-0, at: 1s, for: 20s")) == steps_from(20, "checkpointed")


def test_waiting_messages_are_handled_in_the_order_of_their_arrival() -> None:
    run = simulated({"actors.count": 6, "workload.migrations": 6}, "kind: pause, executors: b-0, at: 100ms, for: 30s")
    log = run.message_log
    assert log is not None
    accepts = [int(attempt) for kind, attempt in zip(log["kind"], log["attempt"], strict=True) if kind == 1]
    assert accepts == [0, 1, 2, 3, 4, 5]
    assert {at["admitted"] for at in (times(run, row) for row in range(6))} == {30.2}


def test_a_stalled_loop_ticks_when_it_resumes_and_one_interval_later() -> None:
    silent = {"executors": [{"group": "a", "count": 1}, {"group": "b", "count": 1, "behavior": "unresponsive"}]}
    assert times(simulated(silent)) == {"requested": 0, "failed": 90}
    late = "kind: pause, executors: a-0, at: 25s, for: 17s"  # ticks at 0, 42 s, 72 s
    assert times(simulated(silent, late)) == {"requested": 0, "failed": 72}
    within = "kind: pause, executors: a-0, at: 31s, for: 17s"  # no tick was missed
    assert times(simulated(silent, within)) == {"requested": 0, "failed": 90}


def test_messages_that_wait_at_a_stalled_process_are_lost_when_it_crashes() -> None:
    stall = "kind: pause, executors: b-0, at: 100ms, for: 10s"
    run = simulated(None, stall, "kind: crash, executors: b-0, at: 5s, restart_after: 20s")
    assert times(run) == {"requested": 0, "failed": 90}
    assert run.messages_lost == 1


def test_two_stalls_that_overlap_end_independently() -> None:
    overlapping = ("kind: pause, executors: b-0, at: 2s, for: 20s", "kind: pause, executors: b-0, at: 10s, for: 20s")
    assert times(simulated(None, *overlapping)) == steps_from(30 - 2.7, "transferred")
    within = ("kind: pause, executors: b-0, at: 2s, for: 20s", "kind: pause, executors: b-0, at: 10s, for: 2s")
    assert times(simulated(None, *within)) == steps_from(22 - 2.7, "transferred")


def test_a_stall_interrupts_a_torn_detection() -> None:
    torn = {
        "executors": [{"group": "a", "count": 1}, {"group": "b", "count": 1, "behavior": "unresponsive"}],
        "protocol.atomic_detection": False,
        "protocol.detection_gap": "1s",
    }
    assert times(simulated(torn)) == {"requested": 0, "failed": 91}
    run = simulated(torn, "kind: pause, executors: a-0, at: 90500ms, for: 10s")
    assert times(run) == {"requested": 0, "failed": 101}


# unresponsive


def test_an_unresponsive_executor_answers_no_request() -> None:
    run = simulated(None, "kind: unresponsive, executors: b-0, at: 0s, for: 20s")
    assert times(run) == {"requested": 0, "failed": 90}
    assert run.messages_lost == 0 and took_effect(run) == {"unresponsive": 1}


def test_an_unresponsive_executor_handles_everything_else() -> None:
    assert times(simulated(None, "kind: unresponsive, executors: '*', at: 1s")) == STEPS


def test_it_answers_again_afterwards_and_two_that_overlap_end_independently() -> None:
    resending = {"protocol.retransmission": True}  # the Request is sent at 0, 5 s, 15 s, 35 s
    run = simulated(resending, "kind: unresponsive, executors: b-0, at: 0s, for: 6s")
    assert times(run)["admitted"] == 15.3
    overlapping = [
        f"kind: unresponsive, executors: b-0, at: {at}, for: {lasting}"
        for at, lasting in (("0s", "10s"), ("5s", "15s"))
    ]
    assert times(simulated(resending, *overlapping))["admitted"] == 35.3
    within = [
        f"kind: unresponsive, executors: b-0, at: {at}, for: {lasting}" for at, lasting in (("0s", "10s"), ("2s", "2s"))
    ]
    assert times(simulated(resending, *within))["admitted"] == 15.3


# slow


def test_the_stages_of_a_slow_executor_take_factor_times_as_long() -> None:
    run = simulated(None, "kind: slow, executors: '*', at: 0s, factor: 3")
    assert times(run) == {
        "requested": 0, "admitted": 0.5, "accepted": 0.7, "checkpointed": 6.7, "transferred": 6.9, "restored": 8.4,
        "completed": 8.6,
    }  # fmt: skip
    assert took_effect(run) == {"slow": 2}


def test_a_stage_takes_longer_from_the_moment_at_which_its_executor_becomes_slow() -> None:
    late = "kind: slow, executors: a-0, at: 1s, factor: 9"  # 0.5 s of the checkpoint are done, 1.5 s take 13.5 s
    assert times(simulated(None, late)) == steps_from(12, "checkpointed")
    before = "kind: slow, executors: a-0, at: 0s, for: 400ms, factor: 9"
    assert times(simulated(None, before)) == STEPS


def test_two_that_overlap_multiply_and_end_independently() -> None:
    run = simulated(
        None,
        "kind: slow, executors: '*', at: 0s, for: 400ms, factor: 2",
        "kind: slow, executors: '*', at: 100ms, for: 1s, factor: 3",
    )
    # The evaluation begins at 0.2 s: a third of 0.1 s is done at 0.4 s, the rest takes three times as long.
    assert times(run) == {
        "requested": 0, "admitted": 0.6, "accepted": 0.8,
        "checkpointed": 3.0,  # 0.1 s is done at 1.1 s
        "transferred": 3.2, "restored": 3.7, "completed": 3.9,
    }  # fmt: skip
