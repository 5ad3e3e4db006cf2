"""The ticks of a background loop: at first + k x interval while its process runs.

A tick that finds nothing to do is never an event. The ticks of a loop are computed, and the cost model counts them
after the run. A crash, a stall, another interval or another rate of the executor's clock begins a new *segment*.
"""

from collections.abc import Sequence
from typing import NamedTuple

from icnsim.recording.columns import NEVER
from icnsim.simulation.time.clock import EVEN


def tick_from(first: int, interval: int, due: int) -> int:
    """The first tick of first + k x interval at or after the instant `due`, µs."""
    return first + max(0, -((first - due) // interval)) * interval


def divided(whole: int, by: int) -> int:
    """A quotient of positive numbers, rounded to the nearest whole number."""
    return (2 * whole + by) // (2 * by)


class Segment(NamedTuple):
    """Ticks at first + k x interval in [first, stop), µs."""

    first: int
    stop: int
    interval: int


class Lattice:
    """The ticks of one loop.

    A process that was stalled at a tick ticks when it resumes, and then once per interval. A process that has restarted
    ticks at once. A changed interval counts from the last tick; a tick that would be in the past occurs at once. The
    first tick keeps its phase.

    The executor's clock measures the interval. If that clock runs at another rate, the time until the next tick and the
    intervals after it are shorter or longer, rounded to whole µs.

    Parameters
    ----------
    first, interval : the first tick and the time between two ticks, µs.
    """

    __slots__ = (
        "_failed", "_first", "_interval", "_last", "_nominal", "_rate", "_running", "_segments", "_stopped",
    )  # fmt: skip

    def __init__(self, first: int, interval: int) -> None:
        self._first = first
        self._interval = self._nominal = interval
        self._rate = EVEN
        self._last = NEVER
        self._failed = NEVER
        self._segments: list[Segment] = []
        self._running = True
        self._stopped = False

    @property
    def running(self) -> bool:
        """Whether the process runs, so that the loop ticks."""
        return self._running

    def next(self, due: int) -> int:
        """The first tick at or after the instant `due`, µs, if the process continues to run."""
        return tick_from(self._first, self._interval, due)

    def ticks_at(self, now: int) -> bool:
        """Whether the loop ticks at this instant, and the tick does not fail."""
        since = now - self._first
        return since >= 0 and since % self._interval == 0 and self._running and now != self._failed

    def fail(self, now: int) -> None:
        """The tick at this instant fails: it does nothing."""
        self._failed = now

    def suspend(self, now: int) -> None:
        """The process stalls: no tick from now on."""
        if self._running:
            self._close(now)
            self._running = False

    def stop(self, now: int) -> None:
        """The process has ended: no tick until it restarts."""
        self.suspend(now)
        self._stopped = True

    def resume(self, now: int) -> None:
        """The process continues after a stall; a missed tick occurs now."""
        if not self._running and not self._stopped:
            self._first = max(now, self._first)
            self._running = True

    def restart(self, now: int) -> None:
        """The process has restarted: it ticks at once."""
        self._stopped = False
        self._first, self._last = now, NEVER
        self._running = True

    def change(self, interval: int, now: int) -> None:
        """Tick at another interval from now on."""
        if self._running:
            self._close(now)
        self._nominal = interval
        self._interval = self._scaled(interval)
        if self._last != NEVER and not self._stopped:
            self._first = self._last + self._interval
            if self._running:
                self._first = max(now, self._first)

    def drift(self, rate: int, now: int) -> None:
        """The executor's clock runs at another rate from now on, see `clock`."""
        if rate == self._rate:
            return
        if self._running:
            self._close(now)
        if self._first > now:
            self._first = now + divided((self._first - now) * self._rate, rate)
        if self._last != NEVER:  # shift the last tick as if the clock had run at this rate since then
            self._last = now - divided((now - self._last) * self._rate, rate)
        self._rate = rate
        self._interval = self._scaled(self._nominal)

    def until(self, now: int) -> tuple[Sequence[Segment], Segment | None]:
        """The segments that have ended, and the present one up to the instant `now`, µs; None if it has no tick."""
        present = Segment(self._first, now + 1, self._interval) if self._running and now >= self._first else None
        return self._segments, present

    def segments(self, horizon: int) -> list[Segment]:
        """All segments of the run, in order; one without a tick if the loop has never ticked."""
        if self._running:
            self._close(horizon)
            self._running = False
        return self._segments or [Segment(self._first, self._first, self._interval)]

    def _scaled(self, interval: int) -> int:
        return max(1, divided(interval * EVEN, self._rate))

    def _close(self, now: int) -> None:
        """End the present segment before this instant; the next one begins with the next tick."""
        if now > self._first:
            self._segments.append(Segment(self._first, now, self._interval))
            self._last = now - 1 - (now - 1 - self._first) % self._interval
            self._first = self._last + self._interval
