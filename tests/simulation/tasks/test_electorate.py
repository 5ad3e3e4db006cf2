"""The numbers that make one key of several values never give two of them the same key."""

from typing import get_args

from icnsim.protocol.messages import Kind
from icnsim.scenario.executors import ExecutorGroup
from icnsim.simulation.network.network import KINDS
from icnsim.simulation.tasks.electorate import says

LIES = get_args(ExecutorGroup.model_fields["lies"].annotation)


def test_no_executor_sends_more_than_two_digests_of_one_checkpoint() -> None:
    """A checkpoint message has the number (checkpoint x 2 + digest) x voters + voter."""
    groups = [ExecutorGroup(group="liar", count=1, behavior="byzantine", lies=lies) for lies in LIES]
    assert sorted(len(says(group, 0)) for group in groups) == [0, 1, 1, 2]
    assert len(says(ExecutorGroup(group="honest", count=1), 0)) == 1


def test_every_kind_of_message_has_a_number_below_that_of_the_key() -> None:
    """A message that is sent again is counted under attempt x 16 + kind."""
    assert max(Kind) < KINDS
