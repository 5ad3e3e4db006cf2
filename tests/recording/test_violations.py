"""What a plain run has violated follows from its columns, one small recording a violation."""

from collections.abc import Mapping

import numpy as np
import pytest

from icnsim.recording.derived import violations as derived
from icnsim.recording.violations import INVARIANTS, Violation
from icnsim.simulation.federation import simulate
from tests.recording.builder import S, recording, scenario
from tests.reference.generator import generated

BEGUN = {"requested": 10 * S, "admitted": 12 * S, "accepted": 13 * S, "checkpointed": 16 * S, "target": 1}
ARRIVED = {**BEGUN, "transferred": 17 * S, "restored": 18 * S}
TRACKED = "manager: {tracked_states: [requesting, checkpointing, transferring, restoring]}\n"


def found(row: Mapping[str, int], more: str = "", pending: int | None = None) -> dict[str, Violation]:
    run = recording([row], pending=None if pending is None else np.array([pending]))
    seen = derived(run, scenario(more))
    assert {v.invariant for v in seen.violations} == {name for name, count in seen.counts.items() if count}
    return {violation.invariant: violation for violation in seen.violations}


def test_a_completed_migration_violates_nothing() -> None:
    assert found({**ARRIVED, "completed": 19 * S}) == {}


def test_an_actor_that_runs_at_both_ends_is_seen_when_the_second_copy_begins() -> None:
    row = {**ARRIVED, "failed": 20 * S, "failure": 1, "duplicate_run": 7 * S}
    seen = found(row)
    assert seen["I1"].at == 20 * S and seen["I1"].hazards == (7,)
    assert seen["I8"].at == 20 * S
    assert [moment.what for moment in seen["I1"].trail][-2:] == ["run", "enter failed"]


def test_an_actor_whose_final_checkpoint_was_lost_runs_nowhere() -> None:
    seen = found(BEGUN)
    assert seen["I2"].at == 1000 * S and seen["I2"].hazards == (6,)


@pytest.mark.parametrize(("more", "pending"), [("", 0), (TRACKED, None)])
def test_what_is_in_flight_or_can_still_time_out_is_not_missing(more: str, pending: int | None) -> None:
    assert "I2" not in found(BEGUN, more, pending)


def test_a_record_is_overdue_after_its_timeout_an_interval_and_a_tick() -> None:
    seen = found(ARRIVED)
    assert seen["I6"].at == 16 * S + 60 * S + 30 * S + S // 1000
    assert seen["I6"].hazards == (16,)
    just = {**ARRIVED, "completed": 16 * S + 90 * S + S // 1000}
    assert found(just) == {}
    assert set(found({**just, "completed": just["completed"] + 1})) == {"I6"}


@pytest.mark.parametrize("seed", [*range(0, 240, 4), 19, 103, 161, 306, 396, 444, 453, 1301, 1314, 1333, 1444])
def test_the_columns_tell_what_a_monitor_sees(seed: int) -> None:
    """Where no actor runs twice: there the two federations differ on purpose (docs/decisions/0005).

    With duplication a target may hold a second record of an attempt, for which the columns have no room.
    """
    generated_scenario = generated(seed)
    plain, watched = simulate(generated_scenario), simulate(generated_scenario)
    assert watched.observed is not None
    told = derived(plain, generated_scenario).counts
    if told["I1"] or watched.observed.counts["I1"]:
        assert told["I3"] is told["I4"] is told["I5"] is None
        return
    for name in INVARIANTS:
        assert told[name] in (None, watched.observed.counts[name]), name
