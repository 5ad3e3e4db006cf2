"""Every point that could be recommended, run equally often and held against the constraints.

The points are a design's, or those at which an optimiser looks. What is kept of each is the
few figures that are asked for; the runs are in the store.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path, PurePosixPath
from typing import Final

from icnsim.analysis import intervals
from icnsim.errors import Problem, ScenarioError
from icnsim.recommendation.candidate import Candidate, judged
from icnsim.recommendation.constraints import Goal
from icnsim.recommendation.optimiser import optimise
from icnsim.scenario.loading import read
from icnsim.sweeps.engines import Engine
from icnsim.sweeps.execution import Execution, Orders, Watch
from icnsim.sweeps.kept import KeptOpen, Summed
from icnsim.sweeps.plan import Plan, plan, section, with_points
from icnsim.sweeps.store import Store
from icnsim.sweeps.sweep import runs_of
from icnsim.sweeps.tables import PointRuns

SAMPLES = 128
"""Points at which the optimiser looks, where nothing else is asked."""
OUR_OWN: Final = ("pareto.csv", "pareto.svg")
"""Files of ours in a folder into which the scenario's data files go, too, and whose names those may have."""


@dataclass(frozen=True, slots=True)
class Search:
    """Where settings are looked for.

    Attributes
    ----------
    plan : the points of a design, or, where `optimised`, a sample of the ranges, which shows
        that what they hold can be run; its number is that of the points to look at.
    """

    plan: Plan
    optimised: bool


def search(
    scenario: str | Path,
    goal: Goal,
    overrides: Mapping[str, object] | None,
    flags: Mapping[str, object],
    seed: int | None,
    *,
    allow_large: bool = False,
) -> Search:
    """Read a scenario and where to look: over a design that is named, or over lists; else by the optimiser.

    Raises
    ------
    ScenarioError : see `plan`; nothing varies, there are too few replications to judge, or a
        data file is called as one of ours.
    """
    source = read(scenario)
    asked = section(source, dict(overrides or {}), flags)
    vary = asked.get("vary")
    ranges = isinstance(vary, Mapping) and any(isinstance(levels, str) for levels in vary.values())
    # A section that has samples for its ranges is a grid; the flag is the optimiser's.
    optimised = ranges and "design" not in asked and ("samples" in flags or not asked.get("samples"))
    if optimised:
        flags = {**flags, "design": "lhs", "samples": asked.get("samples") or SAMPLES}
    made = plan(scenario, overrides, flags, seed, allow_large=allow_large)
    if not made.keys:
        wanted = "keys to choose the values of, such as --vary manager.timeout=10s..5min"
        raise ScenarioError([Problem("--vary", None, "", "nothing", wanted)])
    have = made.scenario.sweep.replications
    unsure = [c.metric for c in goal.constraints if intervals.fewest([c.metric]) > have]
    if unsure:
        wanted = f"at least {intervals.fewest(unsure)}: with fewer there is no 95 % interval of {', '.join(unsure)}"
        raise ScenarioError([Problem("--replications", None, "", str(have), wanted)])
    _refuse_our_names(made)
    return Search(made, optimised)


def _refuse_our_names(made: Plan) -> None:
    taken = [name for name in made.scenario.files if PurePosixPath(name).parts[0].casefold() in OUR_OWN]
    if taken:
        wanted = f"data files that are not called {' or '.join(OUR_OWN)}, as files of the results are"
        raise ScenarioError([Problem(made.scenario.origin, None, "", repr(name), wanted) for name in taken])


class _Foreseen(Summed):
    """Tells a watch of runs that no execution has planned yet, too, so that the time that is left is right."""

    later = 0

    def planned(self, runs: int) -> None:
        """The present execution has so many runs."""
        super().planned(runs + self.later)
        self._planned = runs


class Runs:
    """Runs plans one after another, on one engine and into one store.

    Attributes
    ----------
    failures : why, of each run that failed, by its run-id.
    """

    def __init__(self, store: Store, engine: Engine, orders: Orders, watch: Watch) -> None:
        self.failures: dict[str, str] = {}
        self._store = store
        self._engine = KeptOpen(engine)
        self._watch = _Foreseen(watch)
        self._orders = orders

    def run(self, made: Plan, later: int = 0) -> Execution:
        """Do every run of a plan that is not stored; `later` are those that other plans will have."""
        self._watch.begin()
        self._watch.later = later
        execution = Execution(made, self._store, self._engine, self._orders, self._watch)
        execution.run()
        self.failures |= execution.failures
        return execution

    def end(self) -> None:
        """Let go of the engine."""
        self._engine.end()


@dataclass(frozen=True, slots=True)
class Screening:
    """All points that were looked at.

    Attributes
    ----------
    plan : with these points. candidates : one a point. executions : that ran them, in order.
    """

    plan: Plan
    candidates: tuple[Candidate, ...]
    executions: tuple[Execution, ...]

    @property
    def replications(self) -> list[int]:
        """Runs of each point."""
        return [candidate.runs for candidate in self.candidates]

    def runs(self) -> Iterator[PointRuns]:
        """The figures of every point, read one point at a time."""
        every = (point for execution in self.executions for point in runs_of(self.plan, execution))
        return (replace(point, number=number) for number, point in enumerate(every))


def screen(where: Search, goal: Goal, runs: Runs) -> Screening:
    """Run every point of the search and judge it."""
    executions: list[Execution] = []
    candidates: list[Candidate] = []
    sweep = where.plan.scenario.sweep
    whole = sweep.samples or 0 if where.optimised else len(where.plan.points)

    def evaluate(points: Plan) -> list[Candidate]:
        _refuse_our_names(points)
        execution = runs.run(points, (whole - len(candidates) - len(points.points)) * sweep.replications)
        executions.append(execution)
        found = []
        for point, replications in enumerate(execution.replications):
            figures = [execution.figures(point, replication) for replication in range(1, replications + 1)]
            reason = first_reason(execution, point, range(1, replications + 1))
            found.append(judged(goal, len(candidates) + point, points.points[point], figures, reason))
        candidates.extend(found)
        return found

    if not where.optimised:
        evaluate(where.plan)
        return Screening(where.plan, tuple(candidates), tuple(executions))
    optimise(sweep, goal, lambda points: evaluate(with_points(where.plan, points)))
    screened = with_points(where.plan, [candidate.values for candidate in candidates])
    return Screening(screened, tuple(candidates), tuple(executions))


def first_reason(execution: Execution, point: int, replications: Iterable[int]) -> str | None:
    """Why the first run of a point that failed did; None where none did."""
    return next(filter(None, (execution.failure(point, replication) for replication in replications)), None)
