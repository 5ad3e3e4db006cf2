"""One run of a search: a scenario as plain data is simulated under observation.

Every outcome is a result: an invalid scenario does not fail, a run that uses up its budget is cut
short, and an error of the simulation itself is a violation of its own kind, so that it is made
small and written like any other.
"""

import json
import traceback
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, Final, NamedTuple

from icnsim.errors import BudgetError, ScenarioError
from icnsim.recording.deadline import within
from icnsim.recording.progress import Budget
from icnsim.recording.violations import Observed, Violation
from icnsim.scenario import Scenario
from icnsim.scenario.loading import Source
from icnsim.scenario.yamlfile import Document
from icnsim.simulation import simulate
from icnsim.simulation.federation import CutShort

DEFECT: Final = "defect"
"""Replaces the invariant if the simulation itself fails."""
MAX_EVENTS: Final = 20_000
"""The default budget of a run. Most runs have some hundreds of events, but a storm of retries has no end."""


class Class(NamedTuple):
    """The common properties of violations.

    Attributes
    ----------
    invariant : I1 to I8, a quorum's, or `DEFECT`. hazards : the hazards that had just happened to the actor.
    place : of a defect, its error and the line that raised it.
    """

    invariant: str
    hazards: tuple[int, ...]
    place: str = ""

    @property
    def label(self) -> str:
        """Its name in files: ``I1-hazards-2-7``, ``defect-KeyError-target-91``."""
        if self.invariant == DEFECT:
            return f"{DEFECT}-{self.place}"
        return "-".join([self.invariant, "hazards", *map(str, self.hazards or ("none",))])


@dataclass(frozen=True)
class Look:
    """The observations of one run.

    Attributes
    ----------
    observed : by the monitor, until the run ended or was cut short; None for an invalid scenario, and for a run that
        was cut short in its set-up or within one event.
    defect : the error of the simulation, and its `Class`. cut_short : the budget was used up. events : processed.
    """

    observed: Observed | None = None
    defect: tuple[Class, str] | None = None
    cut_short: bool = False
    events: int = 0

    @cached_property
    def violations(self) -> dict[Class, Violation]:
        """The first violation of each class."""
        if self.defect is not None:
            which, what = self.defect
            return {which: Violation(DEFECT, 0, -1, -1, -1, what, (), ())}
        found: dict[Class, Violation] = {}
        for violation in self.observed.violations if self.observed is not None else ():
            found.setdefault(Class(violation.invariant, violation.hazards), violation)
        return found


SUBMITTED: Final = "submitted"
"""The key of a document that holds the bodies of submitted tasks. All its other keys are those of a scenario."""
TASKS: Final = "tasks.jsonl"
"""The name by which such a scenario refers to the bodies."""


def keys_of(document: dict[str, Any]) -> dict[str, Any]:
    """The keys of the scenario of a document."""
    return {key: value for key, value in document.items() if key != SUBMITTED}


def bodies_of(document: dict[str, Any]) -> str:
    """The bodies of its tasks as a JSON Lines file."""
    bodies = sorted(document.get(SUBMITTED, ()), key=lambda body: float(body["at_s"]))
    return "".join(f"{json.dumps(body)}\n" for body in bodies)


def scenario_of(document: dict[str, Any]) -> Scenario:
    """The scenario of plain data; raises ScenarioError if it is invalid."""
    return Source(Document(keys_of(document)), None, "<search>", {TASKS: bodies_of(document).encode()}).scenario()


def look(document: dict[str, Any], budget: Budget) -> Look:
    """Run a scenario under observation."""
    try:
        scenario = scenario_of(document)
    except ScenarioError:
        return Look()
    try:
        recording = within(budget, lambda: simulate(scenario, budget=budget))
    except CutShort as error:
        return Look(error.observed, cut_short=True, events=error.events)
    except BudgetError:
        return Look(cut_short=True)
    except Exception as error:
        # A defect is a result, and must not end the search.
        last = traceback.extract_tb(error.__traceback__)[-1]
        place = f"{type(error).__name__}-{Path(last.filename).stem}-{last.lineno}"
        return Look(defect=(Class(DEFECT, (), place), f"{type(error).__name__}: {error}"))
    return Look(recording.observed, events=recording.events)
