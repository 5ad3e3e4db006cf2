"""The timers and the timing wheels of the detectors that do not poll.

Theory of operation. The manager asks for a check of a record when the monotonic clock of its executor shows a deadline
(`Port.watch`). A timer checks at the deadline. A wheel checks at its first tick from then on; its ticks follow a
separate `Rhythm`, so they stall, restart and drift like the manager's. Only ticks at which a deadline has passed are
events.

If no fault can affect a process or a clock, deadlines are instants of virtual time, and `Expiries` holds them.
Otherwise a timer is one of its executor's: a stall delays it, a crash cancels it, and it follows the executor's clock.
A wheel then computes its ticks again after each such fault.

Executors check in the order of their numbers at one instant, after the messages and arrivals of the instant, and before
their managers tick. All checks of an executor at one instant are one row of `Firings`.
"""

from collections.abc import Mapping, Sequence
from typing import Final

from icnsim.protocol.detectors.detector import Detector
from icnsim.protocol.messages import ExecutorId
from icnsim.protocol.record import NO_DEADLINE, MigrationRecord
from icnsim.recording.columns import Firings
from icnsim.simulation.executors.executor import Executor
from icnsim.simulation.executors.expiries import Expiries
from icnsim.simulation.executors.rhythm import Rhythm
from icnsim.simulation.hooks import Hooks
from icnsim.simulation.time.calendar import Calendar
from icnsim.simulation.time.environment import TIMER, Environment
from icnsim.simulation.time.lattice import Lattice

NO_WHEEL: Final = 0
"""The key of timers among the times between two ticks of a wheel."""


class Log:
    """Writes the rows of `Firings`."""

    __slots__ = ("_env", "_firings", "_last")

    def __init__(self, env: Environment, firings: Firings) -> None:
        self._env = env
        self._firings = firings
        self._last: dict[ExecutorId, int] = {}

    def add(self, executor: Executor, active: int, ended: int, timed_out: int) -> None:
        """Add a check of an executor's detector: the records held before it, and the number that it failed."""
        firings, now = self._firings, self._env._now
        row = self._last.get(executor.id)
        if row is not None and firings.at[row] == now:
            firings.timed_out[row] += timed_out
            return
        self._last[executor.id] = len(firings.at)
        firings.add(executor.id, now, active, active + ended, timed_out)


class Timer:
    """The timers of one executor's records. `key` is its place among the checks of an instant."""

    __slots__ = ("_calendar", "_due", "_executor", "_key", "_log")

    def __init__(self, calendar: Calendar, executor: Executor, key: int, log: Log) -> None:
        self._calendar = calendar
        self._executor = executor
        self._key = key
        self._log = log
        self._due: list[tuple[MigrationRecord, int]] = []

    def expired(self, record: MigrationRecord, due: int) -> None:
        """Schedule the check of a record whose deadline is now, µs."""
        self._due.append((record, due // 1000))
        self._calendar.add(due, self._key, self)

    def tick(self) -> None:
        """Check the records whose deadlines are now."""
        due, self._due = self._due, []
        for awaited in due:
            self._check(*awaited)

    def fired(self, awaited: tuple[MigrationRecord, int], _: int) -> None:
        """Handle a timer: the executor's clock shows the deadline for which it was set."""
        self._check(*awaited)

    def _check(self, record: MigrationRecord, deadline: int) -> None:
        executor = self._executor
        manager = executor.manager
        active, ended = len(manager.active), len(manager.ended)
        if manager.overdue(record, deadline, executor.clock_ms()):
            self._log.add(executor, active, ended, 1)


class WheelLoop:
    """The ticks of one executor's wheel at which a deadline has passed.

    `key` is their place among the checks of an instant.
    """

    __slots__ = ("_calendar", "_env", "_key", "_log", "executor", "lattice", "wheel")

    def __init__(
        self,
        env: Environment,
        calendar: Calendar,
        executor: Executor,
        key: int,
        lattice: Lattice,
        wheel: Detector,
        log: Log,
    ) -> None:
        self._env = env
        self._calendar = calendar
        self._key = key
        self.executor = executor
        self.lattice = lattice
        self.wheel = wheel
        self._log = log

    def expired(self, _: MigrationRecord, due: int) -> None:
        """Schedule the first tick at or after the instant `due`, µs."""
        self._calendar.add(self.lattice.next(due), self._key, self)

    def rearm(self) -> None:
        """Compute the next tick again after the ticks or the clock have changed."""
        now, executor = self._env._now, self.executor
        for record in executor.manager.active.values():
            if record.deadline != NO_DEADLINE:
                self.expired(record, max(now, executor.clock.when(record.deadline * 1000)))

    def tick(self) -> None:
        """Fail the records whose deadlines have passed."""
        now, executor = self._env._now, self.executor
        if not self.lattice.ticks_at(now):
            return  # a fault has moved the ticks
        manager = executor.manager
        active, ended = len(manager.active), len(manager.ended)
        failed = manager.turn(self.wheel, executor.clock.at(now) // 1000, executor.clock_ms())
        if failed:
            self._log.add(executor, active, ended, len(failed))


class Timers:
    """The timers and wheels of all executors that have a migration manager.

    Parameters
    ----------
    managed : whether each executor has a migration manager.
    wheels : by the time between two ticks of a wheel, ms, the ticks at each executor.
    firings : receives the checks that failed a record.
    steady : whether no fault of the scenario affects a process or a clock.
    """

    def __init__(
        self,
        env: Environment,
        hooks: Hooks,
        managed: Sequence[bool],
        wheels: Mapping[int, Rhythm],
        firings: Firings,
        *,
        steady: bool,
    ) -> None:
        self._env = env
        self._managed = managed
        self._log = Log(env, firings)
        self._steady = steady
        # Expiries precede all checks of their instant, which the calendar puts in order.
        self._expiries = Expiries(env)
        self._calendar = Calendar(env, TIMER)
        self._wheels = wheels
        self._places = {tick: place for place, tick in enumerate((NO_WHEEL, *wheels))}
        self._timers: dict[ExecutorId, Timer] = {}
        self._loops: dict[tuple[ExecutorId, int], WheelLoop] = {}
        hooks.record_watched.append(self._watched)
        hooks.executor_resumed.append(self._changed)
        hooks.executor_restarted.append(self._changed)
        hooks.executor_irregular.append(self._changed)

    def _watched(self, record: MigrationRecord, deadline: int, detector: Detector, executor: Executor) -> None:
        """Wait for the deadline of a record. A process that is down continues when it restarts."""
        if not (self._managed[executor.id] and executor.up):
            return
        now = self._env._now
        if detector.tick:
            loop = self._loop(executor, detector)
            if self._steady:
                self._expiries.add(deadline - now // 1000, max(now, deadline * 1000), record, loop.expired)
            else:
                loop.expired(record, max(now, executor.clock.when(deadline * 1000)))
            return
        timer = self._timers.get(executor.id)
        if timer is None:
            timer = self._timers[executor.id] = Timer(
                self._calendar, executor, self._key(executor, NO_WHEEL), self._log
            )
        if self._steady and detector.fixed:
            self._expiries.add(deadline - now // 1000, max(now, deadline * 1000), record, timer.expired)
        else:
            delay = max(0, deadline * 1000 - executor.clock.at(now))
            executor.timer(delay, record.actor, timer.fired, (record, deadline), TIMER)

    def _loop(self, executor: Executor, wheel: Detector) -> WheelLoop:
        loop = self._loops.get((executor.id, wheel.tick))
        if loop is None:
            lattice = self._wheels[wheel.tick].lattices[executor.id]
            assert lattice is not None
            key = self._key(executor, wheel.tick)
            loop = WheelLoop(self._env, self._calendar, executor, key, lattice, wheel, self._log)
            self._loops[executor.id, wheel.tick] = loop
        return loop

    def _key(self, executor: Executor, tick: int) -> int:
        """The place of an executor's timers, or of one of its wheels, among the checks of an instant."""
        return executor.id * len(self._places) + self._places[tick]

    def _changed(self, executor: Executor) -> None:
        for tick in self._wheels:
            loop = self._loops.get((executor.id, tick))
            if loop is not None:
                loop.rearm()
