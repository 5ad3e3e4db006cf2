"""The curve of a detector, detection time against query accuracy, and the interpolation between its measured points.

Runs are pooled: the detection time of a point is the mean over all detections of its runs, and its share of mistakes is
mistakes / trials, where a trial is a request to a willing, reachable target. A point without a mistake counts as half a
mistake, so that a run of n trials never shows an accuracy above 1 - 1/(2n).

Between two neighbouring points the logarithm of the share of mistakes is a straight line over the detection time. The
curve never leaves the range that was measured. All points have the same seeds, so the interval of any quantity of one
or two curves is a jackknife over the replications, which are left out on all curves together (Miller 1974, "The
jackknife - a review").
"""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from itertools import pairwise
from typing import Final

import numpy as np
from numpy.typing import NDArray

from icnsim.elementary.single import exp, log
from icnsim.elementary.sums import deviation
from icnsim.statistics import intervals
from icnsim.statistics.intervals import LEVEL, WIDEST

Floats = NDArray[np.float64]
Rows = NDArray[np.int64]

UNSEEN: Final = 0.5
"""Mistakes that a point without a mistake counts as."""
SHARE_DIGITS: Final = 12
"""Decimal digits of a difference of shares."""


class Reach(StrEnum):
    """Whether the measured range of a curve includes a wanted value."""

    WITHIN = "within"
    NOT_REACHED = "not reached"
    """No measured point, and nothing between two of them, is as good as wanted."""
    AT_MOST = "at most"
    """The fastest measured point is better than wanted, so that a faster setting may do."""
    AT_LEAST = "at least"
    """The slowest measured point is faster than wanted, so that a slower setting may be better."""


@dataclass(frozen=True, slots=True)
class Counts:
    """The detections and the mistakes of the runs of one detector, points × replications.

    Attributes
    ----------
    delays : sums of detection times, s. detections : their number.
    mistakes : suspicions of willing, reachable targets. trials : requests to such targets.
    """

    delays: Floats
    detections: Floats
    mistakes: Floats
    trials: Floats

    def points(self, rows: Rows) -> tuple[Floats, Floats]:
        """The detection time, s, and the share of mistakes of each point over some replications; NaN if unknown."""
        delays, detections, mistakes, trials = (
            column[:, rows].sum(axis=1) for column in (self.delays, self.detections, self.mistakes, self.trials)
        )
        with np.errstate(invalid="ignore", divide="ignore"):
            time = np.where(detections > 0, delays / detections, np.nan)
            share = np.where(trials > 0, np.maximum(mistakes, UNSEEN) / trials, np.nan)
        return time, share

    @property
    def replications(self) -> int:
        """The number of replications."""
        return int(self.trials.shape[1])

    def only(self, point: int) -> "Counts":
        """The counts of one point."""
        rows = slice(point, point + 1)
        return Counts(self.delays[rows], self.detections[rows], self.mistakes[rows], self.trials[rows])


@dataclass(frozen=True, slots=True)
class Found:
    """A quantity with its interval.

    Attributes
    ----------
    value : NaN if it is not reached. low, high : 95 % interval; NaN without an interval.
    """

    reach: Reach
    value: float
    low: float
    high: float


def time_at(time: Floats, share: Floats, wanted: float) -> tuple[Reach, float]:
    """Return the shortest detection time, s, at which the share of mistakes is at most `wanted`.

    Parameters
    ----------
    time, share : of the points along the curve, in the order of the parameter.
    """
    time, share = _known(time, share)
    found = [float(t) for t, q in zip(time, share) if q <= wanted]
    for (t0, t1), (q0, q1) in zip(pairwise(time), pairwise(share)):
        if (q0 > wanted) != (q1 > wanted):
            found.append(float(t0 + (t1 - t0) * (log(wanted) - log(q0)) / (log(q1) - log(q0))))
    if not found:
        return Reach.NOT_REACHED, math.nan
    best = min(found)
    return Reach.AT_MOST if best <= time.min() else Reach.WITHIN, best


def share_at(time: Floats, share: Floats, wanted: float) -> tuple[Reach, float]:
    """Return the smallest share of mistakes at a detection time of at most `wanted` seconds."""
    time, share = _known(time, share)
    found = [float(q) for t, q in zip(time, share) if t <= wanted]
    for (t0, t1), (q0, q1) in zip(pairwise(time), pairwise(share)):
        if (t0 > wanted) != (t1 > wanted):
            found.append(exp(log(q0) + (log(q1) - log(q0)) * float((wanted - t0) / (t1 - t0))))
    if not found:
        return Reach.NOT_REACHED, math.nan
    return Reach.AT_LEAST if time.max() < wanted else Reach.WITHIN, min(found)


def _known(time: Floats, share: Floats) -> tuple[Floats, Floats]:
    there = ~(np.isnan(time) | np.isnan(share))
    return time[there], share[there]


def estimated(quantity: Callable[[Rows], tuple[Reach, float]], replications: int) -> Found:
    """Estimate a quantity of the replications, such as a difference, with its jackknife interval.

    Parameters
    ----------
    quantity : of the replications with these numbers.

    There is no interval with one replication, if the quantity is not reached without one of the replications, or
    if it is equal without each of them.
    """
    every = np.arange(replications)
    reach, value = quantity(every)
    if replications < 2 or math.isnan(value):
        return Found(reach, value, math.nan, math.nan)
    left = np.array([quantity(np.delete(every, row))[1] for row in every])
    # Student's interval of the pseudo-values n θ - (n - 1) θ₍₋ᵢ₎, around the estimate itself.
    spread = deviation((replications - 1) * left) if not np.isnan(left).any() else math.nan
    half = intervals.half_width(spread, replications, LEVEL) if spread > 0 else math.nan
    return Found(reach, value, value - half, value + half)


def positive(quantity: Callable[[Rows], tuple[Reach, float]], replications: int) -> Found:
    """Estimate a quantity above 0, with the interval of its logarithm, so that neither end is negative.

    There is no interval if its ends would differ from the value by more than the factor `WIDEST`: two replications
    that differ much give an interval from milliseconds to weeks. See `estimated` for the other reasons.
    """

    def logarithm(rows: Rows) -> tuple[Reach, float]:
        reach, value = quantity(rows)
        return reach, log(value)

    found = estimated(logarithm, replications)
    value = quantity(np.arange(replications))[1]
    if found.high - found.value > log(WIDEST):
        return Found(found.reach, value, math.nan, math.nan)
    return Found(found.reach, value, exp(found.low), exp(found.high))


def time_of(counts: Counts, wanted: Callable[[Rows], float]) -> Found:
    """The detection time at a share of mistakes, which may be a quantity of the same replications."""
    return positive(lambda rows: time_at(*counts.points(rows), wanted(rows)), counts.replications)


def share_of(counts: Counts, wanted: Callable[[Rows], float]) -> Found:
    """The share of mistakes at a detection time, which may be a quantity of the same replications."""
    found = positive(lambda rows: share_at(*counts.points(rows), wanted(rows)), counts.replications)
    return Found(found.reach, found.value, found.low, found.high if math.isnan(found.high) else min(1.0, found.high))


def time_saved(counts: Counts, reference: Counts, wanted: Callable[[Rows], float]) -> Found:
    """The detection time of a curve at a share of mistakes less that of a reference with one point."""

    def quantity(rows: Rows) -> tuple[Reach, float]:
        reach, value = time_at(*counts.points(rows), wanted(rows))
        return reach, value - float(reference.points(rows)[0][0])

    return estimated(quantity, counts.replications)


def share_saved(counts: Counts, reference: Counts, wanted: Callable[[Rows], float]) -> Found:
    """The share of mistakes of a curve at a detection time less that of a reference with one point."""

    def quantity(rows: Rows) -> tuple[Reach, float]:
        reach, value = share_at(*counts.points(rows), wanted(rows))
        # Equal shares differ by the rounding of their logarithms.
        return reach, round(value - float(reference.points(rows)[1][0]), SHARE_DIGITS)

    return estimated(quantity, counts.replications)


def best_point(counts: Counts, wanted: float) -> int | None:
    """The measured point with the shortest detection time among those with at most this share of mistakes.

    The point with the fewest mistakes if none has so few; None if no point has both figures.
    """
    time, share = counts.points(np.arange(counts.replications))
    known: Sequence[int] = np.flatnonzero(~(np.isnan(time) | np.isnan(share))).tolist()
    if not known:
        return None
    good = [point for point in known if share[point] <= wanted]
    return min(good, key=lambda p: (time[p], p)) if good else min(known, key=lambda p: (share[p], time[p], p))
