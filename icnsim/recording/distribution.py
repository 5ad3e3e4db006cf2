"""Descriptive statistics of a sample: mean with its interval, spread, quantiles."""

import math
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

EMPTY: dict[str, Any] = {
    "count": 0, "mean": None, "std": None, "min": None, "p50": None, "p95": None, "p99": None, "max": None,
    "ci95": None,
}  # fmt: skip
"""What there is to say of no values."""
METHOD: Final = "median_unbiased"


def describe(values: NDArray[np.float64]) -> dict[str, Any]:
    """Count, mean, std (n - 1), minimum, quantiles, maximum and the mean's 95 % interval.

    Quantiles are nearly median-unbiased, whatever the distribution (type 8 of Hyndman and Fan
    1996, "Sample quantiles in statistical packages", which they recommend): as often too high
    as too low. With fewer than 67 values p99 is their maximum, and too low. The
    interval is Student's and takes the values as independent; it is null for fewer than two.
    """
    if not len(values):
        return dict(EMPTY)
    p50, p95, p99 = (float(value) for value in np.quantile(values, [0.5, 0.95, 0.99], method=METHOD))
    mean = float(values.mean())
    std = float(values.std(ddof=1)) if len(values) > 1 else None
    return {
        "count": len(values), "mean": mean, "std": std, "min": float(values.min()), "p50": p50, "p95": p95,
        "p99": p99, "max": float(values.max()), "ci95": interval(mean, std, len(values)),
    }  # fmt: skip


def describe_groups(values: NDArray[np.float64], counts: NDArray[np.int64]) -> dict[str, Any]:
    """The same of values that occur several times each; quantiles are order statistics."""
    total = int(counts.sum())
    if not total:
        return dict(EMPTY)
    order = np.argsort(values, kind="stable")
    values, counts = values[order], counts[order]
    present = counts > 0
    values, counts = values[present], counts[present]
    mean = math.fsum((values * counts).tolist()) / total
    squares = math.fsum(((values - mean) ** 2 * counts).tolist())
    std = math.sqrt(squares / (total - 1)) if total > 1 else None
    upto = np.cumsum(counts)

    def quantile(share: float) -> float:
        return float(values[int(np.searchsorted(upto, math.ceil(share * total)))])

    return {
        "count": total, "mean": mean, "std": std, "min": float(values[0]), "p50": quantile(0.5),
        "p95": quantile(0.95), "p99": quantile(0.99), "max": float(values[-1]), "ci95": interval(mean, std, total),
    }  # fmt: skip


def interval(mean: float, std: float | None, count: int) -> list[float] | None:
    """The 95 % confidence interval of a mean: mean ± t(0.975, n - 1) std / √n."""
    if std is None:
        return None
    half = student(count - 1) * std / math.sqrt(count)
    return [mean - half, mean + half]


def student(freedom: int) -> float:
    """The 0.975 quantile of Student's t.

    For 30 degrees of freedom and more the Cornish-Fisher expansion (Abramowitz and Stegun
    26.7.5) is right to 7 digits and spares the import of SciPy, which does the others.
    """
    if freedom < 30:
        from scipy.special import stdtrit

        return float(stdtrit(freedom, 0.975))
    z = 1.959963984540054
    terms = (
        z,
        (z**3 + z) / 4,
        (5 * z**5 + 16 * z**3 + 3 * z) / 96,
        (3 * z**7 + 19 * z**5 + 17 * z**3 - 15 * z) / 384,
        (79 * z**9 + 776 * z**7 + 1482 * z**5 - 1920 * z**3 - 945 * z) / 92160,
    )
    return math.fsum(term / freedom**power for power, term in enumerate(terms))
