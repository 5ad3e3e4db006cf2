"""The decision functions of a scenario's policy."""

from collections.abc import Callable, Iterable
from functools import partial

from icnsim.protocol import policy
from icnsim.protocol.policy import Candidate, Choice, Own
from icnsim.scenario.plugins import policies
from icnsim.scenario.policy import Policy

Decides = Callable[[Own, Iterable[Candidate]], Choice | None]


def functions_of(chosen: Policy) -> tuple[Decides, Decides]:
    """The function for an actor that may stay, and the one for an actor that must migrate."""
    if chosen.parameters is not None:
        made = policies.made(chosen.kind, chosen.parameters)
        return made.decide, made.choose
    given = chosen.thresholds
    if chosen.kind == "locality-first":
        nearest = partial(policy.locality_first, thresholds=given)
        return nearest, nearest
    return partial(policy.default, thresholds=given), partial(policy.best, thresholds=given)
