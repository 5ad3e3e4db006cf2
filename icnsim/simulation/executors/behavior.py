"""How the executors of one group answer requests."""

from dataclasses import dataclass
from typing import Final

from icnsim.protocol.policy import refusal
from icnsim.scenario import Distribution, Scenario
from icnsim.scenario.distributions import Constant
from icnsim.scenario.executors import ExecutorGroup

ANY_MEMORY: Final = 1 << 62


@dataclass(frozen=True, slots=True)
class Behavior:
    """The behaviour of one group.

    Attributes
    ----------
    answers : whether its executors answer requests at all.
    refuses : why they refuse every request; None if they do not.
    welcomes : whether they accept every request, whatever runs and waits here.
    slowdown : the factor by which each of their stages takes longer.
    answer_probability : the probability that a request is answered.
    memory_bytes, queue : the capacity that the acceptance policy looks at, see `refusal`.
    """

    answers: bool
    refuses: str | None
    welcomes: bool
    slowdown: float
    answer_probability: float
    memory_bytes: int
    queue: Distribution


def behavior_of(group: ExecutorGroup, scenario: Scenario) -> Behavior:
    """The behaviour of a group; executors without a policy accept any size and any queue."""
    size, capacity = scenario.actors.state_size.constant, group.capacity
    refuses = "rejecting" if group.behavior == "rejecting" else None
    if "checkpoint_store" not in group.parts:
        refuses = "no checkpoint store"
    memory, queue = (capacity.memory, capacity.queue) if "policy" in group.parts else (ANY_MEMORY, Constant(0.0))
    known = size is not None and queue.constant is not None and not scenario.tasks_migrate
    return Behavior(
        answers=group.behavior != "unresponsive" and "migration_manager" in group.parts,
        refuses=refuses,
        welcomes=known and refuses is None and refusal(memory, queue.constant, round(size)) is None,
        slowdown=group.slowdown if group.behavior == "slow" else 1,
        answer_probability=group.answer_probability,
        memory_bytes=memory,
        queue=queue,
    )
