"""A search for violated invariants from its beginning to its files, as `icnsim check` runs it."""

import hashlib
import json
import logging
import time
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, Final

from icnsim import experiment, reporting
from icnsim.errors import Problem, ScenarioError
from icnsim.recording import folder, stored, writing
from icnsim.recording.progress import Budget
from icnsim.scenario import Scenario, resolved
from icnsim.search import report
from icnsim.search.classes import telling
from icnsim.search.coverage import Claims
from icnsim.search.exploring import Progress, explore
from icnsim.search.looking import MAX_EVENTS
from icnsim.search.narrowing import Job, Smallest, narrow
from icnsim.search.swarm import Swarm
from icnsim.sweeps.engines import Engine
from icnsim.version import VERSION

LOG: Final = logging.getLogger(__name__)
RUNS: Final = 1000
TRIES: Final = 500
Bar = Callable[[str], AbstractContextManager[Progress | None]]
"""Shows the progress of a part of the search, by its name."""


@dataclass(frozen=True, slots=True)
class Orders:
    """The settings of a search.

    Attributes
    ----------
    kinds : of faults that may be turned on. runs : the most runs.
    stop_after : end when this number of classes of violations has been found; None for no limit.
    tries : the most runs to make a scenario small. branches : at each moment, for the cause; 0 for no cause.
    """

    kinds: tuple[str, ...]
    runs: int = RUNS
    stop_after: int | None = None
    tries: int = TRIES
    branches: int = 0
    budget: Budget = field(default_factory=lambda: Budget(MAX_EVENTS))


@dataclass(frozen=True, slots=True, weakref_slot=True)
class Check:
    """The results of a search.

    Attributes
    ----------
    document : the content of report.json. folder : where the results are.
    reused : whether they were there already, so that nothing was run.
    temporary : whether the folder is removed with this object.
    """

    document: dict[str, Any]
    folder: Path
    reused: bool
    temporary: bool = False

    def __repr__(self) -> str:
        document = self.document
        found = f"{document['outcome']}, {len(document['classes'])} classes of violations"
        return f"<icnsim.Check {document['scenario']} {document['check_id']}, {found}, {document['runs']['done']} runs>"

    @property
    @stored.guarded
    def held(self) -> bool:
        """Whether no invariant was violated and everything was reached."""
        return bool(self.document["outcome"] == report.HELD)

    @property
    @stored.guarded
    def interrupted(self) -> bool:
        """Whether it was stopped before its end."""
        return bool(self.document["outcome"] == report.INTERRUPTED)

    def report(self, path: str | Path | None = None) -> Path:
        """Write the report as one HTML page, by default NAME-check-ID.html in the present folder; return its path.

        Raises
        ------
        ResultsError : the results are in no folder, because there was no `out`.
        """
        return reporting.write_report_of(None if self.temporary else self.folder, path)


def check_id(scenario: Scenario, orders: Orders) -> str:
    """16 hex digits that identify the scenario, its seed, the settings and the version."""
    asked = json.dumps(asdict(orders))
    own = resolved.fingerprint(experiment.alone(scenario), VERSION)
    return hashlib.sha256(own + f"{scenario.seed}\n{asked}".encode()).hexdigest()[:16]


def check(
    scenario: Scenario,
    orders: Orders,
    out: Path,
    engine: Engine,
    *,
    force: bool = False,
    bar: Bar = lambda _: nullcontext(None),
) -> Check:
    """Search a scenario's swarm for violations, make the scenarios small, and write the results.

    Raises
    ------
    ResultsError : the results cannot be written; nothing was run. EngineError : no workers.
    ScenarioError : only tasks are submitted, and there is no migration to search.
    """
    if not scenario.migrates:
        found, expected = "only submitted tasks", "migrations, whose protocol is searched"
        raise ScenarioError([Problem(scenario.origin, None, "workload.trigger", found, expected)])
    began = time.time()
    name = check_id(scenario, orders)
    identity = {"scenario": scenario.name, "check_id": name, "seed": scenario.seed, "version": VERSION}
    place = out / scenario.name / f"check-{name}"
    if not force and folder.found(place, {**identity, "interrupted": False}, [report.FILE]) is not None:
        LOG.info("%s: this search is here already; nothing is run", place)
        return Check(folder.read_document(place / report.FILE), place, reused=True)
    folder.refuse_unwritable(place)
    swarm = Swarm.of(scenario, orders.kinds)
    with bar(scenario.name) as progress:
        came = explore(swarm, orders.runs, orders.stop_after, orders.budget, engine, progress)
    LOG.info("%s: %d runs searched, %d classes of violations", scenario.name, came.runs, len(came.classes))
    told = telling(came.classes)
    jobs = [
        Job(swarm.variation(came.classes[which].first.run), which, orders.tries, orders.branches, orders.budget)
        for which in told
    ]
    smallest: list[Smallest] = []
    if jobs and not came.interrupted:
        with bar(f"{scenario.name}: making it small") as progress:
            smallest, came.interrupted = narrow(jobs, engine, progress)
        LOG.info("%s: %d classes made small", scenario.name, len(smallest))
    findings = report.findings(identity, jobs, came, smallest)
    claims = Claims.of(scenario, orders.kinds)
    document = report.document(identity, asdict(orders), came, claims, findings)

    def write(draft: Path) -> None:
        writing.write_scenario(draft, scenario)
        report.write(draft, document, findings)
        summary = {**identity, "interrupted": came.interrupted, "outcome": document["outcome"], "runs": came.runs}
        (draft / "summary.json").write_text(folder.dumps(summary), "utf-8")

    folder.write_folder(place, write, writing.manifest(name, began))
    return Check(document, place, reused=False)
