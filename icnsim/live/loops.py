"""The background loops and the detectors' timers of a live executor: each tick is a real timer.

In the simulation a tick that finds nothing is no event. Here every tick happens, because a real loop cannot know. Ticks
are planned at readings of the executor's clock, phase + k x interval, so their lateness does not accumulate. A loop
whose process was paused ticks when it resumes and then once per interval, and a restarted process ticks at once, as in
the simulation.
"""

from collections.abc import Callable

from icnsim.live.reporter import ERROR, FIRED, TICK, TICKED, Reporter
from icnsim.protocol.detectors.detector import Detector
from icnsim.protocol.manager import Late
from icnsim.protocol.messages import ExecutorId
from icnsim.protocol.record import MigrationRecord
from icnsim.simulation.executors.executor import Executor
from icnsim.simulation.hooks import Hooks
from icnsim.simulation.time.environment import TICK as TICK_PRIORITY
from icnsim.simulation.time.environment import TIMER, Environment


class Loop:
    """Calls a function at first + k x interval of the executor's clock while its process runs.

    Parameters
    ----------
    first, interval : µs of the monotonic clock. priority : of the ticks among the entries of an instant.

    Attributes
    ----------
    last : the reading for which the last tick was planned; None before the first one.
    """

    __slots__ = ("_action", "_due", "_env", "_executor", "_interval", "_priority", "_turn", "last")

    def __init__(
        self,
        env: Environment,
        hooks: Hooks,
        executor: Executor,
        first: int,
        interval: int,
        action: Callable[[], None],
        priority: int = TICK_PRIORITY,
    ) -> None:
        self._env = env
        self._executor = executor
        self._action = action
        self._priority = priority
        self._interval = interval
        self._due = first
        self.last: int | None = None
        self._turn = 0
        hooks.executor_resumed.append(self._resumed)
        hooks.executor_restarted.append(self._restarted)
        hooks.executor_irregular.append(self._clock_changed)
        if executor.up:
            self._schedule(first)

    def _schedule(self, due: int) -> None:
        """Tick at a reading of the clock, or now if it has passed."""
        now = self._env._now
        self._due = due
        self._turn += 1
        self._env.at(max(now, self._executor.clock.when(due)), self._tick, self._turn, self._priority)

    def _reading(self) -> int:
        return self._executor.clock.at(self._env._now)

    def _resumed(self, executor: Executor) -> None:
        """Continue after a pause."""
        if executor is self._executor:
            self._schedule(max(self._reading(), self._due))

    def _restarted(self, executor: Executor) -> None:
        """Tick at once."""
        if executor is self._executor:
            self._schedule(self._reading())

    def _clock_changed(self, executor: Executor) -> None:
        """Tick at the same reading of a clock that runs at another rate from now on."""
        if executor is self._executor and executor.up and not executor.stalled:
            self._schedule(self._due)

    def change(self, interval: int) -> None:
        """Tick at another interval, µs, from now on: the next tick is one interval after the last one, or now."""
        self._interval = interval
        if self.last is not None and self._executor.up and not self._executor.stalled:
            self._schedule(max(self._reading(), self.last + interval))

    def _tick(self, turn: int, _: int) -> None:
        if turn != self._turn or self._executor.stalled:
            return  # the pause has planned another tick, or will
        self.last = self._due
        self._schedule(self._due + self._interval)
        self._action()


class ManagerLoop:
    """The detection and the cleanup of one executor's manager; `gap` is as in the simulation's loop.

    Attributes
    ----------
    failing : the number of next ticks that fail.
    """

    __slots__ = ("_env", "_executor", "_gap", "_reporter", "failing")

    def __init__(self, env: Environment, executor: Executor, gap: int, reporter: Reporter) -> None:
        self._env = env
        self._executor = executor
        self._gap = gap
        self._reporter = reporter
        self.failing = 0

    def tick(self) -> None:
        """Detect and clean up now."""
        executor, manager = self._executor, self._executor.manager
        self._reporter.add(TICK, executor.id)
        executor.ticked_at = self._env._now
        if self.failing:
            self.failing -= 1
            self._reporter.add(ERROR, executor.id)
            return
        active, records = len(manager.active), len(manager.active) + len(manager.ended)
        found = manager.scan(executor.clock_ms()) if active else []
        if self._gap and found:
            executor.process.after(self._gap, self._write, (found, active, records), TICK_PRIORITY)
        else:
            self._write((found, active, records), 0)

    def _write(self, reading: tuple[list[Late], int, int], _: int) -> None:
        found, active, records = reading
        manager, clock = self._executor.manager, self._executor.clock_ms()
        failed = manager.fail_late(found, clock) if found else []
        removed = manager.cleanup_migrations(clock) if manager.ended else []
        if failed or removed:
            self._reporter.add(TICKED, self._executor.id, active, records, len(failed), len(removed))


class ManagerLoops:
    """The loops of this worker's executors.

    Attributes
    ----------
    of : the loop of each executor that has a manager.
    """

    def __init__(self) -> None:
        self.of: dict[ExecutorId, ManagerLoop] = {}

    def fail(self, executor: ExecutorId, ticks: int) -> None:
        """Let the next ticks of an executor's loop fail, in addition to those that will fail already."""
        if executor in self.of:
            self.of[executor].failing += ticks


class Deadlines:
    """The timers of records whose detector neither polls nor has a wheel."""

    def __init__(self, env: Environment, hooks: Hooks, reporter: Reporter) -> None:
        self._env = env
        self._reporter = reporter
        hooks.record_watched.append(self._watched)

    def _watched(self, record: MigrationRecord, deadline: int, detector: Detector, executor: Executor) -> None:
        if not detector.tick and executor.up:
            delay = max(0, deadline * 1000 - executor.clock.at(self._env._now))
            executor.timer(delay, record.actor, self._fired, (record, deadline, executor), TIMER)

    def _fired(self, awaited: tuple[MigrationRecord, int, Executor], _: int) -> None:
        record, deadline, executor = awaited
        manager = executor.manager
        active, ended = len(manager.active), len(manager.ended)
        if manager.overdue(record, deadline, executor.clock_ms()):
            self._reporter.add(FIRED, executor.id, active, ended, 1)


def wheel_of(env: Environment, executor: Executor, tick_ms: int, reporter: Reporter) -> Callable[[], None]:
    """The tick of the wheel of an executor's detectors that has this tick, ms."""

    def tick() -> None:
        manager = executor.manager
        for wheel in dict.fromkeys(map(manager.detector_of, manager.active)):
            if wheel.tick != tick_ms:
                continue
            active, ended = len(manager.active), len(manager.ended)
            failed = manager.turn(wheel, executor.clock.at(env._now) // 1000, executor.clock_ms())
            if failed:
                reporter.add(FIRED, executor.id, active, ended, len(failed))

    return tick
