"""Counts the items of each actor that are in flight. An invariant "at rest" is checked when the count becomes 0.

An item is a copy of a message, a stage, a wait for a stalled process, or an active record. Items begin and end about
fifteen times per migration, so this is a hot path: the code that begins an item adds 1 to the actor's count itself. The
code that ends an item calls `end`, which calls listeners only when the last item has ended.
"""

from icnsim.protocol.messages import ActorId
from icnsim.simulation.hooks import Hooks


class Activity:
    """The items in flight.

    Attributes
    ----------
    items : for each actor (or submitted task) the number of its items.
    """

    __slots__ = ("_at_rest", "_ended", "items")

    def __init__(self, hooks: Hooks, actors: int) -> None:
        self.items = [0] * actors
        self._ended, self._at_rest = hooks.work_ended, hooks.actor_at_rest

    def end(self, actor: ActorId) -> None:
        """One item of the actor has ended; an actor without items is at rest."""
        items = self.items
        items[actor] = left = items[actor] - 1
        for ended in self._ended:
            ended()
        if not left:
            self.rest(actor)

    def rest(self, actor: ActorId) -> None:
        """Announce an actor with nothing in flight."""
        for at_rest in self._at_rest:
            at_rest(actor)
