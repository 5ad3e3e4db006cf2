"""The number of replications that a point needs for the requested precision.

Sequential stopping with relative precision (Law, Simulation Modeling and Analysis, section
9.4.1): the number is raised until the 95 % interval's half-width of every named metric is
below the requested share of its estimate. Between looks the number grows to the estimate from
the current spread, at most twofold, so that few looks are needed. Stopping at a look makes
the final interval cover somewhat less than 95 % when the least number is small.
"""

import math
from dataclasses import dataclass

import numpy as np

from icnsim.scenario.variation import SweepOf
from icnsim.sweeps.statistics import Floats, estimate, interval


@dataclass(frozen=True, slots=True)
class Precision:
    """The request: the share, the metrics, and the most replications."""

    share: float
    metrics: tuple[str, ...]
    most: int

    @classmethod
    def of(cls, sweep: SweepOf) -> "Precision | None":
        """The request of a sweep; None without a precision."""
        return None if sweep.precision is None else cls(sweep.precision, sweep.metrics, sweep.max_replications)

    def reached(self, found: Floats) -> bool:
        """Whether every metric has the requested precision, of replications × figures."""
        widths = [relative_half_width(metric, found) for metric in self.metrics]
        return all(width is not None and width <= self.share for width in widths)

    def wanted(self, found: Floats) -> int:
        """The number of replications that are needed; the present number if they are enough.

        Parameters
        ----------
        found : replications × figures so far, as `statistics.matrix` has them.
        """
        have = len(found)
        if have >= self.most or np.isnan(found).all():  # more replications that always fail give no information
            return have
        needed = max(self._needed(metric, found) for metric in self.metrics)
        if needed <= have:
            return have
        most = min(self.most, 2 * have)
        return most if needed >= most else math.ceil(needed)

    def _needed(self, metric: str, found: Floats) -> float:
        """Replications that one metric will need, by its present spread; infinite if it is unknown."""
        width = relative_half_width(metric, found)
        if width is None:
            return math.inf
        times = width / self.share
        return 0 if times <= 1 else max(len(found) + 1, len(found) * (times * times))


def relative_half_width(metric: str, figures: Floats) -> float | None:
    """Half of a metric's 95 % interval over its estimate; None without an interval, or if only the estimate is 0."""
    low, high = interval(metric, figures)
    if math.isnan(low):
        return None
    half = (high - low) / 2
    middle = abs(estimate(metric, figures))
    if half == 0:
        return 0.0
    return half / middle if middle else None
