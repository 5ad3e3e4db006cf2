"""Where each actor lives, and which actors are migrating."""

from itertools import compress, islice

from icnsim.protocol.messages import ActorId, ExecutorId


class Directory:
    """The federation's actors.

    Parameters
    ----------
    homes : for each actor the executor where it lives at the start.

    Attributes
    ----------
    home : for each actor the executor where its newest running copy is.
    migrating : for each actor 1 while its source's record is active.
    idle : how many actors are not migrating.
    """

    __slots__ = ("home", "idle", "migrating")

    def __init__(self, homes: list[ExecutorId]) -> None:
        self.home = homes
        self.migrating = bytearray(len(homes))
        self.idle = len(homes)

    def begin(self, actor: ActorId) -> None:
        """The actor, idle until now, begins to migrate."""
        self.migrating[actor] = 1
        self.idle -= 1

    def end(self, actor: ActorId) -> None:
        """Its migration has ended, one way or the other."""
        self.migrating[actor] = 0
        self.idle += 1

    def idle_actor(self, rank: int) -> ActorId:
        """The idle actor with that rank, from 0, in the order of actors."""
        free = (not migrating for migrating in self.migrating)
        return ActorId(next(islice(compress(range(len(self.migrating)), free), rank, None)))
