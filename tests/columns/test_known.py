"""Migrations whose times are computed by hand."""

import pytest

from icnsim.columns import NotExact, simulate
from icnsim.columns.engine import Run
from icnsim.errors import BudgetError
from icnsim.recording.columns import NEVER
from icnsim.recording.progress import Budget
from icnsim.scenario import loads

ONE = """
name: one
executors: [{group: here, count: 1}, {group: there, count: 1, hosts_actors: false}]
actors: {count: 1}
network: {latency: 200ms, gossip: {messages: []}}
stages: {evaluation: 100ms, checkpoint: 2s, restore: 500ms}
manager: {phase: aligned}
workload: {arrivals: {process: periodic, rate: 1/s}, migrations: 1}
"""


@pytest.mark.parametrize("compiled", [False, True])
def test_an_ordinary_migration_has_the_computed_times(compiled: bool) -> None:
    a = simulate(loads(ONE), compiled=compiled).recording.attempts
    expected = {
        "requested": 0, "admitted": 300_000, "accepted": 500_000, "checkpointed": 2_500_000, "transferred": 2_700_000,
        "restored": 3_200_000, "completed": 3_400_000, "failed": NEVER, "downtime": 2_700_000,
        "removed": 330_000_000, "target_removed": 330_000_000,
    }  # fmt: skip
    assert {name: int(a[name][0]) for name in expected} == expected


@pytest.mark.parametrize("compiled", [False, True])
def test_the_first_tick_after_the_timeout_fails_an_attempt_without_an_answer(compiled: bool) -> None:
    scenario = loads(ONE, overrides={"executors.1.behavior": "unresponsive"})
    recording = simulate(scenario, compiled=compiled).recording
    assert recording.attempts["failed"].tolist() == [90_000_000]  # at the tick at 60 s its age does not exceed 60 s
    assert recording.attempts["deadline"].tolist() == [60_000_000]
    assert recording.reasons == ("", "Migration timed out")
    assert recording.ticks["at"].tolist() == [90_000_000, 390_000_000]
    assert recording.ticks["timed_out"].tolist() == [1, 0]
    assert recording.ticks["active"].tolist() == [1, 0]


@pytest.mark.parametrize("compiled", [False, True])
@pytest.mark.parametrize(
    ("detector", "failed"),
    [
        ({"kind": "deadline"}, 60_001_000),  # strictly older than 60 s, in whole ms
        ({"kind": "wheel", "tick": "20s"}, 80_000_000),
        ({"kind": "wheel", "tick": "1ms"}, 60_001_000),
        ({"kind": "wheel", "tick": "7s"}, 63_000_000),
    ],
)
def test_a_look_of_the_detector_fails_an_attempt_without_an_answer(
    detector: dict[str, object], failed: int, compiled: bool
) -> None:
    scenario = loads(ONE, overrides={"executors.1.behavior": "unresponsive", "manager.detector": detector})
    recording = simulate(scenario, compiled=compiled).recording
    assert recording.attempts["failed"].tolist() == [failed]
    assert recording.attempts["deadline"].tolist() == [60_000_000]
    removed = -(-(failed + 300_000_000) // 30_000_000) * 30_000_000  # cleanup stays at the ticks of the manager
    assert recording.ticks["at"].tolist() == [removed]
    assert recording.ticks["timed_out"].tolist() == [0]
    firings = {name: column.tolist() for name, column in recording.firings.items()}
    assert firings == {"executor": [0], "at": [failed], "active": [1], "records": [1], "timed_out": [1]}


def test_a_wheel_ticks_with_the_phase_of_the_manager() -> None:
    changed = {"executors.1.behavior": "unresponsive", "manager.phase": "random"}
    for tick in ("7s", "45s"):
        run = Run(loads(ONE, overrides={**changed, "manager.detector": {"kind": "wheel", "tick": tick}}))
        assert run.phases is not None
        failed = int(run.run().recording.attempts["failed"][0])
        period = int(tick[:-1]) * 1_000_000
        assert (failed - run.phases[0]) % period == 0
        assert 60_001_000 <= failed < 60_001_000 + period


def test_an_override_has_a_detector_of_its_own() -> None:
    changed = {
        "executors.1.behavior": "unresponsive", "actors.count": 2, "workload.migrations": 2,
        "manager.detector.kind": "deadline",
        "manager.overrides": [{"actors": "actor-1", "detector": {"kind": "poll"}, "timeout": "70s"}],
    }  # fmt: skip
    recording = simulate(loads(ONE, overrides=changed)).recording
    attempts, poll = recording.attempts, recording.attempts["actor"] == 1
    assert sorted(attempts["actor"].tolist()) == [0, 1]
    assert attempts["failed"][~poll].tolist() == (attempts["requested"][~poll] + 60_001_000).tolist()
    assert attempts["failed"][poll].tolist() == [90_000_000]
    assert recording.firings["timed_out"].tolist() == [1]
    assert recording.ticks["timed_out"].sum() == 1


@pytest.mark.parametrize("kind", ["poll", "deadline"])
def test_timeouts_grow_with_the_sizes_of_states(kind: str) -> None:
    sized: dict[str, object] = {
        "executors.1.behavior": "unresponsive", "actors.count": 20,
        "actors.state_size": {"distribution": "exponential", "mean": "2MiB"},
        "workload.migrations": 20, "manager.detector.kind": kind, "manager.timeout": "1s + 2s/MiB",
        "manager.overrides": [
            {"actors": "actor-1?", "min_state_size": "1MiB", "timeout": "7s + 1us/B", "retention": "1s"},
            {"actors": "actor-3", "timeout": "9s"},
        ],
    }  # fmt: skip
    scenario = loads(ONE, overrides=sized)
    attempts = simulate(scenario).recording.attempts
    assert len(set(attempts["state_bytes"].tolist())) > 5
    for row in range(20):
        actor, size = int(attempts["actor"][row]), int(attempts["state_bytes"][row])
        expected = 1000 + -(-2000 * size // 2**20)
        if actor >= 10 and size >= 2**20:
            expected = 7000 + -(-size // 1000)
        elif actor == 3:
            expected = 9000
        requested, failed = int(attempts["requested"][row]), int(attempts["failed"][row])
        assert int(attempts["deadline"][row]) == requested + expected * 1000
        due = requested // 1000 + expected + 1
        assert failed == (due * 1000 if kind == "deadline" else -(-due // 30_000) * 30_000_000)


def test_a_retry_waits_for_its_backoff() -> None:
    scenario = loads(ONE, overrides={"executors.1.behavior": "rejecting", "retry.max_retries": 2})
    a = simulate(scenario).recording.attempts
    assert a["requested"].tolist() == [0, 1_500_000, 4_000_000]
    assert a["failed"].tolist() == [500_000, 2_000_000, 4_500_000]


def test_a_scenario_that_needs_the_event_engine_is_refused() -> None:
    with pytest.raises(NotExact, match=r"quorum\.enabled needs the event engine"):
        simulate(loads(ONE, overrides={"quorum.enabled": True}))


def test_the_last_progress_is_one() -> None:
    progress: list[tuple[float, int]] = []
    simulate(loads(ONE), observer=lambda share, events, snapshot: progress.append((share, events)))
    assert progress[-1][0] == 1


def test_a_budget_of_events_stops_a_run() -> None:
    scenario = loads(ONE, overrides={"workload.migrations": 50, "actors.count": 50})
    with pytest.raises(BudgetError, match="--max-events of 10"):
        simulate(scenario, budget=Budget(max_events=10))
