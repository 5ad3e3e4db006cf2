"""The task checker of an executor: at each tick, tasks that have missed their deadlines time out.

A tick that finds nothing changes nothing, so ticks are events only while the executor has a task with a deadline. The
ticks follow a `Rhythm`, whether tasks are pending or not. A process that restarts has lost its tasks.
"""

from collections.abc import Callable

from icnsim.protocol.task import Deadlines
from icnsim.recording.columns import NEVER
from icnsim.simulation.executors.executor import Executor
from icnsim.simulation.time.environment import TICK, Environment
from icnsim.simulation.time.lattice import Lattice


class CheckerLoop:
    """One executor's loop over the deadlines of its tasks.

    Parameters
    ----------
    host, lattice : the executor, and the ticks of its loop.
    timed_out : called with each task that has missed its deadline by this executor's clock.
    """

    __slots__ = ("_deadlines", "_due", "_env", "_host", "_lattice", "_timed_out")

    def __init__(
        self, env: Environment, host: Executor, lattice: Lattice, timed_out: Callable[[int, Executor], None]
    ) -> None:
        self._env = env
        self._host = host
        self._lattice = lattice
        self._timed_out = timed_out
        self._deadlines = Deadlines()
        self._due = NEVER

    def add(self, task: int, deadline: int) -> None:
        """Watch a task with a deadline, ms of the executor's clock."""
        self._deadlines.add(task, deadline)
        if self._due == NEVER:
            self._arm(self._env._now)

    def rearm(self) -> None:
        """Schedule the next tick again after the times of the ticks have changed."""
        if self._due != NEVER:
            self._arm(self._env._now)

    def tick_failed(self) -> None:
        """Skip the tick of this instant because it fails; the next tick does its work."""
        if self._due != NEVER:
            self._arm(self._env._now + 1)

    def crashed(self) -> None:
        """Remove all tasks because the process has ended."""
        self._deadlines.clear()
        self._due = NEVER

    def _arm(self, due: int) -> None:
        self._due = when = self._lattice.next(due)
        self._env.at(when, self._tick, when, TICK)

    def _tick(self, when: int, _: int) -> None:
        if when != self._due or not self._lattice.ticks_at(when):
            return
        for task in self._deadlines.timed_out(self._host.clock_ms()):
            self._timed_out(task, self._host)
        if self._deadlines:
            self._arm(when + 1)
        else:
            self._due = NEVER
