"""The parameters of a plug-in in a section whose key names a built-in kind or a plug-in."""

from collections.abc import Callable, Mapping

from icnsim.scenario.plugins import registry
from icnsim.scenario.plugins.registry import Kind, Plugin

Write = Callable[[Plugin, Mapping[str, object]], dict[str, object]]
"""Takes the given parameters, and returns all of them with the defaults; raises ValueError if they are wrong."""


def filled(value: object, key: str, kind: Kind, write: Write) -> object:
    """The section as it was given; the parameters of a plug-in that are missing have their defaults.

    Parameters
    ----------
    key : names the kind; if it is missing, the section has the first built-in one.

    Raises
    ------
    ValueError : a built-in kind has `parameters`, or those of the plug-in are wrong.
    """
    if not isinstance(value, Mapping):
        return value
    built_in = registry.built_in(kind)
    name, own = str(value.get(key, built_in[0])), value.get("parameters")
    if name in built_in:
        if own is not None:
            raise ValueError(f"no parameters: {name} is built-in, and only plug-ins have parameters")
        return value
    plugin, own = registry.installed(kind).get(name), {} if own is None else own
    if plugin is None or not isinstance(own, Mapping):
        return value
    return {**value, "parameters": write(plugin, own)}
