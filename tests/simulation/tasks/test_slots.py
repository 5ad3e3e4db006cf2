"""The slots of an executor: one task runs in each, the others wait by priority. Times as in `submitted`."""

import pytest

from icnsim.errors import ScenarioError
from icnsim.recording.summary import summarise
from icnsim.recording.tasks import figures
from icnsim.scenario import loads
from icnsim.simulation import simulate
from tests.simulation.samplings import samplings
from tests.simulation.submitted import ended, execution, scenario, simulated, stateful

ONE = {"executors.1.capacity": {"tasks": 1}}


def test_as_many_tasks_run_at_once_as_there_are_slots() -> None:
    run = simulated([{}] * 11)  # ten slots by default, and tasks of 10 s
    assert [execution(run, number)["began"] for number in range(11)] == [0.2] * 10 + [10.2]
    assert ended(run, 10) == ("completed", 20.4)
    assert figures(run, samplings(run))["waited"] == 1
    assert figures(run, samplings(run))["wait"]["max"] == 10.0


def test_a_free_slot_goes_to_the_highest_priority_and_then_to_the_first_that_came() -> None:
    priorities = ["normal", "low", "normal", "critical", "high", "critical", None]
    bodies = [{"at_s": n / 10, **({"priority": p} if p else {})} for n, p in enumerate(priorities)]
    run = simulated(bodies, ONE)
    assert run.executions is not None
    # The first came to a free slot. The body without a priority is normal.
    assert run.executions["task"].tolist() == [0, 3, 5, 4, 2, 6, 1]
    assert [execution(run, n)["began"] for n in range(7)] == [0.2 + 10 * n for n in range(7)]


def test_priorities_are_read_in_any_case() -> None:
    run = simulated([{}, {"priority": "Low"}, {"priority": "CRITICAL"}], ONE)
    assert run.executions is not None
    assert run.executions["task"].tolist() == [0, 2, 1]


def test_a_task_whose_deadline_passes_while_it_waits_never_begins() -> None:
    run = simulated([{}, {"deadline_ms": 5_000}, {}], ONE | {"tasks.run_time": "15s"})
    assert ended(run, 1) == ("timed_out", 10.0)
    assert run.executions is not None
    assert run.executions["task"].tolist() == [0, 2]
    assert execution(run, 1)["began"] == 15.2
    assert run.counts["executions_came"], run.counts["executions_gone"] == (3, 1)


def test_a_task_that_its_executor_stops_frees_its_slot() -> None:
    run = simulated([{"deadline_ms": 5_000}, {}], ONE | {"tasks.run_time": "1min"})
    assert execution(run, 0)["ended"] == 10.0
    assert execution(run, 1)["began"] == 10.0


def test_a_crash_loses_the_waiting_tasks_and_a_task_that_continues_keeps_its_slot() -> None:
    crash = "kind: crash, executors: run-0, at: 5s, restart_after: 2s"
    run = simulated([stateful(interval=3), {"at_s": 1}, {"at_s": 8}], ONE, crash)
    # It has worked for 4.8 s and continues from its checkpoint at 3 s: 7 s are left at 7 s.
    assert (ended(run, 0), execution(run, 0)["work_lost"]) == (("completed", 14.2), 1.8)
    assert ended(run, 1) == ("unfinished", None)  # it waited when the process ended
    assert (execution(run, 1)["task"], execution(run, 1)["began"]) == (2, 14.0)


def test_tasks_that_wait_do_not_weigh_on_their_executor() -> None:
    changes = ONE | {"workload.target": "policy", "actors.load": 0.25, "drain": "5min"}
    run = simulated([{}] * 3 + [{"at_s": 12.0}], changes)
    assert run.placements is not None
    assert run.placements["true_load"].tolist() == pytest.approx([0.2, 0.2, 0.2, 0.45])


def test_capacity_for_tasks_is_refused_without_tasks() -> None:

    with pytest.raises(ScenarioError, match=r"executors\.0\.capacity\.tasks"):
        loads("name: none\nduration: 1min\nexecutors: [{group: a, count: 2, capacity: {tasks: 3}}]\n")


def test_waiting_is_part_of_the_summary() -> None:
    found = scenario([{}] * 12, {"record.messages": False})
    summary = summarise(simulate(found), found)
    assert (summary["tasks"]["waited"], summary["tasks"]["migrated"]) == (2, 0)
    assert summary["tasks"]["wait"]["mean"] == pytest.approx(2 * 10 / 12)


def test_a_drained_executor_starts_no_waiting_run_until_the_drain_ends() -> None:
    drain = "kind: drain, executors: run-0, at: 5s, for: 20s"
    run = simulated([{} for _ in range(3)], {**ONE, "network.latency": "0s"}, drain)
    found = [execution(run, number) for number in range(3)]
    assert [(each["began"], each["ended"]) for each in found] == [(0, 10), (25, 35), (35, 45)]
