"""The distributions of SPEC section 3, each defined by its inverse.

Values are floats in the smallest unit (µs, bytes, or plain). A draw is one uniform number passed to `ppf`, the inverse
of the distribution function, so that two scenarios that differ in a distribution still use the same uniforms. `ppf`
uses only functions that have the same bits on every machine, see `icnsim.elementary`. `cdf` is for closed forms, whose
figures are rounded when they are written. That of the gamma distribution imports SciPy's special functions on first
use, because they cost more than all other imports of a run.

Sources of the formulas: Law, *Simulation Modeling and Analysis*, chapters 6 and 8.
"""

import math
from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from icnsim.elementary import columns, gamma, single

Floats = NDArray[np.float64]


class Distribution(ABC):
    """A distribution of values >= 0.

    Attributes
    ----------
    kind : its name in a scenario; `constant` : its only value, or None.
    """

    __slots__ = ()

    kind: ClassVar[str]
    constant: float | None = None

    @abstractmethod
    def ppf(self, u: Floats) -> Floats:
        """The value below which a share `u` in [0, 1) of all values is."""

    def at(self, u: float) -> float:
        """`ppf` of one number, the same bits. For one number, NumPy takes twenty times as long as Python."""
        with np.errstate(over="ignore", divide="ignore"):  # a heavy tail may be infinite
            return float(self.ppf(np.array([u]))[0])

    @abstractmethod
    def cdf(self, x: Floats) -> Floats:
        """The share of values that are at most `x`."""

    @abstractmethod
    def mean(self) -> float:
        """Mean; infinite if it does not exist."""

    @abstractmethod
    def variance(self) -> float:
        """Variance; infinite if it does not exist."""

    def support(self) -> tuple[float, float]:
        """The smallest and the largest value; the latter may be infinite."""
        return (0.0, math.inf)


@dataclass(frozen=True, slots=True)
class Constant(Distribution):
    """A single value."""

    kind: ClassVar[str] = "constant"
    value: float

    @property
    def constant(self) -> float:  # type: ignore[override]
        return self.value

    def ppf(self, u: Floats) -> Floats:
        return np.full(np.shape(u), self.value)

    def cdf(self, x: Floats) -> Floats:
        return np.where(np.asarray(x) >= self.value, 1.0, 0.0)

    def mean(self) -> float:
        return self.value

    def variance(self) -> float:
        return 0.0

    def support(self) -> tuple[float, float]:
        return (self.value, self.value)


@dataclass(frozen=True, slots=True)
class Uniform(Distribution):
    """Uniform between low and high."""

    kind: ClassVar[str] = "uniform"
    low: float
    high: float

    def ppf(self, u: Floats) -> Floats:
        return self.low + (self.high - self.low) * np.asarray(u)

    def at(self, u: float) -> float:
        return self.low + (self.high - self.low) * u

    def cdf(self, x: Floats) -> Floats:
        return np.clip((np.asarray(x) - self.low) / (self.high - self.low), 0.0, 1.0)

    def mean(self) -> float:
        return (self.low + self.high) / 2

    def variance(self) -> float:
        return (self.high - self.low) ** 2 / 12

    def support(self) -> tuple[float, float]:
        return (self.low, self.high)


@dataclass(frozen=True, slots=True)
class Exponential(Distribution):
    """Exponential; `mean_value` is the scenario's `mean`."""

    kind: ClassVar[str] = "exponential"
    mean_value: float

    def ppf(self, u: Floats) -> Floats:
        return -columns.log1p(-np.asarray(u)) * self.mean_value

    def at(self, u: float) -> float:
        return -single.log1p(-u) * self.mean_value

    def cdf(self, x: Floats) -> Floats:
        return -columns.expm1(-np.maximum(x, 0.0) / self.mean_value)

    def mean(self) -> float:
        return self.mean_value

    def variance(self) -> float:
        return self.mean_value**2


@dataclass(frozen=True, slots=True)
class Normal(Distribution):
    """Normal, with negative values set to 0, so its mean is above `mean_value`."""

    kind: ClassVar[str] = "normal"
    mean_value: float
    std: float

    def ppf(self, u: Floats) -> Floats:
        return np.maximum(self.mean_value + self.std * columns.normal(u), 0.0)

    def at(self, u: float) -> float:
        return max(self.mean_value + self.std * single.normal(u), 0.0)

    def cdf(self, x: Floats) -> Floats:
        return np.where(np.asarray(x) < 0, 0.0, columns.normal_share((np.asarray(x) - self.mean_value) / self.std))

    def _moments(self) -> tuple[float, float]:
        """First and second moment of max(0, X)."""
        m, s = self.mean_value, self.std
        above = 0.5 * math.erfc(-m / s / math.sqrt(2))
        density = math.exp(-((m / s) ** 2) / 2) / math.sqrt(2 * math.pi)
        return m * above + s * density, (m * m + s * s) * above + m * s * density

    def mean(self) -> float:
        return self._moments()[0]

    def variance(self) -> float:
        first, second = self._moments()
        return second - first * first


@dataclass(frozen=True, slots=True)
class Lognormal(Distribution):
    """Lognormal; mean and std are those of the values, not of their logarithms."""

    kind: ClassVar[str] = "lognormal"
    mean_value: float
    std: float

    def _log(self) -> tuple[float, float]:
        ratio = self.std / self.mean_value
        spread = single.log1p(ratio * ratio)
        return single.log(self.mean_value) - spread / 2, math.sqrt(spread)

    def ppf(self, u: Floats) -> Floats:
        mu, sigma = self._log()
        return columns.exp(mu + sigma * columns.normal(u))

    def at(self, u: float) -> float:
        mu, sigma = self._log()
        return single.exp(mu + sigma * single.normal(u))

    def cdf(self, x: Floats) -> Floats:
        mu, sigma = self._log()
        return columns.normal_share((columns.log(np.maximum(x, 0.0)) - mu) / sigma)

    def mean(self) -> float:
        return self.mean_value

    def variance(self) -> float:
        return self.std**2


@dataclass(frozen=True, slots=True)
class Gamma(Distribution):
    """Gamma by mean and std: shape (mean/std)², scale std²/mean."""

    kind: ClassVar[str] = "gamma"
    mean_value: float
    std: float

    def _shape(self) -> float:
        ratio = self.mean_value / self.std
        return ratio * ratio

    def ppf(self, u: Floats) -> Floats:
        return gamma.of_mean_one(self._shape(), u) * self.mean_value

    def cdf(self, x: Floats) -> Floats:
        from scipy.special import gammainc

        shape = self._shape()
        return gammainc(shape, np.maximum(x, 0.0) * (shape / self.mean_value))  # type: ignore[no-any-return]

    def mean(self) -> float:
        return self.mean_value

    def variance(self) -> float:
        return self.std**2


@dataclass(frozen=True, slots=True)
class Weibull(Distribution):
    """Weibull by scale and shape."""

    kind: ClassVar[str] = "weibull"
    scale: float
    shape: float

    def ppf(self, u: Floats) -> Floats:
        return self.scale * columns.power(-columns.log1p(-np.asarray(u)), 1 / self.shape)

    def at(self, u: float) -> float:
        return self.scale * single.power(-single.log1p(-u), 1 / self.shape)

    def cdf(self, x: Floats) -> Floats:
        return -columns.expm1(-columns.power(np.maximum(x, 0.0) / self.scale, self.shape))

    def mean(self) -> float:
        return self.scale * _gamma(1 + 1 / self.shape)

    def variance(self) -> float:
        second = _gamma(1 + 2 / self.shape)
        return math.inf if math.isinf(second) else self.scale**2 * second - self.mean() ** 2


def _gamma(x: float) -> float:
    """The gamma function; infinite if the result exceeds the range of floats."""
    try:
        return math.gamma(x)
    except OverflowError:
        return math.inf


@dataclass(frozen=True, slots=True)
class Pareto(Distribution):
    """Pareto: values of at least `minimum`, with the tail (minimum / x)^alpha."""

    kind: ClassVar[str] = "pareto"
    minimum: float
    alpha: float

    def ppf(self, u: Floats) -> Floats:
        return self.minimum * columns.power(1 - np.asarray(u), -1 / self.alpha)

    def at(self, u: float) -> float:
        return self.minimum * single.power(1 - u, -1 / self.alpha)

    def cdf(self, x: Floats) -> Floats:
        return 1 - columns.power(self.minimum / np.maximum(x, self.minimum), self.alpha)

    def mean(self) -> float:
        return math.inf if self.alpha <= 1 else self.alpha * self.minimum / (self.alpha - 1)

    def variance(self) -> float:
        if self.alpha <= 2:
            return math.inf
        return self.minimum**2 * self.alpha / ((self.alpha - 1) ** 2 * (self.alpha - 2))

    def support(self) -> tuple[float, float]:
        return (self.minimum, math.inf)
