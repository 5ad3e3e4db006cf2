"""The boundaries of the target's policy."""

import pytest

from icnsim.protocol.policy import MIB, refusal


@pytest.mark.parametrize(
    ("memory", "queue", "size", "refused"),
    [
        (10 * MIB, 0, 10 * MIB, None),
        (10 * MIB - 1, 0, 10 * MIB, "not enough memory"),
        (10 * MIB, 0, 11 * MIB - 1, None),
        (10 * MIB, 20, MIB, None),
        (10 * MIB, 21, MIB, "queue too long"),
    ],
)
def test_equal_memory_and_exactly_twenty_tasks_are_accepted(
    memory: int, queue: int, size: int, refused: str | None
) -> None:
    assert refusal(memory, queue, size) == refused
