"""The counts of messages to actors, and their law: each message sent is delivered, lost or refused, or waits."""

from collections.abc import Mapping
from typing import Final

COUNTED: Final = ("sent", "delivered", "queued", "lost", "reordered", "waiting", "refused")
"""`queued` and `reordered` count messages that are also counted under another name."""


def places(counts: Mapping[str, int]) -> dict[str, int]:
    """The number of messages at each place where a sent message can be at the end."""
    return {name: counts[name] for name in ("delivered", "lost", "waiting", "refused")}
