"""Contradictions between keys, and the estimate of a run's memory."""

import math
from bisect import bisect_left
from collections.abc import Iterator
from typing import Final

import numpy as np

from icnsim.numbers import as_given, exact
from icnsim.scenario import fitting, topology, troubles, variation
from icnsim.scenario.detector import LEARNING
from icnsim.scenario.distributions import Distribution
from icnsim.scenario.executors import ExecutorGroup
from icnsim.scenario.schema import Scenario
from icnsim.scenario.units import LONGEST_US, format_duration, format_rate
from icnsim.scenario.workload import Arrivals

Path = tuple[str | int, ...]
Finding = tuple[Path, str, str]

MEMORY_LIMIT: Final = 4 * 2**30
"""A run with a larger estimate is refused unless it is allowed."""

ATTEMPT_BYTES: Final = 320
"""Bytes per migration, measured: columns, draws and the tables made of them (benchmarks/)."""
RECORD_BYTES: Final = 420
EXECUTOR_BYTES: Final = 2600
ACTOR_BYTES: Final = 220
BASE_BYTES: Final = 150 * 2**20

UNHAPPY_ATTEMPT_BYTES: Final = 1200
"""Bytes per attempt of a run with faults, retries, trust, messages or votes."""
FAULT_BYTES: Final = 600
OPINION_BYTES: Final = 8
BELIEF_BYTES: Final = 16
"""Bytes per executor and observer: the newest report that has arrived, if links may fail."""
WAITING_BYTES: Final = 40
"""Bytes per message to an actor, which is kept until the actor's next checkpoint."""
DECISION_BYTES: Final = 100
VOTE_BYTES: Final = 1100
"""Bytes per voter and migration in an open vote, with the messages in flight between them."""
VOTED_BYTES: Final = 500
"""Bytes per voter and actor after a vote: the remembered result."""
MEMORY_BYTES: Final = 300
"""Bytes per attempt of an actor in WASM: its row in the columns and in the table made of them."""
LOAD_BYTES: Final = 100
"""Bytes per migration in the history of loads and in the decisions."""
TASK_BYTES: Final = 700
"""Bytes per submitted task: its parsed body, its row and its columns of draws."""
EXECUTION_BYTES: Final = 900
"""Bytes per task and executor that runs it: its state while it runs, and its row."""
FAILING: Final = 0.5
"""The least share of failing attempts that the estimate assumes in a run with faults."""


def arrivals_expected(scenario: Scenario) -> float:
    """The largest expected number of arrivals."""
    arrivals, limit = scenario.workload.arrivals, scenario.workload.migrations
    most = float("inf") if limit is None else float(limit)
    if scenario.workload.by_policy:
        # Each executor lets one actor go at each evaluation.
        evaluations = math.ceil((scenario.duration or 0) / scenario.policy.evaluate_every)
        return min(most, scenario.executor_count * evaluations)
    if scenario.given_times is not None:
        end = LONGEST_US if scenario.duration is None else scenario.duration
        return min(most, bisect_left(scenario.given_times, end))
    if scenario.duration is None:
        return most
    if arrivals.process == "burst":
        return min(most, (arrivals.size or 0) * math.ceil(scenario.duration / (arrivals.every or 1)))
    passed = scenario.duration if scenario.profile is None else scenario.profile.elapsed(scenario.duration)
    return min(most, arrivals.rate * passed / 1e6)


def tasks_expected(scenario: Scenario) -> float:
    """The number of tasks that will be submitted. `workload.migrations` limits them if nothing migrates."""
    submitted, limit = scenario.submissions, scenario.workload.migrations
    if submitted is None:
        return 0
    most = math.inf if limit is None or scenario.migrates else limit
    return min(most, bisect_left(submitted.at_us, LONGEST_US if scenario.duration is None else scenario.duration))


def begun_expected(scenario: Scenario) -> float:
    """The largest expected number of migrations and tasks."""
    return arrivals_expected(scenario) + (tasks_expected(scenario) if scenario.tasks_migrate else 0)


def arriving_us(scenario: Scenario) -> float:
    """The mean duration of the arrivals, µs."""
    arrivals, count = scenario.workload.arrivals, arrivals_expected(scenario)
    if scenario.workload.by_policy:
        return scenario.duration or 0
    if scenario.given_times is not None:
        return scenario.given_times[max(0, int(count) - 1)]
    if arrivals.process == "burst":
        return math.ceil(count / (arrivals.size or 1)) * (arrivals.every or 0)
    passed = (count - (arrivals.process == "periodic")) * 1e6 / arrivals.rate
    if scenario.profile is None or math.isinf(passed):
        return passed
    return float(scenario.profile.instants(np.array([passed]))[0])


def end_us(scenario: Scenario) -> float:
    """The expected end of the simulation, µs; infinite if no key determines when arrivals end."""
    if scenario.duration is not None:
        return scenario.duration + scenario.drain
    arrivals = scenario.workload.arrivals
    if scenario.given_times is None and (
        scenario.workload.migrations is None or (arrivals.process == "burst" and arrivals.every is None)
    ):
        return math.inf
    return arriving_us(scenario) + scenario.drain


def estimate_bytes(scenario: Scenario) -> float:
    """The memory that a run will need, bytes: recorded columns, and live objects during the run."""
    attempts = attempts_expected(scenario)
    simulated = end_us(scenario) / 1e6
    span = simulated - scenario.drain / 1e6
    samples = 0.0 if scenario.record.timeline is None else simulated * 1e6 / scenario.record.timeline
    held = min(1.0, (scenario.manager.retention / 1e6 + 60) / max(span, 1e-9)) if scenario.manager.enabled else 1.0
    messages = 60 * 5 if scenario.record.messages else 0
    regions = 0 if scenario.matrix is None else min(len(scenario.matrix.regions), len(scenario.executors))
    return (
        crowd_bytes(scenario)
        + attempts * (_attempt_bytes(scenario) + messages + 2 * RECORD_BYTES * held)
        + samples * 150
        + (0 if scenario.plain else _unhappy_bytes(scenario, simulated))
        + scenario.executor_count * 8 * regions
    )


def attempts_expected(scenario: Scenario) -> float:
    """The expected number of attempts, including retries; the estimate is rather too high."""
    migrations = arrivals_expected(scenario)
    if not scenario.most_retries:
        return migrations
    most = end_us(scenario) / _shortest_failure(scenario)
    if scenario.protocol.switches.bounded_retries:
        most = min(most, scenario.most_retries)
    targets = [(group.weight * group.count, _failing(group)) for group in scenario.executors]
    failing = sum(weight * share for weight, share in targets) / sum(weight for weight, _ in targets)
    failing = max(FAILING, 1 - (1 - failing) * (1 - _loss(scenario)) ** 3)
    if not scenario.protocol.switches.bounded_retries:
        # An actor has one migration at a time, and a target that has failed once may fail for ever.
        return migrations + min(migrations * failing, scenario.actors.count) * most
    # Each retry follows a failure of the one before.
    return migrations * (most + 1 if failing == 1 else (1 - failing ** (most + 1)) / (1 - failing))


def _loss(scenario: Scenario) -> float:
    """The largest probability that a link loses a message."""
    return max(link.loss for link in scenario.network.links)


def _failing(group: ExecutorGroup) -> float:
    """The share of the requests to a group that fail because of the group's behavior."""
    return 1.0 if group.plugged or group.behavior in ("unresponsive", "rejecting") else 1 - group.answer_probability


def _shortest_failure(scenario: Scenario) -> float:
    """The shortest time in which an attempt can fail, µs."""
    manager, latency = scenario.manager, min(link.latency.mean() for link in scenario.network.links)
    answered = 2 * latency + scenario.stages.evaluation.mean()
    rejecting = any(group.behavior == "rejecting" for group in scenario.executors)
    shortest: float = min((ms * 1000 for ms in scenario.timeouts_ms.values()), default=LONGEST_US)
    if manager.learning_from_heartbeats:
        shortest = 0  # a target that is already suspected
    elif not set(LEARNING).isdisjoint(manager.detectors):
        shortest = min(shortest, answered)  # a learned timeout is about as long as a usual answer takes
    # A detector that polls finds a time-out at a tick, and the next of the same source at a later one.
    timed_out = max(shortest, manager.check_interval) if manager.detectors.keys() == {"poll"} else shortest
    return max(1000.0, min(answered, timed_out) if rejecting and "rejected" in scenario.retry.on else timed_out)


def _attempt_bytes(scenario: Scenario) -> int:
    return ATTEMPT_BYTES if scenario.plain else UNHAPPY_ATTEMPT_BYTES


def _unhappy_bytes(scenario: Scenario, simulated: float) -> float:
    """Bytes for faults, trust and messages to actors; `simulated` in s."""
    faults = troubles.expected_given_faults(scenario, simulated * 1e6)
    faults += troubles.expected_random_faults(scenario, simulated * 1e6)
    pairs = scenario.executor_count**2
    trusting = scenario.workload.target == "trust"
    drawn = isinstance(scenario.trust.initial, Distribution) and scenario.trust.initial.constant is None
    mode = scenario.actors.mode
    kept = simulated
    if not isinstance(mode, str):
        kept = min(simulated, 2 * scenario.stateful.checkpoint_interval / 1e6)
    waiting = scenario.actors.message_rate * scenario.actors.count * kept
    return (
        faults * FAULT_BYTES
        + waiting * WAITING_BYTES
        + (pairs * OPINION_BYTES if trusting and drawn else 0)
        + (_voting_bytes(scenario) if scenario.quorum.enabled else 0)
        + (_policy_bytes(scenario, simulated) if scenario.uses_policy else 0)
        + (MEMORY_BYTES * attempts_expected(scenario) if scenario.wasm is not None else 0)
        + (_task_bytes(scenario) if scenario.submissions is not None else 0)
    )


def _voting_bytes(scenario: Scenario) -> float:
    """Bytes for a quorum: every decision, and the open votes."""
    quorum, migrations = scenario.quorum, arrivals_expected(scenario)
    at_once = migrations
    if scenario.given_times is None and scenario.workload.arrivals.process != "burst":
        at_once = scenario.workload.arrivals.rate * (quorum.window + quorum.grace) / 1e6
    each = min(at_once, migrations) * VOTE_BYTES + min(scenario.actors.count, migrations) * VOTED_BYTES
    return len(set(quorum.on)) * (migrations * DECISION_BYTES + quorum.most * each)


def _task_bytes(scenario: Scenario) -> float:
    """Bytes for submitted tasks."""
    return tasks_expected(scenario) * (TASK_BYTES + max(1, scenario.quorum.most) * EXECUTION_BYTES)


def _policy_bytes(scenario: Scenario, simulated: float) -> float:
    """Bytes for a policy: the histories of the loads, the evaluations and the locations of blobs."""
    evaluations = scenario.executor_count * simulated * 1e6 / scenario.policy.evaluate_every
    return (
        2 * LOAD_BYTES * begun_expected(scenario)
        + (evaluations * 8 if scenario.workload.by_policy else 0)
        + scenario.actor_count * scenario.actors.blobs * 16
        + (scenario.executor_count**2 * BELIEF_BYTES if scenario.faults or _loss(scenario) else 0)
    )


def crowd_bytes(scenario: Scenario) -> float:
    """The bytes for executors and actors, a part of `estimate_bytes` that needs no data file."""
    return BASE_BYTES + scenario.executor_count * EXECUTOR_BYTES + scenario.actors.count * ACTOR_BYTES


def contradictions(scenario: Scenario, broken: frozenset[str] = frozenset()) -> Iterator[Finding]:
    """The path, the found value and the expected value of every contradiction.

    `broken` sections have problems of their own and are skipped.
    """
    if not broken & {"duration", "warmup", "drain", "workload"}:
        yield from _time(scenario)
    if "executors" not in broken:
        yield from _executors(scenario)
    if not broken & {"executors", "quorum"}:
        yield from _quorum(scenario)
    if not broken & {"executors", "network", "faults"}:
        yield from topology.contradictions(scenario)
    if "workload" not in broken:
        yield from _workload(scenario)
    yield from fitting.contradictions(scenario, broken)
    unknown = broken & {"duration", "drain", "workload"}
    yield from troubles.contradictions(scenario, broken, math.inf if unknown else end_us(scenario))
    if "sweep" not in broken:
        yield from variation.contradictions(scenario.sweep)


def _time(scenario: Scenario) -> Iterator[Finding]:
    workload = scenario.workload
    unread = (workload.trace is not None and scenario.trace is None) or (
        workload.submissions is not None and scenario.submissions is None
    )
    if unread:
        return  # the problem of the file is already reported
    if scenario.duration is None and scenario.workload.migrations is None and scenario.given_times is None:
        yield ("workload", "migrations"), "neither", "workload.migrations or duration (or both)"
        return
    end = arriving_us(scenario) if scenario.duration is None else scenario.duration
    if end + scenario.drain > LONGEST_US:
        years = (end + scenario.drain) / (365 * 86_400e6)
        yield ("drain",), f"a simulation of {years:,.0f} years", "at most 100 years of arrivals and drain"
    if scenario.warmup and scenario.warmup >= end:
        expected = f"less than the {as_given(end / 1e6, 's')} in which migrations arrive"
        yield ("warmup",), format_duration(scenario.warmup), expected


def _plugged(group: ExecutorGroup, here: Path, scenario: Scenario) -> Iterator[Finding]:
    """Keys that a behavior of a plug-in does not support."""
    if group.plugged and group.answer_probability != 1:
        found = exact(group.answer_probability)
        yield (*here, "answer_probability"), found, "1: the plug-in decides which Requests are answered"
    if group.plugged and (scenario.submissions is not None or scenario.quorum.enabled):
        expected = "a built-in one: plug-ins answer only the Requests of migrations, no tasks and no votes"
        yield (*here, "behavior"), group.behavior, expected


def _executors(scenario: Scenario) -> Iterator[Finding]:
    groups = scenario.executors
    names = [group.group for group in groups]
    for number, group in enumerate(groups):
        here: Path = ("executors", number)
        if group.group in names[:number]:
            yield (*here, "group"), repr(group.group), "a name that no other group has"
        if group.behavior != "slow" and group.slowdown != 1:
            yield (*here, "slowdown"), exact(group.slowdown), "1, or the behavior slow"
        yield from _plugged(group, here, scenario)
        # The default is accepted, because a resolved scenario has every key.
        if group.behavior != "byzantine" and group.lies != ExecutorGroup.model_fields["lies"].default:
            yield (*here, "lies"), group.lies, "the behavior byzantine"
        if scenario.matrix is not None and group.region not in scenario.matrix.regions:
            regions = ", ".join(scenario.matrix.regions)
            yield (*here, "region"), repr(group.region), f"a region of {scenario.network.matrix}: {regions}"
    hosting = [group for group in groups if group.hosts_actors]
    if not hosting:
        yield ("executors",), "no group that hosts actors", "one with hosts_actors: true"
    elif scenario.migrates and not any(group.migrates for group in hosting):
        expected = "one that hosts actors and has the parts migration_manager and checkpoint_store"
        yield ("executors",), "no group that an actor can leave", expected
    if scenario.workload.by_policy and not any("policy" in group.parts for group in groups):
        yield ("executors",), "no group with a policy", "one, for workload.trigger: policy"
    weighted = sum(group.count for group in groups if group.weight)
    if not scenario.migrates:
        if not weighted:
            yield ("executors",), "none with a weight above 0", "one, so that tasks have an executor"
    elif scenario.executor_count < 2:
        yield ("executors",), "a single executor", "at least two: a migration needs a source and a target"
    # With a single target, every actor moves there, and has no other target afterwards.
    elif weighted < 2:
        yield ("executors",), f"{weighted} with a weight above 0", "another target for each source"


def _quorum(scenario: Scenario) -> Iterator[Finding]:
    quorum = scenario.quorum
    for number, group in enumerate(scenario.executors):
        if group.behavior == "byzantine" and not quorum.enabled:
            expected = "quorum.enabled: true, because such an executor lies to a quorum"
            yield ("executors", number, "behavior"), "byzantine", expected
    if quorum.confirms and not scenario.migrates:
        yield ("quorum", "on"), "checkpoint", "[decision]: nothing migrates, so there is no such vote"
    if quorum.executors != "by-credits" and quorum.executors > scenario.executor_count:
        yield ("quorum", "executors"), str(quorum.executors), f"at most the {scenario.executor_count} that there are"


def _workload(scenario: Scenario) -> Iterator[Finding]:
    workload, arrivals = scenario.workload, scenario.workload.arrivals
    for key in ("size", "every"):
        value = getattr(arrivals, key)
        if arrivals.process == "burst" and value is None:
            yield ("workload", "arrivals", key), "nothing", "a value: a burst has a size and a distance, every"
        if arrivals.process != "burst" and value is not None:
            yield ("workload", "arrivals", key), str(value), f"nothing: {arrivals.process} arrivals have a rate"
    if arrivals.process == "burst" and arrivals.profile is not None:
        yield ("workload", "arrivals", "profile"), "a profile", "none: bursts have no rate"
    if arrivals.profile is not None and workload.trigger != "arrivals":
        yield ("workload", "arrivals", "profile"), "a profile", "none, or the trigger arrivals: nothing else has a rate"
    # A resolved scenario has every key, so the default is no contradiction.
    if arrivals.process == "burst" and arrivals.rate != Arrivals().rate:
        yield ("workload", "arrivals", "rate"), format_rate(arrivals.rate), "nothing: bursts have a size and every"
    here: Path = ("workload", "trigger")
    if any((trigger.trace is None) == (trigger.submissions is None) for trigger in workload.files):
        yield here, "not one file", "either trace or submissions; for both, a list of the two"
    elif len(workload.triggers) > 1 and (workload.submissions is None or not workload.migrates):
        yield here, "two triggers of one kind", "submissions and one of arrivals, policy and trace"
