"""The choice of an engine for a run, and the use of both engines together.

`events` simulates every scenario on SimPy. `columns` computes the same recording arrival by arrival. It is
exact if migrations interact only through a busy actor, the executor where it lives and the records that it has left.
Each engine verifies the other: a test compares their results byte by byte.

The columnar engine names the actors that may have violated an invariant. The event engine then replays the arrivals of
these actors alone, which gives their violations with the events that led to them.
"""

from collections.abc import Mapping
from dataclasses import replace
from typing import Final, Literal, NamedTuple, get_args

import numpy as np

from icnsim.errors import Problem, ScenarioError
from icnsim.recording.columns import NEVER, Recording
from icnsim.recording.integers import Column
from icnsim.recording.progress import Budget, Observer
from icnsim.recording.violations import INVARIANTS, Moment, Violation
from icnsim.scenario import Scenario

Engine = Literal["auto", "events", "columns"]
ENGINES: Final[tuple[Engine, ...]] = get_args(Engine)


class Used(NamedTuple):
    """The engine that computed a run, and why it was chosen."""

    used: Literal["events", "columns"]
    why: str


def simulate(
    scenario: Scenario, engine: Engine = "auto", *, observer: Observer | None = None, budget: Budget | None = None
) -> tuple[Recording, Used]:
    """Simulate a scenario to its end.

    Parameters
    ----------
    scenario : the scenario to simulate. Both engines give the same recording, bit for bit.
    engine : `auto` uses `columns` for a scenario that it computes exactly, and `events` for every other one.
    observer, budget : see `icnsim.simulation.simulate`.

    Raises
    ------
    ScenarioError : `columns` was asked for and is not exact for this scenario. BudgetError : the budget is used up.
    """
    _refuse_unknown(engine)
    if engine == "events":
        return _simulated(scenario, observer, budget), Used("events", "asked for")
    from icnsim import columns

    needs = columns.unsupported(scenario)
    if needs is None:
        try:
            recording = _computed(scenario, observer, budget)
            return recording, Used("columns", "asked for" if engine == "columns" else "exact for this scenario")
        except columns.NotExact as error:
            why = str(error)
    else:
        why = f"{needs} needs events"
    if engine == "columns":
        raise _inexact(scenario, needs, why)
    return _simulated(scenario, observer, budget), Used("events", why)


def refuse_inexact(scenario: Scenario, engine: Engine) -> None:
    """Raise ScenarioError if `columns` is asked for and a key of the scenario needs events; nothing is run."""
    _refuse_unknown(engine)
    from icnsim import columns

    needs = columns.unsupported(scenario) if engine == "columns" else None
    if needs is not None:
        raise _inexact(scenario, needs, f"{needs} needs events")


def _refuse_unknown(engine: str) -> None:
    if engine not in ENGINES:
        raise ScenarioError([Problem("engine", None, "", repr(engine), "auto, events or columns")])


def _inexact(scenario: Scenario, key: str | None, why: str) -> ScenarioError:
    found, expected = "the engine columns", f"events or auto, because columns is not exact here: {why}"
    return ScenarioError([Problem(scenario.origin, None, key or "", found, expected)])


def _simulated(scenario: Scenario, observer: Observer | None, budget: Budget | None) -> Recording:
    from icnsim.simulation import simulate  # imported when it is needed: a run by columns starts sooner

    return simulate(scenario, observer=observer, budget=budget)


def _computed(scenario: Scenario, observer: Observer | None, budget: Budget | None) -> Recording:
    """The recording of the columnar engine, with the violations that the event engine finds."""
    from icnsim import columns

    recording, suspects, picks = columns.simulate(scenario, observer=observer, budget=budget)
    observed = recording.observed
    assert observed is not None
    if not suspects.any():
        return replace(recording, observed=replace(observed, counts=dict.fromkeys(INVARIANTS, 0)))
    numbers = np.flatnonzero((picks != NEVER) & suspects[picks])
    from icnsim import simulation
    from icnsim.simulation.replay import Replay

    again = simulation.simulate(scenario, budget=budget, replay=Replay(numbers, picks[numbers]))
    assert again.observed is not None
    places = _places(again.attempts, recording.attempts)
    violations = tuple(_moved(violation, places) for violation in again.observed.violations)
    return replace(recording, observed=replace(observed, violations=violations, counts=again.observed.counts))


def _places(some: Mapping[str, Column], every: Mapping[str, Column]) -> list[int]:
    """The rows of some attempts among all attempts; both are in the order of (migration, attempt)."""
    first = np.searchsorted(every["migration"], some["migration"])
    rows: list[int] = (first + some["attempt"] - 1).tolist()
    return rows


def _moved(violation: Violation, places: list[int]) -> Violation:
    """A violation with the attempts' numbers among all attempts."""

    def place(attempt: int) -> int:
        return NEVER if attempt == NEVER else places[attempt]

    trail = tuple(Moment(m.at, m.what, m.executor, m.peer, place(m.attempt)) for m in violation.trail)
    return replace(violation, attempt=place(violation.attempt), trail=trail)
