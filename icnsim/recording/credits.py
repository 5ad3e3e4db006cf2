"""The costs of tasks and migrations, in credits.

A run of a task uses fuel in proportion to its work: the complete run uses the task's fuel limit, and work that is done
again after a crash uses fuel again. When a run completes, its executor is paid for the fuel, at most for the limit. A
quorum therefore pays each of its executors, and a run that was stopped or lost is not paid. This is the rule of
icn-compute: fuel used x payment rate / 1000, in whole credits.

A migration uses no fuel. Its cost is the payment that is missed while the actor runs nowhere because of it: downtime x
`actors.fuel_rate` x `actors.payment_rate` / 1000. No source states this cost; it is an assumption of icnsim.
"""

from collections.abc import Sequence
from typing import Final, NamedTuple

import numpy as np

from icnsim.protocol.task import FUEL_OF_RATE
from icnsim.recording import outcome
from icnsim.recording.columns import NEVER, Recording
from icnsim.recording.integers import Column, Integers
from icnsim.recording.tasks import BECAME
from icnsim.scenario import Scenario

COMPLETED: Final = BECAME.index("completed")


class Paid(NamedTuple):
    """The fuel that each run of a task has used, and the credits that its executor is paid."""

    fuel: Integers
    credits: Integers


def of_runs(recording: Recording, scenario: Scenario) -> Paid:
    """The fuel and the payment of each run of a task, in the order of `Recording.executions`."""
    runs, tasks, submitted = recording.executions, recording.tasks, scenario.submissions
    assert runs is not None
    assert tasks is not None
    assert submitted is not None
    fuel: list[int] = []
    credits: list[int] = []
    # In Python's integers: a fuel limit times a run time may exceed 64 bits.
    columns: Sequence[Column] = (
        runs["task"], runs["work"] + runs["work_lost"], tasks["run_time"][runs["task"]], runs["outcome"] == COMPLETED
    )  # fmt: skip
    for number, work, run_time, completed in zip(*(column.tolist() for column in columns), strict=True):
        body = submitted.tasks[number]
        fuel.append(body.fuel(work, run_time))
        credits.append(body.payment(fuel[-1]) if completed else 0)
    return Paid(np.array(fuel, dtype=np.int64), np.array(credits, dtype=np.int64))


def of_tasks(paid: Paid, recording: Recording) -> Integers:
    """The credits that each task costs: the payments of all its executors."""
    runs, tasks = recording.executions, recording.tasks
    assert runs is not None
    assert tasks is not None
    costs = np.zeros(len(tasks["submitted"]), dtype=np.int64)
    np.add.at(costs, runs["task"], paid.credits)
    return costs


def price(scenario: Scenario) -> float:
    """The credits that a second of an actor's run is worth; 0 without a payment rate."""
    return scenario.actors.fuel_rate * scenario.actors.payment_rate / FUEL_OF_RATE


def paused(attempts: outcome.Attempts) -> Integers:
    """The rows of the attempts because of which their actors did not run."""
    rows: Integers = np.flatnonzero(attempts["downtime"] != NEVER)
    return rows


def figures(
    recording: Recording, scenario: Scenario, attempts: outcome.Attempts, migrations: int
) -> dict[str, float | None]:
    """The costs of the tasks and migrations that began in the window; null without a payment rate,
    or if no task or migration began.

    Parameters
    ----------
    attempts, migrations : the attempts of the window, and the number of its migrations.
    """
    worth = price(scenario)
    downtime = int(attempts["downtime"][paused(attempts)].sum(dtype=np.int64)) / 1e6
    return {
        **_of_tasks(recording, scenario),
        "migrations": downtime * worth if worth else None,
        "migrations_mean": downtime * worth / migrations if worth and migrations else None,
    }


def _of_tasks(recording: Recording, scenario: Scenario) -> dict[str, float | None]:
    tasks, runs = recording.tasks, recording.executions
    if tasks is None or runs is None:
        return dict.fromkeys(("fuel_used", "tasks", "tasks_mean"))
    paid = of_runs(recording, scenario)
    inside = (tasks["submitted"] >= recording.window_start) & (tasks["submitted"] <= recording.window_end)
    credits, count = sum(of_tasks(paid, recording)[inside].tolist()), int(np.count_nonzero(inside))
    return {
        "fuel_used": sum(paid.fuel[inside[runs["task"]]].tolist()),
        "tasks": credits,
        "tasks_mean": credits / count if count else None,
    }
