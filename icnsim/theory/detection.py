"""The delay from deadline to detection: its moments, and the quantiles that a run of some detections shows.

A detection at a random phase is uniform on (0, I]. A retry that follows a time-out begins at a known time after a tick,
so its delay depends on the pause. If an answer may come between deadline and detection, it prevents the detection, so
short delays are more frequent: the density at u is in proportion to P(no answer by T + u).

A run has n detections, and its quantiles and its maximum are functions of the sample. The j-th of n sorted values is,
on average, near the quantile j/(n + 1), which is exact for a uniform distribution. The quantile of type 8 for a share p
is at the place (n + 1/3) p + 1/3, at most n, and the maximum at n. So the maximum of n uniform delays has the mean
I n/(n + 1). Sources: David and Nagaraja, Order Statistics (2003), section 2.2; Hyndman and Fan (1996).
"""

import math
from typing import Final

import numpy as np

from icnsim.theory import design
from icnsim.theory.outcomes import Outcomes
from icnsim.theory.replies import Floats

STEPS: Final = 2000
"""The number of points of the grid on which the distribution function is inverted."""
SHARES: Final = (50, 95, 99)


class Delays:
    """The distribution of the delays of a scenario's detections.

    Parameters
    ----------
    outcomes : of its migrations. interval : s.
    """

    def __init__(self, outcomes: Outcomes, interval: float) -> None:
        self._interval, self._evenly = interval, outcomes.evenly
        nothing: list[Floats] = [np.zeros(0)]
        latency = np.concatenate([*outcomes.latencies, *nothing])
        mass = np.concatenate([*outcomes.masses, *nothing])
        order = np.argsort(latency, kind="stable")
        self._latency, self._mass = latency[order], mass[order]
        self.expected = self._evenly + float(mass.sum())

    @property
    def mean(self) -> float:
        """Mean, s."""
        return (
            self._evenly * design.detection_latency_mean(self._interval) + float(self._mass @ self._latency)
        ) / self.expected

    @property
    def std(self) -> float:
        """Standard deviation, s."""
        even = design.detection_latency_variance(self._interval) + design.detection_latency_mean(self._interval) ** 2
        square = self._evenly * even + float(self._mass @ self._latency**2)
        return math.sqrt(max(0.0, square / self.expected - self.mean**2))

    def quantile(self, percent: int, count: float) -> float:
        """Mean of the quantile of type 8 of a run with this number of detections, s."""
        place = min(max((count + 1 / 3) * percent / 100 + 1 / 3, 1.0), count)
        return self._at(place / (count + 1))

    def maximum(self, count: float) -> float:
        """Mean of the largest of this number of detections, s: ∫ (1 - Fⁿ) over (0, I]."""
        if not len(self._mass):
            return self._interval * count / (count + 1)
        grid, shares = self._function()
        return float(np.trapezoid(1 - shares**count, grid))

    def _at(self, share: float) -> float:
        if not len(self._mass):
            return design.detection_latency_quantile(self._interval, share)
        grid, shares = self._function()
        return float(np.interp(share, shares, grid))

    def _function(self) -> tuple[Floats, Floats]:
        """The distribution function on a grid."""
        grid: Floats = np.linspace(0.0, self._interval, STEPS + 1)
        cumulated = np.concatenate([[0.0], np.cumsum(self._mass)])
        points = cumulated[np.searchsorted(self._latency, grid, side="right")]
        return grid, np.minimum(1.0, (points + self._evenly * grid / self._interval) / self.expected)
