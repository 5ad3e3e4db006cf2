"""A paused process does no work, and a change of speed takes effect at once: values computed by hand.

Shares and means of random faults are compared so that a right program fails with a probability of at most 1e-4.
"""

from typing import Any

import pytest

from icnsim.recording.columns import Recording
from icnsim.recording.summary import summarise
from icnsim.scenario import Scenario, loads
from icnsim.simulation import simulate
from tests.simulation import submitted
from tests.simulation.small import S, simulated, times
from tests.simulation.submitted import ended, execution, stateful

LONG = {"stages.checkpoint": "100s", "manager.timeout": "20min", "drain": "30min"}


def standing(text: str, *faults: str, **changes: object) -> tuple[Scenario, Recording]:
    """Actors that stay where they are, because no executor is loaded enough to let one go."""
    base = f"name: standing\nworkload: {{trigger: policy}}\nrecord: {{timeline: null}}\n{text}\n"
    base += "policy: {evaluate_every: 500h, report_every: 100h}\n"
    items = "faults:\n" + "".join(f"  - {{{fault}}}\n" for fault in faults) if faults else ""
    scenario = loads(base + items, overrides=changes)
    return scenario, simulate(scenario)


def figures(text: str, *faults: str, **changes: object) -> dict[str, Any]:
    scenario, run = standing(text, *faults, **changes)
    return summarise(run, scenario)


# Stages


def test_a_source_that_is_paused_within_a_final_checkpoint_continues_afterwards() -> None:
    assert times(simulated(LONG))["completed"] == 101.4
    assert times(simulated(LONG, "kind: pause, executors: a-0, at: 10s, for: 50s"))["completed"] == 151.4
    twice = ("kind: pause, executors: a-0, at: 10s, for: 50s", "kind: pause, executors: a-0, at: 70s, for: 7s")
    assert times(simulated(LONG, *twice))["completed"] == 158.4


@pytest.mark.parametrize(("stage", "paused"), [("evaluation", "b-0"), ("restore", "b-0"), ("checkpoint", "a-0")])
def test_every_stage_stops_in_a_pause(stage: str, paused: str) -> None:
    long = {**LONG, "stages.checkpoint": "2s", f"stages.{stage}": "40s"}
    late = times(simulated(long, f"kind: pause, executors: {paused}, at: 20s, for: 13s"))["completed"]
    assert round(late - times(simulated(long))["completed"], 6) == 13


def test_an_evaluation_of_100_s_that_is_slow_for_the_first_10_s_ends_at_108_s() -> None:
    instant = {**LONG, "stages.evaluation": "100s", "network.latency": "0s"}
    slow = "kind: slow, executors: b-0, at: 0s, for: 10s, factor: 5"
    assert times(simulated(instant, slow))["admitted"] == 108
    faster = "kind: slow, executors: b-0, at: 0s, for: 10s, factor: 0.5"
    assert times(simulated(instant, faster))["admitted"] == 90
    with_a_pause = (slow, "kind: pause, executors: b-0, at: 4s, for: 3s")  # 7 s at a fifth, 3 s not at all
    assert times(simulated(instant, *with_a_pause))["admitted"] == 10 + 100 - 7 / 5


# Work and own checkpoints

TWO = (
    "executors: [{group: a, count: 1}, {group: b, count: 1, hosts_actors: false}]\nactors: {count: 1}\nduration: 5000s"
)


def lost(*faults: str, **changes: object) -> tuple[float, int]:
    """The work that a crash of a-0 lost, s, and the number of the checkpoint from which the actor restarts."""
    _, run = standing(TWO, *faults, **changes)
    return run.recoveries["work_lost"][0] / S, int(run.recoveries["sequence"][0])


def test_a_pause_before_a_crash_neither_adds_work_nor_makes_checkpoints() -> None:
    def crash(at: int) -> str:
        return f"kind: crash, executors: a-0, at: {at}s, restart_after: 1s"

    assert lost(crash(130)) == (10, 2)
    assert lost("kind: pause, executors: a-0, at: 100s, for: 1h", crash(130)) == (40, 1)
    assert lost("kind: pause, executors: a-0, at: 100s, for: 1005s", crash(1110)) == (45, 1)
    assert lost("kind: pause, executors: a-0, at: 50s, for: 20s", crash(215)) == (15, 3)


def test_a_slow_process_does_less_work_and_makes_its_checkpoints_later() -> None:
    slow = "kind: slow, executors: a-0, at: 100s, for: 500s, factor: 4"
    crash = "kind: crash, executors: a-0, at: 700s, restart_after: 1s"
    assert lost(slow, crash) == (25, 5)  # 100 s, a quarter of 500 s and 100 s make 325 s


def test_a_pause_costs_as_much_work_as_a_crash_of_the_same_length() -> None:
    text = "executors: [{group: a, count: 2}]\nactors: {count: 10}\ncheckpoints: {time: 5s}\nduration: 10h"
    undisturbed = figures(text)["work"]["useful_share"]
    pause = figures(text, "kind: pause, executors: '*', at: 1h, for: 5h")["work"]
    crash = figures(text, "kind: crash, executors: '*', at: 1h, restart_after: 5h")["work"]
    whole = 10 * (10 * 3600 + 900)  # ten actors, with the drain
    # A checkpoint takes 5 s of each 60 s of process time.
    assert undisturbed == pytest.approx(55 / 60, abs=1e-3)
    assert pause["useful_share"] == pytest.approx(55 / 60 * (whole - 10 * 5 * 3600) / whole, abs=1e-3)
    assert crash["useful_share"] == pytest.approx(pause["useful_share"], abs=0.005)
    assert pause["lost_s"] == 0


def test_the_work_of_a_slow_process_is_counted_by_its_speed() -> None:
    text = "executors: [{group: a, count: 2}]\nactors: {count: 2}\nduration: 1000s\ndrain: 0s"
    work = figures(text, "kind: slow, executors: a-0, at: 200s, for: 300s, factor: 3")["work"]
    assert work["done_s"] == pytest.approx(2 * 1000 - 200, abs=1e-6)  # one actor at each executor


# Tasks


def test_a_task_takes_longer_only_while_its_executor_is_slow() -> None:
    body = {"estimated_duration_secs": 1000}
    plain = {"tasks.run_time": "1000s", "drain": "3h", "network.latency": "0s"}
    for at, lasting, end in (("0s", "10s", 1009), ("100s", "500s", 1450), ("990s", "10s", 1009 + 81)):
        run = submitted.simulated([{}], plain, f"kind: slow, executors: run-0, at: {at}, for: {lasting}, factor: 10")
        expected = {"990s": 1009}.get(at, end)
        assert execution(run)["ended"] == expected, body


def test_the_checkpoints_of_a_task_follow_its_work() -> None:
    slow = "kind: slow, executors: run-0, at: 5s, for: 10s, factor: 5"
    run = submitted.simulated([stateful(interval=3)], {"network.latency": "0s"}, slow)
    assert ended(run) == ("completed", 18)  # 5 s, 2 s in 10 s, and 3 s
    assert execution(run)["checkpoints"] == 3


def test_the_mean_run_time_under_random_slowness_is_the_harmonic_one() -> None:
    # Half of the time ten times slower: 1 s of virtual time does (1 + 1/10) / 2 = 0.55 s of work, so an hour takes
    # 6545 s. The work done in t has a variance rate of 2 (0.45)^2 (30 s) per s; see Cox 1962, "Renewal theory".
    runs = 30
    bodies = [{"at_s": 20_000 * k} for k in range(runs)]
    changes = {"tasks.run_time": "1h", "drain": "24h", "network.latency": "0s"}
    random = "random: {kinds: [slow], executors: run-0, mtbf: 60s, mttr: 60s, factor: 10}"
    run = submitted.simulated(bodies, changes, random)
    spans = [execution(run, k)["ended"] - execution(run, k)["began"] for k in range(runs)]
    deviation = (2 * 0.45**2 * 30 * 6545) ** 0.5 / 0.55
    assert sum(spans) / runs == pytest.approx(6545, abs=4 * deviation / runs**0.5 + 10)


# Overlapping faults


def unavailability(*faults: str, hours: int, executors: int = 4) -> float:
    text = (
        f"executors: [{{group: a, count: {executors}}}]\nactors: {{count: {executors}}}\nduration: {hours}h\ndrain: 0s"
    )
    found = figures(text, *faults)
    return float(found["actors"]["nowhere_s"]) / executors / found["simulated_s"]


def test_two_random_items_of_crashes_form_a_union() -> None:
    # 1 - (3/4)(1/2); the share of one executor over T has a variance of about 2 p (1 - p) / (1/5 h + 1/5 h) T at most.
    share = unavailability(
        "random: {kinds: [crash], mtbf: 30min, mttr: 10min}", "random: {kinds: [crash], mtbf: 5h, mttr: 5h}", hours=1000
    )
    deviation = (2 * 0.25 * 2.5 / (4 * 1000)) ** 0.5
    assert share == pytest.approx(0.625, abs=4 * deviation)


def restarted(*faults: str, **changes: object) -> list[float]:
    _, run = standing(TWO, *faults, **changes)
    return [at if at < 0 else at / S for at in run.recoveries["restarted"].tolist()]


def test_an_executor_restarts_when_all_its_crashes_have_ended() -> None:
    first = "kind: crash, executors: a-0, at: 100s, restart_after: 120s"
    assert restarted(first) == [220]
    assert restarted(first, "kind: crash, executors: a-0, at: 150s") == [-1]
    assert restarted(first, "kind: crash, executors: a-0, at: 150s, restart_after: 100s") == [250]
    assert restarted(first, "kind: crash, executors: a-0, at: 150s, restart_after: 10s") == [220]
    assert restarted("kind: crash, executors: a-0, at: 50s", first) == [-1]


def test_a_volatile_crash_within_a_durable_one_loses_the_disk() -> None:
    durable = "kind: crash, executors: a-0, at: 100s, restart_after: 120s"
    volatile = "kind: crash, executors: a-0, at: 150s, restart_after: 10s, state: volatile"
    _, run = standing(TWO, durable)
    assert (run.recoveries["work_lost"].tolist(), run.recoveries["sequence"].tolist()) == ([40 * S], [1])
    _, run = standing(TWO, durable, volatile)
    assert (run.recoveries["work_lost"].tolist(), run.recoveries["sequence"].tolist()) == ([100 * S], [0])
    assert run.recoveries["restarted"].tolist() == [-1] and run.absent["nowhere"] == 1


def test_a_volatile_crash_within_a_durable_one_loses_the_checkpoints_of_tasks() -> None:
    crashes = (
        "kind: crash, executors: run-0, at: 8s, restart_after: 20s",
        "kind: crash, executors: run-0, at: 10s, restart_after: 5s, state: volatile",
    )
    kept = submitted.simulated([stateful(interval=3)], {"network.latency": "0s"}, crashes[0])
    assert ended(kept) == ("completed", 28 + 10 - 6)
    gone = submitted.simulated([stateful(interval=3)], {"network.latency": "0s"}, *crashes)
    assert execution(gone)["outcome"] == "lost" and execution(gone)["work_lost"] == 8


def test_a_process_that_restarts_while_it_is_paused_recovers_when_it_resumes() -> None:
    crash = "kind: crash, executors: a-0, at: 100s, restart_after: 20s"
    pause = "kind: pause, executors: a-0, at: 110s, for: 50s"
    assert restarted(crash, pause) == [160]
    again = "kind: crash, executors: a-0, at: 130s, restart_after: 40s"  # before it has recovered
    assert restarted(crash, pause, again) == [170]


# Ticks

THREE = "executors: [{group: a, count: 3}]\nactors: {count: 3}\nduration: 1000s\ndrain: 0s\nmanager: {phase: aligned}"


@pytest.mark.parametrize(
    ("fault", "checks", "manages"),
    [
        ("kind: crash, executors: a-0, at: 100s", 210, 4 + 34 + 34),
        ("kind: pause, executors: '*', at: 105s, for: 700s", 93, 3 * (4 + 7)),
        ("kind: crash, executors: a-*, at: 105s, restart_after: 700s", 93, 3 * (4 + 7)),
        ("kind: pause, executors: a-0, at: 101s, for: 8s", 300, 102),
        ("kind: clock_drift, executors: a-0, at: 0s, rate: 2", 400, 67 + 34 + 34),
    ],
)
def test_the_loops_tick_only_while_their_process_runs(fault: str, checks: int, manages: int) -> None:
    found = figures(THREE, fault)
    assert (found["task_checker"]["ticks"], found["manager"]["ticks"]) == (checks, manages)


def test_the_phase_of_the_checker_after_a_stall_does_not_depend_on_tasks() -> None:
    pause = "kind: pause, executors: '*', at: 105s, for: 703s"
    late = {"network.latency": "0s", "tasks.deadline": "50s", "tasks.run_time": "1h", "drain": "30min"}
    run = submitted.simulated([{"at_s": 0}, {"at_s": 820}], late, pause)
    assert ended(run, 1) == ("timed_out", 878)  # the checker ticks at 808 s, 818 s … 878 s
    again = submitted.simulated([{"at_s": 0}, {"at_s": 60}, {"at_s": 820}], late, pause)
    assert ended(again, 2) == ("timed_out", 878)
    assert ended(again, 1) == ("timed_out", 808)
