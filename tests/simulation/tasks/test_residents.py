"""Tasks that migrate while they run, to the microsecond. Times as in `mixed`: a task of 60 s that begins at 0.2 s and
migrates at 20 s is paused at 20.5 s with 20.3 s of work, runs again at 22.2 s and ends at 61.9 s."""

from collections.abc import Mapping
from typing import Any

import pytest

from icnsim.protocol.records import ENDED
from icnsim.recording.columns import NEVER, Recording
from icnsim.recording.summary import summarise
from icnsim.scenario import Scenario
from icnsim.simulation import simulate
from tests.simulation.mixed import mixed, run
from tests.simulation.submitted import MIB, S, ended, execution, stateful, task

BOTH = [(20, "task-0", "run-0"), (20, "task-0", "run-1")]
"""The task runs at one of the two, from where only the other arrow leads away; the other arrival is skipped."""
LONG = stateful(interval=100)


def runs(recording: Recording, number: int = 0) -> list[dict[str, Any]]:
    """Every run of a task, in the order in which they began."""
    assert recording.executions is not None
    rows = range(len(recording.executions["task"]))
    return [row for row in (execution(recording, n) for n in rows) if row["task"] == number]


def attempts(recording: Recording) -> list[dict[str, float]]:
    """The attempts, times in s."""
    a = recording.attempts
    times = ("requested", "accepted", "checkpointed", "restored", "completed", "failed", "downtime")
    return [
        {name: float(a[name][row]) / (S if name in times and a[name][row] != NEVER else 1) for name in a}
        for row in range(len(a["actor"]))
    ]


# A migration


def test_a_task_continues_at_its_new_executor_from_its_final_checkpoint() -> None:
    found = run([LONG], BOTH)
    old, new = runs(found)
    assert (old["began"], old["ended"], old["outcome"], old["work"]) == (0.2, 22.4, "migrated", 20.3)
    assert (new["began"], new["ended"], new["outcome"], new["work"]) == (22.2, 61.9, "completed", 60.0)
    assert old["executor"] != new["executor"]
    assert ended(found) == ("completed", 62.1)  # the new executor sends the result
    assert task(found)["right"] == 1
    (attempt,) = attempts(found)
    assert (attempt["requested"], attempt["restored"], attempt["completed"]) == (20.0, 22.2, 22.4)
    assert attempt["downtime"] == pytest.approx(1.7)


def test_its_actor_exists_from_the_beginning_of_its_run_to_its_end() -> None:
    early, late = [(0.1, "task-0", "run-0"), (0.1, "task-0", "run-1")], [(62, "task-0", "run-0")]
    found = run([LONG], [*early, *BOTH, *late])
    assert len(found.attempts["actor"]) == 1
    assert len(found.skipped) == 4
    assert found.absent == {"nowhere": 0, "in_doubt": 0, "down": 0, "nowhere_s": 1.7, "twice_s": 0.0}
    assert found.samples["running"][:3].tolist() == [0, 1, 1]
    assert found.samples["running"][3] == 0


def test_checkpoints_go_on_where_the_work_is() -> None:
    found = run([stateful(interval=8)], BOTH)
    old, new = runs(found)
    assert (old["checkpoints"], new["checkpoints"]) == (2, 5)  # at 8 and 16 s of work, and at 24, 32, 40, 48 and 56 s


def test_a_checkpoint_that_is_being_made_is_given_up_for_the_final_one() -> None:
    found = run([stateful(interval=20)], BOTH, {"checkpoints.time": "1s"})  # it is paused from 20.2 s on
    old, new = runs(found)
    assert (old["work"], old["checkpoints"], old["standing"]) == (20.0, 0, 0.0)
    assert (new["checkpoints"], new["ended"]) == (1, 63.2)  # 40 s from 22.2 s on, and 1 s of standing still


def test_the_state_that_migrates_has_grown() -> None:
    found = run([LONG], BOTH, {"tasks.growth": "1MiB/s", "record.messages": True})
    (attempt,) = attempts(found)
    assert attempt["state_bytes"] == int(20.8 * MIB)  # at the Request, after 19.8 s
    assert found.message_log is not None
    sizes = found.message_log["state_bytes"]
    assert sorted(sizes[sizes > 0].tolist()) == [int(20.8 * MIB), int(21.3 * MIB)]


def test_a_failed_migration_leaves_the_work_where_it_is() -> None:
    lost = "kind: loss, at: 21s, for: 1s, messages: [complete]"
    found = run([LONG], BOTH, None, lost)
    assert attempts(found)[0]["failed"] == 90.0  # in Transferring since 21.5 s, detected at the tick after 81.5 s
    (only,) = runs(found)
    assert (only["ended"], only["work"]) == (129.7, 60.0)
    assert ended(found) == ("completed", 129.9)


def test_a_task_that_ends_while_a_request_for_it_travels_gives_the_request_up() -> None:
    found = run([LONG], BOTH, {"tasks.run_time": "20.1s"})
    assert ended(found) == ("completed", 20.5)
    (attempt,) = attempts(found)
    assert (attempt["failed"], found.reasons[int(attempt["reason"])]) == (20.3, ENDED)
    assert found.ignored == {"accept in failed": 1}
    summary = summarise(found, mixed([LONG], BOTH))
    assert (summary["migrations"]["failed"], summary["migrations"]["rejected"]) == (1, 0)
    assert sum(summary["invariants"][name] or 0 for name in summary["invariants"]) == 0


# Deadlines and quorums


def test_its_deadline_moves_with_it() -> None:
    found = run([{**LONG, "deadline_ms": 35_000}], BOTH)
    assert [row["outcome"] for row in runs(found)] == ["migrated", "stopped"]
    assert runs(found)[1]["ended"] == 40.0
    assert ended(found) == ("timed_out", 40.0)


def test_a_deadline_that_passes_during_the_migration_is_found_by_the_new_executor() -> None:
    moves = [(29, "task-0", "run-0"), (29, "task-0", "run-1")]  # paused at 29.5 s, runs again at 31.2 s
    found = run([{**LONG, "deadline_ms": 25_000}], moves)
    assert ended(found) == ("timed_out", 30.0)
    old, new = runs(found)
    assert (old["outcome"], new["outcome"], new["ended"]) == ("migrated", "stopped", 40.0)


def test_the_new_executor_votes_for_the_old_one() -> None:
    changes = {"quorum.enabled": True}
    found = run([stateful(interval=8, estimated_value=10)], BOTH, changes)
    assert (task(found)["executors"], ended(found)) == (1, ("completed", 62.1))
    assert attempts(found)[0]["requested"] == 20.5  # a vote on the migration took half a second
    assert (task(found)["checkpoints_agreed"], task(found)["votes"], task(found)["late_results"]) == (7, 1, 0)
    assert found.decisions is not None
    assert len(found.decisions["asked"]) == 1


def test_a_task_that_several_executors_run_does_not_migrate() -> None:
    found = run([LONG], BOTH, {"quorum.enabled": True, "quorum.executors": 2})
    assert len(found.attempts["actor"]) == 0
    assert [row["outcome"] for row in runs(found)] == ["completed", "completed"]


def test_an_ephemeral_task_does_not_migrate() -> None:
    found = run([{}], BOTH)
    assert (len(found.attempts["actor"]), ended(found)) == (0, ("completed", 60.4))


# Slots and queues


def crowd(number: int) -> list[Mapping[str, Any]]:
    """A stateful task of 60 s, and others of 30 s that come when it has begun."""
    short = {"resource_profile": {"duration_estimate_secs": 30}}
    return [LONG, *({"at_s": 1, **short} for _ in range(number))]


def test_a_target_whose_queue_is_too_long_refuses() -> None:
    found = run(crowd(60), BOTH, {"executors.1.capacity": {"tasks": 1}})
    (attempt,) = attempts(found)
    assert (attempt["failed"], found.reasons[int(attempt["reason"])]) == (20.5, "queue too long")
    assert summarise(found, mixed(crowd(60), BOTH))["migrations"]["rejected"] == 1


def test_an_arrived_task_waits_for_a_slot_and_its_old_slot_is_free_after_the_ack() -> None:
    found = run(crowd(2), BOTH, {"executors.1.capacity": {"tasks": 1}, "seed": 4})
    assert found.executions is not None
    old, new = runs(found)
    others = {row["executor"]: row for n in (1, 2) for row in runs(found, n)}
    if len(others) == 2:  # one waits behind the task, and the other one runs until 31.2 s where the task arrives
        assert (others[old["executor"]]["began"], others[old["executor"]]["waited"]) == (22.4, 21.2)
        assert (new["began"], new["waited"], new["ended"]) == (31.2, 9.0, 70.9)
    else:
        pytest.fail("the draws of this seed have changed: both tasks are at one executor")


# Faults


def test_a_crash_loses_the_work_since_the_final_checkpoint() -> None:
    crash = "kind: crash, executors: 'run-*', at: 40s, restart_after: 10s"
    found = run([LONG], BOTH, None, crash)
    _, new = runs(found)
    assert (new["work_lost"], new["crashes"]) == (17.8, 1)  # 20.3 s arrived, 17.8 s were done from 22.2 s on
    assert ended(found) == ("completed", 89.9)  # 39.7 s from 50 s on
    assert found.recoveries["restarted"].tolist() == [50 * S]
    assert found.recoveries["work_lost"].tolist() == [17_800_000]


def test_and_with_checkpoints_since_the_newest_of_them() -> None:
    crash = "kind: crash, executors: 'run-*', at: 40s, restart_after: 10s"
    found = run([stateful(interval=8)], BOTH, None, crash)
    assert runs(found)[1]["work_lost"] == pytest.approx(6.1)  # 38.1 s were done, 32 s are stored
    assert ended(found) == ("completed", 78.2)


def test_a_crash_of_the_source_while_the_actor_is_on_its_way_resumes_nothing_twice() -> None:
    crash = "kind: crash, executors: 'run-*', at: 21s, restart_after: 10s"
    found = run([LONG], BOTH, {"protocol.profile": "hardened"}, crash)
    (only,) = runs(found)
    assert only["work_lost"] == 20.3  # it was paused, and its final checkpoint was not made
    assert ended(found) == ("completed", 91.2)
    assert sum(found.observed.counts.values()) == 0


def test_a_volatile_crash_loses_the_task_and_its_actor() -> None:
    crash = "kind: crash, executors: 'run-*', at: 40s, restart_after: 10s, state: volatile"
    found = run([{**LONG, "deadline_ms": 100_000}], BOTH, None, crash)
    assert [row["outcome"] for row in runs(found)] == ["migrated", "lost"]
    assert ended(found) == ("timed_out", 100.0)
    assert (found.absent["nowhere"], found.observed.counts["I2"]) == (0, 0)


def test_an_empty_checkpoint_makes_the_task_begin_again() -> None:
    fault = "kind: corrupt_checkpoint, executors: 'run-*', at: 0s, how: empty"
    found = run([LONG], BOTH, {"protocol.profile": "as-implemented", "protocol.completion_ack": True}, fault)
    assert ended(found) == ("completed", 82.4)
    assert found.observed.counts["I3"] == 1


def test_a_lost_ack_lets_the_old_copy_run_the_task_again() -> None:
    lost = "kind: loss, at: 22s, for: 1s, messages: [ack]"
    found = run([LONG], BOTH, None, lost)
    old, new = runs(found)
    assert (new["ended"], old["ended"], old["outcome"]) == (61.9, 129.7, "completed")  # resumed at 90 s with 20.3 s
    assert (ended(found), task(found)["late_results"]) == (("completed", 62.1), 1)
    assert found.absent["nowhere"] == 0


def test_a_pause_of_the_process_delays_both() -> None:
    pause = "kind: pause, executors: 'run-*', at: 20.1s, for: 5s"
    found = run([LONG], BOTH, None, pause)
    # The Request waits until 25.1 s, the answer comes at 25.4 s; 19.9 s were done before the pause, 0.3 s after it.
    assert attempts(found)[0]["restored"] == pytest.approx(27.1)
    assert runs(found)[0]["work"] == pytest.approx(20.2)
    assert ended(found) == ("completed", pytest.approx(67.1))


# Settings


SILENT = "kind: unresponsive, executors: 'run-*', at: 19s, for: 100s"


@pytest.mark.parametrize(("name", "failed"), [("task-*", 50.0), ("task-0", 50.0), ("task-9*", 90.0)])
def test_overrides_apply_to_the_actors_of_tasks(name: str, failed: float) -> None:
    bodies = [LONG, *({**LONG, "at_s": 300} for _ in range(9))]
    changes = {"manager.overrides": [{"actors": name, "timeout": "20s"}], "tasks.run_time": "100s"}
    assert attempts(run(bodies, BOTH, changes, SILENT))[0]["failed"] == failed


def test_adjustments_apply_to_them() -> None:
    changes = {"manager.adjustments": [{"at": "30s", "timeout": "20s"}], "tasks.run_time": "100s"}
    assert attempts(run([LONG], BOTH, changes, SILENT))[0]["failed"] == 50.0


def test_a_migration_of_a_task_is_retried_until_the_task_ends() -> None:
    changes = {"retry.max_retries": 3, "retry.backoff.base": "1s", "executors.1.count": 3, "tasks.run_time": "100s"}
    moves = [(20, "task-0", f"run-{n}") for n in range(3)]
    found = run([LONG], moves, changes, SILENT)
    # The first attempt fails at 90 s. The second one begins at 91 s and is given up when the task ends at 100.2 s.
    assert [(a["requested"], a["failed"]) for a in attempts(found)] == [(20.0, 90.0), (91.0, 100.2)]


def test_a_source_learns_to_trust_a_target() -> None:
    changes = {
        "workload.target": "trust", "executors.1.count": 3, "tasks.run_time": "400s", "trust.on_timeout": -0.5,
        "protocol.spread_targets": False,
    }  # fmt: skip
    moves = [(20, "task-0", ""), (150, "task-0", "")]
    found = run([LONG], moves, changes, "kind: unresponsive, executors: 'run-*', at: 19s, for: 20s")
    first, second = attempts(found)
    trusted = [target for target in (1, 2, 3) if target != first["source"]]
    assert [first["target"], second["target"]] == trusted
    assert (first["failed"], second["completed"]) == (90.0, 152.4)


# Beside the scenario's own actors


def scenario(seed: int, **changes: object) -> Scenario:
    keys: dict[str, object] = {
        "seed": seed, "actors.count": 3, "executors.0.hosts_actors": True,
        "workload.trigger": [{"submissions": {"file": "bodies.jsonl"}}, "arrivals"],
        "workload.arrivals": {"rate": "1/s"}, "duration": "200s",
    }  # fmt: skip
    return mixed([{**LONG, "at_s": n} for n in range(6)], [], keys | changes)


def test_arrivals_pick_actors_and_tasks_while_these_exist() -> None:
    found = scenario(1)
    made = simulate(found)
    assert made.actors is not None
    assert [found.actor_names[n] for n in made.actors["actor"]] == [
        *(f"actor-{n}" for n in range(3)), *(f"task-{n}" for n in range(6)),
    ]  # fmt: skip
    migrated = set(made.attempts["actor"].tolist())
    assert migrated == set(range(9))
    late = made.attempts["requested"] > 120 * S  # every task has ended by then
    assert late.any()
    assert set(made.attempts["actor"][late].tolist()) <= {0, 1, 2}


def test_a_policy_lets_tasks_go_and_sees_their_load() -> None:
    bodies = [{**LONG, "at_s": 1} for _ in range(5)]
    changes = {
        "workload.trigger": [{"submissions": {"file": "bodies.jsonl"}}, "policy"], "actors.load": 0.35,
        "executors.1.count": 4, "policy.minimum_score": 0.5, "tasks.run_time": "300s",
    }  # fmt: skip
    found = simulate(mixed(bodies, [], changes))
    assert found.placements is not None
    own, true = found.placements["own_load"], found.placements["true_load"]
    # Of five tasks on four executors two are at one: 0.2 + 2 x 0.35. Its target has one or none.
    assert own[0] in (pytest.approx(0.9), pytest.approx(1.25))
    assert true[0] in (pytest.approx(0.2), pytest.approx(0.55))
    assert set(found.attempts["actor"].tolist()) <= set(range(5))
    assert (found.attempts["completed"] != NEVER).any()


def test_a_final_checkpoint_of_a_task_is_put_to_the_vote() -> None:
    voted = {"quorum.enabled": True, "quorum.executors": 1, "quorum.on": ["checkpoint"]}
    found = summarise(run([LONG], BOTH, voted), mixed([LONG], BOTH, voted))
    assert (found["checkpoint_quorum"]["consensus"], found["migrations"]["completed"]) == (1, 1)
