"""The actor runtime of one executor: the copies of actors that it holds, and the right to run them.

Theory of operation. The right to run an actor travels with a number, its *epoch*. Each attempt to migrate
would begin the next epoch, at the target. For each actor an executor remembers the newest epoch that it has
heard of, the newest that it began to run, and the newest that it has promised not to begin (*fenced*). It
remembers them durably if its records are durable. So it can distinguish an old hand-over from a new one however
late the messages arrive, and the answer to "has the actor run here in that epoch?" outlives the record of
the migration.
"""

from dataclasses import dataclass

from icnsim.protocol.messages import ActorId, AttemptId, Content


@dataclass(slots=True)
class Copy:
    """One copy of an actor.

    Attributes
    ----------
    epoch : the epoch in which it runs. running : False while it is paused.
    content : the state that it started from.
    paused_for : the attempt for which it was paused last.
    saved : whether its final checkpoint has been made since.
    """

    epoch: int
    content: Content
    running: bool = True
    paused_for: AttemptId | None = None
    saved: bool = False


class Runtime:
    """The copies and the epochs of one executor.

    Attributes
    ----------
    copies : by actor. heard, begun, fenced : for each actor the newest epoch of that kind.
    """

    __slots__ = ("begun", "copies", "fenced", "heard")

    def __init__(self) -> None:
        self.copies: dict[ActorId, Copy] = {}
        self.heard: dict[ActorId, int] = {}
        self.begun: dict[ActorId, int] = {}
        self.fenced: dict[ActorId, int] = {}

    def settle(self, actor: ActorId, content: Content) -> None:
        """The actor lives here from the start, in epoch 0."""
        self.copies[actor] = Copy(0, content)

    def next_epoch(self, actor: ActorId) -> int:
        """The epoch that a new attempt would begin: newer than all that are known."""
        self.heard[actor] = epoch = self.heard.get(actor, 0) + 1
        return epoch

    def fence(self, actor: ActorId, epoch: int) -> None:
        """Promise not to begin this epoch, nor an older one."""
        if epoch > self.fenced.get(actor, 0):
            self.fenced[actor] = epoch

    def has_begun(self, actor: ActorId, epoch: int) -> bool:
        """Whether the actor has run here in this epoch or a newer one."""
        return self.begun.get(actor, 0) >= epoch

    def may_begin(self, actor: ActorId, epoch: int) -> bool:
        """Whether this epoch is newer than all that have begun or were given up here."""
        return epoch > max(self.begun.get(actor, 0), self.fenced.get(actor, 0))

    def begin(self, actor: ActorId, epoch: int, content: Content) -> Copy:
        """Run the actor here in that epoch, instead of a copy that is already here; the new copy."""
        self.copies[actor] = copy = Copy(epoch, content)
        if epoch > self.begun.get(actor, 0):
            self.begun[actor] = epoch
        return copy

    def forget_epochs(self) -> None:
        """A restart without durable records."""
        self.heard.clear()
        self.begun.clear()
        self.fenced.clear()
