"""Measures the coverage of the intervals over the replications of a sweep.

The runs of a case are distributed at random into sweeps of a few replications, many times. The truth is the figure of
all runs together: the share of all trials, the median of a quantile or an extreme, or the mean. Each sweep is a sample
without replacement. With 10 of 300 runs, the coverage is therefore 0.4 % higher than with new runs.
"""

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final

import numpy as np

from docs.programs.coverage.measuring import Runs
from icnsim.statistics import intervals
from icnsim.sweeps import statistics

REPLICATIONS: Final = (1, 2, 3, 5, 10)
SWEEPS: Final = 1000
"""The number of sweeps, which makes the standard error of a share of 95 % equal to 0.7 %."""

FIGURES: Final = (
    ("plain", "success_rate"),
    ("loss", "success_rate"),
    ("loss", "completed_share"),
    ("interruptions", "false_positives.rate"),
    ("crashes", "success_rate"),
    ("quorum", "success_rate"),
    ("tasks", "tasks.success_rate"),
    ("plain", "detection_latency.mean"),
    ("two-sources", "detection_latency.mean"),
    ("crashes", "recoveries.time.mean"),
    ("crashes", "recoveries.work_lost.mean"),
    ("crashes", "actors.nowhere_s"),
    ("shared", "network.transfer.mean"),
    ("loss", "records.mean"),
    ("policy", "policy.load.mean"),
    ("interruptions", "migrations.timed_out"),
    ("plain", "detection_total.p95"),
    ("two-sources", "detection_latency.max"),
    ("crashes", "recoveries.time.p99"),
    ("replaced", "records.peak"),
)
"""The measured figures: each kind of interval, with independent and with dependent values within a run."""


@dataclass(frozen=True, slots=True)
class Replicated:
    """The coverage of the interval of one figure over replications.

    Attributes
    ----------
    case, figure : the names. kind : the interval's kind, as `intervals.kind` names it.
    held : for each number of `REPLICATIONS`, the share of the intervals that contain the truth; NaN without any.
    without : for each of them, the share of the sweeps without an interval.
    """

    case: str
    figure: str
    kind: str
    held: tuple[float, ...]
    without: tuple[float, ...]


def replicated(runs: Mapping[str, Runs]) -> Iterator[Replicated]:
    """The coverage of every figure of `FIGURES` whose case has been run with at least ten seeds."""
    for case, figure in FIGURES:
        if case not in runs or len(runs[case].figures) < REPLICATIONS[-1]:
            continue
        every = runs[case].figures
        truth = statistics.estimate(figure, every)
        shares = [_share(figure, truth, every, number) for number in REPLICATIONS]
        held, without = zip(*shares, strict=True)
        yield Replicated(case, figure, intervals.kind(figure), held, without)


def _share(figure: str, truth: float, every: statistics.Floats, replications: int) -> tuple[float, float]:
    """The share of the intervals that contain the truth, and the share of the sweeps without an interval."""
    found = np.array([statistics.interval(figure, every[rows]) for rows in _deals(len(every), replications)])
    there = ~np.isnan(found[:, 0])
    low, high = found[there].T
    slack = 1e-12 * abs(truth)
    held = (low - slack <= truth) & (truth <= high + slack)
    return float(held.mean()) if there.any() else math.nan, 1 - float(there.mean())


def _deals(runs: int, replications: int) -> Iterator[np.ndarray[tuple[int], np.dtype[np.int64]]]:
    """The runs of each of `SWEEPS` sweeps: all runs in a random order are divided into sweeps, repeatedly."""
    random, dealt = np.random.default_rng(1), 0
    while dealt < SWEEPS:
        order = random.permutation(runs)
        for start in range(0, runs - replications + 1, replications):
            if dealt < SWEEPS:
                yield order[start : start + replications]
                dealt += 1
