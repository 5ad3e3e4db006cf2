"""Closed forms of the costs of the structures in which a manager finds old records (`manager.structure`).

Stays in tracked states begin at an executor as a Poisson process, λ a second. Each entry of a heap stays until the
first tick after its deadline, T after its beginning. Hence just before a tick the heap holds Poisson(λ (T + I))
entries, of which the tick takes out Poisson(λ I). By Mecke's formula, an entry that is taken out finds
1 + Poisson(λ (T + I)) of them. An insertion finds Poisson(λ (T + u)), where u is the time since the last tick, uniform
on (0, I].
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from icnsim.scenario.manager import Costs

MOST_LEVELS: Final = 60
POINTS: Final = 200


@dataclass(frozen=True, slots=True)
class Stay:
    """Stays in one tracked state.

    Attributes
    ----------
    rate : beginnings at one executor, 1/s. timeout : s. late : the share of them that time out.
    """

    rate: float
    timeout: float
    late: float


@dataclass(frozen=True, slots=True)
class Work:
    """The costs at one executor, µs a second: of detection, without what every tick costs, and of the upkeep."""

    detect: float
    upkeep: float


def levels_mean(mean: float) -> float:
    """Mean levels ⌈log₂(n + 1)⌉ of a heap of n = 1 + Poisson(mean) entries: the sum of P(n >= 2^k)."""
    from scipy.special import pdtrc

    return 1.0 + sum(float(pdtrc(2**k - 2, mean)) for k in range(1, MOST_LEVELS)) if mean else 1.0


def heap(stays: Sequence[Stay], interval: float, costs: Costs) -> Work:
    """Each stay is inserted once and taken out once; those that are late cost `detect`, too."""
    rate = sum(stay.rate for stay in stays)
    held = sum(stay.rate * stay.timeout for stay in stays)
    late = sum(stay.rate * stay.late for stay in stays)
    since = (np.arange(POINTS) + 0.5) * (interval / POINTS)
    inserting = sum(levels_mean(held + rate * u) for u in since.tolist()) / POINTS
    removing = levels_mean(held + rate * interval)
    return Work(rate * removing * costs.compare + late * costs.detect, rate * inserting * costs.compare)


def wheel(stays: Sequence[Stay], interval: float, costs: Costs) -> Work:
    """Each stay is inserted, and deleted if it ends in time; the slot that each tick visits is an additional cost."""
    late = sum(stay.rate * stay.late for stay in stays)
    moved = sum(stay.rate * (2 - stay.late) for stay in stays)
    return Work(late * costs.detect, moved * costs.link)


STRUCTURES: Final = {"heap": heap, "wheel": wheel}
