"""Draws of a search from one stream per purpose, so that another kind of fault does not change the other draws."""

from collections.abc import Sequence
from typing import Final, TypeVar

from icnsim.draws.streams import uniforms
from icnsim.elementary.single import exp, log

T = TypeVar("T")
BLOCK: Final = 32
"""Numbers drawn at once; a multiple of 4, as `uniforms` requires."""


class Dice:
    """The numbers of one stream, one after the other.

    Parameters
    ----------
    seed : of the search. purpose : the name of the stream.
    """

    __slots__ = ("_drawn", "_purpose", "_seed", "_used")

    def __init__(self, seed: int, purpose: str) -> None:
        self._seed = seed
        self._purpose = purpose
        self._drawn: list[float] = []
        self._used = 0

    def share(self) -> float:
        """A number uniform on [0, 1)."""
        if self._used == len(self._drawn):
            self._drawn += uniforms(self._seed, self._purpose, BLOCK, len(self._drawn)).tolist()
        self._used += 1
        return self._drawn[self._used - 1]

    def chance(self, probability: float) -> bool:
        """True with that probability."""
        return self.share() < probability

    def whole(self, low: int, high: int) -> int:
        """A whole number from low to high, each equally likely."""
        return low + int(self.share() * (high - low + 1))

    def pick(self, items: Sequence[T]) -> T:
        """One of several, each equally likely."""
        return items[int(self.share() * len(items))]

    def some(self, items: Sequence[T]) -> list[T]:
        """A subset that is not empty, in the order of the items."""
        chosen = [item for item in items if self.chance(0.5)]
        return chosen or [self.pick(items)]

    def scale(self, low: float, high: float) -> float:
        """A number from low to high whose logarithm is uniform: short times are as likely as long ones."""
        return low * exp(self.share() * log(high / low))
