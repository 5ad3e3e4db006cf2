"""Each section of the summary has a unit by the scenario's own features, or a reason why there is no interval."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from icnsim.recording.summary import summarise
from icnsim.recording.uncertainty import (
    ALWAYS,
    CRASHES,
    RANDOM_FAULTS,
    RULES,
    SHARES,
    TASKS,
    Samplings,
    Unit,
    rule_of,
    units_of,
)
from icnsim.recording.uncertainty import POLICY as PLACED
from icnsim.recording.uncertainty import RETRIES as RETRIES_OF_SOME
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
POLICY = "workload: {trigger: policy}\n"
OF_POLICY = "workload: {target: policy}\n"
TRUST = "workload: {target: trust}\n"
STORES = "checkpoints: {store_bandwidth: 1MiB/s}\n"
RANDOM_CRASH = "faults: [{random: {kinds: [crash]}}]\n"
CRASH_AND_RANDOM = CRASH.replace("]", ", {random: {kinds: [pause]}}]")
TWO_CRASHES = CRASH.replace("]", ", {kind: pause, executors: a-0, at: 10s, for: 1s}]")


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
        ("recoveries.work_lost", "", Unit.CRASH),
        ("detection_total", RETRIES, Unit.MIGRATION),
        ("detection_latency", TRUST, Unit.SOURCE),
        ("detection_latency", POLICY, Unit.SOURCE),
        ("detection_latency", CRASH_AND_RANDOM, None),
        ("detection_latency", "manager: {adjustments: [{at: 1s, detector: {kind: adaptive}}]}\n", Unit.SOURCE),
        ("migration_duration", "", Unit.ATTEMPT),
        ("migration_duration", OF_POLICY, Unit.TIME),
        ("migration_duration", POLICY, Unit.TIME),
        ("migration_duration", STORES, Unit.SOURCE),
        ("migration_total", "", Unit.ATTEMPT),
        ("migration_total", STORES, Unit.SOURCE),
        ("downtime", "", Unit.ATTEMPT),
        ("downtime", RANDOM_CRASH, None),
        ("downtime", TWO_CRASHES, None),
        ("downtime", DRAIN, Unit.SOURCE),
        ("records", LEARNS, Unit.TIME),
        ("records", DRAIN, Unit.TIME),
        ("record_life", RANDOM, None),
        ("record_life", BURSTS + ALIGNED, None),
        ("manager.cycle", RANDOM, None),
        ("drains.time", "", Unit.DRAIN),
        ("checkpoint_writes.time", "", Unit.EXECUTOR),
        ("wasm.rounds", "", Unit.ATTEMPT),
        ("policy.staleness", "", Unit.EXECUTOR),
        ("policy.error", "", Unit.TIME),
        ("policy.load", "", None),
        ("quorum.decision_time", "", Unit.DECISION),
        ("quorum.decision_time", OF_POLICY, Unit.TIME),
        ("checkpoint_quorum.decision_time", "", Unit.DECISION),
        ("tasks.time", "", None),
        ("tasks.wait", "", None),
        ("tasks.detection_latency", "", Unit.GATEWAY),
    ],
)
def test_the_unit_follows_from_the_scenario(section: str, keys: str, unit: Unit | None) -> None:
    assert rule_of(section, scenario(keys)).unit is unit


def test_a_wave_of_one_group_and_a_given_number_of_migrations_have_rules_of_their_own() -> None:
    wave = "{group: a, count: 1, capacity: {load: 0.2, wave: {amplitude: 0.7, period: 7min}}}"
    text = "name: small\nactors: {count: 3}\n"
    waves = loads(f"{text}duration: 100s\nexecutors: [{wave}, {{group: b, count: 1}}]\n{OF_POLICY}")
    assert rule_of("policy.error", waves).unit is None
    given = loads(f"{text}executors: [{{group: a, count: 2}}]\nworkload: {{migrations: 5}}\n")
    assert [rule_of(name, given).unit for name in ("records", "record_life")] == [Unit.TIME, Unit.RECORD]


@pytest.mark.parametrize(
    ("trigger", "units"),
    [
        ("[{submissions: {file: tasks.jsonl}}, arrivals]", [Unit.TIME, None, None, Unit.ATTEMPT]),
        ("{trace: {file: trace.csv}}", [Unit.TIME, None, Unit.CRASH, Unit.SOURCE]),
    ],
)
def test_files_of_tasks_and_of_arrivals_have_rules_of_their_own(
    trigger: str, units: list[Unit | None], tmp_path: Path
) -> None:
    (tmp_path / "tasks.jsonl").write_text('{"at_s": 0, "id": "one", "code": "x"}\n')
    (tmp_path / "trace.csv").write_text("at_s\n1\n")
    text = "name: small\nexecutors: [{group: a, count: 2}]\nactors: {count: 3}\nduration: 100s\n"
    run = loads(f"{text}workload: {{trigger: {trigger}}}\n", tmp_path)
    sections = ("records", "manager.cycle", "recoveries.time", "detection_latency")
    assert [rule_of(section, run).unit for section in sections] == units


def test_conditions_are_combined_in_words() -> None:
    assert (CRASHES | RANDOM_FAULTS).text == "executors crash, or faults are random"
    assert (TASKS & RETRIES_OF_SOME).text == "tasks are submitted, and migrations have retries"
    assert (ALWAYS.text, PLACED.text) == ("always", "a policy decides")


def test_units_are_named_in_the_plural() -> None:
    assert [unit.value for unit in Unit] == [
        "attempts", "migrations", "actors", "sources", "executors", "records", "crashes", "drains", "decisions",
        "gateways", "time batches", "sources and time batches",
    ]  # fmt: skip


def test_the_units_of_attempts_are_columns_of_their_table() -> None:
    columns = {name: np.array([place]) for place, name in enumerate(("migration", "actor", "source", "requested"))}
    found = units_of(columns)
    assert {unit: int(column[0]) for unit, column in found.items()} == {
        Unit.MIGRATION: 0, Unit.ACTOR: 1, Unit.SOURCE: 2, Unit.TIME: 3,
    }  # fmt: skip


def test_executors_have_the_strata_of_their_groups_and_crashes_need_twenty() -> None:
    text = "name: small\nduration: 100s\nexecutors: [{group: a, count: 2}, {group: b, count: 1}]\nactors: {count: 3}\n"
    samplings = Samplings(loads(text), 0, 100)
    found = samplings.of("policy.staleness", {Unit.EXECUTOR: np.array([2, 0])})
    assert found.of is not None
    assert found.strata is not None
    assert (found.units, found.of.tolist(), found.strata.tolist()) == ("executors", [2, 0], [0, 0, 1])
    crashes = samplings.of("recoveries.time", {Unit.CRASH: np.array([3, 3])})
    drains = samplings.of("drains.time", {Unit.DRAIN: np.array([3, 3])})
    assert (crashes.least, crashes.strata, drains.least) == (20, None, 10)


def test_a_section_without_a_unit_says_why() -> None:
    found = Samplings(scenario(RANDOM), 0, 100).of("downtime")
    assert (found.units, found.of) == ("", None)
    assert found.why == "the few migrations that a fault hits determine the mean, and there are too few of them"


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
