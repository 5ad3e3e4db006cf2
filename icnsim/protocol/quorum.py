"""The quorum: the number of executors that decide together, and the verdict of their results.

Several executors compute the same result, and each sends its digest. With an *early* verdict, there is a consensus
as soon as enough digests are identical, and a divergence as soon as no digest can reach that number. If neither has
happened when the window and its grace have passed, too few results are insufficient, and enough results that do not
agree are a divergence (PROTOCOL section 6). With a late verdict, the verdict is made when the last result arrives; a
result within the grace counts only if it is the last one, and a missing result makes the vote insufficient (section 9).

Hazard 20: a second result of one executor counts as if it were another executor's, and takes the place of one.
`one_vote_each` refuses it. In both cases a tally has the backers of a digest: the executors whose first result it is.
"""

import math
from collections import Counter
from collections.abc import Collection
from enum import Enum
from fractions import Fraction
from typing import Final

from icnsim.protocol.messages import Digest, ExecutorId

BY_CREDITS: Final = ((100, 1), (1_000, 2), (10_000, 3))
"""Upper bounds of the estimated credits, each with its number of executors."""
MOST: Final = 5
"""The number of executors for credits of at least the last bound."""


def executors_for(credits: int) -> int:
    """The number of executors that decide about an estimated cost in credits."""
    return next((executors for below, executors in BY_CREDITS if credits < below), MOST)


def needed(executors: int, share: float) -> int:
    """The number of executors that must agree: ceil(executors x share).

    The share is the decimal that the scenario contains. In floating point, 25 x 0.28 is more than 7, which would give
    8. Three executors with 0.67 need all three.
    """
    return math.ceil(executors * Fraction(repr(share)))


class Verdict(Enum):
    """The verdict of a tally; all verdicts except the first are final."""

    WAITING = "waiting"
    CONSENSUS = "consensus"
    DIVERGENCE = "divergence"
    INSUFFICIENT = "insufficient"


class Tally:
    """The results of one decision.

    Parameters
    ----------
    voters : the executors that are asked. needed : the number that must agree.
    ends_at : the last instant at which a result counts, in the unit of the `now` of the calls.
    one_vote_each : whether a second result of one executor is refused.
    early : whether the verdict may precede the last result.
    grace : the part of the time until `ends_at` in which a result is late.

    Attributes
    ----------
    verdict : the verdict. agreed : the digest of a consensus.
    votes : results that have counted. double_votes : second results, counted or refused.
    """

    __slots__ = (
        "_counts", "_early", "_ends_at", "_first", "_late_after", "_needed", "_one_vote_each", "_voters", "agreed",
        "double_votes", "verdict", "votes",
    )  # fmt: skip

    def __init__(
        self,
        voters: Collection[ExecutorId],
        needed: int,
        ends_at: int,
        *,
        one_vote_each: bool = True,
        early: bool = True,
        grace: int = 0,
    ) -> None:
        self._voters = frozenset(voters)
        self._needed = needed
        self._ends_at = ends_at
        self._one_vote_each = one_vote_each
        self._early = early
        self._late_after = ends_at if early else ends_at - grace
        self._first: dict[ExecutorId, Digest] = {}
        self._counts: Counter[Digest] = Counter()
        self.verdict = Verdict.WAITING
        self.agreed: Digest | None = None
        self.votes = 0
        self.double_votes = 0

    @property
    def backers(self) -> int:
        """The number of executors whose first result was the digest of the consensus; 0 without a consensus."""
        return sum(digest == self.agreed for digest in self._first.values())

    def receive(self, executor: ExecutorId, digest: Digest, now: int) -> Verdict:
        """Count a result. A result that is too late, of another executor, or after the verdict changes nothing."""
        if self.verdict is not Verdict.WAITING or now > self._ends_at or executor not in self._voters:
            return self.verdict
        if now > self._late_after and self.votes + 1 < len(self._voters):
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
        if not self._early and self.votes < len(self._voters):
            return self.verdict
        if not self._early and most >= self._needed:
            digest = next(one for one, count in self._counts.items() if count == most)
        if self._counts[digest] >= self._needed:
            self.verdict, self.agreed = Verdict.CONSENSUS, digest
        elif most + len(self._voters) - self.votes < self._needed:
            self.verdict = Verdict.DIVERGENCE
        return self.verdict

    def close(self) -> Verdict:
        """The window and its grace have passed."""
        if self.verdict is Verdict.WAITING:
            self.verdict = Verdict.INSUFFICIENT if self._missing() else Verdict.DIVERGENCE
        return self.verdict

    def _missing(self) -> bool:
        """Whether too few results have arrived for a verdict."""
        return self.votes < (self._needed if self._early else len(self._voters))
