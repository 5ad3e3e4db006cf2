"""Runs the curves of all detectors and compares them: `icnsim.compare_detectors`."""

import tempfile
from collections.abc import Mapping, Sequence
from contextlib import nullcontext
from dataclasses import replace
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from icnsim import frames
from icnsim.engines import Engine as RunEngine
from icnsim.recording.progress import Budget
from icnsim.sweeps import engines
from icnsim.sweeps.detectors import tables
from icnsim.sweeps.detectors.measured import Measured, Results
from icnsim.sweeps.detectors.planning import POINTS, PlannedCurve, Prepared, prepare
from icnsim.sweeps.engines import Engine
from icnsim.sweeps.execution import Unwatched, Watch
from icnsim.sweeps.kept import Foreseen, KeptOpen
from icnsim.sweeps.notebook import watch_of_a_notebook
from icnsim.sweeps.pointstable import mistrusted, replications_of
from icnsim.sweeps.sweep import Sweep, run_plan

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes


class DetectorComparison:
    """The detectors of one scenario side by side.

    Attributes
    ----------
    results : what was measured.
    """

    def __init__(self, results: Results) -> None:
        self.results = results

    def __repr__(self) -> str:
        prepared = self.results.prepared
        count = f"{len(prepared.kinds)} detectors, {len(prepared.changes)} conditions"
        return f"<icnsim.DetectorComparison of {prepared.scenario.name}, {count}>"

    def _repr_html_(self) -> str:
        """The tables at equal accuracy and at equal detection time, as a notebook shows them."""
        return tables.html(self.results)

    def without_folders(self) -> "DetectorComparison":
        """Return the same with no folders, because they are gone."""
        curves = [replace(each, folder=None) for each in self.results.curves]
        return DetectorComparison(replace(self.results, curves=curves))

    @cached_property
    def points(self) -> "pd.DataFrame":
        """A row for each point of each curve; see `icnsim.sweeps.detectors.tables.points`."""
        return frames.by_name(tables.points(self.results))

    @cached_property
    def equal_accuracy(self) -> "pd.DataFrame":
        """The detection time of each detector at some accuracies; see `tables.equal_accuracy`."""
        return frames.by_name(tables.equal_accuracy(self.results))

    @cached_property
    def equal_detection_time(self) -> "pd.DataFrame":
        """The accuracy of each detector at some detection times; see `tables.equal_detection_time`."""
        return frames.by_name(tables.equal_detection_time(self.results))

    @cached_property
    def costs(self) -> "pd.DataFrame":
        """The costs of each detector at one setting; see `tables.costs`."""
        return frames.by_name(tables.costs(self.results))

    @property
    def document(self) -> dict[str, Any]:
        """Everything that was found, as JSON has it."""
        return tables.document(self.results)

    def plot(self, condition: str | None = None, ax: "Axes | None" = None) -> "Axes":
        """Draw the curves under a condition, by default the first one."""
        from icnsim.plots.drawing import draw
        from icnsim.sweeps.detectors.picture import chart

        return draw(chart(self.results, condition or self.results.conditions[0]), ax)


def compare_detectors(
    scenario: str | Path,
    detectors: Sequence[str] = (),
    conditions: Sequence[str] = (),
    *,
    overrides: Mapping[str, object] | None = None,
    points: int = POINTS,
    replications: int | None = None,
    seed: int | None = None,
    out: str | Path | None = None,
    force: bool = False,
    allow_large: bool = False,
    jobs: int | None = None,
    scheduler: str | None = None,
    budget: Budget | None = None,
    watch: Watch | None = None,
    engine: RunEngine = "auto",
) -> DetectorComparison:
    """Compare failure detectors on the same draws of a scenario.

    Parameters
    ----------
    scenario : a file. detectors : kinds such as ``["poll", "adaptive"]``; all kinds by default.
    conditions : names of `icnsim.sweeps.detectors.conditions.CONDITIONS`, or ``["all"]``; by default the scenario as
        it is.
    overrides : of the scenario. points : the most settings of each detector.
    replications : of each point; by default the scenario's own, which is 10 unless it says otherwise.
    seed, out, force, allow_large, jobs, scheduler, budget, watch, engine : as in `icnsim.sweep`.

    Raises
    ------
    ScenarioError : the scenario, a detector or a condition cannot be used; nothing was run.
    EngineError : no workers. ResultsError : the results cannot be written.
    """
    prepared = prepare(scenario, detectors, conditions, overrides, points, replications, seed, allow_large=allow_large)
    place = tempfile.TemporaryDirectory(prefix="icnsim-") if out is None else nullcontext(str(out))
    watch = watch or watch_of_a_notebook(prepared.scenario.name)
    with_what = engines.engine(jobs, scheduler)
    with place as home:
        found = carry_out(prepared, Path(home), with_what, force=force, budget=budget, watch=watch, engine=engine)
    return found if out is not None else found.without_folders()


def carry_out(
    prepared: Prepared,
    out: Path,
    with_what: Engine,
    *,
    force: bool = False,
    budget: Budget | None = None,
    watch: Watch | None = None,
    engine: RunEngine = "auto",
) -> DetectorComparison:
    """Run every curve that is not stored and read the figures; the runs are kept in `out`, as a sweep's are."""
    kept, told = KeptOpen(with_what), Foreseen(watch or Unwatched())
    measured = []
    runs = [len(each.plan.points) * each.plan.scenario.sweep.replications for each in prepared.curves]
    try:
        for number, planned in enumerate(prepared.curves):
            told.begin()
            told.later = sum(runs[number + 1 :])
            done = run_plan(planned.plan, out, kept, force=force, budget=budget, watch=told, engine=engine)
            measured.append(_measured(planned, done))
    finally:
        kept.end()
    return DetectorComparison(Results(prepared, measured))


def _measured(planned: PlannedCurve, done: Sweep) -> Measured:
    assert done.folder is not None
    with mistrusted(done.folder):
        found = list(replications_of(done.folder / "points.parquet"))
    failures = tuple(reason for point in found for reason in point.failures if reason is not None)
    return Measured(planned, done.folder, np.stack([point.figures for point in found]), failures)
