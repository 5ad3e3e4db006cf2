"""The actors of a scenario before the first arrival: their homes, state sizes and settings."""

from collections.abc import Mapping
from fnmatch import fnmatchcase
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from icnsim.columns.kernel import layout as at
from icnsim.draws.population import homes
from icnsim.draws.streams import Integers, draws
from icnsim.protocol.states import ACTIVE, State
from icnsim.recording.columns import Column
from icnsim.recording.violations import UNTRACKED_MS
from icnsim.scenario import Scenario
from icnsim.scenario.detector import Detector
from icnsim.scenario.manager import Manager

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
    polls : for each setting whether the manager's ticks look for records that are too old; shape (settings,).
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
    settings, setting_of = _settings(scenario, sizes)
    detectors = _detectors(scenario.manager)
    polls = np.array([detector.kind == "poll" for detector in detectors])
    return Population(actors.count, homes(scenario), sizes, settings, setting_of, polls)


def _settings(scenario: Scenario, sizes: Integers) -> tuple[Integers, Integers]:
    """The settings and the row of each actor: row 0 is the manager's own, and each override adds a row."""
    manager = scenario.manager
    detectors = _detectors(manager)
    rows = [_setting(scenario, scenario.timeouts_ms, manager.retention // 1000, detectors[0])]
    setting_of = np.zeros(scenario.actors.count if manager.overrides else 1, np.int64)
    for override, detector in zip(manager.overrides, detectors[1:], strict=True):
        timeouts = manager.limits.after(override).at(0)
        retention = manager.retention if override.retention is None else override.retention
        rows.append(_setting(scenario, timeouts, retention // 1000, detector))
        large = np.broadcast_to(sizes >= (override.min_state_size or 0), setting_of.shape)
        pattern = override.pattern
        number = pattern.removeprefix("actor-")
        if pattern in ("*", "actor-*"):
            setting_of[large] = len(rows) - 1
        elif pattern.startswith("actor-") and number.isdecimal():
            if str(int(number)) == number and int(number) < len(setting_of) and large[int(number)]:
                setting_of[int(number)] = len(rows) - 1
        else:
            for actor in np.flatnonzero(large).tolist():
                if fnmatchcase(f"actor-{actor}", pattern):
                    setting_of[actor] = len(rows) - 1
    return np.array(rows, np.int64), setting_of


def _detectors(manager: Manager) -> list[Detector]:
    """The manager's detector, and that of each override."""
    return [manager.detector, *(override.detector or manager.detector for override in manager.overrides)]


def _setting(scenario: Scenario, timeouts: Mapping[State, int], retention: int, detector: Detector) -> list[int]:
    """A row of the settings."""
    manager = scenario.manager
    row = [0] * at.SETTING
    row[at.S_RETENTION] = retention
    row[at.S_STEP] = step = _step(detector, manager.check_interval)
    for state in ACTIVE:
        timeout = timeouts.get(state, 0)
        limit = timeout if timeout and manager.enabled else UNTRACKED_MS
        row[at.S_TIMEOUT + state] = timeout
        row[at.S_BOUND + state] = limit + step // 1000 + 1
        row[at.S_LIMIT + state] = limit * 1000
    request = timeouts.get(State.REQUESTING, UNTRACKED_MS) * 1000
    limits = row[at.S_LIMIT + State.REQUESTING : at.S_LIMIT + State.RESTORING + 1]
    row[at.S_SHORT] = min(*limits, scenario.protocol.message_lifetime, request // 2 - 1000)
    return row


def _step(detector: Detector, interval: int) -> int:
    """The time between two looks of a detector, µs; a timer looks at any instant."""
    if detector.kind == "poll":
        return interval
    return 1 if detector.tick is None else detector.tick
