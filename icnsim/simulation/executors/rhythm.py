"""The ticks of a background loop at each executor, by the same rule for every loop.

A loop ticks while its process runs, by the clock of its executor. A tick that was missed in a stall occurs when the
process resumes, and a process that has restarted ticks at once (see `Lattice`). The parts that own a loop subscribe to
the same hook points after their rhythm, so its ticks are up to date when the parts are called.

A tick may fail: its error is logged, it has changed nothing, and the loop continues with the next tick. Ticks that will
fail are events, which precede all other ticks of their instant.
"""

from collections.abc import Callable, Sequence

from icnsim.protocol.messages import ExecutorId
from icnsim.recording.columns import NEVER
from icnsim.recording.integers import Integers
from icnsim.simulation.executors.executor import Executor
from icnsim.simulation.hooks import Hooks
from icnsim.simulation.time.environment import ARRIVAL, Environment
from icnsim.simulation.time.lattice import Lattice, Segment


class Rhythm:
    """The ticks of one loop at all executors.

    Parameters
    ----------
    phases : the first tick at each executor, µs. interval : µs.
    having : whether each executor has such a loop; all of them if omitted.

    Attributes
    ----------
    lattices : the ticks at each executor; None without a loop.
    errors : the number of ticks that have failed so far.
    failed : listeners that are called with the executor of each tick that fails.
    """

    def __init__(
        self, env: Environment, hooks: Hooks, phases: Integers, interval: int, having: Sequence[bool] | None = None
    ) -> None:
        self._env = env
        present = [True] * len(phases) if having is None else having
        self.lattices = [
            Lattice(phase, interval) if exists else None for phase, exists in zip(phases.tolist(), present, strict=True)
        ]
        self.errors = 0
        self.failed: list[Callable[[ExecutorId], None]] = []
        self._failing: dict[ExecutorId, int] = {}
        self._due: dict[ExecutorId, int] = {}
        hooks.executor_stalled.append(self._stalled)
        hooks.executor_resumed.append(self._resumed)
        hooks.executor_crashed.append(self._crashed)
        hooks.executor_restarted.append(self._restarted)
        hooks.executor_irregular.append(self._irregular)

    def change(self, interval: int) -> None:
        """Tick at another interval, µs, from now on."""
        for lattice in self.lattices:
            if lattice is not None:
                lattice.change(interval, self._env._now)
        for executor in self._failing:
            self._await_failure(executor, self._env._now)

    def fail(self, executor: ExecutorId, ticks: int) -> None:
        """Let the next ticks of an executor's loop fail, in addition to those that will fail already."""
        if self.lattices[executor] is not None:
            self._failing[executor] = self._failing.get(executor, 0) + ticks
            self._await_failure(executor, self._env._now)

    def segments(self, horizon: int) -> list[tuple[int, Segment]]:
        """All segments of ticks with the number of their executor, at the end of the run."""
        return [
            (executor, segment)
            for executor, lattice in enumerate(self.lattices)
            if lattice is not None
            for segment in lattice.segments(horizon)
        ]

    def _stalled(self, executor: Executor) -> None:
        lattice = self.lattices[executor.id]
        if lattice is not None and executor.up:
            lattice.suspend(self._env._now)

    def _resumed(self, executor: Executor) -> None:
        lattice = self.lattices[executor.id]
        if lattice is not None:
            lattice.resume(self._env._now)
            self._await_failure(executor.id, self._env._now)

    def _crashed(self, executor: Executor, disk_survives: bool) -> None:
        lattice = self.lattices[executor.id]
        if lattice is not None:
            lattice.stop(self._env._now)

    def _restarted(self, executor: Executor) -> None:
        lattice = self.lattices[executor.id]
        if lattice is not None:
            lattice.restart(self._env._now)
            self._await_failure(executor.id, self._env._now)

    def _irregular(self, executor: Executor) -> None:
        lattice = self.lattices[executor.id]
        if lattice is not None:
            lattice.drift(executor.clock.rate, self._env._now)
            self._await_failure(executor.id, self._env._now)

    # Ticks that fail

    def _await_failure(self, executor: ExecutorId, due: int) -> None:
        """Schedule the first tick at or after the instant `due`, µs, if it will fail."""
        lattice = self.lattices[executor]
        if executor not in self._failing or lattice is None or not lattice.running:
            return
        when = lattice.next(due)
        if when != self._due.get(executor, NEVER):
            self._due[executor] = when
            self._env.at(when, self._fails, executor, ARRIVAL)

    def _fails(self, executor: ExecutorId, _: int) -> None:
        lattice, now = self.lattices[executor], self._env._now
        if lattice is None or now != self._due[executor] or not lattice.ticks_at(now):
            return
        lattice.fail(now)
        self.errors += 1
        self._failing[executor] -= 1
        if not self._failing[executor]:
            del self._failing[executor]
        for listener in self.failed:
            listener(executor)
        self._await_failure(executor, now + 1)
