"""The parameters of a scenario as the numbers and tables that the kernel reads."""

from typing import NamedTuple

import numpy as np

from icnsim.columns.kernel import layout as at
from icnsim.columns.kernel.layout import NONE
from icnsim.draws.streams import Integers
from icnsim.protocol.policy import MAX_QUEUE, MIB
from icnsim.protocol.retry import Backoff
from icnsim.scenario import Distribution, Scenario
from icnsim.scenario.acceptance import acceptance, random_queues
from icnsim.scenario.executors import ExecutorGroup
from icnsim.scenario.units import LONGEST_US


class Pace(NamedTuple):
    """The distributions that a scenario adds to the draws of every scenario.

    Attributes
    ----------
    paces : the different slowdowns of executors. queues : the different random lengths of queues.
    """

    paces: tuple[float, ...]
    queues: tuple[Distribution, ...]


def paces(scenario: Scenario) -> Pace:
    """The different slowdowns and random queue lengths of a scenario, in the order of its groups."""
    slow = [float(_pace(group)) for group in scenario.executors]
    return Pace(tuple(dict.fromkeys(slow)), random_queues(scenario))


def _pace(group: ExecutorGroup) -> float:
    """The slowdown of a group; 1 if it is not slow."""
    return group.slowdown if group.behavior == "slow" else 1


def numbers(scenario: Scenario, horizon: int, pace: Pace, chunk: int, block: int, blocks: int) -> list[int]:
    """The single numbers `N_…` of the layout, with the parameters of the scenario.

    Parameters
    ----------
    horizon : the end of the run, µs. chunk, block : rows of the draws of arrivals and of retries.
    blocks : the number of blocks of a stream.
    """
    single = [0] * at.NUMBERS
    retry, manager, network, step = scenario.retry, scenario.manager, scenario.network, scenario.record.timeline
    values = {
        at.N_HORIZON: horizon, at.N_ACTORS: scenario.actors.count, at.N_EXECUTORS: scenario.executor_count,
        at.N_INTERVAL: manager.check_interval, at.N_MANAGED: int(manager.enabled),
        at.N_LIFETIME: scenario.protocol.message_lifetime // 1000, at.N_MOST: 1 + retry.max_retries,
        at.N_ALTERNATIVE: retry.alternative_target_after, at.N_ON_TIMED_OUT: int("timed_out" in retry.on),
        at.N_ON_REJECTED: int("rejected" in retry.on), at.N_JITTER: at.JITTERS.index(retry.backoff.jitter),
        at.N_BACKOFF_BASE: retry.backoff.base, at.N_BACKOFF_MOST: retry.backoff.max, at.N_STEP: step or 0,
        at.N_INSTANTS: -(-horizon // step) if step else 0, at.N_LOGS: int(scenario.record.messages),
        at.N_REGIONS: len(regions(scenario)), at.N_VARIANTS: len(pace.paces), at.N_CHUNK: chunk, at.N_BLOCK: block,
        at.N_BLOCKS: blocks, at.N_COPIES: int(bool(network.duplication)),
        at.N_LAST_TIME: NONE, at.N_FREE_PLACE: NONE, at.N_FREE_EVENT: NONE, at.N_FREE_EXCHANGE: NONE,
        at.N_FREE_SEEN: NONE, at.N_FREE_TRIED: NONE,
        at.N_FIRST_ACTOR: NONE, at.N_LAST_ACTOR: NONE, at.N_RESUME: NONE, at.N_REOPENED: NONE,
        at.N_ORDINARY: int(not scenario.record.messages),
    }  # fmt: skip
    for place, value in values.items():
        single[place] = value
    return single


def regions(scenario: Scenario) -> list[str | None]:
    """The regions of the executors; empty if distance adds no delay."""
    return [] if scenario.matrix is None else list(dict.fromkeys(group.region for group in scenario.executors))


def ways(scenario: Scenario) -> list[int]:
    """The one-way delay from each region to each region, row by row, µs."""
    matrix = scenario.matrix
    if matrix is None:
        return []
    names = regions(scenario)
    return [matrix.one_way_us(here, there) if here and there else 0 for here in names for there in names]


def executors(scenario: Scenario, phases: Integers | None, pace: Pace) -> Integers:
    """The rows of the executors; shape (executors, EXECUTOR)."""
    rows = np.zeros((scenario.executor_count, at.EXECUTOR), np.int64)
    names, first = regions(scenario), 0
    for group in scenario.executors:
        group_rows = rows[first : first + group.count]
        memory, queue, _ = acceptance(scenario, group)
        group_rows[:, at.E_ANSWERS] = group.behavior != "unresponsive"
        group_rows[:, at.E_REFUSES] = group.behavior == "rejecting"
        group_rows[:, at.E_VARIANT] = pace.paces.index(float(_pace(group)))
        group_rows[:, at.E_MEMORY] = memory // MIB
        if queue.constant is None:
            group_rows[:, at.E_QUEUE] = pace.queues.index(queue)
        else:
            group_rows[:, at.E_QUEUE] = at.QUEUE_LONG if queue.constant > MAX_QUEUE else at.QUEUE_SHORT
        group_rows[:, at.E_REQUESTED_AT] = NONE
        group_rows[:, at.E_REGION] = names.index(group.region) if names else 0
        first += group.count
    if phases is not None:
        rows[:, at.E_PHASE] = phases
    return rows


def wires(scenario: Scenario, sizes: Integers) -> Integers:
    """The transmission time of states of these sizes, µs."""
    bandwidth = scenario.network.bandwidth
    if not bandwidth:
        return np.zeros(len(sizes), np.int64)
    distinct, place = np.unique(sizes, return_inverse=True)
    times = [min(LONGEST_US, round(size * 1_000_000 / bandwidth)) if size else 0 for size in distinct.tolist()]
    return np.array(times, np.int64)[place]


def pauses(scenario: Scenario) -> list[float]:
    """The longest pause before each retry, µs."""
    given = scenario.retry.backoff
    backoff = Backoff(given.base, given.factor, given.max, given.jitter)
    return [backoff.longest(retry) for retry in range(1, scenario.retry.max_retries + 1)]


def weights(scenario: Scenario) -> tuple[list[float], list[float]]:
    """The weights of the groups, and the answer probabilities of the executors."""
    weight = [float(group.weight) for group in scenario.executors]
    return weight, [float(group.answer_probability) for group in scenario.group_of_each]
