"""The ticks of a background loop: at first + k x interval for as long as its process runs.

A tick that finds nothing to do is never an event. So the instants at which a loop ticks follow from arithmetic, and
the cost model counts them afterwards. A crash, a stall or another interval begins a new *segment*.
"""

from typing import NamedTuple

from icnsim.recording.columns import NEVER


def tick_from(first: int, interval: int, due: int) -> int:
    """The first of the ticks at first + k x interval that is at or after the instant `due`, µs."""
    return first + max(0, -((first - due) // interval)) * interval


class Segment(NamedTuple):
    """Ticks at first + k x interval in [first, stop), µs."""

    first: int
    stop: int
    interval: int


class Lattice:
    """The ticks of one loop.

    A process that was stalled at a tick ticks as soon as it goes on, and then once per interval from there. A
    process that has restarted ticks at once. A changed interval counts from the last tick; a tick that would lie in
    the past comes at once. The first tick keeps its phase.

    Parameters
    ----------
    first, interval : the first tick and the time between two ticks, µs.
    """

    __slots__ = ("_first", "_interval", "_last", "_segments", "_stopped", "_suspended_at")

    def __init__(self, first: int, interval: int) -> None:
        self._first = first
        self._interval = interval
        self._last = NEVER
        self._segments: list[Segment] = []
        self._suspended_at = NEVER
        self._stopped = False

    @property
    def running(self) -> bool:
        """Whether the process runs, so that the loop ticks."""
        return self._suspended_at == NEVER

    def next(self, due: int) -> int:
        """The first tick at or after the instant `due`, µs, if the process goes on running."""
        return tick_from(self._first, self._interval, due)

    def ticks_at(self, now: int) -> bool:
        """Whether the loop ticks at this instant."""
        since = now - self._first
        return since >= 0 and since % self._interval == 0 and self._suspended_at == NEVER

    def last(self, now: int) -> int:
        """The last tick at or before this instant; NEVER if there is none."""
        since = now - self._first
        return self._last if since < 0 or self._suspended_at != NEVER else now - since % self._interval

    def suspend(self, now: int) -> None:
        """The process stalls: no tick from now on."""
        if self._suspended_at == NEVER:
            self._close(now)
            self._suspended_at = now

    def stop(self, now: int) -> None:
        """The process has ended: no tick until it restarts."""
        self.suspend(now)
        self._stopped = True

    def resume(self, now: int) -> None:
        """The process goes on after a stall."""
        if self._suspended_at != NEVER and not self._stopped:
            missed = self.next(self._suspended_at)
            self._first = now if missed < now else missed
            self._suspended_at = NEVER

    def restart(self, now: int, *, stalled: bool) -> None:
        """The process has restarted: it ticks at once, or as soon as a stall has ended."""
        self._stopped = False
        self._first = now
        self._suspended_at = now if stalled else NEVER

    def change(self, interval: int, now: int) -> None:
        """Tick at another interval from now on."""
        if self._suspended_at == NEVER:
            self._close(now)
        self._interval = interval
        if self._last != NEVER and not self._stopped:
            self._first = max(now, self._last + interval)

    def segments(self, horizon: int) -> list[Segment]:
        """Every segment of the run, in order; one without a tick if the loop has never ticked."""
        if self._suspended_at == NEVER:
            self._close(horizon)
            self._suspended_at = horizon
        return self._segments or [Segment(self._first, self._first, self._interval)]

    def _close(self, now: int) -> None:
        """End the present segment before this instant."""
        if now > self._first:
            self._segments.append(Segment(self._first, now, self._interval))
            self._last = now - 1 - (now - 1 - self._first) % self._interval
