"""A distribution: the triangular one, for delays with known smallest, most likely and largest values."""

import numpy as np

from icnsim.plugins import Distribution, Parameter


class Triangular(Distribution):
    """The triangular distribution.

    Source of the formulas: Law, *Simulation Modeling and Analysis*, section 8.3.15.
    """

    parameters = {
        "low": Parameter("the smallest value", "quantity"),
        "mode": Parameter("the most likely value", "quantity"),
        "high": Parameter("the largest value", "quantity"),
    }
    examples = ({"low": "50ms", "mode": "100ms", "high": "400ms"}, {"low": "0s", "mode": "0s", "high": "1s"})

    def __init__(self, low, mode, high):
        if not low <= mode <= high or low == high:
            raise ValueError("low at most mode, mode at most high, and low below high")
        self.low, self.mode, self.high = low, mode, high
        self.peak = (mode - low) / (high - low)

    def ppf(self, u):
        """The inverse of the distribution function: float64, of the shape of `u`."""
        width = self.high - self.low
        rising = self.low + np.sqrt(u * width * (self.mode - self.low))
        falling = self.high - np.sqrt((1.0 - u) * width * (self.high - self.mode))
        return np.where(u < self.peak, rising, falling)

    def cdf(self, x):
        """The share of values that are at most `x`."""
        x, width = np.clip(x, self.low, self.high), self.high - self.low
        below = (x - self.low) ** 2 / (width * max(self.mode - self.low, 1e-300))
        above = 1.0 - (self.high - x) ** 2 / (width * max(self.high - self.mode, 1e-300))
        return np.where(x < self.mode, below, above)

    def mean(self):
        return (self.low + self.mode + self.high) / 3

    def variance(self):
        low, mode, high = self.low, self.mode, self.high
        return (low * low + mode * mode + high * high - low * mode - low * high - mode * high) / 18

    def support(self):
        return (self.low, self.high)
