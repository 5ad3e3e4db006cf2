"""One executor: its manager, its process and its clock. It implements the manager's `Port`.

The manager decides, and the executor acts: it sends messages, runs the stages that take time, and announces
every change at the hook points. A fault may crash the process, stall it, slow it down or silence it. Messages that
arrive and stages that end while the process is stalled wait until it goes on. A stage that a crash has interrupted
never ends: every stage knows the incarnation of the process that began it.

`deliver` is the function that takes an arriving message. It is exchanged when the process crashes or stalls,
so that the usual case asks no question.
"""

from collections.abc import Callable
from heapq import heappush
from typing import Any

from icnsim.draws.streams import Streams
from icnsim.protocol.manager import MigrationManager
from icnsim.protocol.messages import ActorId, AttemptId, ExecutorId, Kind, Message
from icnsim.protocol.policy import refusal
from icnsim.protocol.record import MigrationRecord
from icnsim.protocol.records import NO_ATTEMPT
from icnsim.protocol.runtime import Copy
from icnsim.protocol.states import ACTIVE, Event, State
from icnsim.recording.columns import NEVER
from icnsim.simulation.activity import Activity
from icnsim.simulation.executors.behavior import Behavior
from icnsim.simulation.hooks import Hooks
from icnsim.simulation.time.clock import Clock
from icnsim.simulation.time.environment import NORMAL, Environment

# Bound once: looking up a member on its class costs as much as a call.
REQUEST, BALLOT, REQUESTING, COMPLETION = Kind.REQUEST, Kind.BALLOT, State.REQUESTING, Event.COMPLETE

Waiting = tuple[ActorId, Callable[[Any, int], None], Any, Message | None]
"""What waits for a stalled process: its actor, the function and subject to call, and the message, if it is one."""


class Executor:
    """One executor of the federation.

    Attributes
    ----------
    up : False between a crash and the restart. incarnation : the number of crashes so far.
    stalled, silent : the number of faults that stall its process, or keep it from answering requests.
    irregular : its process has stood still, or its clock was stepped or has drifted.
    slowness : the factor by which faults slow down its stages.
    damages : functions that decide whether a final checkpoint made here is "corrupt", "empty" or sound (None).
    received : messages that its process has taken. stages_ended : stages that have ended here.
        ticked_at : when its manager's loop has last ticked, µs.
    """

    __slots__ = (
        "_always_answers", "_backlog", "_checkpoint", "_entered", "_env", "_evaluation", "_hooks", "_items",
        "_live_copy_us", "_monotonic", "_moved", "_over", "_received", "_restore", "_restored", "_standing_since",
        "_stood", "_streams", "behavior", "clock", "damages", "deliver", "id", "incarnation", "irregular", "manager",
        "received", "send", "silent", "slowness", "stages_ended", "stalled", "ticked_at", "up",
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
    ) -> None:
        self.id = identity
        self.behavior = behavior
        self.send = send
        self._env = env
        self._hooks = hooks
        self._moved, self._entered = hooks.record_moved, hooks.record_entered
        self._received = hooks.message_received
        self._items, self._over = activity.items, activity.end
        self.manager = make(self)
        self._restored = self.manager.restored
        self._always_answers = behavior.answers and behavior.answer_probability == 1
        self._monotonic = self.manager.switches.monotonic_clock
        self._live_copy_us: Callable[[MigrationRecord], int] = lambda _: 0
        self.clock = Clock()
        self.up = True
        self.incarnation = 0
        self.stalled = 0
        self.silent = 0
        self.irregular = False
        self.slowness = 1.0
        self.received = 0
        self.stages_ended = 0
        self.ticked_at = NEVER
        self.damages: list[Callable[[MigrationRecord], str | None]] = []
        self._stood = 0
        self._standing_since = 0
        self._backlog: list[Waiting] = []
        self.deliver: Callable[[Message, int], None] = self._receive
        self.draw_from(streams)

    def draw_from(self, streams: Streams) -> None:
        """Take the draws of what begins from now on from these streams."""
        self._streams = streams
        self._evaluation, self._checkpoint, self._restore = (
            streams.stage(name, self.behavior.slowdown) for name in ("evaluation", "checkpoint", "restore")
        )

    def copy_live(self, duration_us: Callable[[MigrationRecord], int]) -> None:
        """Copy memories while their actors run; `duration_us` gives the duration of the copying."""
        self._live_copy_us = duration_us

    # Time

    def clock_ms(self) -> int:
        """The time as its manager sees it: the wall clock, or with `monotonic_clock` the monotonic one."""
        if not self.irregular:
            return self._env._now // 1000
        reading = self.clock.monotonic(self._env._now)
        return (reading if self._monotonic else reading + self.clock.offset) // 1000

    def ages_ms(self) -> tuple[int, int]:
        """Virtual time and the monotonic clock, both without the time for which the process stood still, ms."""
        now = self._env._now
        if not self.irregular:
            reading = now // 1000
            return reading, reading
        standing = self.stood()
        return (now - standing) // 1000, (self.clock.monotonic(now) - standing) // 1000

    def stood(self) -> int:
        """How long its process has stood still or was down so far, µs."""
        return self._stood + (self._env._now - self._standing_since if self.stalled or not self.up else 0)

    # Incoming messages

    def _receive(self, message: Message, now: int) -> None:
        """The process runs and takes a message."""
        self.received += 1
        for listener in self._received:
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
        """Whether its manager learns of a Request: it is not silent, and its behaviour answers."""
        manager = self.manager
        timeout = manager.timeouts_of(request.actor).get(REQUESTING, 0)
        if 0 < timeout < 2 * (now - request.sent_at):  # so slow that an honest answer may be too late
            self.hazard(22, request.actor, request.attempt)
        if self.silent:
            self._unreachable(request)
            return False
        return self._always_answers or self.answers(request.attempt)

    def _unreachable(self, request: Message) -> None:
        """A Request finds no process that could answer it."""
        for listener in self._hooks.request_unreachable:
            listener(request)

    def answers(self, attempt: AttemptId) -> bool:
        """Whether its behaviour answers that attempt's Request."""
        behavior = self.behavior
        return behavior.answers and (
            behavior.answer_probability == 1 or self._streams.answer_u[attempt] < behavior.answer_probability
        )

    def would_accept(self, attempt: AttemptId, size_bytes: int) -> bool:
        """Whether it answers that attempt's Request, and with Accept."""
        return self.answers(attempt) and self._refusal(attempt, size_bytes) is None

    def _refusal(self, attempt: AttemptId, size_bytes: int) -> str | None:
        behavior = self.behavior
        if behavior.refuses is not None:
            return behavior.refuses
        queue = behavior.queue.constant
        if queue is None:
            queue = self._streams.queue_length(behavior.queue, attempt)
        return refusal(behavior.memory_bytes, queue, size_bytes)

    def _deliver_stalled(self, message: Message, _: int) -> None:
        self._wait(message.actor, self._receive, message, message)

    def _deliver_down(self, message: Message, _: int) -> None:
        self._lose(message)

    def _lose(self, message: Message) -> None:
        """A message finds no process. If it is a Request, it is no mistake to suspect the target."""
        for listener in self._hooks.message_lost:
            listener(message, self.id)
        if message.kind is REQUEST:
            self._unreachable(message)

    @property
    def waiting(self) -> int:
        """The number of messages that wait for its stalled process."""
        return sum(message is not None for *_, message in self._backlog)

    # Work that takes time

    def later(self, delay: int, actor: ActorId, function: Callable[[Any, int], None], subject: Any = None) -> None:
        """Call a function with its subject after a delay, µs; a stall delays it, and a crash prevents it."""
        self._items[actor] += 1
        env = self._env
        heappush(
            env.queue,
            (env._now + delay, NORMAL, next(env._eid), self._due, (self.incarnation, actor, function, subject)),
        )

    def _due(self, entry: tuple[int, ActorId, Callable[[Any, int], None], Any], now: int) -> None:
        incarnation, actor, function, subject = entry
        if incarnation == self.incarnation:
            self.stages_ended += 1
            if self.stalled:
                self._wait(actor, function, subject, None)
            else:
                function(subject, self.clock_ms() if self.irregular else now)
        items = self._items
        if items[actor] > 1 and not self._hooks.work_ended:  # as in `Network`: most items are not the last
            items[actor] -= 1
        else:
            self._over(actor)

    def _wait(
        self, actor: ActorId, function: Callable[[Any, int], None], subject: Any, message: Message | None
    ) -> None:
        """Call the function when the process goes on. If it crashes first, a message is lost."""
        self._items[actor] += 1
        self._backlog.append((actor, function, subject, message))

    def _empty_backlog(self) -> None:
        waiting, self._backlog = self._backlog, []
        for actor, function, subject, message in waiting:
            if self.up:
                function(subject, self.clock_ms())
            elif message is not None:
                self._lose(message)
            self._over(actor)

    # Its process

    def stall(self) -> None:
        """The process stands still."""
        self._stand()
        self.stalled += 1
        self._choose_delivery()
        for listener in self._hooks.executor_stalled:
            listener(self)

    def resume(self) -> None:
        """A stall ends; the process goes on if it was the last one."""
        self.stalled -= 1
        self._choose_delivery()
        if self.stalled or not self.up:
            return
        self._stood += self._env._now - self._standing_since
        self._empty_backlog()
        for listener in self._hooks.executor_resumed:
            listener(self)

    def _stand(self) -> None:
        self.irregular = True
        if self.up and not self.stalled:
            self._standing_since = self._env._now

    def _choose_delivery(self) -> None:
        if not self.up:
            self.deliver = self._deliver_down
        else:
            self.deliver = self._deliver_stalled if self.stalled else self._receive

    def crash(self, *, disk_survives: bool, returns: bool) -> None:
        """The process ends; `returns` tells whether it will ever begin again."""
        hooks, manager = self._hooks, self.manager
        for crashing in hooks.executor_crashing:
            crashing(self, disk_survives, returns)
        for record in (*manager.active.values(), *manager.ended.values()):
            if record.state in ACTIVE:
                self.hazard(13, record.actor, record.attempt)
        self._stand()
        self.up = False
        self.incarnation += 1
        self._choose_delivery()
        manager.crash(disk_survives=disk_survives)
        for crashed in hooks.executor_crashed:
            crashed(self, disk_survives)
        self._empty_backlog()

    def restart(self) -> None:
        """The process begins again."""
        self.up = True
        self._choose_delivery()
        if not self.stalled:
            self._stood += self._env._now - self._standing_since
        hooks, manager = self._hooks, self.manager
        for restarting in hooks.executor_restarting:
            restarting(self)
        for actor, copy in manager.runtime.copies.items():
            if not copy.running and copy.paused_for is not None and actor not in manager.active:
                self.hazard(13, actor, NO_ATTEMPT)  # nobody remembers what the actor was paused for
        manager.recover(self.clock_ms())
        for restarted in hooks.executor_restarted:
            restarted(self)

    # The manager's port

    def evaluate(self, request: Message) -> None:
        for listener in self._hooks.request_stored:
            listener(request, self)
        self._stage(self._evaluation[request.attempt], request.actor, self._evaluated, request)

    def _evaluated(self, request: Message, now: int) -> None:
        refuses = None if self.behavior.welcomes else self._refusal(request.attempt, request.size_bytes)
        self.manager.evaluated(request, refuses, now)

    def checkpoint(self, record: MigrationRecord) -> None:
        self._stage(self._checkpoint[record.attempt], record.actor, self._checkpointed, record)

    def _checkpointed(self, record: MigrationRecord, now: int) -> None:
        flaw = next((flaw for damage in self.damages if (flaw := damage(record))), None) if self.damages else None
        before = record.sequence
        record.damaged, record.emptied = flaw == "corrupt", flaw == "empty"
        for sized in self._hooks.checkpoint_sized:
            sized(record)
        self.manager.checkpointed(record, now)
        if record.sequence != before:
            for made in self._hooks.checkpoint_made:
                made(record, self)

    def copy(self, record: MigrationRecord) -> None:
        self.later(self._live_copy_us(record), record.actor, self._copied_live, record)

    def _copied_live(self, record: MigrationRecord, _: int) -> None:
        self.manager.copied(record)

    def restore(self, record: MigrationRecord) -> None:
        for listener in self._hooks.checkpoint_arrived:
            listener(record, self)
        self._stage(self._restore[record.attempt], record.actor, self._restored, record)

    def _stage(self, duration: int, actor: ActorId, function: Callable[[Any, int], None], subject: Any) -> None:
        """The same as `later` for a stage, which a slow executor makes longer."""
        if self.slowness != 1:
            duration = round(duration * self.slowness)
        self._items[actor] += 1
        env = self._env
        heappush(
            env.queue,
            (env._now + duration, NORMAL, next(env._eid), self._due, (self.incarnation, actor, function, subject)),
        )

    def remind(self, record: MigrationRecord, delay_ms: int) -> None:
        env = self._env
        env.at(env._now + delay_ms * 1000, self._remind, (self.incarnation, record))

    def _remind(self, subject: tuple[int, MigrationRecord], now: int) -> None:
        incarnation, record = subject
        if incarnation != self.incarnation:
            return
        if self.stalled:
            self._wait(record.actor, self.manager.reminded, record, None)
        else:
            self.manager.reminded(record, self.clock_ms() if self.irregular else now)

    def moved(self, record: MigrationRecord, before: State, event: Event, attempt: AttemptId) -> None:
        for listener in self._moved:
            listener(record, before, event, attempt, self)
        state = record.state
        if state is not before or event is not COMPLETION:  # a target that gets its checkpoint stays in its state
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

    def hazard(self, number: int, actor: ActorId, attempt: AttemptId) -> None:
        for listener in self._hooks.hazard:
            listener(number, actor, attempt, self.id)
