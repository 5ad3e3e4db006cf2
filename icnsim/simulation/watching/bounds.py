"""How old a record may become in an active state (I6): the state's timeout, an interval and one tick.

An age is the smaller of two: by virtual time and by the executor's own clock. Both leave out the time for which the
process stood still. So neither a drifting clock nor a stalled process violates the invariant.
"""

from icnsim.protocol.messages import ActorId
from icnsim.protocol.states import State
from icnsim.recording.columns import NEVER

Ages = tuple[int, int]
"""Readings of virtual time and of an executor's monotonic clock, without the time of stalls, ms."""


class Bounds:
    """The bounds that are in force, ms.

    Attributes
    ----------
    least : indexed by `State`: the lower limit of all actors' bounds, µs.
    """

    __slots__ = ("_changed", "_largest", "_own", "_slack", "_usual", "least")

    def __init__(self) -> None:
        self.least: list[int] = []
        self._usual: list[int] = []
        self._own: dict[ActorId, list[int]] = {}
        self._largest = [0] * len(State)
        self._slack = 0
        self._changed = NEVER

    def bind(self, timeouts: list[int], slack: int, own: dict[ActorId, list[int]], now: int) -> None:
        """From `now` on: the timeout of each state, the timeouts of actors with their own, and interval plus tick, ms.

        A record that entered its state earlier has the largest timeout and slack that were in force until then.
        """
        if self._usual:
            self._changed = now
        self._slack = max(slack, self._slack)
        self._largest = [max(pair) for pair in zip(self._largest, timeouts, strict=True)]
        self._usual = [timeout + slack for timeout in timeouts]
        self._own = {actor: [timeout + slack for timeout in theirs] for actor, theirs in own.items()}
        self.least = [min(of_all) * 1000 for of_all in zip(self._usual, *self._own.values(), strict=True)]

    def age(self, entered: Ages, clock: Ages) -> int:
        """How old a record has become between two readings."""
        return min(clock[0] - entered[0], clock[1] - entered[1])

    def of(self, actor: ActorId, state: State, entered: Ages) -> int:
        """How old a record that entered the state at these readings may become."""
        own = self._own.get(actor)
        bound = (self._usual if own is None else own)[state]
        return max(bound, self._largest[state] + self._slack) if entered[0] <= self._changed else bound
