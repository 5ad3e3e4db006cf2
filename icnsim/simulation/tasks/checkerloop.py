"""The task checker of an executor: every 10 s, tasks that have missed their deadlines time out.

A tick that finds nothing changes nothing, so ticks are events only while the executor knows a task with a deadline.
A process that was stalled ticks as soon as it goes on. A process that has restarted has forgotten its tasks.
"""

from collections.abc import Callable

from icnsim.protocol.task import Deadlines
from icnsim.recording.columns import NEVER
from icnsim.simulation.executors.executor import Executor
from icnsim.simulation.time.environment import TICK, Environment
from icnsim.simulation.time.lattice import tick_from


class CheckerLoop:
    """One executor's loop over the deadlines of its tasks.

    Parameters
    ----------
    host : whose loop it is. phase, interval : of its ticks, µs.
    timed_out : called with each task that has missed its deadline by this executor's clock.
    """

    __slots__ = ("_deadlines", "_due", "_env", "_host", "_interval", "_phase", "_timed_out")

    def __init__(
        self, env: Environment, host: Executor, phase: int, interval: int, timed_out: Callable[[int, Executor], None]
    ) -> None:
        self._env = env
        self._host = host
        self._phase = phase
        self._interval = interval
        self._timed_out = timed_out
        self._deadlines = Deadlines()
        self._due = NEVER

    def add(self, task: int, deadline: int) -> None:
        """Watch a task with a deadline, ms of the executor's clock."""
        self._deadlines.add(task, deadline)
        if self._due == NEVER:
            self._ask(tick_from(self._phase, self._interval, self._env._now))

    def went_on(self) -> None:
        """The process goes on after a stall: a missed tick comes now."""
        if self._due != NEVER and self._due < self._env._now:
            self._phase = self._env._now
            self._ask(self._phase)

    def crashed(self) -> None:
        """The process has ended."""
        self._deadlines.clear()
        self._due = NEVER

    def restarted(self) -> None:
        """The process is back, and ticks at once."""
        self._phase = self._env._now

    def _ask(self, when: int) -> None:
        self._due = when
        self._env.at(when, self._tick, when, TICK)

    def _tick(self, when: int, _: int) -> None:
        if when != self._due or self._host.stalled:
            return
        for task in self._deadlines.timed_out(self._host.clock_ms()):
            self._timed_out(task, self._host)
        if self._deadlines:
            self._ask(when + self._interval)
        else:
            self._due = NEVER
