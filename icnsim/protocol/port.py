"""What a migration manager asks of the world: the narrow port of a sans-I/O core.

Every call returns at once. A stage that takes time is started here and reported back to
the manager's handler of the same name (`evaluated`, `checkpointed`, `restored`).
"""

from typing import Protocol

from icnsim.protocol.messages import ActorId, AttemptId, Message
from icnsim.protocol.record import MigrationRecord, SwitchedRecord
from icnsim.protocol.runtime import Copy
from icnsim.protocol.states import Event, State


class Port(Protocol):
    """The world as one executor's manager sees it."""

    def send(self, message: Message, /) -> None:
        """Put a message on its way to its receiver."""

    def evaluate(self, request: Message, /) -> None:
        """Ask the policy whether to accept; answer by `evaluated`."""

    def checkpoint(self, record: MigrationRecord, /) -> None:
        """Pause the actor and make its final checkpoint; answer by `checkpointed`."""

    def restore(self, record: MigrationRecord, /) -> None:
        """Restore the actor from its final checkpoint; answer by `restored`."""

    def resume(self, record: MigrationRecord, /) -> None:
        """Let the actor, paused for a migration that failed, run on at home."""

    def entered(self, record: MigrationRecord, /) -> None:
        """The record has just entered `record.state`: the one place where changes are seen."""

    def removed(self, record: MigrationRecord, /) -> None:
        """Cleanup has removed the terminal record."""

    def replaced(self, record: MigrationRecord, /) -> None:
        """A new migration of the same actor has taken the terminal record's place."""

    def ignored(self, state: State, event: Event, attempt: int, /) -> None:
        """An event did not fit the record's state or attempt; nothing changed."""


class SwitchedPort(Port, Protocol):
    """The world as a manager with switches sees it: it also tells what its actors do.

    `resume` is not called: a manager with switches knows its copies and reports `runs`.
    """

    def moved(self, record: SwitchedRecord, before: State, event: Event, attempt: AttemptId, /) -> None:
        """The record has left `before` by an event of that attempt.

        `entered` follows, unless a final checkpoint has reached a target that waited for it.
        """

    def remind(self, record: SwitchedRecord, delay_ms: int, /) -> None:
        """Call `reminded` with the record after the delay."""

    def copy(self, record: SwitchedRecord, /) -> None:
        """Copy the actor's memory while it runs; answer by `copied`. Only called where the manager `copies_live`."""

    def runs(self, actor: ActorId, copy: Copy, attempt: AttemptId, /) -> None:
        """The copy runs from now on: restored, resumed or restarted; `attempt` is what made it run."""

    def stopped(self, actor: ActorId, attempt: AttemptId, how: str, /) -> None:
        """The copy runs no more: "pause", "drop" or "crash"."""

    def forgotten(self, record: MigrationRecord, /) -> None:
        """A restart has lost the record."""

    def hazard(self, number: int, actor: ActorId, attempt: AttemptId, /) -> None:
        """What the hazard of that number (PROTOCOL section 7) begins with has happened here."""
