"""Detectors of plug-ins: they learn from answers how long a source waits for the next one."""

from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar, Final

from icnsim.errors import PluginError
from icnsim.scenario.plugins import parameters, registry
from icnsim.scenario.plugins.parameters import Parameter
from icnsim.scenario.plugins.registry import Plugin

LONGEST_MS: Final = 10**12
"""The largest timeout, 30 years."""


class DetectorPlugin(ABC):
    """The base of a plug-in's detector: one object learns from one kind of question. All times are whole ms.

    The constructor takes the parameters by name. See `docs/plugins.md` for the rules.

    Attributes
    ----------
    parameters : the declaration of each parameter. examples : values of the parameters as a scenario has them.
    """

    parameters: ClassVar[Mapping[str, Parameter]] = {}
    examples: ClassVar[tuple[Mapping[str, object], ...]] = ()

    @abstractmethod
    def observe(self, elapsed: int) -> None:
        """Learn from an answer that took this many ms."""

    def suspect(self, since: int, now: int) -> None:  # noqa: B027 - most detectors learn only from answers
        """A question sent at `since` was suspected at `now`, ms."""

    @abstractmethod
    def timeout(self, fixed: int) -> int:
        """The longest wait that is not too long, whole ms; `fixed` (`manager.timeout`) without enough observations."""

    @property
    @abstractmethod
    def numbers(self) -> int:
        """The number of observations that it keeps in memory."""


class Guarded:
    """A detector of a plug-in whose results are checked."""

    __slots__ = ("_part", "_plugin", "observe", "suspect")

    def __init__(self, plugin: Plugin, part: DetectorPlugin) -> None:
        self._plugin, self._part = plugin, part
        self.observe, self.suspect = part.observe, part.suspect

    def timeout(self, fixed: int) -> int:
        """The timeout, ms; raises PluginError if it is not a whole number from 0 to `LONGEST_MS`."""
        return self._whole("timeout", self._part.timeout(fixed))

    @property
    def numbers(self) -> int:
        """The number of observations; raises PluginError if it is not a whole number."""
        return self._whole("numbers", self._part.numbers)

    def _whole(self, name: str, value: object) -> int:
        if type(value) is not int or not 0 <= value <= LONGEST_MS:
            found = f"{value!r} from {name} instead of a Python int from 0 to {LONGEST_MS}"
            raise PluginError(f"{self._plugin} returned {found}: `icnsim check-plugin {self._plugin.name}`")
        return value


@dataclass(frozen=True, slots=True)
class Maker:
    """Makes detectors of a plug-in that have not learned anything.

    Attributes
    ----------
    plugin : the entry point. arguments : the values of its parameters, in the unit in which they are passed.
    """

    plugin: Plugin
    arguments: tuple[tuple[str, float], ...]

    def __call__(self) -> Guarded:
        return Guarded(self.plugin, family(self.plugin)(**dict(self.arguments)))


def family(plugin: Plugin) -> type[DetectorPlugin]:
    """The class of a plug-in; raises PluginError if it is wrong."""
    found: type[DetectorPlugin] = plugin.subclass_of(DetectorPlugin)
    return found


def written(plugin: Plugin, given: Mapping[str, object]) -> dict[str, object]:
    """The parameters as a scenario has them, with the defaults; raises ValueError if they are wrong."""
    complete = parameters.with_defaults(plugin.name, given, family(plugin).parameters)
    maker(plugin.name, complete)()
    return complete


def maker(kind: str, values: Mapping[str, object]) -> Maker:
    """The maker of a scenario's detectors; raises ValueError if the values are wrong."""
    plugin = registry.installed("detector")[kind]
    return Maker(plugin, tuple(parameters.read(kind, values, family(plugin).parameters).items()))
