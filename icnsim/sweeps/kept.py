"""One engine and one account of progress for several executions, one after another."""

from concurrent.futures import Executor

from icnsim.sweeps.engines import Engine
from icnsim.sweeps.execution import Watch
from icnsim.sweeps.work import Outcome


class KeptOpen:
    """An engine that stays open from one execution to the next: processes take a second to start."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._open: Executor | None = None
        self._idle = False

    @property
    def slots(self) -> int:
        return self._engine.slots

    @property
    def workers(self) -> int:
        return self._engine.workers

    def open(self, *, alone: bool = False) -> Executor:
        """The executor that an execution has left open, or a new one."""
        if self._idle and self._open is not None and not alone:
            self._idle = False
            return self._open
        executor = self._engine.open(alone=alone)
        self._open, self._idle = (None if alone else executor), False
        return executor

    def check(self) -> None:
        """See `Engine.check`."""
        self._engine.check()

    def close(self, *, at_once: bool) -> None:
        """Keep what is open for the next execution, unless it is to be stopped."""
        self._idle = not at_once
        if at_once:
            self._open = None
            self._engine.close(at_once=True)

    def end(self) -> None:
        """Release the processes."""
        self._open = None
        self._engine.close(at_once=False)


class Summed:
    """Reports several executions to a watch as one."""

    def __init__(self, watch: Watch) -> None:
        self._watch = watch
        self._before = self._planned = 0

    def begin(self) -> None:
        """Another execution begins."""
        self._before += self._planned
        self._planned = 0

    def planned(self, runs: int) -> None:
        """The current execution has this number of runs."""
        self._planned = runs
        self._watch.planned(self._before + runs)

    def found(self) -> None:
        """A run was stored already."""
        self._watch.found()

    def ended(self, outcome: Outcome) -> None:
        """A run has ended."""
        self._watch.ended(outcome)

    def waiting(self) -> None:
        """No run has ended for a while."""
        self._watch.waiting()

    def written(self, points: int, total: int) -> None:
        """The results of points of the current execution have been written."""
        self._watch.written(points, total)


class Foreseen(Summed):
    """Adds the runs of later executions to those that a watch expects, so that its estimate of the time is right.

    Attributes
    ----------
    later : the runs of all executions after the present one.
    """

    later = 0

    def planned(self, runs: int) -> None:
        """Report the runs of the present execution, and the later ones."""
        super().planned(runs + self.later)
        self._planned = runs
