"""Runs the curves of all detectors and compares them: `icnsim.compare_detectors`."""

import hashlib
import json
import tempfile
import time
from collections.abc import Mapping, Sequence
from contextlib import nullcontext
from dataclasses import replace
from functools import cached_property, partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from icnsim import frames, reporting
from icnsim.engines import Engine as RunEngine
from icnsim.errors import ResultsError
from icnsim.recording import folder, stored, writing
from icnsim.recording.deadline import within
from icnsim.recording.progress import Budget
from icnsim.sweeps import engines
from icnsim.sweeps.detectors import tables
from icnsim.sweeps.detectors.measured import Measured, Results
from icnsim.sweeps.detectors.planning import POINTS, PlannedCurve, Prepared, prepare
from icnsim.sweeps.engines import Engine
from icnsim.sweeps.execution import Unwatched, Watch
from icnsim.sweeps.kept import Foreseen, KeptOpen
from icnsim.sweeps.notebook import watch_of_a_notebook
from icnsim.sweeps.pointstable import replications_of
from icnsim.sweeps.sweep import Sweep, run_plan

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes


FILE: Final = "detectors.json"


class DetectorComparison:
    """The detectors of one scenario side by side.

    Attributes
    ----------
    folder : of the results; None if they were not kept.
    reused : whether the results were there already.
    """

    def __init__(
        self, found: Mapping[str, Any], place: Path | None, *, reused: bool, results: Results | None = None
    ) -> None:
        self._found = found
        self.folder = place
        self.reused = reused
        self._results = results

    def __repr__(self) -> str:
        count = f"{len(self._found['detectors'])} detectors, {len(self._found['conditions'])} conditions"
        return f"<icnsim.DetectorComparison of {self._found['scenario']}, {count}>"

    @stored.guarded
    def _repr_html_(self) -> str:
        """The table at equal accuracy, as a notebook shows it."""
        return tables.html(self._found)

    @property
    def results(self) -> Results:
        """The measured curves, replication by replication.

        Raises
        ------
        ResultsError : the results were opened, not measured; their replications are in the sweep of each curve.
        """
        if self._results is None:
            raise ResultsError(f"{self.folder}: the replications of a curve are in its sweep, see document['curves']")
        return self._results

    def without_folders(self) -> "DetectorComparison":
        """Return the same with no folders, because they are gone."""
        curves = [replace(each, folder=None) for each in self.results.curves]
        results = replace(self.results, curves=curves)
        return DetectorComparison(self._found, None, reused=self.reused, results=results)

    def report(self, path: str | Path | None = None) -> Path:
        """Write the report as one HTML page, by default NAME-detectors-ID.html in the present folder; return its path.

        Raises
        ------
        ResultsError : the results are in no folder, because there was no `out`.
        """
        return reporting.write_report_of(self.folder, path)

    @cached_property
    def points(self) -> "pd.DataFrame":
        """A row for each point of each curve; see `icnsim.sweeps.detectors.tables.points`."""
        return self._frame("points")

    @cached_property
    def equal_accuracy(self) -> "pd.DataFrame":
        """The detection time of each detector at some accuracies; see `tables.equal_accuracy`."""
        return self._frame("equal_accuracy")

    @cached_property
    def equal_detection_time(self) -> "pd.DataFrame":
        """The accuracy of each detector at some detection times; see `tables.equal_detection_time`."""
        return self._frame("equal_detection_time")

    @cached_property
    def costs(self) -> "pd.DataFrame":
        """The costs of each detector at one setting; see `tables.costs`."""
        return self._frame("costs")

    @property
    @stored.guarded
    def document(self) -> dict[str, Any]:
        """Everything that was found, as detectors.json has it, with the folder of the sweep of each curve."""
        curves = [{**each, "folder": self._folder_of(each["sweep_id"])} for each in self._found["curves"]]
        return {**self._found, "curves": curves}

    @stored.guarded
    def plot(self, condition: str | None = None, ax: "Axes | None" = None) -> "Axes":
        """Draw the curves under a condition, by default the first one."""
        from icnsim.plots.drawing import draw
        from icnsim.sweeps.detectors.picture import chart

        return draw(chart(self._found, condition or self._found["conditions"][0]["name"]), ax)

    @stored.guarded
    def _frame(self, name: str) -> "pd.DataFrame":
        return frames.by_name(tables.frame_of(self._found[name]))

    def _folder_of(self, sweep_id: str) -> str | None:
        return None if self.folder is None else str(self.folder.parent / f"sweep-{sweep_id}")


def opened(place: Path) -> DetectorComparison:
    """Open a comparison of detectors by its folder; raises ResultsError if a file is damaged."""
    return DetectorComparison(folder.read_document(place / FILE), place, reused=True)


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
    overrides : of the scenario. points : the maximum number of settings of each detector.
    replications : of each point; by default the scenario's own, which is 10 unless it says otherwise.
    seed, out, force, allow_large, jobs, scheduler, budget, watch, engine : as in `icnsim.sweep`.

    Raises
    ------
    ScenarioError : the scenario, a detector or a condition cannot be used; nothing was run.
    BudgetError : the check of the points used up the wall time; nothing was run.
    EngineError : no workers. ResultsError : the results cannot be written.
    """
    planned = partial(
        prepare, scenario, detectors, conditions, overrides, points, replications, seed, allow_large=allow_large
    )
    prepared = within(budget, planned)
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
    """Run every curve that is not stored, and write what they show; the runs are kept in `out`, as a sweep's are.

    Raises
    ------
    EngineError : no workers. ResultsError : the results cannot be written.
    """
    began = time.time()
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
    results = Results(prepared, measured)
    name, scenario = detectors_id(prepared), prepared.scenario
    found = {"detectors_id": name, **tables.document(results)}
    identity = {key: found[key] for key in ("scenario", "detectors_id", "seed", "version", "failed")}
    place = out / scenario.name / f"detectors-{name}"
    if not force and not results.failed and folder.found(place, identity, [FILE]) is not None:
        return DetectorComparison(found, place, reused=True, results=results)

    def write(draft: Path) -> None:
        writing.write_scenario(draft, scenario)
        (draft / FILE).write_text(folder.dumps(found), "utf-8")
        (draft / "summary.json").write_text(folder.dumps(identity), "utf-8")

    within(budget, lambda: folder.write_folder(place, write, writing.manifest(name, began)))
    return DetectorComparison(found, place, reused=False, results=results)


def detectors_id(prepared: Prepared) -> str:
    """16 hex digits that identify the sweeps of all curves and what is compared with what."""
    asked = [[each.condition.name, each.plan.sweep_id, each.compared] for each in prepared.curves]
    return hashlib.sha256(json.dumps(asked).encode()).hexdigest()[:16]


def _measured(planned: PlannedCurve, done: Sweep) -> Measured:
    assert done.folder is not None
    with stored.readable(done.folder):
        found = list(replications_of(done.folder / "points.parquet"))
    failures = tuple(reason for point in found for reason in point.failures if reason is not None)
    return Measured(planned, done.folder, np.stack([point.figures for point in found]), failures)
