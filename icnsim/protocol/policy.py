"""What a target's policy looks at when it decides on a Request."""

from typing import Final

MIB: Final = 1024 * 1024
MB: Final = 1_000_000

MAX_QUEUE: Final = 20
"""A target with more tasks than this in its queue refuses; exactly as many it accepts."""


def refusal(memory_bytes: int, queue: float, size_bytes: int) -> str | None:
    """Why a target refuses an actor with that much state; None if it accepts.

    It refuses when its free memory in whole MB is less than the state's whole MiB, or when
    more than 20 tasks queue (PROTOCOL, policies, *Accept*).
    """
    if memory_bytes // MB < size_bytes // MIB:
        return "not enough memory"
    if queue > MAX_QUEUE:
        return "queue too long"
    return None
