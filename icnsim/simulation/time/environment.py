"""Virtual time: SimPy's environment with whole microseconds and its own event loop.

Theory of operation. SimPy keeps a heap of (time, priority, number, event). Here an entry is a *call*:
(time, priority, number, function, subject). The loop calls the function with its subject and the protocol's time in
whole milliseconds. The delivery of a message or the end of a stage needs no value, no failure and no list of callbacks,
so it is one function call. An event of SimPy is an entry that calls `_fire` with the event, so SimPy's processes,
timeouts and conditions work as usual. A tuple costs a fifth of a `Timeout` (see benchmarks/), and the loop does not
distinguish kinds of entries.
"""

from collections.abc import Callable
from heapq import heappop, heappush
from typing import Any, Final

import simpy
from simpy.core import EmptySchedule
from simpy.events import Event, EventPriority

from icnsim.errors import BudgetError
from icnsim.numbers import as_given
from icnsim.recording.progress import Budget

URGENT: Final = 0
"""Priority of the end of the run and of a change of draws: they precede all other events of that instant."""
NORMAL: Final = EventPriority(1)
"""Priority of deliveries and stages, SimPy's default."""
ARRIVAL: Final = 2
"""Arrivals follow the deliveries and stages of the same instant."""
TIMER: Final = 3
"""Timers of detectors, and ticks of their wheels, follow arrivals: an answer of the same instant is in time."""
TICK: Final = 4
"""Ticks of the background loops follow timers."""
SAMPLE: Final = 5
"""Samples of the timeline are last."""

SLICE: Final = 1 << 12
"""Events between two checks of the wall clock, the budget and the progress."""


class _Horizon(Exception):
    """The loop has reached the instant at which it must stop."""


Progress = Callable[[float, int], None]
"""Called with the share of virtual time that has passed and the number of events so far."""

Call = Callable[[Any, int], None]
"""The function of an entry; its arguments are the entry's subject and the present time in whole ms."""


class Environment(simpy.Environment):
    """A SimPy environment whose time is whole microseconds.

    Attributes
    ----------
    queue : SimPy's heap, with the entries of both kinds.
    processed : entries processed so far.
    """

    _now: int

    def __init__(self) -> None:
        super().__init__(0)
        self.queue: list[Any] = self._queue
        self.processed = 0

    def at(self, when: int, function: Call, subject: Any = None, priority: int = NORMAL) -> None:
        """Call `function` with `subject` and the time in ms at the instant `when`, µs."""
        heappush(self.queue, (when, priority, next(self._eid), function, subject))

    def schedule(self, event: Event, priority: EventPriority = NORMAL, delay: float = 0) -> None:
        """Schedule one of SimPy's own events; SimPy's classes call this."""
        heappush(self.queue, (self._now + int(delay), priority, next(self._eid), _fire, event))

    def step(self) -> None:
        """Process the next entry; SimPy's `run` calls this."""
        if not self.queue:
            raise EmptySchedule
        self._now, _, _, function, subject = heappop(self.queue)
        function(subject, self._now // 1000)

    def advance(self, until: int, budget: Budget, progress: Progress | None = None) -> None:
        """Process every event before the instant `until`, µs.

        Raises
        ------
        BudgetError : the budget of events or of wall time is used up.
        """
        self.at(until, _stop, None, URGENT)
        running = budget.begun()
        while not self._process(self._allowance(budget)):
            if running.max_wall_s is not None and running.out_of_time():
                raise BudgetError(self._stopped(f"--max-wall of {as_given(running.max_wall_s, 's')}"))
            if progress is not None:
                progress(self._now / until, self.processed)
        if progress is not None:
            progress(1.0, self.processed)

    def _process(self, count: int) -> bool:
        """Process `count` entries; True if the horizon came first. The body of `step` is inlined for speed."""
        queue, pop, done = self.queue, heappop, 0
        try:
            for done in range(count):  # noqa: B007 - read after the horizon
                now, _, _, function, subject = pop(queue)
                self._now = now
                function(subject, now // 1000)
        except _Horizon:
            self.processed += done
            return True
        self.processed += count
        return False

    def _allowance(self, budget: Budget) -> int:
        if budget.max_events is None:
            return SLICE
        left = budget.max_events - self.processed
        if left <= 0:
            raise BudgetError(self._stopped(f"--max-events of {budget.max_events}"))
        return min(SLICE, left)

    def _stopped(self, which: str) -> str:
        return (
            f"stopped after {self.processed} events at {as_given(self._now / 1e6, 's')} of virtual time: "
            f"the budget {which} is used up; raise it or shorten the scenario"
        )


def _stop(_: None, __: int) -> None:
    raise _Horizon


def _fire(event: Event, _: int) -> None:
    """Process one of SimPy's own events as SimPy's `Environment.step` does."""
    callbacks, event.callbacks = event.callbacks, None  # type: ignore[assignment]
    for callback in callbacks:
        callback(event)
    if not event._ok and not event._defused:
        raise event._value
