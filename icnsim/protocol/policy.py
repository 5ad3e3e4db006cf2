"""Decides when and where an executor sends an actor, and when a target accepts it (PROTOCOL section 5).

Loads are shares of an executor's capacity, localities are the shares of an actor's blobs that
an executor holds, and trust is from 0 to 1.
"""

from collections.abc import Iterable
from typing import Final, NamedTuple

MIB: Final = 1024 * 1024

MAX_QUEUE: Final = 20
"""A target with more tasks than this in its queue refuses. With exactly this number, it accepts."""


def refusal(memory_bytes: int, queue: float, size_bytes: int) -> str | None:
    """The reason why a target refuses an actor with a state of that size; None if it accepts.

    It refuses when its free memory in whole MiB is less than the state's whole MiB, or when more than 20 tasks are
    queued (PROTOCOL section 5, *Accept*).
    """
    if memory_bytes // MIB < size_bytes // MIB:
        return "not enough memory"
    if queue > MAX_QUEUE:
        return "queue too long"
    return None


LOAD_WEIGHT: Final = 0.4 * 10
LOCALITY_WEIGHT: Final = 0.6 * 10
TRUST_WEIGHT: Final = 0.5

MS_PER_MIB: Final = 10
"""The estimated time to move a whole MiB of state."""

LOAD_BALANCING: Final = "LoadBalancing"
LOCALITY_OPTIMIZATION: Final = "LocalityOptimization"


class Thresholds(NamedTuple):
    """The thresholds of a policy."""

    load_above: float = 0.8
    locality_below: float = 0.5
    candidate_load_below: float = 0.8 * 0.8
    minimum_trust: float = 0.3
    minimum_score: float = 3.0
    locality_gain: float = 0.3


class Own(NamedTuple):
    """An executor and one of its actors: its load, the actor's locality there, and whether the actor has blobs."""

    load: float
    locality: float
    has_blobs: bool


class Candidate(NamedTuple):
    """Another executor, as the source sees it."""

    executor: int
    load: float
    locality: float
    trust: float


class Choice(NamedTuple):
    """The target of an actor, and the reason for the move."""

    executor: int
    score: float
    reason: str


def is_triggered(own: Own, thresholds: Thresholds) -> bool:
    """Whether the default policy looks for a target: the load is too high, or the blobs are elsewhere."""
    return own.load > thresholds.load_above or (own.has_blobs and own.locality < thresholds.locality_below)


def score(own: Own, other: Candidate) -> float:
    """The score of a target: 0.4·10·(own load - theirs) + 0.6·10·(their locality - own) + 0.5·trust."""
    nearer = LOCALITY_WEIGHT * (other.locality - own.locality) if own.has_blobs else 0.0
    return LOAD_WEIGHT * (own.load - other.load) + nearer + TRUST_WEIGHT * other.trust


def best(own: Own, others: Iterable[Candidate], thresholds: Thresholds) -> Choice | None:
    """The first of the candidates with the highest score; None if no candidate is trusted and has room."""
    found: Choice | None = None
    reason = LOAD_BALANCING if own.load > thresholds.load_above else LOCALITY_OPTIMIZATION
    for other in others:
        if other.trust >= thresholds.minimum_trust and other.load < thresholds.candidate_load_below:
            reached = score(own, other)
            if found is None or reached > found.score:
                found = Choice(other.executor, reached, reason)
    return found


def default(own: Own, others: Iterable[Candidate], thresholds: Thresholds) -> Choice | None:
    """The decision of the default policy; None if the actor stays."""
    if not is_triggered(own, thresholds):
        return None
    found = best(own, others, thresholds)
    return found if found is not None and found.score >= thresholds.minimum_score else None


def locality_first(own: Own, others: Iterable[Candidate], thresholds: Thresholds) -> Choice | None:
    """The first of the executors with most of the actor's blobs, if it is trusted and
    the locality gain is large enough; None if the actor stays.

    The score is the gain in locality.
    """
    if not own.has_blobs:
        return None
    most = max(others, key=lambda other: other.locality, default=None)
    if most is None or most.trust < thresholds.minimum_trust:
        return None
    gain = most.locality - own.locality
    return Choice(most.executor, gain, LOCALITY_OPTIMIZATION) if gain >= thresholds.locality_gain else None


def estimated_ms(size_bytes: int) -> int:
    """The estimated time of a migration: 10 ms for each whole MiB of state."""
    return size_bytes // MIB * MS_PER_MIB
