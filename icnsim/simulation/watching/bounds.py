"""The maximum age of a record in an active state (I6): the timeout of the state and the slack of its detector.

The slack is one interval and one tick if the detector polls, 1 ms if it has a timer for each record, and a tick and
1 ms if it has a wheel.

The age of a record is the smaller of two ages, by virtual time and by the executor's own clock. Both exclude the time
for which the process was stalled. Therefore neither a drifting clock nor a stalled process violates the invariant.
Ticks that fail do not count as ticks: each of them increases the maximum age of the records that it should have scanned
by one interval.
"""

from typing import Final

from icnsim.protocol.messages import ActorId, ExecutorId
from icnsim.protocol.states import State
from icnsim.recording.columns import NEVER

UNBOUNDED_MS: Final = 1 << 50
"""The slack of a detector that learns: its timeout may exceed the one that the scenario gives."""

Ages = tuple[int, int]
"""Readings of virtual time and of an executor's monotonic clock, without the time of stalls, ms."""


class Bounds:
    """The bounds in force.

    Attributes
    ----------
    least : by `State`, the lower limit of all actors' bounds, µs.
    """

    __slots__ = ("_changed", "_common", "_failed", "_largest", "_own", "_slack", "least")

    def __init__(self) -> None:
        self.least: list[int] = []
        self._common: list[int] = []
        self._own: dict[ActorId, list[int]] = {}
        self._largest = [0] * len(State)
        self._slack = 0
        self._changed = NEVER
        self._failed: dict[ExecutorId, list[tuple[int, int]]] = {}

    def bind(self, timeouts: list[int], slack: int, own: dict[ActorId, tuple[list[int], int]], now: int) -> None:
        """Set the bounds that are in force from `now` on.

        A record that entered its state earlier has the largest timeout and slack that were in force until then.

        Parameters
        ----------
        timeouts : the timeout of each state, ms.
        slack : the longest time from a deadline until the detector finds it, ms: interval plus tick if it polls.
        own : the timeouts and the slack of actors with overrides, ms.
        now : µs.
        """
        if self._common:
            self._changed = now
        self._slack = max(slack, self._slack)
        self._largest = [max(pair) for pair in zip(self._largest, timeouts, strict=True)]
        self._common = [timeout + slack for timeout in timeouts]
        self._own = {actor: [timeout + more for timeout in each] for actor, (each, more) in own.items()}
        self.least = [min(of_all) * 1000 for of_all in zip(self._common, *self._own.values(), strict=True)]

    def age(self, entered: Ages, clock: Ages) -> int:
        """The age of a record between two readings, ms."""
        return min(clock[0] - entered[0], clock[1] - entered[1])

    def tick_failed(self, executor: ExecutorId, now: int, interval: int) -> None:
        """A tick of an executor's loop fails; `now` is the virtual time without stalls and `interval` follows, ms."""
        self._failed.setdefault(executor, []).append((now, interval))

    def of(self, actor: ActorId, state: State, entered: Ages, executor: ExecutorId) -> int:
        """The maximum age at an executor of a record that entered the state at these readings, ms."""
        own = self._own.get(actor)
        bound = (self._common if own is None else own)[state]
        if entered[0] <= self._changed:
            bound = max(bound, self._largest[state] + self._slack)
        return bound + sum(interval for at, interval in self._failed.get(executor, ()) if at >= entered[0])
