"""The stays of records in tracked states, and the first instant at which a tick could find each too old.

They follow from the times of the attempts. A crash, which empties a manager's memory, is not taken into account.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

import numpy as np

from icnsim.protocol.states import State
from icnsim.recording.columns import NEVER, Recording
from icnsim.recording.integers import Column, Integers
from icnsim.scenario import Scenario
from icnsim.scenario.timeouts import SizedTimeout, at_size

STAYS: Final = {
    State.REQUESTING: ("source", "requested", ("accepted", "completed", "failed")),
    State.CHECKPOINTING: ("source", "accepted", ("checkpointed", "completed", "failed")),
    State.TRANSFERRING: ("source", "checkpointed", ("completed", "failed")),
    State.RESTORING: ("target", "admitted", ("restored", "target_failed")),
}
"""For each active state the executor, the time of entry, and the times that may be the end, in columns of attempts."""


@dataclass(frozen=True, slots=True)
class Stays:
    """Stays in tracked states, in the order of executors and entries. Times in µs.

    Attributes
    ----------
    due : from then on a tick finds the record too old if it is still there.
    left : when the record left the state; after `due` if it has not.
    """

    executor: Integers
    entered: Integers
    due: Integers
    left: Integers


def longest_timeout(recording: Recording, scenario: Scenario) -> int:
    """The longest timeout of a tracked state for the largest state of a run, ms, without overrides and adjustments."""
    largest = int(recording.attempts["state_bytes"].max(initial=0))
    return max(scenario.manager.limits.at(largest).values(), default=0)


def stays(recording: Recording, scenario: Scenario) -> Stays:
    """Every stay in a tracked state, of the executors whose managers tick."""
    attempts, lattices = recording.attempts, recording.lattices
    assert lattices is not None
    found: list[list[Integers]] = []
    limits = scenario.manager.limits
    for state in limits.tracked:
        side, entry, _ = STAYS[state]
        rows = np.flatnonzero((attempts[entry] != NEVER) & np.isin(attempts[side], lattices.executor))
        entered = attempts[entry][rows].astype(np.int64)
        left = ends_of(attempts, state, rows, entered)
        # A record is late if it is strictly older than the timeout, in whole ms.
        timeouts = _timeouts(limits.timeouts[state], attempts["state_bytes"][rows])
        due = (entered // 1000 + timeouts + 1) * 1000
        found.append([attempts[side][rows].astype(np.int64), entered, due, left])
    columns = [np.concatenate(parts) for parts in zip(*found)] if found else [np.zeros(0, np.int64)] * 4
    order = np.lexsort((columns[1], columns[0]))
    return Stays(*(column[order] for column in columns))


def ends_of(attempts: Mapping[str, Column], state: State, rows: Integers, entered: Integers) -> Integers:
    """When the records of these attempts left the state that they had entered, µs; the largest integer if never."""
    left: Integers = np.full(len(rows), np.iinfo(np.int64).max)
    for name in STAYS[state][2]:
        column = attempts[name][rows]
        left = np.where(column >= entered, np.minimum(left, column), left)
    return left


def _timeouts(timeout: int | SizedTimeout, sizes: Column) -> Integers:
    """The timeouts of actors with states of these sizes, bytes, in ms."""
    if not isinstance(timeout, SizedTimeout):
        return np.full(len(sizes), at_size(timeout, 0), np.int64)
    different, place = np.unique(sizes, return_inverse=True)
    timeouts: Integers = np.array([at_size(timeout, size) for size in different.tolist()], np.int64)
    return timeouts[place]
