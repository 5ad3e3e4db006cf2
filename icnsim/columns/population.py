"""The actors of a scenario before the first arrival: their first hosts, state sizes and settings."""

from collections.abc import Mapping
from fnmatch import fnmatchcase
from typing import NamedTuple

import numpy as np

from icnsim.columns.kernel import layout as at
from icnsim.draws.streams import Integers, draws
from icnsim.protocol.states import ACTIVE, State
from icnsim.recording.columns import Column
from icnsim.recording.violations import UNTRACKED_MS
from icnsim.scenario import Scenario
from icnsim.scenario.schema import OtherTimeouts


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
    row[at.S_SHORT] = min(*limits, scenario.protocol.message_lifetime, request // 2 - 1000)
    return row
