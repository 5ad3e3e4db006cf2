"""What a federation in which things go wrong has recorded, and hands over at its end."""

from array import array
from collections.abc import Sequence
from dataclasses import replace
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from icnsim.protocol.messages import ExecutorId
from icnsim.protocol.states import State
from icnsim.recording.columns import NEVER, Column, Recording
from icnsim.recording.violations import Observed
from icnsim.simulation.ballots import Ballots
from icnsim.simulation.copies import Copies
from icnsim.simulation.federation import Federation
from icnsim.simulation.host import Host
from icnsim.simulation.mailbox import Mailboxes
from icnsim.simulation.memories import Memories
from icnsim.simulation.monitor import Monitor
from icnsim.simulation.placement import Placement
from icnsim.simulation.recordbook import RecordBook
from icnsim.simulation.recoveries import Recoveries
from icnsim.simulation.tasks import Tasks
from icnsim.simulation.tickcount import TickCount
from icnsim.simulation.whereabouts import absences, actors
from icnsim.simulation.work import Work

SAMPLED: Final = ("requesting", "checkpointing", "transferring", "restoring", "complete", "failed")


class RecordedFederation(Federation):
    """A federation whose parts have kept while it ran what the columns of a plain one tell.

    Attributes
    ----------
    hosts, copies, mailboxes, work, book, recoveries, monitor : its parts.
    memories, placement, ballots, tasks : those that it has only where they are asked for.
    """

    hosts: list[Host]
    copies: Copies
    mailboxes: Mailboxes
    work: Work
    book: RecordBook
    recoveries: Recoveries
    monitor: Monitor
    memories: Memories | None
    placement: Placement | None
    ballots: Ballots | None
    tasks: Tasks | None
    _first_homes: Sequence[ExecutorId]
    _count: TickCount
    _counted: bool
    _samples: "dict[str, array[int]]"

    def _sample(self, _: None, now: int) -> None:
        for name in SAMPLED:
            self._samples[name].append(self.book.held[State[name.upper()]])
        self._samples["running"].append(self._running())
        self._samples["paused"].append(self.copies.absent)
        super()._sample(None, now)

    def _running(self) -> int:
        return self.copies.running + (0 if self.tasks is None else self.tasks.executions.running)

    def _recording(self) -> Recording:
        self.copies.finish(self.horizon)
        self.mailboxes.finish()
        self.work.finish()
        self._look_at_the_end()
        return replace(
            super()._recording(),
            observed=self._observed(ended=True),
            records=self.book.records(self.horizon),
            cycles=self._count.cycles() if self.tasks is None else None,
            every_tick=self._count.each(),
            samples={name: np.frombuffer(column, np.int64) for name, column in self._samples.items()},
            recoveries=self.recoveries.columns(),
            actor_messages={name: sum(column) for name, column in self.mailboxes.counts.items()},
            actors=actors(self._first_homes, self.copies, self.mailboxes.counts) if self.tasks is None else None,
            absent=absences(
                self.hosts, self.copies, self.recoveries, asks=self.scenario.protocol.switches.two_phase_handover
            ),
            phases=None if self.phases is None else self.phases[self.scenario.having("migration_manager")],
            memories=None if self.memories is None else self._by_place(self.memories.columns()),
            at_risk=0 if self.memories is None else self.memories.at_risk,
            placements=None if self.placement is None else self._by_place(self.placement.columns()),
            standing=self.work.standing if self._counted else None,
            decisions=None if self.ballots is None else self.ballots.columns(),
            tasks=None if self.tasks is None else self.tasks.columns(),
            executions=None if self.tasks is None else self.tasks.executions.columns(),
        )

    def _by_place(self, columns: dict[str, Any]) -> dict[str, NDArray[Any]]:
        """Columns with the attempts' numbers in the tables."""
        return {**columns, "attempt": self.recorder.places()[columns["attempt"]]}

    def _observed(self, *, ended: bool) -> Observed:
        rows = self.recorder.rows().tolist()
        return self.monitor.observed(dict(zip(rows, range(len(rows)), strict=True)), ended=ended)

    def _look_at_the_end(self) -> None:
        """What is active at the end and will never end: it counts as being at rest."""
        for host in self.hosts:
            timeouts = host.manager.timeouts if host.ticker is not None and host.up else {}
            for record in host.manager.active.values():
                if record.state in timeouts or not host.up:  # who is down for ever breaks no promise
                    self.monitor.left(record, record.state, host)
                else:
                    self.monitor.stuck(record, host)

    def _measure(self, attempts: dict[str, Column]) -> None:
        rows = self.recorder.rows()
        queued = np.zeros(len(self.copies.doubled), dtype=np.int64)
        for row, count in self.mailboxes.queued.items():
            queued[row] = count
        attempts["willing"] = self._willing(attempts)
        failures = np.full((3, len(queued)), NEVER, dtype=np.int64)
        failures[0] = State.REQUESTING
        for row, failure in self.book.failures.items():
            failures[:, row] = failure
        attempts["failed_in"], attempts["failed_since"], attempts["deadline"] = failures[:, rows]
        attempts["downtime"] = np.frombuffer(self.copies.downtime, np.int64)[rows]
        attempts["duplicate_run"] = np.frombuffer(self.copies.doubled, np.int64)[rows]
        attempts["queued"] = queued[rows]
