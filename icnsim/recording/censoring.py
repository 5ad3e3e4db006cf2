"""Durations of which some had not ended when the observation ended (right-censored durations).

A section that can have such durations describes the finished ones alone, gives the number of the others (`censored`),
and, where there are others, the restricted mean of all. A censored duration is only a lower bound. If the finished ones
and these bounds were mixed, every figure would depend on the length of the simulation.

Theory of operation. The Kaplan-Meier estimator gives the share S(t) of durations that are longer than t: at each
finished duration, S is multiplied by 1 - d / n, where d durations finished then and n were still observed just before.
A duration that was censored at t was still observed at t. The restricted mean is the area under S from 0 to the longest
observed duration, which is its horizon: the mean of min(duration, horizon). Without censoring it is the mean.

Between two censored durations, the products telescope: S(t) falls in proportion to the number n(t) that is still
observed. So the area between them is S / n at its start, times the area under n(t), which is a sum of whole numbers.
Sums are exact, and a step is taken for each censored duration, not for each finished one.

Sources: Kaplan and Meier 1958, "Nonparametric estimation from incomplete observations"; Irwin 1949, "The standard error
of an estimate of expectation of life"; Royston and Parmar 2013, "Restricted mean survival time".
"""

import math
from typing import Any

import numpy as np
from numpy.typing import NDArray

from icnsim.recording.clusters import INDEPENDENT, Sampling
from icnsim.recording.cumulative import cumulative
from icnsim.recording.distribution import EMPTY, SECOND, describe

Whole = NDArray[np.integer[Any]]


def nothing() -> dict[str, Any]:
    """The figures of an empty sample."""
    return {**EMPTY, "censored": 0, "restricted_mean": {"value": None, "horizon_s": None}}


def describe_open(finished: Whole, censored: Whole, sampling: Sampling = INDEPENDENT) -> dict[str, Any]:
    """The figures of `describe` for the finished durations, the number of the others, and the restricted mean of all.

    Parameters
    ----------
    finished : the durations that ended, µs. censored : how long each of the others has lasted so far, µs.
    sampling : the units of the finished durations.
    """
    found = {**nothing(), **describe(finished, sampling=sampling), "censored": len(censored)}
    if len(censored):
        area, horizon = restricted_mean(finished, censored)
        found["restricted_mean"] = {"value": area / SECOND, "horizon_s": horizon / SECOND}
    return found


def restricted_mean(finished: Whole, censored: Whole) -> tuple[float, int]:
    """The area under the Kaplan-Meier curve up to the longest duration, and that duration, both in µs.

    The result does not depend on the order of the durations.
    """
    at, leaving = np.unique(censored, return_counts=True)
    horizon = max(int(finished.max(initial=0)), int(at.max(initial=0)))
    starts, ends = np.append(0, at), np.append(at, horizon)
    upto, sums = cumulative(finished, ends)
    ended = np.diff(upto, prepend=0)
    observed = len(finished) + len(censored) - (upto - ended) - np.append(0, np.cumsum(leaving))
    some = observed > 0
    left = (observed - ended)[some] / observed[some]
    survival = np.append(1.0, np.cumprod(left)[:-1])
    columns = (survival, *(column[some] for column in (observed, ended, starts, ends)))
    totals = np.diff(sums, prepend=0)
    areas = (
        height / count * (total - done * start + (count - done) * (end - start))
        for height, count, done, start, end, total in zip(*(column.tolist() for column in columns), totals.tolist())
    )
    return math.fsum(areas), horizon
