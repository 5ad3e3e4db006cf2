"""The trust of one executor in the others: from 0 to 1, learned from their answers."""

from collections.abc import Callable

from icnsim.protocol.messages import ExecutorId


class Opinions:
    """One executor's trust in the others.

    Parameters
    ----------
    initial : gives the trust in an executor before its first answer.
    """

    __slots__ = ("_initial", "_learned")

    def __init__(self, initial: Callable[[ExecutorId], float]) -> None:
        self._initial = initial
        self._learned: dict[ExecutorId, float] = {}

    def of(self, other: ExecutorId) -> float:
        """The trust in another executor."""
        learned = self._learned.get(other)
        return self._initial(other) if learned is None else learned

    def learn(self, other: ExecutorId, change: float) -> None:
        """Add a change to the trust in it, within [0, 1]. The sum is in decimals, like the thresholds in a scenario."""
        self._learned[other] = min(1.0, max(0.0, round(self.of(other) + change, 12)))
