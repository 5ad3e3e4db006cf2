"""Clocks that are set or drift, damaged checkpoints, and Accepts of executors that were not asked.

A share between 0 and 1 is compared so that a right program fails with a probability of at most 1e-5.
"""

import pytest
from scipy import stats

from icnsim.recording.columns import Recording
from tests.simulation.small import STEPS, messages, simulated, times, took_effect

SILENT = {"executors": [{"group": "a", "count": 1}, {"group": "b", "count": 1, "behavior": "unresponsive"}]}
"""The Request of 0 s is never answered: its age is above 60 s at the tick of 90 s."""

MONOTONIC = {"protocol.monotonic_clock": True}


def failed(*faults: str, **changes: object) -> float:
    return times(simulated(SILENT | changes, *faults))["failed"]


def step(by: str, at: str = "1s", executors: str = "a-0") -> str:
    return f"kind: clock_step, executors: {executors}, at: {at}, by: {by}"


def drift(rate: float, at: str = "0s", lasting: str = "1h") -> str:
    return f"kind: clock_drift, executors: a-0, at: {at}, for: {lasting}, rate: {rate}"


# clock_step


def test_a_step_forward_makes_a_record_older_than_it_is() -> None:
    assert failed() == 90
    assert failed(step("2min")) == 30
    assert failed(step("31s")) == 30  # 61 s > 60 s
    assert failed(step("30s")) == 60  # 90 s > 60 s
    assert failed(step("1ms")) == 60  # 60.001 s > 60 s


def test_a_step_back_makes_it_younger() -> None:
    assert failed(step("-2min")) == 210
    assert failed(step("-30s")) == 120
    assert failed(step("-29999ms")) == 90


def test_steps_add_up() -> None:
    assert failed(step("2min"), step("-2min", at="2s")) == 90
    assert failed(step("-2min"), step("-2min", at="2s")) == 330


def test_a_step_before_a_record_begins_or_elsewhere_does_not_matter() -> None:
    assert failed(step("2min", at="0s")) == 90
    assert failed(step("2min", executors="b-0")) == 90


def test_a_monotonic_clock_has_no_steps() -> None:
    assert failed(step("2min"), **MONOTONIC) == failed(step("-2min"), **MONOTONIC) == 90


def test_a_step_makes_cleanup_come_early_or_late() -> None:
    def removed(*faults: str, **changes: object) -> float:
        return int(simulated(changes, *faults).attempts["removed"][0]) / 1e6

    assert removed() == 330  # 300 s after 3.4 s, at a tick
    assert removed(step("2min", at="10s")) == 210
    assert removed(step("-2min", at="10s")) == 450
    assert removed(step("2min", at="10s"), **MONOTONIC) == 330


def test_messages_between_clocks_that_disagree_expire_early() -> None:
    expiring = {"protocol.message_expiry": True}
    assert "admitted" not in times(simulated(expiring, step("61s", at="0s", executors="b-0")))
    assert times(simulated(expiring | MONOTONIC, step("61s", at="0s", executors="b-0"))) == STEPS


# clock_drift


def test_a_drift_changes_the_ages_and_the_interval_of_the_loop() -> None:
    # The loop ticks at 30 s, 60 s and 90 s of its clock. At 60 s the age is not above the timeout.
    assert failed(drift(2)) == 45
    assert failed(drift(0.5)) == 180
    assert failed(drift(1.25)) == 72


def test_a_drift_moves_the_monotonic_clock_as_well() -> None:
    assert failed(drift(2), **MONOTONIC) == 45
    assert failed(drift(0.5), **MONOTONIC) == 180


def test_the_time_that_a_clock_has_gained_stays_when_the_drift_ends() -> None:
    assert failed(drift(1.5, at="10s", lasting="10s")) == 85  # the clock shows 5 s more from 20 s on
    assert failed(drift(0.5, at="10s", lasting="1min")) == 120  # and here 30 s less from 70 s on


def test_a_drift_changes_no_stage() -> None:
    assert times(simulated(None, drift(2))) == STEPS


def test_two_drifts_that_overlap_end_independently() -> None:
    # 5 s at 10 s, 7.5 s at 20 s, and then half of the time: 90 s at 185 s
    assert failed(drift(0.5, lasting="200s"), drift(0.5, at="10s", lasting="10s")) == 185


# corrupt_checkpoint


def damaged(lasting: str = "1h", how: str = "corrupt", at: str = "0s", probability: float = 1) -> str:
    about = f"executors: a-0, at: {at}, for: {lasting}, how: {how}, probability: {probability}"
    return f"kind: corrupt_checkpoint, {about}"


def counts(run: Recording) -> dict[str, int | None]:
    return {invariant: count for invariant, count in run.observed.counts.items() if count}


def test_without_verification_an_empty_checkpoint_is_restored() -> None:
    run = simulated({"protocol.verified_checkpoints": False}, damaged(how="empty"))
    assert times(run) == STEPS
    assert counts(run) == {"I3": 1}
    (violation,) = run.observed.violations
    assert violation.evidence == "the restored checkpoint is empty" and violation.hazards == (12,)
    assert violation.at == 3_200_000 and violation.trail[-1].what == "enter complete by restore"


@pytest.mark.parametrize(("how", "verified"), [("corrupt", True), ("empty", True), ("corrupt", False)])
def test_with_verification_it_is_not_restored_and_a_corrupt_one_never(how: str, verified: bool) -> None:
    run = simulated({"protocol.verified_checkpoints": verified}, damaged(how=how))
    assert times(run) == {name: at for name, at in STEPS.items() if at <= 2.5}
    assert "I3" not in counts(run) and took_effect(run) == {"corrupt_checkpoint": 1}


@pytest.mark.parametrize("how", ["corrupt", "empty"])
def test_the_hardened_target_rejects_the_checkpoint_and_the_actor_runs_at_its_source(how: str) -> None:
    run = simulated({"protocol.profile": "hardened"}, damaged(how=how))
    assert times(run) == {name: at for name, at in STEPS.items() if at <= 2.5} | {"failed": 2.9, "target_failed": 2.7}
    assert run.reasons[int(run.attempts["reason"][0])] == "Checkpoint refused"
    assert run.attempts["downtime"].tolist() == [2_400_000]
    assert counts(run) == {}


def test_only_checkpoints_made_at_that_executor_in_that_time_are_damaged() -> None:
    assert took_effect(simulated(None, damaged(lasting="2400ms"))) == {}
    assert took_effect(simulated(None, damaged(at="2600ms"))) == {}
    assert took_effect(simulated(None, damaged(at="2400ms", lasting="200ms"))) == {"corrupt_checkpoint": 1}
    assert took_effect(simulated(None, damaged().replace("a-0", "b-0"))) == {}
    assert took_effect(simulated(None, damaged(probability=0))) == {}


def test_a_share_of_the_checkpoints_is_damaged() -> None:
    many = {"actors.count": 1000, "workload.migrations": 500, "workload.arrivals.rate": "500/s"}
    run = simulated(many, damaged(probability=0.3))
    assert stats.binomtest(took_effect(run)["corrupt_checkpoint"], 500, 0.3).pvalue > 1e-5
    assert int((run.attempts["restored"] < 0).sum()) == took_effect(run)["corrupt_checkpoint"]


@pytest.mark.parametrize(
    ("first", "second", "befallen"),
    [
        (("0s", "1s", 1), ("500ms", "4s", 1), True),  # the end of the first must not end the second
        (("0s", "1s", 1), ("500ms", "1s", 1), False),  # the end of the second must not bring the first back
        (("0s", "4s", 1), ("500ms", "4s", 0), True),  # the second must not keep the first from it
    ],
)
def test_two_that_overlap_end_independently(
    first: tuple[str, str, float], second: tuple[str, str, float], befallen: bool
) -> None:
    faults = [damaged(at=at, lasting=lasting, probability=share) for at, lasting, share in (first, second)]
    assert took_effect(simulated(None, *faults)) == ({"corrupt_checkpoint": 1} if befallen else {})


# forge: c-0, which is never asked, overhears what b-0 does not answer

OVERHEARD = {
    "executors": [
        {"group": "a", "count": 1},
        {"group": "b", "count": 1, "behavior": "unresponsive"},
        {"group": "c", "count": 1, "hosts_actors": False, "weight": 0},
    ]
}
FORGE = "kind: forge, executors: c-0, at: 0s"


def test_without_verified_origins_the_actor_goes_to_the_forger() -> None:
    run = simulated(OVERHEARD, FORGE)
    # The forger's steps are in its records; the columns are those of the target that was asked.
    assert times(run) == {"requested": 0, "accepted": 0.4, "checkpointed": 2.4, "completed": 3.3}
    assert run.message_log is not None
    assert run.message_log["sender"].tolist() == [0, 2, 0, 2] and run.message_log["receiver"].tolist() == [1, 0, 2, 0]
    assert took_effect(run) == {"forge": 1}


def test_with_verified_origins_the_accept_is_ignored() -> None:
    run = simulated(OVERHEARD | {"protocol.verified_origins": True}, FORGE)
    assert (times(run)["requested"], times(run)["failed"]) == (0, 90) and "accepted" not in times(run)
    assert run.observed.hazards[21] >= 1
    assert [kind for kind, *_ in messages(run)] == ["request", "accept"]


@pytest.mark.parametrize("fault", [f"{FORGE}, probability: 0", FORGE.replace("0s", "1s"), FORGE.replace("c-0", "b-0")])
def test_no_accept_is_forged_with_probability_0_at_another_time_or_by_the_target_itself(fault: str) -> None:
    run = simulated(OVERHEARD, fault)
    assert times(run) == {"requested": 0, "failed": 90} and took_effect(run) == {}
