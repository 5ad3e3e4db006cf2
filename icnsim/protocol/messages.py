"""What travels between the two executors of a migration, and between its source, or a task's gateway, and a quorum.

Every message names its actor, its attempt, who sent it and whom it is for. An attempt's
number is unique in the federation, so an answer can be matched with the question. All kinds
share one class: what a kind does not carry is at its default. (Five classes would make
each place that reads any message a third slower: Python caches one class a place.)
"""

from dataclasses import dataclass
from enum import IntEnum
from typing import Final, NewType

ActorId = NewType("ActorId", int)
ExecutorId = NewType("ExecutorId", int)
AttemptId = NewType("AttemptId", int)
Digest = NewType("Digest", int)
"""What stands for a result of a vote: results are the same if their digests are."""


class Kind(IntEnum):
    """The kinds of message, in the order in which a migration sends them."""

    REQUEST = 0
    """Source to target: will you take this actor? Carries its latest checkpoint."""
    ACCEPT = 1
    """Target to source: yes; send the final checkpoint."""
    REJECT = 2
    """Target to source: no, for this reason."""
    COMPLETE = 3
    """Source to target: the final checkpoint, to be restored."""
    ACK = 4
    """Target to source: the actor runs here."""
    CANCEL = 5
    """Source to target: do not take the actor in this attempt any more."""
    CANCELLED = 6
    """Target to source: the actor has not run here in this attempt and never will."""
    BALLOT = 7
    """Source to voter: may this actor migrate?"""
    RESULT = 8
    """Voter to source: the digest of what it has found. Executor to gateway: that of a task's result."""
    TASK = 9
    """Gateway, which a task was submitted to, to executor: run it."""
    CHECKPOINT = 10
    """Executor to gateway: the digest of a checkpoint of a task."""

    @property
    def label(self) -> str:
        """The kind's name in files and tables, such as ``request``."""
        return self.name.lower()


DESIGNED: Final = (Kind.REQUEST, Kind.ACCEPT, Kind.REJECT, Kind.COMPLETE, Kind.ACK)
"""The kinds of the design; the others come with the two-phase hand-over and with the quorum."""

VOTING: Final = (Kind.BALLOT, Kind.RESULT, Kind.TASK, Kind.CHECKPOINT)
"""The kinds that belong to no attempt: a quorum decides with them on the migration, or the task, that they name."""


@dataclass(slots=True)
class Message:
    """One message. Not frozen: a frozen one takes three times as long to make.

    Attributes
    ----------
    kind : see `Kind`; actor, attempt : what it is about; sender, receiver : from whom to whom.
    size_bytes : the state that it carries, which is what takes bandwidth: Request and Complete.
    sequence : the number of that checkpoint, 0 for none; of one that is `VOTING` its own, from 0.
    reason : of a Reject.
    """

    kind: Kind
    actor: ActorId
    attempt: AttemptId
    sender: ExecutorId
    receiver: ExecutorId
    size_bytes: int = 0
    sequence: int = 0
    reason: str = ""


Content = tuple[int, int]
"""What stands for an actor's state: the checkpoint's number and the executor that made it."""

EMPTY: Final[Content] = (0, -1)
"""The content of a checkpoint that was made of no state."""

BROADCAST: Final = ExecutorId(-1)
"""The receiver of a message that is for whoever feels addressed."""


@dataclass(slots=True)
class SwitchedMessage(Message):
    """A message with what the fixes need.

    Attributes
    ----------
    epoch : the actor's fencing epoch that the attempt would begin.
    content : the state that a Complete carries; damaged : whether it no longer fits its hash.
    sent_at : by the sender's clock, ms. signer : who really sent it; `sender` is what it claims.
    digest : what a Result says.
    """

    epoch: int = 0
    content: Content = EMPTY
    damaged: bool = False
    sent_at: int = 0
    signer: ExecutorId = BROADCAST
    digest: Digest = Digest(0)
