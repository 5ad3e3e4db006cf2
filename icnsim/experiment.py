"""One run from its scenario to its results: load, simulate, summarise, predict, check, write."""

import logging
import time
from collections.abc import Callable, Mapping, Sequence
from functools import cache, cached_property, partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from icnsim import frames, reporting
from icnsim.engines import Engine, simulate
from icnsim.errors import Problem, ResultsError, ScenarioError
from icnsim.recording import expectations, folder, kept, pluggedmetrics, shape, stored
from icnsim.recording.deadline import within
from icnsim.recording.figures import figures
from icnsim.recording.progress import Budget, Observer
from icnsim.recording.summary import summarise
from icnsim.recording.tables import TABLES
from icnsim.recording.writing import write_run
from icnsim.scenario import Scenario, loads, resolved
from icnsim.scenario import load as load_scenario
from icnsim.scenario.variation import SweepOf
from icnsim.version import VERSION

if TYPE_CHECKING:
    import pandas as pd
    import pyarrow as pa

    from icnsim.plots.notebook import RunPlots
    from icnsim.recording.columns import Recording


LOG: Final = logging.getLogger(__name__)


class Run:
    """One run and its results.

    Attributes
    ----------
    scenario : as resolved. summary : the figures of SPEC section 5, a dict as in summary.json.
    folder : the folder of the results; None if they were not written.
    reused : whether the results existed already, so that nothing was run.
    live : whether real processes made the run, see `icnsim.live`; otherwise it is a simulation.
    """

    def __init__(
        self,
        scenario: Scenario,
        summary: dict[str, Any],
        recording: "Recording | None",
        place: Path | None,
        *,
        live: bool = False,
    ) -> None:
        self.scenario = scenario
        self.summary = summary
        self.folder = place
        self.reused = recording is None
        self.live = live or (place is not None and (place / kept.NAME).exists())
        self._recording = recording
        self._made: dict[str, pa.Table | None] = {}

    def __repr__(self) -> str:
        return f"<icnsim.Run {self.summary['scenario']} {self.summary['run_id']} seed {self.summary['seed']}>"

    @stored.guarded
    def _repr_html_(self) -> str:
        """The HTML that a notebook shows: figures, predictions, warnings, violations and failed expectations."""
        from icnsim.analysis import html, overview, warnings
        from icnsim.numbers import checked, whole

        summary = self.summary
        shown = overview.overview(summary)
        rows = [
            (row.title.replace("  ", "\u2003"), row.found, row.half_width, row.predicted, row.claim) for row in shown
        ]
        broken = [f"{name} was violated {count:,} times" for name, count in summary["invariants"].items() if count]
        failed = [
            f"expected {each['metric']} {each['expected']}, found {checked(each)}"
            for each in summary["expectations"]
            if not each["held"]
        ]
        title = f"{summary['scenario']}, seed {summary['seed']}, {whole(summary['simulated_s'])} s of virtual time"
        notes = [*warnings.of_run(summary, self.scenario), *overview.without_intervals(shown), *broken, *failed]
        return html.table(title, (*overview.headings(self.live), "the design says"), rows, notes)

    def __getitem__(self, name: str) -> Any:
        """A figure by its dotted name, ``run["detection_total.p99"]``. See `reporting.figure`."""
        return reporting.figure(self.summary, name)

    def report(self, path: str | Path | None = None) -> Path:
        """Write the report as one HTML page, by default NAME-ID.html in the present folder; return its path."""
        return reporting.write_report(self, "run", path or f"{self.scenario.name}-{self.summary['run_id']}.html")

    @property
    @stored.guarded
    def held(self) -> bool:
        """Whether every expectation of the scenario holds."""
        return all(expectation["held"] for expectation in self.summary["expectations"])

    @property
    @stored.guarded
    def broken(self) -> bool:
        """Whether any invariant was violated."""
        return any(self.summary["invariants"].values())

    @cached_property
    def attempts(self) -> "pd.DataFrame":
        """A row per attempt; columns as in docs/results.md, times in seconds, units in ``attrs["units"]``."""
        return self._frame("attempts")

    @cached_property
    def migrations(self) -> "pd.DataFrame":
        """A row per migration."""
        return self._frame("migrations")

    @cached_property
    def manager(self) -> "pd.DataFrame":
        """A row per manager tick that failed or removed a record."""
        return self._frame("manager")

    @cached_property
    def timeline(self) -> "pd.DataFrame":
        """The federation at regular instants."""
        return self._frame("timeline")

    @cached_property
    def messages(self) -> "pd.DataFrame":
        """A row per message, if the scenario has `record.messages`."""
        return self._frame("messages")

    @cached_property
    def violations(self) -> "pd.DataFrame":
        """A row per violated invariant, the first thousand, with the events that led to it."""
        return self._frame("violations")

    @cached_property
    def recoveries(self) -> "pd.DataFrame":
        """A row per actor and crash of the executor where it lived."""
        return self._frame("recoveries")

    @cached_property
    def actors(self) -> "pd.DataFrame":
        """A row per actor: downtime, doubled run, work and messages lost. Runs that submit tasks do not have it."""
        return self._frame("actors")

    @cached_property
    def decisions(self) -> "pd.DataFrame":
        """A row per migration on which a quorum voted, if the scenario has a quorum."""
        return self._frame("decisions")

    @cached_property
    def checkpoint_votes(self) -> "pd.DataFrame":
        """A row per final checkpoint on which a quorum voted, if the scenario has such votes."""
        return self._frame("checkpoint_votes")

    @cached_property
    def tasks(self) -> "pd.DataFrame":
        """A row per submitted task, if the scenario submits tasks."""
        return self._frame("tasks")

    @cached_property
    def executions(self) -> "pd.DataFrame":
        """A row per executor's run of a submitted task."""
        return self._frame("executions")

    @cached_property
    def wasm(self) -> "pd.DataFrame":
        """A row per attempt of an actor in WASM whose final checkpoint was made."""
        return self._frame("wasm")

    @cached_property
    def policy(self) -> "pd.DataFrame":
        """A row per decision of a policy, if the scenario has a policy."""
        return self._frame("policy")

    @cached_property
    def credits(self) -> "pd.DataFrame":
        """A row per attempt with a downtime, if actors have a payment rate."""
        return self._frame("credits")

    @property
    def plot(self) -> "RunPlots":
        """Plots of this run, each a matplotlib Axes."""
        from icnsim.plots.notebook import RunPlots

        return RunPlots(self)

    def some(self, table: str, columns: Sequence[str]) -> "pd.DataFrame":
        """Some columns of a table, because a run may have millions of rows."""
        return self._arrow(table, columns).to_pandas()

    def replayed(
        self,
        *,
        messages: bool = False,
        budget: Budget | None = None,
        progress: Observer | None = None,
    ) -> "Recording":
        """The recording of the run, with times in whole µs.

        Results that were read from a folder do not hold it. Then the scenario is run again, which gives the
        same recording. It is also run again for `messages` if it did not record them. The recording of a live run is
        read from its folder, because it cannot be repeated.

        Raises
        ------
        ResultsError : another version of icnsim wrote the results. BudgetError : see `simulate`.
        """
        there, scenario = self._recording, self.scenario
        if there is not None and (there.message_log is not None or not messages):
            return there
        if self.summary["version"] != VERSION:
            found = f"the results are of icnsim {self.summary['version']}, this is {VERSION}"
            raise ResultsError(f"{found}: run their scenario.yaml again")
        if self.folder is not None and (self.folder / kept.NAME).exists():
            return kept.read(self.folder / kept.NAME)
        if messages:
            record = scenario.record.model_copy(update={"messages": True})
            scenario = scenario.model_copy(update={"record": record})
        return simulate(scenario, observer=progress, budget=budget)[0]

    def _frame(self, name: str) -> "pd.DataFrame":
        """A table as a frame with the units of its columns."""
        return frames.frame(self._arrow(name), {column.name: column.unit for column in TABLES[name]})

    @stored.guarded
    def _arrow(self, name: str, columns: Sequence[str] | None = None) -> "pa.Table":
        """A table, or some of its columns; raises ResultsError if the run does not have the table."""
        found = None
        if self._recording is not None:
            from icnsim.recording import arrow

            if name not in self._made:
                self._made[name] = arrow.table(name, self._recording, self.scenario)
            found = self._made[name]
            found = found if columns is None or found is None else found.select(list(columns))
        else:
            import pyarrow.parquet as pq

            assert self.folder is not None
            file = self.folder / f"{name}.parquet"
            found = pq.read_table(file, columns=columns and list(columns)) if file.exists() else None
        if found is None:
            raise ResultsError(f"this run has no table {name!r}: its scenario does not record it")
        return found


def run(
    scenario: str | Path | Scenario,
    overrides: Mapping[str, object] | None = None,
    seed: int | None = None,
    *,
    out: str | Path | None = None,
    force: bool = False,
    allow_large: bool = False,
    budget: Budget | None = None,
    progress: Observer | None = None,
    stage: Callable[[str], None] | None = None,
    engine: Engine = "auto",
) -> Run:
    """Simulate a scenario.

    Parameters
    ----------
    scenario : a file, or a scenario from `icnsim.scenario.load`.
    overrides : dotted keys and their values, as ``{"manager.timeout": "90s"}``.
    seed : replaces the seed of the scenario.
    out : the folder for the results; without it nothing is written. A run that exists there
        is read and not run again, unless `force`.
    allow_large : run what is estimated to need more than 4 GiB.
    budget, progress : see `icnsim.simulation.simulate`.
    stage : receives the name of each stage outside of the simulation when it begins: reading (of a file), set-up,
        summary, writing.
    engine : computes the run, see `icnsim.engines.simulate`; the results do not depend on it.

    Raises
    ------
    ScenarioError : the scenario or an expectation cannot be used.
    BudgetError : the budget is used up. ResultsError : the results cannot be written.
    """
    began = time.time()
    running = (budget or Budget()).begun()
    if not isinstance(scenario, Scenario):
        _begin("reading", stage)
        scenario = within(running, partial(prepare, scenario, overrides, seed, allow_large=allow_large))
    else:
        refuse_changes(scenario, overrides, seed)
    scenario = alone(scenario)
    run_id = resolved.run_id(scenario, VERSION)
    place = None if out is None else Path(out) / scenario.name / run_id
    if place is not None and not force:
        wanted = {"scenario": scenario.name, "run_id": run_id, "seed": scenario.seed, "version": VERSION}
        there = folder.found(place, wanted, ["attempts.parquet", "migrations.parquet"])
        if there is not None and not list(shape.wrong(there, _shape())):
            LOG.info("%s: the results of this run are here already; nothing is run", place)
            return Run(scenario, there, None, place)
    if place is not None:
        folder.refuse_unwritable(place)
    LOG.info("%s, seed %d: run %s begins", scenario.name, scenario.seed, run_id)

    def work() -> Run:
        _begin("set-up", stage)
        recording, used = simulate(scenario, engine, observer=progress, budget=running)
        LOG.info("engine %s: %s", used.used, used.why)
        LOG.debug("simulated in %.3f s", time.time() - began)
        _begin("summary", stage)
        summary = summary_of(scenario, recording, predictions(scenario))
        if place is not None:
            _begin("writing", stage)
            write_run(place, scenario, summary, recording, began, used._asdict())
        return Run(scenario, summary, recording, place)

    return within(running, work)


def _begin(name: str, stage: Callable[[str], None] | None) -> None:
    """Report that a stage of a run begins."""
    LOG.debug("%s begins", name)
    if stage is not None:
        stage(name)


def alone(scenario: Scenario) -> Scenario:
    """The scenario of a single run: the scenario without its section `sweep`."""
    return scenario.model_copy(update={"sweep": SweepOf()})


def refuse_changes(scenario: Scenario, overrides: Mapping[str, object] | None, seed: int | None) -> None:
    """Raise ScenarioError if a call would change a scenario that is loaded already."""
    if overrides or seed is not None:
        found, expected = "overrides or a seed for a loaded scenario", "them in the call that loads it"
        raise ScenarioError([Problem(scenario.origin, None, "", found, expected)])


def prepare(
    path: str | Path,
    overrides: Mapping[str, object] | None = None,
    seed: int | None = None,
    *,
    allow_large: bool = False,
) -> Scenario:
    """Read a scenario file and check everything that can be checked without a run.

    Raises
    ------
    ScenarioError : with all problems, including unknown metrics in `expect`.
    """
    scenario = load_scenario(path, overrides, seed, allow_large=allow_large, check=unknown_figures)
    LOG.info("%s: the scenario %s is valid", path, scenario.name)
    return scenario


def unknown_figures(scenario: Scenario) -> list[tuple[tuple[str | int, ...], str, str]]:
    """The mistakes in `expect` and `sweep.metrics`: unknown figures and invalid bounds."""
    metrics = scenario.sweep.metrics
    if not scenario.expect and not metrics:
        return []
    known = {**least_summary(), "metrics": pluggedmetrics.without_values(scenario)}
    of_runs = {**figures(least_summary()), **dict.fromkeys(pluggedmetrics.recorded(scenario), 0)}
    return [
        (("expect", metric), found, expected)
        for metric, found, expected in expectations.mistakes(scenario.expect, known)
    ] + [
        (("sweep", "metrics", place), found, expected)
        for place, metric in enumerate(metrics)
        for found, expected in expectations.unknown(metric, of_runs)
    ]


@cache
def least_summary() -> dict[str, Any]:
    """The summary of the smallest run, which has the names of all figures."""
    least = loads("name: least\nduration: 1us\ndrain: 1us\nexecutors: [{group: a, count: 2}]\n")
    return summary_of(least, simulate(least)[0], predictions(least))


@cache
def _shape() -> dict[str, Any]:
    """The entries that the summary of every run has, with values of their types; see `recording.shape`."""
    varied = ("predicted", "success_by", "work")  # their entries, or whether they are null, depend on the scenario
    return {name: value for name, value in least_summary().items() if name not in varied}


def load(results: str | Path, *, allow_large: bool = False) -> Run:
    """Open the folder of a run's results; `allow_large` allows a scenario of more than 4 GiB.

    Raises
    ------
    ResultsError : the folder has no complete results, or a value in summary.json has a wrong type. ScenarioError : its
    scenario cannot be used.
    """
    place = Path(results)
    summary = folder.read_summary(place)
    for key, found, expected in shape.wrong(summary, _shape()) if summary["version"] == VERSION else ():
        advice = "run the scenario again with --force"
        raise ResultsError(f"{place / 'summary.json'}: {key}: found {found}, expected {expected}; {advice}")
    return Run(load_scenario(place / "scenario.yaml", allow_large=allow_large), summary, None, place)


def predictions(scenario: Scenario) -> dict[str, Any]:
    """The closed forms in the form of a summary; they do not depend on the seed."""
    from icnsim.theory.predictions import predict

    return {metric: prediction.fields() for metric, prediction in predict(scenario).items()}


def summary_of(scenario: Scenario, recording: "Recording", predicted: Mapping[str, Any]) -> dict[str, Any]:
    """The contents of summary.json, from a recording and the predictions."""
    return {
        "scenario": scenario.name,
        "run_id": resolved.run_id(scenario, VERSION),
        "seed": scenario.seed,
        "version": VERSION,
        **found_in(scenario, recording, predicted),
    }


def found_in(scenario: Scenario, recording: "Recording", predicted: Mapping[str, Any]) -> dict[str, Any]:
    """As `summary_of`, without the hash of the run, which takes a twentieth of the time of a small run."""
    found = summarise(recording, scenario)
    if scenario.record.metrics:
        found["metrics"] = pluggedmetrics.figures(recording, scenario)
    return {**found, "expectations": expectations.check(scenario.expect, found), "predicted": predicted}
