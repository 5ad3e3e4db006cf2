"""Finds the settings that minimise a figure subject to limits of other figures, or a trade-off.

`screening` runs all points, `verdict` judges them, `confirmation` runs the best again with fresh seeds,
`selection` compares the confirmed point with all others, `tradeoff` compares the points of a front with the
design's, `sentence` puts the answer into words, and `files` writes it.
"""

import hashlib
import json
import logging
import time
from collections.abc import Mapping, Sequence
from functools import cached_property, partial
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from icnsim import frames, reporting
from icnsim.analysis import paretoplot
from icnsim.engines import Engine as RunEngine
from icnsim.errors import ResultsError
from icnsim.recommendation import files
from icnsim.recommendation.confirmation import confirm
from icnsim.recommendation.constraints import Goal, goal
from icnsim.recommendation.findings import Findings
from icnsim.recommendation.screening import Runs, Screening, Search, screen, search
from icnsim.recommendation.selection import select
from icnsim.recommendation.sentence import sentence
from icnsim.recommendation.tradeoff import trade
from icnsim.recommendation.verdict import Verdict
from icnsim.recommendation.wording import settings
from icnsim.recording import folder, stored, writing
from icnsim.recording.deadline import within
from icnsim.recording.progress import Budget
from icnsim.scenario import resolved
from icnsim.scenario.variation import Design, Vary, flags
from icnsim.statistics import intervals
from icnsim.sweeps import engines, tables
from icnsim.sweeps.engines import Engine
from icnsim.sweeps.estimate import refuse_too_large
from icnsim.sweeps.execution import Orders, Unwatched, Watch
from icnsim.sweeps.notebook import watch_of_a_notebook
from icnsim.sweeps.opening import only
from icnsim.sweeps.plan import Plan
from icnsim.sweeps.sides import is_results
from icnsim.sweeps.sweep import store_of
from icnsim.version import VERSION

if TYPE_CHECKING:
    import pandas as pd
    import pyarrow as pa
    from matplotlib.axes import Axes

LOG: Final = logging.getLogger(__name__)
RECOMMENDED, TRADE_OFF, UNCONFIRMED, INFEASIBLE = "recommended", "trade-off", "unconfirmed", "infeasible"
TABLES: Final = ("points", "aggregate", "screened")


class Recommendation:
    """A recommendation and its evidence.

    Attributes
    ----------
    document : the contents of recommendation.json.
    folder : the folder of the results; None if they were not written.
    reused : True if the results existed already, so that nothing was run.
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
    @stored.guarded
    def outcome(self) -> str:
        """``recommended``, ``trade-off``, ``unconfirmed`` or ``infeasible``."""
        return str(self.document["outcome"])

    @property
    @stored.guarded
    def settings(self) -> dict[str, Any] | None:
        """The recommended value of each key in the form of a scenario file; None without a recommended point."""
        found: dict[str, Any] | None = self.document["settings"]
        return found

    @property
    @stored.guarded
    def sentence(self) -> str:
        """The answer in words."""
        return str(self.document["sentence"])

    def report(self, path: str | Path | None = None) -> Path:
        """Write the report as one HTML page, by default NAME-recommend-ID.html in the present folder; return its path.

        Raises
        ------
        ResultsError : the results are in no folder, because there was no `out`.
        """
        return reporting.write_report_of(self.folder, path)

    @cached_property
    @stored.guarded
    def front(self) -> "pd.DataFrame":
        """The Pareto front, the design's own and the recommended point, by the objective; columns as `screened`."""
        return _frame(files.front_of(self._table("screened"), self.document["minimize"][0]))

    @cached_property
    def screened(self) -> "pd.DataFrame":
        """A row per point: keys, figures with their intervals, the limits that it meets, and its place on the front."""
        return _frame(self._table("screened"))

    @cached_property
    def points(self) -> "pd.DataFrame":
        """A row per screened point and replication, as in `icnsim.sweep`."""
        return _frame(self._table("points"))

    @cached_property
    def aggregate(self) -> "pd.DataFrame":
        """A row per screened point: mean, std, n and 95 % interval of every figure of the summary."""
        return _frame(self._table("aggregate"))

    @property
    @stored.guarded
    def units(self) -> dict[str, str]:
        """The unit of each key that varies, as in `screened`: s, B, or "" for plain numbers and texts."""
        schema = self._table("screened").schema
        vary = self.document["search"]["vary"]
        return {key: (schema.field(key).metadata or {}).get(b"unit", b"").decode() for key in vary}

    @stored.guarded
    def plot(self, panel: int = 0, ax: "Axes | None" = None) -> "Axes":
        """Draw the objective against another figure: the other objectives come first, then the limited figures."""
        from matplotlib import pyplot

        if ax is None:
            _, ax = pyplot.subplots()
        paretoplot.panel(files.picture(self._table("screened"), self.document), panel, ax)
        ax.legend(fontsize="small")
        return ax

    @stored.guarded
    def _table(self, name: str) -> "pa.Table":
        import pyarrow.parquet as pq

        return pq.read_table(self._place / f"{name}.parquet")


def _frame(table: "pa.Table") -> "pd.DataFrame":
    """A table as a frame with the units of its columns."""
    return frames.frame(table, tables.units_of(table.schema))


def recommend(
    scenario: str | Path,
    vary: Vary | None = None,
    *,
    minimize: str | Sequence[str] | None = None,
    subject_to: Sequence[str] | str = (),
    indifference: str | None = None,
    scale: bool = False,
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
    design: Design | None = None,
    samples: int | None = None,
    replications: int | None = None,
    precision: str | float | None = None,
    metrics: Sequence[str] | None = None,
    max_replications: int | None = None,
) -> Recommendation:
    """Find the settings that minimise a figure while other figures meet limits, or a trade-off, at 95 % confidence.

    Parameters
    ----------
    scenario, vary, overrides, seed, out, force, allow_large, jobs, scheduler, budget, watch,
    engine : as in `icnsim.sweep`.
    minimize : a figure of the summary, such as ``"records.mean"``. With several figures, or None for
        `constraints.TRADE_OFF`, the answer is their trade-off.
    subject_to : limits, such as ``["detection_total.p99<60s", "false_positives.rate<0.1%"]``.
    indifference : the difference of the objective that does not matter, a share such as ``"5%"``, the default,
        or a value in the unit of the objective.
    scale : make each run as large as the figures need. By default, runs that are too small are refused.
    design, samples, replications, precision, metrics, max_replications : as in `icnsim.sweep`. Ranges without
        a `design` are searched by the optimiser, which evaluates `samples` points, 128 by default.

    Raises
    ------
    ScenarioError : the scenario, the question or a point cannot be used, or runs of this size cannot
        measure a figure.
    BudgetError : the check of the points used up the wall time; nothing was run.
    EngineError : there are no workers. ResultsError : the results cannot be written.
    """
    asked = goal(minimize, [subject_to] if isinstance(subject_to, str) else subject_to, indifference)
    section = flags(vary, design, samples, replications, precision, metrics, max_replications)
    planned = partial(search, scenario, asked, overrides, section, seed, scaled=scale, allow_large=allow_large)
    where = within(budget, planned)
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
    """Screen, confirm, compare and write. The results do not depend on the workers or on the engine of the runs."""
    began = time.time()
    refuse_too_large(where.plan, with_what)
    name = recommend_id(where, asked)
    place = out / where.plan.scenario.name / f"recommend-{name}"
    there = None if force else _found(place, {**_identity(where.plan, name), "failed": 0})
    if there is not None:
        LOG.info("%s: this recommendation exists already; nothing is run", place)
        return Recommendation(there, place, reused=True)
    import_module("matplotlib.backends.backend_svg")  # an error of matplotlib is reported before anything runs
    runs = Runs(
        store_of(out, where.plan), with_what, Orders(None, force, budget or Budget(), engine), watch or Unwatched()
    )
    try:
        found = _find(where, asked, runs)
    finally:
        runs.end()

    def write() -> dict[str, Any]:
        document = document_of(name, found)
        LOG.info("outcome: %s", document["outcome"])
        summary = summary_of(name, found.screening, runs)
        folder.write_folder(
            place,
            lambda draft: files.write(draft, found, document, summary),
            writing.manifest(name, began),
        )
        return document

    return Recommendation(within(budget, write), place, reused=False)


def _find(where: Search, asked: Goal, runs: Runs) -> Findings:
    screening = screen(where, asked, runs)
    verdict = Verdict(asked, screening.candidates, screening.own)
    LOG.info("%d points screened, %d meet the limits", len(screening.candidates), len(verdict.feasible))
    if asked.trade_off:
        return Findings(where, screening, verdict, (), None, trade(screening, verdict, runs))
    tries = tuple(confirm(screening, verdict.to_try, asked, runs))
    for each in tries:
        LOG.info("point %d, run again: %s", each.point, "confirmed" if each.confirmed else "not confirmed")
    selection = select(screening, tries, asked, runs) if tries and tries[-1].confirmed else None
    return Findings(where, screening, verdict, tries, selection, None)


def opened(results: str | Path) -> Recommendation | None:
    """Open the results of a recommendation. Return None if the folder has no results or others.

    Raises
    ------
    ResultsError : its files are damaged.
    """
    if not is_results(results) or not Path(results).is_dir():
        return None
    place = only(Path(results))
    summary = folder.read_summary(place)
    if "recommend_id" not in summary:
        return None
    document = _found(place, {"recommend_id": summary["recommend_id"]})
    if document is None:
        raise ResultsError(f"{place}: the recommendation is incomplete; run `icnsim recommend` again with --force")
    return Recommendation(document, place, reused=True)


def recommend_id(where: Search, asked: Goal) -> str:
    """Return 16 hex digits that identify the sweep, its search and the question.

    The points of an optimiser depend on the versions of the packages that choose them.
    """
    limits = [str(c) for c in asked.constraints]
    by = resolved.installed("optuna", "numpy", "scipy") if where.optimised else ""
    text = json.dumps([where.plan.sweep_id, by, asked.minimize, limits, asked.indifference.written])
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def _found(place: Path, wanted: Mapping[str, object]) -> dict[str, Any] | None:
    """Return the recommendation.json of a folder if it and its summary belong to this search."""
    summary = folder.found(place, wanted, ["recommendation.json", *(f"{name}.parquet" for name in TABLES)])
    if summary is None:
        return None
    try:
        document = folder.read_document(place / "recommendation.json")
    except ResultsError:
        return None
    return document if document.get("recommend_id") == wanted["recommend_id"] else None


def _identity(plan: Plan, name: str) -> dict[str, Any]:
    """Return the part of summary.json that is known before the search."""
    return {
        "scenario": plan.scenario.name,
        "recommend_id": name,
        "sweep_id": plan.sweep_id,
        "seed": plan.scenario.seed,
        "version": VERSION,
    }


def summary_of(name: str, screening: Screening, runs: Runs) -> dict[str, Any]:
    """Return the content of summary.json: the runs of the search."""
    return {
        **_identity(screening.plan, name),
        "points": len(screening.candidates),
        "runs": sum(screening.replications),
        "failed": len(runs.failures),
    }


def document_of(name: str, found: Findings) -> dict[str, Any]:
    """Return the content of recommendation.json: all results."""
    plan, asked, verdict, chosen = found.screening.plan, found.goal, found.verdict, found.chosen
    section = resolved.plain(plan.scenario)["sweep"]
    by: dict[str, Any] = {"by": section["design"]}
    if found.where.optimised:
        import optuna

        by = {"by": "optimiser", "optuna": optuna.__version__, "samples": section["samples"]}
    marked = chosen.values if chosen else None
    knee = found.trade_off.knee if found.trade_off else None
    if knee is not None:
        marked = found.screening.candidates[knee].values
    replications = found.screening.replications
    return {
        "scenario": plan.scenario.name,
        "recommend_id": name,
        "seed": plan.scenario.seed,
        "version": VERSION,
        "outcome": _outcome(found),
        "sentence": sentence(found),
        "level": intervals.LEVEL,
        "minimize": list(asked.minimize),
        "point": chosen.point if chosen else None,
        "settings": dict(zip(plan.keys, chosen.values)) if chosen else None,
        "told": settings(plan.keys, marked) if marked else None,
        "knee": knee,
        "own": found.own and {"point": found.own.number, "settings": dict(zip(plan.keys, found.own.values))},
        "scale": found.where.factor,
        "search": {
            **by,
            "vary": section["vary"],
            "points": len(found.screening.candidates),
            "replications": {"least": min(replications), "most": max(replications)},
            "feasible": len(verdict.feasible),
            "front": sum(verdict.front),
        },
        "constraints": [
            files.constraint_of(plan.keys, constraint, standing, place)
            for place, (constraint, standing) in enumerate(zip(asked.constraints, verdict.after(found.tries).standings))
        ],
        "tries": [files.try_of(plan, asked, each) for each in found.tries],
        "selection": found.selection and files.selection_of(plan, asked, found.selection),
        "trade_off": found.trade_off and files.trade_off_of(plan, asked, found.trade_off),
    }


def _outcome(found: Findings) -> str:
    if found.trade_off is not None:
        return TRADE_OFF if found.trade_off.front else INFEASIBLE
    if found.chosen is not None:
        return RECOMMENDED
    return UNCONFIRMED if found.tries else INFEASIBLE
