"""The invariants of PROTOCOL section 7 in words: what each one requires, and what happens if it is violated."""

from collections.abc import Mapping
from typing import Final, NamedTuple


class Invariant(NamedTuple):
    """What an invariant requires, as a sentence, and a violation of it, as a clause."""

    requires: str
    violated: str


INVARIANTS: Final[Mapping[str, Invariant]] = {
    "I1": Invariant("An actor has at most one running copy.", "two copies of an actor ran at the same time"),
    "I2": Invariant(
        "An actor has at least one running copy once nothing is in flight.", "an actor ran nowhere, for good"
    ),
    "I3": Invariant(
        "The restored state is the state that was paused.", "an actor was restored from a state that was not its newest"
    ),
    "I4": Invariant("An actor's checkpoint sequence never decreases.", "an actor's checkpoint sequence went back"),
    "I5": Invariant(
        "A record changes only on events of its current attempt.", "a record was changed by an event of another attempt"
    ),
    "I6": Invariant(
        "No active record is older than timeout + interval + one tick.", "a record stayed active for too long"
    ),
    "I7": Invariant(
        "The number of attempts of one migration is at most 1 + the maximum number of retries.",
        "a migration was attempted too often",
    ),
    "I8": Invariant(
        "Source and target agree on the outcome once nothing is in flight.",
        "source and target ended with different outcomes",
    ),
    "consensus": Invariant(
        "Each decision of a quorum has as many backers as executors that must agree.",
        "a quorum decided with too few executors behind it",
    ),
}
"""By the name of the invariant."""


def times(count: int) -> str:
    """How often something happened, as "once" or "1,006 times"."""
    return "once" if count == 1 else f"{count:,} times"
