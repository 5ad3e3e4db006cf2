"""Measures the coverage of the intervals within a run, over the seeds of a case.

Theory of operation. The truth of a mean is the ratio of expectations E[sum of values] / E[number of values]; of another
figure it is the expectation. It is estimated by the pooled runs of all seeds. This estimate is itself uncertain: with n
seeds, its standard error is 1 / √n of the standard deviation between runs. That changes a coverage of 95 % by less
than 0.1 % for n = 300, because the change is of the second order: φ(1.96) x 1.96 / n.

The width of an interval is compared with the ideal one: 1.96 times the standard deviation of the figure between seeds,
on each side. An interval that is much wider is valid but useless.
"""

import math
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from typing import Any, Final, NamedTuple

import numpy as np

from docs.programs.coverage.cases import CASES, Case
from icnsim import experiment
from icnsim.engines import simulate
from icnsim.recording.expectations import flatten
from icnsim.recording.figures import figures
from icnsim.scenario import Scenario
from icnsim.statistics.intervals import PROPORTIONS, clopper_pearson
from icnsim.sweeps.statistics import Floats, matrix

SUFFIX: Final = "ci95"
Z: Final = 1.959963984540054
CHUNK: Final = 25
"""The number of seeds that a worker runs at once."""


class Found(NamedTuple):
    """A figure of one run that has an interval, or a reason for its absence.

    Attributes
    ----------
    value : the estimate. weight : the number of values or trials whose mean it is; 1 for other figures.
    low, high : the interval; NaN if it does not exist. why : the reason; None if there is an interval.
    """

    value: float
    weight: float
    low: float
    high: float
    why: str | None


@dataclass(frozen=True, slots=True)
class Coverage:
    """The coverage of one figure's interval in one case.

    Attributes
    ----------
    case, figure : the names. seeds : the number of runs in which the figure exists.
    truth : the ratio of expectations, estimated by all runs. held : the intervals that contain it.
    intervals : the runs that have an interval. ideal : 1.96 standard deviations of the figure between runs.
    half_width : the mean half of an interval; NaN without any. why : the most frequent reason for no interval.
    """

    case: str
    figure: str
    seeds: int
    truth: float
    held: int
    intervals: int
    ideal: float
    half_width: float
    why: str | None

    @property
    def share(self) -> float:
        """The share of the intervals that contain the truth; NaN without intervals."""
        return self.held / self.intervals if self.intervals else math.nan

    @property
    def bounds(self) -> tuple[float, float]:
        """The exact 95 % interval of the share (Clopper and Pearson 1934)."""
        return clopper_pearson(self.held, self.intervals)

    @property
    def width(self) -> float:
        """The mean width as a multiple of the ideal one; NaN without intervals or if the figure never varies."""
        return self.half_width / self.ideal if self.ideal else math.nan


@dataclass(frozen=True, slots=True)
class Runs:
    """The runs of a case, one per seed.

    Attributes
    ----------
    found : of each run, the figures that have an interval, or a reason for its absence, by name.
    figures : runs × figures, as `sweeps.statistics.matrix` returns them.
    """

    found: list[dict[str, Found]]
    figures: Floats


def measured(seeds: Sequence[int], cases: Sequence[Case] = CASES, workers: int = 2) -> dict[str, Runs]:
    """Returns the runs of every case with these seeds, by the case's name. Several workers are processes."""
    chunks = [(case, seeds[start : start + CHUNK]) for case in cases for start in range(0, len(seeds), CHUNK)]
    if workers == 1:
        done = [runs(case.scenario(), some) for case, some in chunks]
    else:
        with ProcessPoolExecutor(workers) as pool:
            done = list(pool.map(_chunk, *zip(*chunks, strict=True)))
    by_case: dict[str, list[Runs]] = {case.name: [] for case in cases}
    for (case, _), of_chunk in zip(chunks, done, strict=True):
        by_case[case.name].append(of_chunk)
    return {
        name: Runs([found for chunk in each for found in chunk.found], np.concatenate([c.figures for c in each]))
        for name, each in by_case.items()
    }


def runs(scenario: Scenario, seeds: Sequence[int]) -> Runs:
    """Returns the runs of a scenario with these seeds, in this process."""
    predicted = experiment.predictions(scenario)
    summaries = []
    for seed in seeds:
        of_seed = scenario.model_copy(update={"seed": seed})
        summaries.append(experiment.found_in(of_seed, simulate(of_seed)[0], predicted))
    return Runs([dict(with_intervals(each)) for each in summaries], matrix([figures(each) for each in summaries]))


def _chunk(case: Case, seeds: Sequence[int]) -> Runs:
    return runs(case.scenario(), seeds)


def with_intervals(summary: Mapping[str, Any]) -> Iterator[tuple[str, Found]]:
    """The figures of a summary that exist and have an interval, or a reason for its absence.

    An interval is named `ci95` in a section, of its `mean`, or `<figure>_ci95` next to a figure; its reason has the
    same name with `_why`.
    """
    numbers = dict(flatten(summary))
    for name, interval, why in _intervals(summary, ""):
        value = numbers[name]
        if value is not None and (interval is not None or why is not None):
            low, high = (math.nan, math.nan) if interval is None else interval
            yield name, Found(value, _weight(name, numbers), low, high, why)


def covered(case: str, of_runs: Sequence[Mapping[str, Found]]) -> Iterator[Coverage]:
    """The coverage of each figure of a case."""
    for name in sorted({name for run in of_runs for name in run}):
        found = [run[name] for run in of_runs if name in run]
        value, weight, low, high = (np.array(column, dtype=float) for column in list(zip(*found, strict=True))[:4])
        if len(found) < 2 or not weight.sum():
            continue
        base = float(value.max())  # Equal values have no spread, however their sum is rounded.
        truth = base + float((weight * (value - base)).sum() / weight.sum())
        there = ~np.isnan(low)
        slack = 1e-12 * abs(truth)
        held = (low[there] - slack <= truth) & (truth <= high[there] + slack)
        reasons = [each.why for each in found if each.why is not None]
        yield Coverage(
            case, name, len(found), truth, int(held.sum()), int(there.sum()), Z * float((value - base).std(ddof=1)),
            float(((high - low)[there] / 2).mean()) if there.any() else math.nan,
            max(sorted(set(reasons)), key=reasons.count) if reasons else None,
        )  # fmt: skip


def _intervals(summary: Mapping[str, Any], prefix: str) -> Iterator[tuple[str, list[float] | None, str | None]]:
    """The name of each figure that has an interval's key, the interval, and the reason for its absence."""
    for key, value in summary.items():
        if isinstance(value, Mapping):
            yield from _intervals(value, f"{prefix}{key}.")
        elif key.endswith(SUFFIX):
            figure = "mean" if key == SUFFIX else key.removesuffix(f"_{SUFFIX}")
            yield prefix + figure, value, summary.get(f"{key}_why")


def _weight(name: str, numbers: Mapping[str, Any]) -> float:
    """The number of values or trials of a figure; 1 if it is neither a mean of values nor a share."""
    if name in PROPORTIONS:
        return float(sum(numbers[part] or 0 for part in PROPORTIONS[name][1]))
    section, _, last = name.rpartition(".")
    return float(numbers.get(f"{section}.count") or 0) if last == "mean" and f"{section}.p50" in numbers else 1.0
