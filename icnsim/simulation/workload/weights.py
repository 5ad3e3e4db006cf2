"""Draws an executor by weight, with the stable choices of `draws.stable`. A drained executor has the weight 0."""

from array import array
from collections.abc import Collection, Sequence

from icnsim.draws.lottery import Lottery, among
from icnsim.draws.streams import Floats, packed
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

    __slots__ = ("_chosen", "_drains", "_groups", "_lottery", "_met", "_usual", "above_0", "each")

    def __init__(self, scenario: Scenario, hooks: Hooks) -> None:
        self._groups = scenario.executors
        self._lottery = Lottery(scenario.executors, [group.weight for group in scenario.executors])
        self._chosen, self._met, self._drains = array("q"), array("Q"), 0
        self._usual = [float(group.weight) for group in scenario.group_of_each]
        self._set(list(self._usual))
        hooks.drain_began.append(self._drained)
        hooks.drain_ended.append(self._back)

    def _set(self, weights: list[float]) -> None:
        self.each = weights
        self.above_0 = [ExecutorId(number) for number, weight in enumerate(weights) if weight]

    def _drained(self, executor: Executor) -> None:
        self._lottery.bar(executor.id)
        self._drains += 1
        self._set([0.0 if number == executor.id else weight for number, weight in enumerate(self.each)])

    def _back(self, executor: Executor) -> None:
        self._lottery.lift(executor.id)
        self._drains -= 1
        usual = self._usual[executor.id]
        self._set([usual if number == executor.id else weight for number, weight in enumerate(self.each)])

    def other(self, u: float, source: ExecutorId, failed: Collection[ExecutorId] = ()) -> ExecutorId | None:
        """An executor by weight for a key u, without the source and the failed ones; None if no executor is left."""
        found = self._lottery.draw(u, (source, *failed))
        return None if found is None else ExecutorId(found)

    def prepare(self, keys: Floats) -> None:
        """Make the choices of the first rows together, which takes a tenth of the time of single choices."""
        found = among(self._groups, [float(group.weight) for group in self._groups], keys)
        self._chosen, self._met = packed(found.chosen), array("Q", found.met.tobytes())

    def of_row(self, row: int, u: float, source: ExecutorId) -> ExecutorId | None:
        """The result of `other` for the key `u` of a row, without failed targets."""
        if row < len(self._met) and not self._drains and not (self._met[row] >> (source & 63)) & 1:
            return ExecutorId(self._chosen[row])
        return self.other(u, source)

    def one_of(self, candidates: Sequence[ExecutorId], u: float) -> ExecutorId:
        """One of some executors by weight, for a key u. Their weights are above 0."""
        return ExecutorId(self._lottery.one_of(candidates, u))

    def others(self, source: ExecutorId, left_out: Collection[ExecutorId]) -> list[ExecutorId]:
        """The executors whose weight is above 0, without the source and the omitted ones."""
        return [other for other in self.above_0 if other != source and other not in left_out]
