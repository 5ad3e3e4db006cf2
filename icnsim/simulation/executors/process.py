"""The process of one executor: it works, waits, stalls, crashes and restarts.

All work of the process takes process time (`ProcessTime`). Its clock measures all its waits. Messages that arrive while
the process is stalled wait until it resumes, and so do timers that have ended. A crash ends all work and all waits. A
process that restarts while it is stalled recovers when it resumes.

`deliver` is the function that receives an arriving message. It is replaced when the process crashes or stalls, so the
usual case needs no test. If no fault can affect any process or clock (`steady`), stages and timers are entries of the
environment's queue.
"""

from collections.abc import Callable
from fractions import Fraction
from heapq import heappush
from typing import TYPE_CHECKING, Any, cast

from icnsim.protocol.manager import MigrationManager
from icnsim.protocol.messages import ActorId, AttemptId, ExecutorId, Kind, Message
from icnsim.protocol.records import NO_ATTEMPT
from icnsim.protocol.states import ACTIVE
from icnsim.simulation.activity import Activity
from icnsim.simulation.hooks import Hooks
from icnsim.simulation.time.agenda import Agenda
from icnsim.simulation.time.clock import Clock
from icnsim.simulation.time.environment import NORMAL, Environment
from icnsim.simulation.time.processtime import FULL_SPEED, ProcessTime
from icnsim.simulation.time.stream import Stream

if TYPE_CHECKING:
    from icnsim.simulation.executors.executor import Executor

REQUEST = Kind.REQUEST  # bound once: looking up a member of an enum on its class costs as much as a call

Waiting = tuple[ActorId, Callable[[Any, int], None], Any, Message | None]
"""An item that waits for a stalled process: its actor, the function and subject to call, and the message, if any."""


class Process:
    """The process of an executor, which is a subclass.

    Parameters
    ----------
    make : makes the migration manager.
    steady : whether no fault of the scenario affects a process or a clock.

    Attributes
    ----------
    up : False between a crash and the restart. incarnation : the number of crashes so far.
    stalled, silent : whether a fault stalls the process, or keeps it from answering Requests.
    irregular : whether the process was stopped, or its clock was stepped or has drifted.
    time : the time scale of its work. process : the work that it has begun, on that scale.
    clock : its clocks. timers : its waits, by its monotonic clock.
    stage, timer : begin work of an actor that takes time, or a wait; see `_stage_kept` and `_timer_kept`.
    received : messages that it has received. stages_ended : stages that have ended here.
    """

    __slots__ = (
        "_backlog", "_env", "_executor", "_hooks", "_items", "_over", "_recovers", "_slowness", "clock", "deliver",
        "id", "incarnation", "irregular", "manager", "process", "received", "silent", "stage", "stages_ended",
        "stalled", "time", "timer", "timers", "up",
    )  # fmt: skip

    def __init__(
        self,
        identity: ExecutorId,
        env: Environment,
        hooks: Hooks,
        activity: Activity,
        make: Callable[["Executor"], MigrationManager],
        *,
        steady: bool,
    ) -> None:
        self.id = identity
        self._executor = cast("Executor", self)
        self._env = env
        self._hooks = hooks
        self._items, self._over = activity.items, activity.end
        self.manager = make(self._executor)
        self.clock = Clock()
        self.timers = Agenda(env, self.clock, steady=steady)
        self.time = ProcessTime()
        self.process = Agenda(env, self.time, steady=steady)
        self.stage: Callable[..., None] = self._stage_steady if steady else self._stage_kept
        self.timer: Callable[..., None] = self._timer_steady if steady else self._timer_kept
        self.up = True
        self.incarnation = 0
        self.stalled = False
        self.silent = False
        self.irregular = False
        self.received = 0
        self.stages_ended = 0
        self._recovers = False
        self._slowness = FULL_SPEED
        self._backlog: list[Waiting] = []
        self.deliver: Callable[[Message, int], None] = self._receive

    @property
    def waiting(self) -> int:
        """The number of messages that wait for the stalled process."""
        return sum(message is not None for _, _, _, message in self._backlog)

    def clock_ms(self) -> int:
        """The manager's time, ms."""
        raise NotImplementedError

    # Messages

    def _receive(self, message: Message, now: int) -> None:
        """Receive a message at the running process."""
        raise NotImplementedError

    def _deliver_stalled(self, message: Message, _: int) -> None:
        self._wait(message.actor, self._receive, message, message)

    def _deliver_down(self, message: Message, _: int) -> None:
        self._lose(message)

    def _lose(self, message: Message) -> None:
        """Lose a message to a process that has ended. A suspicion of a Request's target is then no mistake."""
        for listener in self._hooks.message_lost:
            listener(message, self.id)
        if message.kind is REQUEST:
            self._unreachable(message)

    def _unreachable(self, request: Message) -> None:
        """Announce a Request that no process can answer."""
        for listener in self._hooks.request_unreachable:
            listener(request)

    # Work that takes time

    def _stage_kept(
        self,
        duration: int,
        actor: ActorId,
        function: Callable[[Any, int], None],
        subject: Any,
        stream: Stream | None = None,
    ) -> None:
        """Call a function with its subject when the process has worked for a duration, µs. A crash cancels the call.

        If the work is a stream, it continues only while the link is open, too.
        """
        self._items[actor] += 1
        self.process.after(duration, self._stage_ended, (actor, function, subject), NORMAL, stream)

    def _stage_steady(
        self,
        duration: int,
        actor: ActorId,
        function: Callable[[Any, int], None],
        subject: Any,
        stream: Stream | None = None,
    ) -> None:
        """The same for a process that is never stopped."""
        self._items[actor] += 1
        env = self._env
        heappush(
            env.queue, (env._now + duration, NORMAL, next(env._eid), self._stage_ended, (actor, function, subject))
        )

    def _stage_ended(self, entry: tuple[ActorId, Callable[[Any, int], None], Any], now: int) -> None:
        actor, function, subject = entry
        self.stages_ended += 1
        function(subject, self.clock_ms() if self.irregular else now)
        items = self._items
        if items[actor] > 1 and not self._hooks.work_ended:  # as in `Network`: most items are not the last
            items[actor] -= 1
        else:
            self._over(actor)

    def _timer_kept(
        self, delay: int, actor: ActorId, function: Callable[[Any, int], None], subject: Any, priority: int = NORMAL
    ) -> None:
        """Call a function when the clock has advanced by a delay, µs. A stall delays it, and a crash cancels it."""
        self.timers.after(delay, self._timer_ended, (actor, function, subject), priority)

    def _timer_steady(
        self, delay: int, actor: ActorId, function: Callable[[Any, int], None], subject: Any, priority: int = NORMAL
    ) -> None:
        """The same for a clock that always shows virtual time and a process that is never stopped."""
        env = self._env
        heappush(env.queue, (env._now + delay, priority, next(env._eid), function, subject))

    def _timer_ended(self, entry: tuple[ActorId, Callable[[Any, int], None], Any], now: int) -> None:
        actor, function, subject = entry
        if self.stalled:
            self._wait(actor, function, subject, None)
        else:
            function(subject, self.clock_ms() if self.irregular else now)

    def _wait(
        self, actor: ActorId, function: Callable[[Any, int], None], subject: Any, message: Message | None
    ) -> None:
        """Call the function when the process resumes. If it crashes first, a message is lost."""
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
        """Stall the process."""
        self.irregular = True
        self.stalled = True
        self._changed()
        for listener in self._hooks.executor_stalled:
            listener(self._executor)

    def resume(self) -> None:
        """Continue the process after a stall, if it is up."""
        self.stalled = False
        self._changed()
        if not self.up:
            return
        if self._recovers:
            self._recover()
        self._empty_backlog()
        for listener in self._hooks.executor_resumed:
            listener(self._executor)

    def slow_down(self, slowness: Fraction) -> None:
        """Let the work of the process take that many times longer from now on."""
        self._slowness = slowness
        self._changed()

    def drift(self, rate: int) -> None:
        """Run the clock at another rate from now on, see `Clock`."""
        self.clock.drift(self._env._now, rate)
        self.timers.changed()
        self._clock_changed()

    def step(self, by: int) -> None:
        """Set the wall clock forward by that time, µs."""
        self.clock.offset += by
        if not self.manager.switches.monotonic_clock:
            self.manager.ahead_ms = self.clock.offset // 1000
        self._clock_changed()
        for record in self.manager.active.values():
            self.hazard(15, record.actor, record.attempt)

    def crash(self, *, disk_survives: bool, returns: bool) -> None:
        """End the process; `returns` says whether it will restart."""
        if self._recovers:  # it has not begun to recover from the last crash
            self._recovers = self.up = False
            self._changed()
            self._empty_backlog()
            self.lose(disk_survives=disk_survives, returns=returns)
            return
        hooks, manager, executor = self._hooks, self.manager, self._executor
        for crashing in hooks.executor_crashing:
            crashing(executor, disk_survives, returns)
        for record in (*manager.active.values(), *manager.ended.values()):
            if record.state in ACTIVE:
                self.hazard(13, record.actor, record.attempt)
        self.irregular = True
        self.up = False
        self.incarnation += 1
        self._changed()
        self.timers.clear()
        stages = [entry.subject[0] for entry in self.process.clear() if entry.function == self._stage_ended]
        manager.crash(disk_survives=disk_survives)
        for crashed in hooks.executor_crashed:
            crashed(executor, disk_survives)
        self._empty_backlog()
        for actor in stages:
            self._over(actor)

    def lose(self, *, disk_survives: bool, returns: bool) -> None:
        """Handle another crash while the process is down: its disk is lost, or it will never restart."""
        if disk_survives and returns:
            return
        for losing in self._hooks.executor_losing:
            losing(self._executor, disk_survives)
        if not disk_survives:
            self.manager.crash(disk_survives=False)

    def restart(self) -> None:
        """Restart the process. If it is stalled, it recovers when it resumes."""
        self.up = True
        self._changed()
        if self.stalled:
            self._recovers = True
        else:
            self._recover()

    def _recover(self) -> None:
        self._recovers = False
        hooks, manager, executor = self._hooks, self.manager, self._executor
        for restarting in hooks.executor_restarting:
            restarting(executor)
        for actor, copy in manager.runtime.copies.items():
            if not copy.running and copy.paused_for is not None and actor not in manager.active:
                self.hazard(13, actor, NO_ATTEMPT)  # no record remains of the reason for which the actor was paused
        manager.recover(self.clock_ms())
        for restarted in hooks.executor_restarted:
            restarted(executor)

    def _changed(self) -> None:
        """Announce that the process runs, is stopped, or runs at another speed from now on."""
        runs = self.up and not self.stalled
        self.time.change(self._env._now, self._slowness, running=runs)
        self.process.changed()
        self.deliver = self._receive if runs else self._deliver_stalled if self.up else self._deliver_down
        for listener in self._hooks.executor_changed:
            listener(self._executor)

    def _clock_changed(self) -> None:
        self.irregular = True
        for listener in self._hooks.executor_irregular:
            listener(self._executor)

    def hazard(self, number: int, actor: ActorId, attempt: AttemptId) -> None:
        """Announce that the first step of a hazard has happened here."""
        for listener in self._hooks.hazard:
            listener(number, actor, attempt, self.id)
