"""The budget of a run, and the snapshot that an observer sees during it. Both engines share these types."""

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True, slots=True)
class Budget:
    """The limits of a run; None means no limit.

    Attributes
    ----------
    max_events : events. The event engine counts the entries of its queue, which are more than the `events` of the
        summary. The columnar engine has no queue and counts these events.
    max_wall_s : wall time, s.
    """

    max_events: int | None = None
    max_wall_s: float | None = None

    def begun(self) -> "Running":
        """This budget of a run that begins now."""
        return Running(self.max_events, self.max_wall_s, time.monotonic() + (self.max_wall_s or 0.0))


@dataclass(frozen=True, slots=True)
class Running(Budget):
    """The budget of a run that has begun.

    Attributes
    ----------
    ends_at : the end of the wall time by the monotonic clock, s; it has no meaning without a limit.
    """

    ends_at: float = 0.0

    def begun(self) -> "Running":
        """The same budget: what has passed counts."""
        return self

    def paused(self) -> "Paused":
        """The same budget between two parts of a run; the time until the next part does not count."""
        return Paused(self.max_events, self.max_wall_s, self.ends_at - time.monotonic())

    def out_of_time(self) -> bool:
        """Whether the wall time is used up, if it has a limit."""
        return time.monotonic() > self.ends_at


@dataclass(frozen=True, slots=True)
class Paused(Budget):
    """The budget of a run, of which a part has been done.

    Attributes
    ----------
    left_s : the rest of the wall time, s; it has no meaning without a limit.
    """

    left_s: float = 0.0

    def begun(self) -> Running:
        """The budget of the rest of the run, which begins now."""
        return Running(self.max_events, self.max_wall_s, time.monotonic() + self.left_s)


@dataclass(frozen=True, slots=True)
class Snapshot:
    """The state of a federation at one instant; counts start at the beginning of the run.

    Attributes
    ----------
    at, horizon : virtual time now and at the end, µs. events : processed so far.
    attempts : begun, retries included. ended : attempts by outcome.
    skipped : arrivals that found every actor busy.
    active : records in each active state. records : records held. in_flight : messages in flight.
    running, nowhere : copies of actors that run, and actors that run nowhere.
    faults : in effect, by kind. violations : so far, by invariant.
    tasks : tasks submitted so far, by outcome, including undecided ones; None without submissions.
    """

    at: int
    horizon: int
    events: int
    attempts: int
    retries: int
    ended: Mapping[str, int]
    skipped: int
    active: Mapping[str, int]
    records: int
    in_flight: int
    running: int | None = None
    nowhere: int | None = None
    faults: Mapping[str, int] | None = None
    violations: Mapping[str, int] | None = None
    tasks: Mapping[str, int] | None = None


class Observer(Protocol):
    """A listener that a run calls from time to time, and that may take a snapshot."""

    def __call__(self, share: float, events: int, snapshot: Callable[[], Snapshot], /) -> None:
        """Receive the share of virtual time that has passed (1 at the end) and the events so far."""
