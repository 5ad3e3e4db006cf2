"""Virtual time: SimPy's environment with whole microseconds and a loop of our own.

Theory of operation. SimPy keeps a heap of (time, priority, number, event). Here an entry is
a *call*: (time, priority, number, function, subject); the function is called with its
subject and with the protocol's time, whole milliseconds. So the handlers of a migration
manager are in the heap themselves: a message's delivery or a stage's end, which need no
value, no failure and no list of callbacks, is the handler's call. An event of SimPy's own
is the call of `_fire` with it, so its processes, timeouts and conditions work as ever.
A tuple costs a fifth of a `Timeout` (see benchmarks/), and the loop has nothing to tell
apart.
"""

import time
from collections.abc import Callable
from dataclasses import dataclass
from heapq import heappop, heappush
from typing import Any, Final

import simpy
from simpy.core import EmptySchedule
from simpy.events import Event, EventPriority

from icnsim.errors import BudgetError

URGENT: Final = 0
"""Priority of the end: what is due at that instant is not processed any more."""
NORMAL: Final = EventPriority(1)
"""Priority of deliveries and stages, SimPy's own."""
ARRIVAL: Final = 2
"""Arrivals come after what else happens at the same instant."""
TICK: Final = 3
"""Ticks of the background loops come after arrivals."""
SAMPLE: Final = 4
"""The timeline's samples come last."""

SLICE: Final = 1 << 12
"""Events between two looks at the wall clock, the budget and the progress bar."""


class _Horizon(Exception):
    """The loop has come to the instant at which it was asked to stop."""


@dataclass(frozen=True, slots=True)
class Budget:
    """What a run may use: events, and seconds of wall time; None is without limit."""

    max_events: int | None = None
    max_wall_s: float | None = None


Progress = Callable[[float, int], None]
"""Called with the share of virtual time that has passed and the events so far."""

Call = Callable[[Any, int], None]
"""What an entry calls: with its subject and the present time in whole ms."""


class Environment(simpy.Environment):
    """A SimPy environment whose time is whole microseconds.

    Attributes
    ----------
    queue : SimPy's own heap of entries, of both kinds.
    processed : entries so far.
    """

    _now: int

    def __init__(self) -> None:
        super().__init__(0)
        self.queue: list[Any] = self._queue
        self.processed = 0

    def at(self, when: int, function: Call, subject: Any = None, priority: int = NORMAL) -> None:
        """Call `function` with `subject`, and the time in ms, at the instant `when`, µs."""
        heappush(self.queue, (when, priority, next(self._eid), function, subject))

    def schedule(self, event: Event, priority: EventPriority = NORMAL, delay: float = 0) -> None:
        """Schedule an event of SimPy's own; what SimPy's classes call."""
        heappush(self.queue, (self._now + int(delay), priority, next(self._eid), _fire, event))

    def step(self) -> None:
        """Process the next entry; what SimPy's `run` calls."""
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
        began = time.monotonic()
        while not self._process(self._allowance(budget)):
            if budget.max_wall_s is not None and time.monotonic() - began > budget.max_wall_s:
                raise BudgetError(self._stopped(f"--max-wall of {budget.max_wall_s:g} s"))
            if progress is not None:
                progress(self._now / until, self.processed)
        if progress is not None:
            progress(1.0, self.processed)

    def _process(self, count: int) -> bool:
        """Process that many entries, `step` written out; True if the horizon came before."""
        queue, pop, done = self.queue, heappop, 0
        try:
            for done in range(count):  # noqa: B007 - read when the horizon has come
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
            f"stopped after {self.processed} events at {self._now / 1e6:g} s of virtual time: "
            f"the budget {which} is used up; raise it or shorten the scenario"
        )


def _stop(_: None, __: int) -> None:
    raise _Horizon


def _fire(event: Event, _: int) -> None:
    """Process an event of SimPy's own, as its `Environment.step` does."""
    callbacks, event.callbacks = event.callbacks, None  # type: ignore[assignment]
    for callback in callbacks:
        callback(event)
    if not event._ok and not event._defused:
        raise event._value
