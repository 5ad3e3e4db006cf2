"""Votes on final checkpoints before they are sent: the effect of each verdict, and its time.

Accept arrives at 0.5 s and the final checkpoint is made at 2.5 s. Three voters are asked then. Their results arrive
0.5 s later: two messages of 0.2 s and an evaluation of 0.1 s.
"""

from collections import Counter
from collections.abc import Mapping
from typing import Any

import pytest

from icnsim.protocol.messages import Kind
from icnsim.recording.columns import Recording
from icnsim.recording.quorum import VERDICTS
from icnsim.recording.summary import summarise
from icnsim.scenario import loads
from icnsim.simulation import simulate
from tests.simulation.small import NEVER, S, messages, simulated, times
from tests.simulation.tasks.test_ballots import BASE, LIAR, OTHER_LIAR, TWO_AGREE

ON = {"quorum.on": ["checkpoint"]}
SILENT = {**LIAR, "executors.2.lies": "silent"}


def voted(changes: Mapping[str, object] | None = None, *faults: str, **more: object) -> Recording:
    return simulated({**ON, **(changes or {})}, *faults, base=BASE, **more)


def vote(run: Recording, row: int = 0) -> dict[str, Any]:
    """The row of a vote; times in s."""
    assert run.checkpoint_votes is not None
    found = {name: int(column[row]) for name, column in run.checkpoint_votes.items()}
    at = {name: found[name] if found[name] == NEVER else found[name] / S for name in ("asked", "decided")}
    return {**found, **at, "verdict": VERDICTS[found["verdict"]]}


def has(run: Recording, row: int = 0, **expected: object) -> None:
    found = vote(run, row)
    assert {name: found[name] for name in expected} == expected


def reasons(run: Recording) -> list[str]:
    return [run.reasons[code] for code in run.attempts["reason"]]


def fails_at(run: Recording, at: float) -> None:
    """The attempt has failed at that time for the quorum's verdict, and the actor runs at its source again."""
    assert times(run)["failed"] == at
    assert reasons(run) == ["Checkpoint not agreed"]
    assert run.attempts["downtime"].tolist() == [round((at - 0.5) * S)]
    assert run.actors is not None and run.actors["executor"].tolist() == [0]
    assert "complete" not in {kind for kind, *_ in messages(run)}


def test_a_checkpoint_is_sent_when_enough_have_agreed_and_the_actor_is_paused_for_longer() -> None:
    run, without = voted(), simulated({"quorum.enabled": False}, base=BASE)
    has(run, attempt=0, executors=3, needed=3, asked=2.5, decided=3, verdict="consensus", right=1, votes=3, backers=3)
    found = times(run)
    assert (found["checkpointed"], found["transferred"], found["restored"], found["completed"]) == (3, 3.2, 3.7, 3.9)
    assert run.attempts["downtime"].tolist() == [3.2 * S]
    assert without.attempts["downtime"].tolist() == [2.7 * S]
    assert run.decisions is None and without.checkpoint_votes is None


def test_a_vote_costs_a_ballot_and_a_result_for_each_voter() -> None:
    found = [message for message in messages(voted()) if message[1] >= 2.5]
    ballots, results = [("checkpoint_ballot", 2.5, 2.7)] * 3, [("checkpoint_result", 2.8, 3)] * 3
    assert found == [*ballots, *results, ("complete", 3, 3.2), ("ack", 3.7, 3.9)]


def test_one_liar_of_three_makes_the_attempt_fail_where_all_must_agree() -> None:
    run = voted(LIAR)
    has(run, verdict="divergence", right=0, needed=3, decided=3)
    fails_at(run, 3)


def test_one_liar_of_three_changes_nothing_where_two_must_agree() -> None:
    run = voted({**LIAR, **TWO_AGREE})
    has(run, verdict="consensus", right=1, needed=2, decided=3)
    assert times(run)["completed"] == 3.9


def test_two_colluding_liars_agree_and_the_attempt_fails() -> None:
    run = voted({**LIAR, **OTHER_LIAR, **TWO_AGREE})
    has(run, verdict="consensus", right=0, needed=2, decided=3)
    fails_at(run, 3)


def test_a_silent_voter_makes_it_fail_at_the_end_of_the_grace() -> None:
    run = voted(SILENT)
    has(run, verdict="insufficient", decided=33.5, votes=2)
    fails_at(run, 33.5)


def test_only_a_target_that_gets_a_cancel_stops_waiting() -> None:
    waits, told = (voted({**LIAR, "protocol.cancel_late_accepts": tells}) for tells in (False, True))
    assert "target_failed" not in times(waits)
    assert times(told)["target_failed"] == 3.2
    assert told.observed.counts["I6"] == 0


def test_without_the_fix_the_actor_stays_paused() -> None:
    run = voted({**LIAR, "protocol.resume_on_failure": False})
    assert times(run)["failed"] == 3
    assert run.absent["nowhere"] == 1 and run.observed.hazards[6] == 1


def test_a_retry_has_its_own_vote() -> None:
    """The first results are lost; the first vote ends at 3.5 s, and the retry begins 1 s later."""
    lost = "kind: loss, executors: '*', at: 0s, for: 5s, probability: 1, messages: [checkpoint_result]"
    run = voted({"quorum.window": "1s", "quorum.grace": "0s", "retry.max_retries": 1}, lost)
    has(run, 0, attempt=0, verdict="insufficient", decided=3.5)
    has(run, 1, attempt=1, verdict="consensus", asked=7, decided=7.5)
    assert times(run, 1) | {"requested": 4.5, "completed": 8.4} == times(run, 1)


def test_a_source_that_crashes_has_forgotten_the_vote_with_the_attempt() -> None:
    run = voted({}, "kind: crash, executors: a-0, at: 2800ms, restart_after: 10ms")
    has(run, verdict="insufficient", decided=2.8)
    assert "completed" not in times(run) and "failed" not in times(run)
    assert run.ignored == {}


def test_a_record_that_survives_a_crash_does_not_survive_its_vote() -> None:
    crash = "kind: crash, executors: a-0, at: 2800ms, restart_after: 10ms"
    run = voted({"protocol.profile": "hardened"}, crash)
    has(run, verdict="insufficient", decided=2.8)
    assert reasons(run) == ["Executor restarted"]


LATE = {
    "manager.timeout": "20s", "manager.tracked_states": ["requesting", "checkpointing"],
    "executors.2.weight": 0,
}  # fmt: skip


@pytest.mark.parametrize(
    ("voter", "verdict", "decided", "ignored"),
    [
        ({"executors.2.behavior": "byzantine", "executors.2.lies": "silent"}, "insufficient", 33.5, "dispute"),
        ({"executors.2.behavior": "slow", "executors.2.slowdown": 300}, "consensus", 32.9, "checkpoint"),
    ],
)
def test_a_verdict_on_an_attempt_that_has_timed_out_changes_nothing(
    voter: Mapping[str, object], verdict: str, decided: float, ignored: str
) -> None:
    run = voted({**LATE, **voter})
    has(run, verdict=verdict, decided=decided)
    assert times(run)["failed"] == 30 and reasons(run) == ["Migration timed out"]
    assert "checkpointed" not in times(run)
    assert run.ignored == {f"{ignored} in failed": 1}


def test_there_is_no_vote_on_an_attempt_that_has_already_timed_out() -> None:
    run = voted({**LATE, "stages.checkpoint": "40s"})
    assert run.checkpoint_votes is not None and len(run.checkpoint_votes["attempt"]) == 0
    assert run.ignored == {"checkpoint in failed": 1}


def test_a_stalled_source_counts_when_it_resumes() -> None:
    run = voted({}, "kind: pause, executors: a-0, at: 2900ms, for: 10s")
    has(run, verdict="consensus", decided=12.9)
    assert times(run)["checkpointed"] == 12.9


def test_the_window_is_measured_by_the_sources_clock() -> None:
    """From 2.5 s on the source's clock is twice as fast: 31 s by its clock are 15.5 s."""
    run = voted(SILENT, "kind: clock_drift, executors: a-0, at: 2500ms, rate: 2")
    has(run, verdict="insufficient", decided=18)


def test_a_vote_that_the_end_cuts_off_is_unfinished() -> None:
    run = voted(SILENT, drain="20s")
    has(run, verdict="unfinished", decided=NEVER)
    assert summarise(run, loads(BASE, overrides=ON))["checkpoint_quorum"]["asked"] == 1


def test_a_second_checkpoint_of_one_attempt_has_the_same_vote() -> None:
    """Without guarded transitions the second Accept makes the source checkpoint once more."""
    doubled = "kind: duplication, executors: '*', at: 0s, probability: 1, messages: [accept]"
    run = voted({"protocol.guarded_transitions": False}, doubled)
    assert run.checkpoint_votes is not None and run.checkpoint_votes["attempt"].tolist() == [0]
    assert times(run)["completed"] == 3.9


def test_decisions_and_checkpoints_are_put_to_separate_votes() -> None:
    run = voted({"quorum.on": ["decision", "checkpoint"]})
    assert run.decisions is not None and run.decisions["decided"].tolist() == [0.5 * S]
    has(run, asked=3, decided=3.5)
    kinds = Counter(kind for kind, *_ in messages(run))
    assert (kinds["ballot"], kinds["result"], kinds["checkpoint_ballot"], kinds["checkpoint_result"]) == (3, 3, 3, 3)


MANY = """
name: many
executors: [{group: a, count: 20}, {group: liar, count: 5, behavior: byzantine}]
actors: {count: 2000}
workload: {migrations: 500, arrivals: {rate: 5/s}}
quorum: {enabled: true, executors: 3, threshold: 0.6}
"""


def test_votes_on_checkpoints_do_not_change_the_draws_of_decisions() -> None:
    alone, both = (
        simulate(loads(MANY, overrides={"quorum.on": on})) for on in (["decision"], ["decision", "checkpoint"])
    )
    assert alone.decisions is not None and both.decisions is not None
    for name in ("migration", "verdict", "right", "votes", "backers"):
        assert alone.decisions[name].tolist() == both.decisions[name].tolist()
    assert both.checkpoint_votes is not None
    decided = alone.decisions["right"][both.attempts["migration"][both.checkpoint_votes["attempt"]]]
    assert decided.all() and not both.checkpoint_votes["right"].all()  # other voters are drawn


def test_the_figures_are_those_of_the_votes() -> None:
    scenario = loads(BASE, overrides={**ON, **LIAR})
    figures = summarise(simulate(scenario), scenario)
    found = figures["checkpoint_quorum"]
    assert [found[name] for name in ("asked", "decisions", "consensus", "divergence", "insufficient", "wrong")] == [
        1, 1, 0, 1, 0, 0,
    ]  # fmt: skip
    assert (found["wrong_rate"], found["decision_time"]["mean"]) == (0, 0.5)
    assert figures["quorum"]["decisions"] is None
    assert figures["invariants"]["consensus"] == 0
    assert figures["migrations"]["failed"] == 1


def test_the_trust_in_a_target_does_not_suffer_from_a_dispute() -> None:
    """A failed attempt costs all trust, so the next migrations would find no target."""
    trust = {"workload.target": "trust", "trust.on_timeout": -1, "workload.migrations": 3,
             "workload.arrivals.rate": "1/min", "protocol.cancel_late_accepts": True}  # fmt: skip
    run = voted({**LIAR, **trust})
    assert len(run.attempts["migration"]) == 3 and len(run.skipped) == 0
    assert set(reasons(run)) == {"Checkpoint not agreed"}


def test_messages_of_these_votes_are_of_no_hand_over() -> None:
    assert Kind.CHECKPOINT_BALLOT.label == "checkpoint_ballot"
    run = voted({}, "kind: partition, from: a-0, to: c-0, at: 2400ms, for: 400ms")
    has(run, verdict="insufficient")
