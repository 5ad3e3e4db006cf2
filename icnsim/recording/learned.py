"""The amounts that the detectors of a run have learned from answers."""

from typing import Final, NamedTuple


class Learned(NamedTuple):
    """The amounts that the detectors of all executors have learned.

    Attributes
    ----------
    samples : the number of answers that they have learned from.
    numbers : the number of values that they have kept for that, and for questions whose answers may come late: the
        sum of the maxima of all executors.
    """

    samples: int
    numbers: int


NOTHING_LEARNED: Final = Learned(0, 0)
"""The value of a run whose detectors do not learn."""
