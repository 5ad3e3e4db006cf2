"""Random faults begin and end with the mean times of the scenario, independently for each executor and kind.

Each comparison is made so that a right program fails it with a probability of at most `ALPHA`; the seed is fixed.
"""

import math
from functools import cache

import numpy as np
import pytest
from scipy import stats

from icnsim.recording.columns import Recording
from icnsim.scenario import loads
from icnsim.simulation import simulate
from tests.simulation.small import S

ALPHA = 1e-5
MTBF, MTTR, HORIZON = 600, 120, 36_000
TEXT = """
name: random
executors: [{group: e, count: 40}]
actors: {count: 400}
manager: {check_interval: 1h}
drain: 10h
workload: {migrations: 1, arrivals: {process: periodic, rate: 1/s}}
faults: {random: {kinds: [%s], mtbf: 10min, mttr: 2min}}
"""


@cache
def run(kinds: str) -> Recording:
    return simulate(loads(TEXT % kinds))


def crashes(kinds: str = "crash") -> list[list[tuple[float, float]]]:
    """The times of each executor's crashes and restarts, s."""
    table = run(kinds).recoveries
    assert table is not None
    columns = (table[name].tolist() for name in ("executor", "crashed", "restarted"))
    times: list[dict[float, float]] = [{} for _ in range(40)]
    for executor, crashed, back in zip(*columns, strict=True):
        times[executor][crashed / S] = back / S
    # Nothing reports the crashes of an executor without actors.
    return [sorted(found.items()) for found in times if len(found) > 10]


def test_times_between_failures_and_to_repair_are_exponential() -> None:
    up, down = [], []
    for found in crashes():
        whole = found[:25]  # of 50, so that the horizon cuts none of them short
        down += [back - crashed for crashed, back in whole]
        up += [crashed - before for (crashed, _), before in zip(whole, [0, *(back for _, back in whole)])]
    assert len(up) == len(down) >= 25 * 38
    assert stats.kstest(up, stats.expon(scale=MTBF).cdf).pvalue > ALPHA
    assert stats.kstest(down, stats.expon(scale=MTTR).cdf).pvalue > ALPHA


def test_the_number_of_failures_agrees_with_the_mean_times() -> None:
    counts = [len(found) for found in crashes()]
    cycle = MTBF + MTTR
    mean, variance = HORIZON / cycle, HORIZON * (MTBF**2 + MTTR**2) / cycle**3
    error = math.sqrt(variance / len(counts))
    # A renewal process that begins with an up time has this many renewals up to a term of less than one.
    assert abs(np.mean(counts) - mean) < stats.norm.isf(ALPHA / 2) * error + 1


def test_executors_fail_independently() -> None:
    first = [found[0][0] for found in crashes()]
    assert len(set(first)) == len(first)


def test_another_kind_does_not_change_the_times_of_the_first() -> None:
    assert crashes("crash") == crashes("crash, unresponsive")


@pytest.mark.parametrize(
    "kind",
    ["crash", "pause", "unresponsive", "slow", "clock_drift"],
)
def test_a_fault_takes_effect_each_time_it_comes(kind: str) -> None:
    observed = run(kind).observed
    assert observed is not None
    expected = 40 * HORIZON / (MTBF + MTTR)
    deviation = math.sqrt(40 * HORIZON * (MTBF**2 + MTTR**2) / (MTBF + MTTR) ** 3)
    assert abs(observed.faults[kind] - expected) < stats.norm.isf(ALPHA / 2) * deviation + 40


def test_two_items_of_one_kind_are_independent() -> None:
    item = "{random: {kinds: [%s], mtbf: 10min, mttr: 2min}}"
    text = TEXT.replace("faults: " + item, f"faults: [{item % 'crash'}, {item % 'crash'}]")
    table = simulate(loads(text)).recoveries
    assert table is not None
    # Whichever of two comes first: crashes are more, though not twice as many.
    assert len(np.unique(table["crashed"])) > 1.3 * sum(len(found) for found in crashes())
