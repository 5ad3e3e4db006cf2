"""A sweep from its scenario to its results: plan, run what is not stored, sum up, write."""

import logging
import time
from collections.abc import Iterator, Mapping, Sequence
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from icnsim import frames, reporting
from icnsim.engines import Engine as RunEngine
from icnsim.engines import refuse_inexact, simulate
from icnsim.errors import ResultsError
from icnsim.recording import folder, pluggedmetrics, stored, writing
from icnsim.recording.deadline import within
from icnsim.recording.progress import Budget
from icnsim.scenario import resolved
from icnsim.scenario.variation import Design, Vary, flags
from icnsim.sweeps import engines, sensitivity, tables
from icnsim.sweeps.engines import Engine
from icnsim.sweeps.estimate import refuse_too_large
from icnsim.sweeps.execution import Execution, Orders, Unwatched, Watch
from icnsim.sweeps.figures import unit_of, unknown
from icnsim.sweeps.notebook import watch_of_a_notebook
from icnsim.sweeps.plan import Plan, plan
from icnsim.sweeps.statistics import matrix
from icnsim.sweeps.store import Store
from icnsim.sweeps.tables import PointRuns
from icnsim.version import VERSION

if TYPE_CHECKING:
    import pandas as pd
    import pyarrow as pa
    import pyarrow.parquet as pq

    from icnsim.plots.notebook import SweepPlots
    from icnsim.recording.columns import Recording


LOG: Final = logging.getLogger(__name__)


class Sweep:
    """A sweep's results.

    Attributes
    ----------
    summary : what summary.json holds: scenario, sweep_id, keys, points, runs, failed, replications.
    folder : where the results are; None if they were not written.
    reused : whether the results were there already, so that nothing was run.
    """

    def __init__(
        self,
        summary: Mapping[str, Any],
        place: Path,
        *,
        reused: bool,
        temporary: bool = False,
    ) -> None:
        self.summary = summary
        self.folder = None if temporary else place
        self.reused = reused
        self._place = place
        self._files: dict[str, tuple[pq.ParquetFile, pa.Schema]] = {}
        if temporary:
            folder.remove_with(self, place.parents[1])

    def __repr__(self) -> str:
        s = self.summary
        return f"<icnsim.Sweep {s['scenario']} {s['sweep_id']} {s['points']} points, {s['runs']} runs>"

    @stored.guarded
    def _repr_html_(self) -> str:
        """The HTML that a notebook shows: the points, with the 95 % intervals of the usual figures."""
        from icnsim.analysis import html
        from icnsim.sweeps import overview

        keys, usual = list(self.summary["vary"]), overview.usual(self)
        told = [
            (*(row[key] for key in keys), row["runs"], *(" ".join(row[metric]) for metric in usual))
            for row in overview.rows(self, usual)
        ]
        more = self.summary["points"] - len(told)
        notes = [*overview.missing(self, usual), *([f"and {more:,} points more, see sweep.aggregate"] if more else [])]
        return html.table(overview.title(self.summary), (*overview.headings(self), "runs", *usual), told, notes)

    def report(self, path: str | Path | None = None) -> Path:
        """Write the report as one HTML page, by default NAME-sweep-ID.html in the present folder; return its path.

        Raises
        ------
        ResultsError : the results are in no folder, because there was no `out`.
        """
        return reporting.write_report_of(self.folder, path)

    @cached_property
    def points(self) -> "pd.DataFrame":
        """A row per point and replication: varied keys, replication, seed, every figure of the summary.

        Its ``attrs["units"]`` has the units of the keys and figures.
        """
        return self._frame("points")

    @cached_property
    def aggregate(self) -> "pd.DataFrame":
        """A row per point: mean, std, n and 95 % interval of each figure, as ``success_rate.mean``."""
        return self._frame("aggregate")

    @cached_property
    def sensitivity(self) -> "pd.DataFrame":
        """Sobol' indices of each figure for each key, where the design is saltelli. See `sweeps.sensitivity`."""
        if self.summary["design"] != "saltelli":
            raise ResultsError(f"a sweep of the design {self.summary['design']} has no indices; saltelli has")
        return self._frame("sensitivity")

    @stored.guarded
    def some(self, table: str, columns: Sequence[str], rows: int | None = None) -> "pd.DataFrame":
        """Some columns of a table of the results, and its first rows only: a sweep may be larger than memory.

        Raises
        ------
        ResultsError : the table lacks a column, because another version of icnsim wrote it.
        """
        import pyarrow as pa

        file, schema = self._file(table)
        missing = sorted(set(columns).difference(schema.names))
        if missing:
            versions = f"theirs is {self.summary['version']}, this is {VERSION}"
            raise ResultsError(
                f"{self._place}: {table}.parquet has no column {missing[0]}, so another state of icnsim wrote it "
                f"({versions}); run the sweep again with --force"
            )
        if rows is None:
            return file.read(list(columns)).to_pandas()
        first = next(file.iter_batches(max(rows, 1), columns=list(columns)))
        return pa.Table.from_batches([first]).to_pandas()

    def replayed(self) -> Iterator["Recording"]:
        """The recordings of the replications of the first point, each simulated again when the caller requests it.

        Raises
        ------
        ResultsError : another version of icnsim wrote the results.
        """
        if self.summary["version"] != VERSION:
            found = f"the results are of icnsim {self.summary['version']}, this is {VERSION}"
            raise ResultsError(f"{found}: run the sweep again")
        made = plan(self._place / "scenario.yaml", allow_large=True)
        scenario = made.at(0)
        for replication in range(1, self.summary["replications"]["least"] + 1):
            yield simulate(scenario.model_copy(update={"seed": made.seed(replication)}))[0]

    @property
    @stored.guarded
    def plugged(self) -> tuple[str, ...]:
        """The figures of plug-ins that its runs have; those of plug-ins that are no longer installed are left out."""
        _, schema = self._file("points")
        return tuple(name for name in schema.names if name in pluggedmetrics.declared())

    @stored.guarded
    def unit(self, name: str) -> str:
        """The unit of a key that varies or of a figure: s, B, % for a share, or none; ResultsError if it is neither."""
        if name in self.summary["vary"]:
            _, schema = self._file("aggregate")
            metadata = schema.field(name).metadata or {}
            return str(metadata.get(b"unit", b"").decode())
        for found, expected in unknown(name):
            raise ResultsError(f"{found}; expected {expected}")
        return unit_of(name)

    @property
    def plot(self) -> "SweepPlots":
        """Plots of this sweep, each a matplotlib Axes."""
        from icnsim.plots.notebook import SweepPlots

        return SweepPlots(self)

    def _file(self, table: str) -> "tuple[pq.ParquetFile, pa.Schema]":
        """An open table and its schema. A schema of 1000 columns takes 25 ms, and a report needs it 130 times."""
        if table not in self._files:
            import pyarrow.parquet as pq

            file = pq.ParquetFile(self._place / f"{table}.parquet")
            self._files[table] = file, file.schema_arrow
        return self._files[table]

    @stored.guarded
    def _frame(self, name: str) -> "pd.DataFrame":
        import pyarrow.parquet as pq

        table = pq.read_table(self._place / f"{name}.parquet")
        return frames.frame(table, tables.units_of(table.schema))


def sweep(
    scenario: str | Path,
    vary: Vary | None = None,
    overrides: Mapping[str, object] | None = None,
    seed: int | None = None,
    *,
    out: str | Path | None = None,
    force: bool = False,
    keep_runs: bool = False,
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
) -> Sweep:
    """Run a scenario at many points, several times each.

    Parameters
    ----------
    scenario : a file; the arguments replace keys of its `sweep` section.
    vary : dotted keys, each with a list, a NumPy array or a Python `range` of values, or with a range in the
        notation of scenarios such as ``"5s..120s"``.
    overrides, seed, allow_large, budget : as `icnsim.run` has them; the budget is each run's. The check
        of the points has the same wall time, and so has the writing of the tables.
    out : folder for the results, and for the store of finished runs that later sweeps
        reuse; without a folder nothing stays on the disk.
    force : repeat stored runs. keep_runs : also write the folder of each run.
    jobs : processes, by default one for each core that may be used. scheduler : of a Dask
        cluster, in place of processes.
    watch : receives the progress; by default a progress bar in a notebook.
    engine : computes each run, see `icnsim.engines.simulate`; the results do not depend on it.
    design, samples, replications, precision, metrics, max_replications : keys of the section, in place of the
        scenario's own; None keeps those. See docs/sweeps.md.

    Raises
    ------
    ScenarioError : the scenario, the sweep or one of its points is invalid; nothing was run.
    BudgetError : the check of the points used up the wall time, and nothing was run; or the writing of the tables
        did, and the finished runs are stored.
    EngineError : no workers. ResultsError : the results cannot be written.
    """
    section = flags(vary, design, samples, replications, precision, metrics, max_replications)
    made = within(budget, lambda: plan(scenario, overrides, section, seed, allow_large=allow_large))
    watch = watch or watch_of_a_notebook(made.scenario.name)
    with_what = engines.engine(jobs, scheduler)
    if out is not None:
        return run_plan(
            made, Path(out), with_what, force=force, keep_runs=keep_runs, budget=budget, watch=watch, engine=engine
        )
    with folder.temporary() as place:
        found = run_plan(made, place, with_what, force=force, budget=budget, watch=watch, engine=engine)
    assert found.folder is not None
    return Sweep(found.summary, found.folder, reused=False, temporary=True)


def run_plan(
    made: Plan,
    out: Path,
    with_what: Engine,
    *,
    force: bool = False,
    keep_runs: bool = False,
    budget: Budget | None = None,
    watch: Watch | None = None,
    engine: RunEngine = "auto",
) -> Sweep:
    """Carry out a plan and write its results, which do not depend on the workers or on the engine of the runs."""
    began = time.time()
    if engine == "columns" and made.needs_events is not None:
        refuse_inexact(made.at(made.needs_events), engine)
    refuse_too_large(made, with_what)
    home = out / made.scenario.name
    place = home / f"sweep-{made.sweep_id}"
    there = None if force or keep_runs else folder.found(place, {**_identity(made), "failed": 0}, _needed(made))
    if there is not None:
        LOG.info("%s: the results of this sweep are here already; nothing is run", place)
        return Sweep(there, place, reused=True)
    orders = Orders(home if keep_runs else None, force, budget or Budget(), engine)
    watch = watch or Unwatched()
    execution = Execution(made, store_of(out, made), with_what, orders, watch)
    execution.run()
    summary = summary_of(made, execution)

    def write(draft: Path) -> None:
        writing.write_scenario(draft, made.scenario)
        tables.write(draft, made, _counted(runs_of(made, execution), len(made.points), watch))
        if made.scenario.sweep.design == "saltelli":
            sensitivity.write(draft, made)
        (draft / "summary.json").write_text(folder.dumps(summary), "utf-8")

    within(budget, lambda: folder.write_folder(place, write, writing.manifest(made.sweep_id, began)))
    return Sweep(summary, place, reused=False)


def store_of(out: Path, made: Plan) -> Store:
    """Where the finished runs of a plan's scenario are."""
    return Store(out / made.scenario.name / "runs")


def runs_of(made: Plan, execution: Execution) -> Iterator[PointRuns]:
    """The figures of every point, read one point at a time."""
    for point, replications in enumerate(execution.replications):
        figures = [execution.figures(point, replication) for replication in range(1, replications + 1)]
        failures = [execution.failure(point, replication) for replication in range(1, replications + 1)]
        yield PointRuns(point, matrix(figures), failures)


def _counted(runs: Iterator[PointRuns], total: int, watch: Watch) -> Iterator[PointRuns]:
    """Yield the figures of every point, and report each point when it has been written."""
    for number, point in enumerate(runs, start=1):
        yield point
        watch.written(number, total)


def _identity(made: Plan) -> dict[str, Any]:
    """The part of a sweep's summary that is known before the sweep runs."""
    section = resolved.plain(made.scenario)["sweep"]
    return {
        "scenario": made.scenario.name,
        "sweep_id": made.sweep_id,
        "seed": made.scenario.seed,
        "version": VERSION,
        "design": section["design"],
        "vary": section["vary"],
        "points": len(made.points),
    }


def _needed(made: Plan) -> list[str]:
    """The tables that the results of a sweep have."""
    indices = ["sensitivity"] if made.scenario.sweep.design == "saltelli" else []
    return [f"{name}.parquet" for name in ("points", "aggregate", *indices)]


def summary_of(made: Plan, execution: Execution) -> dict[str, Any]:
    """The summary of a sweep, summary.json."""
    return {
        **_identity(made),
        "runs": sum(execution.replications),
        "replications": {"least": min(execution.replications), "most": max(execution.replications)},
        "failed": len(execution.failures),
        "imprecise": execution.imprecise,
    }
