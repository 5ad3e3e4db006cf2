"""The task of a worker: one run, whose figures are returned. Any process can import this module alone."""

import os
import pickle
import socket
import tempfile
import threading
import time
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any, Final

from icnsim import experiment
from icnsim.engines import Engine, Used, simulate
from icnsim.errors import BudgetError
from icnsim.recording import writing
from icnsim.recording.deadline import within
from icnsim.recording.figures import Figures, figures
from icnsim.recording.progress import Budget
from icnsim.scenario import Scenario
from icnsim.version import VERSION

LOOKS_S: Final = 1.0
"""How often a worker looks whether the process that it works for is still there."""


@dataclass(frozen=True, slots=True)
class Task:
    """One run to be done.

    Attributes
    ----------
    scenario : the point's, pickled; replications share the object. seed : the replication's.
    keep : whether the files of the run are to go back too.
    engine : computes the run, see `icnsim.engines`.
    """

    scenario: bytes
    seed: int
    budget: Budget
    keep: bool
    engine: Engine = "auto"


@dataclass(frozen=True, slots=True)
class Outcome:
    """The outcome of a run.

    Attributes
    ----------
    figures : its numbers, None where it failed; failure : why, None where it did not.
    files : the bytes of its results folder by their names, None unless they are kept.
    worker : the process that did it; took_s : seconds of the wall clock. version : its icnsim's.
    engine : that computed the run, and why; empty if the run failed.
    """

    figures: Figures | None
    failure: str | None
    files: dict[str, bytes] | None
    worker: str
    took_s: float
    version: str = VERSION
    engine: str = ""


def packed(scenario: Scenario) -> bytes:
    """A point's scenario as tasks carry it."""
    return pickle.dumps(scenario)


def perform(task: Task) -> Outcome:
    """Do one run; an error of the model is its outcome."""
    began = time.perf_counter()
    found: Figures | None = None
    failure: str | None = None
    files: dict[str, bytes] | None = None
    engine = ""
    try:
        running = task.budget.begun()
        found, files, used = within(running, lambda: _run(task, running))
        engine = f"{used.used}: {used.why}"
    except BudgetError as error:
        failure = f"{BudgetError.__name__}: {error}"  # users know the public error, not the simulation's own subclass
    except Exception as error:
        # A defect at one point must not end the sweep; it is reported with the point.
        failure = f"{type(error).__name__}: {error}"
    worker = f"{socket.gethostname()}:{os.getpid()}"
    return Outcome(found, failure, files, worker, time.perf_counter() - began, engine=engine)


def _run(task: Task, budget: Budget) -> tuple[Figures, dict[str, bytes] | None, Used]:
    point, predicted = _point(task.scenario)
    scenario = point.model_copy(update={"seed": task.seed})
    began = time.time()
    recording, used = simulate(scenario, task.engine, budget=budget)
    if not task.keep:
        return figures(experiment.found_in(scenario, recording, predicted)), None, used
    summary = experiment.summary_of(scenario, recording, predicted)
    with tempfile.TemporaryDirectory() as folder:
        place = Path(folder, "run")
        writing.write_run(place, scenario, summary, recording, began, used._asdict())
        files = {str(path.relative_to(place)): path.read_bytes() for path in place.rglob("*") if path.is_file()}
    return figures(summary), files, used


@lru_cache(maxsize=1)
def _point(pickled: bytes) -> tuple[Scenario, dict[str, Any]]:
    """The scenario of a point and its predictions, which its replications share."""
    scenario: Scenario = pickle.loads(pickled)
    return scenario, experiment.predictions(scenario)


def follow(parent: int) -> None:
    """Let this worker end soon after the process that it works for, however that ended."""

    def watch() -> None:
        while os.getppid() == parent:
            time.sleep(LOOKS_S)
        os._exit(1)

    threading.Thread(target=watch, daemon=True).start()
