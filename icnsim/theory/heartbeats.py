"""The quality of service of detectors that watch one process by its heartbeats: NFD-S, and NFD-E by approximation.

The process sends heartbeat i at i η. Each is lost with the probability p_L, or arrives after a delay D; all are
independent. NFD-S (section 3.2 of the paper) has the freshness points τ_i = i η + δ. From τ_i to τ_(i+1) it trusts the
process if heartbeat i or a later one has arrived. So at τ_i + x, 0 <= x < η, it suspects a process that is up with the
probability u(x), the product over j = 0 … ⌈δ/η⌉ of

    p_j(x) = p_L + (1 - p_L) P(D > δ + x - j η),

and a mistake begins at τ_i with the probability p_S = q_0 u(0), where heartbeat i - 1 has arrived before τ_i with
q_0 = (1 - p_L) P(D < δ + η). (Proposition 3.)

NFD-U and NFD-E replace the clock of the sender by expected arrival times EA_i and suspect from EA_i + α on. If EA_i is
exact, this is NFD-S with δ = E(D) + α (section 6.2). NFD-E estimates EA_i from the last n arrivals (section 6.3), so
the forms hold for many arrivals.

Source: Chen, Toueg and Aguilera 2002, "On the quality of service of failure detectors", IEEE Transactions on Computers
51(5). All times are in s.
"""

import math
from collections.abc import Callable
from typing import Final, NamedTuple

import numpy as np

from icnsim.theory.design import Floats

POINTS: Final = 20_001
"""Points of the integral over a period."""


class Quality(NamedTuple):
    """The quality of service of a heartbeat detector; times in s.

    Attributes
    ----------
    detection_time_most : the upper bound of T_D. detection_time_mean : the upper bound of E(T_D).
    mistake_recurrence : E(T_MR), infinite without mistakes. mistake_duration : E(T_M), 0 without mistakes.
    query_accuracy : P_A.
    """

    detection_time_most: float
    detection_time_mean: float
    mistake_recurrence: float
    mistake_duration: float
    query_accuracy: float


def nfd_s(every: float, margin: float, loss: float, later: Callable[[Floats], Floats]) -> Quality:
    """The quality of service of NFD-S.

    Parameters
    ----------
    every : η. margin : δ. loss : p_L. later : P(D > x) of some x; 1 for a negative x.

    T_D <= δ + η, E(T_MR) = η / p_S and E(T_M) = ∫ u / p_S over (0, η) (Theorem 5); P_A = 1 - E(T_M) / E(T_MR)
    (Theorem 1), which is 1 - ∫ u / η. A crash at a random time within a period is detected δ + η - U later at most,
    with U uniform on (0, η), hence E(T_D) <= δ + η/2. Assumes a process that sends on time.
    """
    x: Floats = np.linspace(0.0, every, POINTS)
    suspects = np.ones_like(x)
    for number in range(math.ceil(margin / every) + 1):
        suspects *= loss + (1 - loss) * later(margin + x - number * every)
    area = float(np.trapezoid(suspects, x))
    begins = (1 - loss) * float(1 - later(np.array([margin + every]))[0]) * float(suspects[0])
    return Quality(
        margin + every,
        margin + every / 2,
        every / begins if begins else math.inf,
        area / begins if begins else 0.0,
        1 - area / every,
    )


def nfd_e(every: float, alpha: float, loss: float, later: Callable[[Floats], Floats], mean: float) -> Quality:
    """The quality of service of NFD-U, and of NFD-E if it knows many arrivals: NFD-S with δ = E(D) + α.

    Parameters
    ----------
    alpha : α. mean : E(D). See `nfd_s` for the others.
    """
    return nfd_s(every, mean + alpha, loss, later)
