"""The question: the figures to minimise, and the limits of other figures.

A limit is met if a bound of the figure's confidence interval meets it: the upper bound for `<`, the lower bound for
`>`. It is not enough that the estimate meets it. The interval covers the median run for a quantile within a run, all
trials together for a proportion, and the mean over the runs for every other figure (`icnsim.statistics.intervals`).
The estimate is of the same quantity and is therefore within the interval.
"""

import math
import operator
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final, NamedTuple

import numpy as np

from icnsim.errors import Problem, ScenarioError
from icnsim.numbers import CPU
from icnsim.scenario.variation import measured
from icnsim.statistics import intervals
from icnsim.sweeps import statistics
from icnsim.sweeps.figures import unit_of, unknown
from icnsim.sweeps.statistics import Floats

RELATIONS: Final[dict[str, Callable[[float, float], bool]]] = {
    "<": operator.lt, "<=": operator.le, ">": operator.gt, ">=": operator.ge
}  # fmt: skip
EXPECTED: Final = "METRIC<VALUE with <, <=, > or >=, such as detection_total.p99<60s or success_rate>=99%"
LARGEST: Final = 1e15
"""The largest absolute value of a limit. No figure is larger, and larger floats have no fraction."""
VALUES: Final = {
    "s": "a duration, such as 60s or 2min", "B": "a size, such as 10MiB", "%": "a share, such as 0.1% or 0.001",
    "": "a number, such as 5", "1/s": "a number per second, such as 0.001", CPU: "a share of a core, such as 1e-5",
}  # fmt: skip
"""The form of a limit, by the unit of its figure."""
TRADE_OFF: Final = ("detection_total.p99", "false_positives.rate", "records.mean")
"""The default objectives: detection time, mistakes and memory."""
INDIFFERENCE: Final = "5%"
"""The default indifference zone: a smaller difference of the objective is no reason to change a setting."""


class Measured(NamedTuple):
    """A figure over several runs; NaN if it does not exist.

    Attributes
    ----------
    estimate, low, high : the estimate and its interval, see the module. runs : the number of runs with the figure.
    kind : the kind of the interval, see `intervals.kind`; also ``order`` if all runs agree.
    trials : the trials of a proportion, in all runs together; 0 for other figures.
    """

    estimate: float
    low: float
    high: float
    runs: int
    kind: str
    trials: int = 0

    @property
    def unseen(self) -> bool:
        """Whether the figure is a proportion without a case in any trial."""
        return self.trials > 0 and self.estimate == 0

    @property
    def exact(self) -> "Measured":
        """The figure with its estimate as both bounds."""
        return self._replace(low=self.estimate, high=self.estimate)


def measure(metric: str, figures: Floats, level: float = intervals.LEVEL) -> Measured:
    """Return a figure over runs with its interval at a level.

    Parameters
    ----------
    figures : runs × figures, see `statistics.matrix`.

    If all runs agree and there are enough of them, the interval is that of the median. Equal values do not determine
    an interval of the mean, because it depends on the probability of runs that differ.
    """
    values, kind = statistics.values(metric, figures), intervals.kind(metric)
    if kind == "student" and len(values) and np.ptp(values) == 0:
        kind = "order"
    low, high = statistics.interval(metric, figures, level)
    trials = int(statistics.trials(metric, figures)[1].sum()) if kind == "wilson" else 0
    return Measured(statistics.estimate(metric, figures), low, high, len(values), kind, trials)


@dataclass(frozen=True, slots=True)
class Constraint:
    """A limit of a figure.

    Attributes
    ----------
    relation : one of `RELATIONS`. value : in the figure's unit, seconds for a duration.
    written : the value in the form that the user wrote.
    """

    metric: str
    relation: str
    value: float
    written: str

    def __str__(self) -> str:
        return f"{self.metric}{self.relation}{self.written}"

    @property
    def from_above(self) -> bool:
        """Whether the limit is an upper one."""
        return self.relation in ("<", "<=")

    def bound(self, found: Measured) -> float:
        """Return the bound that must meet the limit; NaN if the figure has no bound."""
        return found.high if self.from_above else found.low

    def met(self, found: Measured) -> bool:
        """Whether the bound meets the limit; a figure without a bound does not."""
        return RELATIONS[self.relation](self.bound(found), self.value)

    def missed(self, found: Measured) -> bool:
        """Whether the whole interval is beyond the limit, which shows that the figure misses it."""
        other = found.low if self.from_above else found.high
        return not math.isnan(other) and not RELATIONS[self.relation](other, self.value)

    def excess(self, found: Measured) -> float:
        """Return the bound's distance beyond the limit, negative within it; relative to a limit that is not 0."""
        beyond = self.bound(found) - self.value if self.from_above else self.value - self.bound(found)
        return beyond / (abs(self.value) or 1.0)

    def cost(self, estimate: float) -> float:
        """Return the estimate with the sign that makes a smaller value better."""
        return estimate if self.from_above else -estimate


@dataclass(frozen=True, slots=True)
class Indifference:
    """The difference of the objective that does not matter.

    Attributes
    ----------
    value : a share of the objective if `relative`, else in its unit. written : the value in the user's form.
    """

    value: float
    relative: bool
    written: str

    def of(self, estimate: float) -> float:
        """Return the difference in the objective's unit."""
        return self.value * abs(estimate) if self.relative else self.value


@dataclass(frozen=True, slots=True)
class Goal:
    """The figures to minimise, and the limits of other figures.

    Attributes
    ----------
    minimize : one figure, or several figures for a trade-off. indifference : the zone of a single figure.
    """

    minimize: tuple[str, ...]
    constraints: tuple[Constraint, ...]
    indifference: Indifference

    @property
    def objective(self) -> str:
        """The figure to minimise, or the first one of a trade-off."""
        return self.minimize[0]

    @property
    def trade_off(self) -> bool:
        """Whether there are several figures to minimise."""
        return len(self.minimize) > 1

    @property
    def metrics(self) -> tuple[str, ...]:
        """The figures of the question without repetitions."""
        return tuple(dict.fromkeys([*self.minimize, *(constraint.metric for constraint in self.constraints)]))

    def met(self, found: Sequence[Measured]) -> bool:
        """Whether the figures, one for each constraint, meet all constraints."""
        return all(constraint.met(each) for constraint, each in zip(self.constraints, found))


def goal(minimize: str | Sequence[str] | None, subject_to: Sequence[str], indifference: str | None = None) -> Goal:
    """Read the question. Raises ScenarioError with all its errors.

    Parameters
    ----------
    minimize : one figure, several, or None for `TRADE_OFF`. indifference : `INDIFFERENCE` by default.
    """
    metrics = tuple(dict.fromkeys([minimize] if isinstance(minimize, str) else minimize or TRADE_OFF))
    problems = [Problem("--minimize", None, "", *what) for metric in metrics for what in unknown(metric)]
    zone = Indifference(0.0, False, "0")
    try:
        if not problems:
            zone = _indifference(metrics, indifference or INDIFFERENCE)
    except _Unfit as error:
        problems.append(Problem("--indifference", None, "", *error.args))
    constraints: list[Constraint] = []
    for text in subject_to:
        try:
            constraint = _read(text)
            if any(constraint.metric == c.metric and constraint.from_above == c.from_above for c in constraints):
                raise _Unfit(f"{text!r} after another limit of that kind", "one upper and one lower limit of a figure")
            constraints.append(constraint)
        except _Unfit as error:
            problems.append(Problem("--subject-to", None, "", *error.args))
    if not subject_to and len(metrics) == 1 and not problems:
        wanted = f"at least one limit {EXPECTED}; without --minimize none is needed"
        problems.append(Problem("--subject-to", None, "", "nothing", wanted))
    if problems:
        raise ScenarioError(problems)
    return Goal(metrics, tuple(constraints), zone)


def constraint(text: str) -> Constraint:
    """Read a limit such as ``detection_total.p99<90s``. Raises ScenarioError if the text is not a limit."""
    try:
        return _read(text)
    except _Unfit as error:
        raise ScenarioError([Problem("--subject-to", None, "", *error.args)]) from None


def _indifference(metrics: Sequence[str], text: str) -> Indifference:
    """Read a share such as 5%, or a value in the unit of a single objective."""
    found = f"the value {text!r}"
    if text.endswith("%"):
        share = _number(text.removesuffix("%"))
        if share is None or not 0 < share < 100:
            raise _Unfit(found, "a share of the objective between 0% and 100%, such as 5%")
        return Indifference(share / 100, True, text)
    value = _value(metrics[0], text) if len(metrics) == 1 else None
    if value is None or value <= 0:
        own = f", or {VALUES[unit_of(metrics[0])]}" if len(metrics) == 1 else ""
        raise _Unfit(found, f"a share of the objective, such as 5%{own}, above 0")
    return Indifference(value, False, text)


class _Unfit(Exception):
    """Arguments: what was found and what was expected."""


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
    """Return the value in the metric's unit; None if it has no unit or another one."""
    unit = unit_of(metric)
    share = text.endswith("%")
    value = _number(text.removesuffix("%"))
    if value is not None:
        fits = unit in ("%", CPU) or (unit in ("", "1/s") and not share)
        value = value / 100 if share else value
    else:
        found = measured(text)
        value, fits = (math.nan, False) if found is None else (found[1], found[0] == unit)
    fits = fits and (unit != "%" or 0 <= value <= 1)
    return value if fits and math.isfinite(value) else None


def _number(text: str) -> float | None:
    try:
        return float(text)
    except ValueError:
        return None
