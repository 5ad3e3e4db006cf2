"""What no single key can tell: contradictions between keys, and what would not fit."""

import math
from bisect import bisect_left
from collections.abc import Iterator
from typing import Final

from icnsim.scenario import variation
from icnsim.scenario.schema import Arrivals, FileTrigger, Scenario
from icnsim.scenario.units import LONGEST_US

Path = tuple[str | int, ...]
Finding = tuple[Path, str, str]

MEMORY_LIMIT: Final = 4 * 2**30
"""A run that is estimated to need more is refused unless it is allowed."""

ATTEMPT_BYTES: Final = 320
"""Measured per migration: columns, draws and the tables made of them (benchmarks/)."""
RECORD_BYTES: Final = 420
EXECUTOR_BYTES: Final = 2600
ACTOR_BYTES: Final = 220
BASE_BYTES: Final = 150 * 2**20


def arrivals_expected(scenario: Scenario) -> float:
    """How many arrivals there will be, at most."""
    arrivals, limit = scenario.workload.arrivals, scenario.workload.migrations
    most = float("inf") if limit is None else float(limit)
    if scenario.trace is not None:
        end = LONGEST_US if scenario.duration is None else scenario.duration
        return min(most, bisect_left(scenario.trace.at_us, end))
    if scenario.duration is None:
        return most
    if arrivals.process == "burst":
        return min(most, (arrivals.size or 0) * math.ceil(scenario.duration / (arrivals.every or 1)))
    return min(most, arrivals.rate * scenario.duration / 1e6)


def arriving_us(scenario: Scenario) -> float:
    """Mean time over which arrivals come, µs."""
    arrivals, count = scenario.workload.arrivals, arrivals_expected(scenario)
    if scenario.trace is not None:
        return scenario.trace.at_us[max(0, int(count) - 1)]
    if arrivals.process == "burst":
        return math.ceil(count / (arrivals.size or 1)) * (arrivals.every or 0)
    return (count - (arrivals.process == "periodic")) * 1e6 / arrivals.rate


def estimate_bytes(scenario: Scenario) -> float:
    """Memory that a run will need, bytes: what it records, and what it holds while it runs."""
    migrations = arrivals_expected(scenario)
    span = arriving_us(scenario) / 1e6 if scenario.duration is None else scenario.duration / 1e6
    simulated = span + scenario.drain / 1e6
    samples = 0.0 if scenario.record.timeline is None else simulated * 1e6 / scenario.record.timeline
    held = min(1.0, (scenario.manager.retention / 1e6 + 60) / max(span, 1e-9)) if scenario.manager.enabled else 1.0
    messages = 60 * 5 if scenario.record.messages else 0
    regions = 0 if scenario.matrix is None else min(len(scenario.matrix.regions), len(scenario.executors))
    return (
        crowd_bytes(scenario)
        + migrations * (ATTEMPT_BYTES + messages + 2 * RECORD_BYTES * held)
        + samples * 150
        + scenario.executor_count * 8 * regions
    )


def crowd_bytes(scenario: Scenario) -> float:
    """The part of that for executors and actors, which needs no data file."""
    return BASE_BYTES + scenario.executor_count * EXECUTOR_BYTES + scenario.actors.count * ACTOR_BYTES


def contradictions(scenario: Scenario, broken: frozenset[str] = frozenset()) -> Iterator[Finding]:
    """Path, what was found and what was expected of every contradiction.

    `broken` sections have problems of their own and are left out.
    """
    if not broken & {"duration", "warmup", "drain", "workload"}:
        yield from _time(scenario)
    if "executors" not in broken:
        yield from _executors(scenario)
    if not broken & {"executors", "network"}:
        yield from _regions(scenario)
    if "workload" not in broken:
        yield from _workload(scenario)
    if "sweep" not in broken:
        yield from variation.contradictions(scenario.sweep)


def _time(scenario: Scenario) -> Iterator[Finding]:
    if scenario.duration is None and scenario.workload.migrations is None and scenario.trace is None:
        yield ("workload", "migrations"), "neither", "workload.migrations or duration (or both)"
        return
    end = arriving_us(scenario) if scenario.duration is None else scenario.duration
    if end + scenario.drain > LONGEST_US:
        years = (end + scenario.drain) / (365 * 86_400e6)
        yield ("drain",), f"a simulation of {years:,.0f} years", "at most 100 years of arrivals and drain"
    if scenario.warmup and scenario.warmup >= end:
        yield ("warmup",), f"{scenario.warmup / 1e6:g} s", f"less than the {end / 1e6:g} s in which migrations arrive"


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
    if not any(group.hosts_actors for group in groups):
        yield ("executors",), "no group that hosts actors", "one with hosts_actors: true"
    weighted = sum(group.count for group in groups if group.weight)
    if scenario.executor_count < 2:
        yield ("executors",), "a single executor", "at least two: a migration needs a source and a target"
    # A single one is where every actor would go, and then has nowhere to go from.
    elif weighted < 2:
        yield ("executors",), f"{weighted} with a weight above 0", "another target for each source"


def _regions(scenario: Scenario) -> Iterator[Finding]:
    if scenario.network.matrix is None and any(group.region for group in scenario.executors):
        yield ("network", "matrix"), "no matrix", "a matrix, for executors have a region"


def _workload(scenario: Scenario) -> Iterator[Finding]:
    workload, arrivals = scenario.workload, scenario.workload.arrivals
    for key in ("size", "every"):
        value = getattr(arrivals, key)
        if arrivals.process == "burst" and value is None:
            yield ("workload", "arrivals", key), "nothing", "a value: a burst has a size and a distance, every"
        if arrivals.process != "burst" and value is not None:
            yield ("workload", "arrivals", key), str(value), f"nothing: {arrivals.process} arrivals have a rate"
    # The default is let through, for a resolved scenario has every key.
    if arrivals.process == "burst" and arrivals.rate != Arrivals().rate:
        yield ("workload", "arrivals", "rate"), f"{arrivals.rate:g}/s", "nothing: bursts have a size and every"
    trigger = workload.trigger
    if isinstance(trigger, FileTrigger) and (trigger.trace is None) == (trigger.submissions is None):
        yield ("workload", "trigger"), "not one file", "either trace or submissions"
