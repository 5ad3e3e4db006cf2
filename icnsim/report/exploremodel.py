"""A scenario as the script of the explorer needs it: plain numbers, and the reasons why a closed form does not hold.

The closed forms themselves are in `assets/explore.*.js`. A test compares them with those of `icnsim.analysis`.
"""

import math
from typing import Any, Final

from icnsim.scenario import Distribution, Scenario
from icnsim.scenario.composite import Empirical, Mixture, Scaled
from icnsim.scenario.distributions import Constant
from icnsim.scenario.executors import ExecutorGroup
from icnsim.theory.design import Parts
from icnsim.theory.drawn import drawn_mean, drawn_variance
from icnsim.theory.model import CUT_OFF, MOST_GROUPS, NO_DETECTION, TOO_SHORT, Model
from icnsim.theory.predictions import UNHAPPY
from icnsim.theory.record_figures import ended_early, uneven
from icnsim.theory.routes import (
    SETTLED,
    accept_probability,
    distance_us,
    random_refusal,
    reject_probability,
)
from icnsim.theory.stages import slowed

WORDS: Final = {
    "drift": "actors move to the executors that accept them, so it is not known where migrations start",
    "no_actors": "there are no actors",
    "all_busy": "at times all actors are busy, and arrivals are skipped",
    "blocking": "late or lost answers leave records that block later migrations of their actors",
    "regular": "ticks and arrivals are both regular, so their phases are not independent",
    "aligned": "ticks are aligned, and arrivals last for less than 20 intervals, so the phase is not random",
    "short": "with an interval of less than 100 ms, the protocol's clock of whole ms matters",
    "crowded": "many actors are busy, and a tick decides which of them migrates next",
    "no_detection": NO_DETECTION,
    "too_few": "fewer than two time-outs are expected",
    "unwilling": "no target is willing",
    "drain": TOO_SHORT,
    "cut": CUT_OFF,
    "lost_and_late": "some answers are lost, and others are late",
    "start": "arrivals last for less than ten migrations, so the start is most of the run",
    "many_tails": "answers may come late on too many kinds of routes",
    "infinite": "the mean does not exist",
    "none_removed": "no record is removed",
    "removal": "the run ends before every record is removed",
}
"""The reasons that depend on the settings of the page."""


def model(scenario: Scenario) -> dict[str, Any]:
    """The parameters of the closed forms of a scenario of which the keys in `explorekeys` are left out.

    Times are in s where a name does not say more, distributions and distances in µs, costs in µs and bytes.
    """
    seen, network, manager = Model(scenario), scenario.network, scenario.manager
    groups, dead = _groups(scenario)
    costs = manager.costs
    poisson = scenario.trace is None and scenario.workload.arrivals.process == "poisson"
    mean = network.latency.mean()
    return {
        "groups": [_group(scenario, group) for group in groups],
        "dead": dead,
        "executors": scenario.executor_count,
        "there": [[distance_us(scenario, source, target) for target in groups] for source in groups],
        "latency": _distribution(network.latency),
        "latency_mean": round(mean) if math.isfinite(mean) else None,
        "gossip": {
            kind: [_distribution(network.gossip.delay)] if kind in network.gossip.messages else []
            for kind in ("request", "accept", "reject", "complete", "ack")
        },
        "wire": _parts(seen.stages.wire(1)),
        "wires": _parts(seen.stages.wire(2)),
        "actors": scenario.actors.count,
        "arrivals": seen.arrivals,
        "arrivals_in_window": seen.arrivals_in_window(),
        "rate": seen.rate,
        "arriving": seen.arriving,
        "span": seen.span,
        "warmup": scenario.warmup / 1e6,
        "drain": scenario.drain / 1e6,
        "peak": 1.0 if scenario.profile is None else scenario.profile.peak / scenario.profile.mean,
        "aligned": manager.phase == "aligned",
        "poisson": poisson,
        "one_phase": seen.one_phase,
        "settled": SETTLED,
        "costs": {"tick": costs.tick, "detect": costs.detect, "cleanup": costs.cleanup, "record": costs.record},
        "reason": _reason(scenario),
        "records_reason": uneven(seen) or ended_early(seen),
        "words": WORDS,
    }


def _groups(scenario: Scenario) -> tuple[list[ExecutorGroup], int]:
    """The live groups and one group of dead executors, and the place of the latter; its count may be 0."""
    silent = [group for group in scenario.executors if _is_dead(group)]
    live = [group for group in scenario.executors if not _is_dead(group)]
    if silent:
        group = silent[0]
    else:
        names = {group.group for group in live}
        name = next(name for name in ("dead", "dead-by-slider", "dead-by-explorer") if name not in names)
        group = ExecutorGroup(group=name, count=1, behavior="unresponsive", hosts_actors=False, region=live[0].region)
    place = scenario.executors.index(group) if silent else len(live)
    place = sum(not _is_dead(other) for other in scenario.executors[:place])
    return [*live[:place], group, *live[place:]], place


def _is_dead(group: ExecutorGroup) -> bool:
    return group.behavior == "unresponsive" and not group.hosts_actors


def dead_count(scenario: Scenario) -> int:
    """The executors that never answer and host no actors."""
    return sum(group.count for group in scenario.executors if _is_dead(group))


def groups_as_written(scenario: Scenario) -> list[dict[str, Any]]:
    """The groups in the order of `model`, as a file has them, without their counts."""
    usual = {"hosts_actors", "count"}
    found = []
    for group in _groups(scenario)[0]:
        written = group.model_dump(mode="json", by_alias=True, exclude_defaults=True)
        host = {} if group.hosts_actors == (group.behavior != "unresponsive") else {"hosts_actors": group.hosts_actors}
        found.append({key: value for key, value in written.items() if key not in usual} | host)
    return found


def _group(scenario: Scenario, group: ExecutorGroup) -> dict[str, Any]:
    stages = scenario.stages
    return {
        "count": group.count,
        "weight": group.weight,
        "hosts": bool(group.hosts_actors),
        "accepts": accept_probability(scenario, group),
        "rejects": reject_probability(scenario, group),
        "evaluation": _distribution(slowed(stages.evaluation, group)),
        "checkpoint": _distribution(slowed(stages.checkpoint, group)),
        "restore": _distribution(slowed(stages.restore, group)),
    }


def _reason(scenario: Scenario) -> str | None:
    """Why no closed form holds at any setting of the page."""
    if not scenario.plain:
        return UNHAPPY
    if scenario.trace is not None:
        return "a trace determines where migrations go"
    if random_refusal(scenario):
        return "targets refuse by a queue or by sizes that vary"
    if len(scenario.executors) >= MOST_GROUPS:
        return f"more than {MOST_GROUPS - 1} groups of executors"
    return None


def _parts(parts: Parts) -> list[dict[str, Any]]:
    return [_distribution(part) for part in parts]


def _distribution(distribution: Distribution) -> dict[str, Any]:
    """A distribution with its parameters, the moments of its draws and its support; None represents infinity."""
    low, high = distribution.support()
    found: dict[str, Any] = {
        "kind": distribution.kind,
        "m": _finite(drawn_mean(distribution)),
        "v": _finite(drawn_variance(distribution)),
        "low": low,
        "high": _finite(high),
        **_parameters(distribution),
    }
    if distribution.constant is not None:
        found["constant"] = float(distribution.constant)
    return found


def _parameters(distribution: Distribution) -> dict[str, Any]:
    if isinstance(distribution, Scaled):
        return {"part": _distribution(distribution.part), "factor": distribution.factor}
    if isinstance(distribution, Mixture):
        return {"weights": list(distribution.weights), "parts": _parts(distribution.parts)}
    if isinstance(distribution, Empirical):
        return {"values": list(distribution.values)}
    if isinstance(distribution, Constant):
        return {"value": distribution.value}
    names = {"low": "low", "high": "high", "mean_value": "mean", "std": "std", "scale": "scale", "shape": "shape",
             "minimum": "minimum", "alpha": "alpha"}  # fmt: skip
    return {to: getattr(distribution, name) for name, to in names.items() if hasattr(distribution, name)}


def _finite(value: float) -> float | None:
    return value if math.isfinite(value) else None
