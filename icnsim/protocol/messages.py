"""What travels between the two executors of a migration.

Every message names its actor, its attempt, who sent it and whom it is for. An attempt's
number is unique in the federation, so an answer can be matched with the question.
`size_bytes` is the state that the message carries, which is what takes bandwidth.
"""

from dataclasses import dataclass
from enum import IntEnum
from typing import ClassVar, NewType

ActorId = NewType("ActorId", int)
ExecutorId = NewType("ExecutorId", int)
AttemptId = NewType("AttemptId", int)


class Kind(IntEnum):
    """The kinds of message, in the order in which a migration sends them."""

    REQUEST = 0
    ACCEPT = 1
    REJECT = 2
    COMPLETE = 3
    ACK = 4

    @property
    def label(self) -> str:
        """The kind's name in files and tables, such as ``request``."""
        return self.name.lower()


@dataclass(slots=True)
class Message:
    """What all messages share. Not frozen: a frozen one takes three times as long to make."""

    kind: ClassVar[Kind]
    actor: ActorId
    attempt: AttemptId
    sender: ExecutorId
    receiver: ExecutorId


@dataclass(slots=True)
class Request(Message):
    """Source to target: will you take this actor? Carries its latest checkpoint."""

    kind = Kind.REQUEST
    sequence: int
    size_bytes: int


@dataclass(slots=True)
class Accept(Message):
    """Target to source: yes; send the final checkpoint."""

    kind = Kind.ACCEPT


@dataclass(slots=True)
class Reject(Message):
    """Target to source: no, for this reason."""

    kind = Kind.REJECT
    reason: str


@dataclass(slots=True)
class Complete(Message):
    """Source to target: the final checkpoint, to be restored."""

    kind = Kind.COMPLETE
    sequence: int
    size_bytes: int


@dataclass(slots=True)
class Ack(Message):
    """Target to source: the actor runs here."""

    kind = Kind.ACK
