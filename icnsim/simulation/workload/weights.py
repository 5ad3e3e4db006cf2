"""Draws another executor by weight."""

from bisect import bisect_right
from itertools import accumulate

from icnsim.protocol.messages import ExecutorId
from icnsim.scenario import Scenario


class Weights:
    """The weights of all executors as targets.

    Attributes
    ----------
    each : the weight of each executor.
    """

    __slots__ = ("_cumulative", "each")

    def __init__(self, scenario: Scenario) -> None:
        self.each = [float(group.weight) for group in scenario.group_of_each]
        self._cumulative = list(accumulate(self.each))

    def other(self, u: float, source: ExecutorId) -> ExecutorId:
        """Another executor than the source by weight, for a uniform u: one draw over the other executors' weights."""
        cumulative, own = self._cumulative, self.each[source]
        place = u * (cumulative[-1] - own)
        if place >= cumulative[source] - own:
            place += own
        target = bisect_right(cumulative, place)
        if target >= len(cumulative) or target == source:
            # Rounding of the sums has put the draw on the source or beyond the end.
            target = next(k for k, weight in enumerate(self.each) if weight and k != source)
        return ExecutorId(target)
