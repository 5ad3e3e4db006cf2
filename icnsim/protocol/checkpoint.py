"""The checkpoint store of one executor: the newest checkpoint of each actor.

Only sequence numbers are kept, for nothing in the protocol looks inside of a checkpoint.
"""

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
