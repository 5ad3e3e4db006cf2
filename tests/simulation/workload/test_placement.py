"""A policy that moves actors: the loads, the reports about them, and the times of the evaluations."""

import math

import numpy as np
import pytest

from icnsim.protocol.messages import ActorId, ExecutorId
from icnsim.recording import arrow
from icnsim.recording.columns import Recording
from icnsim.recording.summary import summarise
from icnsim.scenario import Scenario, loads
from icnsim.simulation import simulate
from icnsim.simulation.hooks import Hooks
from icnsim.simulation.time.environment import Environment
from icnsim.simulation.workload.placement import Loads, Placement
from icnsim.simulation.workload.reports import SharedReports
from icnsim.theory.predictions import predict

S = 1_000_000
TWO = """
name: two
seed: 18
duration: 10min
executors:
  - {group: full, count: 1, capacity: {load: 0.5}}
  - {group: free, count: 1, capacity: {load: 0}}
actors: {count: 10, load: 0.1}
workload: {trigger: policy}
policy: {minimum_score: 0.5}
"""
"""With this seed the actors 0, 2, 4, 5 and 6 live on the first executor."""

WAVY = {"group": "a", "count": 2, "capacity": {"wave": {"period": "7min"}}}


def made(text: str = TWO, **changes: object) -> Scenario:
    return loads(text, overrides={name.replace("__", "."): value for name, value in changes.items()})


def run(text: str = TWO, **changes: object) -> Recording:
    return simulate(made(text, **changes))


def test_an_executor_lets_one_actor_go_at_each_evaluation_until_its_load_is_80_percent() -> None:
    """0.5 and five actors of 0.1 are 1.0; no actor replaces one that leaves."""
    found = run().placements
    assert found is not None
    assert found["own_load"] == pytest.approx([1.0, 0.9])  # then it is 0.8, which is not above
    assert np.diff(found["at"]).tolist() == [30 * S]
    assert found["actor"].tolist() == [0, 2]  # the first two that live there


def test_an_executor_uses_the_newest_report_that_has_arrived_which_may_be_out_of_date() -> None:
    found = run(policy__report_every="10h").placements
    assert found is not None
    assert found["believed_load"] == pytest.approx([0.5, 0.5]) and found["true_load"] == pytest.approx([0.5, 0.6])
    assert found["reported"].tolist() == [0, 0]


def test_a_wave_goes_from_nothing_at_its_phase_up_to_its_amplitude_and_back() -> None:
    wave = {"amplitude": 0.4, "period": "8min", "phase": "1min"}
    scenario = made(executors=[{"group": "a", "count": 2, "capacity": {"load": 0.1, "wave": wave}}], actors__count=2)
    federation = Loads(scenario, [ExecutorId(0), ExecutorId(1)])
    minutes = {1: 0.0, 3: 0.2, 5: 0.4, 7: 0.2, 9: 0.0, 0: 0.2 - 0.2 * math.cos(math.pi / 4)}
    for minute, added in minutes.items():
        assert federation.at(0, minute * 60 * S) == pytest.approx(0.1 + added + 0.1)


def test_a_load_is_known_as_it_was_at_any_time() -> None:
    scenario = made()
    federation = Loads(scenario, [ExecutorId(actor % 2) for actor in range(10)])
    federation.lives(ActorId(0), ExecutorId(1), 50)
    federation.lives(ActorId(0), ExecutorId(1), 60)  # where it is already
    federation.lives(ActorId(1), ExecutorId(0), 70)
    at = [round(federation.at(0, time), 9) for time in (0, 49, 50, 69, 70, 1000)]
    assert at == [1.0, 1.0, 0.9, 0.9, 1.0, 1.0]


def test_reports_are_periodic_and_are_known_when_they_have_arrived_by_gossip() -> None:
    scenario = made(policy__report_every="10s", network__gossip__delay="25s")
    reports = SharedReports(scenario)
    first = reports._phases[0]
    assert [reports.newest(0, 1, first + at * S) - first for at in (25, 34, 35, 65)] == [0, 0, 10 * S, 40 * S]
    assert reports.newest(0, 1, first + 25 * S - 1) == 0


def test_staleness_at_random_instants_is_half_an_interval_and_the_mean_delay() -> None:
    """20,000 instants, uniform: the standard error is E / √12 / √n; five of them."""
    scenario = made(policy__report_every="10s", duration="100h")
    reports = SharedReports(scenario)
    instants = np.sort(np.random.default_rng(5).uniform(60, 200_000, 20_000))
    ages = [at - reports.newest(0, 1, round(at * S)) / S for at in instants.tolist()]
    assert abs(np.mean(ages) - (10 / 2 + 1.5)) < 5 * math.sqrt(100 / 12 + 2 / 12) / math.sqrt(20_000)


def test_with_arrivals_the_policy_chooses_targets_and_without_a_candidate_the_arrival_is_skipped() -> None:
    text = TWO.replace("trigger: policy", "target: policy, migrations: 5, arrivals: {process: periodic, rate: 1/min}")
    found = run(text, executors=[{"group": "a", "count": 3, "capacity": {"load": 0.2}}], actors__load=0.0)
    assert found.placements is not None
    assert found.placements["attempt"].tolist() == [0, 1, 2, 3, 4]
    assert found.attempts["target"].tolist() == found.placements["target"].tolist()
    full = run(text, executors=[{"group": "a", "count": 3, "capacity": {"load": 0.7}}])
    assert len(full.skipped) == 5 and len(full.attempts["actor"]) == 0


def test_actors_go_where_their_blobs_are() -> None:
    text = TWO.replace("policy: {minimum_score: 0.5}", "policy: {kind: locality-first, locality_gain: 1}")
    found = run(text, actors__blobs=1, actors__load=0.0, actors__count=40, duration="30min")
    scenario = made(text, actors__blobs=1, actors__count=40)
    placement = Placement(scenario, Environment(), Hooks(), [], lambda *_: 1.0)
    assert found.actors is not None
    for actor, executor in enumerate(found.actors["executor"].tolist()):
        assert placement._locality(ActorId(actor), executor) == 1.0
    assert scenario.actors.blobs == 1


def test_returns_and_herds_are_counted() -> None:
    """All actors leave the executor whose wave rises, and come back when the other's does."""
    waves = [
        {"group": "a", "count": 1, "capacity": {"load": 0, "wave": {"amplitude": 0.9, "period": "20min"}}},
        {
            "group": "b",
            "count": 1,
            "capacity": {"load": 0, "wave": {"amplitude": 0.9, "period": "20min", "phase": "10min"}},
        },
    ]
    changes = {"executors": waves, "actors__count": 2, "actors__load": 0.0, "duration": "40min",
               "policy__return_within": "15min"}  # fmt: skip
    scenario = made(**changes)
    found = summarise(simulate(scenario), scenario)["policy"]
    assert (found["decisions"], found["returns"]) == (9, 7)  # one at 0 min, two each at 10, 20, 30 and 40
    never = made(**{**changes, "policy__return_within": "1s"})
    assert summarise(simulate(never), never)["policy"]["returns"] == 0
    assert found["herd_peak"] == 1


def test_workload_migrations_limits_the_number_of_migrations() -> None:
    assert len(run(workload__migrations=1).attempts["actor"]) == 1


def test_an_executor_that_is_down_does_not_evaluate() -> None:
    fault = [{"kind": "crash", "executors": "*", "at": "0s"}]
    found = run(faults=fault).placements
    assert found is not None
    assert len(found["seen"]) == 0


def test_without_a_policy_its_tables_and_figures_do_not_exist() -> None:
    scenario = loads("name: plain\nworkload: {migrations: 3}\n")
    found = simulate(scenario)
    assert found.placements is None and scenario.plain
    assert summarise(found, scenario)["policy"]["decisions"] is None


def test_a_retry_asks_another_candidate_than_the_one_that_has_failed() -> None:
    text = TWO.replace("trigger: policy", "target: policy, migrations: 1")
    groups = [
        {"group": "home", "count": 1},
        {"group": "dead", "count": 1, "behavior": "unresponsive", "capacity": {"load": 0}},
        {"group": "free", "count": 1, "capacity": {"load": 0.1}, "hosts_actors": False},
    ]
    changes = {"executors": groups, "actors__count": 1, "retry__max_retries": 3, "trust__on_timeout": 0}
    assert run(text, **changes).attempts["target"].tolist() == [1, 2]
    alone = {**changes, "executors": groups[:2]}
    assert run(text, **alone).attempts["target"].tolist() == [1, 1, 1, 1]


def test_figures_are_of_the_window() -> None:
    whole, late = made(), made(warmup="9min")
    assert summarise(simulate(whole), whole)["policy"]["evaluations"] == 2 * 20
    figures = summarise(simulate(late), late)["policy"]
    assert (figures["evaluations"], figures["decisions"], figures["load"]["count"]) == (2 * 2, 0, 2 * 2)


def test_the_table_and_the_figures_are_those_of_the_decisions() -> None:
    scenario = made()
    found = simulate(scenario)
    table = arrow.table("policy", found, scenario)
    assert table is not None
    first, second = table.to_pylist()
    assert (first["actor"], first["executor"], first["target"]) == ("actor-0", "full-0", "free-0")
    assert (first["reason"], second["attempt_id"]) == ("LoadBalancing", 1)
    assert first["score"] == pytest.approx(4 * (first["own_load"] - first["believed_load"]) + 0.5 * 0.7)
    figures = summarise(found, scenario)["policy"]
    assert (figures["decisions"], figures["evaluations"], figures["herd_peak"]) == (2, 2 * 20, 1)
    assert figures["staleness"]["mean"] == pytest.approx((first["mean_staleness_s"] + second["mean_staleness_s"]) / 2)


def test_loads_and_ages_are_as_predicted() -> None:
    """The mean own load at 2,880 evaluations each of six executors, in whole periods of the wave.

    An evaluation sees the loads before and after a move: within 0.01. The ages of the reports at decisions are those at
    random instants, because evaluations and reports are independent: within 5 standard errors of 1,000 such instants.
    """
    wave = {"amplitude": 0.8, "period": "10min"}
    groups = [
        {"group": "w", "count": 3, "capacity": {"load": 0.1, "wave": wave}},
        {"group": "v", "count": 3, "capacity": {"load": 0.1, "wave": {**wave, "phase": "5min"}}},
    ]
    scenario = made(executors=groups, actors__count=12, actors__load=0.1, duration="24h", record__timeline=None,
                    policy__evaluate_every="31s", policy__report_every="10s")  # fmt: skip
    predicted, found = predict(scenario), summarise(simulate(scenario), scenario)["policy"]
    assert predicted["policy.load.mean"].value == pytest.approx(0.1 + 0.4 + 0.2)
    assert found["load"]["mean"] == pytest.approx(0.7, abs=0.01)
    age = predicted["policy.staleness.mean"].value
    assert age == 6.5 and found["decisions"] > 1000
    assert abs(found["staleness"]["mean"] - age) < 5 * found["staleness"]["std"] / math.sqrt(1000)


@pytest.mark.parametrize(
    ("metric", "changes", "reason"),
    [
        ("policy.staleness.mean", {"policy__report_every": "500ms"}, "overtake"),
        ("policy.staleness.mean", {}, "few phases"),
        ("policy.load.mean", {"faults": [{"kind": "crash", "executors": "*", "at": "0s"}]}, "down"),
        (
            "policy.load.mean",
            {"executors": [WAVY]},
            "whole",
        ),
    ],
)
def test_a_broken_assumption_is_reported(metric: str, changes: dict[str, object], reason: str) -> None:
    prediction = predict(made(**changes))[metric]
    assert prediction.value is None and prediction.reason is not None and reason in prediction.reason
