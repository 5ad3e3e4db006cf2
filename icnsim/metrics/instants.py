"""Counts and histograms of events at some instants: everything up to and including each instant.

All counts are exact; sums of durations are sums of whole µs.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from icnsim.metrics.families import Family
from icnsim.recording.columns import NEVER
from icnsim.recording.integers import Column, Integers


@dataclass(frozen=True, slots=True)
class Series:
    """One series of a metric.

    Attributes
    ----------
    label : the label of the series, "" if there is only one.
    values : at each instant; of a histogram the number of observations, NaN if there is no value.
    buckets : of a histogram, [instant, bucket], cumulative; the last one holds all. sums : of a histogram, in its unit.
    """

    label: str
    values: NDArray[np.float64]
    buckets: Integers | None = None
    sums: NDArray[np.float64] | None = None


class Instants:
    """The instants at which metrics are read, µs, ascending; `horizon` is the end of the run, µs."""

    def __init__(self, instants: Integers, horizon: int) -> None:
        self.at = instants
        self.horizon = horizon

    def count(self, times: Column) -> NDArray[np.float64]:
        """The number of these events that have happened by each instant."""
        return np.searchsorted(np.sort(times[times != NEVER]), self.at, side="right").astype(np.float64)

    def counter(self, times: Column, label: str = "") -> Series:
        """The series of a counter of these events."""
        return Series(label, self.count(times))

    def open(self, began: Column, ended: Column) -> Series:
        """The gauge of what has begun and not ended; an end that never comes is NEVER or the horizon."""
        return Series("", self.count(began) - self.count(ended[ended < self.horizon]))

    def ratio(self, part: NDArray[np.float64], whole: NDArray[np.float64]) -> Series:
        """The gauge of the share of each part in its whole; NaN if the whole is empty."""
        return Series("", np.divide(part, whole, out=np.full(len(whole), np.nan), where=whole > 0))

    def newest(self, values: Sequence[int] | Integers, step: int) -> Series:
        """The gauge of values that were sampled at 0, step, 2 step…; NaN without samples."""
        if not len(values):
            return Series("", np.full(len(self.at), np.nan))
        return Series("", np.asarray(values, np.float64)[np.minimum(self.at // step, len(values) - 1)])

    def histogram(self, times: Column, observed: Column, family: Family) -> Series:
        """The histogram of the values that were observed at these times, in recorded units."""
        slots = np.searchsorted(self.at, times, side="left")  # the first instant that includes it
        edges = np.array(family.buckets) * family.scale
        bucket = np.searchsorted(edges, observed, side="left")
        counts = np.zeros((len(self.at) + 1, len(edges) + 1), dtype=np.int64)
        np.add.at(counts, (slots, bucket), 1)
        sums = np.zeros(len(self.at) + 1, dtype=np.int64)
        np.add.at(sums, slots, observed)
        buckets = np.cumsum(np.cumsum(counts, axis=0), axis=1)[:-1]
        return Series("", buckets[:, -1].astype(np.float64), buckets, np.cumsum(sums)[:-1] / family.scale)
