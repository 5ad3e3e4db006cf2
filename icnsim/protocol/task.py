"""Tasks: the submitted body, the progress of an executor, and the tasks that have missed their deadlines.

A task is ephemeral and runs to its end, or it is a stateful actor, which stores a checkpoint of itself each
time it has done another interval's work. Its state grows with its work; a checkpoint of a state above
the task's maximum is refused. So the k-th checkpoint of a task has the same content on every
executor, and its hash can be voted on. Work is the run time of an executor that is not slow.
"""

from dataclasses import dataclass
from enum import Enum
from heapq import heappop, heappush
from typing import Final

from icnsim.protocol.wasm import PAGE, pages_of

PRIORITIES: Final = ("low", "normal", "high", "critical")
"""The priorities of tasks: of two waiting tasks, the one with the higher priority runs first."""
NORMAL: Final = PRIORITIES.index("normal")

LARGEST: Final = 1 << 60
"""The maximum size of a state, bytes, which fits into 64 bits. Every `max_state_size` is smaller, at most 2^53, so this
limit affects no decision about a checkpoint."""
DEFAULT_FUEL: Final = 10_000
"""The fuel limit of a task whose body does not set it, as in `icn-compute`."""
FUEL_OF_RATE: Final = 1000
"""The number of units of fuel to which a payment rate applies."""
HIGHEST_RATE: Final = 1_000_000
"""The limit of `icn-compute`, credits per 1000 units of fuel."""


class Mode(Enum):
    """The kind of task that a body's `actor_mode` selects."""

    EPHEMERAL = "ephemeral"
    """Absent or null."""
    STATEFUL = "stateful"
    WASM_STATEFUL = "wasm_stateful"
    """Its state is WASM linear memory: whole pages of 64 KiB."""


@dataclass(frozen=True, slots=True)
class ComputeTask:
    """The requirements of a submitted body.

    Attributes
    ----------
    id : the submitter's name for it.
    checkpoint_interval : the work between two checkpoints, s. max_state_size : the largest state whose checkpoint is
        not refused, bytes. Both are 0 for an ephemeral task.
    deadline : time after its submission, ms; None if the body has no deadline.
    estimated_value : credits; duration : estimated, s; None if the body does not have it.
    fuel_limit : the fuel that a complete run uses. payment_rate : credits per 1000 units of fuel, 0 if the task is not
        paid for.
    executors, threshold : of the body's own verification: how many executors run the task, and the share of them that
        must agree; None if the body does not have them.
    priority : an index into `PRIORITIES`.
    """

    id: str
    mode: Mode = Mode.EPHEMERAL
    checkpoint_interval: int = 0
    max_state_size: int = 0
    deadline: int | None = None
    estimated_value: int | None = None
    duration: int | None = None
    fuel_limit: int = DEFAULT_FUEL
    payment_rate: int = 0
    executors: int | None = None
    threshold: float | None = None
    priority: int = NORMAL

    def fuel(self, work: int, run_time: int) -> int:
        """The fuel that this part of a run's work uses. The whole run, `run_time`, uses the fuel limit."""
        return self.fuel_limit * work // run_time if run_time else self.fuel_limit

    def payment(self, fuel: int) -> int:
        """The payment of a run that has used this amount of fuel, whole credits; at most that of the fuel limit."""
        return min(fuel, self.fuel_limit) * self.payment_rate // FUEL_OF_RATE


class Progress:
    """The progress of one executor with a task, in µs of work.

    Parameters
    ----------
    task : the task that is run. run_time : its total work, µs.
    state_size : size of its state at the beginning, bytes. growth : of the state for each second of work, bytes.
    makes_checkpoints : whether this executor has a store for them.

    Attributes
    ----------
    work : done. saved : the work in the newest stored checkpoint.
    refused : the number of checkpoints that were refused because the state was above the maximum.
    """

    __slots__ = (
        "_ephemeral", "_growth", "_interval", "_largest", "_pages", "_run_time", "_state_size", "refused", "saved",
        "work",
    )  # fmt: skip

    def __init__(
        self, task: ComputeTask, run_time: int, state_size: int, growth: int, *, makes_checkpoints: bool = True
    ) -> None:
        self._run_time = run_time
        self._state_size = state_size
        self._growth = growth
        self._ephemeral = task.mode is Mode.EPHEMERAL
        self._pages = task.mode is Mode.WASM_STATEFUL
        self._interval = task.checkpoint_interval * 1_000_000 if makes_checkpoints else 0
        self._largest = task.max_state_size
        self.work = 0
        self.saved = 0
        self.refused = 0

    @property
    def makes_checkpoints(self) -> bool:
        """Whether it makes checkpoints, and can begin again from one."""
        return self._interval > 0

    @property
    def ended(self) -> bool:
        """Whether all of the work is done."""
        return self.work >= self._run_time

    @property
    def left(self) -> int:
        """The work until its next checkpoint or its end, whichever comes first."""
        if not self._interval:
            return self._run_time - self.work
        return min(self._run_time, (self.work // self._interval + 1) * self._interval) - self.work

    @property
    def size(self) -> int:
        """The size of its state, bytes; 0 for an ephemeral task."""
        return self.size_after(self.work)

    def size_after(self, work: int) -> int:
        """The size of its state after this amount of work, bytes."""
        if self._ephemeral:
            return 0
        size = min(LARGEST, self._state_size + self._growth * work // 1_000_000)
        return pages_of(size) * PAGE if self._pages else size

    def checkpoint(self) -> int | None:
        """The size of the checkpoint that is due now, bytes; None if it is refused."""
        if self.size > self._largest:
            self.refused += 1
            return None
        return self.size

    def stored(self, work: int) -> bool:
        """Store the checkpoint of the state after this work; False if it is stale and refused."""
        if work <= self.saved:
            return False
        self.saved = work
        return True

    def sequence(self, work: int) -> int:
        """The number of the checkpoint of the state after this work."""
        return work // self._interval

    def crash(self) -> int:
        """A crash: the work since the newest stored checkpoint is lost. Returns this work, µs."""
        lost, self.work = self.work - self.saved, self.saved
        return lost


class Deadlines:
    """The deadlines of the tasks that an executor has, for its task checker."""

    __slots__ = ("_heap",)

    def __init__(self) -> None:
        self._heap: list[tuple[int, int]] = []

    def __bool__(self) -> bool:
        return bool(self._heap)

    def add(self, task: int, deadline: int) -> None:
        """Add a task with its deadline, ms."""
        heappush(self._heap, (deadline, task))

    def timed_out(self, now: int) -> list[int]:
        """The tasks whose deadline is `now`, ms, or earlier. Each task is returned once."""
        found: list[int] = []
        while self._heap and self._heap[0][0] <= now:
            found.append(heappop(self._heap)[1])
        return found

    def clear(self) -> None:
        """Remove all deadlines: the process has ended."""
        self._heap.clear()
