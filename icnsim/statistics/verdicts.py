"""Verdicts of a comparison of many figures: different, equivalent, better or worse.

Holm's procedure controls the probability of at least one false claim among all compared figures.
It is valid for any dependence between the figures.
"""

from enum import StrEnum
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from icnsim.statistics.intervals import LEVEL, fewest
from icnsim.statistics.paired import Paired

Floats = NDArray[np.float64]


class Verdict(StrEnum):
    """The verdict on B in one figure.

    SAME : no pair differs; this is not the result of a test. EQUIVALENT : the means differ by at most
    δ. BETTER, WORSE : the means differ, and the figure has a better direction. DIFFERENT : they differ
    without a better direction. UNDECIDED : neither a difference nor equivalence is shown.
    """

    SAME = "same"
    EQUIVALENT = "equivalent"
    BETTER = "better"
    WORSE = "worse"
    DIFFERENT = "different"
    UNDECIDED = "undecided"


class Judged(NamedTuple):
    """The verdicts of one pair of points, by figure.

    Attributes
    ----------
    margin : δ, NaN if it does not exist. p_adjusted : Holm's p-values of the differences.
    p_equivalence : Holm's p-values of the hypothesis that the means differ by δ or more.
    verdicts : None for a figure that has no interval, or that is not judged.
    why : the reason why a judged figure has no verdict; None if it has a verdict.
    """

    margin: Floats
    p_adjusted: Floats
    p_equivalence: Floats
    verdicts: list[Verdict | None]
    why: list[str | None]


def holm(p: Floats) -> Floats:
    """Returns the adjusted p-values of one family. NaN values are not part of it.

    The i-th smallest of m is max over j <= i of min(1, (m - j + 1) p_(j)). If the hypotheses with at
    most 5 % are rejected, the probability of a false rejection is at most 5 %. Source: Holm 1979,
    "A simple sequentially rejective multiple test procedure".
    """
    adjusted = np.full(p.shape, np.nan)
    family = np.flatnonzero(~np.isnan(p))
    order = family[np.argsort(p[family], kind="stable")]
    factors = np.arange(len(order), 0, -1)
    adjusted[order] = np.minimum(np.maximum.accumulate(factors * p[order]), 1.0)
    return adjusted


def equivalence(found: Paired, margin: Floats) -> Floats:
    """Returns the p-value of each figure for the hypothesis that the means differ by the margin or more.

    This is the larger p-value of two one-sided t tests (TOST). If all differences are equal and within
    the margin, the t tests do not apply, and the p-value is that of the sign test, 2^-n. It is NaN
    without a margin above 0, for figures without an interval of the difference, and for figures that
    are the same in all pairs. Source: Schuirmann 1987, "A comparison of the two one-sided tests
    procedure and the power approach".
    """
    from scipy.special import stdtr

    inside = margin - np.abs(found.difference)
    with np.errstate(invalid="ignore", divide="ignore"):
        tested = stdtr(found.n - 1, -inside / (found.std / np.sqrt(found.n)))
    constant = np.where(inside > 0, 2.0**-found.n, 1.0)
    return np.where(np.isnan(found.p) | ~(margin > 0) | _same(found), np.nan, np.where(found.std > 0, tested, constant))


def judged(
    pairs: list[Paired], margins: list[Floats], better: list[str], chosen: NDArray[np.bool_], level: float = LEVEL
) -> list[Judged]:
    """Judge the chosen figures of all pairs of points as one family.

    Parameters
    ----------
    margins : δ of each figure, for each pair of points. better : for each figure ``lower``,
        ``higher`` or ``none``. chosen : True for the figures that are judged.

    The differences are one family, and the equivalences are another. A figure whose differences
    are all 0 is in neither family, because nothing is claimed about it beyond these pairs.
    """
    differences = [np.where(chosen & ~_same(found), found.p, np.nan) for found in pairs]
    p = [np.where(chosen, equivalence(found, margin), np.nan) for found, margin in zip(pairs, margins, strict=True)]
    shape = (len(pairs), len(chosen))
    adjusted = holm(np.concatenate(differences)).reshape(shape)
    close = holm(np.concatenate(p)).reshape(shape)
    return [
        Judged(*row, made := _verdicts(found, row[1], row[2], better, chosen, 1 - level), _why(found, made, chosen))
        for found, row in zip(pairs, zip(margins, adjusted, close, strict=True), strict=True)
    ]


def _same(found: Paired) -> NDArray[np.bool_]:
    """Returns True for the figures that are the same in all of at least two pairs."""
    same: NDArray[np.bool_] = (found.std == 0) & (found.difference == 0)
    return same


def _why(found: Paired, verdicts: list[Verdict | None], chosen: NDArray[np.bool_]) -> list[str | None]:
    least = fewest([".p50"])
    reasons = {0: "no pair has this figure", 1: "one pair has no interval; use 2 or more"}
    equal = f"all pairs differ by the same amount; fewer than {least} of them have no interval, so use {least} or more"
    pairs = zip(found.n.tolist(), verdicts, chosen.tolist(), strict=True)
    return [reasons.get(n, equal) if judged and verdict is None else None for n, verdict, judged in pairs]


def _verdicts(
    found: Paired, differs: Floats, close: Floats, better: list[str], chosen: NDArray[np.bool_], error: float
) -> list[Verdict | None]:
    made: list[Verdict | None] = []
    same, columns = _same(found), (found.p, differs, close, found.difference)
    for number, (p, adjusted, equal, difference) in enumerate(zip(*(column.tolist() for column in columns))):
        if chosen[number] and same[number]:
            made.append(Verdict.SAME)
        elif not chosen[number] or np.isnan(p):
            made.append(None)
        elif equal <= error:
            made.append(Verdict.EQUIVALENT)
        elif adjusted > error:
            made.append(Verdict.UNDECIDED)
        elif better[number] == "none":
            made.append(Verdict.DIFFERENT)
        else:
            made.append(Verdict.BETTER if (difference < 0) == (better[number] == "lower") else Verdict.WORSE)
    return made
