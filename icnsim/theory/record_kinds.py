"""The kinds of record that a scenario makes, and the life of each."""

import math
from dataclasses import dataclass
from typing import Final

import numpy as np

from icnsim.theory import design

FINEST: Final = 1e-6
"""The width of a jump, s: a record begins or is removed within it. So no rounding moves a jump over a grid point."""


@dataclass(frozen=True, slots=True)
class RecordKind:
    """Records that begin, end and are removed in the same way.

    Attributes
    ----------
    rate : the number that begin per second.
    active : mean time active, s; infinite if nothing ends it.
    life, spread : mean terminal life, s, and the width of its uniform distribution.
    scans : mean ticks that scan one.
    replaced : the rate at which its actor's next migration replaces a terminal one, 1/s.
    begins : mean age of the migration at which it begins, s.
    """

    rate: float
    active: float
    life: float
    spread: float
    scans: float
    replaced: float
    begins: float = 0.0

    @classmethod
    def answered(cls, rate: float, active: float, retention: float, interval: float, replaced: float) -> "RecordKind":
        """A message ends them; their removal is independent of their end."""
        life, scans = design.record_life_mean(retention, interval), design.scans_until_answer(active, interval)
        return cls(rate, active, life, interval, scans, replaced)

    @classmethod
    def stuck(cls, rate: float, ticks: float) -> "RecordKind":
        """Nothing ends them: every tick scans them, `ticks` of them."""
        return cls(rate, math.inf, 0.0, 0.0, ticks, 0.0)

    def removals(self, retention: float) -> float:
        """The number that cleanup removes per second: those that are not replaced before."""
        return 0.0 if math.isinf(self.active) else self.rate * math.exp(-self.replaced * retention)

    def alive(self, ages: design.Floats) -> design.Floats:
        """The probability that the record is held at an age of its migration, s."""
        terminal = np.maximum(0.0, ages - self.begins - self.active)
        spread = max(self.spread, FINEST)
        kept = np.clip((self.life + spread / 2 - terminal) / spread, 0, 1)
        return np.where(ages - self.begins < self.active, 1.0, kept) * self.unreplaced(ages)

    def unreplaced(self, ages: design.Floats) -> design.Floats:
        """The probability that the record is held if no record is ever removed."""
        share: design.Floats = np.exp(-self.replaced * np.maximum(0.0, ages - self.begins - self.active))
        return share * np.clip((ages - self.begins) / FINEST + 0.5, 0, 1) if self.begins else share
