"""The detectors that learn the time until an answer: adaptive, chen and phi-accrual.

Theory of operation. A source waits for its peer in two states: in Requesting for Accept or Reject, and in Transferring
for Ack. Each answer is an observation of the length of that stay. Each state has its own observations, and each target
has its own too unless `by` is "all". An estimator turns them into a timeout. The fixed timeout applies until there are
enough observations, and in the states that wait for no peer.

An answer that comes after the suspicion counts as well. `suspicions` recognizes it, and `watch` says which answers
count.

The timeout of a record is decided when it enters the state. Later observations do not change it.
"""

from collections.abc import Callable
from typing import ClassVar, Final

from icnsim.protocol.detectors.detector import Detector
from icnsim.protocol.detectors.estimator import Estimator
from icnsim.protocol.messages import BROADCAST, ExecutorId
from icnsim.protocol.record import MigrationRecord, Role
from icnsim.protocol.states import State

WAITING: Final = (State.REQUESTING, State.TRANSFERRING)
"""The states in which a source waits for its peer's answer."""


class Learning(Detector):
    """A detector with an estimator for each state and, unless all targets are learned together, each target.

    Parameters
    ----------
    estimator : makes an estimator without observations. apart : whether it learns about each target separately.

    Attributes
    ----------
    samples : the number of observations, over all crashes.
    """

    __slots__ = ("_apart", "_estimator", "_estimators", "_most", "samples")

    fixed: ClassVar[bool] = False
    learns: ClassVar[bool] = True

    def __init__(self, estimator: Callable[[], Estimator], *, apart: bool) -> None:
        self._estimator, self._apart = estimator, apart
        self._estimators: dict[tuple[State, ExecutorId], Estimator] = {}
        self.samples = self._most = 0

    def deadline(self, record: MigrationRecord, timeout: int, now: int) -> int:
        if record.role is Role.SOURCE and record.state in WAITING:
            estimator = self._estimators.get(self._key(record.state, record.peer))
            if estimator is not None:
                timeout = estimator.timeout(timeout)
        return record.since + timeout + 1

    def answered(self, state: State, peer: ExecutorId, elapsed: int) -> None:
        self.samples += 1
        self._of(state, peer).observe(max(0, elapsed))

    def suspected(self, record: MigrationRecord, now: int) -> None:
        if record.role is Role.SOURCE and record.state in WAITING:
            self._of(record.state, record.peer).suspect(record.since, now)

    def forget(self) -> None:
        self._most = self.numbers
        self._estimators.clear()

    @property
    def numbers(self) -> int:
        """The number of values that the estimators keep, or kept before a crash if that was more."""
        return max(self._most, sum(estimator.numbers for estimator in self._estimators.values()))

    def _key(self, state: State, peer: ExecutorId) -> tuple[State, ExecutorId]:
        return state, peer if self._apart else BROADCAST

    def _of(self, state: State, peer: ExecutorId) -> Estimator:
        key = self._key(state, peer)
        estimator = self._estimators.get(key)
        if estimator is None:
            estimator = self._estimators[key] = self._estimator()
        return estimator
