"""The manager's background loop of each executor, without the ticks that find nothing to do.

Theory of operation. A loop ticks at the instants of a `Rhythm`. A tick that finds nothing changes nothing, so only
ticks with work to do are events; the cost model counts the others after the run. The tick that removes an ended record
is known when the record ends. Whether a record in a tracked state will time out is not known in advance; `Expiries`
holds these records until their instants. `timers` handles records whose detector does not poll.

This arithmetic needs a clock and settings that do not change. After a fault of its executor's process or clock, or
after a change of the settings, a loop ticks at every instant of its lattice while its manager holds a record.
"""

from collections.abc import Sequence
from typing import Final

from icnsim.protocol.manager import Late
from icnsim.protocol.messages import ExecutorId
from icnsim.protocol.record import MigrationRecord
from icnsim.protocol.states import State
from icnsim.recording.columns import NEVER, Ticks
from icnsim.simulation.executors.executor import Executor
from icnsim.simulation.executors.expiries import Expiries
from icnsim.simulation.executors.rhythm import Rhythm
from icnsim.simulation.hooks import Hooks
from icnsim.simulation.time.calendar import Calendar
from icnsim.simulation.time.environment import TICK, Environment
from icnsim.simulation.time.lattice import Lattice

Reading = tuple[int, list[Late], int, int]
"""Passed from the reading to the writing phase: tick, late records, active records, records held."""

TERMINAL: Final = (State.COMPLETE, State.FAILED)


class ManagerLoop:
    """One executor's loop over detection and cleanup.

    Parameters
    ----------
    executor, lattice : the executor, and the ticks of its loop.
    gap : process time between the reading and the writing phase of a detection that is not atomic, µs.
    ticks : receives the ticks that failed or removed a record.
    """

    __slots__ = (
        "_armed", "_calendar", "_env", "_every_tick", "_gap", "_removal", "_ticks", "executor", "lattice",
    )  # fmt: skip

    def __init__(
        self, env: Environment, calendar: Calendar, executor: Executor, lattice: Lattice, gap: int, ticks: Ticks
    ) -> None:
        self._env = env
        self._calendar = calendar
        self.executor = executor
        self.lattice = lattice
        self._gap = gap
        self._ticks = ticks
        self._removal = NEVER
        self._every_tick = False
        self._armed = NEVER

    def tick_at(self, due: int) -> None:
        """Make the first tick at or after the instant `due`, µs, an event."""
        self._calendar.add(self.lattice.next(due), self.executor.id, self)

    def expired(self, _: MigrationRecord, due: int) -> None:
        """Schedule the tick for a record that is too old from the instant `due`, µs."""
        self.tick_at(due)

    def expect(self, record: MigrationRecord) -> None:
        """Schedule the tick that will remove an ended record, unless an older record comes first."""
        if self._every_tick:
            self._arm()
            return
        manager = self.executor.manager
        if manager.settings.overrides:
            self.tick_at((record.since + manager.retention_of(record.actor)) * 1000)
        elif self._removal == NEVER:
            self._await_removal(record.since)

    def tick_always(self) -> None:
        """Tick at every instant of the lattice while the manager holds a record, from now on."""
        self._every_tick = True
        self._armed = NEVER
        self._arm()

    def tick_failed(self) -> None:
        """Skip the tick of this instant: it has scanned the records but fails, and the next tick does its work."""
        now = self.executor.ticked_at = self._env._now
        self.tick_at(now + 1)
        if self._every_tick:
            self._armed = NEVER
            self._arm(now + 1)

    def entered(self) -> None:
        """Schedule the next tick if necessary, after a record has entered an active state."""
        if self._every_tick:
            self._arm()

    def tick(self) -> None:
        """Detect and clean up now."""
        now, executor = self._env._now, self.executor
        if not self.lattice.ticks_at(now):
            return  # a fault or a changed interval has moved the ticks, or this one fails
        executor.ticked_at = now
        manager, clock = executor.manager, executor.clock_ms()
        active, records = len(manager.active), len(manager.active) + len(manager.ended)
        found = manager.scan(clock) if active else []
        if self._gap and found:
            executor.process.after(self._gap, self._write, (now, found, active, records), TICK)
        else:
            self._finish(now, found, active, records)
        if self._every_tick:
            self._armed = NEVER
            self._arm(now + 1)

    def _write(self, reading: Reading, _: int) -> None:
        self._finish(*reading)

    def _finish(self, tick: int, found: list[Late], active: int, records: int) -> None:
        manager, now = self.executor.manager, self._env._now
        clock = self.executor.clock_ms()
        failed = manager.fail_late(found, clock) if found else []
        removed = manager.cleanup_migrations(clock) if manager.ended else []
        if failed or removed:
            self._ticks.add(self.executor.id, now, active, records, len(failed), len(removed))
        if self._removal != NEVER and self._removal <= now:
            self._removal = NEVER
            if manager.ended and not self._every_tick:
                self._await_removal(next(iter(manager.ended.values())).since)

    def _await_removal(self, since: int) -> None:
        """Schedule the tick that will remove the oldest ended record, which ended at that ms."""
        self._removal = when = self.lattice.next((since + self.executor.manager.retention) * 1000)
        self._calendar.add(when, self.executor.id, self)

    def _arm(self, due: int = 0) -> None:
        """Schedule the next tick if the manager holds a record; see `tick_always`."""
        manager, lattice = self.executor.manager, self.lattice
        if self._armed == NEVER and lattice.running and (manager.active or manager.ended):
            self._armed = lattice.next(max(due, self._env._now))
            self._calendar.add(self._armed, self.executor.id, self)


class ManagerLoops:
    """The loops of all executors that have a migration manager.

    Parameters
    ----------
    rhythm : the ticks of each executor's loop; it has no ticks for an executor without a manager.
    """

    def __init__(
        self,
        env: Environment,
        hooks: Hooks,
        executors: Sequence[Executor],
        rhythm: Rhythm,
        gap: int,
        ticks: Ticks,
        tracked: Sequence[State],
    ) -> None:
        self._env = env
        self._rhythm = rhythm
        calendar = Calendar(env)
        self._loops = [
            None if lattice is None else ManagerLoop(env, calendar, executor, lattice, gap, ticks)
            for executor, lattice in zip(executors, rhythm.lattices, strict=True)
        ]
        self._expiries = Expiries(env)
        for state in tracked:
            hooks.record_entered[state].append(self._entered)
        for state in TERMINAL:
            hooks.record_entered[state].append(self._ended)
        rhythm.failed.append(self._failed)
        hooks.executor_resumed.append(self._changed)
        hooks.executor_restarted.append(self._changed)
        hooks.executor_irregular.append(self._changed)

    def adjust(self, interval: int | None) -> None:
        """Apply changed settings; `interval` is the new interval, µs, or None if it has not changed."""
        if interval is not None:
            self._rhythm.change(interval)
        for loop in self._loops:
            if loop is not None:
                loop.tick_always()

    def _entered(self, record: MigrationRecord, executor: Executor) -> None:
        loop = self._loops[executor.id]
        if loop is None:
            return
        manager = executor.manager
        # An actor without its own timeouts has the manager's, and no call is needed.
        timeouts = manager.timeouts_of(record.actor) if manager.settings.overrides else manager.timeouts
        timeout = timeouts.get(record.state)
        if timeout is not None and not (manager.watches and not manager.detector_of(record.actor).polls):
            # A record times out when it is strictly older than the timeout, in whole ms.
            due = (self._env._now // 1000 + timeout + 1) * 1000
            self._expiries.add(timeout, due, record, loop.expired)
        loop.entered()

    def _ended(self, record: MigrationRecord, executor: Executor) -> None:
        loop = self._loops[executor.id]
        if loop is not None:
            loop.expect(record)

    def _failed(self, executor: ExecutorId) -> None:
        loop = self._loops[executor]
        if loop is not None:
            loop.tick_failed()

    def _changed(self, executor: Executor) -> None:
        """Reschedule a loop after its ticks or the executor's clock have changed."""
        loop = self._loops[executor.id]
        if loop is not None:
            loop.tick_always()
