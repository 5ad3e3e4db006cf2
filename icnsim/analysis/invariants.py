"""The invariants in words: their requirements and the meaning of a violation. Source: PROTOCOL.md section 7."""

from collections.abc import Mapping
from typing import Final

VIOLATED: Final[Mapping[str, str]] = {
    "I1": "two copies of an actor run at once",
    "I2": "an actor runs nowhere",
    "I3": "the restored state differs from the state that was paused",
    "I4": "the checkpoint sequence of an actor decreases",
    "I5": "a record changes on an event of an older attempt",
    "I6": "a record stays active for longer than timeout, interval and one tick",
    "I7": "a migration has more attempts than its retries allow",
    "I8": "source and target disagree on the outcome",
    "consensus": "a quorum counts a vote that it must not count",
    "defect": "the simulation itself fails",
}
"""The meaning of a violation of each invariant. `defect` is an error of icnsim that `icnsim check` found."""

REQUIRED: Final[Mapping[str, str]] = {
    "I1": "An actor has at most one running copy.",
    "I2": "An actor has at least one running copy once nothing is in flight.",
    "I3": "The restored state is the state that was paused.",
    "I4": "The checkpoint sequence of an actor never decreases.",
    "I5": "A record changes only on events of its current attempt.",
    "I6": "No active record is older than timeout + interval + one tick.",
    "I7": "The number of attempts of one migration is at most 1 + the maximum number of retries.",
    "I8": "Source and target agree on the outcome once nothing is in flight.",
    "consensus": "As many executors support each decision of a quorum as must agree.",
}
"""The requirement of each invariant."""


def times(count: int) -> str:
    """Returns a count as "once" or "1,006 times"."""
    return "once" if count == 1 else f"{count:,} times"
