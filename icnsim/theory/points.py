"""Migrations by the phase of their next attempt: probabilities, and moments of times, at points of the phase."""

from typing import Final, NamedTuple

import numpy as np

from icnsim.theory.replies import Floats

PHASES: Final = 512
"""Points of a phase that is uniform."""


class Points(NamedTuple):
    """Migrations that begin an attempt: arrays over points of the phase.

    Attributes
    ----------
    phase : s. mass : probability. first, second : mass x moments of the time since the beginning, s, s².
    scans : mass x mean ticks that have scanned the source's record.
    """

    phase: Floats
    mass: Floats
    first: Floats
    second: Floats
    scans: Floats


def later(points: Points, share: Floats, moments: tuple[Floats, Floats]) -> tuple[Floats, Floats, Floats]:
    """Mass and moments after an independent time, of the cases in which the event happens.

    Parameters
    ----------
    share, moments : P(it happens) and E[time^k; it happens] at each point.
    """
    first, second = moments
    return (
        points.mass * share,
        points.first * share + times(points.mass, first),
        points.second * share + 2 * times(points.first, first) + times(points.mass, second),
    )


def times(share: Floats, moment: Floats) -> Floats:
    """The product; 0 if the share is 0, although the moment may be infinite."""
    return np.multiply(share, moment, out=np.zeros_like(share), where=share > 0)


def after_pause(ended: Points, shifts: Floats, pauses: Floats, interval: float) -> Points:
    """The attempts that begin after a pause: every point with every pause, all of equal probability.

    Parameters
    ----------
    shifts : added to the phase, s. pauses : added to the time, s.
    """
    count = len(pauses)
    mass = np.repeat(ended.mass, count) / count
    added = np.tile(pauses, len(ended.mass))
    first, second = np.repeat(ended.first, count) / count, np.repeat(ended.second, count) / count
    return Points(
        np.mod(np.add.outer(ended.phase, shifts).ravel(), interval),
        mass,
        first + mass * added,
        second + 2 * first * added + mass * added**2,
        np.repeat(ended.scans, count) / count,
    )


def merged(parts: list[Points], interval: float) -> Points:
    """All points in one array; many points are gathered in cells of the phase."""
    joined = Points(*(np.concatenate(columns) for columns in zip(*parts, strict=True)))
    if len(joined.mass) <= PHASES:
        return joined
    cells = np.minimum((joined.phase * (PHASES / interval)).astype(np.int64), PHASES - 1)
    mass, *moments = (np.bincount(cells, column, PHASES).astype(np.float64) for column in joined[1:])
    middle = (np.arange(PHASES, dtype=np.float64) + 0.5) * (interval / PHASES)
    phase = np.bincount(cells, joined.mass * joined.phase, PHASES)
    return Points(np.divide(phase, mass, out=middle, where=mass > 0), mass, *moments)
