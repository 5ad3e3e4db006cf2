"""The settings that minimise one figure subject to limits of others, and how sure it is.

Points are screened (`screening`), held against the goal (`verdict`), the best are run again
with fresh seeds until one is confirmed (`confirmation`), and what was found is said
(`wording`) and written (`files`).
"""

import hashlib
import json
import time
from collections.abc import Mapping, Sequence
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from icnsim.analysis import intervals, paretoplot
from icnsim.engines import Engine as RunEngine
from icnsim.errors import ResultsError
from icnsim.recommendation import files
from icnsim.recommendation.confirmation import Try, confirm
from icnsim.recommendation.constraints import Goal, goal
from icnsim.recommendation.screening import Runs, Screening, Search, screen, search
from icnsim.recommendation.verdict import Verdict
from icnsim.recommendation.wording import sentence, settings
from icnsim.recording import folder, writing
from icnsim.recording.progress import Budget
from icnsim.scenario import resolved
from icnsim.sweeps import engines
from icnsim.sweeps.engines import Engine
from icnsim.sweeps.estimate import refuse_too_large
from icnsim.sweeps.execution import Orders, Unwatched, Watch
from icnsim.sweeps.notebook import watch_of_a_notebook
from icnsim.sweeps.plan import Plan
from icnsim.sweeps.sweep import store_of
from icnsim.version import VERSION

if TYPE_CHECKING:
    import pandas as pd
    import pyarrow as pa
    from matplotlib.axes import Axes

RECOMMENDED, UNCONFIRMED, INFEASIBLE = "recommended", "unconfirmed", "infeasible"
TABLES: Final = ("points", "aggregate", "screened")


class Recommendation:
    """What is recommended, and by what.

    Attributes
    ----------
    document : what recommendation.json holds.
    folder : where the results are; None if they were not written.
    reused : whether they were there already, so that nothing was run.
    """

    def __init__(self, document: Mapping[str, Any], place: Path, *, reused: bool, temporary: bool = False) -> None:
        self.document = document
        self.folder = None if temporary else place
        self.reused = reused
        self._place = place
        if temporary:
            folder.remove_with(self, place.parents[1])

    def __repr__(self) -> str:
        return f"<icnsim.Recommendation {self.document['scenario']} {self.document['recommend_id']}: {self.outcome}>"

    @property
    def outcome(self) -> str:
        """``recommended``, ``unconfirmed`` or ``infeasible``."""
        return str(self.document["outcome"])

    @property
    def settings(self) -> dict[str, Any] | None:
        """The recommended value of each key as a file has it; None where nothing is."""
        found: dict[str, Any] | None = self.document["settings"]
        return found

    @property
    def sentence(self) -> str:
        """What was found, "At 95 % confidence …"."""
        return str(self.document["sentence"])

    @cached_property
    def front(self) -> "pd.DataFrame":
        """The Pareto front and the recommended point, by the objective; columns as `screened`."""
        return files.front_of(self._table("screened"), self.document["minimize"]).to_pandas()

    @cached_property
    def screened(self) -> "pd.DataFrame":
        """A row per point: keys, figures with their intervals, what it meets, whether it is on the front."""
        return self._table("screened").to_pandas()

    @cached_property
    def points(self) -> "pd.DataFrame":
        """A row per screened point and replication, as `icnsim.sweep` has it."""
        return self._table("points").to_pandas()

    @cached_property
    def aggregate(self) -> "pd.DataFrame":
        """A row per screened point: mean, std, n and 95 % interval of every figure of the summary."""
        return self._table("aggregate").to_pandas()

    def plot(self, constraint: int = 0, ax: "Axes | None" = None) -> "Axes":
        """The objective against the figure of one of the constraints, which count from 0."""
        from matplotlib import pyplot

        if ax is None:
            _, ax = pyplot.subplots()
        paretoplot.panel(files.picture(self._table("screened"), self.document), constraint, ax)
        ax.legend(fontsize="small")
        return ax

    def _table(self, name: str) -> "pa.Table":
        import pyarrow.parquet as pq

        return pq.read_table(self._place / f"{name}.parquet")


def recommend(
    scenario: str | Path,
    vary: Mapping[str, Sequence[object] | str] | None = None,
    *,
    minimize: str,
    subject_to: Sequence[str] | str,
    overrides: Mapping[str, object] | None = None,
    seed: int | None = None,
    out: str | Path | None = None,
    force: bool = False,
    allow_large: bool = False,
    jobs: int | None = None,
    scheduler: str | None = None,
    budget: Budget | None = None,
    watch: Watch | None = None,
    engine: RunEngine = "auto",
    **section: object,
) -> Recommendation:
    """Find the settings that minimise one figure while others stay within limits, at 95 % confidence.

    Parameters
    ----------
    scenario, vary, overrides, seed, out, force, allow_large, jobs, scheduler, budget, watch,
    engine : as in `icnsim.sweep`.
    minimize : a figure of the summary, such as ``"manager.cpu_share"``.
    subject_to : limits, such as ``["detection_total.p99<60s", "false_positives.rate<0.1%"]``.
    section : other keys of the scenario's `sweep` section. Ranges without a `design` are
        searched by the optimiser, which looks at `samples` points, 128 by default.

    Raises
    ------
    ScenarioError : the scenario, the goal or a point cannot be used.
    EngineError : no workers. ResultsError : the results cannot be written.
    """
    asked = goal(minimize, [subject_to] if isinstance(subject_to, str) else subject_to)
    flags: dict[str, object] = {**section, **({"vary": dict(vary)} if vary else {})}
    where = search(scenario, asked, overrides, flags, seed, allow_large=allow_large)
    watch = watch or watch_of_a_notebook(where.plan.scenario.name)
    with_what = engines.engine(jobs, scheduler)
    if out is not None:
        return run_search(where, asked, Path(out), with_what, force=force, budget=budget, watch=watch, engine=engine)
    with folder.temporary() as place:
        found = run_search(where, asked, place, with_what, force=force, budget=budget, watch=watch, engine=engine)
    assert found.folder is not None
    return Recommendation(found.document, found.folder, reused=False, temporary=True)


def run_search(
    where: Search,
    asked: Goal,
    out: Path,
    with_what: Engine,
    *,
    force: bool = False,
    budget: Budget | None = None,
    watch: Watch | None = None,
    engine: RunEngine = "auto",
) -> Recommendation:
    """Screen, confirm and write; the results do not depend on the workers or on the engine of the runs."""
    began = time.time()
    refuse_too_large(where.plan, with_what)
    name = recommend_id(where, asked)
    place = out / where.plan.scenario.name / f"recommend-{name}"
    there = None if force else _found(place, {**_identity(where.plan, name), "failed": 0})
    if there is not None:
        return Recommendation(there, place, reused=True)
    paretoplot.prepare()
    runs = Runs(
        store_of(out, where.plan), with_what, Orders(None, force, budget or Budget(), engine), watch or Unwatched()
    )
    try:
        screening = screen(where, asked, runs)
        verdict = Verdict(asked, screening.candidates)
        tries = confirm(screening, verdict.feasible, asked, runs)
    finally:
        runs.end()
    document = document_of(name, where, screening, verdict, tries)
    summary = summary_of(name, screening, runs)
    folder.write_folder(
        place,
        lambda draft: files.write(draft, screening, verdict, document, summary),
        writing.manifest(name, began),
    )
    return Recommendation(document, place, reused=False)


def recommend_id(where: Search, asked: Goal) -> str:
    """16 hex digits that stand for the sweep, how it is searched, and what is asked."""
    text = json.dumps([where.plan.sweep_id, where.optimised, asked.minimize, [str(c) for c in asked.constraints]])
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def _found(place: Path, wanted: Mapping[str, object]) -> dict[str, Any] | None:
    """The recommendation.json that stands there, if it and its summary are of the search that is wanted."""
    summary = folder.found(place, wanted, ["recommendation.json", *(f"{name}.parquet" for name in TABLES)])
    if summary is None:
        return None
    try:
        document = folder.read_document(place / "recommendation.json")
    except ResultsError:
        return None
    return document if document.get("recommend_id") == wanted["recommend_id"] else None


def _identity(plan: Plan, name: str) -> dict[str, Any]:
    """What summary.json says of a search before it is run."""
    return {
        "scenario": plan.scenario.name,
        "recommend_id": name,
        "sweep_id": plan.sweep_id,
        "seed": plan.scenario.seed,
        "version": VERSION,
    }


def summary_of(name: str, screening: Screening, runs: Runs) -> dict[str, Any]:
    """summary.json: what was run."""
    return {
        **_identity(screening.plan, name),
        "points": len(screening.candidates),
        "runs": sum(screening.replications),
        "failed": len(runs.failures),
    }


def document_of(
    name: str, where: Search, screening: Screening, verdict: Verdict, tries: Sequence[Try]
) -> dict[str, Any]:
    """recommendation.json: everything that was found."""
    plan, asked = screening.plan, verdict.goal
    chosen = tries[-1] if tries and tries[-1].confirmed else None
    outcome = RECOMMENDED if chosen else UNCONFIRMED if tries else INFEASIBLE
    section = resolved.plain(plan.scenario)["sweep"]
    by: dict[str, Any] = {"by": section["design"]}
    if where.optimised:
        import optuna

        by = {"by": "optimiser", "optuna": optuna.__version__, "samples": section["samples"]}
    return {
        "scenario": plan.scenario.name,
        "recommend_id": name,
        "seed": plan.scenario.seed,
        "version": VERSION,
        "outcome": outcome,
        "sentence": sentence(
            verdict, plan.scenario.sweep.vary, tries, plan.scenario.sweep.samples if where.optimised else None
        ),
        "level": intervals.LEVEL,
        "minimize": asked.minimize,
        "point": chosen.point if chosen else None,
        "settings": dict(zip(plan.keys, chosen.values)) if chosen else None,
        "told": settings(plan.keys, chosen.values) if chosen else None,
        "search": {
            **by,
            "vary": section["vary"],
            "points": len(screening.candidates),
            "replications": {"least": min(screening.replications), "most": max(screening.replications)},
            "feasible": len(verdict.feasible),
            "front": sum(verdict.front),
        },
        "constraints": [
            files.constraint_of(plan.keys, constraint, standing, place)
            for place, (constraint, standing) in enumerate(zip(asked.constraints, verdict.after(tries).standings))
        ],
        "tries": [files.try_of(plan, asked, each) for each in tries],
    }
