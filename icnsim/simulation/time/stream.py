"""The time of a stream of pages: the process time of its sender while the link is open.

A stream is resent until it arrives. Therefore a cut link does not lose its pages; it stops the stream until the link is
open again.
"""

from fractions import Fraction

from icnsim.simulation.time.processtime import ProcessTime


class Stream:
    """The progress of a stream, µs of the sender's process time."""

    __slots__ = ("_base", "_sender", "_since", "is_open")

    def __init__(self, sender: ProcessTime, now: int, *, is_open: bool) -> None:
        self._sender = sender
        self._base: int | Fraction = 0
        self._since = sender.at(now)
        self.is_open = is_open

    def at(self, now: int) -> int | Fraction:
        """The reading at the virtual time `now`, µs."""
        return self._base + self._sender.at(now) - self._since if self.is_open else self._base

    def when(self, reading: int | Fraction) -> int | None:
        """The first virtual time at which that reading is reached, µs; None while the stream is stopped."""
        return self._sender.when(self._since + reading - self._base) if self.is_open else None

    def change(self, now: int, *, is_open: bool) -> None:
        """The link opens or is cut."""
        self._base, self._since, self.is_open = self.at(now), self._sender.at(now), is_open
