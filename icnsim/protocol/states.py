"""The states of a migration and THE transition table.

Theory of operation. A migration is followed by two records, one at the source and one at
the target, each a small state machine::

    source   Idle -> Requesting -> Checkpointing -> Transferring -> Complete | Failed
    target   Idle -> Restoring -> Complete | Failed

This file obeys two rules. Everything that decides whether an event is legal is in
`TRANSITIONS`; the manager uses no other table. And the table does not depend on the
side: the two machines share no active state, so the state determines the side.

A (state, event) pair that is not in the table is ignored and counted. A new migration of
the same actor replaces a terminal record by a new record, which starts in `IDLE`.
docs/states.md is made from this table.
"""

from collections.abc import Mapping
from enum import IntEnum
from typing import Final

from icnsim.protocol.profile import Switches


class State(IntEnum):
    """The state of a migration at one executor; `IDLE` is the absence of a record."""

    IDLE = 0
    REQUESTING = 1
    CHECKPOINTING = 2
    TRANSFERRING = 3
    RESTORING = 4
    COMPLETE = 5
    FAILED = 6

    @property
    def label(self) -> str:
        """The state's name in files and tables, such as ``requesting``."""
        return self.name.lower()


class Event(IntEnum):
    """The events of a record."""

    INITIATE = 0
    """The source decides to migrate the actor and sends Request."""
    ADMIT = 1
    """The target's policy accepts a Request; it sends Accept."""
    ACCEPT = 2
    """An Accept arrives at the source."""
    REJECT = 3
    """A Reject arrives at the source."""
    CHECKPOINT = 4
    """The source's final checkpoint is made; it sends Complete."""
    COMPLETE = 5
    """A Complete with the final checkpoint arrives at the target."""
    RESTORE = 6
    """The actor runs at the target; it sends Ack."""
    ACK = 7
    """An Ack arrives at the source."""
    TIME_OUT = 8
    """`detect_timeouts` finds the record older than its state's timeout."""
    CLEAN_UP = 9
    """`cleanup_migrations` finds the terminal record as old as the retention."""
    CANCEL = 10
    """A Cancel arrives at the target, or the target refuses the final checkpoint."""
    CANCELLED = 11
    """The target's promise never to run the actor in this attempt arrives at the source."""
    RECOVER = 12
    """The executor has restarted and finds the record among its durable ones."""
    DISPUTE = 13
    """The quorum does not agree on the source's final checkpoint."""

    @property
    def label(self) -> str:
        """The event's name in files and tables, such as ``accept``."""
        return self.name.lower()


DESIGNED_EVENTS: Final = (
    Event.INITIATE, Event.ADMIT, Event.ACCEPT, Event.REJECT, Event.CHECKPOINT,
    Event.COMPLETE, Event.RESTORE, Event.ACK, Event.TIME_OUT, Event.CLEAN_UP,
)  # fmt: skip
"""The events of the design; the others come with the fixes and with votes on checkpoints."""

TRANSITIONS: Final[Mapping[tuple[State, Event], State]] = {
    (State.IDLE, Event.INITIATE): State.REQUESTING,
    (State.REQUESTING, Event.ACCEPT): State.CHECKPOINTING,
    (State.REQUESTING, Event.REJECT): State.FAILED,
    (State.REQUESTING, Event.TIME_OUT): State.FAILED,
    (State.CHECKPOINTING, Event.CHECKPOINT): State.TRANSFERRING,
    (State.CHECKPOINTING, Event.TIME_OUT): State.FAILED,
    (State.TRANSFERRING, Event.ACK): State.COMPLETE,
    (State.TRANSFERRING, Event.TIME_OUT): State.FAILED,
    (State.IDLE, Event.ADMIT): State.RESTORING,
    (State.RESTORING, Event.COMPLETE): State.RESTORING,
    (State.RESTORING, Event.RESTORE): State.COMPLETE,
    (State.RESTORING, Event.TIME_OUT): State.FAILED,
    (State.COMPLETE, Event.CLEAN_UP): State.IDLE,
    (State.FAILED, Event.CLEAN_UP): State.IDLE,
}
"""Every legal step of a migration, both sides. Code, tests and docs/states.md are made from it."""

UNGUARDED: Final[Mapping[tuple[State, Event], State]] = {
    (State.IDLE, Event.ACCEPT): State.CHECKPOINTING,
    (State.CHECKPOINTING, Event.ACCEPT): State.CHECKPOINTING,
    (State.TRANSFERRING, Event.ACCEPT): State.CHECKPOINTING,
    (State.RESTORING, Event.ACCEPT): State.CHECKPOINTING,
    (State.COMPLETE, Event.ACCEPT): State.CHECKPOINTING,
    (State.FAILED, Event.ACCEPT): State.CHECKPOINTING,
    (State.IDLE, Event.REJECT): State.FAILED,
    (State.CHECKPOINTING, Event.REJECT): State.FAILED,
    (State.TRANSFERRING, Event.REJECT): State.FAILED,
    (State.RESTORING, Event.REJECT): State.FAILED,
    (State.COMPLETE, Event.REJECT): State.FAILED,
    (State.FAILED, Event.REJECT): State.FAILED,
    (State.FAILED, Event.CHECKPOINT): State.TRANSFERRING,
    (State.IDLE, Event.COMPLETE): State.RESTORING,
    (State.REQUESTING, Event.COMPLETE): State.RESTORING,
    (State.CHECKPOINTING, Event.COMPLETE): State.RESTORING,
    (State.TRANSFERRING, Event.COMPLETE): State.RESTORING,
    (State.COMPLETE, Event.COMPLETE): State.RESTORING,
    (State.FAILED, Event.COMPLETE): State.RESTORING,
    (State.FAILED, Event.RESTORE): State.COMPLETE,
}
"""The further rows of the code, whose transitions are not guarded (hazards 2 to 4 and 8). An event in idle is one for
which the executor holds no record."""

TORN_DETECTION: Final[Mapping[tuple[State, Event], State]] = {(State.COMPLETE, Event.TIME_OUT): State.FAILED}
"""The rows that exist because detection reads and writes under two locks (hazard 1)."""

CANCELLATION: Final[Mapping[tuple[State, Event], State]] = {(State.RESTORING, Event.CANCEL): State.FAILED}
"""A target that receives a Cancel stops waiting."""

HANDOVER: Final[Mapping[tuple[State, Event], State]] = {
    (State.TRANSFERRING, Event.TIME_OUT): State.TRANSFERRING,
    (State.TRANSFERRING, Event.CANCELLED): State.FAILED,
    **CANCELLATION,
}
"""The two-phase hand-over: a source that has sent the actor away gives up only after the target's promise."""

RECOVERY: Final[Mapping[tuple[State, Event], State]] = {
    (State.REQUESTING, Event.RECOVER): State.FAILED,
    (State.CHECKPOINTING, Event.RECOVER): State.FAILED,
    (State.TRANSFERRING, Event.RECOVER): State.TRANSFERRING,
    (State.RESTORING, Event.RECOVER): State.FAILED,
}
"""Durable records after a restart: the stage that was in progress is lost, the hand-over is not."""


VOTED: Final[Mapping[tuple[State, Event], State]] = {(State.CHECKPOINTING, Event.DISPUTE): State.FAILED}
"""A final checkpoint that a quorum has to agree on."""


def table(switches: Switches, *, votes: bool = False) -> dict[tuple[State, Event], State]:
    """Every step that is possible with these fixes; of `as-designed` it is `TRANSITIONS`.

    `votes` says whether quorums vote on final checkpoints.
    """
    rows = dict(TRANSITIONS)
    if votes:
        rows |= VOTED
    if not (switches.completion_ack or switches.two_phase_handover):
        del rows[State.TRANSFERRING, Event.ACK]
    if not switches.guarded_transitions:
        rows |= UNGUARDED
    if not switches.atomic_detection:
        rows |= TORN_DETECTION
    if switches.cancel_late_accepts:
        rows |= CANCELLATION
    if switches.two_phase_handover:
        rows |= HANDOVER
    if switches.durable_records:
        rows |= RECOVERY
    return rows


ACTIVE: Final = (State.REQUESTING, State.CHECKPOINTING, State.TRANSFERRING, State.RESTORING)
"""States of a migration under way."""

TERMINAL: Final = (State.COMPLETE, State.FAILED)
"""States in which a migration has ended and its record awaits removal."""
