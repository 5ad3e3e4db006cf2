"""The margin δ up to which two values of a figure count as equivalent, as the user states it.

`5%` is a share of A's mean, for every figure. `FIGURE=VALUE` is the margin of one figure: a share
of A's mean, or a value in the figure's own unit. For a share such as the success rate, a relative
margin is a share of the success rate or of its complement, whichever is smaller: 5 % of a success
rate of 99 % would otherwise hide that the failures have become six times as frequent.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

import numpy as np
from numpy.typing import NDArray

from icnsim.errors import Problem, ScenarioError
from icnsim.scenario.variation import measured
from icnsim.sweeps.figures import names, unit_of, unknown

Floats = NDArray[np.float64]

OPTION: Final = "--equivalence"
USUAL: Final = 0.05
"""The relative margin unless another one is stated."""
VALUES: Final = {
    "s": "a duration such as 2s", "B": "a size such as 10KiB", "%": "percentage points such as 0.5pp",
    "": "a number such as 3",
}  # fmt: skip
"""The absolute values that are expected, by the unit of a figure."""


@dataclass(frozen=True, slots=True)
class Margin:
    """One margin: a share of A's mean if `relative`, otherwise a value in the figure's unit. `written` as stated."""

    value: float
    relative: bool
    written: str


@dataclass(frozen=True, slots=True)
class Margins:
    """The margins of all figures: `usual`, and those of single figures in its place."""

    usual: Margin = Margin(USUAL, True, "5%")
    own: Mapping[str, Margin] = field(default_factory=dict)

    @classmethod
    def read(cls, texts: Sequence[str]) -> "Margins":
        """Read the option's values; raises ScenarioError with each one that is wrong."""
        problems, usual, own = [], cls().usual, dict[str, Margin]()
        for text in texts:
            metric, equals, written = text.rpartition("=")
            found = _read(metric.strip(), written.strip(), has_figure=bool(equals))
            if isinstance(found, Problem):
                problems.append(found)
            elif equals:
                own[metric.strip()] = found
            else:
                usual = found
        if problems:
            raise ScenarioError(problems)
        return cls(usual, own)

    def of(self, mean_a: Floats) -> Floats:
        """δ of each figure, in the order of `names`, for these means of A."""
        return np.array([self._of(name, mean) for name, mean in zip(names(), mean_a.tolist(), strict=True)])

    def _of(self, name: str, mean: float) -> float:
        margin = self.own.get(name, self.usual)
        if not margin.relative:
            return margin.value
        base = abs(mean)
        return margin.value * (min(base, max(0.0, 1 - base)) if unit_of(name) == "%" else base)


def _read(metric: str, written: str, *, has_figure: bool) -> Margin | Problem:
    for found, expected in unknown(metric) if has_figure else ():
        return Problem(OPTION, None, "", found, expected)
    unit = unit_of(metric) if has_figure else None
    number, relative = _number(written, unit)
    if number is None or not 0 < number < math.inf or (relative and number >= 1):
        absolute = "FIGURE=VALUE with a value in the figure's unit" if unit is None else VALUES[unit]
        expected = f"a share of A's mean above 0% and below 100% such as 5%, or {absolute}"
        return Problem(OPTION, None, metric, repr(written), expected)
    return Margin(number, relative, written)


def _number(written: str, unit: str | None) -> tuple[float | None, bool]:
    """The value, None if it is invalid, and whether it is relative."""
    ending = next((end for end in ("%", "pp") if written.endswith(end)), "")
    if ending == "%" or (ending == "pp" and unit == "%"):
        try:
            return float(written.removesuffix(ending)) / 100, ending == "%"
        except ValueError:
            return None, False
    if unit is None or unit == "%":
        return None, False
    quantity = measured(float(written) if unit == "" and _is_number(written) else written)
    return (quantity[1], False) if quantity is not None and quantity[0] == unit else (None, False)


def _is_number(text: str) -> bool:
    try:
        return math.isfinite(float(text))
    except ValueError:
        return False
