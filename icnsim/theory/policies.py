"""Closed forms of policies: the age of the reports that they use, and the mean load.

Theory of operation. Executor j makes a report every E and it arrives after a delay d of mean m. While the delays
differ by less than E no report overtakes another, and between the arrivals of the k-th and the next one the age of
the newest report grows from d_k to E + d_(k+1). The mean over time is
E[(E + d')² - d²] / 2E, and as d and d' are independent and alike: E/2 + m.

The mean load is that of the executors themselves, half of each wave's amplitude, and the actors', because these move
but do not disappear.
"""

import math
from typing import Final

import numpy as np

from icnsim.scenario import Scenario

MANY_PHASES: Final = 10
"""The least number of executors times phases of the reports whose mean represents all phases."""


def staleness_mean(every: float, delay: float) -> float:
    """Mean age of the newest report that has arrived, at a random instant: E/2 + m."""
    return every / 2 + delay


def load_mean(scenario: Scenario) -> float:
    """Mean load over executors and time."""
    actors = scenario.actors
    own = sum(
        group.count * (group.capacity.load.mean() + (group.capacity.wave.amplitude / 2 if group.capacity.wave else 0))
        for group in scenario.executors
    )
    return float(own + actors.count * actors.load.mean()) / scenario.executor_count


def load_broken(scenario: Scenario) -> str | None:
    """The assumption of the mean load that a scenario breaks; None if all hold."""
    if not scenario.workload.by_policy:
        return "loads are read when migrations arrive"
    if not all(group.migrates and "policy" in group.parts for group in scenario.executors):
        return "not every executor evaluates a policy"
    if scenario.faults:
        return "an executor that is down does not read its load"
    waves = [group.capacity.wave for group in scenario.executors if group.capacity.wave is not None]
    duration = scenario.duration or 0
    if any((duration - wave.phase) % wave.period and duration < 20 * wave.period for wave in waves):
        return "the duration is neither whole periods of the waves nor twenty of them"
    return None


def ages_broken(scenario: Scenario) -> str | None:
    """The assumption of the mean age of reports that a scenario breaks; None if all hold."""
    if scenario.faults:
        return "an executor that is down makes no reports"
    earliest, latest = scenario.network.gossip.delay.ppf(np.array([1e-9, 1 - 1e-9]))
    if latest - earliest >= scenario.policy.report_every:
        return "gossip delays differ by more than policy.report_every: reports overtake each other"
    every, seen = scenario.policy.report_every, scenario.policy.evaluate_every
    if scenario.workload.by_policy and scenario.executor_count * every // math.gcd(every, seen) < MANY_PHASES:
        return "evaluations come at few phases of the reports, and the ages depend on these phases"
    return None
