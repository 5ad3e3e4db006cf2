"""The cost of detection: the section `detector` of the summary.

With `poll`, it is the work of the manager's ticks and of their structure, without cleanup. Every other detector watches
each stay of a record in a tracked state (`Watched`):

- A timer costs `costs.timer` when it is set, and again when it fires or is cancelled. It keeps two numbers: its
  deadline and its record.
- A wheel costs `costs.slot` at each of its ticks, `costs.link` for each insertion and each deletion, and `costs.detect`
  for each record that it fails. It keeps a number for each slot, and two for each record that waits.
- An answer from which a detector learns costs `costs.sample`. Memory is needed for the numbers that a detector keeps,
  and for the questions that were given up and whose answers may come late.
- A heartbeat costs `costs.heartbeat` at its sender, and again at its receiver.

The stays follow from the times of the attempts. An adjustment that gives waiting records new deadlines, and a source in
doubt that waits again, are not counted again.
"""

from collections.abc import Iterator, Mapping
from fnmatch import fnmatchcase
from typing import Any, Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from icnsim.protocol.detectors.timingwheel import SLOTS
from icnsim.protocol.states import State
from icnsim.recording import peaks
from icnsim.recording.columns import NEVER, TIMED_OUT, Recording
from icnsim.recording.integers import Column, Integers
from icnsim.recording.tracked import STAYS, ends_of
from icnsim.scenario import Scenario
from icnsim.scenario.manager import Limits, Manager, Override

NUMBER_BYTES: Final = 8
WAITING_NUMBERS: Final = 2
"""The numbers that are kept for a record that waits: its deadline and which record it is."""


class Watched(NamedTuple):
    """The stays that detectors of one kind watch.

    Attributes
    ----------
    wheel : whether they have wheels; otherwise they have timers.
    entered, left : when each record entered its state and left it, µs; the end of the run if it has not left.
    gone, fired : whether each record has left its state, and whether the detector has failed it.
    """

    wheel: bool
    entered: Integers
    left: Integers
    gone: NDArray[np.bool_]
    fired: NDArray[np.bool_]


def figures(recording: Recording, scenario: Scenario, ticks_us: int) -> dict[str, Any]:
    """The section `detector`.

    Parameters
    ----------
    ticks_us : the cost of detection at the manager's ticks and of the upkeep of their structure, µs.
    """
    costs, lattices = scenario.manager.costs, recording.lattices
    watched = [] if lattices is None else list(_watched(recording, scenario))
    cost = ticks_us + recording.learned.samples * costs.sample + 2 * recording.heartbeats * costs.heartbeat
    for each in watched:
        if each.wheel:
            fired, gone = int(each.fired.sum()), int(each.gone.sum())
            cost += (len(each.entered) + gone - fired) * costs.link + fired * costs.detect
        else:
            cost += 2 * len(each.entered) * costs.timer
    slots = 0
    for ticks in recording.wheels.values():
        cost += ticks.count() * costs.slot
        slots += ticks.loops * SLOTS
    entered = np.concatenate([np.zeros(0, np.int64), *(each.entered for each in watched)])
    left = np.concatenate([np.zeros(0, np.int64), *(each.left for each in watched)])
    most = peaks.peak(entered, left) if len(entered) else 0
    return {
        "timers": len(entered),
        "timers_peak": most,
        "samples": recording.learned.samples,
        "heartbeats": recording.heartbeats,
        "cost_s": cost / 1e6,
        "memory_bytes": NUMBER_BYTES * (WAITING_NUMBERS * most + slots + recording.learned.numbers),
    }


def cost_of_firings(firings: Mapping[str, Column], scenario: Scenario) -> Integers:
    """The cost of each row of `Recording.firings`, µs: that of the timers that fired, or of a tick of the wheel.

    If some actors have timers and others a wheel, each row is taken for timers.
    """
    costs, timed_out = scenario.manager.costs, firings["timed_out"].astype(np.int64)
    if scenario.manager.detectors.keys() - {"poll"} == {"wheel"}:
        return costs.slot + costs.detect * timed_out
    return costs.timer * timed_out


def _watched(recording: Recording, scenario: Scenario) -> Iterator[Watched]:
    """The stays that have timers or wait in wheels, by the settings in force when they began."""
    manager, attempts = scenario.manager, recording.attempts
    assert recording.lattices is not None
    managed, override_of = recording.lattices.executor, _overrides(recording, scenario)
    for start, stop, limits, kind in _periods(manager, recording.horizon + 1):
        for number, override in enumerate((None, *manager.overrides)):
            own_kind, own_limits = _own(override, kind, limits)
            if own_kind == "poll":
                continue
            for state in own_limits.tracked:
                side, entry, _ = STAYS[state]
                times = attempts[entry]
                some = (times != NEVER) & (times >= start) & (times < stop) & np.isin(attempts[side], managed)
                if len(override_of):
                    some &= override_of[attempts["actor"]] == number
                yield _stays(attempts, state, np.flatnonzero(some), recording.horizon, wheel=own_kind == "wheel")
            if not len(override_of):
                break


def _stays(attempts: Any, state: State, rows: Integers, horizon: int, *, wheel: bool) -> Watched:
    _, entry, _ = STAYS[state]
    entered = attempts[entry][rows].astype(np.int64)
    left = ends_of(attempts, state, rows, entered)
    gone = left <= horizon
    if state is State.RESTORING:
        fired = gone & (attempts["target_failed"][rows] == left)
    else:
        late = (attempts["failure"][rows] == TIMED_OUT) & (attempts["failed_in"][rows] == state)
        fired = gone & late & (attempts["failed"][rows] == left)
    return Watched(wheel, entered, np.minimum(left, horizon), gone, fired)


def _periods(manager: Manager, end: int) -> Iterator[tuple[int, int, Limits, str]]:
    """The periods [start, stop), µs, with the manager's limits and the kind of its detector in each."""
    start, limits, kind = 0, manager.limits, manager.detector.kind
    for change in manager.adjustments:
        yield start, change.at, limits, kind
        start, limits = change.at, limits.after(change)
        kind = kind if change.detector is None else change.detector.kind
    yield start, end, limits, kind


def _own(override: Override | None, kind: str, limits: Limits) -> tuple[str, Limits]:
    """The kind of detector and the limits of the actors of an override."""
    if override is None:
        return kind, limits
    return kind if override.detector is None else override.detector.kind, limits.after(override)


def _overrides(recording: Recording, scenario: Scenario) -> Integers:
    """For each actor the number of the last override that matches it, from 1; 0 without. Empty without overrides."""
    overrides = scenario.manager.overrides
    if not overrides:
        return np.zeros(0, np.int64)
    names = scenario.actor_names
    found = np.zeros(max(len(names), int(recording.attempts["actor"].max(initial=0)) + 1), np.int64)
    for number, override in enumerate(overrides, 1):
        fits = np.array([fnmatchcase(name, override.pattern) for name in names], np.bool_)
        found[: len(names)][fits & _large(recording, len(found), override.min_state_size or 0)[: len(names)]] = number
    return found


def _large(recording: Recording, actors: int, least: int) -> NDArray[np.bool_]:
    """For each actor whether its state has at least this number of bytes; actors without an attempt do not matter."""
    sizes = np.zeros(actors, np.int64)
    sizes[recording.attempts["actor"]] = recording.attempts["state_bytes"]
    return sizes >= least
