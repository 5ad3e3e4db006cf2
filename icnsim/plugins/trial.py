"""The trial of a plug-in: calls whose results are compared, and rules of its kind."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from icnsim.plugins import detectors, distributions, metrics, policies
from icnsim.plugins.calls import Calls
from icnsim.scenario.plugins.registry import Kind, Plugin


@dataclass(frozen=True, slots=True)
class Trial:
    """How plug-ins of a kind are tried.

    Attributes
    ----------
    calls : the calls by name; each makes its own instance. violations : describes each broken rule of the kind.
    """

    calls: Callable[[Plugin], Calls]
    violations: Callable[[Plugin], Iterator[str]]


TRIALS: Final[Mapping[Kind, Trial]] = {
    "distribution": Trial(distributions.calls, distributions.violations),
    "metric": Trial(metrics.calls, metrics.violations),
    "detector": Trial(detectors.calls, detectors.violations),
    "policy": Trial(policies.calls, policies.violations),
}
"""The trial of each kind."""
