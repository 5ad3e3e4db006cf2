"""The quorum: how many executors decide together, and what their results come to.

Several executors work out the same thing; each sends a result, a digest of what it found. As soon
as enough digests are identical there is a consensus; once no digest can get so many any more there
is a divergence. Who has not heard enough by the end of the window, and its grace, gives up: too few
results are insufficient, enough that do not agree a divergence. PROTOCOL section 6.

Hazard 20: a second result of one executor counts as if it were another executor's, and takes the
place of one. `one_vote_each` refuses it. Either way a tally knows who stands behind a digest: the
executors whose first result it is.
"""

import math
from collections import Counter
from collections.abc import Collection
from enum import Enum
from fractions import Fraction
from typing import Final

from icnsim.protocol.messages import Digest, ExecutorId

BY_CREDITS: Final = ((100, 1), (1_000, 2), (10_000, 3))
"""Fewer estimated credits than the first: so many executors."""
MOST: Final = 5
"""Executors for as many credits as the last of these, or more."""


def executors_for(credits: int) -> int:
    """How many executors decide what is estimated to cost so many credits."""
    return next((executors for below, executors in BY_CREDITS if credits < below), MOST)


def needed(executors: int, share: float) -> int:
    """How many of the executors must agree: ceil(executors x share).

    The share is taken for the decimal that it is written as: in floating point 25 x 0.28 is
    more than 7, and would ask for 8. Three executors with 0.67 need all three.
    """
    return math.ceil(executors * Fraction(repr(share)))


class Verdict(Enum):
    """What a tally has come to; all but the first are final."""

    WAITING = "waiting"
    CONSENSUS = "consensus"
    DIVERGENCE = "divergence"
    INSUFFICIENT = "insufficient"


class Tally:
    """The results of one decision.

    Parameters
    ----------
    voters : who is asked. needed : how many must agree.
    ends_at : the last instant at which a result counts, in the unit of the `now` of the calls.
    one_vote_each : whether a second result of one executor is refused.

    Attributes
    ----------
    verdict : what it has come to. agreed : the digest of a consensus.
    votes : results that have counted. double_votes : second results, whether or not they did.
    """

    __slots__ = (
        "_counts", "_ends_at", "_first", "_needed", "_one_vote_each", "_voters", "agreed", "double_votes", "verdict",
        "votes",
    )  # fmt: skip

    def __init__(
        self, voters: Collection[ExecutorId], needed: int, ends_at: int, *, one_vote_each: bool = True
    ) -> None:
        self._voters = frozenset(voters)
        self._needed = needed
        self._ends_at = ends_at
        self._one_vote_each = one_vote_each
        self._first: dict[ExecutorId, Digest] = {}
        self._counts: Counter[Digest] = Counter()
        self.verdict = Verdict.WAITING
        self.agreed: Digest | None = None
        self.votes = 0
        self.double_votes = 0

    @property
    def backers(self) -> int:
        """How many executors stand behind the consensus: it was their first result; 0 without one."""
        return sum(digest == self.agreed for digest in self._first.values())

    def receive(self, executor: ExecutorId, digest: Digest, now: int) -> Verdict:
        """Take in a result. One that is late, uncalled for, or comes after the verdict changes nothing."""
        if self.verdict is not Verdict.WAITING or now > self._ends_at or executor not in self._voters:
            return self.verdict
        if executor in self._first:
            self.double_votes += 1
            if self._one_vote_each:
                return self.verdict
        else:
            self._first[executor] = digest
        self.votes += 1
        self._counts[digest] += 1
        most = max(self._counts.values())
        if self._counts[digest] >= self._needed:
            self.verdict, self.agreed = Verdict.CONSENSUS, digest
        elif most + len(self._voters) - self.votes < self._needed:
            self.verdict = Verdict.DIVERGENCE
        return self.verdict

    def close(self) -> Verdict:
        """The end of the window and its grace has come."""
        if self.verdict is Verdict.WAITING:
            self.verdict = Verdict.INSUFFICIENT if self.votes < self._needed else Verdict.DIVERGENCE
        return self.verdict
