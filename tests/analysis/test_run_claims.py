"""The claims of the design in one run."""

from typing import Any

import pytest

import icnsim
from docs.programs.claims import CLAIMS
from icnsim.analysis import claims
from icnsim.analysis.run_claims import RunClaim, counted, run_claims

FEW: dict[str, Any] = {"workload.migrations": 600, "expect": {}}


def judged(scenario: str = "week4", **changes: object) -> dict[str, RunClaim]:
    run = icnsim.run(f"scenarios/{scenario}.yaml", FEW | changes)
    return {each.claim: each for each in run_claims(run.summary, run.scenario)}


def test_the_claims_of_a_run_are_those_of_the_page_of_claims() -> None:
    page = {claim.text for claim in CLAIMS}
    assert set(judged()) <= page
    assert set(claims.REASONS) <= page


def test_week4_confirms_the_delays_and_refutes_the_duration() -> None:
    found = judged()
    assert found[claims.DETECTED_AT_WORST].holds is True
    assert found[claims.AT_LEAST].holds is True
    assert found[claims.GENEROUS].holds is True
    assert found[claims.TYPICAL].holds is False
    assert found[claims.TYPICAL].why == claims.REASONS[claims.TYPICAL].fails
    assert next(iter(found.values())).holds is False  # the claims that fail come first


@pytest.mark.parametrize(
    ("key", "value", "claim"),
    [
        ("manager.check_interval", "10s", claims.DETECTED_AT_WORST),
        ("manager.timeout", "40s", claims.AT_LEAST),
        ("manager.retention", "2min", claims.REMOVED),
        ("manager.detector", {"kind": "deadline"}, claims.DETECTED_ON_AVERAGE),
    ],
)
def test_a_run_with_other_settings_does_not_test_the_design(key: str, value: Any, claim: str) -> None:
    found = judged(**{key: value})[claim]
    assert found.holds is None
    assert key in found.why


def test_a_run_without_detections_does_not_test_their_delay() -> None:
    found = judged(executors=[{"group": "a", "count": 10}])[claims.DETECTED_ON_AVERAGE]
    assert (found.holds, found.found) == (None, "")


def test_records_that_are_left_because_the_run_ends_early_refute_nothing() -> None:
    found = judged(drain="10s")[claims.BOUNDED]
    assert found.holds is None
    assert "set drain: " in found.why
    needed = found.why.rpartition("set drain: ")[2]
    assert judged(drain=needed)[claims.BOUNDED].holds is True


def test_lost_messages_leave_records_where_only_requesting_is_tracked() -> None:
    found = judged("stuck-later-states", drain="30min", **{"workload.migrations": 2000})
    assert found[claims.BOUNDED].holds is False
    assert found[claims.BOUNDED].why == claims.REASONS[claims.BOUNDED_WITH_LOSS].fails
    assert found[claims.STUCK].holds is True


def test_one_sentence_counts_the_claims() -> None:
    kinds = [RunClaim("", holds, "", "") for holds in (True, True, False, None)]
    assert counted(kinds) == "Of 4 claims of the design, 2 hold in this run, 1 fails, and 1 is not tested."
