"""Distributions made of values or of other distributions, and the list of all distributions."""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar, Final

import numpy as np

from icnsim.scenario.distributions import (
    Distribution,
    Exponential,
    Floats,
    Gamma,
    Lognormal,
    Normal,
    Pareto,
    Uniform,
    Weibull,
)


@dataclass(frozen=True, slots=True)
class Empirical(Distribution):
    """The values of a file's column, each equally likely; `values` ascend."""

    kind: ClassVar[str] = "empirical"
    file: str
    column: str
    values: tuple[float, ...]

    def ppf(self, u: Floats) -> Floats:
        places = (np.asarray(u) * len(self.values)).astype(np.int64)
        return np.array(self.values)[np.minimum(places, len(self.values) - 1)]

    def cdf(self, x: Floats) -> Floats:
        return np.searchsorted(np.array(self.values), x, side="right") / len(self.values)

    def mean(self) -> float:
        return math.fsum(self.values) / len(self.values)

    def variance(self) -> float:
        mean = self.mean()
        return math.fsum((value - mean) ** 2 for value in self.values) / len(self.values)

    def support(self) -> tuple[float, float]:
        return (self.values[0], self.values[-1])


@dataclass(frozen=True, slots=True)
class Mixture(Distribution):
    """One of several distributions, chosen by weight; one uniform chooses the part and draws from it."""

    kind: ClassVar[str] = "mixture"
    weights: tuple[float, ...]
    parts: tuple[Distribution, ...]

    def _shares(self) -> list[float]:
        total = math.fsum(self.weights)
        return [weight / total for weight in self.weights]

    def ppf(self, u: Floats) -> Floats:
        """Not the inverse of `cdf`: each part uses its share of the uniform's range."""
        u = np.asarray(u, dtype=np.float64)
        values = np.empty(u.shape)
        low, last = 0.0, len(self.parts) - 1
        for number, (share, part) in enumerate(zip(self._shares(), self.parts, strict=True)):
            here = (u >= low) if number == last else (u >= low) & (u < low + share)
            within = np.clip((u[here] - low) / share, 0.0, np.nextafter(1.0, 0.0)) if share else u[here]
            values[here] = part.ppf(within)
            low += share
        return values

    def cdf(self, x: Floats) -> Floats:
        total = np.zeros(np.shape(x))
        for share, part in zip(self._shares(), self.parts, strict=True):
            total = total + share * part.cdf(x)
        return total

    def mean(self) -> float:
        return math.fsum(s * part.mean() for s, part in zip(self._shares(), self.parts, strict=True) if s)

    def variance(self) -> float:
        mean = self.mean()
        if math.isinf(mean):
            return math.inf
        pairs = zip(self._shares(), self.parts, strict=True)
        return math.fsum(s * (part.variance() + (part.mean() - mean) ** 2) for s, part in pairs if s)

    def support(self) -> tuple[float, float]:
        bounds = [part.support() for part in self.parts]
        return (min(low for low, _ in bounds), max(high for _, high in bounds))


@dataclass(frozen=True, slots=True)
class Scaled(Distribution):
    """The values of another distribution times a factor; a scenario cannot name it."""

    kind: ClassVar[str] = "scaled"
    part: Distribution
    factor: float

    @property
    def constant(self) -> float | None:  # type: ignore[override]
        value = self.part.constant
        return None if value is None else value * self.factor

    def ppf(self, u: Floats) -> Floats:
        return self.part.ppf(u) * self.factor

    def at(self, u: float) -> float:
        return self.part.at(u) * self.factor

    def cdf(self, x: Floats) -> Floats:
        return self.part.cdf(np.asarray(x) / self.factor)

    def mean(self) -> float:
        return self.part.mean() * self.factor

    def variance(self) -> float:
        return self.part.variance() * self.factor**2

    def support(self) -> tuple[float, float]:
        low, high = self.part.support()
        return (low * self.factor, high * self.factor)


FAMILIES: Final[Mapping[str, type[Distribution]]] = {
    family.kind: family
    for family in (Uniform, Exponential, Normal, Lognormal, Gamma, Weibull, Pareto, Empirical, Mixture)
}
"""Every distribution that a scenario can name; a new one is added here and in `quantities`."""
