"""Retries: their times, their number, and their targets.

A Request that is not answered fails 11 s after it was sent: its age is above 10 s at the next tick
of a second. One that is rejected fails after 0.5 s.
"""

from itertools import pairwise

import numpy as np
import pytest

from icnsim.columns import engine as columns
from icnsim.recording.columns import Recording
from icnsim.scenario import loads
from icnsim.simulation import simulate
from tests.simulation.small import S, simulated

QUICK = {"manager.check_interval": "1s", "manager.timeout": "10s", "drain": "5min"}


def executors(behavior: str, others: int = 1) -> dict[str, object]:
    groups = [{"group": "a", "count": 1}, {"group": "b", "count": others, "behavior": behavior, "hosts_actors": False}]
    return {"executors": groups}


SILENT, REJECTING = executors("unresponsive"), executors("rejecting")


def tried(*changes: dict[str, object], faults: tuple[str, ...] = ()) -> Recording:
    together: dict[str, object] = dict(QUICK)
    for each in changes:
        together |= each
    return simulated(together, *faults)


def retry(most: int, **more: object) -> dict[str, object]:
    return {"retry.max_retries": most} | {f"retry.{key.replace('__', '.')}": value for key, value in more.items()}


def began(run: Recording) -> list[float]:
    """The time at which each attempt of the first migration began, s."""
    return [at / S for at in run.attempts["requested"][run.attempts["migration"] == 0].tolist()]


ENGINES = {
    "events": simulate,
    "columns": lambda scenario: columns.simulate(scenario, compiled=False).recording,
    "compiled": lambda scenario: columns.simulate(scenario, compiled=True).recording,
}


# when


def test_each_retry_comes_when_its_back_off_is_over() -> None:
    run = tried(SILENT, retry(3))
    assert began(run) == [0, 12, 25, 40]  # after 11 + 1, 11 + 2 and 11 + 4 s
    assert (run.attempts["failed"] / S).tolist() == [11, 23, 36, 51]
    assert run.attempts["attempt"].tolist() == [1, 2, 3, 4]


def test_the_back_off_has_a_base_a_factor_and_an_end() -> None:
    assert began(tried(SILENT, retry(4, backoff__base="2s", backoff__factor=3, backoff__max="10s"))) == [
        0, 13, 30, 51, 72,
    ]  # fmt: skip
    assert began(tried(SILENT, retry(2, backoff__base="1500ms", backoff__factor=1))) == [0, 12.5, 24.5]


@pytest.mark.parametrize(
    ("jitter", "least", "most"),
    [("full", (0, 0, 0), (4, 8, 16)), ("equal", (2, 4, 8), (4, 8, 16)), ("decorrelated", (4, 4, 4), (12, 36, 108))],
)
def test_jitter_stays_within_its_bounds_and_differs_between_migrations(
    jitter: str, least: tuple[int, ...], most: tuple[int, ...]
) -> None:
    many = {"actors.count": 100, "workload.migrations": 50, "workload.arrivals.rate": "1000/s", "drain": "10min"}
    run = tried(REJECTING, many, retry(3, backoff__base="4s", backoff__max="5min", backoff__jitter=jitter))
    requested, failed = (run.attempts[name].reshape(50, 4) / S for name in ("requested", "failed"))
    pauses = requested[:, 1:] - failed[:, :-1]
    for column in range(3):
        assert (pauses[:, column] >= least[column]).all() and (pauses[:, column] <= most[column]).all()
        assert len(np.unique(pauses[:, column])) > 45
    if jitter == "decorrelated":
        assert (pauses[:, 1:] <= 3 * pauses[:, :-1] + 1e-5).all()


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize(
    ("factor", "most_s", "retry", "pause_s"),
    [(1.1, 3600, 99, 3600), (1.05, 60, 84, 57.373563), (1.02, 120, 201, 52.484897)],
)
def test_late_retries_wait_as_long_as_the_formula_says(
    engine: str, factor: float, most_s: int, retry: int, pause_s: float
) -> None:
    """The k-th pause is 1 s x factor^(k - 1), at most the maximum: 1.05^83 = 57.37, 1.02^200 = 52.48."""
    text = f"""
name: late
executors: [{{group: a, count: 1}}, {{group: b, count: 1, behavior: rejecting, hosts_actors: false}}]
actors: {{count: 1}}
drain: {most_s * 220}s
manager: {{check_interval: 1h}}
retry: {{max_retries: 201, backoff: {{base: 1s, factor: {factor}, max: {most_s}s}}}}
workload: {{migrations: 1, arrivals: {{process: periodic, rate: 1/s}}}}
record: {{timeline: null}}
"""
    attempts = ENGINES[engine](loads(text)).attempts
    pauses = (attempts["requested"][1:] - attempts["failed"][:-1]) / S
    assert pauses[retry - 1] == pytest.approx(pause_s, abs=1e-6)
    expected = [min(most_s, factor ** (k - 1)) for k in range(1, 202)]
    assert pauses == pytest.approx(expected, abs=1e-6)


# how often


@pytest.mark.parametrize("most", [0, 1, 2, 5])
def test_a_migration_has_at_most_one_attempt_and_its_retries(most: int) -> None:
    run = tried(REJECTING, retry(most))
    assert len(began(run)) == 1 + most
    assert run.observed.counts["I7"] == 0


def test_the_first_success_is_the_last_attempt() -> None:
    run = tried(retry(5), faults=("kind: unresponsive, executors: b-0, at: 0s, for: 20s",))
    assert began(run) == [0, 12, 25]
    assert (run.attempts["completed"] / S).tolist()[-1] == 28.4


@pytest.mark.parametrize(
    ("group", "on", "attempts"),
    [
        (SILENT, ["timed_out"], 3),
        (SILENT, ["rejected"], 1),
        (REJECTING, ["rejected"], 3),
        (REJECTING, ["timed_out"], 1),
        (REJECTING, ["timed_out", "rejected"], 3),
    ],
)
def test_only_failures_in_retry_on_are_retried(group: dict[str, object], on: list[str], attempts: int) -> None:
    assert len(began(tried(group, retry(2, on=on)))) == attempts


def test_a_failure_that_is_neither_counts_as_timed_out() -> None:
    hardened = {"protocol.profile": "hardened"}
    damaged = "kind: corrupt_checkpoint, executors: a-0, at: 0s, for: 5s"
    assert len(began(tried(hardened, retry(2, on=["timed_out"]), faults=(damaged,)))) == 2
    assert len(began(tried(hardened, retry(2, on=["rejected"]), faults=(damaged,)))) == 1


def test_without_the_bound_a_retry_follows_each_failure_at_once_and_for_ever() -> None:
    unbounded = {"protocol.bounded_retries": False, "drain": "1min"}
    run = tried(REJECTING, unbounded, retry(2, backoff__base="5s"))
    assert began(run) == pytest.approx(
        [k * 0.501 for k in range(120)]
    )  # at once: when the protocol's clock has gone on
    assert run.observed.counts["I7"] == 120 - 3
    assert len(began(tried(REJECTING, unbounded, retry(0)))) == 1


# the target


@pytest.mark.parametrize("after", [1, 2, 3])
def test_another_target_is_asked_after_the_given_number_of_failures_at_one(after: int) -> None:
    run = tried(executors("rejecting", 4), retry(8, alternative_target_after=after))
    targets = run.attempts["target"].tolist()
    blocks = [targets[first : first + after] for first in range(0, 9, after)]
    assert all(len(set(block)) == 1 for block in blocks)
    assert all(one[0] != other[0] for one, other in pairwise(blocks))


MUTE = """
name: mute
executors:
  - {group: source, count: 3, weight: 0}
  - {group: mute, count: 2, weight: 10, behavior: unresponsive}
  - {group: good, count: 2, hosts_actors: false}
actors: {count: 300}
manager: {phase: aligned, check_interval: 1s, timeout: 10s}
drain: 10min
retry: {max_retries: 3}
workload: {migrations: 300, arrivals: {process: periodic, rate: 1/s}}
record: {timeline: null}
"""


def targets_of(run: Recording) -> list[list[int]]:
    """The targets of each migration, in the order of its attempts."""
    migrations = run.attempts["migration"]
    cuts = np.flatnonzero(np.diff(migrations)) + 1
    return [part.tolist() for part in np.split(run.attempts["target"], cuts)]


@pytest.mark.parametrize("engine", ENGINES)
def test_no_attempt_returns_to_a_failed_target_while_another_is_left(engine: str) -> None:
    """Both mute targets fail once at most, so the third attempt completes at the latest."""
    run = ENGINES[engine](loads(MUTE))
    asked = targets_of(run)
    assert len(asked) == 300 and sum(len(each) == 3 for each in asked) > 200
    assert all(len(set(each)) == len(each) <= 3 for each in asked)
    assert sorted({each[2] for each in asked if len(each) == 3}) == [5, 6]
    assert (run.attempts["completed"] > 0).sum() == 300


@pytest.mark.parametrize(
    ("target", "changes"),
    [
        ("trust", {"trust.on_timeout": 0, "trust.on_success": 0}),
        # The mute targets have the lowest load, so the policy asks them first.
        ("policy", {"executors.0.capacity.load": 0.6, "executors.1.capacity.load": 0.1, "trust.on_timeout": 0}),
    ],
)
def test_trust_and_policy_do_not_return_to_a_failed_target_either(target: str, changes: dict[str, object]) -> None:
    asked = targets_of(simulate(loads(MUTE, overrides={"workload.target": target, **changes})))
    assert len(asked) == 300 and sum(len(each) == 3 for each in asked) > 100
    assert all(len(set(each)) == len(each) <= 3 for each in asked)


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("after", [1, 2])
def test_when_all_have_failed_the_one_that_failed_longest_ago_is_asked(engine: str, after: int) -> None:
    """Three targets refuse: each round asks them in the order of the first round."""
    text = f"""
name: refused
executors: [{{group: a, count: 1, weight: 0}}, {{group: b, count: 3, behavior: rejecting, hosts_actors: false}}]
actors: {{count: 40}}
drain: 1h
retry: {{max_retries: 17, alternative_target_after: {after}}}
workload: {{migrations: 40, arrivals: {{process: periodic, rate: 1/s}}}}
record: {{timeline: null}}
"""
    asked = targets_of(ENGINES[engine](loads(text)))
    assert {tuple(each[: 3 * after : after]) for each in asked} == {
        (1, 2, 3), (1, 3, 2), (2, 1, 3), (2, 3, 1), (3, 1, 2), (3, 2, 1),
    }  # fmt: skip
    for each in asked:
        turn = [target for target in each[: 3 * after : after] for _ in range(after)]
        assert each == (turn * 6)[:18]


@pytest.mark.parametrize("engine", ENGINES)
def test_a_new_migration_of_the_actor_has_no_failed_targets(engine: str) -> None:
    """Two targets refuse. Each migration fails at both, and the next one begins with either of them."""
    text = """
name: afresh
executors: [{group: a, count: 1, weight: 0}, {group: b, count: 2, behavior: rejecting, hosts_actors: false}]
actors: {count: 1}
retry: {max_retries: 1}
workload: {migrations: 100, arrivals: {process: periodic, rate: 0.1/s}}
record: {timeline: null}
"""
    asked = targets_of(ENGINES[engine](loads(text)))
    assert {tuple(each) for each in asked} == {(1, 2), (2, 1)} and len(asked) == 100


@pytest.mark.parametrize("target", ["uniform", "trust"])
def test_the_failures_of_one_migration_do_not_affect_another_one(target: str) -> None:
    """All migrations have one source, which has no reason to ask a mute target less often."""
    changes = {"workload.target": target, "trust.on_timeout": 0, "trust.on_success": 0, "executors.0.count": 1}
    asked = targets_of(simulate(loads(MUTE, overrides=changes)))
    firsts = [each[0] for each in asked]
    assert {1, 2} <= set(firsts[:20]) and {1, 2} <= set(firsts[-20:])


def test_the_same_target_is_asked_again_if_it_is_the_only_one() -> None:
    assert tried(REJECTING, retry(3)).attempts["target"].tolist() == [1, 1, 1, 1]


def test_without_the_bound_it_is_always_the_same() -> None:
    unbounded = {"protocol.bounded_retries": False, "drain": "30s"}
    assert len(set(tried(executors("rejecting", 5), unbounded, retry(2)).attempts["target"].tolist())) == 1


# from where


CRASH = "kind: crash, executors: a-0, at: {at}s, restart_after: 2s, state: {state}"


@pytest.mark.parametrize("at", [15, 20])  # back before the retry is due at 21 s, or after
def test_a_crash_that_loses_the_records_loses_the_plans(at: float) -> None:
    slow = retry(2, backoff__base="10s")
    assert began(tried(SILENT, slow)) == [0, 21, 52]
    assert began(tried(SILENT, slow, faults=(CRASH.format(at=at, state="durable"),))) == [0]
    kept = {"protocol.durable_records": True}
    assert began(tried(SILENT, slow, kept, faults=(CRASH.format(at=at, state="volatile"),))) == [0]


@pytest.mark.parametrize(("at", "second"), [(15, 21), (20, 22)])
def test_if_the_records_survive_a_planned_retry_begins_when_it_is_due_or_at_the_restart(
    at: float, second: float
) -> None:
    kept, slow = {"protocol.durable_records": True}, retry(2, backoff__base="10s")
    run = tried(SILENT, slow, kept, faults=(CRASH.format(at=at, state="durable"),))
    assert began(run) == [0, second, second + 31]


@pytest.mark.parametrize(
    ("first", "last", "second"),
    [(20, 23.4, 23.4), (15, 40.25, 40.25), (20.5, 21, 21), (21, 30.001, 30.001)],
)
def test_a_retry_that_becomes_due_during_a_pause_begins_when_the_process_resumes(
    first: float, last: float, second: float
) -> None:
    """The retry is due at 21 s."""
    pause = f"kind: pause, executors: a-0, at: {first}s, for: {last - first:.3f}s"
    assert began(tried(SILENT, retry(1, backoff__base="10s"), faults=(pause,)))[1] == pytest.approx(second, abs=1e-6)


def test_it_begins_once_after_overlapping_pauses_and_a_crash_in_one() -> None:
    """Two pauses end at 25 s and 30.5 s. The second case crashes at 24 s, and its pauses outlast the restart."""
    pauses = ("kind: pause, executors: a-0, at: 20s, for: 5s", "kind: pause, executors: a-0, at: 23s, for: 7500ms")
    slow, kept = retry(1, backoff__base="10s"), {"protocol.durable_records": True}
    assert began(tried(SILENT, slow, faults=pauses)) == [0, 30.5]
    crash = "kind: crash, executors: a-0, at: 24s, restart_after: {back}s, state: durable"
    assert began(tried(SILENT, slow, kept, faults=(*pauses, crash.format(back=2)))) == [0, 30.5]
    assert began(tried(SILENT, slow, kept, faults=(*pauses, crash.format(back=20)))) == [0, 44]
    assert began(tried(SILENT, slow, faults=(*pauses, crash.format(back=2)))) == [0]


def test_a_second_crash_that_destroys_the_disk_loses_the_plans_that_survived_the_first() -> None:
    kept, slow = {"protocol.durable_records": True}, retry(2, backoff__base="10s")
    first = CRASH.format(at=15, state="durable")
    assert began(tried(SILENT, slow, kept, faults=(first, CRASH.format(at=16, state="durable"))))[:2] == [0, 21]
    assert began(tried(SILENT, slow, kept, faults=(first, CRASH.format(at=16, state="volatile")))) == [0]


def test_the_plans_of_an_executor_that_never_restarts_are_never_carried_out() -> None:
    for_ever = "kind: crash, executors: a-0, at: 20s"
    kept = {"protocol.durable_records": True}
    assert began(tried(SILENT, retry(2, backoff__base="10s"), kept, faults=(for_ever,))) == [0]


def test_its_actor_can_migrate_again_then() -> None:
    crash = "kind: crash, executors: a-0, at: 20s, restart_after: 2s"
    later = {"workload.migrations": 2, "workload.arrivals.rate": "0.04/s"}  # at 0 and 25 s
    run = tried(SILENT, later, retry(2, backoff__base="10s"), faults=(crash,))
    assert run.attempts["migration"].tolist() == [0, 1, 1, 1] and len(run.skipped) == 0


def test_an_actor_counts_as_migrating_while_it_waits_for_a_retry() -> None:
    ten = {"workload.migrations": 10}  # at 0, 1 s, ... 9 s
    assert tried(REJECTING, ten).attempts["migration"].tolist() == list(range(10))
    run = tried(REJECTING, ten, retry(1, backoff__base="5s"))
    # The first one is over at 6 s, in whose instant arrivals come last.
    assert run.attempts["migration"].tolist() == [0, 0, 6, 6]
    assert (run.skipped / S).tolist() == [1, 2, 3, 4, 5, 7, 8, 9]


# common random numbers

MIXED = """
name: mixed
executors:
  - {group: a, count: 20}
  - {group: silent, count: 5, behavior: unresponsive}
  - {group: rejecting, count: 5, behavior: rejecting}
actors: {count: 60000}  # enough that no arrival picks a busy one
network: {latency: {distribution: exponential, mean: 100ms}, loss: 0.02}
workload: {migrations: 150, arrivals: {rate: 20/s}}
"""


def test_retries_leave_the_draws_of_other_migrations_as_they_were() -> None:
    alone = simulate(loads(MIXED)).attempts
    retried = simulate(loads(MIXED, overrides={"retry.max_retries": 3})).attempts
    first = retried["attempt"] == 1
    assert len(first) > 200 and first.sum() == len(alone["migration"]) == 150
    for name in ("migration", "actor", "source", "target", "requested", "admitted", "accepted", "checkpointed",
                 "transferred", "restored", "completed", "failed", "failure"):  # fmt: skip
        assert np.array_equal(alone[name], retried[name][first]), name


def test_a_retry_has_the_same_draws_whatever_the_maximum_number_of_retries() -> None:
    two, three = (simulate(loads(MIXED, overrides={"retry.max_retries": most})).attempts for most in (2, 3))
    early = three["attempt"] <= 3
    assert early.sum() == len(two["migration"]) < len(early)
    for name in ("migration", "attempt", "target", "requested", "admitted", "completed", "failed"):
        assert np.array_equal(two[name], three[name][early]), name


@pytest.mark.parametrize(("second", "starts"), [("durable", [0, 290]), ("volatile", [0])])
def test_a_second_crash_that_destroys_the_disk_loses_the_plan(second: str, starts: list[float]) -> None:
    """The Ack is lost, so a-0 times out at 90 s and the actor runs twice; the copy at b-0 survives both crashes."""
    twice = {
        "network.latency": "200ms", "manager.timeout": "1min", "protocol.durable_records": True, "drain": "10min",
        "manager.tracked_states": ["requesting", "checkpointing", "transferring", "restoring"],
    }  # fmt: skip
    loss = "kind: loss, executors: b-0, messages: [ack], at: 0s, for: 100s"
    crash = "kind: crash, executors: a-0, at: 150s, restart_after: 20s, state: durable"
    inner = f"kind: crash, executors: a-0, at: 155s, restart_after: 1s, state: {second}"
    plan = retry(2, backoff__base="200s", backoff__max="1h")
    assert began(simulated(twice | plan, loss, crash, inner)) == starts
