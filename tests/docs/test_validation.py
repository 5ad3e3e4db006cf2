"""The page about validation has every case of its program, and every case can run for real."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from docs.programs.livecases import CASES, PROMISE_S, SPEED, Found
from docs.programs.livespeeds import at_speed, verdict
from icnsim.engines import simulate
from icnsim.experiment import Run
from icnsim.live.comparison import compare
from icnsim.live.heartbeatslack import heartbeat_slack_us
from icnsim.live.running import Live
from icnsim.live.support import planned
from icnsim.scenario import loads

PAGE = (Path(__file__).parents[2] / "docs" / "validation.md").read_text("utf-8")


@pytest.mark.parametrize("title", CASES)
def test_a_case_can_run_for_real_and_is_on_the_page(title):
    plan = planned(loads(CASES[title]), SPEED, 2)
    assert plan.seconds < 60
    section = PAGE.partition(f"## {title}\n")[2].partition("\n## ")[0]
    assert "migration_duration" in section
    assert "have the same actor, source, target and outcome" in section
    assert "timers, late by" in section


def test_the_page_says_where_the_promise_was_broken():
    assert PAGE.count(f"exceeds the promised {PROMISE_S * 1000:.2f} ms") == PAGE.count("**The largest delay")


NONE_LATE = {"mean_s": 0.0, "p99_s": 0.0, "max_s": 0.002, "count": 1}


def at(speed, live, simulated, scenario):
    """The agreement of a run with the simulation; it has used 0.1 s of processors; its largest delay is 2 ms."""
    measures = {
        "speed": speed, "lag_s": 0.0, "late_reports_s": 0.0, "worker_cpu_s": 0.07, "supervisor_cpu_s": 0.03,
        **dict.fromkeys(("timer", "socket", "command", "process"), NONE_LATE),
    }  # fmt: skip
    found = compare(scenario, live, simulated, measures=measures, calibration=measures, worst_s=0.002)
    run = Live(Run(scenario, {}, live, None), live, measures, PROMISE_S, found, measures, simulated)
    return at_speed(Found(scenario, run, 0.1))


def test_the_page_says_at_which_speeds_figures_and_attempts_begin_to_differ():
    scenario = loads(
        "name: speeds\nexecutors: [{group: a, count: 3}]\nactors: {count: 50}\nduration: 2min\ndrain: 60s\n"
        "workload: {arrivals: {rate: 1/s}}"
    )
    simulated = simulate(scenario)[0]
    failed = dict(simulated.attempts)
    failed["target"] = np.where(np.arange(len(failed["target"])) < 2, 2 - failed["target"], failed["target"])
    slower = dict(simulated.attempts)
    slower["completed"] = np.where(slower["completed"] >= 0, slower["completed"] + 3_000_000, slower["completed"])
    results = [
        at(10, simulated, simulated, scenario),
        at(100, replace(simulated, attempts=slower), simulated, scenario),
        at(400, replace(simulated, attempts=failed), simulated, scenario),
    ]
    text = verdict(results, 2)
    assert "Up to a speed of 10 every figure agrees and every attempt is the same. At 100 the first figures" in text
    assert "Up to 100 every attempt is the same, and at 400 not: the largest delay is 2.0 ms, 0.80 s of virtual" in text
    per_s = len(simulated.attempts["actor"]) / 1.2
    cost_s = 0.1 / 1.2 / per_s
    assert (
        f"a migration takes {cost_s * 1000:.1f} ms of processor time, so 2 cores carry about {2 / cost_s:.0f} m" in text
    )


def test_the_page_has_the_slack_of_the_case_with_heartbeats():
    slack_us = heartbeat_slack_us(loads(CASES["Detector: accrual with heartbeats"]))
    assert f"is {slack_us / 1e6:.3f} s of virtual time,\n{slack_us / 1000 / SPEED:.0f} ms of real time" in PAGE
