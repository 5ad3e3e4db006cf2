"""The interface of an estimator, which learns a timeout from observations."""

from typing import Protocol


class Estimator(Protocol):
    """Learns the timeout of one kind of question."""

    def observe(self, elapsed: int, /) -> None:
        """An answer came after this many ms."""

    def suspect(self, since: int, now: int, /) -> None:
        """A question of `since` was given up at `now`, ms."""

    def timeout(self, fixed: int, /) -> int:
        """The timeout, ms: the longest wait that is not yet overdue; `fixed` while there are too few observations."""

    @property
    def numbers(self) -> int:
        """The number of values that it keeps."""
