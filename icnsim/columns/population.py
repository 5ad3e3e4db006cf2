"""The actors of a scenario before the first arrival: their homes, state sizes and settings."""

from fnmatch import fnmatchcase
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from icnsim.columns.kernel import layout as at
from icnsim.draws.population import homes
from icnsim.draws.streams import Integers, draws
from icnsim.protocol.states import ACTIVE, State
from icnsim.recording.integers import Column
from icnsim.recording.violations import UNTRACKED_MS
from icnsim.scenario import Scenario
from icnsim.scenario.detector import Detector
from icnsim.scenario.manager import Limits, Manager

Booleans = NDArray[np.bool_]


class Population(NamedTuple):
    """The actors of a scenario. A column has one row if all actors are alike.

    Attributes
    ----------
    actors : the number of actors.
    homes : the executor of each actor at the start; shape (actors,).
    sizes : state sizes, bytes; shape (actors,) or (1,).
    settings : rows of the layout `S_…`; shape (settings, SETTING).
    setting_of : the row of each actor; shape (actors,) or (1,).
    polls : for each setting whether the manager's ticks find records that are too old; shape (settings,).
    """

    actors: int
    homes: Integers
    sizes: Integers
    settings: Integers
    setting_of: Integers
    polls: Booleans

    def size_of(self, actor: Column) -> Integers:
        """The state sizes of these actors, bytes."""
        return self.sizes[actor] if len(self.sizes) > 1 else np.broadcast_to(self.sizes[0], len(actor))

    def setting(self, actor: Column) -> Integers:
        """The rows of the settings of these actors."""
        of_each = self.setting_of
        return of_each[actor] if len(of_each) > 1 else np.broadcast_to(of_each[0], len(actor))

    def polled(self, actor: Column) -> Booleans:
        """For each of these actors whether only the manager's ticks look for its records that are too old."""
        return self.polls[self.setting(actor)]


def population(scenario: Scenario) -> Population:
    """The actors of a scenario with their homes, sizes and settings."""
    actors = scenario.actors
    if actors.state_size.constant is not None:
        sizes = np.array([round(actors.state_size.constant)], np.int64)
    else:
        sizes = draws(scenario.seed, "state_size", actors.state_size, actors.count)
    return Population(actors.count, homes(scenario), sizes, *_settings(scenario, sizes))


class _Own(NamedTuple):
    """The settings that the manager, or an override, gives to actors; retention in ms."""

    limits: Limits
    retention: int
    detector: Detector


def _settings(scenario: Scenario, sizes: Integers) -> tuple[Integers, Integers, Booleans]:
    """The settings, the row of each actor, and whether each row polls.

    The manager and each override have a row. If timeouts depend on the sizes of states, they have a row for each size
    that their actors have.
    """
    manager = scenario.manager
    given = [_Own(manager.limits, manager.retention // 1000, manager.detector)]
    for override in manager.overrides:
        retention = manager.retention if override.retention is None else override.retention
        limits = manager.limits.after(override)
        given.append(_Own(limits, retention // 1000, override.detector or manager.detector))
    of_each, size_of_each = np.broadcast_arrays(
        _given_to(manager, scenario.actors.count, sizes), sizes if manager.by_size else np.zeros(1, np.int64)
    )
    tables, polls = [], []
    setting_of = np.zeros(len(of_each), np.int64)
    first = 0
    for number, own in enumerate(given):
        actors = np.flatnonzero(of_each == number)
        different, place = np.unique(size_of_each[actors], return_inverse=True)
        setting_of[actors] = first + place
        first += len(different)
        tables.append(_rows(scenario, own, different))
        polls.append(np.full(len(different), own.detector.kind == "poll"))
    return np.concatenate(tables), setting_of, np.concatenate(polls)


def _given_to(manager: Manager, actors: int, sizes: Integers) -> Integers:
    """For each actor the number of its override, from 1, or 0 without one; one row if all actors are alike."""
    found = np.zeros(actors if manager.overrides else 1, np.int64)
    for number, override in enumerate(manager.overrides, 1):
        large = np.broadcast_to(sizes >= (override.min_state_size or 0), found.shape)
        pattern = override.pattern
        digits = pattern.removeprefix("actor-")
        if pattern in ("*", "actor-*"):
            found[large] = number
        elif pattern.startswith("actor-") and digits.isdecimal():
            if str(int(digits)) == digits and int(digits) < len(found) and large[int(digits)]:
                found[int(digits)] = number
        else:
            for actor in np.flatnonzero(large).tolist():
                if fnmatchcase(f"actor-{actor}", pattern):
                    found[actor] = number
    return found


def _rows(scenario: Scenario, own: _Own, sizes: Integers) -> Integers:
    """Rows of the settings, one for each size of state, bytes; shape (sizes, SETTING)."""
    manager = scenario.manager
    rows = np.zeros((len(sizes), at.SETTING), np.int64)
    rows[:, at.S_RETENTION] = own.retention
    rows[:, at.S_STEP] = step = _step(own.detector, manager.check_interval)
    timeouts = [own.limits.at(size) for size in sizes.tolist()]
    for state in ACTIVE:
        rows[:, at.S_TIMEOUT + state] = timeout = np.array([each.get(state, 0) for each in timeouts], np.int64)
        limit = np.where(timeout > 0, timeout, UNTRACKED_MS) if manager.enabled else UNTRACKED_MS
        rows[:, at.S_BOUND + state] = limit + step // 1000 + 1
        rows[:, at.S_LIMIT + state] = limit * 1000
    request = np.array([each.get(State.REQUESTING, UNTRACKED_MS) for each in timeouts], np.int64) * 1000
    limits = rows[:, at.S_LIMIT + State.REQUESTING : at.S_LIMIT + State.RESTORING + 1].min(axis=1)
    rows[:, at.S_SHORT] = np.minimum(np.minimum(limits, scenario.protocol.message_lifetime), request // 2 - 1000)
    return rows


def _step(detector: Detector, interval: int) -> int:
    """The time between two looks of a detector, µs; a timer looks at any instant."""
    if detector.kind == "poll":
        return interval
    return 1 if detector.tick is None else detector.tick
