"""The values of each metric at some instants, as an exporter that is scraped then would report them.

Counters and histograms count the events up to and including the instant, of the whole simulation with its warm-up and
drain. All counts are exact; sums of durations are sums of whole µs.
"""

from dataclasses import dataclass
from functools import cached_property
from typing import Final

import numpy as np
from numpy.typing import NDArray

from icnsim.metrics import families
from icnsim.metrics.families import OUTCOMES, Family
from icnsim.recording import outcome
from icnsim.recording.columns import NEVER, Column, Integers, Recording
from icnsim.recording.occupancy import FORGOTTEN, REMOVED, REPLACED
from icnsim.recording.tickcosts import TickCosts, tick_costs
from icnsim.scenario import Scenario

NONE: Final = np.array([], dtype=np.int64)

FATES: Final = {families.CLEANED_UP: REMOVED, families.REPLACED: REPLACED, families.FORGOTTEN: FORGOTTEN}
"""The fate of the records that each of these metrics counts."""


@dataclass(frozen=True, slots=True)
class Series:
    """One series of a metric.

    Attributes
    ----------
    label : of the series, "" where there is just one.
    values : at each instant; of a histogram how many observations, NaN where there is no value.
    buckets : of a histogram, [instant, bucket], cumulative, the last one holds all. sums : of a histogram, s.
    """

    label: str
    values: NDArray[np.float64]
    buckets: Integers | None = None
    sums: NDArray[np.float64] | None = None


def _ratio(part: NDArray[np.float64], whole: NDArray[np.float64]) -> Series:
    """The share of each part in its whole; NaN if the whole is empty."""
    return Series("", np.divide(part, whole, out=np.full(len(whole), np.nan), where=whole > 0))


class Readings:
    """The metrics of one run.

    Parameters
    ----------
    recording : of the whole run. instants : µs, ascending.
    """

    def __init__(self, recording: Recording, scenario: Scenario, instants: Integers) -> None:
        self._recording = recording
        self._scenario = scenario
        self._instants = instants
        self._attempts = recording.attempts
        self._codes = outcome.outcomes(recording.attempts)
        self._records = recording.records
        self._lattices = recording.lattices

    def of(self, family: Family) -> list[Series]:
        """The series of a metric, in the order of their labels."""
        a, records, horizon = self._attempts, self._records, self._recording.horizon
        match family:
            case families.TIMED_OUT:
                return [self._counter(records.ended[records.timed_out & (records.ended < horizon)])]
            case families.CLEANED_UP | families.REPLACED | families.FORGOTTEN:
                return [self._counter(records.gone[records.fate == FATES[family]])]
            case families.STARTED:
                return [self._counter(a["requested"])]
            case families.RETRIES:
                return [self._counter(a["requested"][a["attempt"] > 1])]
            case families.ENDED:
                return [self._counter(self._ended(name), name) for name in OUTCOMES]
            case families.ACTIVE:
                return [Series("", self._count(records.created) - self._count(self._happened(records.ended)))]
            case families.RECORDS:
                return [Series("", self._count(records.created) - self._count(self._happened(records.gone)))]
            case families.SUCCESS:
                ended = [self._count(self._ended(name)) for name in OUTCOMES]
                return [_ratio(ended[0], np.sum(ended, axis=0))]
            case families.COMPLETED:
                done = a["completed"][outcome.lasts(a) & (self._codes == outcome.COMPLETED)]
                return [_ratio(self._count(done), self._count(a["requested"][a["attempt"] == 1]))]
            case families.DURATION:
                done = self._codes == outcome.COMPLETED
                took = a["completed"][done] - a["requested"][done]
                return [self._histogram(a["completed"][done], took, family)]
            case families.LATENCY:
                late = self._codes == outcome.LATE
                return [self._histogram(a["failed"][late], a["failed"][late] - a["deadline"][late], family)]
        return [self._of_ticks(family)]

    def _ended(self, name: str) -> Column:
        a, of_it = self._attempts, self._codes == outcome.OUTCOMES.index(name)
        times: Column = (a["completed"] if name == "completed" else a["failed"])[of_it]
        return times

    def _happened(self, times: Integers) -> Integers:
        """Those that are not at the horizon, where what never happens is."""
        before: Integers = times[times < self._recording.horizon]
        return before

    def _count(self, times: Column) -> NDArray[np.float64]:
        return np.searchsorted(np.sort(times[times != NEVER]), self._instants, side="right").astype(np.float64)

    def _counter(self, times: Column, label: str = "") -> Series:
        return Series(label, self._count(times))

    def _histogram(self, times: Column, microseconds: Column, family: Family) -> Series:
        """Of what was observed at these times."""
        slots = np.searchsorted(self._instants, times, side="left")  # the first instant that has seen it
        edges = np.array(family.buckets) * 1e6
        bucket = np.searchsorted(edges, microseconds, side="left")
        counts = np.zeros((len(self._instants) + 1, len(edges) + 1), dtype=np.int64)
        np.add.at(counts, (slots, bucket), 1)
        sums = np.zeros(len(self._instants) + 1, dtype=np.int64)
        np.add.at(sums, slots, microseconds)
        buckets = np.cumsum(np.cumsum(counts, axis=0), axis=1)[:-1]
        return Series("", buckets[:, -1].astype(np.float64), buckets, np.cumsum(sums)[:-1] / 1e6)

    def _of_ticks(self, family: Family) -> Series:
        if self._lattices is None:
            return self._histogram(NONE, NONE, family)
        costs, tick = self._busy, self._scenario.manager.costs.tick
        took, tick = {
            families.CYCLE: (tick + costs.detect + costs.cleanup, tick + costs.idle),
            families.DETECTION: (costs.detect, costs.idle),
            families.CLEANUP: (costs.cleanup, 0),
        }[family]
        busy = self._histogram(costs.at, took, family)
        assert busy.buckets is not None
        assert busy.sums is not None
        # All other ticks found nothing, and each of them has the same cost.
        every = [self._lattices.until(instant + 1).count() for instant in self._instants.tolist()]
        idle = np.array(every, dtype=np.int64) - busy.buckets[:, -1]
        buckets = busy.buckets.copy()
        buckets[:, np.searchsorted(np.array(family.buckets) * 1e6, tick) :] += idle[:, np.newaxis]
        return Series("", buckets[:, -1].astype(np.float64), buckets, busy.sums + tick * idle / 1e6)

    @cached_property
    def _busy(self) -> TickCosts:
        return tick_costs(self._recording, self._scenario)
