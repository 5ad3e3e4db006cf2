"""The basis of the 95 % interval of each mean of a summary: its independent unit, and the assumption.

The values of a run are often dependent: a crash hits all actors of its executor, and the tick of a source detects many
records at once. An interval that treats such values as independent is too narrow. Therefore each section of the summary
has rules here. The first rule whose condition holds in a scenario names the unit of the section: values of different
units are (nearly) independent, and values of one unit may depend on each other in any way. `clusters` and `batches`
compute the interval from the units. A section may have no valid interval; then the rule says why.

The rules decide by the scenario alone, so the unit is the same in each of its runs.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import Enum
from types import MappingProxyType
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from icnsim.recording.batches import BATCHES, batch_of
from icnsim.recording.clusters import FEW, Sampling
from icnsim.recording.integers import Column
from icnsim.scenario import Scenario
from icnsim.scenario.detector import learns
from icnsim.scenario.faults import RandomFaults

Rows = slice | NDArray[np.bool_] | NDArray[np.integer[Any]]
ALL: Final = slice(None)
CRASHES_LEAST: Final = 20
"""The smallest number of crashes for which there is an interval: work lost and recovery times are skewed."""


class Unit(Enum):
    """The kinds of independent units. The value is the plural of the unit, for messages."""

    ATTEMPT = "attempts"
    MIGRATION = "migrations"
    ACTOR = "actors"
    SOURCE = "sources"
    EXECUTOR = "executors"
    RECORD = "records"
    CRASH = "crashes"
    DRAIN = "drains"
    DECISION = "decisions"
    GATEWAY = "gateways"
    TIME = "time batches"
    SOURCE_AND_TIME = "sources and time batches"


@dataclass(frozen=True, slots=True)
class Condition:
    """A property of a scenario, in words and as a predicate."""

    text: str
    holds: Callable[[Scenario], bool]

    def __or__(self, other: "Condition") -> "Condition":
        return Condition(
            f"{self.text}, or {other.text}", lambda scenario: self.holds(scenario) or other.holds(scenario)
        )

    def __and__(self, other: "Condition") -> "Condition":
        return Condition(
            f"{self.text}, and {other.text}", lambda scenario: self.holds(scenario) and other.holds(scenario)
        )


@dataclass(frozen=True, slots=True)
class Rule:
    """The unit of a section's values under a condition; without a unit, there is no interval.

    Attributes
    ----------
    assumption : what must hold for the interval to be valid; without a unit, the reason that `ci95_why` gives.
    """

    unit: Unit | None
    when: Condition
    assumption: str


def _together(scenario: Scenario) -> bool:
    """Whether migrations begin at times that are not those of a Poisson process."""
    workload = scenario.workload
    given = workload.arrivals.process != "poisson" or scenario.trace is not None
    return given or workload.by_policy or _fails(scenario, "drain")


def _fails(scenario: Scenario, kind: str) -> bool:
    """Whether a scenario has faults of a kind, at given or random times."""
    return any(
        kind in (fault.random.kinds if isinstance(fault, RandomFaults) else (fault.kind,)) for fault in scenario.faults
    )


def _learns(scenario: Scenario) -> bool:
    """Whether some detector learns from the answers and the heartbeats of others."""
    return any(learns(kind) for kind in scenario.manager.detectors)


def _random_faults(scenario: Scenario) -> bool:
    return any(isinstance(fault, RandomFaults) for fault in scenario.faults)


ALWAYS: Final = Condition("always", lambda _: True)
TOGETHER: Final = Condition(
    "migrations begin in bursts, at a fixed interval, by a trace, by a policy or by a drain", _together
)
ALIGNED: Final = Condition("all loops have the phase 0", lambda scenario: scenario.manager.phase == "aligned")
RANDOM_FAULTS: Final = Condition("faults are random", _random_faults)
SHARED_NETWORK: Final = Condition(
    "transfers share the bandwidth of the network", lambda scenario: scenario.network.sharing != "none"
)
SHARED_STORES: Final = Condition(
    "writes share the bandwidth of a store", lambda scenario: scenario.checkpoints.store_bandwidth is not None
)
POLICY: Final = Condition("a policy decides", lambda scenario: scenario.uses_policy)
TRUST: Final = Condition("targets are chosen by trust", lambda scenario: scenario.workload.target == "trust")
CRASHES: Final = Condition("executors crash", lambda scenario: _fails(scenario, "crash"))
WAVES: Final = Condition(
    "the load of an executor has waves", lambda scenario: any(group.capacity.wave for group in scenario.executors)
)
SIZES: Final = Condition(
    "the sizes of the actors' states differ", lambda scenario: scenario.actors.state_size.constant is None
)
LEARNS: Final = Condition("a detector learns its timeouts", _learns)
TASKS: Final = Condition("tasks are submitted", lambda scenario: scenario.submissions is not None)
STRUCTURE: Final = Condition("the manager has a heap or a wheel", lambda scenario: scenario.manager.structure != "scan")
GIVEN_NUMBER: Final = Condition(
    "the number of migrations is given instead of their duration", lambda scenario: scenario.duration is None
)
RETRIES: Final = Condition("migrations have retries", lambda scenario: scenario.most_retries > 0)

_OF_ATTEMPTS: Final = Rule(
    Unit.ATTEMPT,
    ALWAYS,
    "attempts begin at random times and have their own latencies and stages, so each is independent",
)
_OF_MIGRATIONS: Final = Rule(Unit.MIGRATION, RETRIES, "attempts of different migrations are independent")
_OF_TIME: Final = Rule(
    Unit.TIME,
    RANDOM_FAULTS | POLICY,
    "what shares a fault or a load is close in time; the batches are longer than such a dependence",
)
_OF_ACTORS: Final = Rule(
    Unit.ACTOR,
    ALWAYS,
    "each actor migrates at the times of its own Poisson process, and its records do not depend on other actors",
)
_IN_STEP: Final = Rule(
    None,
    TOGETHER & ALIGNED,
    "all executors tick at the same instants, and migrations do not begin at random times",
)
_OF_SOURCES: Final = Rule(
    Unit.SOURCE,
    TOGETHER | TRUST | LEARNS,
    "each source has its own phase and trust, and learns from its own requests; sources are independent",
)
_DETECTION: Final = (
    _IN_STEP,
    Rule(
        None,
        RANDOM_FAULTS,
        "the few detections that a fault delays determine the mean, and a fault delays those of several sources",
    ),
    _OF_SOURCES,
    _OF_MIGRATIONS,
    _OF_ATTEMPTS,
)
_OF_SHARERS: Final = (
    Rule(
        Unit.SOURCE_AND_TIME,
        SHARED_NETWORK,
        "transfers that share a bandwidth have the same source or are close in time",
    ),
    Rule(
        Unit.SOURCE,
        SHARED_STORES,
        "the writes of a source share its store, and the number of its actors changes little; sources are independent",
    ),
)
_OF_SIZES: Final = Rule(
    Unit.ACTOR,
    SIZES,
    "an actor keeps the size of its state in all of its attempts; actors are independent",
)
_DURATION: Final = (_OF_TIME, *_OF_SHARERS, _OF_SIZES, _OF_ATTEMPTS)
_ENDED_BY_TICKS: Final = (
    _OF_TIME,
    _IN_STEP,
    *_OF_SHARERS,
    _OF_SOURCES,
    _OF_SIZES,
    _OF_MIGRATIONS,
    _OF_ATTEMPTS,
)
_DECISIONS: Final = (
    _OF_TIME,
    Rule(Unit.DECISION, ALWAYS, "each vote has its own voters' answers; votes are independent"),
)
_CRASHES: Final = (
    Rule(None, TASKS, "the simulation lasts until the tasks end, so the number of crashes depends on the cost of each"),
    Rule(Unit.CRASH, ALWAYS, "all actors and tasks of one executor share its crash; crashes are independent"),
)
_NO_SAMPLE: Final = (
    Rule(
        None, ALWAYS, "the tasks are all those of a file, and they wait for each other: no sample of independent units"
    ),
)

RULES: Final[Mapping[str, tuple[Rule, ...]]] = {
    "detection_latency": _DETECTION,
    "detection_total": _DETECTION,
    "qos.detection_time": _DETECTION,
    "migration_duration": _DURATION,
    "migration_total": _ENDED_BY_TICKS,
    "qos.mistake_duration": _ENDED_BY_TICKS,
    "qos.mistake_recurrence": (
        Rule(
            Unit.TIME,
            ALWAYS,
            "mistakes that share a cause are close in time; the batches are longer than such a dependence",
        ),
    ),
    "qos.query_accuracy": _ENDED_BY_TICKS,
    "downtime": (
        Rule(
            None,
            CRASHES | RANDOM_FAULTS,
            "the few migrations that a fault hits determine the mean, and there are too few of them",
        ),
        *_ENDED_BY_TICKS,
    ),
    "records": (
        Rule(
            Unit.TIME,
            TOGETHER | RANDOM_FAULTS | GIVEN_NUMBER | TASKS | LEARNS,
            "the number of records is stationary over the window, which is far longer than their lives",
        ),
        _OF_ACTORS,
    ),
    "record_life": (
        _IN_STEP,
        Rule(None, RANDOM_FAULTS, "the few records whose removal a fault delays determine the variance"),
        Rule(Unit.EXECUTOR, TOGETHER, "each executor has its own phase; executors of one group are independent"),
        Rule(Unit.RECORD, ALWAYS, "records end at random times, so each waits for its own time until a tick"),
    ),
    "manager.cycle": (
        Rule(
            None,
            TOGETHER | STRUCTURE | RANDOM_FAULTS | TASKS,
            "each migration is part of the cost of two managers, so neither executors nor migrations are independent",
        ),
        _OF_ACTORS,
    ),
    "recoveries.time": _CRASHES,
    "recoveries.work_lost": _CRASHES,
    "network.transfer": (
        Rule(
            None,
            ALWAYS,
            "each transfer shares the bandwidth of two executors, so neither senders nor receivers are independent",
        ),
    ),
    "drains.time": (Rule(Unit.DRAIN, ALWAYS, "drains do not wait for each other"),),
    "checkpoint_writes.time": (
        Rule(Unit.EXECUTOR, ALWAYS, "writes at one executor share its store; executors are independent"),
    ),
    **dict.fromkeys(("wasm.rounds", "wasm.final_pages", "wasm.live_copy", "wasm.total", "wasm.post_copy"), _DURATION),
    "policy.staleness": (
        Rule(Unit.EXECUTOR, ALWAYS, "each executor decides and reports at its own phase; executors are independent"),
    ),
    "policy.error": (
        Rule(None, WAVES, "the waves of load are the same in every run, so times are no sample"),
        Rule(Unit.TIME, ALWAYS, "decisions that see the same reports are close in time"),
    ),
    "policy.load": (
        Rule(None, ALWAYS, "a census: every executor is asked at regular times, and migrations only move load"),
    ),
    "quorum.decision_time": _DECISIONS,
    "checkpoint_quorum.decision_time": _DECISIONS,
    "tasks.time": _NO_SAMPLE,
    "tasks.wait": _NO_SAMPLE,
    "tasks.detection_latency": (
        Rule(Unit.GATEWAY, ALWAYS, "each gateway's task checker has its own phase; gateways are independent"),
    ),
}
"""The rules of each section that has a mean, and of each share, in the order in which they are tried. The last one
always holds."""

SHARES: Final = ("qos.query_accuracy",)
"""The names in `RULES` that are shares of trials; all others are sections that have a mean."""


@dataclass(frozen=True, slots=True)
class Samplings:
    """The sampling of each section of a run.

    Parameters
    ----------
    start, end : the window, µs.
    """

    scenario: Scenario
    start: int
    end: int

    def of(self, section: str, units: Mapping[Unit, Column] = MappingProxyType({}), rows: Rows = ALL) -> Sampling:
        """The unit of each value of a section.

        Parameters
        ----------
        units : the number of the unit of each row of a table, by unit; the time of each row, µs, for `Unit.TIME`. A
            unit that is left out consists of one value. rows : the rows of the table that have a value.
        """
        rule = rule_of(section, self.scenario)
        if rule.unit is None:
            return Sampling("", why=rule.assumption)
        if rule.unit is Unit.SOURCE_AND_TIME:
            batches = batch_of(units[Unit.TIME][rows], self.start, self.end)
            return Sampling(rule.unit.value, batches, BATCHES, crossed=units[Unit.SOURCE][rows])
        if rule.unit not in units:
            return Sampling(rule.unit.value)
        of = units[rule.unit][rows]
        if rule.unit is Unit.TIME:
            return Sampling(rule.unit.value, batch_of(of, self.start, self.end), BATCHES)
        if rule.unit is Unit.EXECUTOR:
            groups = np.array([group.count for group in self.scenario.executors])
            return Sampling(rule.unit.value, of, strata=np.repeat(np.arange(len(groups)), groups))
        return Sampling(rule.unit.value, of, least=CRASHES_LEAST if rule.unit is Unit.CRASH else FEW)


def units_of(attempts: Mapping[str, Column]) -> dict[Unit, Column]:
    """The number of each unit of each attempt, and its time, µs."""
    columns = {Unit.MIGRATION: "migration", Unit.ACTOR: "actor", Unit.SOURCE: "source", Unit.TIME: "requested"}
    return {unit: attempts[name] for unit, name in columns.items()}


def rule_of(section: str, scenario: Scenario) -> Rule:
    """The rule that names the unit of a section's values in a scenario."""
    return next(rule for rule in RULES[section] if rule.when.holds(scenario))
