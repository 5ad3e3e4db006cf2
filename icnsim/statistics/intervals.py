"""Confidence intervals of a metric from its values in independent replications.

The kind of the interval depends on the metric:

* A proportion has Wilson's score interval with the design effect of the replications. A rate
  without a case therefore has an upper bound above 0.
* A quantile or an extreme within a run has an interval by order statistics of the replications'
  values. It covers their median and assumes no distribution.
* Every other metric has Student's interval of the replications' values.

The independent unit is the replication. Trials within a replication may share a crash. Therefore
the trials of one replication alone have no interval.
"""

import math
from collections.abc import Sequence
from fractions import Fraction
from functools import cache
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from icnsim.elementary import sums
from icnsim.elementary.digits import stable
from icnsim.elementary.single import normal
from icnsim.recording import clusters, shares

Floats = NDArray[np.float64]

LEVEL: Final = clusters.LEVEL
WIDEST: Final = 10.0
"""The largest ratio of the end of an interval to a positive value, or of the value to the end. A wider interval of a
ratio or a time is useless, so it is not shown."""

_ENDED: Final = ("tasks.completed", "tasks.divergence", "tasks.insufficient", "tasks.timed_out", "tasks.failed")
PROPORTIONS: Final = {
    "success_rate": (
        "migrations.completed",
        ("migrations.completed", "migrations.failed", "migrations.rejected", "migrations.timed_out"),
    ),
    "completed_share": ("migrations.completed", ("migrations.total",)),
    "false_positives.rate": ("false_positives.count", ("false_positives.willing",)),
    "qos.query_accuracy": ("qos.trusted", ("qos.trusted", "qos.mistakes")),
    "quorum.wrong_rate": ("quorum.wrong", ("quorum.decisions",)),
    "checkpoint_quorum.wrong_rate": ("checkpoint_quorum.wrong", ("checkpoint_quorum.decisions",)),
    "tasks.success_rate": ("tasks.right", _ENDED),
    "tasks.wrong_rate": ("tasks.wrong", _ENDED),
}
"""For each proportion, the figure that counts its cases, and the figures whose sum is the number of trials."""
ORDERED: Final = (".min", ".p50", ".p95", ".p99", ".max")
"""The last parts of the names of figures that are quantiles or extremes of a run."""


def kind(metric: str) -> str:
    """Which interval a metric has: ``wilson``, ``order`` or ``student``."""
    if metric in PROPORTIONS:
        return "wilson"
    return "order" if metric.endswith(ORDERED) and not metric.startswith("predicted.") else "student"


class Interval(NamedTuple):
    """Lower and upper bound; NaN if the values allow no interval."""

    low: float
    high: float


NONE: Final = Interval(math.nan, math.nan)


def student(values: Floats, level: float = LEVEL) -> Interval:
    """Mean ± t std / √n of independent values; NaN for fewer than two. Assumes a nearly normal mean.

    Equal values have no spread from which an interval could be computed: the count of a rare
    event is 0 in every run until one happens. Equal values have an interval (without a width)
    only if there are as many as an interval by order statistics needs.
    """
    if len(values) < 2 or (len(values) < _enough(level) and not np.ptp(values)):
        return NONE
    base = float(values.max())  # values that are all the same have no spread, however their sum is rounded
    half = half_width(sums.deviation(values - base), len(values), level)
    mean = base + sums.mean(values - base)
    return Interval(mean - half, mean + half)


def half_width(std: float, count: int, level: float = LEVEL) -> float:
    """Half of Student's interval: t((1 + level) / 2, n - 1) std / √n."""
    return clusters.student(count - 1, level) * std / math.sqrt(count)


def order(values: Floats, level: float = LEVEL) -> Interval:
    """The order statistics that cover the median of the values' distribution at that level or more.

    The l-th smallest and the l-th largest of n values cover it with probability
    1 - 2 B(l - 1; n, 1/2), where B is the binomial distribution function. There is no interval
    if even the extremes cover it less often (fewer than 6 values at 95 %). Source: David and
    Nagaraja, Order Statistics, section 7.1.
    """
    return Interval(*map(float, orders(values[:, np.newaxis], level)[0])) if len(values) else NONE


def orders(columns: Floats, level: float = LEVEL) -> Floats:
    """The interval by order statistics of each column. NaN values are left out.

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


def wilson(cases: float, trials: float, level: float = LEVEL) -> Interval:
    """Wilson's score interval of a proportion of independent trials; NaN without a trial. See `shares.wilson`."""
    return Interval(*shares.wilson(cases, trials, _z((1 + level) / 2))) if trials else NONE


def proportion(cases: Floats, trials: Floats, level: float = LEVEL) -> Interval:
    """The interval of a proportion whose trials may depend on each other within a replication.

    Parameters
    ----------
    cases, trials : of each replication.

    This is Wilson's interval for the number of trials divided by the design effect (Dean and
    Pagano 2015, "Evaluating confidence interval methods for binomial proportions in clustered
    surveys", section 2.3). It is none for fewer than two replications with trials, because one
    replication does not show how its trials depend on each other.

    Coverage at 95 % with 2, 3, 5, 10 replications (20 000 samples): 99, 99, 98, 97 % for
    independent trials; 95 % where trials share crashes. A proportion near 0 or 1 of dependent
    trials is covered less often (1 % with a correlation of 0.05: 68, 83, 80, 85 %), because few
    replications show its rare clusters. If no trial or each trial was a case, the design effect
    is unknown and the trials count as independent.
    """
    if np.count_nonzero(trials) < 2:
        return NONE
    total = sums.total(trials)
    effect = _design_effect(cases, trials, sums.total(cases) / total, level)
    return wilson(sums.total(cases) / effect, total / effect, level)


def clopper_pearson(cases: int, trials: int, level: float = LEVEL) -> Interval:
    """The exact interval of a proportion of independent trials; from 0 to 1 without trials.

    Source: Clopper and Pearson 1934, "The use of confidence or fiducial limits illustrated in the case of the
    binomial".
    """
    from scipy.special import betaincinv

    tail = (1 - level) / 2
    low = stable(float(betaincinv(cases, trials - cases + 1, tail))) if cases else 0.0
    return Interval(low, stable(float(betaincinv(cases + 1, trials - cases, 1 - tail))) if cases < trials else 1.0)


def _design_effect(cases: Floats, trials: Floats, share: float, level: float) -> float:
    """Variance of the share between replications, divided by that of independent trials; at least 1.

    The variance is known from as many values as there are replications. Therefore it is
    multiplied by the square of Student's quantile over the normal one (Korn and Graubard 1998,
    "Confidence intervals for proportions with small expected number of positive counts"). The
    interval is thus never narrower than Student's and never narrower than that of independent trials.
    """
    if not 0 < share < 1:
        return 1.0
    count = int(np.count_nonzero(trials))
    # The ratio estimator's variance, for clusters of unequal size.
    spread = sums.total((cases - share * trials) ** 2) * count / (count - 1)
    ratio = spread / (sums.total(trials) * share * (1 - share))
    wider = clusters.student(count - 1, level) / _z((1 + level) / 2)
    return max(1.0, ratio * (wider * wider))


def fewest(metrics: Sequence[str], level: float = LEVEL) -> int:
    """The least number of replications with which all of these metrics have an interval."""
    least = {"wilson": 2, "student": 2, "order": _enough(level)}
    return max((least[kind(metric)] for metric in metrics), default=1)


@cache
def _enough(level: float) -> int:
    """The least number of values that have an interval by order statistics."""
    return next(count for count in range(1, 10_000) if _rank(count, level))


def sure(std: Floats, counts: NDArray[np.int64], level: float = LEVEL) -> NDArray[np.bool_]:
    """Whether values have Student's interval: they differ, or enough of them are equal. See `student`."""
    return (std > 0) | (counts >= _enough(level))


@cache
def _rank(count: int, level: float) -> int:
    """The largest l with B(l - 1; n, 1/2) at most (1 - level) / 2; 0 if no l exists."""
    most = int(Fraction((1 - level) / 2) * 2**count)
    rank, ways, below = 0, 1, 1  # of 2ⁿ equally likely outcomes, `ways` have `rank` successes, `below` have no more
    while below <= most:
        rank += 1
        ways = ways * (count - rank + 1) // rank
        below += ways
    return rank


@cache
def _z(probability: float) -> float:
    return normal(probability)
