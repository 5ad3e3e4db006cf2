"""Reports what happens in one worker: it turns the calls of the hook points into events.

The events of one callback form a batch with one time and a number. The worker sends each batch to the supervisor before
it does anything else. The batch's state changes go to the journal first, a file from which a restarted process restores
its records, checkpoints and actors. It ignores a batch that was written but not sent before the kill. `image` describes
the events that change the state of a manager; the others are below.
"""

import json
from array import array
from collections.abc import Callable, Sequence
from typing import Any, Final, Protocol

from icnsim.live import image
from icnsim.live.image import Event, copy_fields, record_fields
from icnsim.live.wire import packed
from icnsim.protocol.detectors.detector import Detector
from icnsim.protocol.messages import ActorId, AttemptId, ExecutorId, Message
from icnsim.protocol.record import MigrationRecord
from icnsim.protocol.runtime import Copy
from icnsim.protocol.states import Event as Step
from icnsim.protocol.states import State
from icnsim.simulation.executors.executor import Executor
from icnsim.simulation.hooks import Hooks

IGNORED: Final = "ignored"
"""state, event, attempt."""
HAZARD: Final = "hazard"
"""number, actor, attempt."""
ASKS: Final = "asks"
"""message: a Request is about to be sent."""
SENT: Final = "sent"
"""number of the copy, message."""
WRITTEN: Final = "written"
"""number of the copy, which the socket of the executor's process has taken."""
REFUSED: Final = "refused"
"""number of the copy, whose receiver's process does not listen."""
LOST: Final = "lost"
"""number of the copy, which was lost before it reached a socket."""
CUT: Final = "cut"
"""number of the copy, which a cut link has stopped."""
RECEIVED: Final = "received"
"""number of the copy."""
UNREACHABLE: Final = "unreachable"
"""message: a Request that the executor does not answer."""
STAGE: Final = "stage"
"""actor: a stage begins."""
STAGED: Final = "staged"
"""actor: a stage has ended; its effects precede this event."""
TICK: Final = "tick"
"""The manager's loop ticks."""
ERROR: Final = "error"
"""The tick of the manager's loop fails."""
TICKED: Final = "ticked"
"""active records, all records, failed, removed: a tick has changed something."""
FIRED: Final = "fired"
"""active records, ended records, failed: a timer or a wheel has failed records."""
BLOCKED: Final = "blocked"
"""attempt: a record of the actor keeps it from beginning."""
EFFECT: Final = "effect"
"""kind of fault, which has affected something."""
STALLED: Final = "stalled"
RESUMING: Final = "resuming"
RESUMED: Final = "resumed"
RESTARTING: Final = "restarting"
RESTARTED: Final = "restarted"
ASKED: Final = "asked"
"""kind of its ballots, row in the source's register, number, actor, voters, needed: an executor begins a vote."""
VERDICT: Final = "verdict"
"""kind of its ballots, row, verdict, whether it is right, votes, double votes, backers: a vote has been decided."""
REPEATED: Final = "repeated"
"""message, number: how often a message that may be repeated was sent, see `Repeats`."""
BEAT: Final = "beat"
"""The executor sends a heartbeat to every other one."""
RESTORED: Final = "restored"
"""(actor, sequence) of each actor: the checkpoints that a restarted process has read from its disk."""
LEARNED: Final = "learned"
"""answers, values: from which the detectors have learned, at the end."""

NOBODY: Final = -1
"""The executor of an event of the network."""


class Journal(Protocol):
    """A file of lines."""

    def write(self, line: bytes) -> None:
        """Append a line; when this returns, a kill of the process does not lose it."""


class Reporter:
    """The events of one worker.

    Parameters
    ----------
    process : the number of the worker's process in the run, for the numbers of messages.
    send : receives the number and the events of each batch.
    journal : receives the changes of state; None without a durable store.
    """

    def __init__(
        self, hooks: Hooks, process: int, send: Callable[[int, list[Event]], None], journal: Journal | None
    ) -> None:
        self._batch: list[Event] = []
        self._send = send
        self._journal = journal
        self._process = process
        self._batches = 0
        self._first_number = process << 40
        self._numbers = 0
        self._in_transit: dict[tuple[int, ExecutorId], list[tuple[int, Message]]] = {}
        self._arriving: dict[int, tuple[int, Message]] = {}
        self._serials: dict[int, tuple[int, MigrationRecord]] = {}
        self._next_serial = process << 40
        self._touched: dict[tuple[Executor, ActorId], None] = {}
        self._subscribe(hooks)

    def _subscribe(self, hooks: Hooks) -> None:
        hooks.record_moved.append(self._moved)
        hooks.record_watched.append(self._watched)
        hooks.record_removed.append(self._removed)
        hooks.record_replaced.append(self._replaced)
        hooks.event_ignored.append(lambda state, event, attempt: self.add(IGNORED, NOBODY, state, event, attempt))
        hooks.hazard.append(lambda number, actor, attempt, where: self.add(HAZARD, where, number, actor, attempt))
        hooks.request_sent.append(lambda message: self.add(ASKS, NOBODY, packed(message)))
        hooks.message_sent.append(self._sent)
        hooks.message_lost.append(self._lost)
        hooks.message_cut.append(self._cut)
        hooks.message_received.append(self._received)
        hooks.request_unreachable.append(lambda message: self.add(UNREACHABLE, NOBODY, packed(message)))
        hooks.request_stored.append(self._stored)
        hooks.checkpoint_made.append(self._made)
        hooks.checkpoint_arrived.append(self._arrived)
        hooks.copy_started.append(self._started)
        hooks.copy_stopped.append(self._stopped)
        hooks.fault_took_effect.append(lambda kind: self.add(EFFECT, NOBODY, kind))
        hooks.executor_stalled.append(lambda executor: self.add(STALLED, executor.id))
        hooks.executor_resumed.append(lambda executor: self.add(RESUMED, executor.id))
        hooks.executor_restarting.append(lambda executor: self.add(RESTARTING, executor.id))
        hooks.executor_restarted.append(lambda executor: self.add(RESTARTED, executor.id))

    def add(self, name: str, executor: int, *what: Any) -> None:
        """Add an event to the batch."""
        self._batch.append([name, executor, *what])

    def flush(self) -> None:
        """Write the batch to the journal and send it."""
        if not self._batch:
            return
        batch, self._batch = self._batch, []
        self._batches += 1
        if self._journal is not None:
            changes = [event for event in batch if event[0] in image.JOURNALLED]
            changes += [self._epochs(*place) for place in self._touched]
            if changes:
                self._keep(self._batches, changes)
        self._touched.clear()
        self._send(self._batches, batch)

    def keep(self, changes: list[Event]) -> None:
        """Write changes to the journal that the supervisor knows."""
        if self._journal is not None:
            self._keep(0, changes)

    def _keep(self, batch: int, changes: list[Event]) -> None:
        assert self._journal is not None
        self._journal.write(json.dumps([self._process, batch, changes], separators=(",", ":")).encode() + b"\n")

    def _epochs(self, executor: Executor, actor: ActorId) -> Event:
        runtime = executor.manager.runtime
        known = (runtime.heard.get(actor, 0), runtime.begun.get(actor, 0), runtime.fenced.get(actor, 0))
        return [image.EPOCHS, executor.id, actor, *known]

    # Records

    def know(self, serial: int, record: MigrationRecord) -> None:
        """Use the serial number that a record had before the process was restarted."""
        self._serials[id(record)] = serial, record

    def _serial(self, record: MigrationRecord) -> int:
        known = self._serials.get(id(record))
        if known is None:
            known = self._serials[id(record)] = self._next_serial, record
            self._next_serial += 1
        return known[0]

    def _moved(
        self, record: MigrationRecord, before: State, event: Step, attempt: AttemptId, executor: Executor
    ) -> None:
        self._touched[executor, record.actor] = None
        self.add(image.MOVED, executor.id, self._serial(record), record_fields(record), before, event, attempt)

    def _watched(self, record: MigrationRecord, deadline: int, _: Detector, executor: Executor) -> None:
        self.add(image.WATCHED, executor.id, self._serial(record), record_fields(record))

    def _removed(self, record: MigrationRecord, executor: Executor) -> None:
        self.add(image.REMOVED, executor.id, self._serial(record))
        del self._serials[id(record)]

    def _replaced(self, record: MigrationRecord, executor: Executor) -> None:
        self.add(image.REPLACED, executor.id, self._serial(record))
        del self._serials[id(record)]

    # Checkpoints and copies

    def _checkpoint(self, actor: ActorId, executor: Executor) -> tuple[int, bool]:
        store = executor.manager.checkpoints
        return store.get(actor, 0), actor in store.unsigned

    def _stored(self, request: Message, executor: Executor) -> None:
        self._touched[executor, request.actor] = None
        sequence, unsigned = self._checkpoint(request.actor, executor)
        self.add(image.STORED, executor.id, request.actor, sequence, unsigned, packed(request))

    def _made(self, record: MigrationRecord, executor: Executor) -> None:
        checkpoint = self._checkpoint(record.actor, executor)
        self.add(image.MADE, executor.id, self._serial(record), record_fields(record), *checkpoint)

    def _arrived(self, record: MigrationRecord, executor: Executor) -> None:
        checkpoint = self._checkpoint(record.actor, executor)
        self.add(image.ARRIVED, executor.id, self._serial(record), record_fields(record), *checkpoint)

    def _started(self, actor: ActorId, copy: Copy, attempt: AttemptId, executor: Executor) -> None:
        self._touched[executor, actor] = None
        self.add(image.RUNS, executor.id, actor, copy_fields(copy), attempt)

    def _stopped(self, actor: ActorId, attempt: AttemptId, how: str, executor: Executor) -> None:
        self.add(image.STOPPED, executor.id, actor, attempt, how)

    # Messages: the order of sending distinguishes the copies of one message to one receiver

    def _sent(self, message: Message, to: ExecutorId) -> None:
        number = self._first_number + self._numbers
        self._numbers += 1
        self._in_transit.setdefault((id(message), to), []).append((number, message))
        self.add(SENT, to, number, packed(message))

    def take(self, message: Message, to: ExecutorId) -> int:
        """The number of a copy that leaves this process now."""
        copies = self._in_transit[id(message), to]
        number, _ = copies.pop(0)
        if not copies:
            del self._in_transit[id(message), to]
        return number

    def _lost(self, message: Message, to: ExecutorId) -> None:
        self.add(LOST, to, self.take(message, to))

    def _cut(self, message: Message, to: ExecutorId) -> None:
        self.add(CUT, to, self._in_transit[id(message), to][0][0])

    def arriving(self, number: int, message: Message) -> None:
        """A copy with that number has arrived; its executor may accept it later."""
        self._arriving[id(message)] = number, message

    def _received(self, message: Message, executor: Executor) -> None:
        self._touched[executor, message.actor] = None
        number, _ = self._arriving.pop(id(message))
        self.add(RECEIVED, executor.id, number)


class Repeats(dict[int | tuple[int, str], int]):
    """The numbers of sendings of `Network.repeated`; each change is reported, because a restarted process needs them.

    The draws of a message depend on its number. A process that began again at 0 would repeat draws.

    Parameters
    ----------
    where : an executor of this worker.
    """

    def __init__(self, reporter: Reporter, where: ExecutorId) -> None:
        super().__init__()
        self._reporter = reporter
        self._where = where

    def __setitem__(self, message: int | tuple[int, str], number: int) -> None:
        """Set and report the number of a message."""
        super().__setitem__(message, number)
        self._reporter.add(REPEATED, self._where, message, number)

    def restore(self, known: Sequence[tuple[int | list[Any], int]]) -> None:
        """Set the numbers that a killed process has reported; they are in the form of its reports."""
        for message, number in known:
            place = message if isinstance(message, int) else (int(message[0]), str(message[1]))
            super().__setitem__(place, number)


def padded(column: "array[int]", length: int) -> None:
    """Extend a column of whole numbers to a length, with -1."""
    if len(column) < length:
        column.extend([-1] * (length - len(column)))
