"""The background loops of the executors as the supervisor sees them: it counts the ticks that the processes report."""

from collections import Counter
from typing import Any

from icnsim.protocol.messages import ExecutorId
from icnsim.simulation.executors.loop import ManagerLoops
from icnsim.simulation.executors.rhythm import Rhythm
from icnsim.simulation.time.lattice import Segment


class ReportedTicks(Rhythm):
    """The ticks of the managers' loops as they really happened.

    Attributes
    ----------
    happened : the executor and the time of each tick. errors_of : for each executor, the ticks that have failed.
    """

    def __init__(self, *arguments: Any) -> None:
        super().__init__(*arguments)
        self.happened: list[tuple[int, int]] = []
        self.errors_of: Counter[ExecutorId] = Counter()

    def fail(self, executor: ExecutorId, ticks: int) -> None:
        """Do nothing: the process of the executor lets its ticks fail."""

    def error(self, executor: ExecutorId) -> None:
        """Note a tick that has failed now."""
        self.errors += 1
        self.errors_of[executor] += 1
        for listener in self.failed:
            listener(executor)

    def segments(self, horizon: int) -> list[tuple[int, Segment]]:
        """Each tick before the horizon as a segment of one tick, by executor and time."""
        return [(executor, Segment(at, at + 1, 1)) for executor, at in sorted(self.happened) if at < horizon]


class RemoteLoops(ManagerLoops):
    """The managers' loops, which run in the processes of the executors."""

    def __init__(self) -> None:
        """Nothing runs here."""

    def adjust(self, interval: int | None) -> None:
        """Do nothing: each process changes its own loops."""


class ReportedBeats:
    """The heartbeats that the executors have sent, each to `others` executors.

    Attributes
    ----------
    of : the number of heartbeats of each executor.
    """

    def __init__(self, others: int) -> None:
        self._others = others
        self.of: Counter[int] = Counter()

    def add(self, executor: int) -> None:
        """An executor has sent one."""
        self.of[executor] += 1

    def sent(self) -> int:
        """The number of heartbeats that were sent."""
        return self.of.total() * self._others
