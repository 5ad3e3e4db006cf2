"""Runs a scenario by events: one federation, or two if the trails of violations must be recorded afterwards."""

import gc
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Final

from icnsim.protocol.messages import ActorId
from icnsim.recording.columns import Recording
from icnsim.recording.progress import Budget, Observer
from icnsim.recording.violations import Observed
from icnsim.scenario import Scenario
from icnsim.scenario.coherence import begun_expected
from icnsim.simulation.branch import Branch
from icnsim.simulation.federation import CutShort, Federation
from icnsim.simulation.replay import Replay

LARGE: Final = 2_000
"""A run with more arrivals records no trails; if it has violations, it is repeated with trails."""


def simulate(
    scenario: Scenario,
    *,
    observer: Observer | None = None,
    budget: Budget | None = None,
    branch: Branch | None = None,
    replay: Replay | None = None,
) -> Recording:
    """Simulate a scenario to its end by events.

    Parameters
    ----------
    scenario : the scenario to simulate. The same scenario gives the same recording, bit for bit.
    observer : called periodically, see `Observer`.
    budget : the limits of the run; no limits if omitted.
    branch : the instant from which the draws use another seed.
    replay : the arrivals to process, with their actors; all arrivals if omitted.

    Raises
    ------
    CutShort : the budget is used up.
    """
    # A federation is released before garbage collection is enabled again, so it is collected as a young object.
    with _uncollected():
        large = replay is None and begun_expected(scenario) > LARGE
        first = Federation(scenario, branch, replay, () if large else None)
        error = None
        try:
            recording = first.run(budget, observer)
        except CutShort as cut:
            error, observed = cut, cut.observed
        else:
            observed = recording.observed
        del first
        if large and observed.violations:
            budget = None if error is None else Budget(error.processed)
            observed = _with_trails(scenario, observed, budget, branch, replay)
        if error is not None:
            raise CutShort(str(error), error.events, error.processed, observed)
        return replace(recording, observed=observed)


def _with_trails(
    scenario: Scenario, observed: Observed, budget: Budget | None, branch: Branch | None, replay: Replay | None
) -> Observed:
    """Repeat a run, which has the same events, and record the trails of the actors that violated invariants."""
    actors = tuple(sorted({ActorId(violation.actor) for violation in observed.violations}))
    try:
        again = Federation(scenario, branch, replay, actors).run(budget).observed
    except CutShort as cut:
        return cut.observed
    return again


@contextmanager
def _uncollected() -> Iterator[None]:
    """Disable the garbage collection of cycles, which takes a fifth of a run: all parts of a federation stay alive."""
    collecting = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if collecting:
            gc.enable()
