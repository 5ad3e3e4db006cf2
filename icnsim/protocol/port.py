"""What a migration manager asks of the world: the narrow port of a sans-I/O core.

Every call returns at once. A stage that takes time is started here and reported back to
the manager's handler of the same name (`evaluated`, `checkpointed`, `restored`).
"""

from typing import Protocol

from icnsim.protocol.messages import Message
from icnsim.protocol.record import MigrationRecord
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
