"""Valid scenarios drawn at random, small enough to be simulated twice in a moment."""

import random
from collections.abc import Mapping
from pathlib import Path

from icnsim.scenario import Scenario, loads

STAGE = ("100ms", "1s", "{distribution: uniform, low: 1s, high: 5s}", "{distribution: exponential, mean: 4s}")
LATENCY = (
    "0s",
    "200ms",
    "{distribution: uniform, low: 50ms, high: 900ms}",
    "{distribution: lognormal, mean: 2s, std: 6s}",
    "{distribution: gamma, mean: 1s, std: 1s}",
    "{distribution: pareto, minimum: 200ms, alpha: 0.9}",
    "{distribution: weibull, scale: 2s, shape: 0.5}",
    "{distribution: normal, mean: 1s, std: 1s}",
    "{distribution: mixture, parts: [{weight: 0.9, value: 100ms}, {weight: 0.1, value: 70s}]}",
)
SIZES = ("1MiB", "5MiB", "{distribution: exponential, mean: 2MiB}")
REGIONS = ("east", "west", "south")
STATES = ("requesting", "checkpointing", "transferring", "restoring")


def generated(seed: int, overrides: Mapping[str, object] | None = None) -> Scenario:
    """A scenario, determined by its seed alone."""
    return loads(scenario_text(seed), Path(__file__).parent, overrides=overrides)


def scenario_text(seed: int) -> str:
    """The YAML of a scenario, determined by its seed alone; its matrix is in the folder of this file."""
    pick = random.Random(seed)
    regions = pick.random() < 0.25
    somewhere = [f"region: {pick.choice(REGIONS)}"] if regions else []
    fields = ["group: base", f"count: {pick.randint(2, 6)}", f"weight: {pick.choice((1, 2, 0.5))}", *somewhere]
    groups = [f"  - {{{', '.join(fields)}}}"]
    for number in range(pick.randint(0, 3)):
        behavior = pick.choice(("responsive", "unresponsive", "slow", "rejecting"))
        fields = [f"group: g{number}", f"count: {pick.randint(1, 4)}", f"behavior: {behavior}"]
        if regions:
            fields.append(f"region: {pick.choice(REGIONS)}")
        if behavior == "slow":
            fields.append(f"slowdown: {pick.choice((2, 1.5, 30))}")
        if pick.random() < 0.3:
            fields.append(f"answer_probability: {pick.choice((0, 0.5, 0.9))}")
        if pick.random() < 0.3:
            fields.append(f"weight: {pick.choice((0, 1, 7))}")
        if pick.random() < 0.2:
            fields.append("capacity: {memory: 1MB}")
        if pick.random() < 0.2:
            fields.append("hosts_actors: true")
        groups.append(f"  - {{{', '.join(fields)}}}")
    arrivals = pick.choice(
        ("process: poisson, rate: 2/s", "process: poisson, rate: 10/s", "process: periodic, rate: 1/s",
         "process: burst, size: 5, every: 7s")
    )  # fmt: skip
    tracked = pick.choice((("requesting",), ("requesting",), STATES, pick.sample(STATES, pick.randint(0, 4))))
    timeout = pick.choice(("60s", "5s", "1500ms", "{requesting: 3s, transferring: 2s, restoring: 10s}"))
    messages = pick.choice(("[request]", "[]", "[request, accept, ack]", "[complete, reject]"))
    return f"""
name: generated-{seed}
seed: {seed}
duration: {pick.choice(("60s", "200s"))}
warmup: {pick.choice(("0s", "10s"))}
drain: {pick.choice(("0s", "20s", "10min"))}
executors:
{chr(10).join(groups)}
actors: {{count: {pick.choice((1, 3, 10, 100))}, state_size: {pick.choice(SIZES)}}}
network:
  matrix: {"rtt.csv" if regions else "null"}
  latency: {pick.choice(LATENCY)}
  gossip: {{messages: {messages}, delay: {pick.choice(LATENCY)}}}
  bandwidth: {pick.choice(("null", "1MiB/s"))}
  loss: {pick.choice((0, 0, 0.05, 0.3))}
  duplication: {pick.choice((0, 0, 0.1, 0.5))}
stages: {{evaluation: {pick.choice(STAGE)}, checkpoint: {pick.choice(STAGE)}, restore: {pick.choice(STAGE)}}}
manager:
  enabled: {"true" if pick.random() < 0.9 else "false"}
  check_interval: {pick.choice(("1s", "7s", "30s"))}
  timeout: {timeout}
  retention: {pick.choice(("5s", "30s", "5min"))}
  phase: {pick.choice(("random", "aligned"))}
  tracked_states: [{", ".join(tracked)}]
workload: {{arrivals: {{{arrivals}}}, migrations: {pick.choice((20, 150))}}}
"""
