"""A run that is the same as another up to an instant, and has other draws from then on."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Branch:
    """Where the draws leave the scenario's seed.

    Attributes
    ----------
    at : the instant, µs; what is used from then on comes from the other seed: the delays and the
        fates of messages that are sent, the stages that begin. Arrivals and faults stay.
    seed : the other one.
    """

    at: int
    seed: int
