"""When the detectors that do not poll find a record too old: exact times, with and without faults.

The Request of 0 s is never answered. Its deadline is 60 s, so a check finds it too old from 60.001 s on.
"""

import numpy as np
import pytest

from icnsim.recording.columns import Recording
from tests.simulation.executors.storm import stormy
from tests.simulation.small import S, simulated

SILENT = {
    "executors": [{"group": "a", "count": 1}, {"group": "b", "count": 1, "behavior": "unresponsive"}],
    "drain": "20min",
}
DEADLINE = {"kind": "deadline"}
WHEEL = {"kind": "wheel", "tick": "700ms"}
POLL = {"kind": "poll"}
FIRST_TICK = 60.2
"""The first tick of `WHEEL` from 60.001 s on."""


def found(detector: dict[str, str], *faults: str, **changes: object) -> float:
    """The time at which the Request fails, s; the manager and the monitor agree that it is not too late."""
    run = simulated(SILENT | {"manager.detector": detector}, *faults, **changes)
    assert run.observed.counts["I6"] == 0
    assert run.firings["timed_out"].sum() + run.ticks["timed_out"].sum() == 1
    return int(run.attempts["failed"][0]) / S


def test_a_timer_fires_in_the_ms_after_the_deadline() -> None:
    assert found(DEADLINE) == 60.001


def test_a_wheel_checks_at_its_first_tick_from_then_on() -> None:
    assert found(WHEEL) == FIRST_TICK
    assert found({"kind": "wheel", "tick": "1ms"}) == 60.001
    assert found({"kind": "wheel", "tick": "2min"}) == 120


def test_a_wheel_has_the_phase_of_the_manager_s_loop() -> None:
    run = simulated(SILENT | {"manager.detector": WHEEL}, manager__phase="random")
    assert run.phases is not None
    late = int(run.attempts["failed"][0]) - int(run.phases[0]) % 700_000
    assert late % 700_000 == 0 and 60_001_000 <= run.attempts["failed"][0] < 60_701_000


@pytest.mark.parametrize(("detector", "first"), [(DEADLINE, 60.001), (WHEEL, FIRST_TICK)])
def test_each_check_that_fails_records_is_one_row(detector: dict[str, str], first: float) -> None:
    changes = {"actors.count": 3, "workload.migrations": 3, "workload.arrivals.rate": "100000/s"}
    run = simulated(SILENT | changes | {"manager.detector": detector})
    rows = [[int(run.firings[name][0]) for name in ("executor", "at", "active", "records", "timed_out")]]
    assert rows == [[0, first * S, 3, 3, 3]]
    assert not run.ticks["timed_out"].any() and run.ticks["removed"].sum() == 3


def test_a_pause_delays_a_timer_and_a_wheel() -> None:
    pause = "kind: pause, executors: a-0, at: 50s, for: 30s"
    assert found(DEADLINE, pause) == 80
    assert found(WHEEL, pause) == 80  # a missed tick occurs when the process resumes
    assert found(DEADLINE, "kind: pause, executors: a-0, at: 10s, for: 30s") == 60.001


def test_a_clock_that_is_set_moves_no_timer() -> None:
    step = "kind: clock_step, executors: a-0, at: 10s, by: 5min"
    assert found(DEADLINE, step) == 60.001
    assert found(WHEEL, step) == FIRST_TICK
    assert found(POLL, step) == 30  # hazard 15
    back = "kind: clock_step, executors: a-0, at: 10s, by: -5min"
    assert found(DEADLINE, back) == 60.001
    assert found(WHEEL, back) == FIRST_TICK
    assert found(DEADLINE, step, protocol__monotonic_clock=True) == 60.001


def test_a_clock_that_drifts_moves_the_timers() -> None:
    fast = "kind: clock_drift, executors: a-0, at: 0s, rate: 2"
    assert found(DEADLINE, fast) == pytest.approx(30.0005)
    assert found({"kind": "wheel", "tick": "1ms"}, fast) == pytest.approx(30.0005)
    slow = "kind: clock_drift, executors: a-0, at: 30s, rate: 0.5, for: 20s"
    assert found(DEADLINE, slow) == pytest.approx(70.001)


def test_slow_work_and_ticks_that_fail_delay_no_timer() -> None:
    assert found(DEADLINE, "kind: slow, executors: a-0, at: 10s, factor: 10") == 60.001
    failing = "kind: manager_error, executors: a-0, at: 0s, ticks: 30"
    assert found(DEADLINE, failing) == 60.001
    assert found(WHEEL, failing) == FIRST_TICK
    assert found(POLL, failing) == 900


def test_a_partition_delays_no_timer() -> None:
    assert found(DEADLINE, "kind: partition, executors: a-0, at: 0s, for: 5min") == 60.001


@pytest.mark.parametrize(("detector", "late"), [(DEADLINE, 0.001), (WHEEL, None)])
def test_after_a_restart_a_hand_over_in_doubt_has_the_full_timeout_again(
    detector: dict[str, str], late: float | None
) -> None:
    changes = {"protocol.profile": "hardened", "manager.detector": detector, "drain": "20min"}
    crash = "kind: crash, executors: a-0, at: 2.6s, state: durable, restart_after: 10s"
    cut = "kind: loss, executors: b-0, at: 2.5s, for: 2min, probability: 1"
    run = simulated(changes, crash, cut)
    log = run.message_log
    assert log is not None
    cancels = log["sent"][log["kind"] == 5]
    assert len(cancels) > 0
    if late is not None:
        assert cancels[0] == 72_601_000  # 60 s after the restart of 12.6 s
    assert 72_601_000 <= cancels[0] < 73_301_000


def test_a_crash_without_durable_records_loses_the_timer_with_the_record() -> None:
    crash = "kind: crash, executors: a-0, at: 10s, state: volatile, restart_after: 10s"
    run = simulated(SILENT | {"manager.detector": DEADLINE}, crash)
    assert len(run.firings["at"]) == 0 and run.attempts["failed"][0] == -1


@pytest.mark.parametrize("profile", ["as-designed", "as-implemented", "as-committed", "hardened"])
@pytest.mark.parametrize("detector", [DEADLINE, WHEEL])
def test_no_record_exceeds_its_bound_under_any_fault(profile: str, detector: dict[str, str]) -> None:
    run = stormy(detector, profile)
    assert run.observed.counts["I6"] == 0
    assert run.firings["timed_out"].sum() > 10
    assert not run.ticks["timed_out"].any()


# Settings of some actors, and changes at run time


def times(run: Recording) -> list[float]:
    return (np.sort(run.attempts["failed"]) / S).tolist()


def test_some_actors_may_have_another_detector() -> None:
    changes = {
        "actors.count": 2, "workload.migrations": 2, "workload.arrivals.rate": "100000/s",
        "manager.overrides": [{"actors": "actor-1", "detector": DEADLINE}],
    }  # fmt: skip
    run = simulated(SILENT | changes)
    assert times(run) == [60.001, 90]
    assert int(run.attempts["failed"][run.attempts["actor"] == 1][0]) == 60_001_000
    assert (len(run.firings["at"]), int(run.ticks["timed_out"].sum())) == (1, 1)


@pytest.mark.parametrize(
    ("before", "at", "after", "failed"),
    [
        (POLL, "10s", DEADLINE, 60.001), (POLL, "70s", DEADLINE, 70), (DEADLINE, "10s", POLL, 90),
        (WHEEL, "10s", DEADLINE, 60.001), (POLL, "10s", WHEEL, FIRST_TICK), (POLL, "70.1s", WHEEL, 70.7),
        (DEADLINE, "10s", DEADLINE, 60.001), (WHEEL, "10s", POLL, 90),
    ],
)  # fmt: skip
def test_the_detector_may_be_exchanged(before: dict[str, str], at: str, after: dict[str, str], failed: float) -> None:
    run = simulated(SILENT | {"manager.detector": before}, manager__adjustments=[{"at": at, "detector": after}])
    assert times(run) == [failed]
    assert run.observed.counts["I6"] == 0
    exchanged = 0 if before == after else float(at.removesuffix("s"))
    assert run.attempts["deadline"][0] == max(60, exchanged) * S


@pytest.mark.parametrize(
    ("at", "timeout", "failed"), [("10s", "30s", 30.001), ("40s", "20s", 40), ("50s", "2min", 120.001)]
)
def test_another_timeout_moves_the_deadlines(at: str, timeout: str, failed: float) -> None:
    run = simulated(SILENT | {"manager.detector": DEADLINE}, manager__adjustments=[{"at": at, "timeout": timeout}])
    assert times(run) == [failed]
