"""The slots of one executor: a limited number of tasks run at the same time, and the others wait for a free slot.

A free slot goes to the waiting run with the highest priority. Runs with the same priority are served in the order of
their arrival.
"""

from collections import deque

from icnsim.protocol.task import PRIORITIES
from icnsim.simulation.tasks.execution import Execution


class Slots:
    """The slots of one executor.

    Parameters
    ----------
    number : the number of runs that may have a slot at the same time.

    Attributes
    ----------
    free : the number of free slots. closed : whether no run gets a slot, because the executor is being drained.
    """

    __slots__ = ("_waiting", "closed", "free")

    def __init__(self, number: int) -> None:
        self.free = number
        self.closed = False
        self._waiting: tuple[deque[Execution], ...] = tuple(deque() for _ in PRIORITIES)

    def __len__(self) -> int:
        """The number of runs that wait."""
        return sum(map(len, self._waiting))

    def take(self, execution: Execution) -> bool:
        """Give the run a slot; returns False if the run must wait because no slot is free, or all are closed."""
        if self.closed or not self.free:
            self._waiting[execution.priority].append(execution)
            return False
        self.free -= 1
        execution.seated = True
        return True

    def release(self, execution: Execution) -> Execution | None:
        """Free the slot of a run; returns the waiting run that gets it, None if no run waits."""
        execution.seated = False
        self.free += 1
        return self.following()

    def following(self) -> Execution | None:
        """Give a free slot to the run that waits for it; returns the run, None if there is no slot or no run."""
        if not self.closed and self.free:
            for waiting in reversed(self._waiting):
                if waiting:
                    execution = waiting.popleft()
                    self.take(execution)
                    return execution
        return None

    def leave(self, execution: Execution) -> None:
        """Remove the run from the waiting runs, if it waits."""
        waiting = self._waiting[execution.priority]
        if execution in waiting:
            waiting.remove(execution)

    def clear(self) -> None:
        """Remove all waiting runs after the process has ended."""
        for waiting in self._waiting:
            waiting.clear()
