"""The prediction of one figure by a closed form: a value, bounds, or the reason why neither exists."""

import math
from dataclasses import dataclass
from typing import Any, Final

from icnsim.elementary.digits import stable

OVER_SEEDS: Final = ", over seeds"
"""Appended to the formula of a mean over seeds from which one run may differ much, however many values it has."""


@dataclass(frozen=True, slots=True)
class Prediction:
    """The prediction of one figure by a closed form.

    Attributes
    ----------
    value : in the figure's unit, with the digits that are equal on every machine; None if an assumption is broken.
    formula : in words and symbols. reason : the assumption that is broken.
    low, high : bounds of the figure if it has no value; None without a bound.
    """

    value: float | None
    formula: str
    reason: str | None = None
    low: float | None = None
    high: float | None = None

    def __post_init__(self) -> None:
        for name in ("value", "low", "high"):
            exact = getattr(self, name)
            if exact is not None and not isinstance(exact, int):
                object.__setattr__(self, name, stable(float(exact)))

    def fields(self) -> dict[str, Any]:
        """The prediction in a summary; `bounds` is [low, high]. Reason and bounds are present only if they exist."""
        found: dict[str, Any] = {"value": self.value, "formula": self.formula}
        if self.reason is not None:
            found["reason"] = self.reason
        if self.low is not None or self.high is not None:
            found["bounds"] = [self.low, self.high]
        return found


def given(
    value: float | None, formula: str, reason: str | None, bounds: tuple[float | None, float | None] = (None, None)
) -> Prediction:
    """A prediction, or the reason why it has no value, with bounds if they exist; infinite moments are no values."""
    if reason is None and (value is None or not math.isfinite(value)):
        reason = "the mean or the variance does not exist"
    low, high = bounds if reason is not None else (None, None)
    return Prediction(None if reason else value, formula, reason, low, high)
