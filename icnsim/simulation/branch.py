"""A run that equals another one up to an instant and has other draws from then on."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Branch:
    """Where the draws leave the scenario's seed.

    Attributes
    ----------
    at : the instant, µs. Messages sent and stages begun from then on take their draws from the other seed. Arrivals and
        faults keep the scenario's seed.
    seed : the other seed.
    """

    at: int
    seed: int
