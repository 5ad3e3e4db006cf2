"""Migrations whose times are computed by hand."""

import pytest

from icnsim.columns import NotExact, simulate
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
