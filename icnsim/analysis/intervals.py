"""Confidence intervals of a metric from its values in independent replications.

Three kinds, by what the metric is:

* a proportion, by Wilson's score interval of all its trials, so that a rate of which no
  case was seen has an upper bound above 0;
* a quantile or an extreme within a run, by order statistics of the replications' values:
  an interval for their median, which assumes no distribution;
* anything else, by Student's t of the replications' values.
"""

import math
from collections.abc import Sequence
from functools import cache
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

LEVEL: Final = 0.95

_ENDED: Final = ("tasks.completed", "tasks.divergence", "tasks.insufficient", "tasks.timed_out", "tasks.failed")
PROPORTIONS: Final = {
    "success_rate": (
        "migrations.completed",
        ("migrations.completed", "migrations.failed", "migrations.rejected", "migrations.timed_out"),
    ),
    "completed_share": ("migrations.completed", ("migrations.total",)),
    "false_positives.rate": ("false_positives.count", ("false_positives.willing",)),
    "quorum.wrong_rate": ("quorum.wrong", ("quorum.decisions",)),
    "tasks.success_rate": ("tasks.right", _ENDED),
    "tasks.wrong_rate": ("tasks.wrong", _ENDED),
}
"""For each proportion the figure that counts its cases, and those whose sum counts its trials."""
ORDERED: Final = (".min", ".p50", ".p95", ".p99", ".max")
"""Ends of the names of figures that are quantiles or extremes of a run."""


def kind(metric: str) -> str:
    """Which interval a metric has: ``wilson``, ``order`` or ``student``."""
    if metric in PROPORTIONS:
        return "wilson"
    return "order" if metric.endswith(ORDERED) and not metric.startswith("predicted.") else "student"


class Interval(NamedTuple):
    """Lower and upper bound; NaN where the values allow none."""

    low: float
    high: float


NONE: Final = Interval(math.nan, math.nan)


def student(values: Floats, level: float = LEVEL) -> Interval:
    """Mean ± t std / √n of independent values; none for fewer than two. Assumes a nearly normal mean.

    Values that are all the same have no spread to tell an interval by: rare events are 0 in
    every run until one happens. From as many on as an order statistic needs, they are taken
    for the figure's only value; fewer have no interval.
    """
    if len(values) < 2 or (len(values) < _enough(level) and not np.ptp(values)):
        return NONE
    base = float(values.max())  # values that are all the same have no spread, however their sum is rounded
    half = half_width(float((values - base).std(ddof=1)), len(values), level)
    mean = base + float((values - base).mean())
    return Interval(mean - half, mean + half)


def half_width(std: float, count: int, level: float = LEVEL) -> float:
    """Half of Student's interval: t((1 + level) / 2, n - 1) std / √n."""
    return _t((1 + level) / 2, count - 1) * std / math.sqrt(count)


def order(values: Floats, level: float = LEVEL) -> Interval:
    """The order statistics between which the median of the values' distribution is, at least at that level.

    The l-th smallest and the l-th largest of n cover it with probability 1 - 2 B(l - 1; n, 1/2),
    B being the binomial distribution function; none where even the extremes cover less
    (fewer than 6 values at 95 %). Source: David and Nagaraja, Order Statistics, section 7.1.
    """
    return Interval(*map(float, orders(values[:, np.newaxis], level)[0])) if len(values) else NONE


def orders(columns: Floats, level: float = LEVEL) -> Floats:
    """The same of each column, NaN not counting.

    Parameters
    ----------
    columns : … × replications × columns.

    Returns
    -------
    … × columns × (low, high).
    """
    ordered = np.sort(columns, axis=-2)  # NaN comes last
    counts = (~np.isnan(columns)).sum(axis=-2)
    ranks = np.array([_rank(count, level) for count in range(columns.shape[-2] + 1)])[counts]
    places = np.stack([np.maximum(ranks - 1, 0), np.maximum(counts - ranks, 0)], axis=-2)
    found = np.take_along_axis(ordered, np.minimum(places, columns.shape[-2] - 1), axis=-2)
    return np.moveaxis(np.where((ranks > 0)[..., np.newaxis, :], found, math.nan), -2, -1)


def wilson(cases: Floats, trials: Floats, level: float = LEVEL) -> Interval:
    """Wilson's score interval of a proportion that several replications share; none without a trial.

    Parameters
    ----------
    cases, trials : of each replication.

    Where the replications differ by more than independent trials would, the number of trials
    is divided by that design effect (Dean and Pagano 2015, "Evaluating confidence interval
    methods for binomial proportions in clustered surveys", section 2.3). Source: Wilson 1927,
    "Probable inference, the law of succession, and statistical inference".

    What it covers, of 10 replications at 95 %: 95 to 97 % of independent trials; 93 to 95 %
    where they depend on each other within a replication, as a spread of so few is unsure
    itself; 90 % where also nearly all trials, or hardly any, are cases.
    """
    total = float(trials.sum())
    if not total:
        return NONE
    share = float(cases.sum()) / total
    count = total / _design_effect(cases, trials, share, level)
    z = _z((1 + level) / 2)
    middle = (share + z * z / (2 * count)) / (1 + z * z / count)
    half = z / (1 + z * z / count) * math.sqrt(share * (1 - share) / count + z * z / (4 * count * count))
    return Interval(0.0 if share == 0 else middle - half, 1.0 if share == 1 else middle + half)


def _design_effect(cases: Floats, trials: Floats, share: float, level: float) -> float:
    """Variance of the share between replications, over that of independent trials; at least 1.

    What it has above 1 is known by as many values as there are replications, for which
    Student's t stands where the normal quantile does for the rest (Korn and Graubard 1998,
    "Confidence intervals for proportions with small expected number of positive counts").
    """
    count = int(np.count_nonzero(trials))
    if count < 2 or not 0 < share < 1:
        return 1.0
    # The ratio estimator's variance, of clusters of unequal size.
    spread = float(((cases - share * trials) ** 2).sum()) * count / (count - 1)
    excess = spread / (float(trials.sum()) * share * (1 - share)) - 1
    at = (1 + level) / 2
    return 1.0 if excess <= 0 else 1 + excess * (_t(at, count - 1) / _z(at)) ** 2


def fewest(metrics: Sequence[str], level: float = LEVEL) -> int:
    """Fewest replications with which all of these metrics have an interval."""
    least = {"wilson": 1, "student": 2, "order": _enough(level)}
    return max((least[kind(metric)] for metric in metrics), default=1)


@cache
def _enough(level: float) -> int:
    """The fewest values that have an interval by order statistics."""
    return next(count for count in range(1, 10_000) if _rank(count, level))


def sure(std: Floats, counts: NDArray[np.int64], level: float = LEVEL) -> NDArray[np.bool_]:
    """Whether a spread tells an interval: it is there, or enough values have none. See `student`."""
    return (std > 0) | (counts >= _enough(level))


@cache
def _rank(count: int, level: float) -> int:
    """The largest l with B(l - 1; n, 1/2) at most (1 - level) / 2; 0 where there is none."""
    from scipy.special import bdtr  # scipy.stats has the same function, and takes a second to import

    below = bdtr(np.arange(count), count, 0.5)
    return int(np.searchsorted(below, (1 - level) / 2, side="right"))


@cache
def _t(probability: float, freedom: int) -> float:
    from scipy.special import stdtrit

    return float(stdtrit(freedom, probability))


@cache
def _z(probability: float) -> float:
    from scipy.special import ndtri

    return float(ndtri(probability))
