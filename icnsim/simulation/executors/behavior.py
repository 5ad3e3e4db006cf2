"""How the executors of one group answer requests."""

from collections.abc import Callable
from dataclasses import dataclass

from icnsim.protocol.policy import refusal
from icnsim.scenario import Distribution, Scenario
from icnsim.scenario.acceptance import acceptance
from icnsim.scenario.executors import ExecutorGroup
from icnsim.scenario.plugins import behaviors
from icnsim.scenario.plugins.behaviors import Answer


@dataclass(frozen=True, slots=True)
class Behavior:
    """The behaviour of one group.

    Attributes
    ----------
    answers : whether its executors answer Requests at all.
    refuses : the reason for which they refuse every Request; None if they do not.
    welcomes : whether they accept every Request, regardless of their load.
    slowdown : the factor by which each of their stages takes longer.
    answer_probability : the probability that a Request is answered.
    memory_bytes, queue, reason : input of the acceptance policy, and the reason of its refusals; see `Acceptance`.
    decides : the answer of a plug-in to a Request, by the size of the state, bytes, and a uniform number.
    """

    answers: bool
    refuses: str | None
    welcomes: bool
    slowdown: float
    answer_probability: float
    memory_bytes: int
    queue: Distribution
    reason: str | None
    decides: Callable[[int, float], Answer] | None = None


def behavior_of(group: ExecutorGroup, scenario: Scenario) -> Behavior:
    """The behaviour of a group."""
    size = scenario.actors.state_size.constant
    refuses = "rejecting" if group.behavior == "rejecting" else None
    if "checkpoint_store" not in group.parts:
        refuses = "no checkpoint store"
    memory, queue, reason = acceptance(scenario, group)
    length = None if scenario.tasks_migrate else queue.constant
    return Behavior(
        answers=group.behavior != "unresponsive" and "migration_manager" in group.parts,
        refuses=refuses,
        welcomes=size is not None
        and length is not None
        and refuses is None
        and group.parameters is None
        and refusal(memory, length, round(size)) is None,
        slowdown=group.slowdown if group.behavior == "slow" else 1,
        answer_probability=group.answer_probability,
        memory_bytes=memory,
        queue=queue,
        reason=reason,
        decides=None if group.parameters is None else behaviors.made(group.behavior, group.parameters),
    )
