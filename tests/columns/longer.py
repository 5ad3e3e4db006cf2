"""Generated scenarios with thousands of migrations, which reuse freed rows.

`python -m tests.columns.longer FIRST LAST [compiled]` compares the engines on them.
"""

import random
import sys

from icnsim.scenario import Scenario, loads
from tests.columns.agreement import main

STAGES = ("100ms", "1s", "{distribution: uniform, low: 1s, high: 5s}", "{distribution: exponential, mean: 2s}")
LATENCY = ("200ms", "{distribution: exponential, mean: 300ms}", "{distribution: lognormal, mean: 1s, std: 4s}")


def longer(seed: int) -> Scenario:
    """A scenario with thousands of migrations of few actors; the seed alone determines it."""
    pick = random.Random(f"longer {seed}")
    return loads(f"""
name: longer-{seed}
seed: {seed}
executors:
  - {{group: all, count: {pick.choice((3, 10, 40))}}}
  - {{group: silent, count: 2, behavior: unresponsive, weight: {pick.choice((0, 1))}}}
  - {{group: slow, count: 2, behavior: slow, slowdown: 3, answer_probability: {pick.choice((1, 0.9))}}}
actors: {{count: {pick.choice((20, 100, 400))}}}
network:
  latency: {pick.choice(LATENCY)}
  loss: {pick.choice((0, 0, 0.001, 0.02))}
  duplication: {pick.choice((0, 0, 0.01))}
stages: {{evaluation: 100ms, checkpoint: {pick.choice(STAGES)}, restore: {pick.choice(STAGES)}}}
manager:
  check_interval: {pick.choice(("1s", "10s", "30s"))}
  timeout: {pick.choice(("60s", "8s"))}
  retention: {pick.choice(("1s", "30s", "5min"))}
  tracked_states: {pick.choice(("[requesting]", "[requesting, checkpointing, transferring, restoring]"))}
retry: {{max_retries: {pick.choice((0, 0, 2))}}}
workload: {{arrivals: {{process: poisson, rate: {pick.choice((1, 5, 30))}/s}}, migrations: {pick.choice((2000, 5000))}}}
record: {{timeline: {pick.choice(("30s", "null", "1s"))}}}
""")


if __name__ == "__main__":
    main(int(sys.argv[1]), int(sys.argv[2]), longer, compiled="compiled" in sys.argv[3:])
