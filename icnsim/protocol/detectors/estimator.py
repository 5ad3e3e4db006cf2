"""The interface of an estimator, which learns a timeout from observations."""

from typing import Protocol


class Estimator(Protocol):
    """Learns the timeout of one kind of question."""

    def observe(self, elapsed: int, /) -> None:
        """An answer came after this many ms."""

    def suspect(self, since: int, now: int, /) -> None:
        """A question of `since` was given up at `now`, ms."""

    def timeout(self, fixed: int, /) -> int:
        """The longest wait that is not too long, ms; `fixed` while there are too few observations."""

    @property
    def numbers(self) -> int:
        """How many numbers it keeps."""
