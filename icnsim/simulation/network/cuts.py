"""What faults do to links: partitions that cut them, and disturbances that lose, double or delay messages."""

from dataclasses import dataclass

from icnsim.protocol.messages import Message
from icnsim.scenario import Distribution


@dataclass(frozen=True, slots=True, eq=False)
class Cut:
    """A partition: no message goes from `sources` to `targets`, nor back if it is symmetric.

    A cut link loses a message at its sending or at its arrival; if the partition `holds` messages, it keeps them until
    it heals.
    """

    sources: frozenset[int]
    targets: frozenset[int]
    symmetric: bool
    holds: bool

    def between(self, sender: int, receiver: int) -> bool:
        """Whether it cuts the link from one executor to the other."""
        there = sender in self.sources and receiver in self.targets
        return there or (self.symmetric and sender in self.targets and receiver in self.sources)


@dataclass(frozen=True, slots=True, eq=False)
class Disturbance:
    """A fault of kind "loss", "duplication" or "reordering" that may affect messages of some senders.

    `name` names its draws, so that two disturbances of one kind affect messages independently.
    """

    kind: str
    name: str
    senders: frozenset[int]
    messages: frozenset[str]
    probability: float
    delay: Distribution | None = None

    def concerns(self, message: Message) -> bool:
        """Whether it can affect this message."""
        return message.sender in self.senders and message.kind.label in self.messages
