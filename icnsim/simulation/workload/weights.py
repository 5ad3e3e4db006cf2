"""Draws an executor by weight. A drained executor has the weight 0."""

from bisect import bisect_right
from collections.abc import Collection, Sequence
from itertools import accumulate

from icnsim.protocol.messages import ExecutorId
from icnsim.scenario import Scenario
from icnsim.simulation.executors.executor import Executor
from icnsim.simulation.hooks import Hooks


class Weights:
    """The weights of all executors as targets.

    Attributes
    ----------
    each : the weight of each executor. above_0 : the executors whose weight is above 0.
    """

    __slots__ = ("_cumulative", "_usual", "above_0", "each")

    def __init__(self, scenario: Scenario, hooks: Hooks) -> None:
        self._usual = [float(group.weight) for group in scenario.group_of_each]
        self._set(list(self._usual))
        hooks.drain_began.append(self._drained)
        hooks.drain_ended.append(self._back)

    def _set(self, weights: list[float]) -> None:
        self.each = weights
        self.above_0 = [ExecutorId(number) for number, weight in enumerate(weights) if weight]
        self._cumulative = list(accumulate(weights))

    def _drained(self, executor: Executor) -> None:
        self._set([0.0 if number == executor.id else weight for number, weight in enumerate(self.each)])

    def _back(self, executor: Executor) -> None:
        usual = self._usual[executor.id]
        self._set([usual if number == executor.id else weight for number, weight in enumerate(self.each)])

    def other(self, u: float, source: ExecutorId) -> ExecutorId | None:
        """Another executor than the source by weight, for a uniform u: one draw over the other executors' weights.

        None if no other executor has a weight above 0.
        """
        cumulative, own = self._cumulative, self.each[source]
        place = u * (cumulative[-1] - own)
        if place >= cumulative[source] - own:
            place += own
        target = bisect_right(cumulative, place)
        if target >= len(cumulative) or target == source:
            # Rounding of the sums has put the draw on the source or beyond the end.
            return next((k for k in self.above_0 if k != source), None)
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
