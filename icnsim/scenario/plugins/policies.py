"""Policies of plug-ins: when an actor leaves its executor, and its target."""

import math
from abc import ABC, abstractmethod
from collections.abc import Iterable, Mapping
from typing import ClassVar

from icnsim.errors import PluginError
from icnsim.protocol.policy import LOAD_BALANCING, LOCALITY_OPTIMIZATION, Candidate, Choice, Own
from icnsim.scenario.plugins import parameters, registry
from icnsim.scenario.plugins.parameters import Parameter
from icnsim.scenario.plugins.registry import Plugin


class PolicyPlugin(ABC):
    """The base of a plug-in's policy; `docs/plugins.md` has the rules. Its constructor takes the parameters by name.

    Attributes
    ----------
    parameters : the declaration of each parameter. examples : values of the parameters as a scenario has them.
    """

    parameters: ClassVar[Mapping[str, Parameter]] = {}
    examples: ClassVar[tuple[Mapping[str, object], ...]] = ()

    @abstractmethod
    def decide(self, own: Own, others: tuple[Candidate, ...]) -> Choice | None:
        """The target of an actor that may stay; None if it stays."""

    @abstractmethod
    def choose(self, own: Own, others: tuple[Candidate, ...]) -> Choice | None:
        """The target of an actor that must migrate; None if no candidate is acceptable."""


class Guarded:
    """A policy of a plug-in whose choices are checked."""

    __slots__ = ("_part", "_plugin")

    def __init__(self, plugin: Plugin, part: PolicyPlugin) -> None:
        self._plugin, self._part = plugin, part

    def decide(self, own: Own, others: Iterable[Candidate]) -> Choice | None:
        """The decision of the plug-in; raises PluginError if it breaks a rule."""
        candidates = tuple(others)
        return self._checked(self._part.decide(own, candidates), candidates)

    def choose(self, own: Own, others: Iterable[Candidate]) -> Choice | None:
        """The choice of the plug-in; raises PluginError if it breaks a rule."""
        candidates = tuple(others)
        return self._checked(self._part.choose(own, candidates), candidates)

    def _checked(self, choice: object, candidates: tuple[Candidate, ...]) -> Choice | None:
        if choice is None:
            return None
        fault = _fault(choice, candidates)
        if fault is not None:
            raise PluginError(f"{self._plugin} returned {fault}: `icnsim check-plugin {self._plugin.name}`")
        assert isinstance(choice, Choice)
        return Choice(int(choice.executor), float(choice.score), choice.reason)


def _fault(choice: object, candidates: tuple[Candidate, ...]) -> str | None:
    """The fault of a choice; None if it is correct."""
    if not isinstance(choice, Choice):
        return f"a {type(choice).__name__} instead of a Choice or None"
    if all(choice.executor != other.executor for other in candidates):
        return f"the executor {choice.executor!r}, which is no candidate"
    if isinstance(choice.score, bool) or not isinstance(choice.score, int | float) or not math.isfinite(choice.score):
        return f"the score {choice.score!r} instead of a finite number"
    if choice.reason not in (LOAD_BALANCING, LOCALITY_OPTIMIZATION):
        return f"the reason {choice.reason!r} instead of {LOAD_BALANCING} or {LOCALITY_OPTIMIZATION}"
    return None


def family(plugin: Plugin) -> type[PolicyPlugin]:
    """The class of a plug-in; raises PluginError if it is wrong."""
    found: type[PolicyPlugin] = plugin.subclass_of(PolicyPlugin)
    return found


def written(plugin: Plugin, given: Mapping[str, object]) -> dict[str, object]:
    """The parameters as a scenario has them, with the defaults; raises ValueError if they are wrong."""
    complete = parameters.with_defaults(plugin.name, given, family(plugin).parameters)
    made(plugin.name, complete)
    return complete


def made(kind: str, values: Mapping[str, object]) -> Guarded:
    """The policy of a scenario; raises ValueError if the values are wrong."""
    plugin = registry.installed("policy")[kind]
    declared = family(plugin)
    return Guarded(plugin, declared(**parameters.read(kind, values, declared.parameters)))
