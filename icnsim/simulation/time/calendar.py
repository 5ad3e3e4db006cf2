"""The ticks at which work is due, with one event in the queue at a time.

The ticks wait in a separate heap. Most of them are minutes ahead, and in the environment's queue they would slow down
each of its steps.
"""

from heapq import heappop, heappush
from typing import Protocol

from icnsim.recording.columns import NEVER
from icnsim.simulation.time.environment import TICK, Environment


class Ticking(Protocol):
    """A loop whose ticks are events if work is due."""

    def tick(self) -> None:
        """Do the work that is due; do nothing if the loop no longer ticks at this instant."""


class Calendar:
    """The due ticks of all loops; loops that tick at the same instant do so in the order of their keys.

    `priority` is the priority of the ticks among the events of their instant.
    """

    __slots__ = ("_armed", "_env", "_heap", "_priority")

    def __init__(self, env: Environment, priority: int = TICK) -> None:
        self._env = env
        self._priority = priority
        self._heap: list[tuple[int, int, Ticking]] = []
        self._armed = NEVER

    def add(self, when: int, key: int, loop: Ticking) -> None:
        """Let the loop tick at the instant `when`, µs. The same instant may be added twice."""
        heappush(self._heap, (when, key, loop))
        if self._armed == NEVER or when < self._armed:
            self._arm(when)

    def _arm(self, when: int) -> None:
        self._armed = when
        self._env.at(when, self._turn, None, self._priority)

    def _turn(self, _: None, __: int) -> None:
        heap, now = self._heap, self._env._now
        last = None
        while heap and heap[0][0] == now:
            loop = heappop(heap)[2]
            if loop is not last:
                loop.tick()
                last = loop
        if heap and self._armed <= now:
            self._arm(heap[0][0])
        elif not heap:
            self._armed = NEVER
