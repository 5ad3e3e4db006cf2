"""Distributions of plug-ins: read from a scenario, and checked at every draw."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import ClassVar

import numpy as np

from icnsim.errors import PluginError
from icnsim.scenario.distributions import Distribution, Floats
from icnsim.scenario.plugins import parameters, registry
from icnsim.scenario.plugins.parameters import Parameter
from icnsim.scenario.plugins.registry import Plugin


class DistributionPlugin(Distribution):
    """The base of a plug-in's distribution. Its constructor takes the parameters by name.

    It raises ValueError with the expectation if they do not fit together. See `docs/plugins.md` for the rules.

    Attributes
    ----------
    parameters : the declaration of each parameter. examples : values of the parameters as a scenario has them for a
        duration, at least one set, for `icnsim check-plugin`.
    """

    parameters: ClassVar[Mapping[str, Parameter]] = {}
    examples: ClassVar[tuple[Mapping[str, object], ...]] = ()


@dataclass(frozen=True, slots=True)
class Plugged(Distribution):
    """A distribution of a plug-in, whose draws are checked.

    Attributes
    ----------
    plugin : the entry point. arguments : the values of its parameters, in the unit in which they are passed.
    in_unit : for each parameter whether it is in the unit of the quantity.
    """

    kind: ClassVar[str] = "plugged"
    plugin: Plugin
    arguments: tuple[tuple[str, float], ...]
    in_unit: tuple[bool, ...]
    part: Distribution = field(compare=False)

    def ppf(self, u: Floats) -> Floats:
        """The draws of the plug-in; raises PluginError if they are not finite float64 values >= 0, one for each `u`."""
        values = self.part.ppf(np.array(u, dtype=np.float64))
        fault = fault_of(values, np.shape(u))
        if fault is not None:
            raise PluginError(f"{self.plugin} returned {fault} from ppf: `icnsim check-plugin {self.plugin.name}`")
        return values

    def cdf(self, x: Floats) -> Floats:
        return self.part.cdf(np.array(x, dtype=np.float64))

    def mean(self) -> float:
        return float(self.part.mean())

    def variance(self) -> float:
        return float(self.part.variance())

    def support(self) -> tuple[float, float]:
        low, high = self.part.support()
        return float(low), float(high)


def fault_of(values: object, shape: tuple[int, ...]) -> str | None:
    """The fault of the draws of a plug-in; None if they are correct."""
    if not isinstance(values, np.ndarray) or values.dtype != np.float64:
        found = f"an array of {values.dtype}" if isinstance(values, np.ndarray) else f"a {type(values).__name__}"
        return f"{found} instead of an array of float64"
    if values.shape != shape:
        return f"the shape {values.shape} for uniforms of the shape {shape}"
    if not np.isfinite(values).all():
        return "values that are not finite"
    return "negative values" if (values < 0).any() else None


def parse(value: Mapping[str, object], read: Callable[[object], float], used: dict[str, str]) -> Plugged:
    """The distribution of a plug-in as a scenario has it.

    Parameters
    ----------
    value : with the key ``distribution``. read : reads a value in the unit of the quantity.
    used : the package of the plug-in and its version are added.

    Raises
    ------
    ValueError : there is no such plug-in, or its parameters are wrong.
    """
    plugin = registry.find("distribution", str(value.get("distribution")), used)
    given = {key: item for key, item in value.items() if key != "distribution"}
    return made(plugin, given, read)


def made(plugin: Plugin, given: Mapping[str, object], read: Callable[[object], float]) -> Plugged:
    """The distribution of a plug-in with these values of its parameters; raises ValueError if they are wrong."""
    family: type[DistributionPlugin] = plugin.subclass_of(DistributionPlugin)
    declared = family.parameters
    written = parameters.with_defaults(plugin.name, given, declared)
    arguments = parameters.read(plugin.name, written, declared, read)
    try:
        part = family(**arguments)
    except ValueError as error:
        raise ValueError(f"{plugin.name}: {error}") from None
    in_unit = tuple(parameter.unit == "quantity" for parameter in declared.values())
    return Plugged(plugin, tuple(arguments.items()), in_unit, part)
