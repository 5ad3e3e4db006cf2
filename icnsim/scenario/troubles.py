"""Contradictions between the keys of faults, overrides, adjustments, retries and trust."""

import difflib
import re
from collections.abc import Iterator, Mapping
from fnmatch import translate
from functools import lru_cache
from typing import Final

from icnsim.errors import printable
from icnsim.numbers import as_given, exact
from icnsim.scenario import repetition
from icnsim.scenario.detector import PARAMETERS, Detector
from icnsim.scenario.distributions import Constant
from icnsim.scenario.faults import CheckerError, Fault, Heal, ManagerError, Partition, RandomFaults
from icnsim.scenario.manager import Adjustment, OtherTimeouts, Override
from icnsim.scenario.names import EVERYBODY, is_pattern
from icnsim.scenario.retry import OtherRetry, Retry, retry_after
from icnsim.scenario.schema import Scenario
from icnsim.scenario.units import format_duration

Path = tuple[str | int, ...]
Finding = tuple[Path, str, str]

MAX_RANDOM_FAULTS: Final = 1_000_000
"""The largest expected number of random faults in a run."""
MAX_COMPARISONS: Final = 10_000_000
"""The largest number of comparisons of names with patterns, which take some seconds."""
GROUPS_NAMED: Final = 3
GIVEN: Final = "a timeout, a retention, tracked_states, a detector or a retry"


def contradictions(scenario: Scenario, broken: frozenset[str], end_us: float) -> Iterator[Finding]:
    """The path, the found value and the expected value of every contradiction.

    Parameters
    ----------
    broken : sections that have problems of their own; they are not checked. end_us : the expected end of the
        simulation, infinite if it is not known.
    """
    if not broken & {"faults", "executors"}:
        if (comparisons := _wildcards(scenario) * scenario.executor_count) > MAX_COMPARISONS:
            found = f"{comparisons:,} comparisons of patterns with the names of executors"
            yield ("faults",), found, f"at most {MAX_COMPARISONS:,}: fewer different patterns"
        else:
            yield from _patterns(scenario)
            yield from _too_many(scenario, end_us)
        yield from _selections(scenario)
    if "faults" not in broken:
        yield from _times(scenario, end_us)
        yield from repetition.contradictions(scenario.faults)
        if not broken & {"manager", "task_checker"}:
            yield from _loops(scenario)
    if "manager" not in broken:
        yield from _adjustments(scenario, end_us)
        if "actors" not in broken:
            yield from _overrides(scenario)
        yield from _structure(scenario)
        yield from _detectors(scenario)
        yield from _sized(scenario)
    if not broken & {"manager", "protocol"}:
        yield from _gap(scenario)
    if not broken & {"retry", "manager"}:
        yield from _retries(scenario)
    initial = scenario.trust.initial
    if "trust" not in broken and isinstance(initial, Constant) and initial.value > 1:
        yield ("trust", "initial"), exact(initial.value), "a number from 0 to 1"


def expected_random_faults(scenario: Scenario, simulated_us: float) -> float:
    """The expected number of faults that the random items generate."""
    return sum(
        len(item.random.kinds)
        * len(scenario.selected(item.random.executors, item.random.region))
        * (simulated_us / (item.random.mtbf + item.random.mttr))
        for item in scenario.faults
        if isinstance(item, RandomFaults)
    )


def expected_given_faults(scenario: Scenario, simulated_us: float) -> float:
    """The number of occurrences of the faults that are not random."""
    return sum(
        repetition.occurrences(item, simulated_us)
        * (1 if isinstance(item, Heal) or item.rolling is None else len(scenario.selected(item.executors, item.region)))
        for item in scenario.faults
        if not isinstance(item, RandomFaults)
    )


# Faults


def _patterns(scenario: Scenario) -> Iterator[Finding]:
    known: dict[str, str] = {}
    for number, item in enumerate(scenario.faults):
        for path, patterns in _executors_of(item).items():
            for pattern in patterns:
                if not scenario.matching((pattern,)):
                    if pattern not in known:
                        known[pattern] = _expected_executors(scenario, pattern)
                    yield ("faults", number, *path), f"{printable(repr(pattern))}, which no executor is", known[pattern]
        if isinstance(item, Partition) and item.sources is not None and item.targets is not None:
            sides = [scenario.matching(patterns) for patterns in (item.sources, item.targets)]
            if sides[0] == sides[1] and len(sides[0]) == 1:
                yield ("faults", number, "to"), "the executor that is also `from`", "another one: a link is between two"


def _wildcards(scenario: Scenario) -> int:
    """The number of different patterns that must be compared with every name."""
    patterns = (pattern for item in scenario.faults for some in _executors_of(item).values() for pattern in some)
    return len({pattern for pattern in patterns if is_pattern(pattern) and pattern != EVERYBODY})


def _executors_of(item: Fault | RandomFaults) -> Mapping[Path, tuple[str, ...]]:
    """The patterns of an item, by their place in it."""
    if isinstance(item, RandomFaults):
        return {("random", "executors"): item.random.executors}
    if isinstance(item, Heal):
        return {}
    found = {("executors",): item.executors}
    if isinstance(item, Partition):
        found |= {("from",): item.sources, ("to",): item.targets}
    return {path: patterns for path, patterns in found.items() if patterns is not None}


def _selections(scenario: Scenario) -> Iterator[Finding]:
    """Items that select no executor, and partitions that select both by `from` and by `executors`."""
    regions = sorted({group.region for group in scenario.executors if group.region is not None})
    known = f"a region of a group: {', '.join(regions)}" if regions else "no region: no group has executors[].region"
    for number, item in enumerate(scenario.faults):
        if isinstance(item, Heal):
            continue
        here: Path = ("faults", number, "random") if isinstance(item, RandomFaults) else ("faults", number)
        chosen = item.random if isinstance(item, RandomFaults) else item
        if isinstance(chosen, Partition) and (chosen.sources is not None or chosen.targets is not None):
            for key, side in (("from", chosen.sources), ("to", chosen.targets)):
                if side is None:
                    yield (*here, key), "nothing", "a value: a partition has from and to, or executors or a region"
            for key in ("executors", "region", "rolling"):
                if getattr(chosen, key) is not None:
                    yield (*here, key), "a value", "none, because the partition has from and to"
            continue
        if chosen.executors is None and chosen.region is None:
            more = "from and to, or " if isinstance(chosen, Partition) else ""
            yield (*here, "executors"), "nothing", f"a value: {more}executors (a name or a pattern), or a region"
        elif chosen.region is not None and chosen.region not in regions:
            yield (*here, "region"), repr(chosen.region), known
        elif chosen.region is not None and not scenario.selected(chosen.executors, chosen.region):
            found = f"no executor of the region {chosen.region!r}"
            yield (*here, "executors"), found, "a pattern that matches some of them, or no executors: the whole region"


def _expected_executors(scenario: Scenario, pattern: str) -> str:
    """The existing names, and a suggestion of the one that may have been meant."""
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
    given = expected_given_faults(scenario, end_us)
    if MAX_RANDOM_FAULTS < given < float("inf"):
        found, wanted = f"{given:,.0f} occurrences of faults", f"at most {MAX_RANDOM_FAULTS:,}"
        yield ("faults",), found, f"{wanted}: a longer every, fewer times, or a shorter simulation"


def _loops(scenario: Scenario) -> Iterator[Finding]:
    """Errors of loops that are not enabled."""
    for number, item in enumerate(scenario.faults):
        if isinstance(item, ManagerError) and not scenario.manager.enabled:
            yield ("faults", number, "kind"), item.kind, "another kind, or manager.enabled: true"
        if isinstance(item, CheckerError) and not scenario.task_checker.enabled:
            yield ("faults", number, "kind"), item.kind, "another kind, or task_checker.enabled: true"


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
    return f"a time before the end of the simulation, {as_given(end_us / 1e6, 's')}: arrivals and drain"


# The manager's settings


def _adjustments(scenario: Scenario, end_us: float) -> Iterator[Finding]:
    last = 0
    for number, adjustment in enumerate(scenario.manager.adjustments):
        here: Path = ("manager", "adjustments", number)
        if adjustment.check_interval is None and not _given(adjustment):
            yield here, "nothing that changes", f"a check_interval, {GIVEN}"
        if adjustment.at < last:
            found, wanted = (
                format_duration(adjustment.at),
                f"the order of their times: {format_duration(last)} or later",
            )
            yield (*here, "at"), found, wanted
        if adjustment.at >= end_us:
            yield (*here, "at"), format_duration(adjustment.at), _before(end_us)
        last = max(last, adjustment.at)


def _structure(scenario: Scenario) -> Iterator[Finding]:
    manager = scenario.manager
    if manager.structure != "scan" and (manager.overrides or manager.adjustments):
        key = "overrides" if manager.overrides else "adjustments"
        expected = (
            f"scan, or no {key}: the costs of a {manager.structure} are counted for timeouts that are the same for "
        )
        yield ("manager", "structure"), manager.structure, f"{expected}all actors and do not change"


def _detectors(scenario: Scenario) -> Iterator[Finding]:
    """Checks that a detector has only parameters of its kind and a window in which it can learn.

    A structure other than `scan` needs the detector `poll`.
    """
    manager = scenario.manager
    places: list[tuple[Path, Detector | None]] = [(("manager", "detector"), manager.detector)]
    own = [("manager", "overrides", number, "detector") for number in range(len(manager.overrides))]
    later = [("manager", "adjustments", number, "detector") for number in range(len(manager.adjustments))]
    places += zip(own, (override.detector for override in manager.overrides), strict=True)
    places += zip(later, (adjustment.detector for adjustment in manager.adjustments), strict=True)
    for path, detector in places:
        if detector is None:
            continue
        for name in detector.misplaced:
            kinds = " or ".join(kind for kind, parameters in PARAMETERS.items() if name in parameters) or "plug-ins"
            yield (
                (*path, name),
                f"{detector.model_dump()[name]}",
                f"none: it is a parameter of {kinds}, not of {detector.kind}",
            )
        fewest = detector.smallest_window(heartbeats=manager.heartbeat is not None)
        if detector.window is not None and detector.window < fewest:
            wanted = f"at least {fewest}: {detector.kind} learns from two times, and a shorter window has fewer"
            yield (*path, "window"), f"{detector.window}", wanted
    if manager.structure != "scan" and manager.detector.kind != "poll":
        wanted = f"scan: with the detector {manager.detector.kind} no tick searches for old records"
        yield ("manager", "structure"), manager.structure, wanted


def _sized(scenario: Scenario) -> Iterator[Finding]:
    """Rejects timeouts by size for submitted tasks: the state of a task grows while it runs."""
    if scenario.manager.by_size and scenario.tasks_migrate:
        wanted = "timeouts without a part by size: the size of a submitted task's state changes while it runs"
        yield ("manager", "timeout"), "a timeout by the size of the state", wanted


def _overrides(scenario: Scenario) -> Iterator[Finding]:
    comparisons = len(scenario.manager.overrides) * scenario.actor_count
    if comparisons > MAX_COMPARISONS:
        found = f"{comparisons:,} comparisons of patterns with the names of actors"
        yield ("manager", "overrides"), found, f"at most {MAX_COMPARISONS:,}: fewer overrides, or fewer actors"
        return
    for number, override in enumerate(scenario.manager.overrides):
        here: Path = ("manager", "overrides", number)
        if not _given(override):
            yield here, "nothing that differs", GIVEN
        if override.actors is None and override.min_state_size is None:
            yield (*here, "actors"), "nothing", "a value: actors is required, or min_state_size"
        elif not _some_actor(override.pattern, scenario.numbered_actors):
            names = [f"{prefix}0 … {prefix}{count - 1}" for prefix, count in scenario.numbered_actors if count]
            wanted = f"a name or a pattern of actors: {', '.join(names)}"
            yield (*here, "actors"), f"{printable(repr(override.actors))}, which no actor is", wanted


def _given(change: Override | Adjustment) -> bool:
    """Whether a change has any of the settings that overrides and adjustments share."""
    others = (change.retention, change.tracked_states, change.detector)
    given = change.timeout not in (None, OtherTimeouts()) or change.retry not in (None, OtherRetry())
    return given or any(value is not None for value in others)


def _retries(scenario: Scenario) -> Iterator[Finding]:
    """Checks that the longest pause of every retry policy is at least the first one."""
    manager, now = scenario.manager, scenario.retry
    policies: list[tuple[Path, Retry]] = [(("retry", "backoff", "max"), now)]
    for number, adjustment in enumerate(manager.adjustments):
        if adjustment.retry is not None:
            now = retry_after(now, adjustment.retry)
            policies.append((("manager", "adjustments", number, "retry", "backoff"), now))
    for number, override in enumerate(manager.overrides):
        if override.retry is not None:
            own = retry_after(scenario.retry, override.retry)
            policies.append((("manager", "overrides", number, "retry", "backoff"), own))
    for path, policy in policies:
        backoff = policy.backoff
        if backoff.base > backoff.max:
            yield path, format_duration(backoff.max), f"at least the base, {format_duration(backoff.base)}"


@lru_cache(maxsize=1024)
def _some_actor(pattern: str, names: tuple[tuple[str, int], ...]) -> bool:
    """Whether the name of some actor matches; cached, because every point of a sweep asks for it."""
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
