"""The routes of requests: which group asks which, with which probability, and the answer.

Executors of one group are alike, so a migration's fate depends on the groups of its source
and its target. Actors move to the targets that take them; the shares of the sources are
known if that changes nothing, or almost nothing in the time of the run.
"""

import math
from collections.abc import Iterator
from dataclasses import dataclass

from icnsim.protocol.policy import refusal
from icnsim.scenario import Scenario
from icnsim.scenario.acceptance import Acceptance, acceptance
from icnsim.scenario.coherence import arrivals_expected
from icnsim.scenario.executors import ExecutorGroup

SETTLED = 0.05
"""The migrations per actor up to which actors count as still at their first executors."""


@dataclass(frozen=True, slots=True)
class Route:
    """From a source's group to a target's: its share of all attempts.

    Attributes
    ----------
    accepts, rejects : the probability that the target, if the request reaches it, answers so.
    there_us, distance_us : the distance to the target, and there and back.
    """

    share: float
    source: ExecutorGroup
    target: ExecutorGroup
    accepts: float
    rejects: float
    there_us: float
    distance_us: float


def sources_unknown(scenario: Scenario) -> str | None:
    """The reason why the shares of the sources are unknown; None if they are known."""
    groups = scenario.executors
    if scenario.trace is not None:
        return "a trace determines the targets"
    taking = [group for group in groups if group.weight and accept_probability(scenario, group) > 0]
    hosting = [group for group in groups if group.hosts_actors]
    alike = len({(group.weight, accept_probability(scenario, group)) for group in taking}) <= 1
    if not scenario.network.loss and taking == hosting and alike:
        return None
    if len(hosting) == 1 and all(group in hosting for group in taking):
        return None  # actors stay within their group
    if arrivals_expected(scenario) <= SETTLED * scenario.actors.count:
        return None
    return "actors drift to the executors that accept them, so where migrations start changes"


def accept_probability(scenario: Scenario, group: ExecutorGroup) -> float:
    """The probability that a target of the group, reached by a request, accepts it."""
    if group.behavior in ("unresponsive", "rejecting"):
        return 0.0
    return group.answer_probability * (0.0 if _refuses(scenario, group) else 1.0)


def reject_probability(scenario: Scenario, group: ExecutorGroup) -> float:
    """The probability that it answers with a refusal."""
    if group.behavior == "unresponsive":
        return 0.0
    refuses = group.behavior == "rejecting" or _refuses(scenario, group)
    return group.answer_probability if refuses else 0.0


def _refuses(scenario: Scenario, group: ExecutorGroup) -> bool:
    memory, queue, _ = acceptance(scenario, group)
    return refusal(memory, queue.constant or 0.0, int(scenario.actors.state_size.support()[0])) is not None


def random_refusal(scenario: Scenario) -> bool:
    """Whether some target's capacity refuses some requests; then no share is known."""
    least, largest = scenario.actors.state_size.support()
    return any(
        looked.queue.constant is None or _too_large(looked, largest) != _too_large(looked, least)
        for looked in (acceptance(scenario, group) for group in scenario.executors)
    )


def _too_large(looked: Acceptance, size: float) -> bool:
    return math.isinf(size) or refusal(looked.memory, 0, int(size)) is not None


def routes(scenario: Scenario) -> Iterator[Route]:
    """Every pair of groups that occurs; the shares add up to 1."""
    groups = scenario.executors
    hosted = sum(group.count for group in groups if group.hosts_actors)
    for source in groups:
        if not source.hosts_actors:
            continue
        for target in groups:
            others = target.count - (1 if target is source else 0)
            others_weight = sum((group.count - (group is source)) * group.weight for group in groups)
            share = source.count / hosted * others * target.weight / others_weight if others_weight else 0.0
            if share:
                accepts, rejects = accept_probability(scenario, target), reject_probability(scenario, target)
                there, back = distance_us(scenario, source, target), distance_us(scenario, target, source)
                yield Route(share, source, target, accepts, rejects, there, there + back)


def distance_us(scenario: Scenario, sender: ExecutorGroup, receiver: ExecutorGroup) -> int:
    """The distance from one group to another, µs one way."""
    if scenario.matrix is None or not sender.region or not receiver.region:
        return 0
    return scenario.matrix.one_way_us(sender.region, receiver.region)
