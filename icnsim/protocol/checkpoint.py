"""The checkpoint store of one executor, and the schedule on which an actor makes checkpoints.

The store contains only sequence numbers, because no part of the protocol reads a checkpoint's state.
"""

from typing import Final, NamedTuple

from icnsim.protocol.messages import ActorId


class CheckpointStore(dict[ActorId, int]):
    """The sequence number of each actor's newest checkpoint; an actor without one is absent.

    Numbers count from 1, and 0 means no checkpoint. The code counts from 0.

    Attributes
    ----------
    unsigned : the actors whose newest checkpoint was signed with a key that is not its executor's (hazard 24).
    """

    __slots__ = ("unsigned",)

    def __init__(self) -> None:
        super().__init__()
        self.unsigned: set[ActorId] = set()

    def store(self, actor: ActorId, sequence: int) -> bool:
        """Store a checkpoint unless it is stale, which means not newer than the stored one. True if it was stored."""
        if sequence <= self.get(actor, 0):
            return False
        self[actor] = sequence
        self.unsigned.discard(actor)
        return True

    def mint(self, actor: ActorId) -> int:
        """Make the actor's next checkpoint and store it; its sequence number."""
        self[actor] = sequence = self.get(actor, 0) + 1
        return sequence

    def clear(self) -> None:
        """Forget all checkpoints."""
        super().clear()
        self.unsigned.clear()


class Schedule(NamedTuple):
    """When an actor that runs makes checkpoints of itself; all times in one unit.

    It begins one after each `interval` of run time. Making one takes `cost`, during which the actor does no work if it
    `pauses`. The checkpoint is stored `flush` after it is made. It contains the work that the actor had done when the
    checkpoint began.
    """

    interval: int
    cost: int = 0
    flush: int = 0
    pauses: bool = False

    def stored(self, ran: int) -> int:
        """The number of checkpoints that are stored after a run time."""
        return max(0, (ran - self.cost - self.flush) // self.interval)

    def work(self, ran: int) -> int:
        """The work done in a run time: the time without the pauses for checkpoints."""
        begun, since = divmod(ran, self.interval)
        if not self.pauses or not begun:
            return ran
        return ran - (begun - 1) * self.cost - min(since, self.cost)

    def saved(self, ran: int) -> int:
        """The part of the work that is stored."""
        return self.work(self.stored(ran) * self.interval)


NO_CHECKPOINTS: Final = Schedule(1 << 62)
"""The schedule of an actor whose state is too large for a checkpoint."""
