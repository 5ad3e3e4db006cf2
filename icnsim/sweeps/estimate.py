"""The time and memory that a sweep will need: time by two short pilots, memory by the run's own estimate."""

import os
import time
from dataclasses import dataclass
from typing import Final

from icnsim import memory
from icnsim.errors import BudgetError
from icnsim.recording.progress import Budget
from icnsim.scenario import Scenario
from icnsim.scenario.coherence import BASE_BYTES, begun_expected
from icnsim.sweeps import work
from icnsim.sweeps.engines import Engine, Pool
from icnsim.sweeps.plan import Plan
from icnsim.sweeps.store import Store

PILOTS: Final = (200, 2_000)
"""Migrations of the two pilots; their difference gives the time per migration, and the rest the fixed time."""
LOOKED_AT: Final = 200
"""The number of points, evenly spread, whose arrivals are counted."""
DRIVER_BYTES: Final = 150 * 2**20


@dataclass(frozen=True, slots=True)
class Estimate:
    """The resources that a sweep will need.

    Attributes
    ----------
    points, runs : the numbers; `most_runs` with every replication that a precision may need,
        `stored` the runs that have been done before.
    seconds : of the wall clock, for the other runs; memory_bytes : of all processes together.
    """

    points: int
    runs: int
    most_runs: int
    stored: int
    seconds: float
    memory_bytes: float


def estimate(plan: Plan, workers: int, store: Store, budget: Budget) -> Estimate:
    """Run two pilots of the first point and estimate from them; raises BudgetError if they fail.

    The budget is that of each pilot, as of each run.
    """
    sweep, number = plan.scenario.sweep, len(plan.points)
    fixed, each = _pilots(plan.at(0), budget)
    step = max(1, number // LOOKED_AT)
    looked_at = [plan.at(point) for point in range(0, number, step)]
    mean = sum(fixed + each * begun_expected(scenario) for scenario in looked_at) / len(looked_at)
    runs = number * sweep.replications
    most = number * (sweep.replications if sweep.precision is None else sweep.max_replications)
    every = ((point, replication) for point in range(number) for replication in range(1, sweep.replications + 1))
    stored = sum(store.whole(plan.run_id(*run)) for run in every)
    busy = max(1, min(workers, runs - stored))
    return Estimate(number, runs, most, stored, (runs - stored) * mean / busy, memory_bytes(plan, busy))


def memory_bytes(plan: Plan, workers: int) -> float:
    """Memory of all processes together while this number of the largest runs is in progress."""
    return DRIVER_BYTES + workers * plan.largest_bytes


def refuse_too_large(plan: Plan, engine: Engine) -> None:
    """Raise BudgetError if a run does not fit into the limit of a process, or a pool into this machine's memory."""
    memory.refuse_little(plan.largest_bytes - BASE_BYTES)
    if not isinstance(engine, Pool):
        return
    needed, there = memory_bytes(plan, engine.workers), os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    if needed > there:
        raise BudgetError(
            f"{engine.workers} runs at once will need about {needed / 2**30:.1f} GiB of memory, this machine has "
            f"{there / 2**30:.1f} GiB; fewer --jobs, or a smaller scenario"
        )


def _pilots(scenario: Scenario, budget: Budget) -> tuple[float, float]:
    """Seconds of a run without migrations, and of each migration."""
    took, sizes = [], []
    for size in PILOTS:
        most = scenario.workload.migrations or size
        workload = scenario.workload.model_copy(update={"migrations": min(most, size)})
        pilot = scenario.model_copy(update={"workload": workload})
        began = time.perf_counter()
        outcome = work.perform(work.Task(work.packed(pilot), pilot.seed, budget, keep=False))
        if outcome.failure is not None:
            raise BudgetError(f"a pilot of the first point failed: {outcome.failure}")
        took.append(time.perf_counter() - began)
        sizes.append(begun_expected(pilot))
    if sizes[1] <= sizes[0]:
        return took[1], 0.0
    each = max(0.0, (took[1] - took[0]) / (sizes[1] - sizes[0]))
    return max(0.0, took[0] - each * sizes[0]), each
