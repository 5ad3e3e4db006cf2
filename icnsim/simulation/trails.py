"""What has lately happened to each actor, for the events that led to a violation.

Nearly every moment is never looked at, so noting one is all that must be cheap: moments of all
actors stand in one list, in their order, and noting one is `list.append`. Only where an actor's
trail is wanted are its moments picked out, in one pass for all the violations of a stretch. When
the list is full it becomes the older stretch and the one before is forgotten, but for the trails of
the actors that are not at rest. So a trail goes back by a stretch at least, and that of a
record that is stuck to where it began.
"""

from collections import deque
from collections.abc import Sequence
from typing import Final

Raw = tuple[int, int, str, int, int, int]
"""Actor, time (µs), what happened, executor, peer, and the recorder's row for the attempt; -1 for none of them."""

TRAIL: Final = 48
"""Moments of a trail: more than a migration with a retry has."""
LEAST: Final = 1 << 12
MOST: Final = 1 << 19
"""Moments of a stretch: as many as actors between these two, for the first is what a cache holds, and turning looks
at every actor; the last bounds the memory (160 MB)."""


class Trails:
    """The moments of a run's actors.

    Parameters
    ----------
    pending : for each actor whether something of it is under way. length : moments of a trail, at most.

    Attributes
    ----------
    moments : those of this stretch; to note one, append it.
    full : how many make it full.
    given : the trails that were wanted, in that order, once `give` has been called.
    """

    __slots__ = ("_kept", "_length", "_older", "_pending", "_wanted", "full", "given", "moments")

    def __init__(self, pending: Sequence[int], length: int) -> None:
        self.moments: list[Raw] = []
        self.full = min(max(LEAST, len(pending)), MOST)
        self._pending = pending
        self._length = length
        self._kept: dict[int, deque[Raw]] = {}
        self._older: list[Raw] = []
        self._wanted: list[tuple[int, int]] = []
        self.given: list[tuple[Raw, ...]] = []

    def want(self, actor: int) -> None:
        """Keep the actor's trail as it is now."""
        self._wanted.append((len(self.moments), actor))

    def turn(self) -> None:
        """Begin the next stretch."""
        self.give()
        kept = self._kept
        self._kept = {
            actor: kept.get(actor) or deque(maxlen=self._length)
            for actor, pending in enumerate(self._pending)
            if pending
        }
        self._pick(self._older, self._kept)
        self._older = self.moments[:]
        self.moments.clear()  # the same list, for whoever has bound its `append`

    def give(self) -> None:
        """Pick out the trails that are wanted of this stretch."""
        trails = {actor: self._of(actor) for _, actor in self._wanted}
        if not trails:
            return
        seen = 0
        self._pick(self._older, trails)
        for until, actor in self._wanted:
            self._pick(self.moments[seen:until], trails)
            seen = until
            self.given.append(tuple(trails[actor]))
        self._wanted.clear()

    def _of(self, actor: int) -> "deque[Raw]":
        """What is kept of an actor's past."""
        return deque(self._kept.get(actor, ()), maxlen=self._length)

    @staticmethod
    def _pick(moments: list[Raw], trails: "dict[int, deque[Raw]]") -> None:
        for moment in moments:
            if moment[0] in trails:
                trails[moment[0]].append(moment)
