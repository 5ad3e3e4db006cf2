"""A run that equals another run up to an instant and has other draws afterwards."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Branch:
    """The instant from which the draws use another seed.

    Attributes
    ----------
    at : the instant, µs. Messages sent and stages begun from then on take their draws from the other seed. Arrivals and
        faults keep the scenario's seed.
    seed : the other seed.
    """

    at: int
    seed: int
