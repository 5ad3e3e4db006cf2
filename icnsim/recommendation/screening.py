"""Runs every point with the same number of replications, and judges it against the question.

The points come from a design or from the optimiser. The scenario's own values, the design's point, are added.
A candidate has only the figures of the question. The store has the runs.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path, PurePosixPath
from typing import Any, Final

from icnsim.errors import Problem, ScenarioError
from icnsim.experiment import alone
from icnsim.recommendation import measurable
from icnsim.recommendation.candidate import Candidate, judged
from icnsim.recommendation.constraints import Goal
from icnsim.recommendation.optimiser import optimise
from icnsim.scenario import resolved
from icnsim.scenario.loading import read
from icnsim.scenario.variation import meaning, measured
from icnsim.statistics import intervals
from icnsim.sweeps.designs import Point
from icnsim.sweeps.engines import Engine
from icnsim.sweeps.execution import Execution, Orders, Watch
from icnsim.sweeps.figures import unrecorded
from icnsim.sweeps.kept import Foreseen, KeptOpen
from icnsim.sweeps.plan import Checked, Plan, plan, section, with_points
from icnsim.sweeps.statistics import Floats, matrix
from icnsim.sweeps.store import Store
from icnsim.sweeps.sweep import runs_of
from icnsim.sweeps.tables import PointRuns

SAMPLES = 128
"""The default number of points that the optimiser evaluates."""
MOST_TIMES: Final = 8
"""The largest number of fresh runs of a point, as a multiple of its screening runs."""
OUR_OWN: Final = ("pareto.csv", "pareto.svg")
"""File names that a recommendation reserves. The scenario's data files are copied to the same folder."""


@dataclass(frozen=True, slots=True)
class Search:
    """The points to screen.

    Attributes
    ----------
    plan : the points of a design. If `optimised`, it is a sample of the ranges with as many points as the optimiser
        evaluates. The sample shows that values of the ranges can be run.
    own : the scenario's own values of the keys, the design's point; None if the scenario does not set them.
    factor : the size of the runs relative to the scenario's.
    """

    plan: Plan
    optimised: bool
    own: Point | None
    factor: int = 1


def search(
    scenario: str | Path,
    goal: Goal,
    overrides: Mapping[str, object] | None,
    flags: Mapping[str, object],
    seed: int | None,
    *,
    scaled: bool = False,
    allow_large: bool = False,
    checked: Checked | None = None,
) -> Search:
    """Read a scenario and its search space: a design, lists, or ranges for the optimiser.

    Parameters
    ----------
    scaled : make the runs as large as the figures of the question need.
    checked : receives the progress of the check of the points.

    Raises
    ------
    ScenarioError : as for `plan`; or no key varies, there are too few replications for a judgement, runs of this size
        cannot measure a figure, or a data file has a reserved name.
    """
    found = _search(scenario, goal, overrides, flags, seed, allow_large=allow_large, checked=checked)
    lack = measurable.shortfall(_with_own(found), goal, MOST_TIMES * found.plan.scenario.sweep.replications)
    if lack is None:
        return found
    if not scaled:
        measurable.refuse(found.plan, lack)
    larger = measurable.scale(found.plan, lack)
    overrides = {**(overrides or {}), **larger.overrides}
    found = _search(scenario, goal, overrides, flags, seed, allow_large=allow_large, checked=checked)
    return replace(found, factor=larger.factor)


def _search(
    scenario: str | Path,
    goal: Goal,
    overrides: Mapping[str, object] | None,
    flags: Mapping[str, object],
    seed: int | None,
    *,
    allow_large: bool,
    checked: Checked | None,
) -> Search:
    source = read(scenario)
    asked = section(source, dict(overrides or {}), flags)
    vary = asked.get("vary")
    ranges = isinstance(vary, Mapping) and any(isinstance(levels, str) for levels in vary.values())
    # A section with samples for its ranges is a grid. The command's option is for the optimiser.
    optimised = ranges and "design" not in asked and ("samples" in flags or not asked.get("samples"))
    if optimised:
        flags = {**flags, "design": "lhs", "samples": asked.get("samples") or SAMPLES}
    made = plan(scenario, overrides, flags, seed, allow_large=allow_large, checked=checked)
    if not made.keys:
        wanted = "keys to choose the values of, such as --vary manager.timeout=10s..5min"
        raise ScenarioError([Problem("--vary", None, "", "nothing", wanted)])
    if lacking := list(unrecorded(made.scenario, goal.metrics)):
        raise ScenarioError([Problem("--minimize or --subject-to", None, "", *each) for each in lacking])
    have = made.scenario.sweep.replications
    judged_by = goal.metrics if goal.trade_off else [c.metric for c in goal.constraints]
    unsure = [metric for metric in judged_by if intervals.fewest([metric]) > have]
    if unsure:
        wanted = f"at least {intervals.fewest(unsure)}: with fewer there is no 95 % interval of {', '.join(unsure)}"
        raise ScenarioError([Problem("--replications", None, "", str(have), wanted)])
    _refuse_our_names(made)
    return Search(made, optimised, own_point(made))


def own_point(made: Plan) -> Point | None:
    """Return the scenario's own value of each key that varies; None if a key has no value of the same kind."""
    own: list[Any] = []
    document = resolved.plain(alone(made.scenario))
    for key, levels in made.scenario.sweep.vary.items():
        value: Any = document
        try:
            for part in key.split("."):
                value = value[int(part)] if isinstance(value, list) else value[part]
        except (KeyError, IndexError, TypeError, ValueError):
            return None
        units = {unit for unit, _ in filter(None, map(measured, levels))} if not isinstance(levels, str) else set()
        kind = measured(value)
        if value is None or (kind is None and (isinstance(levels, str) or units)):
            return None
        # The grid's notation of the value, so that the point is not added a second time.
        own.append(next((each for each in _listed(levels) if meaning(each) == meaning(value)), value))
    return tuple(own)


def _listed(levels: Any) -> Sequence[Any]:
    return () if isinstance(levels, str) else levels


def _with_own(found: Search) -> Plan:
    """Return the plan of a search with the design's own point, if that is another point."""
    points = found.plan.points
    known = {meaning(list(point)) for point in points}
    if found.own is None or meaning(list(found.own)) in known:
        return found.plan
    return with_points(found.plan, [*points, found.own])


def _refuse_our_names(made: Plan) -> None:
    taken = [name for name in made.scenario.files if PurePosixPath(name).parts[0].casefold() in OUR_OWN]
    if taken:
        wanted = f"data files with other names than {' or '.join(OUR_OWN)}, which are files of the results"
        raise ScenarioError([Problem(made.scenario.origin, None, "", repr(name), wanted) for name in taken])


class Runs:
    """Runs plans one after another on one engine and writes the runs to one store.

    Attributes
    ----------
    failures : the reason of each failed run, by run-id.
    """

    def __init__(self, store: Store, engine: Engine, orders: Orders, watch: Watch) -> None:
        self.failures: dict[str, str] = {}
        self._store = store
        self._engine = KeptOpen(engine)
        self._watch = Foreseen(watch)
        self._orders = orders

    def run(self, made: Plan, later: int = 0) -> Execution:
        """Carry out the runs of a plan that are not stored. `later` is the number of runs of later plans."""
        self._watch.begin()
        self._watch.later = later
        execution = Execution(made, self._store, self._engine, self._orders, self._watch)
        execution.run()
        self.failures |= execution.failures
        return execution

    def end(self) -> None:
        """Close the engine."""
        self._engine.end()


@dataclass(frozen=True, slots=True)
class Screening:
    """All points that were screened.

    Attributes
    ----------
    plan : the plan of these points. candidates : one for each point. executions : those that ran them, in order.
    own : the number of the design's own point; None if it was not screened.
    """

    plan: Plan
    candidates: tuple[Candidate, ...]
    executions: tuple[Execution, ...]
    own: int | None = None

    @property
    def replications(self) -> list[int]:
        """The number of runs of each point."""
        return [candidate.runs for candidate in self.candidates]

    def figures(self, point: int) -> Floats:
        """Return runs × figures of a point, see `statistics.matrix`."""
        place = point
        for execution in self.executions:
            if place < len(execution.replications):
                runs = range(1, execution.replications[place] + 1)
                return matrix([execution.figures(place, replication) for replication in runs])
            place -= len(execution.replications)
        raise IndexError(point)

    def runs(self) -> Iterator[PointRuns]:
        """Yield the figures of every point, one point at a time."""
        every = (point for execution in self.executions for point in runs_of(self.plan, execution))
        return (replace(point, number=number) for number, point in enumerate(every))


def screen(where: Search, goal: Goal, runs: Runs) -> Screening:
    """Run every point of the search and judge it."""
    executions: list[Execution] = []
    candidates: list[Candidate] = []
    sweep = where.plan.scenario.sweep
    grid = _with_own(where)
    first = [] if where.own is None or not where.optimised else [where.own]
    whole = (sweep.samples or 0) + len(first) if where.optimised else len(grid.points)

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

    if where.optimised:
        optimise(sweep, goal, lambda points: evaluate(with_points(where.plan, points)), first)
        grid = with_points(where.plan, [candidate.values for candidate in candidates])
    else:
        evaluate(grid)
    return Screening(grid, tuple(candidates), tuple(executions), _number_of(where.own, candidates))


def _number_of(own: Point | None, candidates: Sequence[Candidate]) -> int | None:
    if own is None:
        return None
    wanted = meaning(list(own))
    return next((each.number for each in candidates if meaning(list(each.values)) == wanted), None)


def first_reason(execution: Execution, point: int, replications: Iterable[int]) -> str | None:
    """Return the reason of the first failed run of a point; None if no run failed."""
    return next(filter(None, (execution.failure(point, replication) for replication in replications)), None)
