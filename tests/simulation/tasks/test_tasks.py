"""Submitted tasks, to the microsecond where nothing is random."""

from typing import Any

import pytest

from icnsim.recording.columns import NEVER
from icnsim.recording.summary import summarise
from icnsim.recording.tasks import figures
from icnsim.simulation import simulate
from tests.simulation.samplings import samplings
from tests.simulation.submitted import MIB, ended, execution, scenario, simulated, stateful, task


def test_an_ephemeral_task_runs_and_ends() -> None:
    run = simulated([{"at_s": 1}])
    assert ended(run) == ("completed", 11.4)
    assert task(run)["right"] == 1
    assert execution(run) | {"state_bytes": 0} == {
        "task": 0, "executor": 1, "began": 1.2, "ended": 11.2, "outcome": "completed", "work": 10.0, "state_bytes": 0,
        "checkpoints": 0, "refused": 0, "standing": 0.0, "crashes": 0, "work_lost": 0.0, "waited": 0,
    }  # fmt: skip


@pytest.mark.parametrize("mode", [{}, {"actor_mode": None}])
def test_a_body_without_a_mode_is_ephemeral(mode: dict[str, Any]) -> None:
    run = simulated([mode], {"checkpoints.time": "1s"})
    assert (ended(run), execution(run)["checkpoints"]) == (("completed", 10.4), 0)


def test_a_body_tells_how_long_its_task_runs() -> None:
    assert ended(simulated([{"resource_profile": {"duration_estimate_secs": 42}}])) == ("completed", 42.4)


# Checkpoints


def test_a_stateful_task_is_paused_for_its_checkpoints() -> None:
    run = simulated([stateful(interval=3)], {"checkpoints.time": "500ms"})
    assert ended(run) == ("completed", 11.9)  # after 3, 6 and 9 s of work
    assert (execution(run)["checkpoints"], execution(run)["standing"]) == (3, 1.5)


def test_no_checkpoint_is_made_at_the_end() -> None:
    assert execution(simulated([stateful(interval=5)]))["checkpoints"] == 1
    assert execution(simulated([stateful(interval=10)]))["checkpoints"] == 0


def test_it_runs_on_where_checkpoints_do_not_stop_it() -> None:
    run = simulated([stateful(interval=3)], {"checkpoints.time": "500ms", "checkpoints.pauses": False})
    assert ended(run) == ("completed", 10.4)
    assert (execution(run)["checkpoints"], execution(run)["standing"]) == (3, 0.0)


def test_a_checkpoint_that_is_not_flushed_by_the_end_is_not_stored() -> None:
    run = simulated([stateful(interval=3)], {"checkpoints.flush": "2s"})
    assert execution(run)["checkpoints"] == 2


def test_a_larger_state_takes_longer_to_write() -> None:
    changes = {"checkpoints.bandwidth": "1MiB/s", "actors.state_size": "1MiB", "tasks.growth": "1MiB/s"}
    run = simulated([stateful(interval=5)], changes)
    assert execution(run)["standing"] == 6.0  # 1 MiB and five more
    assert execution(run)["state_bytes"] == 11 * MIB


@pytest.mark.parametrize(("largest", "stored", "refused"), [(4 * MIB, 1, 2), (7 * MIB, 2, 1), (7 * MIB - 1, 1, 2)])
def test_a_checkpoint_above_the_maximum_is_refused(largest: int, stored: int, refused: int) -> None:
    changes = {"actors.state_size": "1MiB", "tasks.growth": "1MiB/s", "checkpoints.time": "1s"}
    run = simulated([stateful(interval=3, largest=largest)], changes)  # 4, 7 and 10 MiB
    assert (execution(run)["checkpoints"], execution(run)["refused"]) == (stored, refused)
    assert execution(run)["standing"] == stored  # one that is refused takes no time
    assert ended(run) == ("completed", 10.4 + stored)
    assert figures(run, samplings(run))["refused_checkpoints"] == refused


def test_the_state_of_a_task_in_wasm_is_whole_pages() -> None:
    changes = {"actors.state_size": "100KiB", "tasks.growth": "20KiB/s"}
    run = simulated([stateful(interval=3, largest=3 * 65536, kind="WasmStateful")], changes)
    assert (execution(run)["checkpoints"], execution(run)["refused"]) == (1, 2)  # 160 KiB are 3 pages, 220 are 4
    assert execution(run)["state_bytes"] == 5 * 65536


def test_an_executor_without_a_store_makes_none() -> None:
    run = simulated([stateful()], {"executors.1.parts": ["migration_manager", "policy"], "checkpoints.time": "1s"})
    assert (ended(run), execution(run)["checkpoints"]) == (("completed", 10.4), 0)


# Deadlines


@pytest.mark.parametrize(
    ("deadline_ms", "found"), [(1, 10.0), (10_000, 10.0), (10_001, ("completed", 10.4)), (10_390, ("completed", 10.4))]
)
def test_a_task_times_out_at_the_first_tick_at_or_after_its_deadline(deadline_ms: int, found: Any) -> None:
    run = simulated([{"deadline_ms": deadline_ms}])
    assert ended(run) == (("timed_out", found) if isinstance(found, float) else found)


def test_a_deadline_counts_from_the_submission_and_the_scenario_may_give_one() -> None:
    run = simulated([{"at_s": 4}, {"at_s": 5, "deadline_ms": 60_000}], {"tasks.deadline": "3s"})
    assert (task(run)["deadline"], ended(run)) == (7.0, ("timed_out", 10.0))
    assert (task(run, 1)["deadline"], ended(run, 1)) == (65.0, ("completed", 15.4))


def test_the_executor_stops_at_its_own_tick() -> None:
    run = simulated([{"at_s": 4, "deadline_ms": 3000}])
    assert (execution(run)["outcome"], execution(run)["ended"], execution(run)["work"]) == ("stopped", 10.0, 5.8)


def test_a_task_that_ends_between_its_deadline_and_the_tick_is_late_and_counts() -> None:
    run = simulated([{"at_s": 5, "deadline_ms": 8000}])
    assert ended(run) == ("completed", 15.4)
    assert (figures(run, samplings(run))["late"], figures(run, samplings(run))["timed_out"]) == (1, 0)


def test_without_the_checker_no_deadline_is_checked() -> None:
    assert ended(simulated([{"deadline_ms": 1}], {"task_checker.enabled": False})) == ("completed", 10.4)


def test_a_checker_of_a_stalled_process_ticks_late() -> None:
    pause = "kind: pause, executors: gate-0, at: 9s, for: 4s"
    assert ended(simulated([{"at_s": 5, "deadline_ms": 2000}], None, pause)) == ("timed_out", 13.0)


def test_a_gateway_whose_clock_is_ahead_gives_up_early() -> None:
    step = "kind: clock_step, executors: gate-0, at: 1s, by: 30s"
    assert ended(simulated([{"deadline_ms": 35_000}], {"tasks.run_time": "1min"}, step)) == ("timed_out", 10.0)


# Executors to which things happen


def crash(executor: str, at: str = "8.2s", more: str = ", restart_after: 1s") -> str:
    return f"kind: crash, executors: {executor}, at: {at}{more}"


def test_a_crash_ends_an_ephemeral_task() -> None:
    run = simulated([{}], None, crash("run-0"))
    assert ended(run) == ("unfinished", None)
    assert (execution(run)["outcome"], execution(run)["ended"], execution(run)["work_lost"]) == ("lost", 8.2, 8.0)


def test_a_stateful_task_begins_again_from_its_newest_checkpoint() -> None:
    run = simulated([stateful(interval=3)], None, crash("run-0"))
    assert ended(run) == ("completed", 13.4)  # 6 of 8 s of work were stored, and a second passed
    assert (execution(run)["crashes"], execution(run)["work_lost"], execution(run)["checkpoints"]) == (1, 2.0, 3)


def test_without_a_checkpoint_yet_it_begins_from_the_start() -> None:
    run = simulated([stateful(interval=9)], None, crash("run-0"))
    assert (ended(run), execution(run)["work_lost"]) == (("completed", 19.4), 8.0)


@pytest.mark.parametrize(
    "changes",
    [
        {"checkpoints.store": "memory", "protocol.durable_records": False},
        {"executors.1.parts": ["migration_manager", "policy"]},
        {"faults.0.state": "volatile"},
        {"faults.0.restart_after": None},
    ],
)
def test_a_state_without_a_stored_checkpoint_is_lost(changes: dict[str, object]) -> None:
    run = simulated([stateful(interval=3)], changes, crash("run-0"))
    assert ended(run) == ("unfinished", None)
    lost = changes != {"faults.0.restart_after": None}
    assert execution(run)["outcome"] == ("lost" if lost else "unfinished")


def test_one_that_comes_back_looks_at_its_deadlines_at_once() -> None:
    run = simulated([stateful(interval=3, deadline_ms=8500)], None, crash("run-0"))
    assert (execution(run)["outcome"], execution(run)["ended"], execution(run)["work"]) == ("stopped", 9.2, 6.0)


def test_a_gateway_that_crashes_forgets_its_tasks() -> None:
    run = simulated([{}], None, crash("gate-0"))
    assert ended(run) == ("failed", 8.2)
    assert execution(run)["outcome"] == "completed"
    assert task(run)["late_results"] == 0  # no executor has a record of the result's task any more


def test_a_task_fails_at_a_gateway_that_is_down() -> None:
    run = simulated([{"at_s": 3}], None, crash("gate-0", at="2s", more=", restart_after: 5s"))
    assert ended(run) == ("failed", 3.0)
    assert run.executions is not None
    assert not len(run.executions["task"])


def test_a_stalled_process_does_not_work() -> None:
    pause = "kind: pause, executors: run-0, at: 5s, for: 2s"
    assert ended(simulated([{}], None, pause)) == ("completed", 12.4)
    assert ended(simulated([{}], None, "kind: pause, executors: run-0, at: 9s, for: 4s")) == ("completed", 14.4)


def test_a_stalled_gateway_accepts_a_task_when_it_resumes() -> None:
    assert ended(simulated([{"at_s": 1}], None, "kind: pause, executors: gate-0, at: 0s, for: 3s")) == (
        "completed", 13.4
    )  # fmt: skip


def test_a_slow_executor_takes_longer() -> None:
    slow = {"executors.1.behavior": "slow", "executors.1.slowdown": 2.5}
    assert ended(simulated([stateful(interval=3)], slow)) == ("completed", 25.4)
    assert ended(simulated([{}], None, "kind: slow, executors: run-0, at: 0s, factor: 3, for: 1min")) == (
        "completed", 30.4
    )  # fmt: skip


@pytest.mark.parametrize("changes", [{"executors.1.behavior": "unresponsive"}, {"executors.1.answer_probability": 0}])
def test_an_executor_that_never_answers_runs_no_task(changes: dict[str, object]) -> None:
    run = simulated([{}, {"deadline_ms": 1}], changes)
    assert (ended(run), ended(run, 1)) == (("unfinished", None), ("timed_out", 10.0))


def test_a_lost_message_is_not_sent_again() -> None:
    assert ended(simulated([{}], {"network.loss": 1})) == ("unfinished", None)


def test_a_task_that_comes_twice_runs_once() -> None:
    run = simulated([{}], {"network.duplication": 1})
    assert run.executions is not None
    assert len(run.executions["task"]) == 1
    assert task(run)["late_results"] == 1


# Policies


def by_policy(**more: object) -> dict[str, object]:
    usual = {
        "workload.target": "policy",
        "actors.load": 0.2,
        "policy.report_every": "1ms",
        "network.gossip.delay": "0s",
    }
    return usual | {key.replace("__", "."): value for key, value in more.items()}


def executors_of(run: Any) -> list[int]:
    return [int(executor) for executor in run.executions["executor"]]


def test_a_policy_gives_tasks_to_the_executor_with_the_lowest_reported_load() -> None:
    run = simulated([{"at_s": number} for number in range(6)], by_policy(), runners=3)
    assert executors_of(run) == [1, 2, 3, 1, 2, 3]


def test_a_task_uses_its_executor_while_it_runs() -> None:
    bodies = [{"at_s": 0}, {"at_s": 1}, {"at_s": 10.3}, {"at_s": 10.35}]
    run = simulated(bodies, by_policy(), runners=2)
    assert executors_of(run) == [1, 2, 1, 1]  # the first is free again, and the fourth comes before the third runs
    placed = run.placements
    assert placed is not None
    assert placed["believed_load"].tolist() == pytest.approx([0.2, 0.2, 0.2, 0.2])


def test_with_old_reports_all_go_to_one() -> None:
    run = simulated([{"at_s": number} for number in range(6)], by_policy(policy__report_every="1h"), runners=3)
    assert executors_of(run) == [1] * 6
    assert run.placements is not None
    assert run.placements["true_load"].tolist() == pytest.approx([0.2, 0.4, 0.6, 0.8, 1.0, 1.2])


def test_if_no_executor_has_room_a_task_is_given_to_any_executor() -> None:
    full = by_policy(executors__1__capacity={"load": 0.65})
    run = simulated([{"at_s": number} for number in range(30)], full, runners=3)
    assert set(executors_of(run)) == {1, 2, 3}
    assert run.placements is not None
    assert not len(run.placements["at"])


def test_a_policy_gives_a_quorum_its_best() -> None:
    busy = [{"at_s": 0}, {"at_s": 1}]
    changes = by_policy() | voting(2) | {"executors.1.capacity": {"load": 0.1}}
    assert executors_of(simulated(busy, changes, runners=4)) == [1, 2, 3, 4]


def test_the_last_report_of_an_executor_that_is_down_is_used() -> None:
    bodies = [{"at_s": 0}, {"at_s": 9}, {"at_s": 10}]
    gone = crash("run-0", at="8.2s", more=", restart_after: 1h")
    run = simulated(bodies, by_policy(), gone, runners=2)  # busy: so the others go elsewhere, until that is as busy
    assert run.placements is not None
    assert run.placements["target"].tolist() == [1, 2, 1]
    assert run.placements["believed_load"].tolist() == pytest.approx([0.2, 0.2, 0.4])
    assert run.placements["true_load"].tolist() == pytest.approx([0.2, 0.2, 0.2])


def test_an_executor_that_is_down_gets_no_task() -> None:
    gone = crash("run-0", at="8.2s", more=", restart_after: 1h")
    run = simulated([stateful(interval=3), {"at_s": 10}], by_policy(), gone, runners=1)
    assert run.placements is not None
    assert run.placements["true_load"].tolist() == pytest.approx([0.2, 0.2])


# Quorums

LIARS = (
    "[{group: gate, count: 1, weight: 0}, {group: run, count: 3, hosts_actors: false},"
    " {group: liar, count: COUNT, behavior: byzantine, lies: HOW, hosts_actors: false}]"
)


def voting(executors: int, threshold: float = 0.67, **more: object) -> dict[str, object]:
    return {"quorum.enabled": True, "quorum.executors": executors, "quorum.threshold": threshold, **more}


def lying(how: str, count: int, **more: object) -> dict[str, object]:
    return voting(3 + count, **more) | {"executors": LIARS.replace("COUNT", str(count)).replace("HOW", how)}


def test_executors_agree_on_results_and_checkpoints() -> None:
    run = simulated([stateful(interval=3)], voting(3), runners=5)
    assert ended(run) == ("completed", 10.4)
    assert {name: task(run)[name] for name in ("executors", "needed", "votes", "backers", "checkpoints_agreed")} == {
        "executors": 3, "needed": 3, "votes": 3, "backers": 3, "checkpoints_agreed": 3
    }  # fmt: skip
    assert figures(run, samplings(run))["checkpoints"] == 9


@pytest.mark.parametrize(("value", "executors"), [(99, 1), (100, 2), (999, 2), (1000, 3), (9999, 3), (10_000, 5)])
def test_the_estimated_value_tells_how_many(value: int, executors: int) -> None:
    changes = voting(1) | {"quorum.executors": "by-credits"}
    assert task(simulated([{"estimated_value": value}], changes, runners=6))["executors"] == executors


def test_without_a_value_one_executor_runs_the_task() -> None:
    changes = voting(1) | {"quorum.executors": "by-credits"}
    assert task(simulated([{}], changes, runners=6))["executors"] == 1


def test_a_body_has_its_own_number_of_executors_and_its_own_threshold() -> None:
    verified = {"verification": {"executors": 5, "threshold": 0.5}, "estimated_value": 50}
    only_executors = {"verification": {"executors": 9}}
    run = simulated([verified, only_executors, {}], voting(2), runners=6)
    found = [(task(run, number)["executors"], task(run, number)["needed"]) for number in range(3)]
    assert found == [(5, 3), (6, 5), (2, 2)]


@pytest.mark.parametrize(
    ("how", "count", "became", "right"),
    [
        ("collude", 1, "completed", 1),  # three of four
        ("collude", 2, "divergence", 0),  # three of five, where four must agree
        ("alone", 2, "divergence", 0),
        ("equivocate", 2, "completed", 1),  # second results are refused
        ("silent", 1, "completed", 1),
    ],
)
def test_liars_divide_a_quorum(how: str, count: int, became: str, right: int) -> None:
    run = simulated([stateful(interval=3)], lying(how, count))
    assert (ended(run), task(run)["right"]) == ((became, 10.4), right)
    name = "checkpoints_agreed" if became == "completed" else "checkpoints_divergent"
    assert task(run)[name] == 3


def test_colluders_carry_a_wrong_result() -> None:
    run = simulated([stateful(interval=3)], lying("collude", 6, threshold=0.6))
    assert (task(run)["right"], task(run)["outcome"], task(run)["checkpoints_wrong"]) == (0, "completed", 3)
    assert (figures(run, samplings(run))["wrong"], figures(run, samplings(run))["success_rate"]) == (1, 0.0)


def test_too_few_results_are_insufficient_when_the_window_is_over() -> None:
    run = simulated([stateful(interval=3)], lying("silent", 2))
    assert ended(run) == ("insufficient", 41.4)  # 30 s and a second after the first result
    assert task(run)["checkpoints_insufficient"] == 3


def test_as_in_the_code_the_window_may_open_with_the_submission() -> None:
    changes = voting(2) | {"tasks.window": "submission"}
    assert ended(simulated([{}], changes, runners=2)) == ("completed", 10.4)
    long = simulated([{}], changes | {"tasks.run_time": "40s"}, runners=2)
    assert (ended(long), task(long)["late_results"]) == (("insufficient", 31.0), 2)


def test_a_stalled_gateway_closes_the_window_later() -> None:
    pause = "kind: pause, executors: gate-0, at: 30s, for: 9.5s"
    assert ended(simulated([{}], lying("silent", 2), pause)) == ("insufficient", 41.4)
    pause = "kind: pause, executors: gate-0, at: 40s, for: 9.5s"
    assert ended(simulated([{}], lying("silent", 2), pause)) == ("insufficient", 49.5)


def test_second_results_count_if_they_are_not_refused() -> None:
    changes = voting(2) | {"network.duplication": 1, "protocol.one_vote_each": False, "quorum.threshold": 1}
    run = simulated([stateful(interval=3)], changes, runners=2)
    assert run.observed.hazards[20] > 0
    assert run.observed.counts["consensus"] > 0  # a consensus with one executor behind it


def test_a_slow_result_counts_within_the_window() -> None:
    groups = (
        "[{group: gate, count: 1, weight: 0}, {group: run, count: 1, hosts_actors: false},"
        " {group: slow, count: 1, behavior: slow, slowdown: FACTOR, hosts_actors: false}]"
    )
    near = simulated([{}], voting(2) | {"executors": groups.replace("FACTOR", "4")})
    assert ended(near) == ("completed", 40.4)
    far = simulated([{}], voting(2) | {"executors": groups.replace("FACTOR", "4.2")})
    assert (ended(far), task(far)["late_results"]) == (("insufficient", 41.4), 1)


def test_checkpoints_are_counted_to_the_end_of_their_windows() -> None:
    lost = "kind: loss, executors: run-1, at: 0s, messages: [checkpoint]"
    run = simulated([stateful(interval=3)], voting(3), lost, runners=3)
    assert (ended(run), task(run)["checkpoints_insufficient"]) == (("completed", 10.4), 3)


def test_an_executor_that_has_lost_its_records_accepts_a_task_again() -> None:
    again = "kind: duplication, executors: gate-0, at: 0s, messages: [task]"
    latency = {"distribution": "uniform", "low": "100ms", "high": "20s"}
    seen = set()
    for seed in range(30):  # the copies arrive on either side of the crash, or both on one
        run = simulated([{}], {"seed": seed, "network.latency": latency}, again, crash("run-0", at="4s"))
        assert run.executions is not None
        seen.add(tuple(execution(run, number)["outcome"] for number in range(len(run.executions["task"]))))
    assert seen == {("completed",), ("lost",), ("lost", "completed")}


def test_a_message_names_its_task() -> None:
    run = simulated([{}, {}])
    assert run.message_log is not None
    assert sorted(run.message_log["task"].tolist()) == [0, 0, 1, 1]
    assert set(run.message_log["attempt"].tolist()) == {NEVER}


# The whole


def test_nothing_migrates() -> None:
    run = simulated([{"at_s": number} for number in range(5)])
    summary = summarise(run, scenario([{"at_s": number} for number in range(5)]))
    assert summary["migrations"]["total"] == summary["migrations"]["skipped"] == 0
    assert summary["tasks"]["submitted"] == summary["tasks"]["completed"] == 5
    assert summary["invariants"]["consensus"] is None


def test_figures_are_of_the_tasks_in_the_window() -> None:
    bodies = [{"at_s": number} for number in range(10)]
    run = simulated(bodies, {"warmup": "4s"})
    found = figures(run, samplings(run))
    assert (found["submitted"], found["completed"], found["executions"]) == (6, 6, 6)


def test_the_number_of_tasks_and_the_duration_limit_the_submissions() -> None:
    bodies = [{"at_s": number} for number in range(10)]
    few, short = simulated(bodies, {"workload.migrations": 3}), simulated(bodies, {"duration": "4.5s"})
    assert figures(few, samplings(few))["submitted"] == 3
    assert figures(short, samplings(short))["submitted"] == 5


def test_a_longer_file_begins_with_the_same_tasks() -> None:
    bodies = [{"at_s": number, **stateful(interval=3)} for number in range(40)]
    changes = voting(3) | {"tasks.run_time": {"distribution": "exponential", "mean": "10s"}}
    short, long = simulated(bodies[:20], changes, runners=9), simulated(bodies, changes, runners=9)
    assert short.tasks is not None
    assert long.tasks is not None
    assert all((short.tasks[name] == long.tasks[name][:20]).all() for name in short.tasks)


def test_a_run_gives_the_same_again() -> None:
    bodies = [{"at_s": number, **stateful(interval=3)} for number in range(40)]
    fault = "random: {executors: 'run-*', mtbf: 1min, mttr: 5s, kinds: [crash, pause]}"
    made = scenario(bodies, voting(3), fault, runners=9)
    one, other = simulate(made), simulate(made)
    assert one.tasks is not None
    assert other.tasks is not None
    assert all((one.tasks[name] == other.tasks[name]).all() for name in one.tasks)
    assert (one.tasks["ended"] != NEVER).any()
