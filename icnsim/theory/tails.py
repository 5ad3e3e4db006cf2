"""Records of migrations whose durations have a long tail: M/G/∞, truncated at the window and at the end of the run.

A window that is short compared with the longest lives is no steady state: the number of records depends on the
distribution of the lives, not only on their mean. With Poisson or even arrivals at rate λ, the mean number of records
at t is λ ∫₀ᵗ q(a) da, where q(a) is the probability that a migration has a record at its age a. The q of a source is
that of a record which exists from the beginning until the answer in time, the rest of the migration and the record's
life have passed. The q of a target begins when it evaluates the request. An Accept that comes after the detection
leaves the target's record for ever. The mean of a duration may be infinite.

Sources: M/G/∞, Takács, Introduction to the Theory of Queues (1962), section 3.2; truncation follows from its formula of
the transient mean.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

import numpy as np

from icnsim.scenario import Distribution
from icnsim.theory.convolution import CELLS, sum_of
from icnsim.theory.design import Parts
from icnsim.theory.integral import running_integral
from icnsim.theory.replies import Floats

MOST_TAILS: Final = 40
"""Routes with their own tails: each takes some milliseconds."""


@dataclass(frozen=True, slots=True, eq=False)
class Tail:
    """A migration's record on one side, by the age of the migration; arrays on a grid from 0 to the horizon.

    Attributes
    ----------
    step : of the grid, s. begun : P(it has begun). ended : P(a message has ended it).
    """

    step: float
    begun: Floats
    ended: Floats

    def held(self, ages: Floats, kept: Callable[[Floats], Floats]) -> Floats:
        """P(there is a record) at these ages; `kept` gives the probability that it is kept for a time after its end."""
        grid: Floats = np.arange(len(self.ended), dtype=np.float64) * self.step
        terminal = _sum(np.diff(self.ended, prepend=0.0), kept(grid))
        return self._at(self.begun - self.ended + terminal, ages)

    def gone(self, ages: Floats, retention: float, interval: float) -> Floats:
        """P(cleanup is due): the end's distribution, averaged over the life, which is uniform on [R, R + I)."""
        area = running_integral(self.ended, self.step)
        late, early = (self._at(area, np.maximum(0.0, ages - retention - more)) for more in (0.0, interval))
        due: Floats = (late - early) / interval
        return due

    def active(self, ages: Floats) -> Floats:
        """P(it is active)."""
        return self._at(self.begun - self.ended, ages)

    def _at(self, column: Floats, ages: Floats) -> Floats:
        found: Floats = np.interp(ages, np.arange(len(column), dtype=np.float64) * self.step, column)
        return found


@dataclass(frozen=True, slots=True, eq=False)
class TailedKind:
    """Records with such a tail; the figures are those of `RecordKind`.

    Attributes
    ----------
    rate : migrations that may have one, 1/s. life : mean terminal life, s.
    replaced : the rate at which its actor's next migration replaces a terminal one, 1/s.
    window : the time for which migrations arrive, and the horizon, s.
    """

    rate: float
    life: float
    tail: Tail
    replaced: float
    retention: float
    interval: float
    window: tuple[float, float]

    @property
    def scans(self) -> float:
        """Mean ticks that scan one, up to the horizon."""
        ages: Floats = np.arange(len(self.tail.begun), dtype=np.float64) * self.tail.step
        active = self.tail.active(ages)
        area = running_integral(active, self.tail.step)
        return self._over_arrivals(lambda left: np.interp(left, ages, area)) / self.interval

    def removals(self, retention: float) -> float:
        """The number that cleanup removes up to the horizon, per second of arrivals."""
        kept = math.exp(-self.replaced * retention)
        return self.rate * kept * self._over_arrivals(lambda left: self.tail.gone(left, retention, self.interval))

    def alive(self, ages: Floats) -> Floats:
        """P(one is held at an age of its migration)."""
        end = self.retention + self.interval
        return self.tail.held(
            ages,
            lambda since: np.clip((end - since) / self.interval, 0.0, 1.0) * np.exp(-self.replaced * since),
        )

    def unreplaced(self, ages: Floats) -> Floats:
        """P(one is held at an age of its migration) if no record is ever removed."""
        return self.tail.held(ages, lambda since: np.exp(-self.replaced * since))

    def _over_arrivals(self, figure: Callable[[Floats], Floats]) -> float:
        """The mean over the arrivals of a figure of the time that is left until the horizon."""
        arriving, horizon = self.window
        left: Floats = horizon - np.linspace(0.0, arriving, 401)
        return float(np.trapezoid(figure(left), left) / np.trapezoid(np.ones_like(left), left))


@lru_cache(maxsize=64)  # of half a MiB each
def tails(
    request: tuple[Distribution, ...],
    reply: tuple[Distribution, ...],
    rest: tuple[tuple[Distribution, ...], tuple[Distribution, ...]],
    limits: tuple[float, float, float],
) -> tuple[Tail, Tail]:
    """The source's record and the target's, of migrations whose target accepts.

    Parameters
    ----------
    request : up to the beginning of the target's record. reply : up to Accept's arrival. rest : from there to the end
    of the source's record and of the target's. All in µs.
    limits : timeout, interval and horizon, s; the timeout may be infinite.
    """
    timeout, interval, horizon = limits
    step = horizon / CELLS
    ages: Floats = np.arange(CELLS + 1, dtype=np.float64) * step
    begun = _function(request, horizon)
    answered: Floats = np.diff(_function(reply, horizon), prepend=0.0)
    answered = answered * np.clip((timeout + interval - ages) / interval, 0.0, 1.0)
    source, target = (np.cumsum(_sum(answered, np.diff(_function(part, horizon), prepend=0.0))) for part in rest)
    lost = 1 - answered.sum()
    return Tail(step, np.ones(CELLS + 1) - lost, source), Tail(step, begun, np.minimum(target, begun))


def _function(parts: Parts, horizon: float) -> Floats:
    """The distribution function of a sum of durations, µs, on the grid."""
    found = sum_of(parts, horizon * 1e6)
    function: Floats = (found.below + found.above) / 2
    return function


def _sum(first: Floats, second: Floats) -> Floats:
    """The probabilities of a sum of two independent durations on the grid."""
    length = 2 * len(first)
    both = np.fft.irfft(np.fft.rfft(first, length) * np.fft.rfft(second, length), length)
    found: Floats = np.maximum(both[: len(first)], 0.0)
    return found
