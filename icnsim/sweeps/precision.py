"""How many replications a point needs until its figures are as precise as is asked.

Sequential stopping with relative precision (Law, Simulation Modeling and Analysis, section
9.4.1): the number is raised until the 95 % interval's half-width of every named metric is
below the asked share of its estimate. Between looks the number grows to what the present
spread lets expect, at most twofold, so that few looks are needed. Stopping at a look makes
the final interval cover somewhat less than 95 % when the least number is small.
"""

import math
from dataclasses import dataclass

import numpy as np

from icnsim.scenario.variation import SweepOf
from icnsim.sweeps.statistics import Floats, estimate, interval


@dataclass(frozen=True, slots=True)
class Precision:
    """The requested precision: the share, the metrics, and the largest number of replications."""

    share: float
    metrics: tuple[str, ...]
    most: int

    @classmethod
    def of(cls, sweep: SweepOf) -> "Precision | None":
        """Returns the precision of a sweep, or None."""
        return None if sweep.precision is None else cls(sweep.precision, sweep.metrics, sweep.max_replications)

    def reached(self, found: Floats) -> bool:
        """Whether every metric is as precise as is asked, of replications × figures."""
        widths = [relative_half_width(metric, found) for metric in self.metrics]
        return all(width is not None and width <= self.share for width in widths)

    def wanted(self, found: Floats) -> int:
        """How many replications there should be; as many as there are where they are enough.

        Parameters
        ----------
        found : replications × figures so far, as `statistics.matrix` has them.
        """
        have = len(found)
        if have >= self.most or np.isnan(found).all():  # more of what always fails tell nothing
            return have
        needed = max(self._needed(metric, found) for metric in self.metrics)
        if needed <= have:
            return have
        most = min(self.most, 2 * have)
        return most if needed >= most else math.ceil(needed)

    def _needed(self, metric: str, found: Floats) -> float:
        """Replications that one metric will need, by its present spread; infinite where nothing is known."""
        width = relative_half_width(metric, found)
        if width is None:
            return math.inf
        return 0 if width <= self.share else max(len(found) + 1, len(found) * (width / self.share) ** 2)


def relative_half_width(metric: str, figures: Floats) -> float | None:
    """Half of a metric's 95 % interval over its estimate; None where one of them does not exist, or is 0 and unsure."""
    low, high = interval(metric, figures)
    if math.isnan(low):
        return None
    half = (high - low) / 2
    middle = abs(estimate(metric, figures))
    if half == 0:
        return 0.0
    return half / middle if middle else None
