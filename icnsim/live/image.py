"""The state of an executor's manager, followed by the events that it reports.

The supervisor follows every executor with an image, for the observers. A worker that restarts after a kill follows the
journal that the killed process has written, and so restores what was on the disk. Both read the same events, which
`reporter` makes. A record has a serial number, because several records of one actor may follow each other.
"""

from typing import Any, Final

from icnsim.protocol.manager import MigrationManager
from icnsim.protocol.messages import ActorId, AttemptId, ExecutorId
from icnsim.protocol.record import MigrationRecord, Role
from icnsim.protocol.runtime import Copy
from icnsim.protocol.states import State

Event = list[Any]
"""An event: its name, the executor, and what its name says."""

FIRST_TERMINAL: Final = State.COMPLETE

# The events that change the state of a manager. Each begins with its name and the executor; `record` is as in
# `record_fields`, `copy` as in `copy_fields`.
MOVED: Final = "moved"
"""serial, record, state before, event, attempt."""
WATCHED: Final = "watched"
"""serial, record."""
REMOVED: Final = "removed"
"""serial."""
REPLACED: Final = "replaced"
"""serial."""
STORED: Final = "stored"
"""actor, sequence of the stored checkpoint, whether it is unsigned, message."""
MADE: Final = "made"
"""serial, record, sequence of the stored checkpoint, whether it is unsigned."""
ARRIVED: Final = "arrived"
"""serial, record, sequence of the stored checkpoint, whether it is unsigned."""
RUNS: Final = "runs"
"""actor, copy, attempt."""
STOPPED: Final = "stopped"
"""actor, attempt, how."""
EPOCHS: Final = "epochs"
"""actor, newest epoch heard of, begun, fenced; in journals only."""

JOURNALLED: Final = frozenset({MOVED, WATCHED, REMOVED, REPLACED, STORED, MADE, ARRIVED, RUNS, STOPPED, EPOCHS})


def record_fields(record: MigrationRecord) -> list[Any]:
    """A record as a list."""
    return [
        record.actor, record.attempt, record.role, record.peer, record.size_bytes, record.epoch, record.state,
        record.since, record.sequence, record.content, record.damaged, record.emptied, record.reason, record.doubtful,
        record.arrived, record.deadline, record.allowed,
    ]  # fmt: skip


def copy_fields(copy: Copy) -> list[Any]:
    """A copy of an actor as a list."""
    return [copy.epoch, copy.content, copy.running, copy.paused_for, copy.saved]


class Image:
    """Follows the state of one executor's manager.

    Attributes
    ----------
    manager : the manager whose records, copies and checkpoints follow the events. records : by serial number.
    """

    __slots__ = ("manager", "records")

    def __init__(self, manager: MigrationManager) -> None:
        self.manager = manager
        self.records: dict[int, MigrationRecord] = {}

    def update(self, serial: int, fields: list[Any]) -> MigrationRecord:
        """Set the fields of a record, which is created if it is new."""
        (actor, attempt, role, peer, size, epoch, state, since, sequence, content, damaged, emptied, reason, doubtful,
         arrived, deadline, allowed) = fields  # fmt: skip
        record = self.records.get(serial)
        if record is None:
            record = self.records[serial] = MigrationRecord(
                ActorId(actor), AttemptId(attempt), Role(role), ExecutorId(peer), size, epoch
            )
        record.peer, record.size_bytes, record.state, record.since = ExecutorId(peer), size, State(state), since
        record.sequence, record.content = sequence, (content[0], content[1])
        record.damaged, record.emptied, record.reason = damaged, emptied, reason
        record.doubtful, record.arrived, record.deadline, record.allowed = doubtful, arrived, deadline, allowed
        return record

    def moved(self, serial: int, fields: list[Any]) -> MigrationRecord:
        """Update a record that has moved, and store it among the active or the ended ones."""
        record = self.update(serial, fields)
        manager = self.manager
        for held in (manager.active, manager.ended):
            if held.get(record.actor) is record:
                del held[record.actor]
        (manager.active if record.state < FIRST_TERMINAL else manager.ended)[record.actor] = record
        return record

    def gone(self, serial: int) -> MigrationRecord:
        """Remove a record."""
        record = self.records.pop(serial)
        for held in (self.manager.active, self.manager.ended):
            if held.get(record.actor) is record:
                del held[record.actor]
        return record

    def stored(self, actor: ActorId, sequence: int, *, unsigned: bool) -> None:
        """Set the newest checkpoint of an actor; 0 for none."""
        store = self.manager.checkpoints
        store.pop(actor, None)
        if sequence:
            store[actor] = sequence
        (store.unsigned.add if unsigned else store.unsigned.discard)(actor)

    def runs(self, actor: ActorId, fields: list[Any]) -> Copy:
        """Set a copy that runs from now on."""
        epoch, content, running, paused_for, saved = fields
        copy = Copy(epoch, (content[0], content[1]), running, paused_for, saved)
        self.manager.runtime.copies[actor] = copy
        return copy

    def stopped(self, actor: ActorId, attempt: AttemptId, how: str) -> None:
        """Pause a copy, or remove it."""
        copies = self.manager.runtime.copies
        if how == "pause":
            copies[actor].running, copies[actor].paused_for, copies[actor].saved = False, attempt, False
        else:
            copies.pop(actor, None)

    def made(self, record: MigrationRecord) -> None:
        """The final checkpoint of a record's actor was made."""
        copy = self.manager.runtime.copies.get(record.actor)
        if copy is not None:
            copy.saved = True

    def follow(self, event: Event) -> None:
        """Follow an event of a journal."""
        name, _, *what = event
        if name == MOVED:
            self.moved(what[0], what[1])
        elif name == WATCHED:
            self.update(what[0], what[1])
        elif name in (REMOVED, REPLACED):
            self.gone(what[0])
        elif name == STORED:
            self.stored(what[0], what[1], unsigned=what[2])
        elif name in (MADE, ARRIVED):
            record = self.update(what[0], what[1])
            self.stored(record.actor, what[2], unsigned=what[3])
            if name == MADE:
                self.made(record)
        elif name == RUNS:
            self.runs(what[0], what[1])
        elif name == STOPPED:
            self.stopped(what[0], what[1], what[2])
        elif name == EPOCHS:
            actor, *epochs = what
            runtime = self.manager.runtime
            for known, epoch in zip((runtime.heard, runtime.begun, runtime.fenced), epochs, strict=True):
                if epoch:
                    known[actor] = epoch
