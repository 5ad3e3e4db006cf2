"""When a background loop ticks at each executor: the same rule for every loop.

A loop ticks while its process runs, by the clock of its executor. A tick that was missed in a stall comes when the
process goes on, and a process that has restarted ticks at once (see `Lattice`). The parts that own a loop subscribe to
the same hook points after their rhythm, so its ticks are up to date when they are called.
"""

from collections.abc import Sequence

from icnsim.recording.columns import Integers
from icnsim.simulation.executors.executor import Executor
from icnsim.simulation.hooks import Hooks
from icnsim.simulation.time.environment import Environment
from icnsim.simulation.time.lattice import Lattice, Segment


class Rhythm:
    """The ticks of one loop at all executors.

    Parameters
    ----------
    phases : the first tick at each executor, µs. interval : µs.
    having : whether each executor has such a loop; all of them if left out.

    Attributes
    ----------
    lattices : the ticks at each executor; None without a loop.
    """

    def __init__(
        self, env: Environment, hooks: Hooks, phases: Integers, interval: int, having: Sequence[bool] | None = None
    ) -> None:
        self._env = env
        present = [True] * len(phases) if having is None else having
        self.lattices = [
            Lattice(phase, interval) if exists else None for phase, exists in zip(phases.tolist(), present, strict=True)
        ]
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

    def segments(self, horizon: int) -> list[tuple[int, Segment]]:
        """Every segment of ticks with the number of its executor, at the end of the run."""
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

    def _crashed(self, executor: Executor, disk_survives: bool) -> None:
        lattice = self.lattices[executor.id]
        if lattice is not None:
            lattice.stop(self._env._now)

    def _restarted(self, executor: Executor) -> None:
        lattice = self.lattices[executor.id]
        if lattice is not None:
            lattice.restart(self._env._now)

    def _irregular(self, executor: Executor) -> None:
        lattice = self.lattices[executor.id]
        if lattice is not None:
            lattice.drift(executor.clock.rate, self._env._now)
