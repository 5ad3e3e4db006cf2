"""The checkpoint store of one executor: the newest checkpoint of each actor.

Only sequence numbers are kept, for nothing in the protocol looks inside of a checkpoint.
"""

from icnsim.protocol.messages import ActorId


class CheckpointStore:
    """Keeps the sequence number of each actor's newest checkpoint; 0 means none yet."""

    __slots__ = ("_newest",)

    def __init__(self) -> None:
        self._newest: dict[ActorId, int] = {}

    def newest(self, actor: ActorId) -> int:
        """Sequence number of the actor's newest checkpoint, 0 without one."""
        return self._newest.get(actor, 0)

    def store(self, actor: ActorId, sequence: int) -> bool:
        """Keep a checkpoint unless it is stale: not newer than the kept one. True if kept."""
        if sequence <= self._newest.get(actor, 0):
            return False
        self._newest[actor] = sequence
        return True

    def mint(self, actor: ActorId) -> int:
        """Make the actor's next checkpoint and keep it; its sequence number."""
        self._newest[actor] = sequence = self._newest.get(actor, 0) + 1
        return sequence
