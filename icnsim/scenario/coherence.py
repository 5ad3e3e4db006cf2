"""What no single key can tell: contradictions between keys, and what would not fit."""

from collections.abc import Iterator
from typing import Final

from icnsim.scenario.schema import FileTrigger, Scenario

Path = tuple[str | int, ...]
Finding = tuple[Path, str, str]

MEMORY_LIMIT: Final = 4 * 2**30
"""A run that is estimated to need more is refused unless it is allowed."""

ATTEMPT_BYTES: Final = 320
"""Measured per migration: columns, draws and the tables made of them (benchmarks/)."""
RECORD_BYTES: Final = 420
EXECUTOR_BYTES: Final = 2600
ACTOR_BYTES: Final = 20
BASE_BYTES: Final = 150 * 2**20


def arrivals_expected(scenario: Scenario) -> float:
    """How many arrivals there will be, at most."""
    if scenario.trace is not None:
        return len(scenario.trace.at_us)
    arrivals, limit = scenario.workload.arrivals, scenario.workload.migrations
    most = float("inf") if limit is None else float(limit)
    if scenario.duration is None:
        return most
    if arrivals.process == "burst":
        return min(most, (arrivals.size or 0) * (scenario.duration / (arrivals.every or 1) + 1))
    return min(most, arrivals.rate * scenario.duration / 1e6)


def estimate_bytes(scenario: Scenario) -> float:
    """Memory that a run will need, bytes: what it records, and what it holds while it runs."""
    migrations = arrivals_expected(scenario)
    span = migrations / scenario.workload.arrivals.rate if scenario.duration is None else scenario.duration / 1e6
    simulated = span + scenario.drain / 1e6
    samples = 0.0 if scenario.record.timeline is None else simulated * 1e6 / scenario.record.timeline
    held = min(1.0, (scenario.manager.retention / 1e6 + 60) / max(span, 1e-9)) if scenario.manager.enabled else 1.0
    messages = 60 * 5 if scenario.record.messages else 0
    executors = sum(group.count for group in scenario.executors)
    return (
        BASE_BYTES
        + migrations * (ATTEMPT_BYTES + messages + 2 * RECORD_BYTES * held)
        + executors * EXECUTOR_BYTES
        + scenario.actors.count * ACTOR_BYTES
        + samples * 150
    )


def contradictions(scenario: Scenario) -> Iterator[Finding]:
    """Path, what was found and what was expected of every contradiction."""
    yield from _time(scenario)
    yield from _executors(scenario)
    yield from _workload(scenario)
    if scenario.network.matrix is None and any(group.region for group in scenario.executors):
        yield ("network", "matrix"), "no matrix", "a matrix, for executors have a region"


def _time(scenario: Scenario) -> Iterator[Finding]:
    if scenario.duration is None and scenario.workload.migrations is None and scenario.trace is None:
        yield ("workload", "migrations"), "neither", "workload.migrations or duration (or both)"
    if scenario.duration is not None and scenario.warmup >= scenario.duration:
        yield ("warmup",), f"{scenario.warmup / 1e6:g} s", f"less than the duration of {scenario.duration / 1e6:g} s"


def _executors(scenario: Scenario) -> Iterator[Finding]:
    groups = scenario.executors
    names = [group.group for group in groups]
    for number, group in enumerate(groups):
        here: Path = ("executors", number)
        if group.group in names[:number]:
            yield (*here, "group"), repr(group.group), "a name that no other group has"
        if group.behavior != "slow" and group.slowdown != 1:
            yield (*here, "slowdown"), f"{group.slowdown:g}", "1, or the behavior slow"
        if scenario.matrix is not None and group.region not in scenario.matrix.regions:
            regions = ", ".join(scenario.matrix.regions)
            yield (*here, "region"), repr(group.region), f"a region of {scenario.network.matrix}: {regions}"
    if sum(group.count for group in groups) < 2:
        yield ("executors",), "a single executor", "at least two: a migration needs a source and a target"
    if not any(group.hosts_actors for group in groups):
        yield ("executors",), "no group that hosts actors", "one with hosts_actors: true"
    weighted = sum(group.count for group in groups if group.weight)
    if weighted < 2 and (weighted == 0 or any(group.weight and group.hosts_actors for group in groups)):
        yield ("executors",), f"{weighted} with a weight above 0", "another target for each source"


def _workload(scenario: Scenario) -> Iterator[Finding]:
    workload, arrivals = scenario.workload, scenario.workload.arrivals
    for key in ("size", "every"):
        value = getattr(arrivals, key)
        if arrivals.process == "burst" and value is None:
            yield ("workload", "arrivals", key), "nothing", "a value: a burst has a size and a distance, every"
        if arrivals.process != "burst" and value is not None:
            yield ("workload", "arrivals", key), str(value), f"nothing: {arrivals.process} arrivals have a rate"
    trigger = workload.trigger
    if isinstance(trigger, FileTrigger) and (trigger.trace is None) == (trigger.submissions is None):
        yield ("workload", "trigger"), "not one file", "either trace or submissions"
