"""The detectors with a fixed timeout. They differ in the times at which they check a record."""

from typing import TYPE_CHECKING, ClassVar

from icnsim.protocol.detectors.detector import Detector
from icnsim.protocol.detectors.timingwheel import TimingWheel

if TYPE_CHECKING:
    from icnsim.protocol.record import MigrationRecord


class Poll(Detector):
    """The design: every tick of the manager scans all active records."""

    __slots__ = ()

    polls: ClassVar[bool] = True


class Deadline(Detector):
    """Each record has a timer, which fires at its deadline."""

    __slots__ = ()


class Wheel(Detector):
    """The records wait in a timing wheel. Each of its ticks finds the records whose deadlines have passed.

    Theory of operation. Slot n of the wheel has the deadlines from (n - 1) x tick to n x tick - 1. The ticks need not
    be at multiples of `tick`, so the last of the slots that a tick visits may contain later deadlines, too. Their
    records stay in `_near`, which every tick checks.
    """

    __slots__ = ("_near", "_wheel", "tick")

    def __init__(self, tick: int) -> None:
        self.tick = tick
        self._wheel: TimingWheel[MigrationRecord] = TimingWheel()
        self._near: dict[MigrationRecord, None] = {}

    def hold(self, record: "MigrationRecord") -> None:
        slot = record.deadline // self.tick + 1
        if slot > self._wheel.now:
            self._wheel.insert(record, slot)
        else:
            self._near[record] = None

    def release(self, record: "MigrationRecord") -> None:
        if not self._wheel.delete(record):
            self._near.pop(record, None)

    def advance(self, reading: int) -> "list[MigrationRecord]":
        near = self._near
        near.update(dict.fromkeys(self._wheel.advance(reading // self.tick + 1)))
        due = [record for record in near if record.deadline <= reading]
        for record in due:
            del near[record]
        return due

    def forget(self) -> None:
        self._wheel.clear()
        self._near.clear()
