"""Contradictions of what goes wrong in a scenario, and of what is done about it.

Faults, overrides, adjustments, retries and trust: what no single key of them can tell.
"""

import difflib
import re
from collections.abc import Iterator, Mapping
from fnmatch import translate
from functools import lru_cache
from typing import Final

from icnsim.errors import printable
from icnsim.scenario.distributions import Constant
from icnsim.scenario.faults import Fault, Heal, Partition, RandomFaults
from icnsim.scenario.names import EVERYBODY, is_pattern
from icnsim.scenario.schema import OtherTimeouts, Scenario
from icnsim.scenario.units import format_duration

Path = tuple[str | int, ...]
Finding = tuple[Path, str, str]

MAX_RANDOM_FAULTS: Final = 1_000_000
"""Random faults that a run may be expected to have."""
MAX_COMPARISONS: Final = 10_000_000
"""Of names with patterns: some seconds."""
GROUPS_NAMED: Final = 3


def contradictions(scenario: Scenario, broken: frozenset[str], end_us: float) -> Iterator[Finding]:
    """Path, what was found and what was expected of every contradiction.

    Parameters
    ----------
    broken : sections that have problems of their own, and are left out. end_us : the expected end of the
        simulation; infinite where it is not known.
    """
    if not broken & {"faults", "executors"}:
        if (comparisons := _wildcards(scenario) * scenario.executor_count) > MAX_COMPARISONS:
            found = f"{comparisons:,} comparisons of patterns with the names of executors"
            yield ("faults",), found, f"at most {MAX_COMPARISONS:,}: fewer different patterns"
        else:
            yield from _patterns(scenario)
            yield from _too_many(scenario, end_us)
    if "faults" not in broken:
        yield from _times(scenario, end_us)
    if "manager" not in broken:
        yield from _adjustments(scenario, end_us)
        if "actors" not in broken:
            yield from _overrides(scenario)
    if not broken & {"manager", "protocol"}:
        yield from _gap(scenario)
    if "retry" not in broken and scenario.retry.backoff.base > scenario.retry.backoff.max:
        found = format_duration(scenario.retry.backoff.max)
        yield ("retry", "backoff", "max"), found, f"at least the base, {format_duration(scenario.retry.backoff.base)}"
    initial = scenario.trust.initial
    if "trust" not in broken and isinstance(initial, Constant) and initial.value > 1:
        yield ("trust", "initial"), f"{initial.value:g}", "a number from 0 to 1"


def expected_random_faults(scenario: Scenario, simulated_us: float) -> float:
    """How many faults the random ones will make."""
    return sum(
        len(item.random.kinds)
        * len(scenario.matching(item.random.executors))
        * (simulated_us / (item.random.mtbf + item.random.mttr))
        for item in scenario.faults
        if isinstance(item, RandomFaults)
    )


# Faults


def _patterns(scenario: Scenario) -> Iterator[Finding]:
    told: dict[str, str] = {}
    for number, item in enumerate(scenario.faults):
        for path, patterns in _executors_of(item).items():
            for pattern in patterns:
                if not scenario.matching((pattern,)):
                    if pattern not in told:
                        told[pattern] = _expected_executors(scenario, pattern)
                    yield ("faults", number, *path), f"{printable(repr(pattern))}, which no executor is", told[pattern]
        if isinstance(item, Partition):
            sides = [scenario.matching(patterns) for patterns in (item.sources, item.targets)]
            if sides[0] == sides[1] and len(sides[0]) == 1:
                yield ("faults", number, "to"), "the executor of from itself", "another one: a link is between two"


def _wildcards(scenario: Scenario) -> int:
    """How many different patterns there are that not everybody matches."""
    patterns = (pattern for item in scenario.faults for some in _executors_of(item).values() for pattern in some)
    return len({pattern for pattern in patterns if is_pattern(pattern) and pattern != EVERYBODY})


def _executors_of(item: Fault | RandomFaults) -> Mapping[Path, tuple[str, ...]]:
    """The patterns of an item, by where they stand in it."""
    if isinstance(item, RandomFaults):
        return {("random", "executors"): item.random.executors}
    if isinstance(item, Partition):
        return {("from",): item.sources, ("to",): item.targets}
    return {} if isinstance(item, Heal) else {("executors",): item.executors}


def _expected_executors(scenario: Scenario, pattern: str) -> str:
    """Which names there are, and which of them may have been meant."""
    groups = {group.group: group.count for group in scenario.executors}
    named = [f"{group}-0" if count == 1 else f"{group}-0 … {group}-{count - 1}" for group, count in groups.items()]
    more = ", …" if len(named) > GROUPS_NAMED else ""
    known = f"a name or a pattern of executors: {', '.join(named[:GROUPS_NAMED])}{more}"
    group, dash, rest = pattern.rpartition("-")
    near = difflib.get_close_matches(group or pattern, groups, 1)
    if not near or near[0] == group:
        return known
    meant = f"{near[0]}{dash or '-'}{rest if group else '*'}"
    return f"{known}; did you mean {meant!r}?" if scenario.matching((meant,)) else known


def _too_many(scenario: Scenario, end_us: float) -> Iterator[Finding]:
    expected = expected_random_faults(scenario, end_us)
    if MAX_RANDOM_FAULTS < expected < float("inf"):
        found, wanted = f"about {expected:,.0f} random faults", f"at most {MAX_RANDOM_FAULTS:,}"
        yield ("faults",), found, f"{wanted}: a longer mtbf, fewer executors or kinds, or a shorter simulation"


def _times(scenario: Scenario, end_us: float) -> Iterator[Finding]:
    cut = min((item.at for item in scenario.faults if isinstance(item, Partition)), default=None)
    randomly = any(isinstance(item, RandomFaults) and "partition" in item.random.kinds for item in scenario.faults)
    for number, item in enumerate(scenario.faults):
        if isinstance(item, RandomFaults):
            continue
        if item.at >= end_us:
            yield ("faults", number, "at"), format_duration(item.at), _before(end_us)
        if isinstance(item, Heal) and not randomly and (cut is None or cut > item.at):
            yield ("faults", number), "a heal without a partition", "a partition that begins before it"


def _before(end_us: float) -> str:
    return f"a time before the end of the simulation, {end_us / 1e6:g} s: arrivals and drain"


# The manager's settings


def _adjustments(scenario: Scenario, end_us: float) -> Iterator[Finding]:
    last = 0
    for number, adjustment in enumerate(scenario.manager.adjustments):
        here: Path = ("manager", "adjustments", number)
        if adjustment.check_interval is None and adjustment.retention is None and not _given(adjustment.timeout):
            yield here, "nothing that changes", "a check_interval, a timeout or a retention"
        if adjustment.at < last:
            found, wanted = (
                format_duration(adjustment.at),
                f"the order of their times: {format_duration(last)} or later",
            )
            yield (*here, "at"), found, wanted
        if adjustment.at >= end_us:
            yield (*here, "at"), format_duration(adjustment.at), _before(end_us)
        last = max(last, adjustment.at)


def _overrides(scenario: Scenario) -> Iterator[Finding]:
    comparisons = len(scenario.manager.overrides) * scenario.actor_count
    if comparisons > MAX_COMPARISONS:
        found = f"{comparisons:,} comparisons of patterns with the names of actors"
        yield ("manager", "overrides"), found, f"at most {MAX_COMPARISONS:,}: fewer overrides, or fewer actors"
        return
    for number, override in enumerate(scenario.manager.overrides):
        here: Path = ("manager", "overrides", number)
        if override.retention is None and not _given(override.timeout):
            yield here, "nothing that differs", "a timeout or a retention"
        if not _some_actor(override.actors, scenario.numbered_actors):
            names = [f"{prefix}0 … {prefix}{count - 1}" for prefix, count in scenario.numbered_actors if count]
            wanted = f"a name or a pattern of actors: {', '.join(names)}"
            yield (*here, "actors"), f"{printable(repr(override.actors))}, which no actor is", wanted


def _given(timeout: int | OtherTimeouts | None) -> bool:
    """Whether it says anything."""
    return timeout not in (None, OtherTimeouts())


@lru_cache(maxsize=1024)
def _some_actor(pattern: str, names: tuple[tuple[str, int], ...]) -> bool:
    """Whether the name of some actor matches; the points of a sweep ask again and again."""
    if not is_pattern(pattern):
        named = re.fullmatch("([a-z]+-)(0|[1-9][0-9]{0,9})", pattern)
        return named is not None and int(named[2]) < dict(names).get(named[1], 0)
    matches = re.compile(translate(pattern)).match
    return any(matches(f"{prefix}{number}") for prefix, count in names for number in range(count))


def _gap(scenario: Scenario) -> Iterator[Finding]:
    manager, protocol = scenario.manager, scenario.protocol
    shortest = min([manager.check_interval, *(a.check_interval for a in manager.adjustments if a.check_interval)])
    if not protocol.switches.atomic_detection and protocol.detection_gap >= shortest:
        wanted = f"less than manager.check_interval, {format_duration(shortest)}: a tick ends before the next one"
        yield ("protocol", "detection_gap"), format_duration(protocol.detection_gap), wanted
