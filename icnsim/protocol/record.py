"""The record of one migration at one executor (the design document's `MigrationState`)."""

from enum import IntEnum
from typing import Final

from icnsim.protocol.messages import EMPTY, ActorId, AttemptId, ExecutorId
from icnsim.protocol.states import State

IDLE = State.IDLE

NO_DEADLINE: Final = -1
"""The deadline of a record that no timer watches."""


class Role(IntEnum):
    """The side of a migration that a record belongs to; the values leave room for a `State` to be added."""

    SOURCE = 0
    TARGET = 8


class MigrationRecord:
    """One migration as one executor sees it.

    Attributes
    ----------
    actor, attempt, role, peer : the actor, the attempt, this executor's side, and the other executor.
    state, since : the present state and when the record entered it, ms of the executor's clock.
    sequence, content, size_bytes : of the final checkpoint; `sequence` is 0 until it is known.
    damaged, emptied : whether the final checkpoint does not fit its hash, or was made from no state.
    reason : why the migration failed, "" otherwise.
    epoch : the epoch that the attempt would begin, see `runtime`.
    reminders, awaited : reminders requested since the record's message was first sent, and those still to come.
    doubtful : the source has sent the actor away, has waited too long and asks the target for its promise.
    arrived : the target has the final checkpoint and restores it.
    allowed : the longest stay that the detector allows, ms, while the record has a deadline.
    asked : the reading of the executor's monotonic clock at which the record began to wait for the answer that its
        detector may learn from, ms; None if it waits for none.
    deadline : the reading of the executor's monotonic clock at which its detector finds the record too old, ms.
    limit : the deadline without heartbeats of the peer, which can only make it earlier.
    created_us, ended_us, entered_us : kept by the driver in its own time, µs: when the record was opened, when it
        last ended, and when it entered its active state (None while it is not counted as active).
    scanned : kept by the driver: the tick at which the record ended had scanned it.
    readings : kept by the driver: an irregular clock's readings at `entered_us`, ms.
    """

    __slots__ = (
        "actor",
        "allowed",
        "arrived",
        "asked",
        "attempt",
        "awaited",
        "content",
        "created_us",
        "damaged",
        "deadline",
        "doubtful",
        "emptied",
        "ended_us",
        "entered_us",
        "epoch",
        "limit",
        "peer",
        "readings",
        "reason",
        "reminders",
        "role",
        "scanned",
        "sequence",
        "since",
        "size_bytes",
        "state",
    )  # fmt: skip

    def __init__(
        self, actor: ActorId, attempt: AttemptId, role: Role, peer: ExecutorId, size_bytes: int, epoch: int
    ) -> None:
        self.actor = actor
        self.attempt = attempt
        self.role = role
        self.peer = peer
        self.size_bytes = size_bytes
        self.epoch = epoch
        self.state = IDLE
        self.since = 0
        self.sequence = 0
        self.content = EMPTY
        self.damaged = False
        self.emptied = False
        self.reason = ""
        self.reminders = 0
        self.awaited = 0
        self.doubtful = False
        self.arrived = False
        self.deadline = NO_DEADLINE
        self.limit = NO_DEADLINE
        self.allowed = 0
        self.asked: int | None = None
        self.created_us = -1
        self.ended_us = -1
        self.scanned = False
        self.entered_us: int | None = None
        self.readings: tuple[int, int] | None = None
