"""The outcomes of submitted tasks compared with the closed forms, in scenarios of many kinds.

A prediction has a reason if it does not apply. Here scenarios are drawn without regard to these reasons, and each
predicted figure is compared with the simulated one. The tolerances are six standard errors, with an error probability
of about 2e-9 each for normal figures. The seeds are fixed.
"""

import json
import math
import random
from pathlib import Path

import numpy as np
import pytest
from scipy import stats

from icnsim.recording.columns import Recording
from icnsim.recording.summary import summarise
from icnsim.scenario import Scenario, loads
from icnsim.simulation import simulate
from icnsim.theory.predictions import predict

SIGMAS = 6.0
TASKS = 250
SCENARIOS = 16
INTERVAL = 10.0


def text(seed: int) -> str:
    """The YAML of a scenario of any kind."""
    pick = random.Random(seed)
    groups = [f"{{group: base, count: {pick.choice((5, 12, 40))}}}"]
    quorum = pick.random() < 0.5
    behaviors = ["unresponsive", "slow, slowdown: 3", "responsive, weight: 0, hosts_actors: true"]
    if quorum:
        behaviors = [f"byzantine, lies: {pick.choice(('alone', 'collude', 'equivocate', 'silent'))}", *behaviors[2:]]
    for number in range(pick.randint(0, 2)):
        groups.append(f"{{group: g{number}, count: {pick.randint(1, 9)}, behavior: {pick.choice(behaviors)}}}")
    voters = pick.choice((1, 2, 3, 5, "by-credits"))
    run = ("10s", "{distribution: exponential, mean: 8s}", "{distribution: uniform, low: 1s, high: 40s}")
    latency = ("200ms", "{distribution: exponential, mean: 1s}", "{distribution: gamma, mean: 3s, std: 1s}")
    return f"""
name: any-{seed}
seed: {seed + 1}
warmup: {pick.choice(("0s", "30s"))}
drain: {pick.choice((*["1h"] * 9, "20s"))}
executors: [{", ".join(groups)}]
actors: {{state_size: {pick.choice(("1MiB", "{distribution: uniform, low: 1MiB, high: 5MiB}"))}}}
tasks:
  run_time: {pick.choice(run)}
  growth: {pick.choice(("null", "100KiB/s"))}
  deadline: {"null" if quorum else pick.choice(("null", "null", "12s", "1s", "5min"))}
  window: {pick.choice((*["first-result"] * 5, "submission" if quorum else "first-result"))}
checkpoints: {{time: {pick.choice(("0s", "0s", "500ms"))}, bandwidth: {pick.choice((*["null"] * 3, "10MiB/s"))}}}
network: {{latency: {pick.choice(latency)}, gossip: {{messages: {pick.choice(("[]", "[task]", "[result]"))}}}}}
manager: {{phase: {pick.choice((*["random"] * 9, "aligned"))}}}
workload: {{trigger: {{submissions: {{file: b.jsonl}}}}}}
quorum: {{enabled: {"true" if quorum else "false"}, executors: {voters}, threshold: {pick.choice((0.5, 0.67))}}}
record: {{timeline: null}}
"""


def bodies(seed: int) -> str:
    pick = random.Random(-seed - 1)
    with_deadlines, with_values, at = pick.random() < 0.2, pick.random() < 0.5, 0.0
    modes = pick.choice((["Stateful"], [None], [None, "Stateful", "WasmStateful"]))
    lines = []
    for number in range(TASKS):
        at += pick.expovariate(5)
        body: dict[str, object] = {"at_s": at, "id": f"t{number}", "code": "x"}
        mode = pick.choice(modes)
        if mode is not None:
            body["actor_mode"] = {mode: {"checkpoint_interval_secs": 4, "max_state_size_bytes": 2 * 2**20}}
        if with_deadlines and pick.random() < 0.5:
            body["deadline_ms"] = pick.choice((9000, 20_000))
        if with_values and pick.random() < 0.5:
            body["estimated_value"] = pick.choice((50, 500, 5000, 50_000))
        lines.append(json.dumps(body))
    return "\n".join(lines)


def read(folder: Path, text: str, content: str) -> Scenario:
    """The scenario with a slot for every task, because these forms assume that tasks do not wait."""
    (folder / "b.jsonl").write_text(content)
    groups = len(loads(text, folder).executors)
    return loads(text, folder, overrides={f"executors.{n}.capacity.tasks": 1_000_000 for n in range(groups)})


def errors(recording: Recording, total: int) -> dict[str, float]:
    """The standard error of each predicted figure, from the rows."""
    tasks, runs = recording.tasks, recording.executions
    assert tasks is not None
    assert runs is not None
    inside = tasks["submitted"] >= recording.window_start
    found = {name: math.sqrt(total) / 2 for name in ("completed", "timed_out", "divergence", "insufficient")}
    found["wrong_rate"] = 0.5 / math.sqrt(total)
    for name, column, unit in (("checkpoints", "checkpoints", 1), ("refused_checkpoints", "refused", 1),
                               ("checkpoint_s", "standing", 1e6)):  # fmt: skip
        # The executors of one task run for the same time. Their rows are summed.
        sums = np.bincount(runs["task"], runs[column] / unit, len(inside))[inside]
        found[name] = float(np.std(sums)) * math.sqrt(total)
    times = (tasks["ended"] - tasks["submitted"])[inside & (tasks["outcome"] == 1)] / 1e6
    found["time.mean"] = float(np.std(times)) / math.sqrt(max(1, len(times)))
    return found


def agree(scenario: Scenario) -> int:
    """Compare each predicted figure with the simulated one, and return the number of comparisons."""
    recording, held = simulate(scenario), 0
    found = summarise(recording, scenario)["tasks"]
    error = errors(recording, found["submitted"])
    for name, prediction in predict(scenario).items():
        figure = name.removeprefix("tasks.")
        if prediction.value is None or figure in (name, "detection_latency.mean", "wait.mean"):
            continue  # `test_waiting` tests the waits
        simulated = found["time"]["mean"] if figure == "time.mean" else found[figure]
        assert abs(simulated - prediction.value) <= SIGMAS * error[figure] + 1e-6 * (1 + prediction.value), figure
        held += 1
    return held


@pytest.mark.parametrize("seed", range(SCENARIOS))
def test_predicted_figures_agree_with_simulated_ones(tmp_path: Path, seed: int) -> None:
    agree(read(tmp_path, text(seed), bodies(seed)))


HALF = "{group: a, count: 20}, {group: b, count: 20, hosts_actors: false, "
STATEFUL = {"actor_mode": {"Stateful": {"checkpoint_interval_secs": 2, "max_state_size_bytes": 2**40}}}
MIXED = "{distribution: mixture, parts: [{weight: 1, distribution: exponential, mean: 100s}, {weight: 1, value: 2s}]}"
SUBTLE: dict[str, tuple[int, str, dict[str, object]]] = {
    "no manager": (3, f"executors: [{HALF}parts: [checkpoint_store, policy]}}]\ntasks: {{deadline: 60s}}\n", {}),
    "some stores": (6, f"executors: [{HALF}parts: [policy]}}]\ncheckpoints: {{time: 1s}}\n", STATEFUL),
    "some stores and a quorum": (
        3,
        f"executors: [{HALF}parts: [policy]}}]\ncheckpoints: {{time: 900ms}}\ntasks: {{run_time: 80s}}\n"
        "quorum: {enabled: true, executors: 3}\n",
        STATEFUL,
    ),
    "a window that ends after the deadline": (
        0,
        "executors: [{group: a, count: 8}, {group: b, count: 2, behavior: byzantine, lies: silent}]\n"
        "tasks: {run_time: 5s, deadline: 12s}\nquorum: {enabled: true, executors: 3}\n",
        {},
    ),
    "a mixture": (6, f"executors: [{{group: a, count: 9}}]\ntasks: {{run_time: {MIXED}}}\ndrain: 20h\n", STATEFUL),
    "a mixture with deadlines": (
        2, f"executors: [{{group: a, count: 9}}]\ntasks: {{run_time: {MIXED}, deadline: 60s}}\ndrain: 20h\n", {}
    ),
    "tasks that come after their deadline": (
        0, "executors: [{group: a, count: 99}]\nnetwork: {latency: 3s}\ntasks: {run_time: 10ms, deadline: 1s}\n", {}
    ),
    "a drain that ends before detection": (
        0,
        "executors: [{group: a, count: 99}]\ntask_checker: {check_interval: 1h}\n"
        "tasks: {run_time: 30min, deadline: 5s}\ndrain: 40min\n",
        {},
    ),
    "a deadline that is very long": (
        0,
        "executors: [{group: a, count: 5}]\ndrain: 30h\n"
        "tasks: {run_time: {distribution: uniform, low: 86390s, high: 86420s}, deadline: 24h}\n",
        {},
    ),
    "all at once": (
        2, "executors: [{group: a, count: 99}]\ntasks: {deadline: 9s}\ndrain: 1min\n", {"at_s": 0}
    ),
}  # fmt: skip
"""Scenarios that break an assumption in a subtle way, each with the number of figures that are still predicted."""


@pytest.mark.parametrize("case", SUBTLE)
def test_predictions_are_withheld_if_an_assumption_is_broken_in_a_subtle_way(tmp_path: Path, case: str) -> None:
    least, more, fields = SUBTLE[case]
    lines = [json.dumps({"at_s": n / 20, "id": f"t{n}", "code": "x", **fields}) for n in range(TASKS)]
    usual = "" if "drain" in more else "drain: 1h\n"
    whole = f"name: subtle\nworkload: {{trigger: {{submissions: {{file: b.jsonl}}}}}}\n{usual}{more}"
    assert agree(read(tmp_path, whole, "\n".join(lines))) >= least


def test_every_prediction_is_compared(tmp_path: Path) -> None:
    tried: set[str] = set()
    for seed in range(SCENARIOS):
        predicted = predict(read(tmp_path, text(seed), bodies(seed)))
        tried |= {name for name, each in predicted.items() if each.value is not None and name.startswith("tasks.")}
    assert tried - {"tasks.detection_latency.mean", "tasks.wait.mean"} == {  # other tests compare these
        f"tasks.{name}" for name in (
            "completed", "timed_out", "divergence", "insufficient", "wrong_rate", "time.mean", "checkpoints",
            "refused_checkpoints", "checkpoint_s",
        )
    }  # fmt: skip


def test_the_delay_to_detection_is_uniform(tmp_path: Path) -> None:
    """The tasks have no answers. Kolmogorov and Smirnov's test has the level 1e-4."""
    at, lines = 0.0, []
    pick = random.Random(5)
    for number in range(3000):
        at += pick.expovariate(5)
        lines.append(json.dumps({"at_s": at, "id": f"t{number}", "code": "x", "deadline_ms": 7000}))
    groups = "[{group: gate, count: 50, weight: 0}, {group: mute, count: 2, behavior: unresponsive}]"
    scenario = f"name: late\nexecutors: {groups}\nworkload: {{trigger: {{submissions: {{file: b.jsonl}}}}}}\n"
    made = read(tmp_path, scenario, "\n".join(lines))
    tasks = simulate(made).tasks
    assert tasks is not None
    late = (tasks["ended"] - tasks["deadline"]) / 1e6
    assert (late >= 0).all()
    assert (late < INTERVAL).all()
    assert stats.kstest(late / INTERVAL, "uniform").pvalue > 1e-4
    assert predict(made)["tasks.detection_latency.mean"].value == INTERVAL / 2
