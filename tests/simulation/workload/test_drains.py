"""Drains, with all times known in advance: a migration that begins at t is over at t + 3.4 s."""

import pytest

from icnsim.recording.columns import Recording
from icnsim.recording.drains import figures
from icnsim.scenario import loads
from icnsim.scenario.faults import Drain
from icnsim.simulation import simulate
from tests.simulation import submitted
from tests.simulation.samplings import samplings
from tests.simulation.small import BASE, S, simulated, took_effect

THREE = BASE.replace("{group: b,", "{group: c, count: 1, hosts_actors: false}\n  - {group: b,")
"""The actor begins at a-0 and has gone to one of b-0 and c-0 from 3.4 s on."""
OTHERS = "executors: '[bc]-0'"


def drained(*faults: str, **keys: object) -> Recording:
    return simulated(None, *faults, base=THREE, **keys)


def moves(run: Recording) -> list[tuple[int, int, float, float]]:
    """Of each attempt after the first one: its source, its target, its beginning, and its completion or -1, s."""
    columns = (run.attempts[name].tolist()[1:] for name in ("source", "target", "requested", "completed"))
    return [
        (source, target, began / S, ended / S if ended >= 0 else -1) for source, target, began, ended in zip(*columns)
    ]


def rows(run: Recording) -> list[tuple[float, float, int]]:
    """The row of each drain with actors: the time when it was finished (-1: never), its end, and its actors."""
    assert run.drains is not None
    columns = (run.drains[name].tolist() for name in ("finished", "ended", "actors"))
    found = [
        (*(at / S if at >= 0 else -1 for at in (finished, ended)), actors) for finished, ended, actors in zip(*columns)
    ]
    return [row for row in found if row[2]]


def test_the_actors_of_a_drained_executor_migrate_at_once_to_one_that_is_not_drained() -> None:
    run = drained(f"kind: drain, {OTHERS}, at: 10s, for: 1min")
    ((source, target, began, ended),) = moves(run)
    assert source in (1, 2) and (target, began, ended) == (0, 10, 13.4)
    assert rows(run) == [(13.4, 70, 1)]
    assert took_effect(run) == {"drain": 2}
    time = figures(run, samplings(run))["time"]
    assert (time["count"], time["min"], time["max"], time["censored"]) == (2, 0, 3.4, 0)


def test_a_migration_in_progress_continues() -> None:
    run = drained("kind: drain, executors: a-0, at: 1s")
    assert moves(run) == [] and rows(run) == [(3.4, -1, 1)]
    assert figures(run, samplings(run))["time"]["max"] == 2.4


def test_a_drained_executor_rejects_requests() -> None:
    run = simulated(None, "kind: drain, executors: b-0, at: 250ms, for: 1min")  # the Request arrives at 200 ms
    assert run.reasons[int(run.attempts["reason"][0])] == "draining"
    assert int(run.attempts["failed"][0]) == 500_000
    assert run.attempts["willing"].tolist() == [0]


def test_no_arrival_chooses_a_drained_target() -> None:
    run = drained("kind: drain, executors: b-0, at: 0s", workload__migrations=50, actors__count=50, drain="1h")
    assert set(run.attempts["target"].tolist()) == {0, 1}
    two = simulated(None, "kind: drain, executors: b-0, at: 0s")
    assert len(two.skipped) == 1 and not len(two.attempts["actor"])


def test_without_a_target_the_actor_stays_and_the_drain_is_censored() -> None:
    run = drained("kind: drain, executors: '*', at: 10s, for: 1min")
    assert moves(run) == [] and rows(run) == [(-1, 70, 1)]
    found = figures(run, samplings(run))
    assert (found["count"], found["finished"], found["actors"], found["time"]["censored"]) == (3, 2, 1, 1)
    assert found["time"]["restricted_mean"]["horizon_s"] == 60


def test_a_target_that_comes_back_is_asked_after_the_back_off() -> None:
    """Pauses of 1, 2, 4 and 8 s from 10 s on: the attempt of 25 s finds a-0, whose drain has ended at 20 s."""
    run = drained(f"kind: drain, {OTHERS}, at: 10s, for: 1min", "kind: drain, executors: a-0, at: 9s, for: 11s")
    assert [(began, ended) for _, _, began, ended in moves(run)] == [(25, 28.4)]


def test_a_failed_migration_is_followed_by_another_one_after_the_back_off() -> None:
    quick = {"manager.timeout": "1s", "manager.check_interval": "2s"}
    silent = "kind: unresponsive, executors: a-0, at: 9s, for: 5s"
    run = simulated(quick, f"kind: drain, {OTHERS}, at: 10s, for: 1min", silent, base=THREE)
    # Detected at 12 s, the next one begins at 13 s, is detected at 16 s; after 2 s the third one completes.
    assert [(began, ended) for _, _, began, ended in moves(run)] == [(10, -1), (13, -1), (18, 21.4)]
    assert sorted(run.attempts["migration"].tolist()) == [0, 1, 2, 3]


def test_retries_belong_to_the_same_migration() -> None:
    quick = {"manager.timeout": "1s", "manager.check_interval": "2s", "retry.max_retries": 3}
    silent = "kind: unresponsive, executors: a-0, at: 9s, for: 5s"
    run = simulated(quick, f"kind: drain, {OTHERS}, at: 10s, for: 1min", silent, base=THREE)
    assert [(began, ended) for _, _, began, ended in moves(run)] == [(10, -1), (13, -1), (18, 21.4)]
    assert run.attempts["attempt"].tolist() == [1, 1, 2, 3]


def test_a_stalled_executor_moves_its_actors_when_it_resumes() -> None:
    run = drained(f"kind: drain, {OTHERS}, at: 10s, for: 1min", f"kind: pause, {OTHERS}, at: 9s, for: 5s")
    assert [(began, ended) for _, _, began, ended in moves(run)] == [(14, 17.4)]
    assert rows(run) == [(17.4, 70, 1)]


@pytest.mark.parametrize("at", [9, 11])
def test_a_crashed_executor_moves_its_actors_when_it_has_restarted(at: int) -> None:
    keys = {"protocol__profile": "hardened"}
    crash = f"kind: crash, {OTHERS}, at: {at}s, restart_after: 5s"
    run = drained(f"kind: drain, {OTHERS}, at: 10s, for: 1min", crash, **keys)
    back = at + 5
    # A crash in the first attempt ends it at the restart; another one follows after 1 s.
    # The target waits for the first attempt until its time-out, and takes the repeated Request of the second one then.
    began, ended = [(began, ended) for _, _, began, ended in moves(run)][-1]
    assert (began, ended) == ((back, back + 3.4) if at < 10 else (back + 1, 95.4))
    assert rows(run) == [(ended if ended < 70 else -1, 70, 1)]


def test_a_quorum_agrees_on_it_first() -> None:
    run = drained(f"kind: drain, {OTHERS}, at: 10s, for: 1min", quorum__enabled=True, quorum__executors=3)
    assert [(began, ended) for _, _, began, ended in moves(run)] == [(10.5, 13.9)]
    assert run.decisions is not None and run.decisions["migration"].tolist() == [0, 1]


def test_an_actor_that_arrives_in_a_drain_is_moved_on() -> None:
    run = drained("kind: drain, executors: '[bc]-0', at: 2s, for: 1min")  # it arrives at 3.2 s, after its acceptance
    assert [(target, began, ended) for _, target, began, ended in moves(run)] == [(0, 3.4, 6.8)]
    assert rows(run) == [(6.8, 62, 1)]


def test_two_drains_of_an_executor_that_overlap_are_one() -> None:
    run = drained(f"kind: drain, {OTHERS}, at: 10s, for: 20s", f"kind: drain, {OTHERS}, at: 20s, for: 20s")
    assert rows(run) == [(13.4, 40, 1)]


def test_a_policy_does_not_choose_a_drained_executor() -> None:
    run = drained("kind: drain, executors: b-0, at: 0s", workload__target="policy")
    assert run.attempts["target"].tolist() == [1]


def test_a_rolling_drain_moves_an_actor_from_each_executor_that_it_drains() -> None:
    run = drained("kind: drain, executors: '*', at: 10s, for: 10s, rolling: 20s")
    assert all(ended - began == pytest.approx(3.4) for _, _, began, ended in moves(run))
    assert figures(run, samplings(run))["finished"] == 3


# Tasks


def test_a_drained_executor_gets_no_task_and_starts_none() -> None:
    body = {"duration": 10}
    run = submitted.simulated([body] * 6, None, "kind: drain, executors: run-0, at: 0s", runners=2)
    assert run.executions is not None and set(run.executions["executor"].tolist()) == {2}


def test_a_task_on_its_way_to_a_drained_executor_starts_after_the_drain() -> None:
    run = submitted.simulated([{"duration": 10}], None, "kind: drain, executors: run-0, at: 100ms, for: 30s")
    assert run.executions is not None and run.executions["began"].tolist() == [30_100_000]


def test_if_all_executors_are_drained_a_task_fails() -> None:
    run = submitted.simulated([{"duration": 10}], None, "kind: drain, executors: run-0, at: 0s, for: 30s")
    assert run.tasks is not None and run.tasks["outcome"].tolist() == [submitted.OUTCOMES.index("failed")]


def test_drains_may_be_random_faults() -> None:
    faults = [{"random": {"kinds": ["drain"], "mtbf": "30s", "mttr": "10s"}}]
    scenario = loads(THREE, overrides={"faults": faults, "workload.migrations": 100})
    run = simulate(scenario)
    assert run.observed.faults["drain"] > 10 and figures(run, samplings(run))["count"] == run.observed.faults["drain"]
    assert Drain.model_fields["kind"]
