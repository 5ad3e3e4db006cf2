"""The inverse of the gamma distribution: the same bits on every machine, and the same for one number as for a column.

Theory of operation. Let x be the quantile of the gamma distribution with shape a at the probability Φ(z), and
y = ln(x / a). Newton's method computes y at the nodes of a grid of z. The power series of the lower tail and the
continued fraction of the upper tail give Φ(z) for a y. Because z is a convex function of y, iterations that begin
above a root descend to it. The derivatives of y(z) follow from the density, so a polynomial of degree 5 is known
between each two nodes. The grid is made finer until the polynomials are exact to `TOLERANCE` between the nodes. Then a
draw costs a normal quantile, one polynomial and one exponential.

Shapes of `LARGE` and more need no grid, because an asymptotic expansion is accurate to 10⁻¹³. With shapes below
`SMALLEST` every quantile is 0: a larger value has a probability below 10⁻⁹.

Sources: Abramowitz and Stegun, *Handbook of Mathematical Functions*, 6.1.40, 6.5.29 and 6.5.31; the start above
the root is the bound of Laurent and Massart (2000), lemma 1; Temme (1992), "Asymptotic inversion of incomplete gamma
functions".
"""

import math
from collections.abc import Sequence
from functools import lru_cache
from typing import Final, NamedTuple

import numpy as np

from icnsim.elementary import single
from icnsim.elementary.columns import Floats, exp, expm1, log, normal

REACH: Final = 9.0
"""The grid is from −9 to 9. Uniforms other than 0 are within ±8.3."""
COARSEST: Final = 16
"""The nodes of a unit of z in the first grid."""
FINEST: Final = 256
"""The fineness that no grid has; for shapes below 0.001, rounding errors of the tails are above the tolerance."""
TOLERANCE: Final = 1e-12
"""The error of ln(x / a) in the middle of a piece: relative if it is above 1, absolute otherwise."""

LARGE: Final = 1e4
"""Shapes from which the expansion is used: standard deviations of at most 1 % of the mean."""
SMALLEST: Final = 1e-12
STIRLING_FROM: Final = 10
STIRLING: Final = (1 / 12, -1 / 360, 1 / 1260, -1 / 1680, 1 / 1188, -691 / 360360, 1 / 156)
HALF_LOG_2_PI: Final = 0.9189385332046727
NEGLIGIBLE: Final = 2.0**-54
BELOW_ONE: Final = 1 - 2.0**-53
MOST_TERMS: Final = 5000
MOST_STEPS: Final = 30
CLOSE: Final = 1e-9
"""The error of z before a step of Newton's method that makes it exact, because errors are squared."""

RATIO: Final = (1.0, 1.0, 1 / 3, 1 / 36, -1 / 270, 1 / 4320, 1 / 17010, -139 / 5443200, 1 / 204120)
"""The coefficients of λ in powers of η, where η² / 2 = λ − 1 − ln λ. Source: Temme (1992)."""
FIRST: Final = (-1 / 3, 1 / 36, 1 / 1620, -7 / 6480, 5 / 18144, -11 / 382725)
SECOND: Final = (-7 / 405, -7 / 2592, 533 / 204120)
"""The coefficients of the terms with 1/a and 1/a² of η in powers of its first term. Source: Temme (1992)."""


class Grid(NamedTuple):
    """A piecewise polynomial.

    Attributes
    ----------
    fineness : pieces of a unit of z. coefficients : of each piece, in ascending order; shape (6, pieces).
    """

    fineness: int
    coefficients: Floats


def of_mean_one(shape: float, u: Floats) -> Floats:
    """The quantiles of the gamma distribution with this shape and mean 1, at probabilities in [0, 1].

    The relative error is below 10⁻¹¹ for shapes from 0.01 on.
    """
    z = normal(u)
    if shape < SMALLEST:
        return np.zeros_like(z)
    if shape >= LARGE:
        return np.where(z > -np.inf, _expanded(shape, np.clip(z, -REACH, REACH)), 0.0)
    found = exp(_at(_grid(shape), np.clip(z, -REACH, REACH)))
    return np.where(z > -np.inf, found, 0.0)


def _at(grid: Grid, z: Floats) -> Floats:
    """The values of the polynomial for z within the grid."""
    place = (z + REACH) * grid.fineness
    piece = np.minimum(place.astype(np.int64), grid.coefficients.shape[1] - 1)
    place -= piece
    found: Floats = grid.coefficients[-1].take(piece)
    for coefficient in grid.coefficients[-2::-1]:
        found *= place
        found += coefficient.take(piece)
    return found


@lru_cache(maxsize=256)
def _grid(shape: float) -> Grid:
    """The coarsest grid whose polynomials agree with the solution in the middle of each piece."""
    fineness = COARSEST
    nodes = _nodes(fineness)
    values = _solved(shape, nodes, _above(shape, nodes))
    while True:
        grid = _interpolated(shape, fineness, nodes, values)
        fineness *= 2
        nodes = _nodes(fineness)
        guesses = _at(grid, nodes[1::2])
        middles = _solved(shape, nodes[1::2], guesses)
        if fineness == FINEST or np.all(np.abs(guesses - middles) <= TOLERANCE * np.maximum(1.0, np.abs(middles))):
            return grid
        both = np.empty_like(nodes)
        both[::2], both[1::2] = values, middles
        values = both


def _nodes(fineness: int) -> Floats:
    count = round(2 * REACH) * fineness
    nodes: Floats = np.arange(count + 1) / fineness - REACH
    return nodes


def _interpolated(shape: float, fineness: int, z: Floats, y: Floats) -> Grid:
    """Hermite's polynomials of degree 5 between the nodes."""
    slope = _slope(shape, z, y)
    bend = slope * (shape * expm1(y) * slope - z)
    step = 1 / fineness
    first, second = slope * step, bend * (step * step / 2)
    a, b, c = y[:-1], first[:-1], second[:-1]
    # The polynomial of degree 2 at the left node differs at the right node by these: the value, and two derivatives.
    value = y[1:] - (a + b + c)
    rise = first[1:] - (b + 2 * c)
    curve = second[1:] - c
    return Grid(
        fineness,
        np.array([a, b, c, 10 * value - 4 * rise + curve, -15 * value + 7 * rise - 2 * curve,
                  6 * value - 3 * rise + curve]),
    )  # fmt: skip


def _above(shape: float, z: Floats) -> Floats:
    """A number above the y of each z."""
    positive = np.maximum(z, 0.0)
    tail = positive * (positive + 1) / 2 + 1  # at least −ln Φ(−z)
    return log((shape + np.sqrt(2 * shape * tail) + tail) / shape)


def _solved(shape: float, z: Floats, y: Floats) -> Floats:
    """The y of each z by Newton's method, from numbers that are above it or near it."""
    for _ in range(MOST_STEPS):
        now = _normal_of(shape, y)
        y = y + (z - now) * _slope(shape, now, y)
        if np.all(np.abs(z - now) < CLOSE):
            break
    return y


def _slope(shape: float, z: Floats, y: Floats) -> Floats:
    """dy/dz: the density of z over that of y."""
    slope: Floats = exp(-0.5 * z * z - HALF_LOG_2_PI - single.log(shape) - _log_term(shape, y))
    return slope


def _normal_of(shape: float, y: Floats) -> Floats:
    """The z of each y, from the smaller tail."""
    x, term = shape * exp(y), exp(_log_term(shape, y))
    low = x < shape + 1
    z = np.empty_like(y)
    z[low] = normal(np.minimum(term[low] * _series(shape, x[low]), BELOW_ONE))
    z[~low] = -normal(shape * term[~low] * _fraction(shape, x[~low]))
    return z


def _log_term(shape: float, y: Floats) -> Floats:
    """ln of xᵃ e⁻ˣ / Γ(a + 1)."""
    return shape * (y - expm1(y)) + _log_middle(shape)


@lru_cache(maxsize=256)
def _log_middle(shape: float) -> float:
    """ln of aᵃ e⁻ᵃ / Γ(a + 1), by Stirling's series; small shapes are increased by the recurrence of Γ."""
    if shape >= STIRLING_FROM:
        square, series = shape * shape, 0.0
        for term in reversed(STIRLING):
            series = series / square + term
        return -0.5 * single.log(shape) - HALF_LOG_2_PI - series / shape
    larger = shape + STIRLING_FROM
    product = math.prod(shape + n for n in range(1, STIRLING_FROM + 1))
    log_gamma = larger * single.log(larger) - larger - _log_middle(larger) - single.log(product)
    return shape * single.log(shape) - shape - log_gamma


def _series(shape: float, x: Floats) -> Floats:
    """The lower tail over xᵃ e⁻ˣ / Γ(a + 1)."""
    term, total = np.ones_like(x), np.ones_like(x)
    for n in range(1, MOST_TERMS):
        term *= x / (shape + n)
        total += term
        if np.all(term < NEGLIGIBLE * total):
            break
    return total


def _fraction(shape: float, x: Floats) -> Floats:
    """The upper tail over xᵃ e⁻ˣ / Γ(a), by Lentz's method."""
    b = x + (1 - shape)
    d = 1 / b
    found, c = d.copy(), np.full_like(x, np.inf)
    for n in range(1, MOST_TERMS):
        a = n * (shape - n)
        b = b + 2
        d = 1 / (b + a * d)
        c = b + a / c
        factor = c * d
        found *= factor
        if np.all(np.abs(factor - 1) <= 4 * NEGLIGIBLE):
            break
    return found


def _expanded(shape: float, z: Floats) -> Floats:
    """x / a by the expansion for large shapes."""
    first = z / math.sqrt(shape)
    eta = first + _polynomial(FIRST, first) / shape + _polynomial(SECOND, first) / (shape * shape)
    return _polynomial(RATIO, eta)


def _polynomial(coefficients: Sequence[float], x: Floats) -> Floats:
    found = np.full_like(x, coefficients[-1])
    for coefficient in coefficients[-2::-1]:
        found = found * x + coefficient
    return found
