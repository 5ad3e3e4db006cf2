"""The profiles bundle the switches as PROTOCOL sections 7 and 9 say, and each switch is documented."""

from dataclasses import fields, replace

import pytest

from icnsim.protocol.profile import CHOICES, FIXES, PROFILES, TRACKED, Switches
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


def test_each_switch_is_documented_once_in_the_order_of_the_hazards() -> None:
    assert sorted(each.switch for each in (*FIXES, *CHOICES)) == sorted(NAMES)
    hazards = [fix.hazard for fix in FIXES]
    assert hazards == sorted([*range(1, 16), *range(17, 25), 3, 13])  # two fixes each; 16: tracked states
    assert all(fix.without and fix.cost for fix in FIXES)
    assert all(choice.on and choice.off for choice in CHOICES)
    short = {fix.switch: fix.cost for fix in FIXES if len(fix.cost.split()) < 4}
    free = dict.fromkeys(("resume_on_failure", "deduplicate_by_attempt", "monotonic_clock"), "none")
    comparison = dict.fromkeys(("ordered_checkpoints", "verified_checkpoints"), "none: a comparison")
    assert short == free | comparison | {
        "addressed_accepts": "none: fewer deliveries",
        "spread_targets": "none: a draw",
    }


def test_a_switch_that_is_not_given_is_off() -> None:
    assert [name for name in NAMES if getattr(Switches(), name)] == []


def test_the_code_has_no_fix_but_one_vote_each_and_the_hardened_protocol_has_all() -> None:
    assert {name for name in NAMES if getattr(PROFILES["as-committed"], name)} == {"one_vote_each"}
    assert all(getattr(PROFILES["hardened"], name) for name in NAMES)


def test_the_implementation_is_the_code_with_hazards_23_and_24_repaired() -> None:
    repaired = {"final_checkpoint_of_state": True, "signed_checkpoints": True}
    assert PROFILES["as-implemented"] == replace(PROFILES["as-committed"], **repaired)


def test_the_design_is_in_between() -> None:
    on = {name for name in NAMES if getattr(PROFILES["as-designed"], name)}
    assert on == {
        "completion_ack", "guarded_transitions", "atomic_detection", "attempt_identifiers", "resume_on_failure",
        "addressed_accepts", "deduplicate_by_attempt", "ordered_checkpoints", "verified_checkpoints",
        "spread_targets", "bounded_retries", "one_vote_each", "durable_checkpoints", "final_checkpoint_of_state",
        "signed_checkpoints", "own_capacity", "early_verdict",
    }  # fmt: skip


def test_the_design_tracks_requesting_alone_and_the_others_every_active_state() -> None:
    assert TRACKED["as-designed"] == ("requesting",)
    assert set(TRACKED) == set(PROFILES)
    for profile in ("as-committed", "as-implemented", "hardened"):
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
