"""The scenarios of docs/validation.md, each run for real and in the simulation; `CASES` has them."""

import time
from dataclasses import dataclass
from typing import Final

from icnsim.engines import simulate
from icnsim.live.running import Live, live
from icnsim.scenario import Scenario, loads

SPEED: Final = 10
"""Virtual seconds per real second."""
PROMISE_S: Final = 0.2

WEEK4: Final = """
name: week4-scaled
description: The design document's defaults on 20 executors, a tenth of them silent.
executors: [{group: responsive, count: 18}, {group: unresponsive, count: 2, behavior: unresponsive}]
actors: {count: 2000}
duration: 2min
drain: 3min
workload: {arrivals: {rate: 2/s}}
record: {timeline: 5s}
"""
ATTACK: Final = """
name: timeout-attack-scaled
description: Three of ten executors never answer; up to three retries at other targets.
executors: [{group: honest, count: 7}, {group: attacker, count: 3, behavior: unresponsive}]
actors: {count: 1000}
duration: 2min
drain: 5min
workload: {arrivals: {rate: 1/s}}
retry: {max_retries: 3, backoff: {jitter: full}}
record: {timeline: 5s}
"""
FAULTS: Final = """
name: faults-{profile}
description: A crash, a pause, a partition and losses under the profile {profile}.
executors: [{{group: node, count: 6}}]
actors: {{count: 60}}
duration: 2min
drain: 2min
manager: {{check_interval: 10s, timeout: 20s, retention: 35s}}
protocol: {{profile: {profile}}}
workload: {{arrivals: {{rate: 1/s}}}}
network: {{loss: 0.02}}
retry: {{max_retries: 2, backoff: {{base: 2s}}}}
faults:
  - {{kind: crash, executors: node-1, at: 30s, restart_after: 20s}}
  - {{kind: pause, executors: node-2, at: 50s, for: 15s}}
  - {{kind: partition, executors: node-3, at: 70s, for: 20s}}
record: {{timeline: 5s}}
"""
DETECTOR: Final = """
name: detector-{kind}
description: The detector {kind} with silent executors and slow answers.
executors: [{{group: node, count: 8}}, {{group: silent, count: 2, behavior: unresponsive}}]
actors: {{count: 1000}}
duration: 90s
drain: 2min
manager: {{check_interval: 10s, timeout: 15s, retention: 35s, detector: {{kind: {kind}}}}}
workload: {{arrivals: {{rate: 2/s}}}}
network: {{latency: {{distribution: lognormal, mean: 1s, std: 1s}}}}
record: {{timeline: 5s}}
"""

QUORUM: Final = """
name: quorum-scaled
description: Three executors vote on each migration and on each final checkpoint; one of seven lies.
executors: [{group: node, count: 6}, {group: liar, count: 1, behavior: byzantine, lies: alone}]
actors: {count: 300}
duration: 90s
drain: 60s
manager: {check_interval: 10s, timeout: 20s, retention: 35s}
workload: {arrivals: {rate: 1/s}}
network: {loss: 0.02}
quorum: {enabled: true, executors: 3, on: [decision, checkpoint]}
record: {timeline: 5s}
"""
HEARTBEATS: Final = """
name: heartbeats-scaled
description: The accrual detector learns from heartbeats, under a crash, a pause and a partition.
executors: [{group: node, count: 6}]
actors: {count: 200}
duration: 60s
drain: 60s
manager:
  {check_interval: 10s, timeout: 30s, retention: 35s, detector: {kind: phi-accrual}, heartbeat: {every: 1s}}
protocol: {profile: hardened}
workload: {arrivals: {rate: 1/s}}
faults:
  - {kind: crash, executors: node-1, at: 20s, restart_after: 20s}
  - {kind: pause, executors: node-2, at: 35s, for: 8s}
  - {kind: partition, executors: node-3, at: 45s, for: 10s}
record: {timeline: 5s}
"""
FORGERS: Final = """
name: forgers-scaled
description: A forger, a drifting clock, failing ticks, corrupt checkpoints and a crash under the profile hardened.
executors: [{group: node, count: 6}]
actors: {count: 100, mode: {stateful: {checkpoint_interval: 10s}}}
duration: 60s
drain: 60s
manager: {check_interval: 10s, timeout: 20s, retention: 35s}
protocol: {profile: hardened}
workload: {arrivals: {rate: 1/s}}
retry: {max_retries: 2, backoff: {base: 2s}}
faults:
  - {kind: clock_drift, executors: node-0, at: 10s, for: 30s, rate: 1.2}
  - {kind: manager_error, executors: node-1, at: 15s, ticks: 2}
  - {kind: forge, executors: node-2, at: 5s, for: 40s, probability: 0.5}
  - {kind: corrupt_checkpoint, executors: node-3, at: 20s, for: 20s, probability: 0.5}
  - {kind: crash, executors: node-4, at: 26.3s, restart_after: 15s}
record: {timeline: 5s}
"""

CASES: Final = {
    "Week 4": WEEK4,
    "Timeout attack with retries": ATTACK,
    "As implemented, under a crash, a pause, a partition and losses": FAULTS.format(profile="as-implemented"),
    "Hardened, under the same faults": FAULTS.format(profile="hardened"),
    "Detector: poll": DETECTOR.format(kind="poll"),
    "Detector: deadline": DETECTOR.format(kind="deadline"),
    "Detector: adaptive": DETECTOR.format(kind="adaptive"),
    "Detector: accrual with heartbeats": HEARTBEATS,
    "Quorum": QUORUM,
    "Hardened, with a forger, a drifting clock, failing ticks and corrupt checkpoints": FORGERS,
}
"""The cases of the page, by their headings."""


@dataclass(frozen=True, slots=True)
class Found:
    """A live run, and the real time that the simulation takes, s."""

    scenario: Scenario
    run: Live
    simulated_s: float


def measured(text: str, speed: int) -> Found:
    """Run a scenario for real, and compare it with the simulation."""
    scenario = loads(text)
    run = live(scenario, speed, error_s=PROMISE_S, compared=True)
    began = time.monotonic()
    simulate(scenario, "events")
    return Found(scenario, run, time.monotonic() - began)
