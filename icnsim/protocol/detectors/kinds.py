"""The kinds of detector by name."""

from collections.abc import Callable, Mapping
from typing import Final

from icnsim.protocol.detectors.detector import Detector, Parameters
from icnsim.protocol.detectors.fixed import Deadline, Poll, Wheel

KINDS: Final[Mapping[str, Callable[[Parameters], Detector]]] = {
    "poll": lambda _: Poll(),
    "deadline": lambda _: Deadline(),
    "wheel": lambda given: Wheel(given.tick),
}
"""For each kind the function that makes a detector from its parameters."""


def detector_of(parameters: Parameters) -> Detector:
    """A new detector, which has not learned anything; raises KeyError for an unknown kind."""
    return KINDS[parameters.kind](parameters)
