"""The profile of an arrival rate: factors of the rate by the time of a period, such as a day.

The factor of a row holds from its time to the time of the next row, and the last one to the end of the period. Then the
profile repeats. Hourly counts of a log can be used without conversion.

Arrivals with a varying rate are arrivals with a constant rate on another time scale: if n arrivals are expected until
t with the profile, the arrival that is at rate x time = n without it is at t (Çinlar 1975, "Introduction to
Stochastic Processes", section 4.7). Each arrival therefore has the same draw with every profile.
"""

import math
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from icnsim.numbers import rounded
from icnsim.scenario.datafiles import DataFolder

Floats = NDArray[np.float64]
COLUMNS: Final = ["at_s", "factor"]
LARGEST: Final = 1e6


@dataclass(frozen=True, slots=True)
class Profile:
    """Factors of a rate.

    Attributes
    ----------
    at_us : the time from which each factor holds, ascending from 0. factors : at least one is above 0. period : µs.
    """

    at_us: tuple[int, ...]
    factors: tuple[float, ...]
    period: int

    @property
    def mean(self) -> float:
        """The mean factor over a period."""
        return float(self._upto()[-1]) / self.period

    @property
    def peak(self) -> float:
        """The largest factor."""
        return max(self.factors)

    def elapsed(self, time_us: float) -> float:
        """The time that passes at the constant rate until an instant: the integral of the factor, µs."""
        upto, periods = self._upto(), math.floor(time_us / self.period)
        inside = time_us - periods * self.period
        place = int(np.searchsorted(self.at_us, inside, side="right")) - 1
        return periods * float(upto[-1]) + float(upto[place]) + (inside - self.at_us[place]) * self.factors[place]

    def instants(self, elapsed_us: Floats) -> Floats:
        """The instants at which that time has elapsed at the constant rate, µs; the inverse of `elapsed`."""
        upto = self._upto()
        periods = np.floor(elapsed_us / upto[-1])
        inside = np.clip(elapsed_us - periods * upto[-1], 0, upto[-1])
        # No time elapses while the factor is 0, so no arrival belongs to a row that begins with it.
        place = np.clip(np.searchsorted(upto, inside, side="right") - 1, 0, len(self.factors) - 1)
        factors = np.array(self.factors)[place]
        more = np.divide(inside - upto[place], factors, out=np.zeros_like(inside), where=factors > 0)
        found: Floats = periods * self.period + np.array(self.at_us)[place] + more
        return found

    def _upto(self) -> Floats:
        """The time that passes at the constant rate until the beginning of each row, and in the whole period, µs."""
        lengths = np.diff([*self.at_us, self.period])
        return np.concatenate([[0.0], np.cumsum(lengths * np.array(self.factors))])


def profile(name: str, folder: DataFolder, period: int) -> Profile:
    """Reads a CSV file with the columns at_s and factor; raises ValueError otherwise."""
    header, rows = folder.table(name)
    if sorted(header) != COLUMNS:
        raise ValueError(f"a CSV file with the columns at_s and factor, not {', '.join(header)[:200]!r}")
    times, factors = list[int](), list[float]()
    for number, row in enumerate(rows, 2):
        cells = dict(zip(header, row, strict=False))
        try:
            seconds, factor = float(cells.get("at_s", "")), float(cells.get("factor", ""))
        except ValueError:
            raise ValueError(f"numbers in at_s and factor, line {number} of {name}") from None
        if not (0 <= seconds * 1e6 < period):
            raise ValueError(
                f"a time in [0, {rounded(period / 1e6, 12)}) s, the period, in at_s, line {number} of {name}"
            )
        if not 0 <= factor <= LARGEST:
            raise ValueError(f"a factor from 0 to {LARGEST:,.0f}, line {number} of {name}")
        times.append(round(seconds * 1e6))
        factors.append(factor)
    if not times or times[0] or times != sorted(set(times)):
        raise ValueError("rows in ascending order of at_s, the first one at 0")
    if not any(factors):
        raise ValueError("a factor above 0")
    return Profile(tuple(times), tuple(factors), period)
