"""An executor to which things happen: it crashes, stalls, slows down, falls silent, or lies.

A `Host` is an `Executor` with a manager whose fixes are switched, with a process that can stop,
and with a clock of its own. What it does as a `SwitchedPort` is told to those whom it concerns:
the recorder, the monitor, the directory, the retries, the actors' mailboxes.

What arrives or ends while the process is stalled waits until it goes on. What a crash has
interrupted never ends: each stage knows the incarnation that began it.
"""

from collections.abc import Callable

from icnsim.protocol.keeper import CANCELLED, NO_ATTEMPT, REFUSED, RESTARTED
from icnsim.protocol.manager import TIMED_OUT as EXPIRED
from icnsim.protocol.messages import ActorId, AttemptId, ExecutorId, Kind, Message, SwitchedMessage
from icnsim.protocol.record import MigrationRecord, Role, SwitchedRecord
from icnsim.protocol.runtime import Copy
from icnsim.protocol.states import ACTIVE, Event, State
from icnsim.protocol.switched import SwitchedManager
from icnsim.recording.columns import NEVER, OTHER, REJECTED, TIMED_OUT, UNREACHABLE
from icnsim.simulation.bounds import Ages
from icnsim.simulation.clock import Clock
from icnsim.simulation.executor import Behavior, Executor
from icnsim.simulation.hostloop import HostLoop
from icnsim.simulation.links import Letter
from icnsim.simulation.shared import Shared

CODES = {EXPIRED: TIMED_OUT, CANCELLED: OTHER, REFUSED: OTHER, RESTARTED: OTHER}
"""The codes of the reasons of failure; every other is a target's that has refused."""

BALLOT = Kind.BALLOT  # bound once: looking a member up on its class costs as much as a call
RECEIVED = {kind: f"receive {kind.label}" for kind in Kind}


class Host(Executor):
    """One executor of a federation in which things go wrong; implements the `SwitchedPort`.

    Attributes
    ----------
    up : False between crash and restart. incarnation : how often it has restarted.
    stalled, silent : how many faults hold its process, keep it from answering requests.
    odd : its time has stood still, or its clock has drifted.
    slowness : by what faults multiply the time of its stages.
    damages : each decides whether a final checkpoint that is made here is "corrupt", "empty" or neither, None.
    """

    __slots__ = (
        "_backlog", "_monotonic", "_shared", "_standing_since", "_stood", "clock", "damages", "incarnation",
        "odd", "silent", "slowness", "stalled", "ticker", "up",
    )  # fmt: skip

    manager: SwitchedManager

    def __init__(
        self, identity: ExecutorId, behavior: Behavior, make: Callable[["Host"], SwitchedManager], shared: Shared
    ) -> None:
        s = shared
        super().__init__(identity, behavior, {}, 0, s.env, s.network, s.draws(), s.recorder, s.directory, ())
        self._shared = shared
        self.manager = make(self)
        self._monotonic = self.manager.switches.monotonic_clock
        self.ticker: HostLoop | None = None
        self.clock = Clock()
        self.up = True
        self.incarnation = 0
        self.stalled = 0
        self._stood = 0
        self.odd = False
        self._standing_since = NEVER
        self._backlog: list[tuple[ActorId, Callable[[], None], SwitchedMessage | None]] = []
        self.silent = 0
        self.slowness = 1.0
        self.damages: list[Callable[[SwitchedRecord], str | None]] = []

    # Time

    def clock_ms(self) -> int:
        """What the manager takes for the time: its clock, which can be set unless it uses the monotonic one."""
        reading = self.clock.monotonic(self._env._now)
        return (reading if self._monotonic else reading + self.clock.offset) // 1000

    def ages_ms(self) -> Ages:
        """Readings without the time in which the process stood still, or was not there."""
        now = self._env._now
        if not self.odd:
            reading = now // 1000
            return reading, reading
        standing = self.stood()
        return (now - standing) // 1000, (self.clock.monotonic(now) - standing) // 1000

    # What happens to it

    def deliver(self, letter: Letter) -> None:
        """A message arrives."""
        if not self.up:
            self._lose(letter.message)
        elif self.stalled:
            self._wait(letter.message.actor, lambda: self._receive(letter), letter.message)
        else:
            self._receive(letter)

    def _lose(self, message: SwitchedMessage) -> None:
        """A message finds nobody; that the target of a Request does not answer is no mistake then."""
        self._shared.network.lose(message, self.id)
        self._unreachable(message)

    def _receive(self, letter: Letter) -> None:
        shared, message = self._shared, letter.message
        actor, attempt = message.actor, message.attempt
        shared.network.received(letter)
        if message.kind is Kind.REQUEST and self._slow(message):
            shared.monitor.hazard(22, actor, attempt, self.id)
        shared.monitor.note(actor, RECEIVED[message.kind], self.id, message.signer, attempt)
        if message.kind >= BALLOT:
            shared.listener.voting(message, self)
            return
        if message.kind is Kind.REQUEST and (self.silent or not self._answers(attempt)):
            if self.silent:
                self._unreachable(message)
            return
        self.manager.receive(message, self.clock_ms())

    def _slow(self, request: SwitchedMessage) -> bool:
        """Whether a Request has been under way for half of its timeout, so that an honest answer may be late."""
        timeout = self.manager.timeout_of(request.actor, State.REQUESTING)
        return 0 < timeout < 2 * (self.clock_ms() - request.sent_at)

    def _unreachable(self, message: SwitchedMessage) -> None:
        """A Request finds nobody who could answer."""
        if message.kind is Kind.REQUEST:
            self._recorder.flags["willing"][message.attempt] = UNREACHABLE

    def _wait(self, actor: ActorId, then: Callable[[], None], message: SwitchedMessage | None = None) -> None:
        """Do something when the process goes on; a crash comes before it for a message, too."""
        self._shared.monitor.pending[actor] += 1
        self._backlog.append((actor, then, message))

    def stall(self) -> None:
        """The process stands still."""
        self._stand()
        self.stalled += 1

    def go_on(self) -> None:
        """The process goes on where it stood."""
        self.stalled -= 1
        if self.stalled or not self.up:
            return
        self._stood += self._env._now - self._standing_since
        self._empty_backlog()
        self._shared.listener.went_on(self)
        if self.ticker is not None:
            self.ticker.late()

    def _stand(self) -> None:
        self.odd = True
        if self.up and not self.stalled:
            self._standing_since = self._env._now

    def _empty_backlog(self) -> None:
        waiting, self._backlog = self._backlog, []
        for actor, then, message in waiting:
            if self.up:
                then()
            elif message is not None:
                self._lose(message)
            self._shared.monitor.ends(actor)

    def crash(self, *, disk_survives: bool) -> None:
        """The process ends."""
        shared, manager = self._shared, self.manager
        for record in (*manager.active.values(), *manager.ended.values()):
            if record.state in ACTIVE:
                shared.monitor.hazard(13, record.actor, record.attempt, self.id)
                if record.role is Role.TARGET:
                    self._recorder.flags["willing"][record.attempt] = UNREACHABLE
        for actor in manager.runtime.copies:
            shared.monitor.note(actor, "crash", self.id, -1, -1)
        self._stand()
        self.up = False
        self.incarnation += 1
        if self.ticker is not None:
            self.ticker.stop()
        manager.crash(disk_survives=disk_survives)
        shared.listener.crashed(self, disk_survives=disk_survives)
        self._empty_backlog()

    def restart(self) -> None:
        """The process begins again; its loop ticks at once."""
        self.up = True
        if not self.stalled:
            self._stood += self._env._now - self._standing_since
        monitor, copies = self._shared.monitor, self.manager.runtime.copies
        paused = [actor for actor, copy in copies.items() if not copy.running and copy.paused_for is not None]
        for actor in copies:
            monitor.note(actor, "restart", self.id, -1, -1)
        for actor in paused:
            if actor not in self.manager.active:  # nobody remembers what it was paused for
                monitor.hazard(13, actor, NO_ATTEMPT, self.id)
        self.manager.recover(self.clock_ms())
        self._shared.listener.restarted(self)
        if self.ticker is not None:
            self.ticker.start(self._env._now)

    # The manager's port

    def evaluate(self, request: Message) -> None:
        assert isinstance(request, SwitchedMessage)
        self._shared.work.asked(request, self.id)
        self._stage("evaluation", request.actor, request.attempt, lambda: self._evaluated(request, self.clock_ms()))

    def checkpoint(self, record: MigrationRecord) -> None:
        assert isinstance(record, SwitchedRecord)
        self._stage("checkpoint", record.actor, record.attempt, lambda: self._checkpoint_made(record))

    def copy(self, record: SwitchedRecord) -> None:
        memories = self._shared.memories
        assert memories is not None
        self.later(memories.copies(record), record.actor, lambda: self.manager.copied(record))

    def _checkpoint_made(self, record: SwitchedRecord) -> None:
        flaw = next((flaw for damage in self.damages if (flaw := damage(record))), None)
        before = record.sequence
        record.damaged, record.emptied = flaw == "corrupt", flaw == "empty"
        memories = self._shared.memories
        if memories is not None:
            memories.carries(record)
        self.manager.checkpointed(record, self.clock_ms())
        if record.sequence != before:
            if memories is not None:
                memories.made(record)
            self._shared.monitor.minted(record, self.id)
            if record.actor in self.manager.runtime.copies:
                self._shared.work.made(record, self.id)

    def restore(self, record: MigrationRecord) -> None:
        assert isinstance(record, SwitchedRecord)
        self._shared.work.kept(record, self.id)
        if self._is_recorded(record):
            self._transferred[record.attempt] = self._env._now
        self._stage("restore", record.actor, record.attempt, lambda: self._restore_done(record))

    def _restore_done(self, record: SwitchedRecord) -> None:
        memories, before = self._shared.memories, record.state
        self.manager.restored(record, self.clock_ms())
        if memories is not None and before is not State.COMPLETE and record.state is State.COMPLETE:
            memories.runs(record, self._env._now)

    def _stage(self, name: str, actor: ActorId, attempt: AttemptId, then: Callable[[], None]) -> None:
        duration = self._shared.draws().stage(name, self.behavior.slowdown)[attempt]
        if self.slowness != 1:
            duration = round(duration * self.slowness)
        self.later(duration, actor, then)

    def stood(self) -> int:
        """For how long its process has stood still, or was not there, µs."""
        return self._stood + (self._env._now - self._standing_since if self.stalled or not self.up else 0)

    def later(self, delay: int, actor: ActorId, then: Callable[[], None]) -> None:
        """Do something after a delay, µs, unless a crash comes before; a stall makes it late."""
        self._shared.monitor.pending[actor] += 1
        self._env.at(self._env._now + delay, self._due, (self.incarnation, actor, then))

    def _due(self, subject: tuple[int, ActorId, Callable[[], None]], _: int) -> None:
        incarnation, actor, then = subject
        if incarnation == self.incarnation:
            if self.stalled:
                self._wait(actor, then)
            else:
                then()
        self._shared.monitor.ends(actor)

    def remind(self, record: SwitchedRecord, delay_ms: int) -> None:
        """The manager wants to be reminded of its record."""
        self._env.at(self._env._now + delay_ms * 1000, self._remind, (self.incarnation, record))

    def _remind(self, subject: tuple[int, SwitchedRecord], _: int) -> None:
        incarnation, record = subject
        if incarnation != self.incarnation:
            return
        if self.stalled:
            self._wait(record.actor, lambda: self.manager.reminded(record, self.clock_ms()))
        else:
            self.manager.reminded(record, self.clock_ms())

    def moved(self, record: SwitchedRecord, before: State, event: Event, attempt: AttemptId) -> None:
        shared, state = self._shared, record.state
        shared.monitor.moved(record, before, event, attempt, self)
        shared.book.moved(record, event, self.id, self._env._now)
        if event is Event.RESTORE:
            shared.monitor.restored(record, self.id)
        if not self._is_recorded(record):
            if record.role is Role.SOURCE and state not in ACTIVE:
                shared.listener.source_ended(record, self)
            return
        if state is not before:  # one that only waits for another round entered its state before
            self._entries[record.role + state][record.attempt] = self._env._now
        if record.role is Role.SOURCE and state not in ACTIVE:
            if event is Event.TIME_OUT:
                entered = self._entries[record.role + before][record.attempt]
                timeout = self.manager.timeout_of(record.actor, before)
                shared.book.failures[record.attempt] = (before, entered, entered + timeout * 1000)
            if state is State.FAILED:
                recorder, reason = self._recorder, record.reason
                recorder.flags["failure"][record.attempt] = CODES.get(reason, REJECTED)
                recorder.reason[record.attempt] = recorder.reason_code(reason)
            shared.listener.source_ended(record, self)

    def _is_recorded(self, record: MigrationRecord) -> bool:
        """Whether this is the attempt's own source or target: what others make of it, a forger or one that
        a broadcast has misled, is in the records and the violations, not in its columns."""
        recorder = self._recorder
        return (recorder.source if record.role is Role.SOURCE else recorder.target)[record.attempt] == self.id

    def entered(self, record: MigrationRecord) -> None:
        """`moved` has told it already."""

    def removed(self, record: MigrationRecord) -> None:
        if self._is_recorded(record):
            super().removed(record)
        assert isinstance(record, SwitchedRecord)
        before = self._shared.book.gone(record, self._env._now, removed=True)
        self._shared.monitor.cleaned(before)

    def replaced(self, record: MigrationRecord) -> None:
        assert isinstance(record, SwitchedRecord)
        if self._is_recorded(record):
            super().replaced(record)
        self._vanish(record, known=True)

    def forgotten(self, record: MigrationRecord) -> None:
        assert isinstance(record, SwitchedRecord)
        self._vanish(record, known=False)

    def _vanish(self, record: SwitchedRecord, *, known: bool) -> None:
        """A record is not held any more; how it ended is known unless a crash has taken it."""
        self._shared.book.gone(record, self._env._now, removed=False)
        self._shared.monitor.gone(record, self, known=known)
        if record.role is Role.SOURCE and record.state in ACTIVE:
            self._shared.listener.source_forgotten(record)

    def runs(self, actor: ActorId, copy: Copy, attempt: AttemptId) -> None:
        shared = self._shared
        shared.copies.starts(actor, self.id, attempt, self._env._now)
        shared.monitor.note(actor, "run", self.id, -1, attempt)
        shared.directory.home[actor] = self.id
        resumed = attempt >= 0 and copy.paused_for == attempt
        if resumed:
            shared.work.resumed(actor, self.id, saved=copy.saved)
        else:
            shared.work.began(actor, self.id)
        shared.listener.started(actor, self, anew=copy.saved or not resumed)
        shared.monitor.copies(actor, shared.copies.where[actor], attempt)

    def stopped(self, actor: ActorId, attempt: AttemptId, how: str) -> None:
        shared = self._shared
        shared.copies.stops(actor, self.id, attempt, self._env._now)
        shared.monitor.note(actor, how, self.id, -1, attempt)
        where = shared.copies.where[actor]
        if where:
            shared.directory.home[actor] = where[-1]
        if how == "pause":
            shared.work.paused(actor, self.id)
            shared.listener.paused(actor, self, attempt)
        else:
            shared.work.dropped(actor, self.id)

    def hazard(self, number: int, actor: ActorId, attempt: AttemptId) -> None:
        self._shared.monitor.hazard(number, actor, attempt, self.id)
