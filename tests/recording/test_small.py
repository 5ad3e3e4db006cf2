"""The short tables, each from a few rows made by hand."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pytest

from icnsim.protocol.wasm import PAGE
from icnsim.recording import arrow
from icnsim.recording.columns import NEVER, Recording
from icnsim.recording.violations import INVARIANTS, Moment, Observed, Violation
from icnsim.scenario import loads
from icnsim.simulation import simulate
from tests.recording.builder import S, recording, scenario
from tests.simulation import submitted


def table_of(rows: Sequence[Mapping[str, Any]]) -> dict[str, np.ndarray]:
    """The rows as columns."""
    return {name: np.array([row[name] for row in rows]) for name in rows[0]}


def rows_of(name: str, run: Recording, keys: str = "") -> list[dict[str, Any]]:
    table = arrow.table(name, run, scenario(keys))
    assert table is not None
    found: list[dict[str, Any]] = table.to_pylist()
    return found


VOTE = {
    "executors": 3, "needed": 2, "asked": 5 * S, "decided": 6 * S, "verdict": 1, "right": 1, "votes": 4,
    "double_votes": 5, "backers": 6,
}  # fmt: skip
TOLD = {
    "executors": 3, "needed": 2, "asked_at_s": 5, "decided_at_s": 6, "outcome": "consensus", "right": True, "votes": 4,
    "double_votes": 5, "backers": 6,
}  # fmt: skip


@pytest.mark.parametrize(
    ("name", "subject"), [("decisions", "migration"), ("checkpoint_votes", "attempt")]
)  # fmt: skip
def test_a_vote_is_right_or_wrong_only_with_a_consensus(name: str, subject: str) -> None:
    votes = [
        {subject: 7, **VOTE},
        {subject: 8, **VOTE, "right": 0},
        {subject: 9, **VOTE, "verdict": 0, "decided": NEVER},
        {subject: 10, **VOTE, "verdict": 2},
    ]
    told = [
        {f"{subject}_id": 7, **TOLD},
        {f"{subject}_id": 8, **TOLD, "right": False},
        {f"{subject}_id": 9, **TOLD, "outcome": "unfinished", "right": None, "decided_at_s": None},
        {f"{subject}_id": 10, **TOLD, "outcome": "divergence", "right": None},
    ]
    assert rows_of(name, recording(**{name: table_of(votes)})) == told


def test_a_memory_was_sent_in_three_parts() -> None:
    memory = {
        "attempt": 0, "pages": 9, "rounds": 2, "live_pages": 10, "live": S, "final_pages": 3, "post_pages": 4,
        "post": 2 * S, "lost": 0,
    }  # fmt: skip
    attempts = [{"requested": 0, "accepted": S, "restored": 4 * S}, {"requested": 0}]
    run = recording(attempts, memories=table_of([memory, {**memory, "attempt": 1}]))
    whole = {
        "attempt_id": 0, "pages": 9, "rounds": 2, "live_pages": 10, "live_copy_s": 1, "final_pages": 3,
        "post_pages": 4, "post_copy_s": 2, "bytes_sent": 17 * PAGE, "downtime_s": 3, "total_s": 5,
    }  # fmt: skip
    assert rows_of("wasm", run) == [whole, {**whole, "attempt_id": 1, "downtime_s": None, "total_s": None}]


def test_a_decision_of_a_policy_has_its_scores_and_the_age_of_its_reports() -> None:
    decision = {
        "at": 10 * S, "attempt": 3, "actor": 2, "executor": 0, "target": 1, "reason": 1, "score": 3.5,
        "own_load": 0.75, "believed_load": 0.25, "true_load": 0.5, "reported": 4 * S, "age_s": 1.5,
    }  # fmt: skip
    told = {
        "at_s": 10, "attempt_id": 3, "actor": "actor-2", "executor": "a-0", "target": "a-1", "reason": "LoadBalancing",
        "score": 3.5, "own_load": 0.75, "believed_load": 0.25, "true_load": 0.5, "staleness_s": 6,
        "mean_staleness_s": 1.5,
    }  # fmt: skip
    other = {**decision, "attempt": NEVER, "reason": 0}
    run = recording(placements=table_of([decision, other]))
    assert rows_of("policy", run) == [told, {**told, "attempt_id": None, "reason": "LocalityOptimization"}]


def test_a_recovery_has_the_work_and_the_messages_that_the_crash_lost() -> None:
    recovery = {
        "actor": 2, "executor": 1, "crashed": 5 * S, "restarted": 8 * S, "sequence": 4, "work_lost": 3 * S,
        "messages_lost": 6, "elsewhere": NEVER,
    }  # fmt: skip
    told = {
        "actor": "actor-2", "executor": "a-1", "crashed_at_s": 5, "restarted_at_s": 8, "checkpoint_sequence": 4,
        "work_lost_s": 3, "messages_lost": 6,
    }  # fmt: skip
    run = recording(recoveries=table_of([recovery, {**recovery, "restarted": NEVER}]))
    assert rows_of("recoveries", run) == [told, {**told, "restarted_at_s": None}]


def test_a_message_belongs_to_an_attempt_or_to_a_task() -> None:
    message = {
        "kind": 0, "attempt": 3, "task": NEVER, "sender": 0, "receiver": 1, "sent": 2 * S, "arrives": 3 * S,
        "state_bytes": 7,
    }  # fmt: skip
    other = {**message, "kind": 9, "attempt": NEVER, "task": 5, "arrives": NEVER}
    told = {
        "message_id": 0, "kind": "request", "attempt_id": 3, "task_id": None, "sender": "a-0", "receiver": "a-1",
        "sent_at_s": 2, "delivered_at_s": 3, "state_bytes": 7,
    }  # fmt: skip
    second = {"message_id": 1, "kind": "task", "attempt_id": None, "task_id": 5, "delivered_at_s": None}
    assert rows_of("messages", recording(message_log=table_of([message, other]))) == [told, {**told, **second}]


def test_a_violation_has_its_hazards_and_the_events_that_led_to_it() -> None:
    trail = (Moment(S, "send accept", 1, 0, 12), Moment(1_500_000, "crash", 0, NEVER, NEVER))
    first = Violation("I5", 2 * S, 2, 1, 12, "late", (2, 11), trail)
    second = Violation("consensus", 3 * S, 0, NEVER, NEVER, "few", (), ())
    observed = Observed((first, second), dict.fromkeys(INVARIANTS, 0), {}, {}, {}, {})
    assert rows_of("violations", recording(observed=observed)) == [
        {
            "invariant": "I5", "at_s": 2, "actor": "actor-2", "executor": "a-1", "attempt_id": 12, "hazards": "2 11",
            "evidence": "late",
            "events": "1.000 s  a-1  send accept, a-0, attempt 12\n1.500 s  a-0  crash",
        },
        {
            "invariant": "consensus", "at_s": 3, "actor": "actor-0", "executor": None, "attempt_id": None,
            "hazards": "", "evidence": "few", "events": "",
        },
    ]  # fmt: skip


def test_an_actor_has_its_migrations_and_crashes() -> None:
    """Of the first actor's two migrations, one takes two attempts and completes; the third actor crashes twice."""
    done = {"completed": 9 * S, "requested": S}
    attempts = [
        {"migration": 0, "actor": 0, "requested": S, "failed": 2 * S, "failure": 2},
        {**done, "migration": 0, "actor": 0, "attempt": 2},
        {"migration": 1, "actor": 0, "requested": 10 * S},
        {"migration": 2, "actor": 2, "requested": 10 * S},
    ]
    crash = {
        "actor": 2, "executor": 1, "crashed": 5 * S, "restarted": 8 * S, "sequence": 4, "work_lost": 3 * S,
        "messages_lost": 6, "elsewhere": NEVER,
    }  # fmt: skip
    actor = {
        "actor": 0, "home": 0, "executor": 1, "copies": 1, "nowhere": 4 * S, "twice": 2 * S, "delivered": 5,
        "queued": 6, "lost": 7,
    }  # fmt: skip
    rows = [actor, {**actor, "actor": 2, "home": 1, "executor": NEVER, "copies": 0}]
    run = recording(attempts, recoveries=table_of([crash, crash]), actors=table_of(rows))
    told = {
        "actor": "actor-0", "home": "a-0", "executor": "a-1", "copies": 1, "migrations": 2, "attempts": 3,
        "completed": 1, "downtime_s": 4, "duplicate_run_s": 2, "crashes": 0, "work_lost_s": 0,
        "messages_delivered": 5, "messages_queued": 6, "messages_lost": 7,
    }  # fmt: skip
    other = {
        "actor": "actor-2", "home": "a-1", "executor": None, "copies": 0, "migrations": 1, "attempts": 1,
        "completed": 0, "crashes": 2, "work_lost_s": 6,
    }  # fmt: skip
    assert rows_of("actors", run) == [told, {**told, **other}]


def test_a_pause_of_an_actor_with_a_payment_rate_costs_fuel_and_credits() -> None:
    keys = "actors: {count: 3, fuel_rate: 200/s, payment_rate: 50}\n"
    attempts = [{"requested": 0}, {"migration": 4, "requested": 0, "accepted": S, "restored": 4 * S}]
    text = "name: small\nduration: 100s\nexecutors: [{group: a, count: 2}]\n"
    table = arrow.table("credits", recording(attempts), loads(text + keys))
    assert table is not None
    assert table.to_pylist() == [{"attempt_id": 1, "migration_id": 4, "fuel_missed": 600, "credits": 30}]


def test_firings_of_timers_come_before_the_ticks_of_the_same_instant() -> None:
    keys = "{detector: {kind: deadline}, costs: {timer: 2us, tick: 10us, cleanup: 5us, record: 100B}}"
    firings = {
        name: np.array(values)
        for name, values in (("executor", [1, 0]), ("at", [30 * S, 30 * S]), ("timed_out", [3, 1]), ("records", [4, 2]),
                             ("active", [9, 9]))
    }  # fmt: skip
    run = recording(ticks=[(1, 30 * S, 5, 7, 0, 2), (0, 60 * S, 1, 1, 0, 1)], firings=firings)
    found = rows_of("manager", run, f"manager: {keys}\n")
    assert [(row["executor"], row["at_s"], row["records"], row["timed_out"], row["removed"]) for row in found] == [
        ("a-0", 30, 2, 1, 0), ("a-1", 30, 4, 3, 0), ("a-1", 30, 7, 0, 2), ("a-0", 60, 1, 0, 1),
    ]  # fmt: skip
    assert [(row["detect_cost_s"], row["cleanup_cost_s"], row["cycle_cost_s"]) for row in found] == [
        (2e-6, 0, 2e-6), (6e-6, 0, 6e-6), (0, 10e-6, 20e-6), (0, 5e-6, 15e-6),
    ]  # fmt: skip
    assert [(row["active"], row["memory_bytes"]) for row in found] == [(9, 200), (9, 400), (5, 700), (1, 100)]


def test_tasks_and_their_runs_have_their_fuel_and_their_payment() -> None:
    """One task of 10 s completes, and one that would take 10 s is given up after its deadline of 4 s."""
    bodies = [
        {"id": "paid", "fuel_limit": 5000, "payment_rate": 20, "note": "x"},
        {"id": "late", "deadline_ms": 4000, "priority": "low"},
    ]
    made = submitted.scenario(bodies, {"tasks.run_time": "10s"})
    run = simulate(made)
    tables = {name: arrow.table(name, run, made) for name in ("tasks", "executions")}
    paid, late = tables["tasks"].to_pylist()
    assert paid == {
        "task_id": 0, "id": "paid", "mode": "ephemeral", "gateway": "gate-0", "executors": 1, "needed": 1,
        "run_time_s": 10, "submitted_at_s": 0, "deadline_s": None, "ended_at_s": 10.4, "detection_latency_s": None,
        "outcome": "completed", "right": True, "votes": 1, "double_votes": 0, "backers": 1, "late_results": 0,
        "checkpoints_agreed": 0, "checkpoints_divergent": 0, "checkpoints_insufficient": 0, "checkpoints_wrong": 0,
        "fuel_limit": 5000, "payment_rate": 20, "credits": 100, "unknown_fields": '{"note": "x"}',
    }  # fmt: skip
    assert (late["id"], late["deadline_s"], late["ended_at_s"], late["detection_latency_s"]) == ("late", 4, 10, 6)
    assert (late["outcome"], late["right"], late["unknown_fields"], late["credits"]) == ("timed_out", None, None, 0)
    first = tables["executions"].to_pylist()[0]
    assert first == {
        "task_id": 0, "executor": "run-0", "began_at_s": 0.2, "ended_at_s": 10.2, "outcome": "completed",
        "work_s": 10, "state_bytes": 0, "checkpoints": 0, "refused": 0, "checkpoint_s": 0, "crashes": 0,
        "work_lost_s": 0, "waited_s": 0, "fuel_used": 5000, "credits": 100,
    }  # fmt: skip
