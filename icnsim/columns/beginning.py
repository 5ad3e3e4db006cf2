"""The world before the first arrival: the scenario as the numbers that the kernel reads."""

from collections.abc import Mapping
from fnmatch import fnmatchcase
from itertools import accumulate
from typing import NamedTuple

import numpy as np

from icnsim.columns import layout as at
from icnsim.columns.layout import NONE
from icnsim.draws.streams import Integers, draws
from icnsim.protocol.policy import MAX_QUEUE, MB
from icnsim.protocol.retry import LARGEST_POWER
from icnsim.protocol.states import ACTIVE, State
from icnsim.recording.columns import Column
from icnsim.recording.violations import UNTRACKED_MS
from icnsim.scenario import Distribution, Scenario
from icnsim.scenario.executors import ExecutorGroup
from icnsim.scenario.schema import OtherTimeouts
from icnsim.scenario.units import LONGEST_US


class Population(NamedTuple):
    """What the world begins with and the recording still needs: of all actors, or one for all where they are alike.

    Attributes
    ----------
    actors : how many there are. hosts : the executors where they live at first.
    sizes : of their states, bytes. settings : a row for each. setting_of : the row of each actor.
    """

    actors: int
    hosts: Integers
    sizes: Integers
    settings: Integers
    setting_of: Integers

    def homes(self) -> Integers:
        """The executor where each actor lives at first."""
        return self.hosts[np.arange(self.actors) % max(1, len(self.hosts))]

    def size_of(self, actor: Column) -> Integers:
        """The sizes of these actors' states."""
        return self.sizes[actor] if len(self.sizes) > 1 else np.broadcast_to(self.sizes[0], len(actor))


class Pace(NamedTuple):
    """The executors' slowdowns, and their queues of random length."""

    paces: tuple[float, ...]
    queues: tuple[Distribution, ...]


def paces(scenario: Scenario) -> Pace:
    """What draws there are besides those of every scenario."""
    slow = [float(_pace(group)) for group in scenario.executors]
    queues = [group.capacity.queue for group in scenario.executors if group.capacity.queue.constant is None]
    return Pace(tuple(dict.fromkeys(slow)), tuple(dict.fromkeys(queues)))


def _pace(group: ExecutorGroup) -> float:
    return group.slowdown if group.behavior == "slow" else 1


def population(scenario: Scenario) -> Population:
    """The actors."""
    settings, setting_of = _settings(scenario)
    actors = scenario.actors
    hosting = np.array([group.hosts_actors for group in scenario.executors], bool)
    hosts = np.flatnonzero(np.repeat(hosting, [group.count for group in scenario.executors]))
    if actors.state_size.constant is not None:
        sizes = np.array([round(actors.state_size.constant)], np.int64)
    else:
        sizes = draws(scenario.seed, "state_size", actors.state_size, actors.count)
    return Population(actors.count, hosts, sizes, settings, setting_of)


def _settings(scenario: Scenario) -> tuple[Integers, Integers]:
    """A row of timeouts, limits, bounds and retention for each override, the manager's own first; each actor's row."""
    manager = scenario.manager
    rows = [_setting(scenario, manager.timeouts_ms, manager.retention // 1000)]
    setting_of = np.zeros(scenario.actors.count if manager.overrides else 1, np.int64)
    for override in manager.overrides:
        timeouts = _changed(manager.timeouts_ms, override.timeout)
        retention = manager.retention if override.retention is None else override.retention
        rows.append(_setting(scenario, timeouts, retention // 1000))
        pattern = override.actors
        number = pattern.removeprefix("actor-")
        if pattern in ("*", "actor-*"):
            setting_of[:] = len(rows) - 1
        elif pattern.startswith("actor-") and number.isdecimal():
            if str(int(number)) == number and int(number) < len(setting_of):
                setting_of[int(number)] = len(rows) - 1
        else:
            for actor in range(len(setting_of)):
                if fnmatchcase(f"actor-{actor}", pattern):
                    setting_of[actor] = len(rows) - 1
    return np.array(rows, np.int64), setting_of


def _changed(timeouts: Mapping[State, int], to: int | OtherTimeouts | None) -> dict[State, int]:
    """The timeouts with others in their place, µs: one for all, or some by state."""
    if to is None:
        return dict(timeouts)
    if isinstance(to, int):
        return dict.fromkeys(timeouts, to // 1000)
    given = {state: getattr(to, state.label) for state in timeouts}
    return {state: usual if given[state] is None else given[state] // 1000 for state, usual in timeouts.items()}


def _setting(scenario: Scenario, timeouts: Mapping[State, int], retention: int) -> list[int]:
    manager = scenario.manager
    row = [0] * at.SETTING
    row[at.S_RETENTION] = retention
    for state in ACTIVE:
        timeout = timeouts.get(state, 0)
        held_to = timeout if timeout and manager.enabled else UNTRACKED_MS
        row[at.S_TIMEOUT + state] = timeout
        row[at.S_BOUND + state] = held_to + manager.check_interval // 1000 + 1
        row[at.S_LIMIT + state] = held_to * 1000
    request = timeouts.get(State.REQUESTING, UNTRACKED_MS) * 1000
    limits = row[at.S_LIMIT + State.REQUESTING : at.S_LIMIT + State.RESTORING + 1]
    row[at.S_QUICK] = min(*limits, scenario.protocol.message_lifetime, request // 2 - 1000)
    return row


def numbers(scenario: Scenario, horizon: int, pace: Pace, chunk: int, block: int, blocks: int) -> list[int]:
    """The single numbers, with the parameters among them."""
    found = [0] * at.NUMBERS
    retry, manager, network, step = scenario.retry, scenario.manager, scenario.network, scenario.record.timeline
    weights = [group.weight for group in scenario.executors]
    values = {
        at.N_HORIZON: horizon, at.N_ACTORS: scenario.actors.count, at.N_EXECUTORS: scenario.executor_count,
        at.N_INTERVAL: manager.check_interval, at.N_MANAGED: int(manager.enabled),
        at.N_LIFETIME: scenario.protocol.message_lifetime // 1000, at.N_MOST: 1 + retry.max_retries,
        at.N_ALTERNATIVE: retry.alternative_target_after, at.N_ON_TIMED_OUT: int("timed_out" in retry.on),
        at.N_ON_REJECTED: int("rejected" in retry.on), at.N_JITTER: at.JITTERS.index(retry.backoff.jitter),
        at.N_BACKOFF_BASE: retry.backoff.base, at.N_BACKOFF_MOST: retry.backoff.max, at.N_STEP: step or 0,
        at.N_INSTANTS: -(-horizon // step) if step else 0, at.N_LOGS: int(scenario.record.messages),
        at.N_REGIONS: len(regions(scenario)), at.N_VARIANTS: len(pace.paces), at.N_CHUNK: chunk, at.N_BLOCK: block,
        at.N_BLOCKS: blocks, at.N_EVEN: int(set(weights) == {1.0}), at.N_COPIES: int(bool(network.duplication)),
        at.N_LAST_TIME: NONE, at.N_FREE_PLACE: NONE, at.N_FREE_EVENT: NONE, at.N_FREE_LIFE: NONE,
        at.N_FREE_SEEN: NONE,
        at.N_FIRST_MET: NONE, at.N_LAST_MET: NONE, at.N_RESUME: NONE, at.N_AGAIN: NONE,
        at.N_ORDINARY: int(not scenario.record.messages),
    }  # fmt: skip
    for place, value in values.items():
        found[place] = value
    return found


def regions(scenario: Scenario) -> list[str | None]:
    """The regions of the executors, none where distance takes no time."""
    return [] if scenario.matrix is None else list(dict.fromkeys(group.region for group in scenario.executors))


def ways(scenario: Scenario) -> list[int]:
    """One-way time from each region, row by row, to each, µs."""
    matrix = scenario.matrix
    if matrix is None:
        return []
    every = regions(scenario)
    return [matrix.one_way_us(here, there) if here and there else 0 for here in every for there in every]


def executors(scenario: Scenario, phases: Integers | None, pace: Pace) -> Integers:
    """The rows of the executors."""
    rows = np.zeros((scenario.executor_count, at.EXECUTOR), np.int64)
    every, first = regions(scenario), 0
    for group in scenario.executors:
        these = rows[first : first + group.count]
        queue = group.capacity.queue
        these[:, at.E_ANSWERS] = group.behavior != "unresponsive"
        these[:, at.E_REFUSES] = group.behavior == "rejecting"
        these[:, at.E_VARIANT] = pace.paces.index(float(_pace(group)))
        these[:, at.E_MEMORY] = group.capacity.memory // MB
        if queue.constant is None:
            these[:, at.E_QUEUE] = pace.queues.index(queue)
        else:
            these[:, at.E_QUEUE] = at.QUEUE_LONG if queue.constant > MAX_QUEUE else at.QUEUE_SHORT
        these[:, at.E_ASKED_AT] = NONE
        these[:, at.E_REGION] = every.index(group.region) if every else 0
        first += group.count
    if phases is not None:
        rows[:, at.E_PHASE] = phases
    return rows


def wires(scenario: Scenario, sizes: Integers) -> Integers:
    """What each of these sizes takes on the wire, µs."""
    bandwidth = scenario.network.bandwidth
    if not bandwidth:
        return np.zeros(len(sizes), np.int64)
    different, place = np.unique(sizes, return_inverse=True)
    each = [min(LONGEST_US, round(size * 1_000_000 / bandwidth)) if size else 0 for size in different.tolist()]
    return np.array(each, np.int64)[place]


def pauses(scenario: Scenario) -> list[float]:
    """The longest pause before each retry, µs; the powers are Python's, whose last bits others do not share."""
    retry = scenario.retry
    most, base, factor = float(retry.backoff.max), retry.backoff.base, retry.backoff.factor
    return [min(most, base * factor ** min(number, LARGEST_POWER)) for number in range(retry.max_retries)]


def weights(scenario: Scenario) -> tuple[list[float], list[float], list[float]]:
    """Of each executor the sum of the weights up to it, its own, and its answer probability."""
    own = [float(group.weight) for group in scenario.group_of_each]
    return list(accumulate(own)), own, [float(group.answer_probability) for group in scenario.group_of_each]
