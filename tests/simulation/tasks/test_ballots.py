"""Votes on migrations before their first attempt: the voters, the results that count, and the effects of a verdict."""

from collections import Counter
from collections.abc import Mapping
from typing import Any

import numpy as np
import pytest

from icnsim.protocol.messages import Kind
from icnsim.recording.columns import Recording
from icnsim.recording.quorum import VERDICTS
from icnsim.scenario import loads
from icnsim.simulation import simulate
from icnsim.simulation.workload.attempts import Attempts
from tests.simulation.small import NEVER, S, messages, simulated, times

BASE = """
name: vote
executors:
  - {group: a, count: 1}
  - {group: b, count: 1, hosts_actors: false}
  - {group: c, count: 1, hosts_actors: false}
actors: {count: 1}
network: {gossip: {delay: 0s, messages: []}}
stages: {evaluation: 100ms, checkpoint: 2s, restore: 500ms}
manager: {phase: aligned}
drain: 10min
workload: {migrations: 1, arrivals: {process: periodic, rate: 1/s}}
record: {messages: true}
quorum: {enabled: true, executors: 3}
"""
LIAR = {"executors.2.behavior": "byzantine"}
TWO_AGREE = {"quorum.threshold": 0.6}
OTHER_LIAR = {"executors.1.behavior": "byzantine", "executors.1.lies": "collude"}


def voted(changes: Mapping[str, object] | None = None, *faults: str, **more: object) -> Recording:
    return simulated(changes, *faults, base=BASE, **more)


def decision(run: Recording, row: int = 0) -> dict[str, Any]:
    """The row of a vote; times in s."""
    assert run.decisions is not None
    found = {name: int(column[row]) for name, column in run.decisions.items()}
    decided = found["decided"]
    return {
        **found,
        "verdict": VERDICTS[found["verdict"]],
        "asked": found["asked"] / S,
        "decided": decided if decided < 0 else decided / S,
    }


def has(run: Recording, **expected: object) -> None:
    found = decision(run)
    assert {name: found[name] for name in expected} == expected


def test_a_migration_begins_when_enough_have_agreed() -> None:
    run = voted()
    has(run, executors=3, needed=3, asked=0, decided=0.5, verdict="consensus", right=1, votes=3, backers=3)
    assert times(run)["requested"] == 0.5
    assert times(run)["completed"] == 3.9


def test_each_is_asked_and_answers_once_and_messages_take_their_time() -> None:
    found = [message for message in messages(voted()) if message[0] in ("ballot", "result")]
    assert found == [("ballot", 0, 0.2)] * 3 + [("result", 0.3, 0.5)] * 3


def test_without_enough_honest_executors_the_actor_stays_and_can_migrate_later() -> None:
    run = voted(LIAR, workload__migrations=2, workload__arrivals__rate="1/min")
    has(run, decided=0.5, verdict="divergence", right=0, votes=3)
    assert len(run.attempts["migration"]) == 0 and len(run.skipped) == 0
    assert decision(run, 1)["asked"] == 60


def test_two_colluding_liars_prevent_the_migration() -> None:
    run = voted({**LIAR, **OTHER_LIAR, **TWO_AGREE})
    has(run, verdict="consensus", right=0, needed=2)
    assert len(run.attempts["migration"]) == 0
    assert run.observed.counts["consensus"] == 0


def test_two_independent_liars_make_the_vote_diverge() -> None:
    alone = {**LIAR, **OTHER_LIAR, **TWO_AGREE, "executors.1.lies": "alone", "executors.2.lies": "alone"}
    has(voted(alone), verdict="divergence", votes=3)


def test_a_source_with_too_few_results_fails_the_migration_after_the_grace() -> None:
    for silent in ({"executors.2.behavior": "unresponsive"}, {**LIAR, "executors.2.lies": "silent"}):
        has(voted(silent), verdict="insufficient", decided=31, votes=2)
        has(voted({**silent, **TWO_AGREE}), verdict="consensus", right=1, decided=0.5, votes=2)


def test_an_executor_that_seldom_answers_seldom_votes() -> None:
    run = voted(
        executors__0__answer_probability=0.5, workload__migrations=200, workload__arrivals__rate="1/min",
        actors__count=200, quorum__executors=3,
    )  # fmt: skip
    assert run.decisions is not None
    assert 70 < (run.decisions["votes"] == 2).sum() < 130


SLOW = {"executors.2.behavior": "slow"}


def test_a_result_counts_up_to_the_end_of_the_grace_its_last_instant_included() -> None:
    in_time = {**SLOW, "executors.2.slowdown": 306, "quorum.window": "30s"}  # 0.2 + 30.6 + 0.2 s
    has(voted(in_time), verdict="consensus", decided=31)
    has(voted(in_time, quorum__grace="999ms"), verdict="insufficient", decided=30.999)
    has(voted(in_time, quorum__window="31s", quorum__grace="0s"), verdict="consensus", decided=31)


def test_a_second_result_counts_only_where_the_fix_is_off() -> None:
    """At 0.5 s the twin b has said right and wrong, and the liar c wrong; the honest a takes longer."""
    changes = {**LIAR, **OTHER_LIAR, **TWO_AGREE, "executors.1.lies": "equivocate", "executors.0.behavior": "slow",
               "executors.0.slowdown": 5}  # fmt: skip
    off, on = (voted({**changes, "protocol.one_vote_each": each}) for each in (False, True))
    assert off.observed is not None and on.observed is not None
    has(off, verdict="consensus", right=0, needed=2, backers=1, double_votes=1, votes=3)
    assert off.observed.counts["consensus"] == 1
    (violation,) = off.observed.violations
    assert (violation.invariant, violation.hazards) == ("consensus", (20,))
    assert violation.evidence == "a consensus with 1 behind it, of 2 that must agree"
    has(on, verdict="consensus", right=1, backers=2, double_votes=1, votes=3, decided=0.9)
    assert (on.observed.counts["consensus"], on.observed.hazards[20]) == (0, 1)


def test_a_result_that_the_network_doubles_is_a_second_result_too() -> None:
    doubled = "kind: duplication, executors: b-0, at: 0s, probability: 1, messages: [result]"
    same = {**TWO_AGREE, "executors.0.behavior": "slow", "executors.2.behavior": "slow",
            "executors.0.slowdown": 9, "executors.2.slowdown": 9}  # fmt: skip
    off, on = (voted({**same, "protocol.one_vote_each": each}, doubled) for each in (False, True))
    has(off, verdict="consensus", decided=0.5, backers=1, double_votes=1)
    has(on, verdict="consensus", decided=1.3, backers=2, double_votes=1)


def test_a_ballot_that_comes_twice_is_answered_once() -> None:
    run = voted({}, "kind: duplication, executors: '*', at: 0s, probability: 1, messages: [ballot]")
    kinds = Counter(kind for kind, *_ in messages(run))
    assert (kinds["ballot"], kinds["result"]) == (6, 3)
    has(run, double_votes=0, votes=3)


def test_a_lost_ballot_or_result_is_not_sent_again() -> None:
    for kind in ("ballot", "result"):
        run = voted({}, f"kind: loss, executors: '*', at: 0s, probability: 1, messages: [{kind}]")
        has(run, verdict="insufficient", decided=31, votes=0)


def test_a_partition_keeps_voters_away() -> None:
    cut = "kind: partition, from: a-0, to: c-0, at: 0s, for: 2min"
    has(voted({}, cut), verdict="insufficient", votes=2)
    held = voted({}, "kind: partition, from: a-0, to: c-0, at: 0s, for: 5s, messages: hold")
    has(held, verdict="consensus", decided=5.3)


def test_a_cut_link_to_a_voter_says_nothing_of_the_target_s_being_in_reach() -> None:
    """The target is c-0, and the voter b-0 is cut off."""
    late = {"executors.1.behavior": "slow", "executors.1.slowdown": 100, "executors.1.weight": 0,
            "stages.evaluation": "1ms", **TWO_AGREE}  # fmt: skip
    run = voted(late, "kind: partition, from: a-0, to: b-0, at: 20s, for: 1min")
    assert run.attempts["willing"].tolist() == [1]


def test_an_executor_that_is_down_or_silenced_does_not_vote() -> None:
    for fault in (
        "kind: crash, executors: c-0, at: 0s",
        "kind: unresponsive, executors: c-0, at: 0s, for: 1min",
        "kind: crash, executors: c-0, at: 250ms, restart_after: 10ms",  # while it evaluates
    ):
        has(voted({}, fault), verdict="insufficient", votes=2, decided=31)


def test_a_stalled_voter_votes_when_it_resumes() -> None:
    has(voted({}, "kind: pause, executors: c-0, at: 100ms, for: 10s"), verdict="consensus", decided=10.4)


def test_a_source_that_crashes_has_forgotten_its_vote() -> None:
    run = voted({}, "kind: crash, executors: a-0, at: 400ms, restart_after: 10ms")
    has(run, verdict="insufficient", decided=0.4)
    assert len(run.attempts["migration"]) == 0


def test_a_source_that_is_stalled_at_the_end_of_the_window_closes_it_afterwards() -> None:
    silent = {"executors.2.behavior": "unresponsive"}
    has(voted(silent, "kind: pause, executors: a-0, at: 30s, for: 10s"), verdict="insufficient", decided=40)
    has(voted(silent, "kind: pause, executors: a-0, at: 30s, for: 10.3s"), verdict="insufficient", decided=40.3)
    late = voted({}, "kind: pause, executors: a-0, at: 300ms, for: 40s")
    has(late, verdict="insufficient", votes=0)  # they had come in time, and were looked at too late
    has(voted({}, "kind: pause, executors: a-0, at: 400ms, for: 10s"), verdict="consensus", decided=10.4)


def test_a_vote_that_the_end_cuts_off_is_unfinished() -> None:
    run = voted({"executors.2.behavior": "unresponsive"}, drain="20s")
    has(run, verdict="unfinished", decided=NEVER, votes=0)


def test_an_actor_is_not_free_while_it_is_voted_on() -> None:
    run = voted({"executors.2.behavior": "unresponsive"}, workload__migrations=40)
    assert run.decisions is not None
    assert run.decisions["asked"].tolist() == [0, 32 * S]
    assert len(run.skipped) == 38


def test_an_actor_that_has_gone_when_they_agree_does_not_migrate_but_is_free(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Attempts, "agreed", lambda *_: False)
    run = voted(workload__migrations=3)
    assert len(run.attempts["migration"]) == 0 and len(run.skipped) == 0
    assert run.decisions is not None and run.decisions["right"].tolist() == [1, 1, 1]


def test_retries_are_not_voted_on_again() -> None:
    run = voted(
        {"executors.1.behavior": "rejecting", "executors.2.behavior": "rejecting"},
        retry__max_retries=3, quorum__executors=1,
    )  # fmt: skip
    assert run.attempts["attempt"].tolist() == [1, 2, 3, 4]
    assert run.decisions is not None and len(run.decisions["migration"]) == 1


# Voters


MANY = """
name: many
executors: [{group: a, count: 30}]
actors: {count: 2000}
workload: {migrations: 600}
quorum: {enabled: true, executors: %s}
network: {latency: {distribution: exponential, mean: 200ms}}
record: {messages: true}
"""


def asked(executors: object, **overrides: object) -> dict[int, list[int]]:
    """For each migration the executors that are asked."""
    run = simulate(loads(MANY % executors, overrides={key.replace("__", "."): each for key, each in overrides.items()}))
    log = run.message_log
    assert log is not None
    found: dict[int, list[int]] = {}
    ballots = log["kind"] == Kind.BALLOT
    attempts = run.attempts["migration"]
    for attempt, voter in zip(log["attempt"][ballots].tolist(), log["receiver"][ballots].tolist()):
        found.setdefault(int(attempts[attempt]), []).append(voter)
    return found


def test_voters_are_drawn_uniformly_and_none_twice() -> None:
    found = asked(3)
    assert all(len(set(voters)) == 3 for voters in found.values())
    counts = np.bincount([voter for voters in found.values() for voter in voters], minlength=30)
    assert counts.sum() == 1800 and counts.min() > 25 and counts.max() < 100


def test_more_voters_are_the_same_ones_and_others() -> None:
    few, many = asked(2, workload__migrations=150), asked(5, workload__migrations=150)
    assert all(set(voters) < set(many[migration]) for migration, voters in few.items())


def test_voters_do_not_depend_on_other_draws() -> None:
    few = {"workload__migrations": 150}
    assert asked(3, **few) == asked(3, network={"loss": 0}, stages={"evaluation": "3s"}, **few)


def test_all_vote_where_all_are_asked() -> None:
    assert all(sorted(voters) == list(range(30)) for voters in asked(30, workload__migrations=50).values())


@pytest.mark.parametrize(("credits", "voters"), [(99, 1), (100, 2), (5000, 3), (10_000, 5)])
def test_their_number_goes_by_the_credits(credits: int, voters: int) -> None:
    found = asked("by-credits", quorum__credits=credits, workload__migrations=50)
    assert {len(asked_ones) for asked_ones in found.values()} == {voters}


def test_credits_may_vary_from_migration_to_migration() -> None:
    spread = {"distribution": "uniform", "low": 0, "high": 20_000}
    found = asked("by-credits", quorum__credits=spread)
    assert {len(voters) for voters in found.values()} == {1, 2, 3, 5}


def test_with_loss_and_duplication_every_message_and_migration_is_accounted_for() -> None:
    text = MANY % 5 + "manager: {timeout: 5s}\n"
    scenario = loads(
        text,
        overrides={"network.loss": 0.1, "network.duplication": 0.1, "retry.max_retries": 2, "workload.migrations": 200},
    )
    run = simulate(scenario)
    assert run.messages_sent == run.messages_delivered + run.messages_lost + run.messages_in_flight
    assert run.decisions is not None
    decided = run.decisions
    begun = decided["migration"][decided["right"] == 1]
    assert set(begun.tolist()) == set(run.attempts["migration"].tolist())
    assert len(decided["migration"]) + len(run.skipped) == 200
    assert (decided["votes"] <= decided["executors"]).all()
    assert (decided["decided"] - decided["asked"] <= 31 * S).all()
    assert decided["double_votes"].sum() > 0
