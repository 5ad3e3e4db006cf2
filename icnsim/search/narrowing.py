"""The second half of a search: the first run of each class is made small, and branched for its cause."""

from collections.abc import Sequence
from contextlib import closing
from dataclasses import dataclass
from functools import partial

from icnsim.recording.violations import Violation
from icnsim.search import cause, smaller
from icnsim.search.cause import Cause
from icnsim.search.crew import in_order
from icnsim.search.exploring import Progress
from icnsim.search.looking import DEFECT, Class, look, scenario_of
from icnsim.search.shrink import Document, shrink
from icnsim.simulation import Budget
from icnsim.sweeps.engines import Engine


@dataclass(frozen=True, slots=True)
class Job:
    """A run to be made small.

    Attributes
    ----------
    document : the run's scenario. which : the class that its violation is to keep.
    tries : runs that it may take. branches : at each moment of the trail, 0 for no cause.
    """

    document: Document
    which: Class
    tries: int
    branches: int
    budget: Budget

    def __str__(self) -> str:
        return self.which.label


@dataclass(frozen=True, slots=True)
class Smallest:
    """The smallest scenario that was found to fail in that way.

    Attributes
    ----------
    tries : runs that it took. whole : whether nothing more could be simplified.
    violation : the first of the class in it. names : of its executors.
    """

    document: Document
    tries: int
    whole: bool
    violation: Violation
    names: tuple[str, ...]
    cause: Cause | None


def narrowed(job: Job) -> Smallest:
    """Make a run small, and look for the cause of its violation."""

    def still_fails(document: Document) -> bool:
        return job.which in look(document, job.budget).violations

    found = shrink(job.document, still_fails, job.tries, simpler=smaller.simpler, variants=smaller.other_seeds)
    violation = look(found.document, job.budget).violations[job.which]
    scenario = scenario_of(found.document)
    why = None
    if job.branches and job.which.invariant != DEFECT:
        why = cause.cause(scenario, violation, partial(cause.branched, budget=job.budget), job.branches)
    return Smallest(found.document, found.tries, found.whole, violation, scenario.executor_names, why)


def narrow(jobs: Sequence[Job], engine: Engine, progress: Progress | None = None) -> tuple[list[Smallest], bool]:
    """Do the jobs; the second says whether they were interrupted, and then only the first of them are done."""
    found: list[Smallest] = []
    try:
        with closing(in_order(engine, narrowed, jobs)) as results:
            for result in results:
                found.append(result)
                if progress is not None:
                    progress(len(found) / len(jobs), sum(each.tries for each in found))
    except KeyboardInterrupt:
        return found, True
    return found, False
