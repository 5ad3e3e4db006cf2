"""The interface of every detector. A detector gives the time at which a waiting record is too old.

A manager has one detector for each set of parameters that its settings name. With `Poll` the manager's own ticks find
the records that are too old. All other detectors give each record a *deadline* when it enters a tracked state, and the
manager asks its driver to check the record then (`Port.watch`).

Times are whole ms. A record is too old when it is strictly older than its timeout. So its deadline is the first ms at
which its age exceeds the timeout.
"""

from collections.abc import Callable
from typing import ClassVar, NamedTuple

from icnsim.protocol.detectors.estimator import Estimator
from icnsim.protocol.detectors.heartbeats import Rule
from icnsim.protocol.messages import ExecutorId
from icnsim.protocol.record import MigrationRecord
from icnsim.protocol.states import State


class Parameters(NamedTuple):
    """The kind of a detector and the parameters of that kind; the others have their defaults here. Times in ms.

    `tick` is the time between two ticks of a wheel. `margin`, `alpha`, `threshold`, `window`, `minimum`, `min_std`,
    `pause` and `distribution` belong to the detectors that learn. `by` is "target" if they learn about each target
    separately, and "all" if they learn about all targets together. `heartbeat` is the time between two heartbeats of
    each executor from which `chen` and `phi-accrual` learn; with 0 they learn from answers. `estimator` makes the
    estimators of a kind that is not built-in; equal functions must make equal estimators.
    """

    kind: str = "poll"
    tick: int = 0
    margin: float = 0
    alpha: int = 0
    threshold: float = 0
    window: int = 0
    minimum: int = 0
    min_std: int = 0
    pause: int = 0
    distribution: str = ""
    by: str = ""
    heartbeat: int = 0
    estimator: Callable[[], Estimator] | None = None


class Detector:
    """A detector with the fixed timeout of the record's state; its subclasses define when it checks a record.

    Attributes
    ----------
    polls : whether the manager's ticks scan the records.
    fixed : whether equal timeouts give equal times until the deadline.
    learns : whether the manager passes it the answers and the suspicions.
    samples : the number of answers that it has learned from. numbers : the most values that it has kept for that.
    tick : the time between two ticks of the detector's wheel, ms; 0 without a wheel.
    rule : decides from the heartbeats of a peer when it is suspected; None if the detector does not use heartbeats.
    """

    __slots__ = ()

    polls: ClassVar[bool] = False
    fixed: ClassVar[bool] = True
    learns: ClassVar[bool] = False
    tick: int = 0
    rule: Rule | None = None
    samples: int = 0

    @property
    def numbers(self) -> int:
        return 0

    def deadline(self, record: MigrationRecord, timeout: int, now: int) -> int:
        """The first ms at which a record is too old, by the clock of `record.since`.

        Parameters
        ----------
        record : has been in its state since `record.since`.
        timeout : the fixed timeout of the state, ms. now : ms.
        """
        return record.since + timeout + 1

    def hold(self, record: MigrationRecord) -> None:
        """The record waits until `record.deadline`."""

    def release(self, record: MigrationRecord) -> None:
        """The record does not wait any more; nothing happens if it did not wait."""

    def advance(self, reading: int) -> list[MigrationRecord]:
        """The wheel ticks at that reading of the monotonic clock, ms: the records that have reached their deadlines."""
        return []

    def answered(self, state: State, peer: ExecutorId, elapsed: int) -> None:
        """A peer has answered the question of a state after this many ms, before or after the suspicion."""

    def suspected(self, record: MigrationRecord, now: int) -> None:
        """The record is given up, in the state that it entered at `record.since`."""

    def forget(self) -> None:
        """A crash: everything that is in memory is lost."""
