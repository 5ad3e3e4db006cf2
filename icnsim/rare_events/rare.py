"""Estimates the probability of a rare event and writes the results, for `icnsim rare`.

`methods` computes the estimates, and `document` describes them.
"""

import hashlib
import json
import logging
import time
from collections.abc import Mapping
from contextlib import nullcontext
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any, Final

from icnsim import experiment, memory, reporting
from icnsim.errors import Problem, ScenarioError
from icnsim.numbers import figure, interval, whole
from icnsim.rare_events import impossible, splitting
from icnsim.rare_events.document import document_of, of_impossible
from icnsim.rare_events.methods import METHODS, POPULATION, REPETITIONS, Bar, Method, Orders, find
from icnsim.rare_events.scores import EVENTS
from icnsim.recording import folder, stored, writing
from icnsim.recording.deadline import within
from icnsim.recording.progress import Budget
from icnsim.scenario import Scenario, resolved
from icnsim.scenario.coherence import BASE_BYTES, arrivals_expected, estimate_bytes
from icnsim.scenario.plaindata import plain
from icnsim.sweeps.engines import Engine, engine
from icnsim.version import VERSION

LOG: Final = logging.getLogger(__name__)
FILE: Final = "rare.json"
MOST_MIGRATIONS: Final = 1000


@dataclass(frozen=True, slots=True)
class Rare:
    """An estimate and its results.

    Attributes
    ----------
    document : the content of rare.json. folder : its folder; None if it was not written.
    reused : True if the results existed already, so that nothing was run.
    """

    document: dict[str, Any]
    folder: Path | None
    reused: bool

    def __repr__(self) -> str:
        found = f"{figure(self.probability, '')}, 95 % interval {interval(*self.ci95, '')}"
        return f"<icnsim.Rare {self.document['scenario']}, probability of {self.document['event']} {found}>"

    @property
    @stored.guarded
    def probability(self) -> float:
        """The probability that the event happens in a run; 0 if no run showed it."""
        return float(self.document["probability"])

    @property
    @stored.guarded
    def ci95(self) -> tuple[float, float]:
        """The 95 % interval of the probability."""
        low, high = self.document["ci95"]
        return low, high

    def report(self, path: str | Path | None = None) -> Path:
        """Write the report as one HTML page, by default NAME-rare-ID.html in the present folder; return its path.

        Raises
        ------
        ResultsError : the results are in no folder, because there was no `out`.
        """
        return reporting.write_report_of(self.folder, path)


def rare(
    scenario: str | Path | Scenario,
    event: str,
    overrides: Mapping[str, object] | None = None,
    seed: int | None = None,
    *,
    method: Method = "auto",
    population: int = POPULATION,
    repetitions: int = REPETITIONS,
    out: str | Path | None = None,
    force: bool = False,
    jobs: int | None = 1,
    budget: Budget | None = None,
) -> Rare:
    """Estimate the probability that a rare event happens in a run.

    Parameters
    ----------
    scenario : a file, or a loaded scenario. event : "false_positive" or "double_run".
    overrides, seed : as in `icnsim.run`; for a file only.
    method, population, repetitions : see `Orders`. out : the folder of results; None writes no files.
    force : estimate again even if the results exist. jobs : processes; None for one per usable core.
    budget : of each run.

    Raises
    ------
    ScenarioError : the scenario, the event or a number cannot be used. ResultsError : the results cannot be written.
    BudgetError : a run has used up its budget, or does not fit into the memory limit of this process.
    """
    if not isinstance(scenario, Scenario):
        scenario = within(budget, partial(experiment.prepare, scenario, overrides, seed))
    else:
        experiment.refuse_changes(scenario, overrides, seed)
    orders = Orders(event, method, plain(population), plain(repetitions))
    return estimated(scenario, orders, None if out is None else Path(out), engine(jobs), force=force, budget=budget)


def rare_id(scenario: Scenario, orders: Orders) -> str:
    """Returns 16 hex digits that identify the scenario, its seed, the parameters and the version."""
    asked = json.dumps([orders.event, orders.method, orders.population, orders.repetitions])
    own = resolved.fingerprint(experiment.alone(scenario), VERSION)
    return hashlib.sha256(own + f"{scenario.seed}\nrare\n{asked}".encode()).hexdigest()[:16]


def estimated(
    scenario: Scenario,
    orders: Orders,
    out: Path | None,
    workers: Engine,
    *,
    force: bool = False,
    bar: Bar = lambda _: nullcontext(None),
    budget: Budget | None = None,
) -> Rare:
    """Estimate a probability, and write it unless `out` is None. Raises the same errors as `rare`."""
    _refuse(scenario, orders)
    memory.refuse_little(estimate_bytes(scenario) - BASE_BYTES)
    began, name = time.time(), rare_id(scenario, orders)
    identity = {"scenario": scenario.name, "rare_id": name, "seed": scenario.seed, "version": VERSION}
    place = None if out is None else out / scenario.name / f"rare-{name}"
    if place is not None and not force and folder.found(place, identity, [FILE]) is not None:
        LOG.info("%s: this estimate exists already; nothing is run", place)
        return Rare(folder.read_document(place / FILE), place, reused=True)
    if place is not None:
        folder.refuse_unwritable(place)
    reason = impossible.reason(scenario)
    if reason is not None:
        document = {**identity, **of_impossible(scenario, orders, reason)}
    else:
        document = {
            **identity,
            **document_of(scenario, orders, find(scenario, orders, workers, bar, budget)),
        }
    LOG.info("%s: estimated by %s", scenario.name, document["method"] or "no run: the event is impossible")
    if place is not None:

        def write(draft: Path) -> None:
            writing.write_scenario(draft, scenario)
            (draft / FILE).write_text(folder.dumps(document), "utf-8")
            (draft / "summary.json").write_text(folder.dumps(identity), "utf-8")

        folder.write_folder(place, write, writing.manifest(name, began))
    return Rare(document, place, reused=False)


def _refuse(scenario: Scenario, orders: Orders) -> None:
    """Raise ScenarioError if the probability cannot be estimated."""
    problems = []

    def problem(key: str, found: str, expected: str) -> None:
        problems.append(Problem(scenario.origin, None, key, found, expected))

    if orders.event not in EVENTS:
        problem("event", repr(orders.event), " or ".join(EVENTS))
    if orders.method not in METHODS:
        problem("method", repr(orders.method), ", ".join(METHODS))
    if orders.population < 20 or orders.population % splitting.STEPS:
        problem("population", str(orders.population), f"at least 20, and a multiple of {splitting.STEPS}")
    if orders.repetitions < 2:
        problem("repetitions", str(orders.repetitions), "at least 2, because their spread determines the interval")
    if not scenario.migrates:
        problem("workload.trigger", "only submitted tasks", "migrations, because the events happen only in them")
    elif arrivals_expected(scenario) > MOST_MIGRATIONS:
        found = f"about {whole(arrivals_expected(scenario))} migrations in a run"
        problem("workload.migrations", found, f"at most {MOST_MIGRATIONS}, because an estimate needs thousands of runs")
    if problems:
        raise ScenarioError(problems)
