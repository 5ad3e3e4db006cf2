"""The checkpoint store of one executor, and when an actor makes the checkpoints that are in it.

Only sequence numbers are kept, for nothing in the protocol looks inside of a checkpoint.
"""

from typing import Final, NamedTuple

from icnsim.protocol.messages import ActorId


class CheckpointStore(dict[ActorId, int]):
    """The sequence number of each actor's newest checkpoint; an actor without one is absent."""

    __slots__ = ()

    def store(self, actor: ActorId, sequence: int) -> bool:
        """Keep a checkpoint unless it is stale: not newer than the kept one. True if kept."""
        if sequence <= self.get(actor, 0):
            return False
        self[actor] = sequence
        return True

    def mint(self, actor: ActorId) -> int:
        """Make the actor's next checkpoint and keep it; its sequence number."""
        self[actor] = sequence = self.get(actor, 0) + 1
        return sequence


class Schedule(NamedTuple):
    """When an actor that runs makes checkpoints of itself; all times in one unit.

    It begins one every `interval` of the time for which it has run since it began; making one takes `cost`, for
    which it stands still if it `pauses`; and it is stored `flush` after it is made. What is in it is what the
    actor had done when it began to be made.
    """

    interval: int
    cost: int = 0
    flush: int = 0
    pauses: bool = False

    def stored(self, ran: int) -> int:
        """How many of them are stored once it has run for so long."""
        return max(0, (ran - self.cost - self.flush) // self.interval)

    def work(self, ran: int) -> int:
        """How much it has done in that time: the time less that for which it stood still."""
        begun, since = divmod(ran, self.interval)
        if not self.pauses or not begun:
            return ran
        return ran - (begun - 1) * self.cost - min(since, self.cost)

    def saved(self, ran: int) -> int:
        """How much of what it has done is stored."""
        return self.work(self.stored(ran) * self.interval)


NO_CHECKPOINTS: Final = Schedule(1 << 62)
"""Of an actor whose state is too large for one."""
