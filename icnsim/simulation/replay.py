"""A run of some of a scenario's arrivals, whose actors are known.

Actors affect each other only through which of them an arrival picks. If the picks are given, the events of some
actors are the same without those of all others.
"""

from dataclasses import dataclass

import numpy as np

from icnsim.draws.streams import Integers


@dataclass(frozen=True, slots=True, eq=False)
class Replay:
    """The arrivals to process, ascending, and the actor that each one picks."""

    numbers: Integers
    actors: Integers

    def distinct_actors(self) -> list[int]:
        """The actors that occur, each once, ascending."""
        found: list[int] = np.unique(self.actors).tolist()
        return found
