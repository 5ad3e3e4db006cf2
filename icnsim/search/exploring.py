"""The first half of a search: the runs of a swarm, in batches, with their coverage and violations.

A batch has the same runs with every engine, and batches are processed in their order. So the results do not
depend on the engine, and a search that ends early ends at the same run everywhere.
"""

from collections import Counter
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass, field
from typing import Final

from icnsim.recording.progress import Budget
from icnsim.search import classes
from icnsim.search.classes import Classes
from icnsim.search.coverage import Coverage
from icnsim.search.crew import in_order
from icnsim.search.looking import look
from icnsim.search.swarm import Swarm
from icnsim.sweeps.engines import Engine

BATCH: Final = 20
"""The number of runs of a task, which take some tenths of a second."""
Progress = Callable[[float, int], None]


@dataclass(frozen=True, slots=True)
class Batch:
    """Runs to be done, from `first` to `last`; `budget` is that of each run."""

    swarm: Swarm
    first: int
    last: int
    budget: Budget

    def __str__(self) -> str:
        return f"runs {self.first} to {self.last}"


@dataclass(slots=True)
class Exploration:
    """The results of runs.

    Attributes
    ----------
    runs : the number of runs. reached : their coverage. classes : of violations. invariants : the number of runs that
        violated each. interrupted : whether more runs were requested.
    """

    runs: int = 0
    reached: Coverage = field(default_factory=Coverage)
    classes: Classes = field(default_factory=dict)
    invariants: Counter[str] = field(default_factory=Counter)
    interrupted: bool = False

    def merge(self, later: "Exploration") -> None:
        """Add the results of later runs."""
        self.runs += later.runs
        self.reached.merge(later.reached)
        self.invariants.update(later.invariants)
        classes.merge(self.classes, later.classes)


def done(batch: Batch) -> Exploration:
    """Do the runs of a batch."""
    came = Exploration()
    for run in range(batch.first, batch.last + 1):
        seen = look(batch.swarm.variation(run), batch.budget)
        came.runs += 1
        if seen.observed is not None:
            came.reached.add(seen.observed, seen.events, cut_short=seen.cut_short)
        else:
            came.reached.cut_short += seen.cut_short
        violations = seen.violations
        came.invariants.update({which.invariant for which in violations})
        classes.note(came.classes, run, violations)
    return came


def explore(
    swarm: Swarm, runs: int, stop_after: int | None, budget: Budget, engine: Engine, progress: Progress | None = None
) -> Exploration:
    """Do the runs of a swarm.

    Parameters
    ----------
    stop_after : end with the batch in which this number of classes of violations is reached.
    progress : is called with the share of the runs that are done, and their events.
    """
    came = Exploration()
    batches = (Batch(swarm, first, min(runs, first + BATCH - 1), budget) for first in range(1, runs + 1, BATCH))
    try:
        with closing(in_order(engine, done, batches)) as results:
            for result in results:
                came.merge(result)
                if progress is not None:
                    progress(came.runs / runs, came.reached.events)
                if stop_after is not None and len(came.classes) >= stop_after:
                    break
    except KeyboardInterrupt:
        came.interrupted = True
    return came
