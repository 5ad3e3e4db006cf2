"""Closed forms of the time for which tasks wait for a slot of their executor.

An executor with c slots is a queue with c servers. The gateways choose executors uniformly, so each executor gets a
share of the tasks at random. With exponential run times this is M/M/c (Erlang C), with one slot M/G/1 (Pollaczek and
Khinchine). Priorities change the order of the tasks. The mean wait of all tasks stays the same, because the run times
of all priorities have one distribution.
"""

import math
from typing import Final

import numpy as np

from icnsim.protocol.task import Mode
from icnsim.scenario.distributions import Exponential
from icnsim.theory import design
from icnsim.theory.design import Floats
from icnsim.theory.drawn import drawn_mean, drawn_variance
from icnsim.theory.task_model import NEGLIGIBLE, TaskModel, slowdown

Figure = tuple[float, str, str | None]
NEVER: Final = 1e-6
"""The share of tasks without a free slot below which every task counts as having one."""
MOST_USED: Final = 0.95
LIKE_POISSON: Final = 0.1
"""The largest distance of the squared coefficient of variation of the gaps at one executor from 1 (Poisson)."""
RELAXATIONS: Final = 50
"""Relaxation times of the queue after which its empty start does not matter."""


def mean_wait(model: TaskModel) -> Figure:
    """The mean time for which a task waits for a slot, s."""
    scenario, formula = model.scenario, "M/M/c: C(c, a) / (c / S - λ); M/G/1: λ E[S²] / 2 (1 - ρ)"
    if model.unsure_but_for_slots is not None:
        return 0.0, formula, model.unsure_but_for_slots
    if model.full < NEVER:
        return 0.0, "0: a slot is always free", None
    if model.full < NEGLIGIBLE:
        return 0.0, formula, "tasks hardly ever wait for a slot"
    reason, run, slots = _not_alike(model), scenario.tasks.run_time, model.slots
    if reason is None and slots > 1 and not isinstance(run, Exponential):
        reason = "several slots, and run times that are not exponential"
    if reason is None and not math.isfinite(run.variance()):
        reason = "the mean or the variance does not exist"
    if reason is not None:
        return 0.0, formula, reason
    mean, variance = drawn_mean(run) / 1e6, drawn_variance(run) / 1e12
    span = float(model.times[-1] - model.times[0]) / 1e6
    rate = (len(model.times) - 1) / span / model.count if span else 0.0
    used = rate * mean / slots
    if used >= MOST_USED:
        return 0.0, formula, "the slots are full: the queues grow for as long as tasks come"
    if span * (1 - math.sqrt(used)) ** 2 * slots < RELAXATIONS * mean:
        return 0.0, formula, "tasks come for too short a time: the queues are empty at the start"
    if slots == 1:
        return design.one_server_wait(rate, mean, variance), formula, None
    return design.servers_wait(slots, rate, mean), formula, None


def _not_alike(model: TaskModel) -> str | None:
    """The broken assumption on the tasks and their executors, except on the run times; None if all hold."""
    scenario = model.scenario
    if len({group.capacity.tasks for group in model.takers}) > 1 or any(slowdown(group) != 1 for group in model.takers):
        return "executors differ in their slots or in their speed"
    if model.able < model.count:
        return "executors that never answer take no task"
    if scenario.quorum.enabled:
        return "several executors run one task"
    if any(kind.duration is not None for kind in model.kinds):
        return "bodies have their own run times"
    if any(model.deadline(kind) is not None for kind in model.kinds):
        return "a task that misses its deadline stops waiting"
    costs = scenario.checkpoints
    stateful = any(kind.mode is not Mode.EPHEMERAL for kind in model.kinds)
    if stateful and costs.pauses and (costs.time or costs.bandwidth):
        return "checkpoints pause the tasks"
    gaps: Floats = np.diff(model.times).astype(np.float64)
    if len(gaps) < RELAXATIONS or not gaps.mean():
        return "too few tasks"
    varied = float(gaps.var() / gaps.mean() ** 2)
    if abs(varied - 1) / model.count > LIKE_POISSON:  # of each executor: 1 + (v - 1) / N
        return "tasks do not come at random at an executor, but regularly or in bursts"
    return None
