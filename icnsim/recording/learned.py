"""How much the detectors of a run have learned from answers."""

from typing import Final, NamedTuple


class Learned(NamedTuple):
    """What the detectors of all executors have learned.

    Attributes
    ----------
    samples : the number of answers that they have learned from.
    numbers : how many numbers they have kept for that, and for questions whose answers may come late: the sum of the
        most that each executor has kept of each.
    """

    samples: int
    numbers: int


NOTHING_LEARNED: Final = Learned(0, 0)
"""Of a run whose detectors do not learn."""
