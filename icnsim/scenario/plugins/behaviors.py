"""Behaviors of plug-ins: how executors answer the Requests of migrations."""

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from enum import Enum
from typing import ClassVar

from icnsim.errors import PluginError
from icnsim.scenario.plugins import parameters, registry
from icnsim.scenario.plugins.parameters import Parameter
from icnsim.scenario.plugins.registry import Plugin


class Answer(Enum):
    """How an executor answers a Request. With ACCEPT, its capacity may still refuse the actor."""

    ACCEPT = "accept"
    REJECT = "reject"
    SILENT = "silent"


class BehaviorPlugin(ABC):
    """The base of a plug-in's behavior; `docs/plugins.md` has the rules. Its constructor takes the parameters by name.

    Attributes
    ----------
    parameters : the declaration of each parameter. examples : values of the parameters as a scenario has them.
    """

    parameters: ClassVar[Mapping[str, Parameter]] = {}
    examples: ClassVar[tuple[Mapping[str, object], ...]] = ()

    @abstractmethod
    def answer(self, size_bytes: int, u: float) -> Answer:
        """The answer to a Request for an actor with a state of that size.

        Parameters
        ----------
        u : a uniform number in [0, 1) that belongs to the attempt; equal attempts of two scenarios have the same.
        """


def family(plugin: Plugin) -> type[BehaviorPlugin]:
    """The class of a plug-in; raises PluginError if it is wrong."""
    found: type[BehaviorPlugin] = plugin.subclass_of(BehaviorPlugin)
    return found


def written(plugin: Plugin, given: Mapping[str, object]) -> dict[str, object]:
    """The parameters as a scenario has them, with the defaults; raises ValueError if they are wrong."""
    complete = parameters.with_defaults(plugin.name, given, family(plugin).parameters)
    made(plugin.name, complete)
    return complete


def made(kind: str, values: Mapping[str, object]) -> Callable[[int, float], Answer]:
    """The function that answers Requests, see `BehaviorPlugin.answer`; raises ValueError if the values are wrong.

    The function raises PluginError if the plug-in returns anything but an `Answer`.
    """
    plugin = registry.installed("behavior")[kind]
    declared = family(plugin)
    part = declared(**parameters.read(kind, values, declared.parameters))

    def answer(size_bytes: int, u: float) -> Answer:
        found = part.answer(size_bytes, u)
        if not isinstance(found, Answer):
            advice = f"`icnsim check-plugin {plugin.name}`"
            raise PluginError(f"{plugin} returned {found!r} from answer instead of an Answer: {advice}")
        return found

    return answer
