"""The invariants in words: what a violation of each means for an operator. Source: PROTOCOL.md section 7."""

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
"""What a violation of each invariant means. `defect` is an error of icnsim that `icnsim check` found."""
