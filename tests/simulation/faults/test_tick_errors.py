"""Ticks that fail: due work waits for the next tick, and nothing else changes."""

import pytest

from icnsim.recording.columns import Recording
from icnsim.recording.summary import summarise
from icnsim.scenario import loads
from icnsim.simulation import simulate
from tests.simulation.small import BASE, simulated, times, took_effect
from tests.simulation.submitted import scenario as submitted

DEAD = {"executors.1.behavior": "unresponsive"}
"""The Request is never answered: detected at 90 s, removed at 390 s."""


def removed(run: Recording) -> float:
    return int(run.attempts["removed"][0]) / 1e6


def violated(run: Recording) -> dict[str, int]:
    return {name: count for name, count in run.observed.counts.items() if count}


@pytest.mark.parametrize(
    ("fault", "failed", "gone", "errors"),
    [
        ("at: 91s", 90, 390, 1),
        ("at: 90s", 120, 420, 1),
        ("at: 60001ms", 120, 420, 1),
        ("at: 80s, ticks: 3", 180, 480, 3),
        ("at: 380s", 90, 420, 1),
        ("at: 80s, every: 300s, times: 2", 120, 420, 2),
    ],
)
def test_detection_and_cleanup_are_late_by_the_failed_ticks(fault: str, failed: int, gone: int, errors: int) -> None:
    run = simulated(DEAD, f"kind: manager_error, executors: a-0, {fault}")
    assert times(run) == {"requested": 0, "failed": failed} and removed(run) == gone
    assert run.errors == {"manager": errors, "task_checker": 0}
    assert violated(run) == {}


def test_nothing_else_changes() -> None:
    text = f"{BASE}faults: [{{kind: manager_error, executors: a-0, at: 80s}}]\n"
    before, after = (loads(source, overrides=DEAD) for source in (BASE, text))
    undisturbed, disturbed = (summarise(simulate(scenario), scenario) for scenario in (before, after))
    changed = {name for name in undisturbed if undisturbed[name] != disturbed[name]}
    assert changed == {"detection_latency", "detection_total", "detector", "manager", "faults", "qos"}
    assert disturbed["detection_latency"]["mean"] - undisturbed["detection_latency"]["mean"] == pytest.approx(30)
    # One tick more has scanned the record; the number of ticks is the same.
    assert disturbed["manager"]["ticks"] == undisturbed["manager"]["ticks"]
    assert disturbed["manager"]["cost_s"] - undisturbed["manager"]["cost_s"] == pytest.approx(10e-6)


def test_a_tick_that_a_pause_has_delayed_fails_when_it_comes() -> None:
    pause = "kind: pause, executors: a-0, at: 80s, for: 15s"
    run = simulated(DEAD, pause, "kind: manager_error, executors: a-0, at: 85s")
    assert times(run)["failed"] == 125  # the tick of 90 s comes at 95 s and fails; the next comes 30 s later


def test_an_executor_that_is_down_has_no_ticks_that_could_fail() -> None:
    crash = "kind: crash, executors: a-0, at: 80s, restart_after: 100s"
    keys = DEAD | {"protocol.durable_records": True}
    run = simulated(keys, crash, "kind: manager_error, executors: a-0, at: 85s, ticks: 2")
    assert run.errors["manager"] == 2  # at 180 s, the restart, and at 210 s


def test_another_interval_moves_the_ticks_that_fail() -> None:
    change = {"manager.adjustments": [{"at": "70s", "check_interval": "10s"}]}
    run = simulated(DEAD | change, "kind: manager_error, executors: a-0, at: 65s, ticks: 2")
    assert times(run)["failed"] == 90  # the ticks of 70 s and 80 s fail


def test_a_failed_tick_of_the_task_checker_finds_a_missed_deadline_late() -> None:
    def ended(*faults: str) -> tuple[float, dict[str, int]]:
        run = simulate(submitted([{}], {"tasks.deadline": "15s", "tasks.run_time": "100s"}, *faults))
        assert run.tasks is not None
        return int(run.tasks["ended"][0]) / 1e6, dict(run.errors)

    assert ended() == (20, {"manager": 0, "task_checker": 0})
    assert ended("kind: checker_error, executors: gate-0, at: 20s") == (30, {"manager": 0, "task_checker": 1})
    assert ended("kind: checker_error, executors: gate-0, at: 12s, ticks: 3")[0] == 50


def test_each_executor_has_its_own_ticks_that_fail() -> None:
    run = simulated(DEAD, "kind: manager_error, executors: '*', at: 80s, ticks: 2")
    assert run.errors["manager"] == 4 and took_effect(run) == {"manager_error": 2}
