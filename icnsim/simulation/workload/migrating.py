"""The actors that are migrating; an arrival does not pick them."""

from icnsim.protocol.messages import ActorId


class Migrating:
    """Marks actors that are migrating, including the time between the attempts of a migration.

    Attributes
    ----------
    flags : for each actor 1 while it is migrating. idle : the number of actors that are not migrating.
    """

    __slots__ = ("flags", "idle")

    def __init__(self, actors: int) -> None:
        self.flags = bytearray(actors)
        self.idle = actors

    def begin(self, actor: ActorId) -> None:
        """Mark the actor as migrating."""
        self.flags[actor] = 1
        self.idle -= 1

    def end(self, actor: ActorId) -> None:
        """Mark the actor as not migrating."""
        self.flags[actor] = 0
        self.idle += 1
