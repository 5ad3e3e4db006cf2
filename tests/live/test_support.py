"""The scenarios that can run for real, the limits, and the processes."""

import pytest

from icnsim.errors import ScenarioError
from icnsim.live.support import planned
from icnsim.scenario import loads

BASE = """
name: support
executors: [{group: a, count: 5}]
duration: 60s
drain: 60s
workload: {arrivals: {rate: 1/s}}
"""


@pytest.mark.parametrize(
    ("more", "key"),
    [
        ("actors: {mode: ephemeral}", "actors.mode"),
        ("network: {sharing: executor, bandwidth: 1MiB/s}", "network.sharing"),
        ("checkpoints: {store_bandwidth: 1MiB/s}", "checkpoints.store_bandwidth"),
    ],
)
def test_what_cannot_run_for_real_is_refused_by_name(more, key):
    with pytest.raises(ScenarioError, match=key):
        planned(loads(BASE + more), 10, 2)


def test_a_policy_is_refused_by_name():
    text = BASE.replace("{arrivals: {rate: 1/s}}", "{trigger: policy}")
    with pytest.raises(ScenarioError, match=r"workload\.trigger.*\n.*workload\.target"):
        planned(loads(text), 10, 2)


@pytest.mark.parametrize(
    "more",
    [
        "actors: {message_rate: 1/s}",
        "checkpoints: {store: memory, time: 1s, flush: 200ms, pauses: false}",
        "faults: [{kind: clock_drift, executors: a-1, at: 1s, for: 9s, rate: 1.1},"
        " {kind: manager_error, executors: a-2, at: 1s}]",
        "faults: [{kind: checker_error, executors: a-1, at: 1s},"
        " {kind: forge, executors: a-1, at: 1s, probability: 1}]",
    ],
)
def test_checkpoints_and_all_kinds_of_fault_can_run_for_real(more):
    assert planned(loads(BASE + more), 1, 2).seconds == 120


def test_executors_are_spread_over_the_processes():
    plan = planned(loads(BASE), 10, 2)
    assert plan.places == ((0, 2, 4), (1, 3))
    assert plan.seconds == 12
    assert plan.sockets == 2 * 3


def test_an_executor_that_a_signal_hits_has_its_own_process():
    faults = (
        "faults: [{kind: crash, executors: a-2, at: 5s, restart_after: 20s},"
        " {kind: pause, executors: a-4, at: 5s, for: 9s, every: 10s}, {kind: slow, executors: a-1, at: 1s, factor: 2}]"
    )
    assert planned(loads(BASE + faults), 10, 2).places == ((0, 3), (1,), (2,), (4,))


def test_a_run_that_takes_too_long_is_refused():
    with pytest.raises(ScenarioError, match="7260 s of real time at speed 1, expected at most 3600 s"):
        planned(loads(BASE.replace("duration: 60s", "duration: 2h")), 1, 2)


def test_too_many_processes_are_refused():
    crashes = "faults: [{kind: crash, executors: '*', at: 5s, restart_after: 9s}]"
    with pytest.raises(ScenarioError, match="found 130 processes, expected at most 128"):
        planned(loads(BASE.replace("count: 5", "count: 65") + crashes), 10, 2)
    lasting = crashes.replace(", restart_after: 9s", "")
    assert planned(loads(BASE.replace("count: 5", "count: 65") + lasting), 10, 2).processes == 65


def test_a_process_waits_for_each_executor_that_restarts():
    faults = (
        "faults: [{kind: crash, executors: a-2, at: 5s, restart_after: 20s, every: 30s},"
        " {kind: crash, executors: a-3, at: 5s}, {kind: crash, executors: a-4, at: 5s, restart_after: 9s}]"
    )
    plan = planned(loads(BASE + faults), 10, 1)
    assert plan.places == ((0, 1), (2,), (3,), (4,))
    assert plan.restarts == (0, 4, 0, 1)
    assert plan.processes == 6


def test_a_fault_that_is_too_short_for_signals_is_refused():
    short = BASE + "faults: [{kind: pause, executors: a-1, at: 5s, for: 500ms}]"
    assert planned(loads(short), 5, 2).seconds == 24
    with pytest.raises(ScenarioError, match=r"speed 10, expected at least 0\.1 s"):
        planned(loads(short), 10, 2)


def test_too_few_open_files_are_refused(monkeypatch):
    monkeypatch.setattr("resource.getrlimit", lambda _: (37, 1000))
    with pytest.raises(ScenarioError, match="opens 38 files, expected at most 37, the limit of this shell"):
        planned(loads(BASE), 10, 2)
    assert planned(loads(BASE), 10, 1).sockets == 2


@pytest.mark.parametrize(("speed", "processes"), [(0, 1), (1001, 1), (2.5, 1), (1, 0), (1, 129)])
def test_arguments_from_python_have_the_limits_of_the_command(speed, processes):
    with pytest.raises(ScenarioError, match="expected a whole number from 1 to"):
        planned(loads(BASE), speed, processes)
