"""Schedules the calls of an executor at readings of one of its time scales: its process time, or its clock.

Theory of operation. A call is due when the scale reaches a reading. If nothing can change the scale, the virtual time
of the call is known immediately, and the call is an entry of the environment's queue. Otherwise the agenda keeps the
call. When the speed of the scale changes, the agenda schedules each call again. The old entry then has an outdated
number and does nothing.
"""

from collections.abc import Callable
from fractions import Fraction
from typing import Any, Protocol

from icnsim.simulation.time.environment import NORMAL, Call, Environment


class Scale(Protocol):
    """A time scale with its own speed."""

    def at(self, now: int) -> int | Fraction:
        """The reading at the virtual time `now`, µs."""

    def when(self, reading: Any) -> int | None:
        """The virtual time of a reading, µs, if nothing changes; None while the scale is stopped."""


class Pending:
    """A call that is not yet due: its scale and reading, and the virtual time for which it is scheduled."""

    __slots__ = ("due", "function", "priority", "reading", "scale", "subject")

    def __init__(self, scale: Scale, reading: int | Fraction, function: Call, subject: Any, priority: int) -> None:
        self.scale = scale
        self.reading = reading
        self.function = function
        self.subject = subject
        self.priority = priority
        self.due: int | None = None


class Agenda:
    """The calls of one executor on one scale.

    Parameters
    ----------
    steady : whether the scale always equals virtual time.

    Attributes
    ----------
    after : takes a delay (µs of the scale), a function, its subject and optionally a priority, and schedules the call.
        A slower scale that depends on the agenda's own may be given, too.
    """

    __slots__ = ("_env", "_pending", "_scale", "after")

    def __init__(self, env: Environment, scale: Scale, *, steady: bool) -> None:
        self._env = env
        self._scale = scale
        self._pending: dict[Pending, None] = {}
        self.after: Callable[..., None] = self._enter if steady else self._keep

    def _enter(
        self, delay: int, function: Call, subject: Any = None, priority: int = NORMAL, scale: Scale | None = None
    ) -> None:
        self._env.at(self._env._now + delay, function, subject, priority)

    def _keep(
        self, delay: int, function: Call, subject: Any = None, priority: int = NORMAL, scale: Scale | None = None
    ) -> None:
        scale = scale or self._scale
        pending = Pending(scale, scale.at(self._env._now) + delay, function, subject, priority)
        self._pending[pending] = None
        self._schedule(pending)

    def changed(self) -> None:
        """Reschedule all calls after a change of the speed of the scale, or of one that depends on it."""
        for pending in tuple(self._pending):
            self._schedule(pending)

    def clear(self) -> list[Pending]:
        """Remove all calls; returns them in the order in which they were made."""
        cleared = list(self._pending)
        self._pending.clear()
        return cleared

    def _schedule(self, pending: Pending) -> None:
        due = pending.scale.when(pending.reading)
        if due != pending.due:
            pending.due = due
            if due is not None:
                self._env.at(due, self._call, (pending, due), pending.priority)

    def _call(self, subject: tuple[Pending, int], now: int) -> None:
        pending, due = subject
        if pending.due == due and pending in self._pending:
            del self._pending[pending]
            pending.function(pending.subject, now)
