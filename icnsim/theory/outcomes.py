"""The outcomes of migrations and of their attempts: probabilities and moments, which `attempts` computes."""

import math
from dataclasses import dataclass, field

from icnsim.elementary.digits import chance
from icnsim.theory.replies import Floats
from icnsim.theory.routes import Route

NEGLIGIBLE = 1e-12
"""The probability below which a case is left out."""


@dataclass(slots=True)
class Flow:
    """The attempts on one route, expected per migration, by their fate."""

    attempts: float = 0.0
    completed: float = 0.0
    rejected: float = 0.0
    timed_out: float = 0.0
    stuck: float = 0.0
    """Active for ever, after an Accept."""
    mistaken: float = 0.0
    """Timed out although the target was willing."""
    late: float = 0.0
    """Accepted after the detection; the target's record then stays."""
    stranded: float = 0.0
    """The target's record stays because Accept or Complete is lost."""
    unacknowledged: float = 0.0
    """The target has the actor, but its Ack is lost."""


@dataclass(slots=True)
class End:
    """Migrations that end with the attempt of a number on a route, in one outcome.

    Attributes
    ----------
    mass : their probability. The others are sums of means, mass x mean.
    first : the time from the beginning to the end, s. scans : ticks that scan the source's record.
    wait : from R after the end to the removal, s, of a record that a message has ended.
    """

    mass: float = 0.0
    first: float = 0.0
    scans: float = 0.0
    wait: float = 0.0


@dataclass(slots=True)
class Moments:
    """The probability that a time exists, and the sums of its first two moments, s and s²."""

    mass: float = 0.0
    first: float = 0.0
    second: float = 0.0

    def add(self, mass: float, first: float, second: float) -> None:
        """Add a case with that probability."""
        self.mass, self.first, self.second = self.mass + mass, self.first + first, self.second + second

    @property
    def mean(self) -> float | None:
        """The mean, given that the time exists; None if it never does."""
        return self.first / self.mass if self.mass > NEGLIGIBLE else None

    @property
    def variance(self) -> float | None:
        """The variance, given that the time exists."""
        mean = self.mean
        return None if mean is None else max(0.0, self.second / self.mass - mean * mean)


@dataclass(slots=True)
class Outcomes:
    """The results of the chain; probabilities and means per migration.

    Attributes
    ----------
    reason : why the results are unknown; None if they are known. uneven : why only the outcomes are known, and
        not the times of retries.
    began : for each number of an attempt, from 1, the probability that a migration has it.
    ends : by route, number of the attempt and outcome.
    duration, total : of completed migrations, the time of the last attempt and of all attempts.
    detection : of correct suspicions, the time from the request to the suspicion. mistake : of mistakes that an answer
        ends, the time from the suspicion to the answer, of which only the mean is known.
    evenly : expected detections per migration with a delay that is uniform on (0, J], see `looking`.
    latencies, masses : points of the delays of the others, s, and the expected detections at each.
    """

    reason: str | None = None
    uneven: str | None = None
    flows: dict[Route, Flow] = field(default_factory=dict)
    began: list[float] = field(default_factory=list)
    ends: dict[tuple[Route, int, str], End] = field(default_factory=dict)
    duration: Moments = field(default_factory=Moments)
    total: Moments = field(default_factory=Moments)
    detection: Moments = field(default_factory=Moments)
    mistake: Moments = field(default_factory=Moments)
    evenly: float = 0.0
    latencies: list[Floats] = field(default_factory=list)
    masses: list[Floats] = field(default_factory=list)

    def of_attempts(self, which: str) -> float:
        """Expected attempts per migration, by a field of `Flow`."""
        return chance(math.fsum(getattr(flow, which) for flow in self.flows.values()))

    def of_migrations(self, outcome: str) -> float:
        """The probability that a migration ends in that outcome."""
        return chance(math.fsum(end.mass for (_, _, name), end in self.ends.items() if name == outcome))

    @property
    def willing(self) -> float:
        """Expected attempts per migration whose target, if the request reaches it, accepts."""
        return chance(math.fsum(flow.attempts * route.accepts for route, flow in self.flows.items()))
