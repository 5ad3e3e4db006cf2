"""The federation: runs its parts to the end, and returns the recording."""

from icnsim.errors import BudgetError
from icnsim.recording.canonical import canonical
from icnsim.recording.columns import Recording
from icnsim.recording.conservation import conserved
from icnsim.recording.progress import Budget, Observer, Snapshot
from icnsim.recording.violations import Observed
from icnsim.simulation.assembly import Assembly
from icnsim.simulation.recorded import events_of, observed_by, recording_of
from icnsim.simulation.watching.snapshot import counted, held


class CutShort(BudgetError):
    """The budget of a run is used up.

    Attributes
    ----------
    events : the events of the model until the run stopped, as in a `Recording`.
    processed : the queue entries until then; the budget limits them.
    observed : the monitor's observations until then.
    """

    def __init__(self, message: str, events: int, processed: int, observed: Observed) -> None:
        super().__init__(message)
        self.events = events
        self.processed = processed
        self.observed = observed


class Federation(Assembly):
    """One simulation of a scenario, ready to run; the parameters are those of `Assembly`."""

    def run(self, budget: Budget | None = None, observer: Observer | None = None) -> Recording:
        """Simulate to the horizon; raises CutShort if the budget is used up."""
        for part in (self.arrivals, self.faults, self.mailboxes, self.tasks, self.policy, self.timeline):
            if part is not None:
                part.start()
        for adjustment in self.scenario.manager.adjustments:
            self.env.at(adjustment.at, self._adjust, adjustment)
        progress = None if observer is None else lambda share, events: observer(share, events, self.snapshot)
        try:
            self.env.advance(self.span.horizon, budget or Budget(), progress)
            return canonical(conserved(recording_of(self)))
        except BudgetError as error:
            observed = observed_by(self, ended=False)
            raise CutShort(str(error), events_of(self), self.env.processed, observed) from None

    def snapshot(self) -> Snapshot:
        """The present state; examines every attempt and every record."""
        attempts, retries, ended = counted(self.recorder)
        active, records = held(executor.manager for executor in self.executors)
        return Snapshot(
            at=self.env._now,
            horizon=self.span.horizon,
            events=self.env.processed,
            attempts=attempts,
            retries=retries,
            ended=ended,
            skipped=len(self.recorder.skipped),
            active=active,
            records=records,
            in_flight=self.in_flight(),
            running=self._running(),
            nowhere=self.copies.absent,
            faults={} if self.faults is None else self.faults.in_effect(),
            violations={name: count for name, count in sorted(self.monitor.counts.items()) if count},
            tasks=None if self.tasks is None else self.tasks.became(),
        )
