"""`icnsim.check`: a search for violated invariants from Python."""

from collections.abc import Collection, Mapping
from dataclasses import replace
from functools import partial
from pathlib import Path

from icnsim import experiment
from icnsim.errors import Problem, ScenarioError
from icnsim.recording import folder
from icnsim.recording.deadline import within
from icnsim.recording.progress import Budget
from icnsim.search.check import RUNS, TRIES, Check, Orders
from icnsim.search.check import check as searched
from icnsim.search.looking import MAX_EVENTS
from icnsim.search.swarm import EVERY_KIND, kinds_of
from icnsim.sweeps import engines


def check(
    scenario: str | Path,
    overrides: Mapping[str, object] | None = None,
    seed: int | None = None,
    *,
    seeds: int = RUNS,
    kinds: Collection[str] | None = None,
    stop_after: int | None = None,
    tries: int = TRIES,
    out: str | Path | None = None,
    force: bool = False,
    allow_large: bool = False,
    jobs: int | None = None,
    scheduler: str | None = None,
    budget: Budget | None = None,
) -> Check:
    """Search seeds, faults and message orders for violated invariants of the scenario's protocol.

    Parameters
    ----------
    scenario, overrides, seed, force, allow_large : as in `icnsim.run`.
    seeds : runs of the search. kinds : faults that may be turned on; those of `icnsim check` by default.
    stop_after : end when that many classes of violations are found. tries : runs that make one small.
    out : folder for the results; without one, they are removed when the returned object is.
    jobs, scheduler : as in `icnsim.sweep`. budget : of each run.

    Raises
    ------
    ScenarioError : the scenario or a kind of fault cannot be used.
    EngineError : no workers. ResultsError : the results cannot be written.
    """
    loaded = within(budget, partial(experiment.prepare, scenario, overrides, seed, allow_large=allow_large))
    wanted = kinds_of(loaded) if kinds is None else tuple(kind for kind in EVERY_KIND if kind in kinds)
    strange = sorted({*(kinds or ())} - {*EVERY_KIND})
    if strange or not wanted:
        found = repr(strange[0]) if strange else "no kind of fault"
        raise ScenarioError([Problem(loaded.origin, None, "kinds", found, f"some of {', '.join(EVERY_KIND)}")])
    orders = Orders(wanted, int(seeds), stop_after, int(tries), 0, budget or Budget(MAX_EVENTS))
    workers = engines.engine(jobs, scheduler)
    if out is not None:
        return searched(loaded, orders, Path(out), workers, force=force)
    with folder.temporary() as place:
        found_there = searched(loaded, orders, place, workers, force=force)
    kept = replace(found_there, temporary=True)
    folder.remove_with(kept, place)
    return kept
