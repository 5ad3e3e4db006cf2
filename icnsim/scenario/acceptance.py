"""The values that a target compares with a Request: the capacity of its group, or those of the profile or policy."""

from typing import Final, NamedTuple

from icnsim.protocol.policy import MIB
from icnsim.protocol.profile import CODE
from icnsim.scenario.distributions import Constant, Distribution
from icnsim.scenario.executors import ExecutorGroup
from icnsim.scenario.schema import Scenario

ANY_MEMORY: Final = 1 << 62
FIXED_MEMORY: Final = 16_384 * MIB
"""The memory of a target without `own_capacity`."""
NO_QUEUE: Final = Constant(0.0)
CODE_REASON: Final = "Insufficient capacity or queue too deep"
"""The reason of each Reject of a policy in the profiles of the code."""


class Acceptance(NamedTuple):
    """The free memory, bytes, and the length of the queue that a target's policy compares with; see `policy.refusal`.

    `reason` is the reason of each refusal, or None for the reason that the policy gives.
    """

    memory: int
    queue: Distribution
    reason: str | None


def acceptance(scenario: Scenario, group: ExecutorGroup) -> Acceptance:
    """The values that the executors of a group compare with.

    Executors without a policy accept any size and any queue. The policy locality-first looks only at the memory.
    """
    protocol = scenario.protocol
    reason = CODE_REASON if protocol.profile in CODE else None
    if "policy" not in group.parts:
        return Acceptance(ANY_MEMORY, NO_QUEUE, reason)
    memory = group.capacity.memory if protocol.switches.own_capacity else FIXED_MEMORY
    queue = NO_QUEUE if scenario.policy.kind == "locality-first" else group.capacity.queue
    return Acceptance(memory, queue, reason)


def random_queues(scenario: Scenario) -> tuple[Distribution, ...]:
    """The different random lengths of queues that targets use."""
    queues = (acceptance(scenario, group).queue for group in scenario.executors)
    return tuple(dict.fromkeys(queue for queue in queues if queue.constant is None))
