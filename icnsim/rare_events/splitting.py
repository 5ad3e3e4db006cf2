"""Importance splitting: computes the probability of a rare event as a product of probabilities that are not small.

Theory of operation. The event is that a score reaches a last level. Levels below it are chosen so that a share `SHARE`
of the runs that reach a level reach the next one. A repetition begins with independent runs. At every level it draws
some of the runs that reach the level, and starts a chain at each of them. A step of a chain proposes a changed run and
accepts it if this run also reaches the level. All states of all chains are the population of the level. The estimate
is the product of the shares of each population that reach the next level.

A pilot chooses the levels by quantiles and the sizes of the steps by the acceptance rate. The repetitions use the same
levels and sizes. Hence a repetition's estimate is unbiased, and the repetitions are independent. Their spread
determines the interval, even if the runs of one repetition depend on each other.

Sources: Au and Beck, "Estimation of small failure probabilities in high dimensions by subset simulation" (2001); Botev
and Kroese, "Efficient Monte Carlo simulation via the generalized splitting method" (2012), section 3, for the
unbiasedness with fixed levels; Cérou, Del Moral, Furon and Guyader (2012).
"""

import hashlib
import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final, Generic, Protocol, TypeVar

import numpy as np

SHARE: Final = 0.2
"""The share of a population that reaches the next level. It nearly minimises the product of cost and variance."""
STEPS: Final = 5
"""The number of states of each chain, 1 / SHARE. With it, a level needs as many runs as the population has."""
ACCEPTED: Final = 0.4
"""The acceptance rate that the pilot aims at."""
LEAST_STEP: Final = 0.02
MOST_LEVELS: Final = 30


class State(Protocol):
    """A state with a score, from which a nearby state can be proposed."""

    @property
    def score(self) -> float:
        """The nearness to the event; `math.inf` at the event."""


S = TypeVar("S", bound=State)


@dataclass(frozen=True, slots=True)
class Moves(Generic[S]):
    """The functions that make states.

    Attributes
    ----------
    begin : (seed) returns an independent state. move : (state, seed, step) returns a proposal. Without a level, the
        moves are reversible.
    """

    begin: Callable[[int], S]
    move: Callable[[S, int, float], S]


@dataclass(frozen=True, slots=True)
class Level:
    """A level and the size of the steps of its chains.

    Attributes
    ----------
    score : the score that a state must reach; `math.inf` is the event. step : in (0, 1]; not used at the event.
    """

    score: float
    step: float


@dataclass(frozen=True, slots=True)
class Pilot(Generic[S]):
    """The levels that the pilot chose, and its results.

    Attributes
    ----------
    levels : in ascending order; the last one is the event unless `stuck`.
    stuck : True if no run had a score above the last level.
    probability : a rough estimate, which is biased because the same runs determined the levels.
    independent, hits : the number of its independent runs, and how many of them showed the event.
    reached : for each level, the states of the preceding population that reach it.
    """

    levels: tuple[Level, ...]
    stuck: bool
    runs: int
    probability: float
    independent: int
    hits: int
    reached: tuple[tuple[S, ...], ...]


@dataclass(frozen=True, slots=True)
class Repetition:
    """The result of one repetition.

    Attributes
    ----------
    shares : the share of each population that reaches the next level, up to the first 0. runs : the number of runs.
    """

    shares: tuple[float, ...]
    runs: int

    def probability(self, levels: int) -> float:
        """The estimate of the probability that a run reaches the first `levels` levels."""
        reached = math.prod(self.shares[:levels])
        return reached if len(self.shares) >= levels else 0.0


def pilot(moves: Moves[S], size: int, seed: int) -> Pilot[S]:
    """Choose the levels and the sizes of the steps with a population of `size` states."""
    population = _begin(moves, size, seed)
    hits = sum(state.score == math.inf for state in population)
    runs, step, probability, levels = size, 1.0, 1.0, list[Level]()
    reached: list[tuple[S, ...]] = []
    while len(levels) < MOST_LEVELS:
        score = _next(population, levels[-1].score if levels else -math.inf)
        if score is None:
            break
        alive = [state for state in population if state.score >= score]
        probability *= len(alive) / len(population)
        reached.append(tuple(alive))
        if score == math.inf:
            return Pilot((*levels, Level(score, step)), False, runs, probability, size, hits, tuple(reached))
        at = f"{seed}/{len(levels)}"
        chains = _drawn(alive, size // STEPS, at)
        population = list(chains)
        for turn in range(1, STEPS):
            moved = _advance(moves, chains, score, step, f"{at}/{turn}")
            accepted = sum(new is not old for new, old in zip(moved, chains)) / len(chains)
            step = min(1.0, max(LEAST_STEP, step * math.exp(accepted - ACCEPTED)))
            chains = moved
            population += chains
        runs += len(chains) * (STEPS - 1)
        levels.append(Level(score, step))
    return Pilot(tuple(levels), True, runs, probability, size, hits, tuple(reached))


def repeat(moves: Moves[S], levels: tuple[Level, ...], size: int, seed: int) -> Repetition:
    """Run a repetition with fixed levels. Its probability is an unbiased estimate."""
    population = _begin(moves, size, seed)
    runs, shares = size, list[float]()
    for number, level in enumerate(levels):
        alive = [state for state in population if state.score >= level.score]
        shares.append(len(alive) / len(population))
        if not alive or number == len(levels) - 1:
            break
        at = f"{seed}/{number}"
        chains = _drawn(alive, size // STEPS, at)
        population = list(chains)
        for turn in range(1, STEPS):
            chains = _advance(moves, chains, level.score, level.step, f"{at}/{turn}")
            population += chains
        runs += len(chains) * (STEPS - 1)
    return Repetition(tuple(shares), runs)


def seed_of(path: str) -> int:
    """Returns a seed for one purpose, from 0 to 2⁶³ - 1."""
    return int.from_bytes(hashlib.sha256(path.encode()).digest()[:8], "little") >> 1


def _begin(moves: Moves[S], size: int, seed: int) -> list[S]:
    return [moves.begin(seed_of(f"{seed}/begin/{place}")) for place in range(size)]


def _drawn(alive: list[S], count: int, at: str) -> list[S]:
    """Returns `count` of the states. Each has the same expected number; only the remainder is random."""
    generator = np.random.Generator(np.random.Philox(key=seed_of(f"{at}/drawn")))
    whole, rest = divmod(count, len(alive))
    order = np.argsort(generator.random(len(alive)), kind="stable")[:rest]
    return alive * whole + [alive[place] for place in order.tolist()]


def _advance(moves: Moves[S], chains: list[S], score: float, step: float, at: str) -> list[S]:
    """Advance every chain by one step: to the proposal if it reaches the score; if not, the state stays."""
    proposals = (moves.move(state, seed_of(f"{at}/{place}"), step) for place, state in enumerate(chains))
    return [new if new.score >= score else old for new, old in zip(proposals, chains)]


def _next(population: list[S], present: float) -> float | None:
    """Returns the score that a share `SHARE` of the population reaches; None if no state is above the present score.

    If many states have the same score, it is the next higher score, so that every level excludes some states.
    """
    scores = sorted((state.score for state in population), reverse=True)
    wanted = scores[max(0, int(len(scores) * SHARE) - 1)]
    if wanted > present:
        return wanted
    return min((score for score in scores if score > present), default=None)
