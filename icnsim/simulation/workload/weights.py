"""Draws an executor by weight."""

from bisect import bisect_right
from collections.abc import Collection, Sequence
from itertools import accumulate

from icnsim.protocol.messages import ExecutorId
from icnsim.scenario import Scenario


class Weights:
    """The weights of all executors as targets.

    Attributes
    ----------
    each : the weight of each executor. above_0 : the executors whose weight is above 0.
    """

    __slots__ = ("_cumulative", "above_0", "each")

    def __init__(self, scenario: Scenario) -> None:
        self.each = [float(group.weight) for group in scenario.group_of_each]
        self.above_0 = [ExecutorId(number) for number, weight in enumerate(self.each) if weight]
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
            return next(k for k in self.above_0 if k != source)
        return ExecutorId(target)

    def one_of(self, candidates: Sequence[ExecutorId], u: float) -> ExecutorId:
        """One of some executors by weight, for a uniform u. Their weights are above 0."""
        cumulative = list(accumulate(self.each[candidate] for candidate in candidates))
        return candidates[bisect_right(cumulative, u * cumulative[-1])]

    def others(self, source: ExecutorId, left_out: Collection[ExecutorId]) -> list[ExecutorId]:
        """The executors whose weight is above 0, without the source and those that are left out."""
        return [other for other in self.above_0 if other != source and other not in left_out]

    def are_all(self, source: ExecutorId, found: Collection[ExecutorId]) -> bool:
        """Whether these are all executors, other than the source, whose weight is above 0."""
        own = int(self.each[source] > 0)
        return len(self.above_0) - own <= sum(other != source and self.each[other] > 0 for other in found)
