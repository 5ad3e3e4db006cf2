"""The messages of a migration, of a vote and of a task.

Every message names its actor, its attempt, its sender and its receiver. An attempt's number is unique in
the federation, so an answer can be matched with its question. All kinds share one class, and a field that
a kind does not use keeps its default. (With a class for each kind, every place that reads messages of several
kinds would be a third slower, because Python caches one class at each place.)
"""

from dataclasses import dataclass
from enum import IntEnum
from typing import Final, NewType

ActorId = NewType("ActorId", int)
ExecutorId = NewType("ExecutorId", int)
AttemptId = NewType("AttemptId", int)
Digest = NewType("Digest", int)
"""Represents the result of a vote: two results are equal if their digests are equal."""


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
    """Voter to source: the digest of its finding. Executor to gateway: the digest of a task's result."""
    TASK = 9
    """Gateway (the executor that a task was submitted to) to executor: run it."""
    CHECKPOINT = 10
    """Executor to gateway: the digest of a checkpoint of a task."""
    CHECKPOINT_BALLOT = 11
    """Source to voter: what is the digest of this actor's state?"""
    CHECKPOINT_RESULT = 12
    """Voter to source: that digest."""

    @property
    def label(self) -> str:
        """The kind's name in files and tables, such as ``request``."""
        return self.name.lower()


DESIGNED: Final = (Kind.REQUEST, Kind.ACCEPT, Kind.REJECT, Kind.COMPLETE, Kind.ACK)
"""The kinds of the design. The two-phase hand-over and the quorum add the others."""

VOTING: Final = (
    Kind.BALLOT, Kind.RESULT, Kind.TASK, Kind.CHECKPOINT, Kind.CHECKPOINT_BALLOT, Kind.CHECKPOINT_RESULT,
)  # fmt: skip
"""The kinds that belong to a vote or a task and not to the exchange between a source and its target. Their `attempt` is
the migration, `task_attempt`, or the attempt whose final checkpoint is put to the vote."""

FIRST_TASK: Final = 1 << 40
"""Above the number of every migration and attempt."""


def task_attempt(task: int) -> AttemptId:
    """The `attempt` in the messages of a task, which differs from that of every migration."""
    return AttemptId(FIRST_TASK + task)


Content = tuple[int, int]
"""Represents an actor's state: the checkpoint's number and the executor that made it."""

EMPTY: Final[Content] = (0, -1)
"""The content of a checkpoint that was made from no state."""

BROADCAST: Final = ExecutorId(-1)
"""The receiver of a message that goes to every executor that has a manager."""


@dataclass(slots=True)
class Message:
    """One message. It is not frozen, because a frozen dataclass takes three times as long to create.

    Attributes
    ----------
    kind, actor, attempt : the kind of message (see `Kind`) and the attempt that it belongs to.
    sender, receiver : the executor that the message claims to come from, and its receiver or `BROADCAST`.
    size_bytes : the state that a Request or a Complete carries; only this takes bandwidth.
    sequence : the number of the carried checkpoint, 0 for none. In a kind that is `VOTING` it is the
        message's own number, from 0.
    reason : the reason of a Reject.
    epoch : the fencing epoch that the attempt would begin, see `runtime`.
    content, damaged : the state that a Complete carries, and whether it does not fit its hash.
    sent_at : the sender's clock, ms.
    signer : the executor that really sent the message.
    digest : the digest that a Result reports.
    unsigned : whether the key that signed the carried checkpoint is not its executor's (hazard 24).
    """

    kind: Kind
    actor: ActorId
    attempt: AttemptId
    sender: ExecutorId
    receiver: ExecutorId
    size_bytes: int = 0
    sequence: int = 0
    reason: str = ""
    epoch: int = 0
    content: Content = EMPTY
    damaged: bool = False
    sent_at: int = 0
    signer: ExecutorId = BROADCAST
    digest: Digest = Digest(0)
    unsigned: bool = False
