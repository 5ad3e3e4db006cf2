"""The 95 % interval of a share whose trials may depend on each other.

Theory of operation. A share near 0 or 1 is not normal, so its interval is Wilson's. Dependent trials give less
information than independent ones: their number is divided by the design effect, the variance of the share divided by
that of as many independent trials. The variance is known from few units, so it is multiplied by the square of
Student's quantile over the normal one. The interval is therefore never narrower than Student's, and never narrower
than that of independent trials. If no trial or each trial was a case, the design effect of dependent trials is
unknown, and there is no interval.

Sources: Wilson 1927, "Probable inference, the law of succession, and statistical inference"; Dean and Pagano 2015,
"Evaluating confidence interval methods for binomial proportions in clustered surveys", section 2.3; Korn and Graubard
1998, "Confidence intervals for proportions with small expected number of positive counts".
"""

import math
from typing import Any, Final

from icnsim.recording.clusters import Certainty, student

NORMAL: Final = 1.959963984540054
"""The normal quantile of a two-sided 95 % interval."""


def wilson(cases: float, trials: float, quantile: float = NORMAL) -> tuple[float, float]:
    """Wilson's score interval of a share of independent trials.

    Parameters
    ----------
    cases, trials : may be fractions, such as an effective number of trials; trials > 0.
    quantile : the normal quantile of the two-sided level.
    """
    share, square = cases / trials, quantile * quantile
    middle = (share + square / (2 * trials)) / (1 + square / trials)
    spread = math.sqrt(share * (1 - share) / trials + square / (4 * trials * trials))
    half = quantile / (1 + square / trials) * spread
    return 0.0 if share == 0 else middle - half, 1.0 if share == 1 else middle + half


def bounds_of_share(cases: int, trials: int, certainty: Certainty | str, units: str = "") -> dict[str, Any]:
    """`ci95` and `ci95_why` of the share cases / trials.

    Parameters
    ----------
    trials : more than 0. certainty : of the share as a mean of zeros and ones, or the reason why it is unknown.
    units : the plural of the units whose trials depend on each other; empty if all trials are independent.
    """
    if isinstance(certainty, str):
        return {"ci95": None, "ci95_why": certainty}
    effect = 1.0
    if units:
        if cases in (0, trials):
            why = f"all trials have the same result, which does not show how those of one of the {units} depend"
            return {"ci95": None, "ci95_why": why}
        independent = cases * (trials - cases) / (trials * trials * trials)
        wider = certainty.error * (student(certainty.freedom) / NORMAL)
        effect = max(1.0, wider * wider / independent)
    return {"ci95": list(wilson(cases / effect, trials / effect)), "ci95_why": None}
