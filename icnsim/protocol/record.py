"""The record of one migration at one executor (the design document's `MigrationState`)."""

from enum import IntEnum

from icnsim.protocol.messages import EMPTY, ActorId, AttemptId, ExecutorId
from icnsim.protocol.states import State


class Role(IntEnum):
    """Which side of a migration a record stands on; the values leave room for a `State` to be added."""

    SOURCE = 0
    TARGET = 8


IDLE = State.IDLE


class MigrationRecord:
    """One migration as one executor sees it.

    Attributes
    ----------
    actor, attempt, role, peer : what migrates, in which attempt, this side, the other executor.
    state : where it stands.
    since : when it entered that state, ms (sent_at, started_at, completed_at or failed_at).
    sequence, size_bytes : the final checkpoint's number (0 until it is known) and the state's size.
    reason : of a failure, "" otherwise.
    """

    __slots__ = ("actor", "attempt", "peer", "reason", "role", "sequence", "since", "size_bytes", "state")

    def __init__(self, actor: ActorId, attempt: AttemptId, role: Role, peer: ExecutorId, size_bytes: int) -> None:
        self.actor = actor
        self.attempt = attempt
        self.role = role
        self.peer = peer
        self.size_bytes = size_bytes
        self.state = IDLE
        self.since = 0
        self.sequence = 0
        self.reason = ""


class SwitchedRecord(MigrationRecord):
    """A record with what the fixes need.

    Attributes
    ----------
    epoch : the one that the attempt would begin.
    reminders, awaited : how many were asked for since its message was first sent, and how many are to come.
    content, damaged : of the final checkpoint, see `SwitchedMessage`; emptied : it was made of no state.
    doubtful : the source has sent the actor away, has waited too long and asks for the target's promise.
    arrived : the target has the final checkpoint and restores it.
    row, entered, readings : what the world notes about the record: where it keeps more, -1 until it does, when
        the record entered its state, µs, None while nobody counts it, and what odd clocks read then, ms.
    """

    __slots__ = (
        "arrived",
        "awaited",
        "content",
        "damaged",
        "doubtful",
        "emptied",
        "entered",
        "epoch",
        "readings",
        "reminders",
        "row",
    )

    def __init__(
        self, actor: ActorId, attempt: AttemptId, role: Role, peer: ExecutorId, size_bytes: int, epoch: int
    ) -> None:
        super().__init__(actor, attempt, role, peer, size_bytes)
        self.epoch = epoch
        self.reminders = 0
        self.awaited = 0
        self.content = EMPTY
        self.damaged = False
        self.emptied = False
        self.doubtful = False
        self.arrived = False
        self.row = -1
        self.entered: int | None = None
        self.readings: tuple[int, int] | None = None
