"""Each message to an actor is at one place at the end."""

import pytest

from icnsim.recording.actormessages import conserved

COUNTS = {"sent": 10, "delivered": 5, "queued": 9, "lost": 3, "reordered": 1, "waiting": 2}


def test_counts_that_add_up_are_returned() -> None:
    assert conserved(COUNTS) is COUNTS


@pytest.mark.parametrize("changed", ["sent", "delivered", "lost", "waiting"])
@pytest.mark.parametrize("by", [-1, 1])
def test_counts_that_do_not_add_up_are_a_defect(changed: str, by: int) -> None:
    with pytest.raises(AssertionError, match="not conserved"):
        conserved(COUNTS | {changed: COUNTS[changed] + by})
