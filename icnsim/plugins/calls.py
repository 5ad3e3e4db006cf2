"""The form of the calls with which plug-ins are tried."""

from collections.abc import Callable, Mapping

from icnsim.errors import PluginError
from icnsim.scenario.plugins.registry import Plugin

Calls = Mapping[str, Callable[[], object]]
"""Calls by name. Each makes an instance of its own, so the calls may run in any order."""


def examples_of(plugin: Plugin, family: object) -> tuple[Mapping[str, object], ...]:
    """The sets of parameters with which a plug-in is tried; raises PluginError if the class does not give any."""
    found: tuple[Mapping[str, object], ...] = tuple(getattr(family, "examples", ()))
    if not found and getattr(family, "parameters", None):
        raise PluginError(f"{plugin} has no examples: add a set of parameters to the attribute examples of its class")
    return found or ({},)
