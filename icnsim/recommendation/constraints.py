"""What is asked of the settings: one figure as small as can be, others within limits.

A limit is held by a bound of the figure's confidence interval, never by its estimate: the
upper one for `<`, the lower one for `>`. What an interval is of depends on the figure, see
`icnsim.analysis.intervals`: of the median run for a quantile within a run, of all trials
together for a proportion, of the mean over the runs for anything else. The estimate is of
the same thing, so that it lies within the interval.
"""

import math
import operator
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final, NamedTuple

import numpy as np

from icnsim.analysis import intervals
from icnsim.errors import Problem, ScenarioError
from icnsim.scenario.variation import measured
from icnsim.sweeps import statistics
from icnsim.sweeps.figures import unit_of, unknown
from icnsim.sweeps.statistics import Floats

RELATIONS: Final[dict[str, Callable[[float, float], bool]]] = {
    "<": operator.lt, "<=": operator.le, ">": operator.gt, ">=": operator.ge
}  # fmt: skip
EXPECTED: Final = "METRIC<VALUE with <, <=, > or >=, such as detection_total.p99<60s or success_rate>=99%"
LARGEST: Final = 1e15
"""No limit is further from 0: floats are whole numbers there, and no figure is so large."""
VALUES: Final = {
    "s": "a duration, such as 60s or 2min", "B": "a size, such as 10MiB", "%": "a share, such as 0.1% or 0.001",
    "": "a number, such as 5",
}  # fmt: skip
"""What is expected of a limit, by the unit of its figure."""


class Measured(NamedTuple):
    """A figure over several runs; NaN where there is none.

    Attributes
    ----------
    estimate, low, high : of what the module says. runs : that have the figure.
    kind : of the interval, as `intervals.kind` has it; ``order`` also for runs that agree.
    """

    estimate: float
    low: float
    high: float
    runs: int
    kind: str

    @property
    def exact(self) -> "Measured":
        """The same as if the estimate were sure."""
        return self._replace(low=self.estimate, high=self.estimate)


def measure(metric: str, figures: Floats, level: float = intervals.LEVEL) -> Measured:
    """A figure over runs, with its interval at that level.

    Parameters
    ----------
    figures : runs × figures, as `statistics.matrix` has them.

    Of runs that all agree Student's interval, if there are enough for one, is the median's:
    that of the mean would have to tell how rare the runs are that do not.
    """
    values, kind = statistics.values(metric, figures), intervals.kind(metric)
    if kind == "student" and len(values) and np.ptp(values) == 0:
        kind = "order"
    low, high = statistics.interval(metric, figures, level)
    return Measured(statistics.estimate(metric, figures), low, high, len(values), kind)


@dataclass(frozen=True, slots=True)
class Constraint:
    """A limit of a figure.

    Attributes
    ----------
    relation : one of `RELATIONS`. value : in the figure's unit, seconds for a duration.
    written : the value as the user wrote it.
    """

    metric: str
    relation: str
    value: float
    written: str

    def __str__(self) -> str:
        return f"{self.metric}{self.relation}{self.written}"

    @property
    def from_above(self) -> bool:
        """Whether the figure is to be small."""
        return self.relation in ("<", "<=")

    def bound(self, found: Measured) -> float:
        """The bound that is held against the limit; NaN where there is none."""
        return found.high if self.from_above else found.low

    def met(self, found: Measured) -> bool:
        """Whether the bound is within the limit; what has no bound does not meet it."""
        return RELATIONS[self.relation](self.bound(found), self.value)

    def excess(self, found: Measured) -> float:
        """How far the bound is beyond the limit, below 0 within it, as a share of the limit unless that is 0."""
        beyond = self.bound(found) - self.value if self.from_above else self.value - self.bound(found)
        return beyond / (abs(self.value) or 1.0)

    def cost(self, estimate: float) -> float:
        """The estimate, turned so that less is better."""
        return estimate if self.from_above else -estimate


@dataclass(frozen=True, slots=True)
class Goal:
    """The figure that is to be small and the limits of others."""

    minimize: str
    constraints: tuple[Constraint, ...]

    @property
    def metrics(self) -> tuple[str, ...]:
        """Every figure that is looked at, each once."""
        return tuple(dict.fromkeys([self.minimize, *(constraint.metric for constraint in self.constraints)]))

    def met(self, found: Sequence[Measured]) -> bool:
        """Whether the figures, one a constraint, meet all of them."""
        return all(constraint.met(each) for constraint, each in zip(self.constraints, found))


def goal(minimize: str, subject_to: Sequence[str]) -> Goal:
    """Read what is asked; raises ScenarioError with everything that is wrong with it."""
    problems = [Problem("--minimize", None, "", *what) for what in unknown(minimize)]
    constraints: list[Constraint] = []
    for text in subject_to:
        try:
            constraint = _read(text)
            if any(constraint.metric == c.metric and constraint.from_above == c.from_above for c in constraints):
                raise _Unfit(f"{text!r} after another limit of that kind", "each figure limited once from either side")
            constraints.append(constraint)
        except _Unfit as error:
            problems.append(Problem("--subject-to", None, "", *error.args))
    if not subject_to:
        problems.append(Problem("--subject-to", None, "", "nothing", f"at least one constraint {EXPECTED}"))
    if problems:
        raise ScenarioError(problems)
    return Goal(minimize, tuple(constraints))


def constraint(text: str) -> Constraint:
    """Read one limit, such as ``detection_total.p99<90s``; raises ScenarioError where it is none."""
    try:
        return _read(text)
    except _Unfit as error:
        raise ScenarioError([Problem("--subject-to", None, "", *error.args)]) from None


class _Unfit(Exception):
    """What was found and what was expected."""


def _read(text: str) -> Constraint:
    parts = re.fullmatch(r"\s*([^\s<>=]+)\s*([<>]=?)\s*([^\s<>=].*?)\s*", text)
    if parts is None:
        raise _Unfit(repr(text), EXPECTED)
    metric, relation, written = parts.groups()
    for found, expected in unknown(metric):
        raise _Unfit(found, expected)
    value = _value(metric, written)
    if value is None:
        raise _Unfit(f"the value {written!r} for {metric}", VALUES[unit_of(metric)])
    if abs(value) > LARGEST:
        raise _Unfit(f"the value {written!r} for {metric}", f"one of at most {LARGEST:.0e}")
    return Constraint(metric, relation, value, written)


def _value(metric: str, text: str) -> float | None:
    """The value in the metric's unit; None where it has none or another one."""
    unit = unit_of(metric)
    try:
        value = float(text.removesuffix("%")) / (100 if text.endswith("%") else 1)
        fits = unit in ("", "%") and (unit == "%" or not text.endswith("%"))
    except ValueError:
        found = measured(text)
        value, fits = (math.nan, False) if found is None else (found[1], found[0] == unit)
    fits = fits and (unit != "%" or 0 <= value <= 1)
    return value if fits and math.isfinite(value) else None
