"""Each section of the summary has a unit by the scenario's own features, or a reason why there is no interval."""

from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np
import pytest

from icnsim.recording.summary import summarise
from icnsim.recording.uncertainty import ALWAYS, RULES, SHARES, Samplings, Unit, rule_of
from icnsim.scenario import loads
from icnsim.simulation import simulate
from tests.recording.builder import recording, scenario
from tests.reference.generator import generated

RETRIES = "retry: {max_retries: 3}\n"
BURSTS = "workload: {arrivals: {process: burst, size: 10, every: 1min}}\n"
RANDOM = "faults: [{random: {kinds: [pause]}}]\n"
CRASH = "faults: [{kind: crash, executors: a-0, at: 10s, restart_after: 1s}]\n"
DRAIN = "faults: [{kind: drain, executors: a-0, at: 10s, for: 1s}]\n"
ALIGNED = "manager: {phase: aligned}\n"
SHARED = "network: {bandwidth: 1MiB/s, sharing: executor}\n"
LEARNS = "manager: {detector: {kind: adaptive}}\n"
HEAP = "manager: {structure: heap}\n"


def sections(found: Mapping[str, Any], prefix: str = "") -> Iterator[str]:
    """The dotted names of the sections that have an interval or the reason why it is missing."""
    for name, value in found.items():
        if name in ("ci95", "mean_ci95"):
            yield prefix.removesuffix(".")
        elif name.endswith("_ci95"):
            yield prefix + name.removesuffix("_ci95")
        elif isinstance(value, dict):
            yield from sections(value, f"{prefix}{name}.")


def test_each_section_with_a_mean_has_rules_of_which_the_last_always_holds() -> None:
    assert sorted(sections(summarise(recording(), scenario()))) == sorted(RULES)
    for rules in RULES.values():
        assert rules[-1].when is ALWAYS
        assert all(rule.assumption for rule in rules)


@pytest.mark.parametrize(
    ("section", "keys", "unit"),
    [
        ("detection_latency", "", Unit.ATTEMPT),
        ("detection_latency", RETRIES, Unit.MIGRATION),
        ("detection_latency", RETRIES + BURSTS, Unit.SOURCE),
        ("detection_latency", RANDOM, None),
        ("detection_latency", DRAIN, Unit.SOURCE),
        ("detection_latency", BURSTS + ALIGNED, None),
        ("detection_latency", ALIGNED, Unit.ATTEMPT),
        ("detection_latency", LEARNS, Unit.SOURCE),
        ("qos.detection_time", "", Unit.ATTEMPT),
        ("qos.mistake_duration", RETRIES, Unit.MIGRATION),
        ("qos.mistake_duration", "manager: {overrides: [{actors: actor-0, detector: {kind: chen}}]}", Unit.SOURCE),
        ("qos.mistake_recurrence", "", Unit.TIME),
        ("qos.query_accuracy", "", Unit.ATTEMPT),
        ("qos.query_accuracy", RANDOM, Unit.TIME),
        ("qos.query_accuracy", LEARNS, Unit.SOURCE),
        ("qos.query_accuracy", "manager: {detector: {kind: deadline}}", Unit.ATTEMPT),
        ("migration_duration", BURSTS, Unit.ATTEMPT),
        ("migration_duration", RANDOM, Unit.TIME),
        ("migration_duration", SHARED, Unit.SOURCE_AND_TIME),
        ("network.transfer", SHARED, None),
        ("migration_total", RETRIES, Unit.MIGRATION),
        ("downtime", CRASH, None),
        ("downtime", RANDOM, None),
        ("records", "", Unit.ACTOR),
        ("records", RETRIES, Unit.ACTOR),
        ("records", BURSTS, Unit.TIME),
        ("records", RANDOM, Unit.TIME),
        ("record_life", "", Unit.RECORD),
        ("record_life", BURSTS, Unit.EXECUTOR),
        ("manager.cycle", "", Unit.ACTOR),
        ("manager.cycle", BURSTS, None),
        ("manager.cycle", HEAP, None),
        ("recoveries.time", CRASH, Unit.CRASH),
    ],
)
def test_the_unit_follows_from_the_scenario(section: str, keys: str, unit: Unit | None) -> None:
    assert rule_of(section, scenario(keys)).unit is unit


def test_states_of_different_sizes_make_the_attempts_of_an_actor_depend_on_each_other() -> None:
    sizes = {"actors.state_size": {"distribution": "uniform", "low": "1MiB", "high": "9MiB"}}
    text = "name: small\nduration: 100s\nexecutors: [{group: a, count: 2}]\nactors: {count: 3}\n"
    for section in ("migration_duration", "migration_total", "downtime"):
        assert rule_of(section, loads(text + RETRIES, overrides=sizes)).unit is Unit.ACTOR
    assert rule_of("migration_duration", loads(text + SHARED, overrides=sizes)).unit is Unit.SOURCE_AND_TIME


def test_the_units_of_rows_are_those_of_their_column() -> None:
    columns = {Unit.SOURCE: np.array([4, 5, 6]), Unit.MIGRATION: np.array([0, 1, 1]), Unit.TIME: np.array([0, 50, 99])}
    found = Samplings(scenario(BURSTS), 0, 100).of("detection_latency", columns, np.array([0, 2]))
    assert found.of is not None
    assert (found.units, found.of.tolist(), found.batches) == ("sources", [4, 6], 0)
    timed = Samplings(scenario(RANDOM), 0, 100).of("migration_duration", columns)
    assert timed.of is not None
    assert (timed.units, timed.of.tolist(), timed.batches) == ("time batches", [0, 32, 63], 64)
    both = Samplings(scenario(SHARED), 0, 100).of("migration_duration", columns, np.array([0, 2]))
    assert both.of is not None
    assert both.crossed is not None
    assert (both.units, both.of.tolist(), both.crossed.tolist()) == ("sources and time batches", [0, 63], [4, 6])
    alone = Samplings(scenario(), 0, 100).of("detection_latency", columns)
    assert (alone.units, alone.of) == ("attempts", None)


@pytest.mark.parametrize("seed", range(0, 60, 3))
def test_a_mean_has_an_interval_that_contains_it_or_a_reason(seed: int) -> None:
    run = generated(seed)
    found = summarise(simulate(run), run)
    for section in sections(found):
        *parts, figure = section.split(".") if section in SHARES else f"{section}.mean".split(".")
        figures: Any = found
        for name in parts:
            figures = figures[name]
        key = "ci95" if "ci95" in figures else f"{figure}_ci95"
        bounds, why = figures[key], figures[f"{key}_why"]
        assert (bounds is None) == bool(why), section
        assert bounds is None or bounds[0] <= figures[figure] <= bounds[1], section
