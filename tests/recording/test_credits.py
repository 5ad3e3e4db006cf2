"""The costs of tasks and migrations in credits, against values by hand: fuel used x payment rate / 1000."""

import pytest

from icnsim.errors import ScenarioError
from icnsim.recording import arrow
from icnsim.recording.columns import Recording
from icnsim.recording.summary import summarise
from icnsim.scenario import Scenario, loads
from icnsim.simulation import simulate
from tests.simulation import submitted
from tests.simulation.small import BASE, STEPS

PAID = {"actors.fuel_rate": "500/s", "actors.payment_rate": 4}


def column(table: str, name: str, run: Recording, scenario: Scenario) -> list[float]:
    found = arrow.table(table, run, scenario)
    assert found is not None
    values: list[float] = found.column(name).to_pylist()
    return values


def test_a_completed_task_costs_its_fuel_limit_in_whole_credits() -> None:
    bodies = [
        {"fuel_limit": 5000, "payment_rate": 7},  # 35 credits
        {"fuel_limit": 999, "payment_rate": 7},  # 6.993, of which whole credits are paid
        {"payment_rate": 2},  # the crate's default of 10 000
        {},
    ]
    scenario = submitted.scenario(bodies)
    run = simulate(scenario)
    assert column("tasks", "credits", run, scenario) == [35, 6, 20, 0]
    assert column("tasks", "fuel_limit", run, scenario) == [5000, 999, 10_000, 10_000]
    assert column("executions", "fuel_used", run, scenario) == [5000, 999, 10_000, 10_000]
    figures = summarise(run, scenario)["credits"]
    assert figures == {
        "fuel_used": 25_999, "tasks": 61, "tasks_mean": 61 / 4, "migrations": None, "migrations_mean": None
    }  # fmt: skip


def test_each_executor_of_a_quorum_is_paid() -> None:
    scenario = submitted.scenario(
        [{"fuel_limit": 5000, "payment_rate": 7}], {"quorum.enabled": True, "quorum.executors": 3}, runners=3
    )
    assert column("tasks", "credits", simulate(scenario), scenario) == [105]


def test_a_run_that_is_stopped_has_used_fuel_and_is_not_paid() -> None:
    """The task of 30 s begins at 0.2 s, and its executor stops it at the tick at 20 s: 19.8 of 30 s are done."""
    body = {"fuel_limit": 3000, "payment_rate": 7, "deadline_ms": 12_000}
    scenario = submitted.scenario([{**body, "resource_profile": {"duration_estimate_secs": 30}}])
    run = simulate(scenario)
    assert column("executions", "fuel_used", run, scenario) == [1980]
    assert column("tasks", "credits", run, scenario) == [0]


def test_work_that_is_done_twice_uses_fuel_twice_and_is_paid_once() -> None:
    """The executor crashes 8 s into the run, 2 s after the checkpoint at 6 s, so that 12 of 10 s of work are done."""
    body = submitted.stateful(interval=3, fuel_limit=1000, payment_rate=7)
    scenario = submitted.scenario([body], {}, "kind: crash, executors: run-0, at: 8200ms, restart_after: 1s")
    run = simulate(scenario)
    assert column("executions", "fuel_used", run, scenario) == [1200]
    assert column("executions", "credits", run, scenario) == [7]


def test_a_migration_costs_the_payment_that_is_missed_in_its_downtime() -> None:
    downtime = STEPS["restored"] - STEPS["accepted"]
    scenario = loads(BASE, overrides=PAID)
    run = simulate(scenario)
    figures = summarise(run, scenario)["credits"]
    assert figures["migrations"] == pytest.approx(downtime * 500 * 4 / 1000)
    assert figures["migrations_mean"] == figures["migrations"]
    assert column("credits", "fuel_missed", run, scenario) == [pytest.approx(downtime * 500)]
    assert column("credits", "credits", run, scenario) == [pytest.approx(figures["migrations"])]


def test_without_a_payment_rate_migrations_have_no_cost() -> None:
    scenario = loads(BASE)
    run = simulate(scenario)
    assert set(summarise(run, scenario)["credits"].values()) == {None}
    assert arrow.table("credits", run, scenario) is None


def test_a_fuel_rate_and_a_payment_rate_need_each_other() -> None:
    with pytest.raises(ScenarioError, match=r"actors\.payment_rate: found 0, expected a value above 0"):
        loads(BASE, overrides={"actors.fuel_rate": "500/s"})
