"""The second half of a search: the first run of each class is made small, and branched to find the cause."""

from collections.abc import Sequence
from contextlib import closing
from dataclasses import dataclass
from functools import partial

from icnsim.recording.progress import Budget
from icnsim.recording.violations import Violation
from icnsim.search import cause, smaller
from icnsim.search.cause import FROM_START, Cause
from icnsim.search.crew import in_order
from icnsim.search.exploring import Progress
from icnsim.search.looking import DEFECT, Class, look, scenario_of
from icnsim.search.shrink import Document, shrink
from icnsim.sweeps.engines import Engine


@dataclass(frozen=True, slots=True)
class Job:
    """A run to be made small.

    Attributes
    ----------
    document : the run's scenario. which : the class that its violation must keep.
    tries : the most runs. branches : at each moment of the trail, 0 for no cause.
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
    tries : the number of runs. whole : whether nothing more could be simplified.
    violation : the first of the class in it. names : of its executors.
    cause : of that violation. If the smallest scenario itself is the cause, the cause of the violation in the original
        run, if that has a more precise one. cause_names : of the executors there.
    """

    document: Document
    tries: int
    whole: bool
    violation: Violation
    names: tuple[str, ...]
    cause: Cause | None = None
    cause_names: tuple[str, ...] = ()

    @property
    def marked(self) -> int | None:
        """The place in the violation's trail after which it could not be avoided, if known."""
        own = self.cause is not None and [chance.moment for chance in self.cause.chances] == [*self.violation.trail]
        return self.cause.unavoidable_after if self.cause is not None and own else None


def narrowed(job: Job) -> Smallest:
    """Make a run small, and look for the cause of its violation."""

    def still_fails(document: Document) -> bool:
        return job.which in look(document, job.budget).violations

    found = shrink(job.document, still_fails, job.tries, simpler=smaller.simpler, variants=smaller.other_seeds)
    violation, names, why = _branched(job, found.document)
    of = names
    if why is not None and why.unavoidable_after == FROM_START:
        _, others, other = _branched(job, job.document)
        if other is not None and other.unavoidable_after != FROM_START:
            why, of = other, others
    return Smallest(found.document, found.tries, found.whole, violation, names, why, of)


def _branched(job: Job, document: Document) -> tuple[Violation, tuple[str, ...], Cause | None]:
    """The first violation of the class in a scenario, the names of the executors, and its cause if requested."""
    violation, scenario = look(document, job.budget).violations[job.which], scenario_of(document)
    if not job.branches or job.which.invariant == DEFECT:
        return violation, scenario.executor_names, None
    run = partial(cause.branched, budget=job.budget)
    return violation, scenario.executor_names, cause.cause(scenario, violation, run, job.branches)


def narrow(jobs: Sequence[Job], engine: Engine, progress: Progress | None = None) -> tuple[list[Smallest], bool]:
    """Do the jobs; the second result says if they were interrupted, and then only the first of them are done."""
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
