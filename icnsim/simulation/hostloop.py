"""The background loop of an executor that may crash, stall, or be given another interval.

Here every tick is an event. The next tick comes one interval after the last; a changed
interval holds from the last tick on, so that a tick which would be in the past comes at
once. A process that was stalled ticks as soon as it goes on, and one that has restarted
ticks at once, as the design has it.
"""

from typing import TYPE_CHECKING

from icnsim.protocol.keeper import Late
from icnsim.recording.columns import NEVER, Ticks
from icnsim.recording.lattices import LatticeLog
from icnsim.simulation.environment import TICK, Environment

if TYPE_CHECKING:
    from icnsim.simulation.host import Host


Reading = tuple[int, list[Late], int, int]
"""What the reading phase hands to the writing phase: incarnation, late records, records active, records held."""


class HostLoop:
    """One host's loop over detection and cleanup.

    Parameters
    ----------
    host : whose loop it is. interval, gap : between ticks; between the reading and the writing phase
        of a detection that is not atomic, µs.
    ticks : takes the ticks that failed or removed a record. log : takes the instants of all of them.
    """

    __slots__ = ("_due", "_env", "_gap", "_host", "_last", "_log", "_reading", "_ticks", "interval")

    def __init__(self, env: Environment, host: "Host", interval: int, gap: int, ticks: Ticks, log: LatticeLog) -> None:
        self._env = env
        self._host = host
        self.interval = interval
        self._gap = gap
        self._ticks = ticks
        self._log = log
        self._last = NEVER
        self._due = NEVER
        self._reading: Reading | None = None

    def start(self, when: int) -> None:
        """Make the first tick come at the instant `when`, µs."""
        self._forget()
        self._log.start(self._host.id, self._env._now, when, self.interval)
        self._plan(when)

    def finish(self) -> None:
        """The simulation ends: a process that is stalled has not ticked since its stall."""
        if self._host.stalled:
            self._forget()

    def _forget(self) -> None:
        """Cancel the planned ticks; those that a stall prevented did not happen either."""
        if self._due != NEVER:
            self._log.stop(self._host.id, min(self._due, self._env._now))

    def _plan(self, when: int) -> None:
        self._due = when
        self._env.at(when, self._tick, when, TICK)

    def stop(self) -> None:
        """No tick comes any more."""
        self._forget()
        self._due = NEVER

    def change(self, interval: int) -> None:
        """Tick at another interval, counted from the last tick."""
        self.interval = interval
        if self._due != NEVER:
            self.start(self._due if self._last == NEVER else max(self._env._now, self._last + interval))

    def late(self) -> None:
        """The process goes on after a stall: it writes what it was about to, a tick that it has missed comes now."""
        reading, self._reading = self._reading, None
        if reading is not None:
            self._write(reading, 0)
        if self._due != NEVER and self._due < self._env._now:
            self.start(self._env._now)

    def _tick(self, when: int, _: int) -> None:
        if when != self._due or self._host.stalled:
            return
        self._last = when
        self._plan(when + self.interval)
        manager = self._host.manager
        if not manager.active and not manager.ended:
            return
        active, records = len(manager.active), len(manager.active) + len(manager.ended)
        found = manager.scan(self._host.clock_ms())
        if self._gap and found:
            self._env.at(when + self._gap, self._write, (self._host.incarnation, found, active, records), TICK)
        else:
            self._finish(found, active, records)

    def _write(self, reading: Reading, _: int) -> None:
        incarnation, found, active, records = reading
        if incarnation != self._host.incarnation:
            return
        if self._host.stalled:
            self._reading = reading
        else:
            self._finish(found, active, records)

    def _finish(self, found: list[Late], active: int, records: int) -> None:
        manager, now = self._host.manager, self._host.clock_ms()
        failed = manager.fail_late(found, now)
        removed = manager.cleanup_migrations(now)
        if failed or removed:
            self._ticks.add(self._host.id, self._env._now, active, records, len(failed), len(removed))
