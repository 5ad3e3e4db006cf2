"""On a plain scenario the unhappy federation gives what the plain one gives, table by table."""

from dataclasses import astuple

import numpy as np
import pytest

from icnsim.recording.columns import Recording
from icnsim.recording.occupancy import Records, timeline
from icnsim.scenario import Scenario, loads
from icnsim.simulation.branch import Branch
from icnsim.simulation.federation import simulate
from tests.reference.generator import generated


def both(seed: int) -> tuple[Scenario, Recording, Recording] | None:
    """A scenario by both federations; None where an actor runs twice, for there they differ on purpose.

    So they do where a Request's second copy has opened a second record of an attempt: the plain
    federation's columns have room for one.
    """
    scenario = generated(seed)
    plain, unhappy = simulate(scenario), simulate(scenario)
    assert unhappy.observed is not None
    if unhappy.observed.counts["I1"] or (plain.attempts["duplicate_run"] > 0).any():
        return None
    if len(Records.of(plain).created) != len(Records.of(unhappy).created):
        assert scenario.network.duplication
        return None
    return scenario, plain, unhappy


def in_order(records: Records) -> list[tuple[int, ...]]:
    columns = (records.executor, records.created, records.ended, records.gone, records.removed, records.timed_out)
    return sorted(zip(*(column.tolist() for column in columns), strict=True))


@pytest.mark.parametrize("seed", range(0, 240, 2))
def test_both_federations_give_the_same_results(seed: int) -> None:
    runs = both(seed)
    if runs is None:
        return
    scenario, plain, unhappy = runs
    for name, column in plain.attempts.items():
        assert np.array_equal(column, unhappy.attempts[name]), name
    for name, column in plain.ticks.items():
        assert np.array_equal(column, unhappy.ticks[name]), name
    assert in_order(Records.of(plain)) == in_order(Records.of(unhappy))
    if plain.phases is not None:
        assert plain.lattices is not None and unhappy.lattices is not None
        for one, other in zip(astuple(plain.lattices), astuple(unhappy.lattices), strict=True):
            assert np.array_equal(one, other)
    for name, samples in timeline(plain, scenario).items():
        assert np.array_equal(samples, timeline(unhappy, scenario)[name]), name
    assert plain.ignored == unhappy.ignored
    for name in ("messages_sent", "messages_delivered", "messages_lost", "messages_in_flight", "horizon"):
        assert getattr(plain, name) == getattr(unhappy, name), name


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
