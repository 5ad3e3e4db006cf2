"""The cost of each tick, and of the structure in which a manager finds the records that are too old.

Theory of operation. All structures find the same records at the same ticks; only their costs differ.

- A *scan* checks every active record: `detect` for each. It needs no upkeep. A manager without a detector that polls
  does not scan (`scanning`).
- A *heap* (Williams 1964) holds an entry for each stay in a tracked state, ordered by the instant from which the record
  is too old. An insertion, and the removal of the first entry, take as many comparisons as the heap has levels:
  ⌈log₂(n + 1)⌉ for n entries. Entries are deleted lazily (the implementation notes of Python's `heapq`): the entry of a
  record that has left its state stays until a tick takes it out. A record that is too old costs `detect`, too.
- A *wheel* (Varghese and Lauck 1987, "Hashed and hierarchical timing wheels") has slots that are as wide as
  `check_interval`, and as many of them as the longest timeout needs. A tick visits one slot. Insertion and deletion
  take the same time whatever the number of entries, and only records that are too old are left in a slot: `detect` for
  each.

Removing ended records costs `cleanup` for each, in all structures: they are in the order of their ends. Insertions and
deletions happen between the ticks, when a record enters or leaves a state. They are the upkeep, which is no part of a
tick.
"""

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final

import numpy as np

from icnsim.recording import actorgroups
from icnsim.recording.actorgroups import GROUPS, group_of
from icnsim.recording.clusters import FEW, Certainty, of_units
from icnsim.recording.columns import Recording
from icnsim.recording.cycles import busy_ticks, cycles
from icnsim.recording.integers import Integers
from icnsim.recording.lattices import Lattices, Numbering
from icnsim.recording.records import REMOVED
from icnsim.recording.scanning import scanned
from icnsim.recording.tracked import stays
from icnsim.recording.uncertainty import Unit
from icnsim.scenario import Scenario
from icnsim.scenario.manager import Costs


@dataclass(frozen=True, slots=True)
class TickCosts:
    """The costs of the ticks that did something, µs.

    Attributes
    ----------
    executor, at : of each tick. detect, cleanup : the costs of detection and of cleanup.
    idle : the cost of detection at a tick that did nothing.
    upkeep : of all insertions and deletions.
    """

    executor: Integers
    at: Integers
    detect: Integers
    cleanup: Integers
    idle: int
    upkeep: int


def tick_costs(recording: Recording, scenario: Scenario) -> TickCosts:
    """The costs of the manager's ticks; the recording has lattices."""
    assert recording.lattices is not None
    return STRUCTURES[scenario.manager.structure](recording, scenario, recording.lattices)


@dataclass(frozen=True, slots=True)
class CostGroups:
    """The costs of all ticks, µs.

    Attributes
    ----------
    cost, count : the costs that occur, and the number of ticks with each cost.
    upkeep : of all insertions and deletions.
    of_group : the cost of the records of each group of actors, at all ticks; None unless a tick scans all active
        records.
    """

    cost: Integers
    count: Integers
    upkeep: int
    of_group: Integers | None


def cost_groups(recording: Recording, scenario: Scenario) -> CostGroups:
    """The costs of all ticks; the recording has lattices."""
    costs, lattices = scenario.manager.costs, recording.lattices
    assert lattices is not None
    if scenario.manager.structure == "scan":  # the ticks between two records are not processed one by one
        records = recording.records
        found = cycles(*scanned(recording, scenario.manager), lattices)
        removed = group_of(records.actor[records.fate == REMOVED])
        of_group = costs.detect * found.scanned + costs.cleanup * np.bincount(removed, minlength=GROUPS)
        cost = costs.tick + costs.detect * found.active + costs.cleanup * found.removed
        return CostGroups(cost, found.count, 0, of_group)
    busy = tick_costs(recording, scenario)
    values, counts = np.unique(costs.tick + busy.detect + busy.cleanup, return_counts=True)
    idle = lattices.count() - len(busy.at)
    cost = np.append(values, costs.tick + busy.idle)
    return CostGroups(cost, np.append(counts, idle).astype(np.int64), busy.upkeep, None)


def certainty(of_group: Integers, ticks: int, recording: Recording, scenario: Scenario) -> Certainty | str:
    """The certainty of the mean cost of a tick, µs, if the costs of different actors are independent.

    If the number of migrations n is given instead of their duration, only the mean cost c of a migration varies with
    the actors. The time of the arrivals is random then, and the number of ticks with it. This adds c² var(n) with a
    var(n) of n (arrivals' time / simulated time)².

    Parameters
    ----------
    of_group : as in `CostGroups`. ticks : the number of all ticks.
    """
    sums, first = of_group.astype(np.float64), recording.attempts["attempt"] == 1
    count = int(first.sum())
    if scenario.duration is not None or count < FEW:
        return actorgroups.certainty(sums, scenario.actors.count, ticks, count)
    began = np.bincount(group_of(recording.attempts["actor"][first]), minlength=GROUPS)
    some = began > 0
    found = of_units(sums[some], began[some].astype(np.float64), Unit.ACTOR.value)
    if isinstance(found, str):
        return found
    varies = int(of_group.sum()) / math.sqrt(count) * (recording.window_end / recording.horizon)
    error = count * found.error
    return Certainty(math.sqrt(error * error + varies * varies) / ticks, found.freedom)


def detection_of_rows(recording: Recording, scenario: Scenario) -> Integers:
    """The cost of detection at each tick of `recording.ticks`, µs."""
    ticks = recording.ticks
    if scenario.manager.structure == "scan" or not len(ticks["at"]):
        active = scanned(recording, scenario.manager).ticks["active"]
        return active.astype(np.int64) * scenario.manager.costs.detect
    busy, numbering = tick_costs(recording, scenario), _numbering(recording)
    number = _numbers(numbering, recording)
    places = np.searchsorted(numbering.before(busy.executor, busy.at), number)
    found: Integers = busy.detect[places]
    return found


def _numbering(recording: Recording) -> Numbering:
    lattices, records = recording.lattices, recording.records
    assert lattices is not None
    return Numbering(lattices, 1 + max(int(lattices.executor.max(initial=0)), int(records.executor.max(initial=0))))


def _numbers(numbering: Numbering, recording: Recording) -> Integers:
    """The numbers of the ticks in `recording.ticks`; a tick that is not atomic writes after its instant."""
    ticks = recording.ticks
    numbers: Integers = numbering.before(ticks["executor"], ticks["at"].astype(np.int64) + 1) - 1
    return numbers


def _scanning(recording: Recording, scenario: Scenario, lattices: Lattices) -> TickCosts:
    costs, busy = scenario.manager.costs, busy_ticks(*scanned(recording, scenario.manager), lattices)
    detect, cleanup = costs.detect * busy["active"], costs.cleanup * busy["removed"]
    return TickCosts(busy["executor"], busy["at"], detect, cleanup, idle=0, upkeep=0)


def _heap(recording: Recording, scenario: Scenario, _: Lattices) -> TickCosts:
    costs, found, numbering = scenario.manager.costs, stays(recording, scenario), _numbering(recording)
    beyond = np.full(len(found.executor), recording.horizon)
    end = numbering.before(found.executor, beyond)
    popped = numbering.before(found.executor, found.due)
    taken = popped < end
    # Twice the number of a tick: an entry that no tick takes out goes between two executors.
    gone = np.sort(np.where(taken, 2 * popped, 2 * end - 1))
    entered = 2 * numbering.before(found.executor, found.entered)
    before = np.arange(len(entered)) - np.searchsorted(gone, entered, side="left")
    inserting = levels(np.maximum(before, 0) + 1)
    number, pops = np.unique(popped[taken], return_counts=True)
    held = np.searchsorted(entered, 2 * number, side="right") - np.searchsorted(gone, 2 * number, side="left")
    removing = number, pops * levels(held) * costs.compare
    return _costs(recording, costs, numbering, removing, 0, int(inserting.sum()) * costs.compare)


def _wheel(recording: Recording, scenario: Scenario, _: Lattices) -> TickCosts:
    costs, found = scenario.manager.costs, stays(recording, scenario)
    early = int((found.left < np.minimum(found.due, recording.horizon)).sum())
    upkeep = (len(found.left) + early) * costs.link
    none = np.zeros(0, dtype=np.int64)
    return _costs(recording, costs, _numbering(recording), (none, none), costs.slot, upkeep)


def _costs(
    recording: Recording,
    costs: Costs,
    numbering: Numbering,
    more: tuple[Integers, Integers],
    idle: int,
    upkeep: int,
) -> TickCosts:
    """The costs of the ticks that failed or removed a record, and of those with other work of detection.

    Parameters
    ----------
    more : the numbers of the ticks with other work, and its cost at each.
    """
    ticks, rows = recording.ticks, _numbers(numbering, recording)
    others, cost = more
    busy = np.unique(np.concatenate([rows, others]))
    detect, cleanup = np.full(len(busy), idle, dtype=np.int64), np.zeros(len(busy), dtype=np.int64)
    places = np.searchsorted(busy, rows)
    np.add.at(detect, places, ticks["timed_out"].astype(np.int64) * costs.detect)
    np.add.at(cleanup, places, ticks["removed"].astype(np.int64) * costs.cleanup)
    detect[np.searchsorted(busy, others)] += cost
    return TickCosts(numbering.executors(busy), numbering.instants(busy), detect, cleanup, idle, upkeep)


def levels(entries: Integers) -> Integers:
    """The levels of heaps with these numbers of entries, at least 1: ⌈log₂(n + 1)⌉."""
    found: Integers = np.frexp(entries.astype(np.float64))[1].astype(np.int64)
    return found


Counting = Callable[[Recording, Scenario, Lattices], TickCosts]
STRUCTURES: Final[Mapping[str, Counting]] = {"scan": _scanning, "heap": _heap, "wheel": _wheel}
"""The function that counts the costs of each `manager.structure`."""
