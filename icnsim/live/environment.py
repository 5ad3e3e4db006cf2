"""Real time: an environment whose entries run when the machine's clock reaches them.

It has the queue and the `at` of the simulation's environment, so the parts of an executor run on it unchanged. asyncio
waits for the first entry and for the sockets. It rounds a wait up to whole milliseconds of real time.

An entry begins after its instant. In a worker the time of the entry is the time at which it really begins, so its
lateness is part of the results. The supervisor gives its own entries (arrivals, faults, retries) their planned time.
The supervisor also has *reports*: events of workers with their own times. It applies a report `lag` after its time, so
that reports of several workers are applied in the order of their times.

Nothing happens after the end of the run. An entry that a worker begins after the end would have another time than the
run has, so the worker counts its lateness and does not call it.
"""

import asyncio
from collections.abc import Callable
from heapq import heappop, heappush
from typing import Any, Final

from icnsim.live.clock import VirtualClock
from icnsim.live.lateness import Measure
from icnsim.simulation.time.environment import Environment

NO_END: Final = 1 << 62
"""The end of an environment that runs until it is stopped, µs."""


class LiveEnvironment(Environment):
    """An environment that follows a virtual clock.

    Parameters
    ----------
    clock : the virtual clock. timer : receives the lateness of each entry.
    planned : whether the time of an entry is its planned time.
    lag : the delay of reports, µs of virtual time.
    end : the end of the run, µs; no entry at or after it is called.

    Attributes
    ----------
    after : called after each entry, report or frame.
    ended : called when the clock has reached the end, if the time of an entry is the time at which it begins.
    measures : whether the lateness of entries is measured.
    overdue : the longest time by which a report came later than its lag, µs; decisions may have been made without it.
    """

    def __init__(
        self, clock: VirtualClock, timer: Measure, *, planned: bool = False, lag: int = 0, end: int = NO_END
    ) -> None:
        super().__init__()
        self.clock = clock
        self.lag = lag
        self.end = end
        self.ended: Callable[[], None] = lambda: None
        self.after: Callable[[], None] = lambda: None
        self.measures = True
        self.overdue = 0
        self._timer = timer
        self._planned = planned
        self._reports: list[tuple[int, int, Callable[[Any], None], Any]] = []
        self._loop: asyncio.AbstractEventLoop | None = None
        self._handle: asyncio.TimerHandle | None = None

    # Without asyncio

    def catch_up(self, until: int) -> None:
        """Process every entry before the instant `until`, µs, at its planned time: the past of a new process."""
        queue = self.queue
        while queue and queue[0][0] < until:
            self._now, _, _, function, subject = heappop(queue)
            function(subject, self._now // 1000)
        self._now = max(self._now, until)

    # With asyncio

    def start(self) -> None:
        """Begin to follow the clock, in the running loop."""
        self._loop = asyncio.get_running_loop()
        self._arm()

    def stop(self) -> None:
        """Process no more entries."""
        self._loop = None
        if self._handle is not None:
            self._handle.cancel()
            self._handle = None

    def report(self, time: int, apply: Callable[[Any], None], subject: Any) -> None:
        """Call a function with a report when its lag has passed; `time` in µs."""
        self.overdue = max(self.overdue, self.clock.now() - time - self.lag)
        heappush(self._reports, (time, next(self._eid), apply, subject))
        self._arm()

    @property
    def waiting_reports(self) -> int:
        """The number of reports that have not been applied."""
        return len(self._reports)

    def arrive(self, function: Callable[..., None], *arguments: Any) -> None:
        """Process a frame that has arrived; entries that are due come first."""
        if self._loop is None:
            return
        self._run_due()
        if self._loop is not None:
            self._now = max(self._now, min(self.clock.now(), self.end - 1))
            function(*arguments)
            self.after()
            self._arm()

    def _wake(self) -> None:
        self._handle = None
        self._run_due()
        self._arm()

    def _run_due(self) -> None:
        """Process the entries and reports that are due, in the order of their times."""
        queue, reports, clock, last = self.queue, self._reports, self.clock, self.end - 1
        while self._loop is not None:
            now = clock.now()
            if now > last and not self._planned:
                self._end(now)
                return
            entry = queue[0][0] if queue and queue[0][0] <= min(now, last) else None
            told = reports[0][0] if reports and reports[0][0] + self.lag <= now else None
            if told is not None and (entry is None or told <= entry):
                self._apply()
            elif entry is not None:
                _, _, _, function, subject = heappop(queue)
                if self.measures:
                    self._timer.add(round(clock.real_us(now - entry)))
                self._now = entry if self._planned else max(now, self._now)
                self.processed += 1
                function(subject, self._now // 1000)
            else:
                return
            self.after()

    def _end(self, now: int) -> None:
        """End the run: the entries that are due come too late."""
        for due, *_ in self.queue:
            if due < self.end and self.measures:
                self._timer.add(round(self.clock.real_us(now - due)))
        self.stop()
        self._now = self.end
        self.ended()

    def _apply(self) -> None:
        time, _, apply, subject = heappop(self._reports)
        self._now = time
        apply(subject)

    def _arm(self) -> None:
        """Let asyncio wake this environment for its next entry or report."""
        if self._loop is None:
            return
        times = [] if self._planned else [self.end]
        if self.queue and self.queue[0][0] < self.end:
            times.append(self.queue[0][0])
        if self._reports:
            times.append(self._reports[0][0] + self.lag)
        if not times:
            return
        when = self.clock.real_s(min(times))
        if self._handle is not None:
            if self._handle.when() <= when:
                return
            self._handle.cancel()
        self._handle = self._loop.call_at(when, self._wake)
