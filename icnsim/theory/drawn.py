"""Mean and variance of the draws of a distribution, which are whole µs and last a century at most.

A draw is the value X, cut at L = 100 years and rounded to the nearest whole µs (`draws.streams.whole`). With the tail
G(x) = P(X > x), the mean of the draws is the sum of G(k + 1/2) over k = 0, 1, … below L, and the mean of their squares
is the sum of (2k + 1) G(k + 1/2). For X exponential with mean m these are geometric series: the mean is
1 / (2 sinh(1 / 2m)), which is 0.9595 for m = 1 µs.

The sums are midpoint rules of the integrals of G and of 2x G. Their error is G'/24 at the ends, which is at most
1 / 24m for the distributions here. Above a mean of `FINE` it is less than 10⁻⁸ of the mean, and the moments of X itself
are used, less the part beyond L. Source: Euler and Maclaurin's formula for the midpoint rule.
"""

import math
from functools import lru_cache
from typing import Final

import numpy as np
from numpy.typing import NDArray

from icnsim.scenario.composite import Empirical, Mixture, Scaled
from icnsim.scenario.distributions import Distribution, Exponential, Pareto
from icnsim.scenario.units import LONGEST_US

Floats = NDArray[np.float64]
FINE: Final = 10_000.0
"""The mean, µs, above which rounding changes the moments by less than 10⁻⁸ of themselves."""
TERMS: Final = 1 << 17
"""Terms of the sums; beyond them the integrals take over."""
PANELS: Final = 400
"""Panels of the quadrature of a tail, of equal width in the logarithm."""
NODES: Final = 8
FARTHEST: Final = 40.0
"""The logarithm of the distance, in centuries, up to which the part beyond a century is integrated."""


def drawn_mean(distribution: Distribution) -> float:
    """Mean of the draws, in the unit of the distribution (µs); infinite if the mean of the distribution is."""
    return _moments(distribution)[0]


def drawn_variance(distribution: Distribution) -> float:
    """Variance of the draws, µs²; infinite if the variance of the distribution is."""
    mean, square = _moments(distribution)
    return math.inf if math.isinf(square) else max(0.0, square - mean * mean)


@lru_cache(maxsize=4096)
def _moments(distribution: Distribution) -> tuple[float, float]:
    """The means of the draws and of their squares."""
    if distribution.constant is not None:
        value = float(min(LONGEST_US, round(distribution.constant)))
        return value, value * value
    if isinstance(distribution, Empirical):
        values = np.rint(np.minimum(np.array(distribution.values), LONGEST_US))
        return math.fsum(values.tolist()) / len(values), math.fsum((values * values).tolist()) / len(values)
    if isinstance(distribution, Mixture):
        total = math.fsum(distribution.weights)
        parts = [
            (weight / total, _moments(part))
            for part, weight in zip(distribution.parts, distribution.weights, strict=True)
            if weight
        ]
        return math.fsum(share * m for share, (m, _) in parts), math.fsum(share * s for share, (_, s) in parts)
    if isinstance(distribution, Scaled):  # a draw is scaled after it is rounded
        mean, square = _moments(distribution.part)
        return mean * distribution.factor, square * distribution.factor**2
    if distribution.mean() <= FINE:
        return _rounded(distribution)
    return _cut(distribution)


def _rounded(distribution: Distribution) -> tuple[float, float]:
    """The moments by the sums, term by term where rounding matters."""
    if isinstance(distribution, Exponential):
        rate = 1 / distribution.mean_value
        first = math.exp(-rate / 2) / -math.expm1(-rate)
        return first, first * (1 + math.exp(-rate)) / -math.expm1(-rate)
    places: Floats = np.arange(TERMS, dtype=np.float64)
    tail = 1 - distribution.cdf(places + 0.5)
    mean, square = _beyond(distribution, TERMS, math.log(LONGEST_US / TERMS))
    if math.isinf(distribution.variance()):
        return float(tail.sum()) + mean, math.inf
    return float(tail.sum()) + mean, float(((2 * places + 1) * tail).sum()) + square


def _cut(distribution: Distribution) -> tuple[float, float]:
    """The moments of the distribution, less what its values beyond a century add to them."""
    mean, variance = distribution.mean(), distribution.variance()
    if math.isinf(mean):
        return math.inf, math.inf
    lost, lost_square = _beyond(distribution, LONGEST_US, FARTHEST)
    square = math.inf if math.isinf(variance) else variance + mean * mean - lost_square
    return mean - lost, square


def _beyond(distribution: Distribution, start: float, logarithm: float) -> tuple[float, float]:
    """The integrals of G(x) and of 2x G(x) from `start` to start x e^logarithm; to infinity beyond a century."""
    if isinstance(distribution, Pareto):
        return _beyond_of_pareto(distribution, start, LONGEST_US if start < LONGEST_US else math.inf)
    if float(distribution.cdf(np.array([start]))[0]) >= 1:
        return 0.0, 0.0
    nodes, weights = np.polynomial.legendre.leggauss(NODES)
    width = logarithm / PANELS
    places = (np.arange(PANELS)[:, None] + (nodes + 1) / 2) * width
    x = start * np.exp(places)
    each = (1 - distribution.cdf(x)) * x * weights * (width / 2)
    return float(each.sum()), float((2 * x * each).sum())


def _beyond_of_pareto(pareto: Pareto, start: float, end: float) -> tuple[float, float]:
    """The integrals in closed form, because the tail is below the precision of 1 - F long before it is negligible."""

    def integral(order: int) -> float:
        """The integral of x^(order - 1) G(x) from `start` to `end`."""
        power = order - pareto.alpha
        if math.isinf(end) and power >= 0:
            return math.inf
        if power == 0:
            return pareto.minimum**order * math.log(end / start)
        return ((0.0 if math.isinf(end) else primitive(end, order)) - primitive(start, order)) / power

    def primitive(x: float, order: int) -> float:
        return math.pow(pareto.minimum / x, pareto.alpha) * math.pow(x, order)

    return integral(1), 2 * integral(2)
