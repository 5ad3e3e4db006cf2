"""The history of faults of processes, clocks and links, for heartbeats that are computed later.

A heartbeat is not an event, so a fault cannot act on it while it travels. The history has the faults that were in
effect at each past instant. Of several changes of the links at one instant, the last one counts.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final

import numpy as np

from icnsim.draws.streams import Integers
from icnsim.simulation.executors.executor import Executor
from icnsim.simulation.hooks import Hooks
from icnsim.simulation.network.cuts import Cut, Disturbance, holds, loses
from icnsim.simulation.time.clock import EVEN
from icnsim.simulation.time.environment import Environment

RUNS, WAITS, DOWN = range(3)
"""A process receives arrivals; it is stopped, and arrivals wait; it has ended, and arrivals are lost."""
FAR: Final = 1 << 62
"""A time in the future."""


@dataclass(slots=True)
class ProcessPast:
    """The changes of one executor's process and clock.

    Attributes
    ----------
    times, states : the times of the changes, µs, ascending, and the state after each. A process runs before the first.
    ended : the times of its ends, µs. clock : the readings (µs) and rates of its monotonic clock, each from a time on.
    """

    times: list[int] = field(default_factory=list)
    states: list[int] = field(default_factory=list)
    ended: list[int] = field(default_factory=list)
    clock: list[tuple[int, int, int]] = field(default_factory=lambda: [(0, 0, EVEN)])


class ProcessPasts:
    """The past of every executor whose process or clock has changed."""

    def __init__(self, env: Environment, hooks: Hooks) -> None:
        self._env = env
        self._pasts: dict[int, ProcessPast] = {}
        hooks.executor_changed.append(self._changed)
        hooks.executor_irregular.append(self._irregular)

    def of(self, executor: int) -> ProcessPast | None:
        """The past of an executor; None if it has not changed."""
        return self._pasts.get(executor)

    def _changed(self, executor: Executor) -> None:
        past = self._pasts.setdefault(executor.id, ProcessPast())
        state = DOWN if not executor.up else WAITS if executor.stalled else RUNS
        if state == (past.states[-1] if past.states else RUNS):
            return
        past.times.append(self._env._now)
        past.states.append(state)
        if state == DOWN:
            past.ended.append(self._env._now)

    def _irregular(self, executor: Executor) -> None:
        past, now = self._pasts.setdefault(executor.id, ProcessPast()), self._env._now
        past.clock.append((now, executor.clock.at(now), executor.clock.rate))


def taken(past: ProcessPast, arrivals: Integers) -> tuple[Integers, Integers]:
    """The times at which a process receives arrivals, µs, FAR if it has not yet; and whether each one is lost."""
    times, states = np.array([0, *past.times]), np.array([RUNS, *past.states])
    # The state that ends the wait: a process in which arrivals wait runs or has ended next.
    found = np.searchsorted(times, arrivals, "right") - 1
    waits = states[found] == WAITS
    ends, after = np.append(times[1:], FAR), np.append(states[1:], WAITS)
    lost = (states[found] == DOWN) | (waits & (after[found] == DOWN))
    return np.where(waits, ends[found], arrivals), lost


def readings(past: ProcessPast, instants: Integers) -> Integers:
    """The readings of the executor's monotonic clock at these instants, both µs."""
    starts, bases, rates = zip(*past.clock, strict=True)
    found = (np.searchsorted(np.array(starts), instants, "right") - 1).tolist()
    shown = [bases[at] + (now - starts[at]) * rates[at] // EVEN for at, now in zip(found, instants.tolist())]
    return np.array(shown, dtype=np.int64)


@dataclass(slots=True, eq=False)
class Disturbed:
    """A disturbance that has begun, and the time of its end: FAR while it is in effect; both µs."""

    disturbance: Disturbance
    begin: int
    end: int


class LinksPast:
    """The partitions and disturbances so far.

    Attributes
    ----------
    times, cuts : the partitions in effect, each from a time on, µs, ascending; none from 0 on.
    disturbed : every disturbance in the order of their beginnings.
    """

    def __init__(self, env: Environment, hooks: Hooks) -> None:
        self._env = env
        self.times = [0]
        self.cuts: list[tuple[Cut, ...]] = [()]
        self.disturbed: list[Disturbed] = []
        hooks.links_changed.append(self._changed)

    def _changed(self, cuts: Sequence[Cut], disturbances: Sequence[Disturbance]) -> None:
        now = self._env._now
        if tuple(cuts) != self.cuts[-1]:
            if self.times[-1] != now:
                self.times.append(now)
                self.cuts.append(())
            self.cuts[-1] = tuple(cuts)
        going_on = [each for each in self.disturbed if each.end == FAR]
        for each in going_on:
            if each.disturbance not in disturbances:
                each.end = now
        known = [each.disturbance for each in going_on]
        self.disturbed += [Disturbed(each, now, FAR) for each in disturbances if each not in known]


class LinkPast:
    """The partitions of the link from one executor to another one so far."""

    __slots__ = ("_held", "_lost", "_past", "_receiver", "_sender")

    def __init__(self, past: LinksPast, sender: int, receiver: int) -> None:
        self._past, self._sender, self._receiver = past, sender, receiver
        self._lost: list[bool] = []
        self._held: list[bool] = []

    def arrivals(self, sent: Integers, due: Integers, now: int) -> tuple[Integers, Integers]:
        """The times at which heartbeats reach the receiver's end of the link, and whether a partition loses each.

        Parameters
        ----------
        sent, due : the times of sending, and of arrival over an open link, µs. now : µs; the past of the links is known
            until then. A heartbeat that is held then arrives at FAR.
        """
        times = self._known(now)
        if len(times) == 1:
            return due, np.zeros(len(due), bool)
        lost_in, held_in = np.array(self._lost), np.array(self._held)
        opens = np.full(len(times), FAR)  # for each state of the links, the next time at which the link holds nothing
        for number in range(len(times) - 2, -1, -1):
            opens[number] = opens[number + 1] if held_in[number + 1] else times[number + 1]
        state = np.searchsorted(times, sent, "right") - 1
        lost = lost_in[state]
        arrivals = np.where(held_in[state], np.maximum(opens[state], due), due)
        while True:
            state = np.searchsorted(times, arrivals, "right") - 1
            past = arrivals < now
            lost |= past & lost_in[state]
            held = past & ~lost & held_in[state]
            if not held.any():
                return arrivals, lost
            arrivals = np.where(held, opens[state], arrivals)

    def _known(self, now: int) -> Integers:
        """The times of the changes before now; stores the effect of each on this link."""
        times, cuts = self._past.times, self._past.cuts
        count = len(times) - (times[-1] >= now and len(times) > 1)
        for number in range(len(self._lost), count):
            self._lost.append(loses(cuts[number], self._sender, self._receiver))
            self._held.append(holds(cuts[number], self._sender, self._receiver))
        return np.array(times[:count])
