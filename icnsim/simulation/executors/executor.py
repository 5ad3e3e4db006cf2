"""One executor: its manager and its process. It implements the manager's `Port`.

The manager decides, and the executor acts: it sends messages, begins the stages that take time, and announces every
change at the hook points. `process` contains the effects of faults on its process and its clock.
"""

from collections.abc import Callable
from dataclasses import replace
from typing import Any, Final

from icnsim.draws.streams import Streams
from icnsim.protocol.detectors.detector import Detector
from icnsim.protocol.detectors.heartbeats import Heard
from icnsim.protocol.manager import MigrationManager
from icnsim.protocol.messages import ActorId, AttemptId, ExecutorId, Kind, Message
from icnsim.protocol.policy import refusal
from icnsim.protocol.record import MigrationRecord
from icnsim.protocol.runtime import Copy
from icnsim.protocol.states import Event, State
from icnsim.recording.columns import NEVER
from icnsim.scenario.plugins.behaviors import Answer
from icnsim.simulation.activity import Activity
from icnsim.simulation.executors.behavior import Behavior
from icnsim.simulation.executors.process import Process
from icnsim.simulation.hooks import Hooks
from icnsim.simulation.time.environment import Environment
from icnsim.simulation.time.stream import Stream

# Bound once: looking up a member of an enum on its class costs as much as a call.
REQUEST, BALLOT, REQUESTING, COMPLETION = Kind.REQUEST, Kind.BALLOT, State.REQUESTING, Event.COMPLETE


BeginCopying = Callable[[MigrationRecord, "Executor"], tuple[int, Stream | None]]
"""Begins to copy an actor's memory from an executor; returns the duration, µs, and the stream."""
Confirm = Callable[[MigrationRecord, "Executor"], None]
"""Decides about a final checkpoint that an executor has made; it may call `send_checkpoint` later."""
DRAINING: Final = "draining"
"""The reason for which a drained executor rejects Requests."""

Writing = Callable[[int, ActorId, Callable[[Any, int], None], Any], None]
"""Begins to write a checkpoint."""


def _no_heartbeats(_: ExecutorId, __: ExecutorId) -> Heard | None:
    """Returns None: no executor sends heartbeats."""
    return None


class Executor(Process):
    """One executor of the federation.

    Attributes
    ----------
    behavior : how it answers Requests now. draining : whether it is being drained.
    damages : functions that decide whether a final checkpoint made here is "corrupt", "empty" or sound (None).
    queue_length : the number of tasks that wait here, as input of its policy when it evaluates an attempt.
    ticked_at : the time of the last tick of its manager's loop, µs.
    hears : returns the heartbeats of an executor (first argument) that have arrived at another one.
    write : takes the size of a new checkpoint, its actor, a function and its subject; calls the function when the
        checkpoint is written.
    """

    __slots__ = (
        "_after_making", "_always_answers", "_begin_copying", "_checkpoint", "_checkpoint_made", "_entered",
        "_evaluation", "_listeners", "_monotonic", "_moved", "_restore", "_restored", "_streams", "_usual", "behavior",
        "damages", "draining", "hears", "queue_length", "send", "ticked_at", "write",
    )  # fmt: skip

    def __init__(
        self,
        identity: ExecutorId,
        behavior: Behavior,
        env: Environment,
        hooks: Hooks,
        activity: Activity,
        streams: Streams,
        send: Callable[[Message], None],
        make: Callable[["Executor"], MigrationManager],
        *,
        steady: bool,
    ) -> None:
        super().__init__(identity, env, hooks, activity, make, steady=steady)
        self.behavior = self._usual = behavior
        self.draining = False
        self.send = send
        self._moved, self._entered = hooks.record_moved, hooks.record_entered
        self._listeners = hooks.message_received
        self._restored = self.manager.restored
        self._always_answers = behavior.answers and behavior.answer_probability == 1 and behavior.decides is None
        self._monotonic = self.manager.switches.monotonic_clock
        self._begin_copying: BeginCopying = lambda _, __: (0, None)
        self.queue_length: Callable[[AttemptId], float] = self._drawn_queue_length
        self._checkpoint_made: Callable[[MigrationRecord, int], None] = self._send_checkpoint
        self.ticked_at = NEVER
        self.hears: Callable[[ExecutorId, ExecutorId], Heard | None] = _no_heartbeats
        self.damages: list[Callable[[MigrationRecord], str | None]] = []
        self.write: Writing = self._write_at_once
        self._after_making: Callable[[MigrationRecord, int], None] = self._checkpoint_made
        self.draw_from(streams)

    def draw_from(self, streams: Streams) -> None:
        """Take the draws of later messages and stages from these streams."""
        self._streams = streams
        self._evaluation, self._checkpoint, self._restore = (
            streams.stage(name, self.behavior.slowdown) for name in ("evaluation", "checkpoint", "restore")
        )

    def copy_live(self, begin: BeginCopying) -> None:
        """Copy memories while their actors run, with this function."""
        self._begin_copying = begin

    def share_store(self, write: Writing) -> None:
        """Write checkpoints with this function, because the store's bandwidth is shared."""
        self.write = write
        self._bind_making()

    def _bind_making(self) -> None:
        """Choose the step after making a final checkpoint; without a shared store this saves three calls."""
        self._after_making = self._checkpoint_made if self.write == self._write_at_once else self._made

    def confirm_checkpoints(self, confirm: Confirm) -> None:
        """Call a function with each final checkpoint that is made, instead of sending it at once."""

        def made(record: MigrationRecord, _: int) -> None:
            confirm(record, self)

        self._checkpoint_made = made
        self._bind_making()

    def send_checkpoint(self, record: MigrationRecord) -> None:
        """Send a final checkpoint that has been confirmed."""
        self._send_checkpoint(record, self.clock_ms())

    def drain(self, *, begins: bool) -> None:
        """Begin or end a drain; during a drain, every Request that the executor answers is rejected."""
        if begins is self.draining:
            return
        self.draining = begins
        self.behavior = replace(self._usual, refuses=DRAINING, welcomes=False) if begins else self._usual
        for listener in self._hooks.drain_began if begins else self._hooks.drain_ended:
            listener(self)

    def _write_at_once(self, _: int, __: ActorId, function: Callable[[Any, int], None], subject: Any) -> None:
        function(subject, self.clock_ms())

    # Time

    def clock_ms(self) -> int:
        """The manager's time: the wall clock, or with `monotonic_clock` the monotonic one."""
        if not self.irregular:
            return self._env._now // 1000
        reading = self.clock.at(self._env._now)
        return (reading if self._monotonic else reading + self.clock.offset) // 1000

    def ages_ms(self) -> tuple[int, int]:
        """Virtual time and the monotonic clock, both without the time for which the process was stopped, ms."""
        now = self._env._now
        if not self.irregular:
            reading = now // 1000
            return reading, reading
        standing = self.time.stood(now)
        return (now - standing) // 1000, (self.clock.at(now) - standing) // 1000

    # Incoming messages

    def _receive(self, message: Message, now: int) -> None:
        self.received += 1
        for listener in self._listeners:
            listener(message, self)
        kind = message.kind
        if self.irregular:
            now = self.clock_ms()
        if kind is REQUEST:
            if not self._takes(message, now):
                return
        elif kind >= BALLOT:
            for vote in self._hooks.vote_received:
                vote(message, self)
            return
        self.manager.receive(message, now)

    def _takes(self, request: Message, now: int) -> bool:
        """Whether its manager receives a Request: it is not silenced, and its behavior answers."""
        manager = self.manager
        timeout = manager.timeouts_of(request.actor).get(REQUESTING, 0)
        if 0 < timeout < 2 * (now - request.sent_at):  # so slow that an honest answer may be too late
            self.hazard(22, request.actor, request.attempt)
        if self.silent:
            self._unreachable(request)
            return False
        return self._always_answers or self.answers(request.attempt, request.size_bytes)

    def answers(self, attempt: AttemptId, size_bytes: int) -> bool:
        """Whether its behaviour answers that attempt's Request."""
        behavior = self.behavior
        if behavior.decides is not None:
            answer = behavior.decides(size_bytes, self._streams.answer_u[attempt])
            return behavior.answers and answer is not Answer.SILENT
        return behavior.answers and (
            behavior.answer_probability == 1 or self._streams.answer_u[attempt] < behavior.answer_probability
        )

    def would_accept(self, attempt: AttemptId, size_bytes: int) -> bool:
        """Whether it answers that attempt's Request, and with Accept."""
        return self.answers(attempt, size_bytes) and self._refusal(attempt, size_bytes) is None

    def _refusal(self, attempt: AttemptId, size_bytes: int) -> str | None:
        behavior = self.behavior
        if behavior.refuses is not None:
            return behavior.refuses
        if behavior.decides is not None:
            answer = behavior.decides(size_bytes, self._streams.answer_u[attempt])
            if answer is Answer.REJECT:
                return "refused by its behavior"
        reason = refusal(behavior.memory_bytes, self.queue_length(attempt), size_bytes)
        return None if reason is None else behavior.reason or reason

    def _drawn_queue_length(self, attempt: AttemptId) -> float:
        """The length of the queue that the scenario gives."""
        queue = self.behavior.queue
        return self._streams.queue_length(queue, attempt) if queue.constant is None else queue.constant

    # The manager's port

    def evaluate(self, request: Message) -> None:
        for listener in self._hooks.request_stored:
            listener(request, self)
        self.stage(self._evaluation[request.attempt], request.actor, self._evaluated, request)

    def _evaluated(self, request: Message, now: int) -> None:
        refuses = None if self.behavior.welcomes else self._refusal(request.attempt, request.size_bytes)
        self.manager.evaluated(request, refuses, now)

    def checkpoint(self, record: MigrationRecord) -> None:
        for sized in self._hooks.checkpoint_sized:
            sized(record)
        self.stage(self._checkpoint[record.attempt], record.actor, self._after_making, record)

    def _made(self, record: MigrationRecord, _: int) -> None:
        self.write(record.size_bytes, record.actor, self._checkpoint_made, record)

    def _send_checkpoint(self, record: MigrationRecord, now: int) -> None:
        flaw = next((flaw for damage in self.damages if (flaw := damage(record))), None) if self.damages else None
        before = record.sequence
        record.damaged, record.emptied = flaw == "corrupt", flaw == "empty"
        self.manager.checkpointed(record, now)
        if record.sequence != before:
            for made in self._hooks.checkpoint_made:
                made(record, self)

    def copy(self, record: MigrationRecord) -> None:
        duration, stream = self._begin_copying(record, self)
        self.stage(duration, record.actor, self._copied_live, record, stream)

    def _copied_live(self, record: MigrationRecord, _: int) -> None:
        self.manager.copied(record)

    def restore(self, record: MigrationRecord) -> None:
        for listener in self._hooks.checkpoint_arrived:
            listener(record, self)
        self.stage(self._restore[record.attempt], record.actor, self._restored, record)

    def remind(self, record: MigrationRecord, delay_ms: int) -> None:
        self.timer(delay_ms * 1000, record.actor, self.manager.reminded, record)

    def watch(self, record: MigrationRecord, deadline: int, detector: Detector) -> None:
        for listener in self._hooks.record_watched:
            listener(record, deadline, detector, self)

    def heard(self, peer: ExecutorId) -> Heard | None:
        return self.hears(peer, self.id)

    def moved(self, record: MigrationRecord, before: State, event: Event, attempt: AttemptId) -> None:
        for listener in self._moved:
            listener(record, before, event, attempt, self)
        state = record.state
        if state is not before or event is not COMPLETION:  # a target's Completion does not change its state
            for entered in self._entered[state]:
                entered(record, self)

    def removed(self, record: MigrationRecord) -> None:
        for listener in self._hooks.record_removed:
            listener(record, self)

    def replaced(self, record: MigrationRecord) -> None:
        for listener in self._hooks.record_replaced:
            listener(record, self)

    def forgotten(self, record: MigrationRecord) -> None:
        for listener in self._hooks.record_forgotten:
            listener(record, self)

    def ignored(self, state: State, event: Event, attempt: int) -> None:
        for listener in self._hooks.event_ignored:
            listener(state, event, attempt)

    def runs(self, actor: ActorId, copy: Copy, attempt: AttemptId) -> None:
        for listener in self._hooks.copy_started:
            listener(actor, copy, attempt, self)

    def stopped(self, actor: ActorId, attempt: AttemptId, how: str) -> None:
        for listener in self._hooks.copy_stopped:
            listener(actor, attempt, how, self)
