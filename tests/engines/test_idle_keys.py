"""A setting that does nothing changes no column of the attempts and of the migrations.

Each row of `IDLE` is a scenario and a setting that has no effect in it: a fault that affects no executor, values that
are in force already, settings of a feature that the scenario does not use. The scenarios have late answers, losses
and retries, so a setting that changed the engine or the order of events would be found.

Keys that nothing would read are errors in a scenario and cannot be idle: `policy`, `actors.blobs` and `actors.load`
without a policy, `tasks` without submissions, `region` without a matrix.
"""

from functools import cache
from typing import Any, Final, NamedTuple

import pytest

from icnsim import experiment
from icnsim.engines import simulate
from icnsim.experiment import Run
from icnsim.recording.arrow import table
from icnsim.scenario import loads
from tests.engines.generator import DATA

LOSSY: Final = """
name: lossy
seed: 4
duration: 3min
drain: 20min
executors:
  - {group: node, count: 6}
  - {group: slow, count: 2, behavior: slow, slowdown: 30}
  - {group: moody, count: 2, answer_probability: 0.5}
  - {group: deaf, count: 1, behavior: unresponsive}
  - {group: refusing, count: 1, behavior: rejecting}
  - {group: spare, count: 3, weight: 0, hosts_actors: false}
actors: {count: 60, state_size: {distribution: exponential, mean: 1MiB}}
network:
  latency: {distribution: lognormal, mean: 2s, std: 6s}
  loss: 0.04
  duplication: 0.02
manager: {timeout: 20s}
retry: {max_retries: 3, backoff: {base: 2s, jitter: full}, alternative_target_after: 2}
workload: {arrivals: {rate: 1/s}, migrations: 90}
"""
"""Losses, late answers and retries; some migrations never end, because a lost Complete blocks its actor."""

LATE: Final = LOSSY.replace("name: lossy", "name: late").replace("  loss: 0.04\n", "")
"""Late answers and retries without losses: every attempt has ended before `AFTER`."""

CALM: Final = """
name: calm
duration: 3min
executors: [{group: node, count: 6}]
actors: {count: 60}
network: {gossip: {messages: []}}
workload: {arrivals: {rate: 1/s}, migrations: 90}
"""
"""Nothing fails."""

HARD: Final = """
name: hard
duration: 3min
drain: 20min
executors:
  - {group: node, count: 6}
  - {group: deaf, count: 1, behavior: unresponsive}
  - {group: spare, count: 3, weight: 0, hosts_actors: false}
actors: {count: 60, message_rate: 2/min}
network: {latency: {distribution: exponential, mean: 1s}, loss: 0.04}
protocol: {profile: hardened}
faults: [{kind: crash, executors: node-2, at: 1min, restart_after: 20s}]
retry: {max_retries: 3}
workload: {arrivals: {rate: 1/s}, migrations: 90}
"""
"""Everything that can fail does, on the hardened protocol, which needs events."""

AFTER: Final = "22min"
"""A time at which every attempt of `LATE` and `HARD` has ended and every one of their records is removed."""
CRASH: Final = {"kind": "crash", "executors": "node-2", "at": "1min", "restart_after": "20s"}
"""The fault of `HARD`."""


class Idle(NamedTuple):
    """A setting that does nothing in a scenario."""

    what: str
    base: str
    settings: dict[str, Any]


def fault(base: str, kind: str, what: str, **values: Any) -> Idle:
    """A fault that changes nothing, in addition to those of the scenario."""
    own = [CRASH] if base is HARD else []
    values = {key.rstrip("_"): value for key, value in values.items()}
    return Idle(f"{kind} {what}", base, {"faults": [*own, {"kind": kind, **values}]})


SAME_TIMEOUTS: Final = {"requesting": "20s", "checkpointing": "20s"}

IDLE: Final = (
    # Messages to actors, and the log of messages
    Idle("messages that reach no migrating actor", LOSSY, {"actors.message_rate": "0.1/h"}),
    Idle("the message log", LOSSY, {"record.messages": True}),
    Idle("the message log of the hardened protocol", HARD, {"record.messages": True}),
    Idle("a frequent timeline", LOSSY, {"record.timeline": "1s"}),
    Idle("no table of ticks", LOSSY, {"record.manager": False}),
    # The manager's settings
    Idle("an override to the current values", LOSSY, {
        "manager.overrides": [{"actors": "actor-3", "timeout": "20s", "retention": "5min"}]}),
    Idle("an override of all actors, by state", LOSSY, {
        "manager.overrides": [{"actors": "actor-*", "timeout": SAME_TIMEOUTS}]}),
    Idle("an override of a state that is not tracked", LOSSY, {
        "manager.overrides": [{"actors": "actor-*", "timeout": {"restoring": "1s"}}]}),
    Idle("an override to the current tracked states and retries", LOSSY, {
        "manager.overrides": [{"actors": "*", "tracked_states": ["requesting"], "retry": {"max_retries": 3}}]}),
    Idle("an override of a size that no state has", LOSSY, {
        "manager.overrides": [{"min_state_size": "1GiB", "timeout": "1s"}]}),
    Idle("the detector of the design", LOSSY, {"manager.overrides": [{"actors": "*", "detector": {"kind": "poll"}}]}),
    Idle("heartbeats that no detector uses", LOSSY, {"manager.heartbeat": {"every": "1s"}}),
    Idle("executors without heartbeats", LOSSY, {"executors.0.heartbeats": False}),
    Idle("an adjustment to the current tracked states", LOSSY, {
        "manager.adjustments": [{"at": "1min", "tracked_states": ["requesting"]}]}),
    Idle("an adjustment to the current retries", LOSSY, {
        "manager.adjustments": [{"at": "1min", "retry": {"backoff": {"base": "2s"}}}]}),
    Idle("an adjustment to the current timeout", LOSSY, {"manager.adjustments": [{"at": "1min", "timeout": "20s"}]}),
    Idle("an adjustment to the current retention", LOSSY, {
        "manager.adjustments": [{"at": "90s", "retention": "5min"}]}),
    Idle("an adjustment to the current interval", LOSSY, {
        "manager.adjustments": [{"at": "100s", "check_interval": "30s"}]}),
    Idle("timeouts by state that are all the same", LOSSY, {
        "manager.timeout": {**SAME_TIMEOUTS, "transferring": "20s", "restoring": "20s"}}),
    Idle("a timeout of a state that is not tracked", LOSSY, {
        "manager.timeout": {**SAME_TIMEOUTS, "transferring": "1s", "restoring": "1s"}}),
    Idle("other costs", LOSSY, {"manager.costs": {"tick": "1ms", "detect": "2ms", "cleanup": "3ms", "record": "1KiB"}}),
    # Faults that affect no executor in use
    fault(LOSSY, "crash", "of a spare executor", executors="spare-0", at="1min", restart_after="30s"),
    fault(LOSSY, "pause", "of a spare executor", executors="spare-0", at="1min", for_="1min"),
    fault(LOSSY, "unresponsive", "of a spare executor", executors="spare-1", at="0s"),
    fault(LOSSY, "slow", "of a spare executor", executors="spare-*", at="0s"),
    fault(LOSSY, "partition", "between spare executors", from_="spare-0", to="spare-1", at="1min", for_="1min"),
    fault(LOSSY, "loss", "of a spare executor's messages", executors="spare-0", at="0s"),
    fault(LOSSY, "clock_step", "of a spare executor", executors="spare-2", at="1min", by="2min"),
    fault(LOSSY, "clock_drift", "of a spare executor", executors="spare-2", at="0s", rate=1.5),
    fault(HARD, "crash", "of a spare executor", executors="spare-0", at="1min"),
    # Faults of probability 0
    *(
        fault(base, kind, "of probability 0", executors="*", at="0s", probability=0)
        for kind, base in (
            ("loss", LOSSY), ("duplication", HARD), ("reordering", LOSSY), ("corrupt_checkpoint", HARD), ("forge", HARD)
        )
    ),
    Idle("random faults that are too rare to occur", LOSSY, {"faults": [{"random": {"mtbf": "36500d"}}]}),
    # Faults after the end
    fault(LATE, "crash", "after the end, of all", executors="*", at=AFTER, state="volatile"),
    fault(LATE, "pause", "after the end", executors="node-1", at=AFTER),
    fault(LATE, "slow", "after the end", executors="*", at=AFTER),
    fault(LATE, "unresponsive", "after the end", executors="*", at=AFTER),
    fault(LATE, "clock_drift", "after the end", executors="*", at=AFTER),
    fault(HARD, "partition", "after the end", from_="node-*", to="*", at=AFTER),
    fault(HARD, "loss", "after the end", executors="*", at=AFTER),
    # Features that are not used
    Idle("trust, where targets are uniform", LOSSY, {
        "trust": {"initial": 0.1, "on_timeout": -1, "on_reject": -1, "minimum": 0.9}}),
    Idle("quorum keys, disabled", LOSSY, {
        "quorum": {"enabled": False, "executors": 3, "threshold": 0.5, "window": "1s", "grace": "0s", "credits": 1}}),
    Idle("no task checker", LOSSY, {"task_checker": {"enabled": False}}),
    Idle("a frequent task checker", LOSSY, {"task_checker": {"check_interval": "1s"}}),
    Idle("retries where nothing fails", CALM, {"retry": {"max_retries": 5, "backoff": {"jitter": "decorrelated"}}}),
    Idle("a back-off without retries", CALM, {"retry": {"backoff": {"base": "7s", "jitter": "equal"}}}),
    Idle("an alternative target without retries", CALM, {"retry.alternative_target_after": 3}),
    Idle("retries on no outcome", CALM, {"retry": {"max_retries": 3, "on": []}}),
    Idle("a maximal size of checkpoints", LOSSY, {
        "actors.mode": {"stateful": {"checkpoint_interval": "5s", "max_state_size": "1KiB"}}}),
    Idle("checkpoints in memory where nothing crashes", LOSSY, {"checkpoints.store": "memory"}),
    Idle("checkpoints that take time where nothing crashes", LOSSY, {"checkpoints": {"time": "1s", "pauses": False}}),
    Idle("checkpoints with a bandwidth and a flush", LOSSY, {"checkpoints": {"bandwidth": "10MiB/s", "flush": "2s"}}),
    Idle("the delay of a fix that is off", LOSSY, {"protocol": {
        "retransmit_after": "1s", "message_lifetime": "1s", "detection_gap": "1s"}}),
    Idle("switches as the profile has them", LOSSY, {"protocol": {
        "completion_ack": True, "guarded_transitions": True, "retransmission": False}}),
    Idle("a delay of gossip where no message is gossiped", CALM, {"network.gossip.delay": "20s"}),
    # Executors
    Idle("more free memory", LOSSY, {"executors.0.capacity": {"memory": "16GiB"}}),
    Idle("a short queue", LOSSY, {"executors.0.capacity": {"queue": 5}}),
    Idle("a slowdown of 1", LOSSY, {"executors.0.behavior": "slow"}),
    Idle("all parts, named", LOSSY, {"executors.0.parts": ["migration_manager", "policy", "checkpoint_store"]}),
    Idle("weights doubled in every group", LOSSY, {
        f"executors.{number}.weight": 0 if number == 5 else 2 for number in range(6)}),
    Idle("regions without distance", LOSSY, {
        "network.matrix": "rtt.csv", **{f"executors.{number}.region": "east" for number in range(6)}}),
    Idle("a bandwidth that takes no time", LOSSY, {"network.bandwidth": "100TiB/s"}),
    Idle("transfers that share a bandwidth but take no time", LOSSY, {
        "network.bandwidth": "100TiB/s", "network.sharing": "executor"}),
    Idle("a store that takes no time", LOSSY, {"checkpoints.store_bandwidth": "100TiB/s"}),
    Idle("a pair of regions between which nothing is sent", LOSSY, {
        "network.pairs": [{"from": "spare", "to": "node", "latency": "1h", "loss": 1, "bandwidth": "1B/s"}],
        "executors.0.region": "node", "executors.5.region": "spare"}),
    # The document
    Idle("an expectation", LOSSY, {"expect": {"success_rate": {"at_most": 1}}}),
    Idle("a sweep", LOSSY, {"sweep": {"vary": {"manager.timeout": ["10s", "20s"]}, "replications": 3}}),
    Idle("a warm-up", LOSSY, {"warmup": "30s"}),
)  # fmt: skip


@cache
def plainly(base: str) -> Run:
    """The run of a scenario without any setting."""
    return experiment.run(loads(base, DATA))


@pytest.mark.parametrize("idle", IDLE, ids=lambda idle: f"{loads(idle.base).name}: {idle.what}")
def test_a_setting_that_does_nothing_changes_no_attempt_and_no_migration(idle: Idle) -> None:
    scenario = loads(idle.base, DATA, overrides=idle.settings)
    wanted, found = plainly(idle.base), simulate(scenario)[0]
    for name in ("attempts", "migrations"):
        one, other = table(name, wanted.replayed(), wanted.scenario), table(name, found, scenario)
        assert one is not None and other is not None
        assert [column for column in one.column_names if not one[column].equals(other[column])] == []


def test_the_scenarios_have_what_could_be_changed() -> None:
    lossy, late, calm, hard = map(plainly, (LOSSY, LATE, CALM, HARD))
    for run in (lossy, late, hard):
        assert run.summary["migrations"]["retried"] > 10
        assert run.summary["messages"]["lost"] > 10 or run is late
    assert lossy.attempts["late_reply"].any()
    assert lossy.summary["migrations"]["unfinished"] > 0
    assert late.summary["migrations"]["unfinished"] == hard.summary["migrations"]["unfinished"] == 0
    assert calm.summary["migrations"]["failed"] + calm.summary["migrations"]["timed_out"] == 0


def test_the_messages_that_reach_no_migrating_actor_are_sent() -> None:
    sent = experiment.run(loads(LOSSY, DATA, overrides={"actors.message_rate": "0.1/h"}))
    assert sent.summary["actor_messages"]["sent"] > 0


def test_the_table_names_at_least_25_keys() -> None:
    keys = {key if key != "faults" else f"faults.{idle.what.split()[0]}" for idle in IDLE for key in idle.settings}
    assert len(keys) >= 25
