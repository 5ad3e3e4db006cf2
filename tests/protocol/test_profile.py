"""The profiles bundle the fixes as PROTOCOL section 7 has them, and every switch is told of."""

from dataclasses import fields

import pytest

from icnsim.protocol.profile import FIXES, PROFILES, TRACKED, Switches
from icnsim.protocol.states import (
    ACTIVE,
    CANCELLATION,
    HANDOVER,
    RECOVERY,
    TORN_DETECTION,
    TRANSITIONS,
    UNGUARDED,
    State,
    table,
)
from tests.protocol.notes import switches

NAMES = [field.name for field in fields(Switches)]


def test_each_switch_is_told_of_once_in_the_order_of_the_hazards() -> None:
    assert sorted(fix.switch for fix in FIXES) == sorted(NAMES)
    hazards = [fix.hazard for fix in FIXES]
    assert hazards == sorted(hazards)
    assert set(hazards) == {*range(1, 23)} - {16}  # tracked states
    assert all(fix.without and fix.cost for fix in FIXES)


def test_the_implementation_has_no_fix_and_the_hardened_protocol_has_all() -> None:
    assert not any(getattr(PROFILES["as-implemented"], name) for name in NAMES)
    assert all(getattr(PROFILES["hardened"], name) for name in NAMES)


def test_the_design_is_in_between() -> None:
    on = {name for name in NAMES if getattr(PROFILES["as-designed"], name)}
    assert on == {
        "completion_ack", "guarded_transitions", "atomic_detection", "attempt_identifiers", "resume_on_failure",
        "addressed_accepts", "deduplicate_by_attempt", "ordered_checkpoints", "verified_checkpoints",
        "spread_targets", "bounded_retries", "one_vote_each",
    }  # fmt: skip


def test_the_design_tracks_requesting_alone_and_the_others_every_active_state() -> None:
    assert TRACKED["as-designed"] == ("requesting",)
    assert set(TRACKED) == set(PROFILES)
    for profile in ("as-implemented", "hardened"):
        assert TRACKED[profile] == tuple(state.label for state in ACTIVE)


@pytest.mark.parametrize(
    ("turned", "more", "less"),
    [
        ({}, HANDOVER.items() | RECOVERY.items(), {((State.TRANSFERRING, 8), State.FAILED)}),
        ({"guarded_transitions": False}, HANDOVER.items() | RECOVERY.items() | UNGUARDED.items(), None),
        ({"atomic_detection": False}, HANDOVER.items() | RECOVERY.items() | TORN_DETECTION.items(), None),
        ({"durable_records": False}, HANDOVER.items(), None),
        ({"two_phase_handover": False}, CANCELLATION.items() | RECOVERY.items(), set()),
        ({"completion_ack": False}, HANDOVER.items() | RECOVERY.items(), None),
    ],
)
def test_a_switch_adds_its_rows_to_the_table_and_takes_those_that_it_forbids(
    turned: dict[str, bool], more: set[object], less: set[object] | None
) -> None:
    rows, designed = table(switches(**turned)).items(), TRANSITIONS.items()
    assert rows - designed == more
    assert designed - rows == ({((State.TRANSFERRING, 8), State.FAILED)} if less is None else less)


def test_without_any_answer_to_complete_there_is_no_row_for_it() -> None:
    missing = set(TRANSITIONS) - set(table(PROFILES["as-implemented"]))
    assert [(state.label, event.label) for state, event in missing] == [("transferring", "ack")]
