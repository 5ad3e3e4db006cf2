"""The kinds of detector by name."""

from collections.abc import Callable, Mapping
from typing import Final

from icnsim.protocol.detectors.accrual import SuspicionLevel
from icnsim.protocol.detectors.chen import ExpectedAnswer
from icnsim.protocol.detectors.detector import Detector, Parameters
from icnsim.protocol.detectors.estimator import Estimator
from icnsim.protocol.detectors.fixed import Deadline, Poll, Wheel
from icnsim.protocol.detectors.heartbeats import Freshness, Rule, Silence
from icnsim.protocol.detectors.heeding import Heeding
from icnsim.protocol.detectors.learning import Learning
from icnsim.protocol.detectors.roundtrips import RoundTrips

ESTIMATORS: Final[Mapping[str, Callable[[Parameters], Estimator]]] = {
    "adaptive": lambda given: RoundTrips(given.margin, given.window, given.minimum),
    "chen": lambda given: ExpectedAnswer(given.alpha, given.window),
    "phi-accrual": lambda given: SuspicionLevel(
        given.threshold, given.window, given.pause, given.min_std if given.distribution == "normal" else None
    ),
}
"""For each kind that learns, the function that makes an estimator from its parameters."""


def _learning(parameters: Parameters) -> Detector:
    estimator = ESTIMATORS[parameters.kind]
    return Learning(lambda: estimator(parameters), apart=parameters.by == "target")


KINDS: Final[Mapping[str, Callable[[Parameters], Detector]]] = {
    "poll": lambda _: Poll(),
    "deadline": lambda _: Deadline(),
    "wheel": lambda given: Wheel(given.tick),
    **dict.fromkeys(ESTIMATORS, _learning),
}
"""For each kind, the function that makes a detector from its parameters."""


RULES: Final[Mapping[str, Callable[[Parameters], Rule]]] = {
    "chen": lambda given: Freshness(given.alpha, given.heartbeat),
    "phi-accrual": lambda given: Silence(
        given.threshold, given.pause, None if given.distribution == "exponential" else given.min_std
    ),
}
"""For each kind that learns from heartbeats, the function that makes its rule."""


def detector_of(parameters: Parameters) -> Detector:
    """A new detector, which has not learned anything; raises KeyError for an unknown kind."""
    if parameters.estimator is not None:
        return Learning(parameters.estimator, apart=parameters.by == "target")
    if parameters.heartbeat:
        return Heeding(RULES[parameters.kind](parameters))
    return KINDS[parameters.kind](parameters)
