"""The counts of messages to actors, and the law that they obey: whatever is sent is delivered, is lost, or waits."""

from collections.abc import Mapping
from typing import Final

COUNTED: Final = ("sent", "delivered", "queued", "lost", "reordered", "waiting")
"""`queued` and `reordered` tell more about messages that are in one of the others."""


def places(counts: Mapping[str, int]) -> dict[str, int]:
    """How many messages are at each place where a sent message can be at the end."""
    return {name: counts[name] for name in ("delivered", "lost", "waiting")}
