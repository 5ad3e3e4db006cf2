"""Work that has not ended at the end of a run: it is censored, counted and never mixed with finished work."""

from typing import Any

import pytest

from icnsim.recording.summary import summarise
from icnsim.scenario import Scenario, loads
from icnsim.simulation import simulate
from tests.simulation import submitted
from tests.simulation.small import BASE

OPEN = pytest.approx
SILENT = {"executors": [{"group": "a", "count": 1}, {"group": "b", "count": 1, "behavior": "unresponsive"}]}


def found(changes: dict[str, object] | None = None, *faults: str) -> dict[str, Any]:
    text = BASE + ("faults:\n" + "".join(f"  - {{{fault}}}\n" for fault in faults) if faults else "")
    return summed(loads(text, overrides=dict(changes or {})))


def summed(scenario: Scenario) -> dict[str, Any]:
    return summarise(simulate(scenario), scenario)


def open_ones(section: dict[str, Any]) -> tuple[int, float | None, int, float | None, float | None]:
    """Count and mean of the finished durations, the number of the others, the restricted mean and its horizon."""
    mean = section["restricted_mean"]
    return section["count"], section["mean"], section["censored"], mean["value"], mean["horizon_s"]


def test_an_actor_that_never_runs_again_has_no_finished_downtime() -> None:
    # b-0 has sent its Accept at 0.3 s and never gets the final checkpoint; the actor is paused from 0.5 s on.
    lost = "kind: crash, executors: b-0, at: 1s"
    for drain, end in (("1min", 60), ("10h", 36_000)):
        run = found({"drain": drain}, lost)
        assert open_ones(run["downtime"]) == (0, None, 1, end - 0.5, end - 0.5)
        assert open_ones(run["migration_duration"]) == open_ones(run["migration_total"]) == (0, None, 1, end, end)
        assert run["success_rate"] is None and run["completed_share"] == 0
        assert run["actors"]["nowhere"] == run["migrations"]["unfinished"] == 1


LOSSY = """
name: lossy
executors: [{group: a, count: 10}]
actors: {count: 200}
network: {loss: 0.03}
workload: {migrations: 1000, arrivals: {process: poisson, rate: 2/s}}
"""


def test_the_figures_of_finished_durations_do_not_depend_on_the_drain() -> None:
    short, long = (summed(loads(LOSSY, overrides={"drain": drain})) for drain in ("10min", "10h"))
    assert short["downtime"]["censored"] > 20
    for name in ("downtime", "migration_duration", "migration_total"):
        ended = {key: value for key, value in short[name].items() if key != "restricted_mean"}
        assert ended == {key: value for key, value in long[name].items() if key != "restricted_mean"}, name
        assert long[name]["restricted_mean"]["value"] > 10 * short[name]["restricted_mean"]["value"]
    assert short["migrations"]["unfinished"] == short["migration_total"]["censored"]
    share = short["migrations"]["completed"] / short["migrations"]["total"]
    assert short["completed_share"] == share < short["success_rate"]


def test_the_total_includes_the_failed_attempts_and_the_waits_between_them() -> None:
    # Unanswered until 70 s, the first Request fails at 90 s. The second one follows after 1 s and needs 3.4 s.
    run = found({"retry.max_retries": 3}, "kind: unresponsive, executors: b-0, at: 0s, for: 70s")
    assert run["migration_duration"]["mean"] == pytest.approx(3.4)
    assert run["migration_total"]["mean"] == pytest.approx(94.4)
    # A third one, sent at 92 s + 90 s.
    run = found({"retry.max_retries": 3}, "kind: unresponsive, executors: b-0, at: 0s, for: 150s")
    assert run["migration_total"]["mean"] == pytest.approx(180 + 2 + 3.4)


def test_a_migration_that_failed_in_the_end_has_no_total() -> None:
    run = found({"retry.max_retries": 1} | SILENT)
    assert run["migrations"]["timed_out"] == 1
    assert open_ones(run["migration_total"])[:3] == (0, None, 0)
    run = found({"retry.max_retries": 1, "drain": "100s"} | SILENT)  # the second attempt waits since 91 s
    assert open_ones(run["migration_total"]) == (0, None, 1, 100, 100)
    assert open_ones(run["migration_duration"]) == (0, None, 1, 9, 9)


def test_a_request_past_its_deadline_is_not_yet_detected() -> None:
    run = found({"drain": "75s"} | SILENT)
    assert open_ones(run["detection_latency"]) == (0, None, 1, 15, 15)
    assert open_ones(run["detection_total"]) == (0, None, 1, 75, 75)
    for changes in ({"drain": "50s"}, {"drain": "75s", "manager.tracked_states": ["transferring"]}):
        assert open_ones(found(changes | SILENT)["detection_latency"])[:3] == (0, None, 0)
    disabled = found({"drain": "75s", "manager": {"enabled": False}} | SILENT)
    assert open_ones(disabled["detection_latency"])[:3] == (0, None, 0)


def test_an_outage_is_open_until_the_actor_runs_again() -> None:
    # The actor runs at b-0 from 3.2 s on.
    run = found(None, "kind: crash, executors: b-0, at: 100s")
    assert run["recoveries"]["open"] == 1
    assert open_ones(run["recoveries"]["time"]) == (0, None, 1, 500, 500)
    run = found(None, "kind: crash, executors: b-0, at: 100s, restart_after: 20s")
    assert run["recoveries"]["open"] == 0
    assert open_ones(run["recoveries"]["time"]) == (1, 20, 0, None, None)
    lost = "kind: crash, executors: b-0, at: 100s, restart_after: 20s, state: volatile"
    assert open_ones(found(None, lost)["recoveries"]["time"]) == (0, None, 1, 500, 500)


def test_an_outage_ends_when_the_actor_runs_elsewhere() -> None:
    # a-0 has sent the final checkpoint at 2.5 s; the actor runs at b-0 at 3.2 s.
    run = found(None, "kind: crash, executors: a-0, at: 2600ms")
    assert (run["recoveries"]["crashed"], run["recoveries"]["restarted"], run["recoveries"]["open"]) == (1, 0, 0)
    assert open_ones(run["recoveries"]["time"]) == (0, None, 1, OPEN(0.6), OPEN(0.6))
    assert run["actors"]["nowhere"] == 0


def test_the_mean_of_random_outages_is_that_of_their_distribution() -> None:
    # 2 h on average, seen for 4 h: those that have ended are the short ones.
    text = """
name: outages
duration: 4h
drain: 1s
executors: [{group: a, count: 400}]
actors: {count: 400}
workload: {arrivals: {process: periodic, rate: 0.0001/s}}
faults: [{random: {executors: "a-*", mtbf: 10min, mttr: 2h, kinds: [crash]}}]
"""
    time = summed(loads(text))["recoveries"]["time"]
    assert time["mean"] < 4800 and time["censored"] > 200
    horizon = time["restricted_mean"]["horizon_s"]
    expected = 7200 * (1 - 2.718281828 ** (-horizon / 7200))  # the mean of min(duration, horizon)
    assert time["restricted_mean"]["value"] == pytest.approx(expected, rel=0.08)


def test_the_life_of_a_record_is_censored_when_it_goes_without_a_removal() -> None:
    # The target's record ends at 3.2 s, the source's at 3.4 s.
    run = found({"drain": "1min"})
    assert open_ones(run["record_life"]) == (0, None, 2, OPEN(56.8), OPEN(56.8))
    run = found(None, "kind: crash, executors: a-0, at: 103400ms, restart_after: 1s")
    assert open_ones(run["record_life"]) == (1, OPEN(326.8), 1, OPEN(326.8), OPEN(326.8))
    assert found()["record_life"]["censored"] == 0


def test_a_vote_without_a_verdict_has_no_time_yet() -> None:
    run = found({"quorum.enabled": True, "quorum.executors": 2, "drain": "15s"} | SILENT)
    assert open_ones(run["quorum"]["decision_time"]) == (0, None, 1, 15, 15)
    assert run["migrations"]["unfinished"] == 1 and run["completed_share"] == 0


def test_tasks_that_have_not_ended_are_censored() -> None:
    # Of two tasks of 10 s and 1000 s the second one has not ended, and is 5 s past its deadline of 41 s.
    bodies = [
        {"resource_profile": {"duration_estimate_secs": 10}},
        {"resource_profile": {"duration_estimate_secs": 1000}, "deadline_ms": 41_000},
    ]
    scenario = submitted.scenario(bodies, {"drain": "46s"}, runners=2)
    tasks = summed(scenario)["tasks"]
    assert tasks["unfinished"] == 1
    assert open_ones(tasks["time"]) == (1, OPEN(10.4), 1, OPEN(10.4 + 35.6 / 2), 46)
    assert open_ones(tasks["detection_latency"]) == (0, None, 1, 5, 5)
