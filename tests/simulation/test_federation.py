"""A run of a federation is determined by its scenario and seed, up to the instant of a branch."""

import numpy as np

from icnsim.recording.columns import Recording
from icnsim.scenario import loads
from icnsim.simulation import simulate
from icnsim.simulation.branch import Branch

HARD = """
name: hard
duration: 3min
executors: [{group: e, count: 4}]
actors: {count: 5, message_rate: 0.5/s}
network: {loss: 0.05, duplication: 0.05, latency: {distribution: exponential, mean: 1s}}
protocol: {profile: as-implemented}
retry: {max_retries: 2}
workload: {arrivals: {rate: 0.5/s}, target: trust}
faults:
  - {kind: crash, executors: e-1, at: 40s, restart_after: 20s}
  - {kind: partition, from: e-0, to: "*", at: 60s, for: 30s, messages: hold}
  - {random: {kinds: [pause, slow], mtbf: 1min, mttr: 10s}}
record: {messages: true}
"""


def equal(one: Recording, other: Recording) -> bool:
    return all(np.array_equal(column, other.attempts[name]) for name, column in one.attempts.items())


def test_the_same_scenario_and_seed_give_the_same_run() -> None:
    one, other = simulate(loads(HARD)), simulate(loads(HARD))
    assert equal(one, other) and one.observed == other.observed and one.actor_messages == other.actor_messages
    assert not equal(one, simulate(loads(HARD, seed=2)))


def test_a_branch_is_the_same_run_up_to_its_instant_and_another_from_then_on() -> None:
    whole, at = simulate(loads(HARD)), 70_000_000
    branched = simulate(loads(HARD), branch=Branch(at, 7))
    for name in ("requested", "admitted", "accepted", "checkpointed"):
        one, other = ({int(time) for time in run.attempts[name] if 0 <= time < at} for run in (whole, branched))
        assert one == other, name
    assert not equal(whole, branched)
    assert equal(whole, simulate(loads(HARD), branch=Branch(at, 1)))
