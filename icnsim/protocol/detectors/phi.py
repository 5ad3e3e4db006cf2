"""The suspicion level φ of the accrual failure detector, and the time at which it reaches a threshold.

φ is −log10 of the probability that a peer which is alive would still be silent: a threshold of 8 means that the
distribution gives one such silence in 10^8.

Sources: Hayashibara, Défago, Yared and Katayama, "The φ accrual failure detector" (SRDS 2004). The normal distribution
is the logistic approximation of Akka's `PhiAccrualFailureDetector`, 1 / (1 + exp(−y (1.5976 + 0.070566 y²))) with
y = (t − mean) / deviation. The exponential one is φ = t / mean / ln 10, as in Cassandra's `ArrivalWindow` and
`FailureDetector.PHI_FACTOR` (CASSANDRA-2597).

The deadline. No deadline depends on the last bit of `exp` or of a logarithm. With x = y (1.5976 + 0.070566 y²), φ is
log10(1 + exp(x)). So φ reaches a threshold θ where x reaches ln(10^θ − 1), which is computed once for each θ in decimal
arithmetic. All later operations are rounded correctly everywhere.
"""

from decimal import Context, Decimal
from functools import lru_cache
from math import ceil
from typing import Final

from icnsim.elementary.single import exp, log1p

LN10: Final = 2.302585092994046
PHI_FACTOR: Final = 1 / LN10
"""Cassandra's factor between t / mean and φ."""
SLOPE: Final = 1.5976
CUBIC: Final = 0.070566
"""The coefficients of the logistic approximation."""
FURTHEST: Final = 32.0
"""A normal quantile of every threshold up to 300 is nearer to 0 than this number of deviations."""


def normal_phi(elapsed: float, mean: float, deviation: float) -> float:
    """φ after a silence of `elapsed`, for silences with a normal distribution; all in one unit.

    This is log10(1 + exp(x)). Akka's code has two branches for it. They lose precision where exp(x) is below 10^−16,
    and have no finite value where exp(−x) underflows (x above 745).
    """
    x = logistic_exponent((elapsed - mean) / deviation)
    if x > 0:
        return (x + log1p(exp(-x))) / LN10
    return log1p(exp(x)) / LN10


def exponential_phi(elapsed: float, mean: float) -> float:
    """φ after a silence of `elapsed`, for silences with an exponential distribution; the mean is above 0."""
    return elapsed / mean * PHI_FACTOR


def logistic_exponent(y: float) -> float:
    """The exponent x of the logistic approximation at y deviations; it rises with y, after rounding too."""
    return y * (SLOPE + CUBIC * y * y)


@lru_cache(maxsize=64)
def normal_quantile(threshold: float) -> float:
    """The least number of deviations above the mean at which the normal φ is at least the threshold."""
    level = Decimal(threshold)
    context = Context(prec=50 + max(0, -level.adjusted()))
    exponent = float(context.ln(context.subtract(context.power(Decimal(10), level), Decimal(1))))
    below, reached = -FURTHEST, FURTHEST
    while below < (middle := (below + reached) / 2) < reached:
        if logistic_exponent(middle) >= exponent:
            reached = middle
        else:
            below = middle
    return reached


def first_normal(threshold: float, mean: float, deviation: float) -> int:
    """The first whole time at which the normal φ is at least the threshold; it may be negative."""
    quantile = normal_quantile(threshold)
    time = ceil(mean + quantile * deviation)
    while (time - 1 - mean) / deviation >= quantile:
        time -= 1
    while (time - mean) / deviation < quantile:
        time += 1
    return time


def first_exponential(threshold: float, mean: float) -> int:
    """The first whole time at which the exponential φ is at least the threshold; 1 if the mean is 0."""
    if mean <= 0:
        return 1
    time = ceil(threshold * LN10 * mean)
    while exponential_phi(time - 1, mean) >= threshold:
        time -= 1
    while exponential_phi(time, mean) < threshold:
        time += 1
    return time
