"""Where each actor lives, and which actors are migrating."""

from itertools import compress, islice


class Directory:
    """The federation's actors.

    Parameters
    ----------
    homes : for each actor the executor where it lives at the start.

    Attributes
    ----------
    home : for each actor the executor where its newest running copy is.
    migrating : for each actor 1 while its source's record is active.
    """

    __slots__ = ("home", "migrating")

    def __init__(self, homes: list[int]) -> None:
        self.home = homes
        self.migrating = bytearray(len(homes))

    def idle(self) -> int:
        """How many actors are not migrating."""
        return self.migrating.count(0)

    def idle_actor(self, rank: int) -> int:
        """The idle actor with that rank, from 0, in the order of actors."""
        free = (not migrating for migrating in self.migrating)
        return next(islice(compress(range(len(self.migrating)), free), rank, None))
