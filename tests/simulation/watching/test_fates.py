"""The fate of each record, and messages that are in flight at the end."""

from collections import Counter

import pytest

from icnsim.recording.columns import Recording
from icnsim.recording.summary import summarise
from icnsim.scenario import loads
from icnsim.simulation import simulate
from tests.simulation.small import simulated
from tests.simulation.small import times as times_of


def fates(run: Recording) -> dict[str, int]:
    return {name: count for name, count in run.records.fates().items() if count}


def test_an_ordinary_migration_leaves_two_records_that_are_removed() -> None:
    assert fates(simulated()) == {"removed": 2}
    assert fates(simulated(drain="1min")) == {"left": 2}


def test_a_later_migration_of_the_actor_replaces_both_records() -> None:
    # Of the second migration, back to a-0, two minutes later: the records of the first one have ended.
    run = simulated({"workload.migrations": 2, "workload.arrivals.rate": "0.5/min"})
    assert fates(run) == {"removed": 2, "replaced": 2}


def test_a_crash_forgets_active_and_ended_records() -> None:
    # At 1 s, a-0 waits for its final checkpoint; b-0 restores from 0.3 s on, and its record stays.
    run = simulated(None, "kind: crash, executors: a-0, at: 1s, restart_after: 1s")
    assert fates(run) == {"forgotten": 1, "left": 1}
    # At 100 s, both records have ended.
    run = simulated(None, "kind: crash, executors: [a-0, b-0], at: 100s, restart_after: 1s")
    assert fates(run) == {"forgotten": 2}


FORGED = """
name: forged
executors:
  - {group: a, count: 5}
  - {group: b, count: 2, behavior: unresponsive}
  - {group: c, count: 1, hosts_actors: false}
actors: {count: 12}
workload: {migrations: 60, arrivals: {process: poisson, rate: 1/min}}
manager: {retention: 5min}
drain: 2min
protocol: {profile: PROFILE}
faults: [{kind: forge, executors: c-0, at: 0s}]
"""


@pytest.mark.parametrize("profile", ["as-designed", "as-committed", "as-implemented", "hardened"])
def test_with_forged_accepts_every_record_has_one_fate(profile: str) -> None:
    scenario = loads(FORGED.replace("PROFILE", profile))
    run = simulate(scenario)
    found = summarise(run, scenario)["records"]
    moved = Counter({name: found[name] for name in ("removed", "replaced", "forgotten", "left")})
    assert found["created"] == run.counts["records_opened"] == sum(moved.values())
    assert found["unremoved"] == found["left"] == int((run.records.gone == run.horizon).sum())
    own = sum(int((run.attempts[name] >= 0).sum()) for name in ("replaced", "target_replaced"))
    assert found["replaced"] >= own
    if profile == "as-implemented":
        assert found["replaced"] > own  # the records of the forger, and those that a forged Accept restarts


def test_a_message_that_waits_for_a_paused_process_is_in_flight() -> None:
    # The Request arrives at 0.2 s at a process that is paused to the end.
    run = simulated({"drain": "30s"}, "kind: pause, executors: b-0, at: 100ms, for: 10min")
    assert (run.messages_sent, run.messages_delivered, run.messages_lost, run.messages_in_flight) == (1, 0, 0, 1)
    run = simulated({"drain": "30s"}, "kind: pause, executors: b-0, at: 100ms, for: 20s")
    assert times_of(run)["admitted"] == pytest.approx(20.2)
    assert (run.messages_sent, run.messages_delivered, run.messages_lost, run.messages_in_flight) == (4, 4, 0, 0)
    pause = "kind: pause, executors: b-0, at: 100ms, for: 10min"
    run = simulated({"drain": "30s"}, pause, "kind: crash, executors: b-0, at: 5s")
    assert (run.messages_sent, run.messages_delivered, run.messages_lost, run.messages_in_flight) == (1, 0, 1, 0)


def test_the_timeline_counts_the_messages_that_wait() -> None:
    pause = "kind: pause, executors: b-0, at: 100ms, for: 25s"
    run = simulated({"record.timeline": "10s", "drain": "40s"}, pause)
    assert run.in_flight.tolist() == [1, 1, 1, 0]
