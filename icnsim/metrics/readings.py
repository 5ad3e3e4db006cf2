"""The values of each metric at some instants, as an exporter that is scraped then would report them.

Counters and histograms count the events up to and including the instant, of the whole simulation with its warm-up and
drain.
"""

from collections.abc import Callable
from functools import cached_property
from typing import Final

import numpy as np

from icnsim.metrics import families
from icnsim.metrics.families import OUTCOMES, Family
from icnsim.metrics.instants import Instants, Series
from icnsim.metrics.tasks import TaskReadings
from icnsim.recording import outcome, placements, quorum
from icnsim.recording.columns import NEVER, Recording
from icnsim.recording.integers import Column, Integers
from icnsim.recording.records import FORGOTTEN, REMOVED, REPLACED
from icnsim.recording.tickcosts import TickCosts, tick_costs
from icnsim.scenario import Scenario

NONE: Final = np.array([], dtype=np.int64)
OTHER_REASON: Final = "Policy"
"""The reason of a migration that no policy has decided on."""

TICKS: Final = (families.CYCLE, families.DETECTION, families.CLEANUP)
"""The metrics of the costs of ticks."""


class Readings:
    """The metrics of one run.

    Parameters
    ----------
    recording : of the whole run. instants : µs, ascending.
    """

    def __init__(self, recording: Recording, scenario: Scenario, instants: Integers) -> None:
        self._recording = recording
        self._scenario = scenario
        self._at = Instants(instants, recording.horizon)
        self._attempts = recording.attempts
        self._codes = outcome.outcomes(recording.attempts)
        self._records = recording.records
        self._lattices = recording.lattices
        a, records, at = self._attempts, self._records, self._at
        running, step = recording.samples.get("running", NONE), scenario.record.timeline or 1
        self._made: dict[Family, Callable[[], Series | list[Series]]] = {
            families.TIMED_OUT: lambda: at.counter(self._migrations("timed_out")),
            families.FAILED: lambda: at.counter(
                np.concatenate([self._migrations("rejected", "failed"), self._prevented])
            ),
            families.RECORDS_TIMED_OUT: self._timed_out_records,
            families.CLEANED_UP: lambda: self._records_of(REMOVED),
            families.REPLACED: lambda: self._records_of(REPLACED),
            families.FORGOTTEN: lambda: self._records_of(FORGOTTEN),
            families.STARTED: lambda: at.counter(a["requested"]),
            families.RETRIES: lambda: at.counter(a["requested"][a["attempt"] > 1]),
            families.ENDED: lambda: [at.counter(self._ended(name), name) for name in OUTCOMES],
            families.ACTIVE: lambda: at.open(records.created, records.ended),
            families.RECORDS: lambda: at.open(records.created, records.gone),
            families.SUCCESS: self._success,
            families.COMPLETED: self._completed_share,
            families.DURATION: self._durations,
            families.LATENCY: self._latencies,
            families.MIGRATED: self._by_reason,
            families.CHECKPOINTS: lambda: at.counter(a["checkpointed"]),
            families.CHECKPOINT_SIZE: self._sizes,
            families.RUNNING: lambda: at.newest(running, step),
            **TaskReadings(recording, scenario, at).of,
        }

    def of(self, family: Family) -> list[Series]:
        """The series of a metric, in the order of their labels."""
        same = families.BOTH.get(family, family)
        if same in TICKS:
            return [self._of_ticks(family, same)]
        made = self._made[same]()
        return made if isinstance(made, list) else [made]

    def _records_of(self, fate: int) -> Series:
        return self._at.counter(self._records.gone[self._records.fate == fate])

    def _timed_out_records(self) -> Series:
        records = self._records
        return self._at.counter(records.ended[records.timed_out & (records.ended < self._at.horizon)])

    def _success(self) -> Series:
        ended = np.concatenate([self._migrations(*OUTCOMES), self._prevented])
        return self._at.ratio(self._at.count(self._migrations("completed")), self._at.count(ended))

    def _completed_share(self) -> Series:
        began = self._attempts["requested"][self._attempts["attempt"] == 1]
        return self._at.ratio(self._at.count(self._migrations("completed")), self._at.count(began))

    def _durations(self) -> Series:
        a, done = self._attempts, self._codes == outcome.COMPLETED
        return self._at.histogram(a["completed"][done], (a["completed"] - a["requested"])[done], families.DURATION)

    def _latencies(self) -> Series:
        a, late = self._attempts, self._codes == outcome.LATE
        return self._at.histogram(a["failed"][late], (a["failed"] - a["deadline"])[late], families.LATENCY)

    def _sizes(self) -> Series:
        a, made = self._attempts, self._attempts["checkpointed"] != NEVER
        return self._at.histogram(a["checkpointed"][made], a["state_bytes"][made], families.CHECKPOINT_SIZE)

    def _ended(self, *names: str) -> Column:
        """The times at which the attempts with these outcomes ended, µs."""
        return self._times(np.isin(self._codes, [outcome.OUTCOMES.index(name) for name in names]))

    def _migrations(self, *names: str) -> Column:
        """The times at which the migrations ended whose last attempts have these outcomes, µs."""
        codes = [outcome.OUTCOMES.index(name) for name in names]
        return self._times(np.isin(self._codes, codes) & outcome.lasts(self._attempts))

    def _times(self, rows: outcome.Booleans) -> Column:
        a, done = self._attempts, self._codes == outcome.COMPLETED
        times: Column = np.where(done, a["completed"], a["failed"])[rows]
        return times

    @cached_property
    def _prevented(self) -> Column:
        """The times at which quorums prevented migrations, µs."""
        without = quorum.not_begun(self._recording)
        return without["decided"] if without else NONE

    def _by_reason(self) -> list[Series]:
        """The completed attempts by the reason of their migration."""
        reasons = (*placements.REASONS, OTHER_REASON)
        of_each = np.full(len(self._codes), len(placements.REASONS))
        if (p := self._recording.placements) is not None:
            began = p["attempt"] != NEVER
            of_each[p["attempt"][began]] = p["reason"][began]
        done = self._codes == outcome.COMPLETED
        return [
            self._at.counter(self._attempts["completed"][done & (of_each == code)], reason)
            for code, reason in enumerate(reasons)
        ]

    def _of_ticks(self, family: Family, same: Family) -> Series:
        """The histogram of a cost of ticks, in the unit of `family`."""
        if self._lattices is None:
            return self._at.histogram(NONE, NONE, family)
        costs, tick = self._busy, self._scenario.manager.costs.tick
        took, tick = {
            families.CYCLE: (tick + costs.detect + costs.cleanup, tick + costs.idle),
            families.DETECTION: (costs.detect, costs.idle),
            families.CLEANUP: (costs.cleanup, 0),
        }[same]
        busy = self._at.histogram(costs.at, took, family)
        assert busy.buckets is not None
        assert busy.sums is not None
        # All other ticks found nothing, and each of them has the same cost.
        every = [self._lattices.until(instant + 1).count() for instant in self._at.at.tolist()]
        idle = np.array(every, dtype=np.int64) - busy.buckets[:, -1]
        buckets = busy.buckets.copy()
        buckets[:, np.searchsorted(np.array(family.buckets) * family.scale, tick) :] += idle[:, np.newaxis]
        return Series("", buckets[:, -1].astype(np.float64), buckets, busy.sums + tick * idle / family.scale)

    @cached_property
    def _busy(self) -> TickCosts:
        return tick_costs(self._recording, self._scenario)
