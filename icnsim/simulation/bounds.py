"""How old a record may become in an active state (I6): its timeout, an interval and a tick.

An age is the smaller of two, by virtual time and by the executor's own clock, without the time
in which its process stood still: neither a clock that drifts nor a stalled process is the
protocol's fault.
"""

from icnsim.protocol.messages import ActorId
from icnsim.protocol.states import State
from icnsim.recording.columns import NEVER

Ages = tuple[int, int]
"""Two readings, ms, of virtual time and of an executor's monotonic clock, without what its process stood still."""


class Bounds:
    """The bounds that hold now, ms.

    Attributes
    ----------
    least : indexed by `State`: what no actor's is below, µs.
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
        """From `now` on: each state's timeout, for some actors their own, and the interval and the tick, ms.

        A record that entered its state before has the largest timeout and slack that there have been.
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
        """How old a record may become that entered the state then."""
        own = self._own.get(actor)
        bound = (self._usual if own is None else own)[state]
        return max(bound, self._largest[state] + self._slack) if entered[0] <= self._changed else bound
