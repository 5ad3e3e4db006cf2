"""Simulations agree with every prediction, in scenarios of many kinds.

A prediction has a reason if it does not apply. Here scenarios are drawn without regard to these
reasons, and each predicted figure is compared with the simulated one. The tolerances are six
standard errors, with an error probability of about 2e-9 each for normal figures. The seeds are
fixed. A prediction that is wrong in 1 of 8 scenarios is found with a probability of 95 %.
"""

import math
import random
from collections.abc import Iterator
from functools import cache

import pytest

import icnsim
from icnsim.scenario import Scenario, loads
from icnsim.theory.predictions import predict

SIGMAS = 6.0
SCENARIOS = 24


def text(seed: int) -> str:
    """The YAML of a scenario of any kind, with one or two thousand migrations."""
    pick = random.Random(seed)
    groups = [f"{{group: base, count: {pick.choice((3, 10, 40))}}}"]
    for number in range(pick.randint(0, 3)):
        behavior = pick.choice(("responsive", "unresponsive", "slow, slowdown: 5", "rejecting"))
        more = pick.choice(("", ", answer_probability: 0.6", ", weight: 3", ", hosts_actors: true"))
        groups.append(f"{{group: g{number}, count: {pick.randint(1, 20)}, behavior: {behavior}{more}}}")
    stage = ("500ms", "{distribution: uniform, low: 1s, high: 5s}", "{distribution: exponential, mean: 3s}")
    latency = ("100ms", "{distribution: gamma, mean: 1s, std: 1s}", "{distribution: pareto, minimum: 1s, alpha: 1.2}",
               "{distribution: exponential, mean: 15s}")  # fmt: skip
    arrivals = pick.choice(("rate: 5/s", "rate: 20/s", "process: periodic, rate: 3/s",
                            "process: burst, size: 50, every: 20s"))  # fmt: skip
    limit = pick.choice(("migrations: 1000", "migrations: 1000", "migrations: 2000"))
    sizes = ("1MiB", "{distribution: uniform, low: 1MiB, high: 50MiB}")
    tracked = pick.choice(("[requesting]", "[requesting]", "[requesting, transferring]", "[]"))
    return f"""
name: any-{seed}
seed: {seed + 1}
duration: {pick.choice(("null", "null", "null", "10min"))}
warmup: {pick.choice(("0s", "0s", "30s"))}
drain: {pick.choice(("15min", "15min", "1h", "100s"))}
executors: [{", ".join(groups)}]
actors: {{count: {pick.choice((500, 20000, 20000))}, state_size: {pick.choice(sizes)}}}
network:
  latency: {pick.choice(latency)}
  gossip: {{messages: {pick.choice(("[request]", "[]", "[accept, reject]"))}}}
  bandwidth: {pick.choice(("null", "10MiB/s"))}
  loss: {pick.choice((0, 0, 0, 0.02))}
stages: {{checkpoint: {pick.choice(stage)}, restore: {pick.choice(stage)}}}
manager:
  check_interval: {pick.choice(("5s", "30s"))}
  timeout: {pick.choice(("20s", "60s"))}
  retention: {pick.choice(("1min", "5min"))}
  phase: {pick.choice(("random", "random", "aligned"))}
  tracked_states: {tracked}
workload: {{arrivals: {{{arrivals}}}, {limit}}}
"""


def tolerances(scenario: Scenario, run: icnsim.Run) -> Iterator[tuple[str, float, float]]:
    """Metric, simulated value and tolerance of each figure that is compared with its prediction."""
    summary, predicted = run.summary, predict(scenario)
    value = {name: prediction.value for name, prediction in predicted.items()}
    counts = summary["migrations"]
    total = counts["total"]
    ended = total - counts["unfinished"]
    hosts = sum(group.count for group in scenario.executors if group.hosts_actors)
    poisson = scenario.workload.arrivals.process == "poisson"
    if (late := value["migrations.timed_out"]) is not None:
        yield "migrations.timed_out", counts["timed_out"], SIGMAS * math.sqrt(late + 1)
    if (rate := value["success_rate"]) is not None and ended:
        yield "success_rate", summary["success_rate"], SIGMAS * math.sqrt((rate * (1 - rate) + 1e-3) / ended)
    if (false := value["false_positives.rate"]) is not None and summary["false_positives"]["rate"] is not None:
        error = math.sqrt((false + 1e-3) / max(1, summary["false_positives"]["count"] / max(false, 1e-3)))
        yield "false_positives.rate", summary["false_positives"]["rate"], SIGMAS * error
    latency = summary["detection_latency"]
    if value["detection_latency.mean"] is not None and latency["count"] > 20:
        independent = latency["count"] if poisson else min(latency["count"], hosts)
        spread = scenario.manager.check_interval / 1e6 / 12**0.5
        yield "detection_latency.mean", latency["mean"], SIGMAS * spread / independent**0.5 + 1e-3
        assert poisson or value["detection_latency.std"] is None
    for metric in ("migration_duration", "downtime"):
        mean, std = value[f"{metric}.mean"], value[f"{metric}.std"]
        if mean is not None and std is not None and summary[metric]["count"] > 100:
            error = SIGMAS * std / math.sqrt(summary[metric]["count"]) + 1e-4
            yield f"{metric}.mean", summary[metric]["mean"], error
            # The error of a variance depends on the fourth moment. Tails beyond the exponential's are rare here.
            yield f"{metric}.std", summary[metric]["std"], 3 * error + 0.02 * std
    relative = SIGMAS / math.sqrt(max(1, total))
    executors = sum(group.count for group in scenario.executors)
    yield "manager.ticks", summary["manager"]["ticks"], executors + relative * (value["manager.ticks"] or 0.0)
    for metric in ("records.mean", "manager.cost_s", "manager.cpu_share"):
        section, name = metric.split(".")
        if (expected := value[metric]) is not None and summary[section][name] is not None:
            yield metric, summary[section][name], (2 * relative + 0.01) * expected


@cache
def held(seed: int) -> list[tuple[str, float, float, float | None]]:
    """Metric, simulated value, tolerance and prediction of each figure of a scenario."""
    scenario = loads(text(seed))
    predicted = predict(scenario)
    found = tolerances(scenario, icnsim.run(scenario))
    return [(metric, value, tolerance, predicted[metric].value) for metric, value, tolerance in found]


@pytest.mark.parametrize("seed", range(SCENARIOS))
def test_predicted_figures_agree_with_simulated_ones(seed: int) -> None:
    for metric, found, tolerance, expected in held(seed):
        assert expected is not None
        assert abs(found - expected) <= tolerance, (metric, found, expected, tolerance)


def test_most_kinds_of_figures_are_compared() -> None:
    seen: dict[str, int] = {}
    for seed in range(SCENARIOS):
        for metric, *_ in held(seed):
            seen[metric] = seen.get(metric, 0) + 1
    assert len(seen) == 12
    assert min(seen.values()) >= 2, seen
