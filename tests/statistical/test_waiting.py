"""The closed forms of the wait for a slot, compared with simulated queues and known values.

The mean wait of six runs differs from its form by less than four estimated standard errors. A correct program exceeds
that with a probability of 1 % (Student's t, five degrees of freedom). The seeds are fixed.
"""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from icnsim.recording.summary import summarise
from icnsim.scenario import Scenario, loads
from icnsim.simulation import simulate
from icnsim.theory import design
from icnsim.theory.predictions import Prediction, predict

SEEDS = 6


def test_erlang_and_pollaczek_khinchine() -> None:
    assert design.servers_wait(1, 0.5, 1.0) == pytest.approx(1.0)  # M/M/1: ρ S / (1 - ρ)
    assert design.servers_wait(2, 1.0, 1.0) == pytest.approx(1 / 3)  # C(2, 1) = 1/3
    assert design.one_server_wait(0.5, 1.0, 1.0) == pytest.approx(design.servers_wait(1, 0.5, 1.0))
    assert design.one_server_wait(0.5, 1.0, 0.0) == pytest.approx(0.5)  # M/D/1 waits half as long as M/M/1


def scenario(
    folder: Path,
    slots: int,
    run_time: str,
    rate: float,
    seed: int = 1,
    tasks: int = 9_000,
    more: str = "",
    **body: Any,
) -> Scenario:
    """Tasks with Poisson arrivals at three executors, with this rate at each of them."""
    draws = np.random.default_rng(seed)
    times = np.cumsum(draws.exponential(1 / (3 * rate), tasks))
    priorities = draws.choice(["low", "normal", "high", "critical"], tasks)
    bodies = [
        {"at_s": round(float(at), 6), "id": f"t{n}", "code": "x", "priority": str(priority), **body}
        for n, (at, priority) in enumerate(zip(times, priorities, strict=True))
    ]
    Path(folder, "b.jsonl").write_text("\n".join(map(json.dumps, bodies)))
    text = (
        f"name: queue\nseed: {seed}\ndrain: 3h\nrecord: {{timeline: null}}\ntasks: {{run_time: {run_time}}}\n"
        f"executors: [{{group: a, count: 3, capacity: {{tasks: {slots}}}}}]\n"
        f"workload: {{trigger: {{submissions: {{file: b.jsonl}}}}}}\n{more}"
    )
    return loads(text, folder)


def wait(made: Scenario) -> Prediction:
    return predict(made)["tasks.wait.mean"]


@pytest.mark.parametrize(
    ("slots", "run_time", "rate", "tasks", "expected"),
    [
        # The slots are used for 40 % and 60 % of the time. A higher share needs many more tasks for the same precision.
        (1, "10s", 0.04, 1_200, 10 * 0.4 / 0.6 / 2),
        (1, "{distribution: uniform, low: 0s, high: 20s}", 0.04, 1_200, 0.04 * (400 / 3) / (2 * 0.6)),
        (4, "{distribution: exponential, mean: 20s}", 0.12, 3_000, design.servers_wait(4, 0.12, 20.0)),
    ],
)
def test_simulated_waits_are_those_of_the_theory(
    tmp_path: Path, slots: int, run_time: str, rate: float, tasks: int, expected: float
) -> None:
    waits, forms = [], []
    for seed in range(SEEDS):
        made = scenario(tmp_path, slots, run_time, rate, seed, tasks)
        predicted = wait(made)
        assert predicted.reason is None
        assert predicted.value == pytest.approx(expected, rel=0.2)  # the rate is that of the file
        forms.append(predicted.value)
        waits.append(summarise(simulate(made), made)["tasks"]["wait"]["mean"])
    off = np.array(waits) - np.array(forms)
    assert abs(off.mean()) < 4 * off.std(ddof=1) / np.sqrt(SEEDS)
    assert np.mean(waits) == pytest.approx(expected, rel=0.15)


@pytest.mark.parametrize(
    ("slots", "run_time", "rate", "more", "body", "reason"),
    [
        (2, "10s", 0.12, "", {}, "several slots, and run times that are not exponential"),
        (1, "10s", 0.0999, "", {}, "the slots are full"),
        (1, "10s", 0.06, "", {"deadline_ms": 60_000}, "a task that misses its deadline stops waiting"),
        (1, "10s", 0.06, "quorum: {enabled: true, executors: 2}\n", {}, "several executors run one task"),
        (1, "10s", 0.06, "network: {loss: 0.01}\n", {}, "may be lost"),
        (1, "10s", 0.06, "", {"resource_profile": {"duration_estimate_secs": 9}}, "their own run times"),
    ],
)
def test_no_prediction_where_an_assumption_is_broken(
    tmp_path: Path, slots: int, run_time: str, rate: float, more: str, body: dict[str, object], reason: str
) -> None:
    found = wait(scenario(tmp_path, slots, run_time, rate, tasks=2_000, more=more, **body))
    assert found.value is None
    assert reason in (found.reason or "")


def test_tasks_that_always_find_a_slot_do_not_wait(tmp_path: Path) -> None:
    made = scenario(tmp_path, 100, "10s", 0.06, tasks=500)
    assert wait(made).value == 0
    assert summarise(simulate(made), made)["tasks"]["wait"]["max"] == 0
    assert predict(made)["tasks.completed"].value == 500


def test_figures_of_tasks_that_do_not_wait_are_not_predicted_if_tasks_wait(tmp_path: Path) -> None:
    found = predict(scenario(tmp_path, 1, "10s", 0.06, tasks=500))["tasks.time.mean"]
    assert (found.value, found.reason) == (None, "tasks wait for a slot of their executor")


def test_regular_arrivals_at_few_executors_are_not_random(tmp_path: Path) -> None:
    bodies = [{"at_s": 5.0 * n, "id": f"t{n}", "code": "x"} for n in range(500)]
    (tmp_path / "r.jsonl").write_text("\n".join(map(json.dumps, bodies)))
    text = "name: r\ndrain: 1h\ntasks: {run_time: 10s}\nworkload: {trigger: {submissions: {file: r.jsonl}}}\n"
    few = loads(f"{text}executors: [{{group: a, count: 3, capacity: {{tasks: 1}}}}]\n", tmp_path)
    assert "regularly" in (wait(few).reason or "")
