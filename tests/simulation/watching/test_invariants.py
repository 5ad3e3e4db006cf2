"""The monitor's reports on small runs with known times: the invariant, the time, the hazards and the trail."""

import pytest

from icnsim.recording.violations import Violation
from tests.simulation.small import S, simulated

TRACKED = {"manager.tracked_states": ["requesting", "checkpointing", "transferring", "restoring"]}


def found(*faults: str, **changes: object) -> dict[str, Violation]:
    """The violations of a run, by invariant."""
    seen = simulated(changes, *faults).observed
    assert {each.invariant for each in seen.violations} == {name for name, count in seen.counts.items() if count}
    return {violation.invariant: violation for violation in seen.violations}


def lost(kind: str) -> str:
    return f"kind: loss, at: 0s, messages: [{kind}]"


def test_a_completed_migration_violates_nothing() -> None:
    assert found() == {}


def test_an_actor_that_runs_at_both_ends_is_reported_when_the_second_copy_begins() -> None:
    """The source never gets the Ack of 3.2 s, times out in Transferring at the tick of 90 s and resumes the actor."""
    seen = found(lost("ack"), **TRACKED)
    assert seen["I1"].at == 90 * S and seen["I1"].hazards == (7,)
    assert seen["I8"].at == 90 * S
    assert [moment.what for moment in seen["I1"].trail][-2:] == ["enter failed by time_out", "run"]


def test_an_actor_whose_final_checkpoint_was_lost_runs_nowhere_at_the_end() -> None:
    seen = found(lost("complete"))
    assert seen["I2"].at == 600 * S and seen["I2"].hazards == (6,)


def test_an_actor_whose_record_can_still_time_out_is_not_missing() -> None:
    assert "I2" not in found(lost("complete"), drain="30s", **TRACKED)
    assert "I2" not in found(lost("complete"), drain="2min", **TRACKED)


@pytest.mark.parametrize(("more_us", "overdue"), [(0, False), (1000, True)])
def test_a_record_is_overdue_after_its_timeout_an_interval_and_a_tick(more_us: int, overdue: bool) -> None:
    """Nothing tracks Transferring as designed: it is bounded by 60 s, the interval of 30 s and 1 ms.

    The source enters it at 2.5 s, and the Ack leaves its target at 3.2 s.
    """
    delay_us = 2_500_000 + 90_001_000 - 3_400_000 + more_us
    seen = found(f"kind: reordering, at: 0s, messages: [ack], delay: {delay_us // 1000}ms")
    assert set(seen) == ({"I6"} if overdue else set())
    if overdue:
        assert seen["I6"].at == (2_500_000 + 90_001_000) and seen["I6"].hazards == ()


def test_a_target_that_completed_alone_disagrees_once_nothing_is_in_flight() -> None:
    late = "kind: reordering, at: 0s, messages: [ack], delay: 20min"
    assert "I8" in found(lost("ack"))
    assert "I8" not in found(late)
