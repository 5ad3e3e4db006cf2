"""The calls that a migration manager makes to its driver: the narrow port of a core that does no I/O.

Every call returns at once. The driver starts a stage that takes time and reports its end to the
manager's handler of the same name (`evaluated`, `checkpointed`, `restored`, `copied`, `reminded`).
"""

from typing import Protocol

from icnsim.protocol.detectors.detector import Detector
from icnsim.protocol.detectors.heartbeats import Heard
from icnsim.protocol.messages import ActorId, AttemptId, ExecutorId, Message
from icnsim.protocol.record import MigrationRecord
from icnsim.protocol.runtime import Copy
from icnsim.protocol.states import Event, State


class Port(Protocol):
    """The world as one executor's manager sees it."""

    def send(self, message: Message, /) -> None:
        """Send a message to its receiver."""

    def evaluate(self, request: Message, /) -> None:
        """Ask the policy whether to accept; answer by `evaluated`."""

    def checkpoint(self, record: MigrationRecord, /) -> None:
        """Make the final checkpoint of the paused actor; answer by `checkpointed`."""

    def restore(self, record: MigrationRecord, /) -> None:
        """Restore the actor from its final checkpoint; answer by `restored`."""

    def copy(self, record: MigrationRecord, /) -> None:
        """Copy the actor's memory while it runs; answer by `copied`. Called only if the manager `copies_live`."""

    def remind(self, record: MigrationRecord, delay_ms: int, /) -> None:
        """Call `reminded` with the record after the delay."""

    def watch(self, record: MigrationRecord, deadline: int, detector: Detector, /) -> None:
        """Check the record when the monotonic clock shows the deadline, ms.

        Without a wheel, call `overdue` then. If the detector has one, call `turn` at its first tick from then on. A
        stall of the process delays the call, and a crash prevents it. Called only if the detector does not poll.
        """

    def heard(self, peer: ExecutorId, /) -> Heard | None:
        """The heartbeats of a peer that have arrived here; None if no heartbeat has arrived.

        Called only if the detector has a `rule`.
        """

    def moved(self, record: MigrationRecord, before: State, event: Event, attempt: AttemptId, /) -> None:
        """The record has moved from `before` to `record.state` by an event of that attempt.

        This is the one place where changes of records are seen. The state is the same as before when a final
        checkpoint has reached a target that waited for it.
        """

    def removed(self, record: MigrationRecord, /) -> None:
        """Cleanup has removed the terminal record."""

    def replaced(self, record: MigrationRecord, /) -> None:
        """Another record of the same actor has replaced the record."""

    def forgotten(self, record: MigrationRecord, /) -> None:
        """A crash has lost the record."""

    def ignored(self, state: State, event: Event, attempt: int, /) -> None:
        """An event did not fit the record's state or attempt; nothing changed."""

    def runs(self, actor: ActorId, copy: Copy, attempt: AttemptId, /) -> None:
        """The copy runs from now on: restored, resumed or restarted, because of that attempt."""

    def stopped(self, actor: ActorId, attempt: AttemptId, how: str, /) -> None:
        """The copy has stopped: "pause", "drop" or "crash"."""

    def hazard(self, number: int, actor: ActorId, attempt: AttemptId, /) -> None:
        """The first step of the hazard with that number (PROTOCOL section 7) has happened here."""
