"""The actors that are migrating: an arrival picks none of them."""

from icnsim.protocol.messages import ActorId


class Migrating:
    """Which actors are migrating, between the attempts of a migration too.

    Attributes
    ----------
    flags : for each actor 1 while it is migrating. idle : the number of actors that are not migrating.
    """

    __slots__ = ("flags", "idle")

    def __init__(self, actors: int) -> None:
        self.flags = bytearray(actors)
        self.idle = actors

    def begin(self, actor: ActorId) -> None:
        """A migration of the actor begins."""
        self.flags[actor] = 1
        self.idle -= 1

    def end(self, actor: ActorId) -> None:
        """The migration has ended."""
        self.flags[actor] = 0
        self.idle += 1
