"""How much of each actor is in flight: what must be gone before an invariant "at rest" can be checked.

An item is a copy of a message, a stage, a wait for a stalled process, or an active record. Items begin and end about
fifteen times per migration. So whoever begins an item adds 1 to the actor's count itself, and whoever ends one calls
`end`, which calls listeners only when the last item is gone.
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
        """One item of the actor has ended; without any the actor is at rest."""
        items = self.items
        items[actor] = left = items[actor] - 1
        for ended in self._ended:
            ended()
        if not left:
            self.rest(actor)

    def rest(self, actor: ActorId) -> None:
        """Nothing of the actor is in flight."""
        for at_rest in self._at_rest:
            at_rest(actor)
