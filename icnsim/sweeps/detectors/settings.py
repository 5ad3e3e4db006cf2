"""The parameter settings of each kind of detector, from the fastest one to the one that makes the fewest mistakes.

poll, deadline and wheel vary the timeout, and each learning detector varies its own parameter. Timeouts cover the tail
of the reply time: from the time after which one reply in ten is missing to twice the scenario's own timeout. Factors
(margin, threshold) double from setting to setting.
"""

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

import numpy as np
from numpy.typing import NDArray

from icnsim.protocol.states import State
from icnsim.scenario import Scenario
from icnsim.scenario.detector import Detector, DetectorKind
from icnsim.scenario.manager import TimeoutByState
from icnsim.scenario.timeouts import write_timeout
from icnsim.scenario.units import format_duration
from icnsim.theory.drawn import drawn_mean
from icnsim.theory.replies import Reply, reply_of
from icnsim.theory.routes import routes
from icnsim.theory.stages import Stages

Floats = NDArray[np.float64]

DETECTOR: Final = "manager.detector"
OWN: Final[Mapping[DetectorKind, str]] = {
    "poll": "timeout",
    "deadline": "timeout",
    "wheel": "timeout",
    "adaptive": "margin",
    "chen": "alpha",
    "phi-accrual": "threshold",
}
"""The parameter that is varied along the curve of each kind."""
FACTORS: Final = (1.0, 64.0)
"""The ends of the curve of a margin, in mean deviations, and of a threshold of φ."""
TAIL: Final = (1e-1, 1e-4)
"""The shares of missing replies that the shorter timeouts cover."""
LEAST_ALPHA_S: Final = 0.1
"""The smallest margin of chen."""


@dataclass(frozen=True, slots=True)
class Curve:
    """The points of one kind of detector.

    Attributes
    ----------
    kind : of the detector. key : the scenario's key that is varied.
    levels : its values, in the form of a file. fixed : the other keys that are set.
    values : the own parameter at each point; seconds if `unit` is s.
    """

    kind: DetectorKind
    key: str
    levels: tuple[object, ...]
    fixed: Mapping[str, object]
    values: tuple[float, ...]

    @property
    def parameter(self) -> str:
        """The name of the parameter that is varied."""
        return OWN[self.kind]

    @property
    def unit(self) -> str:
        """The unit of the parameter: s, or none for a factor."""
        return "s" if self.parameter in ("timeout", "alpha") else ""

    def only(self, place: int) -> "Curve":
        """The curve with one of its points alone."""
        return replace(self, levels=(self.levels[place],), values=(self.values[place],))


def timeout_key(scenario: Scenario) -> str:
    """The key of the fixed timeout in Requesting."""
    by_state = isinstance(scenario.manager.timeout, TimeoutByState)
    return "manager.timeout.requesting" if by_state else "manager.timeout"


def curve(scenario: Scenario, kind: DetectorKind, count: int) -> Curve:
    """Return the settings of a kind of detector for a scenario.

    Parameters
    ----------
    count : the most points; settings that are equal after rounding are one point. The curve of a timeout
        always has the scenario's own timeout.

    The detector of the scenario keeps its parameters if it is of this kind.
    """
    detector = _detector(scenario, kind)
    if OWN[kind] == "timeout":
        seconds, own = timeouts(scenario, count), own_timeout_s(scenario)
        timeout = scenario.manager.timeout
        written = write_timeout(timeout.requesting if isinstance(timeout, TimeoutByState) else timeout)
        levels = tuple(written if each == own else format_duration(_us(each)) for each in seconds)
        return Curve(kind, timeout_key(scenario), levels, {DETECTOR: detector}, seconds)
    values = _alphas(scenario, count) if OWN[kind] == "alpha" else _factors(count)
    parameters = [format_duration(_us(value)) if OWN[kind] == "alpha" else value for value in values]
    return Curve(kind, DETECTOR, tuple({**detector, OWN[kind]: value} for value in parameters), {}, values)


def _detector(scenario: Scenario, kind: DetectorKind) -> dict[str, object]:
    """A detector of this kind, with the parameters of the scenario's own detector that are not defaults."""
    own = scenario.manager.detector
    usual = Detector(kind=kind).model_dump(mode="json")
    given = own.model_dump(mode="json") if own.kind == kind else {}
    return {"kind": kind, **{name: value for name, value in given.items() if value != usual[name]}}


def timeouts(scenario: Scenario, count: int) -> tuple[float, ...]:
    """Return ascending timeouts, s: some in the tail of the reply time, the scenario's own, some between and beyond.

    All but the scenario's own are short enough for the drain: the last requests of a run are detected before its end.
    """
    own = own_timeout_s(scenario)
    if count == 1:
        return (own,)
    longest = max(own, (scenario.drain - scenario.manager.check_interval) / 1e6)
    tail = Tail(scenario, longest)
    in_tail = math.ceil((count - 1) / 2)
    short = [tail.beyond(share) for share in np.geomspace(*TAIL, in_tail)] if tail.known else []
    last = short[-1] if short else own / 2**in_tail
    beyond = min(longest, 2 * own if own > last else 4 * last)
    longer = np.geomspace(last, beyond, count - len(short))[1:]
    return tuple(sorted({_rounded(float(each)) for each in (*short, *longer)} | {own}))


def own_timeout_s(scenario: Scenario) -> float:
    """The scenario's own fixed timeout in Requesting, s; that of a state of mean size if it grows with the size."""
    timeout = scenario.manager.limits.timeouts[State.REQUESTING]
    if isinstance(timeout, int):
        return timeout / 1e6
    return timeout.ms(round(drawn_mean(scenario.actors.state_size))) / 1e3


def _alphas(scenario: Scenario, count: int) -> tuple[float, ...]:
    """Return ascending margins beyond the expected arrival, s: the timeouts less the mean reply time."""
    fixed = timeouts(scenario, count)
    mean = Tail(scenario, fixed[-1]).mean
    less = [each - mean for each in fixed]
    return tuple(sorted({_rounded(max(LEAST_ALPHA_S, each)) for each in less}))


def _factors(count: int) -> tuple[float, ...]:
    low, high = FACTORS
    return tuple(sorted({_rounded(float(each)) for each in np.geomspace(low, high, count)}))


class Tail:
    """The distribution of the time until a willing target's answer arrives, without loss.

    Parameters
    ----------
    limit_s : up to where it is computed.
    """

    def __init__(self, scenario: Scenario, limit_s: float) -> None:
        stages, found = Stages(scenario), dict[tuple[object, ...], float]()
        for route in routes(scenario):
            parts = tuple(stages.reply(route, "accept"))
            found[parts] = found.get(parts, 0.0) + route.share * route.accepts
        whole = math.fsum(found.values())
        self._limit = limit_s
        self._replies: Sequence[tuple[Reply, float]] = [
            (reply_of(parts, limit_s * 1e6), share / whole)  # type: ignore[arg-type]
            for parts, share in found.items()
            if share
        ]

    @property
    def known(self) -> bool:
        """Whether any target answers."""
        return bool(self._replies)

    @property
    def mean(self) -> float:
        """The mean of the replies that arrive within the limit, s; 0 if no target answers."""
        shares, firsts = zip(*self._upto(self._limit)) if self.known else ((1.0,), (0.0,))
        return math.fsum(firsts) / math.fsum(shares)

    def beyond(self, share: float) -> float:
        """The time after which at most this share of the replies is missing, s; at most the limit."""
        low, high = 0.0, self._limit
        for _ in range(40):
            middle = (low + high) / 2
            arrived = math.fsum(each for each, _ in self._upto(middle))
            low, high = (low, middle) if arrived >= 1 - share else (middle, high)
        return high

    def _upto(self, time_s: float) -> Iterator[tuple[float, float]]:
        """The share that arrives in time, and its part of the mean, of each kind of route."""
        for reply, weight in self._replies:
            share, first, _ = reply.upto(np.array([time_s]))
            yield weight * float(share[0]), weight * float(first[0])


def _rounded(value: float) -> float:
    """Three significant digits, and no finer than a millisecond."""
    return max(0.001, round(float(f"{value:.3g}"), 3))


def _us(seconds: float) -> int:
    return round(seconds * 1e6)
