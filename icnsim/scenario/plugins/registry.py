"""The plug-ins that are installed: found once in each process, by the entry points of the installed packages.

A scenario with built-in kinds only never looks plug-ins up, so such a run pays nothing. A name that is not built-in is
looked up among the entry points of its group. The module of a plug-in is imported when a scenario names it.
"""

import difflib
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from importlib import metadata
from typing import Any, Final, Literal, get_args

from pydantic_core import PydanticCustomError

from icnsim.errors import PluginError

Kind = Literal["distribution", "metric", "detector", "behavior", "policy"]
KINDS: Final[tuple[Kind, ...]] = get_args(Kind)
GROUPS: Final[Mapping[Kind, str]] = {
    "distribution": "icnsim.distributions",
    "metric": "icnsim.metrics",
    "detector": "icnsim.detectors",
    "behavior": "icnsim.behaviors",
    "policy": "icnsim.policies",
}
"""The group of entry points of each kind."""

_NAME: Final = re.compile("[a-z][a-z0-9-]{0,63}")
_BUILT_IN: Final[dict[Kind, tuple[str, ...]]] = {}


@dataclass(frozen=True, slots=True)
class Plugin:
    """An entry point of an installed package.

    Attributes
    ----------
    kind, name : its kind, and its name in a scenario. package, version : of the package that contains it.
    """

    kind: Kind
    name: str
    package: str
    version: str
    entry: metadata.EntryPoint

    def __str__(self) -> str:
        return f"the {self.kind} {self.name!r} of the package {self.package} {self.version}"

    def load(self) -> Any:
        """The object that the entry point names; raises PluginError if its import fails."""
        try:
            return self.entry.load()
        except Exception as error:
            reason = f"{type(error).__name__}: {error}"
            raise PluginError(f"{self} cannot be imported ({reason}): repair or uninstall the package") from error

    def subclass_of(self, base: type) -> Any:
        """The class that the entry point names; raises PluginError if it is not derived from the base of its kind."""
        found = self.load()
        if not isinstance(found, type) or not issubclass(found, base):
            wanted = f"icnsim.plugins.{self.kind.capitalize()}"
            raise PluginError(f"{self} is no subclass of {wanted}: repair or uninstall the package")
        return found


def reserve(kind: Kind, names: Iterable[str]) -> None:
    """Declare the built-in names of a kind, which no plug-in may have."""
    _BUILT_IN[kind] = tuple(names)


def built_in(kind: Kind) -> tuple[str, ...]:
    """The built-in names of a kind."""
    return _BUILT_IN.get(kind, ())


@cache
def installed(kind: Kind) -> Mapping[str, Plugin]:
    """The installed plug-ins of a kind, by name, in the order of their names.

    Raises
    ------
    PluginError : a name is invalid, is built-in, or belongs to several packages.
    """
    found: dict[str, Plugin] = {}
    for plugin in _plugins(kind):
        if not _NAME.fullmatch(plugin.name):
            raise PluginError(f"{plugin} has an invalid name: use small letters, digits and '-', at most 64")
        if plugin.name in built_in(kind):
            raise PluginError(f"{plugin} has the name of a built-in {kind}: uninstall it, or rename the plug-in")
        other = found.setdefault(plugin.name, plugin)
        if other is not plugin:
            packages = f"{other.package} {other.version} and {plugin.package} {plugin.version}"
            raise PluginError(f"the packages {packages} both have a {kind} {plugin.name!r}: uninstall one of them")
    return found


def _plugins(kind: Kind) -> list[Plugin]:
    """The plug-ins of a kind in the order of their names and packages, which does not depend on the installation."""
    found = []
    for entry in metadata.entry_points(group=GROUPS[kind]):
        package = entry.dist
        name, version = ("unknown", "unknown") if package is None else (package.metadata["Name"], package.version)
        found.append(Plugin(kind, entry.name, name, version, entry))
    return sorted(found, key=lambda plugin: (plugin.name, plugin.package))


def find(kind: Kind, name: str, used: dict[str, str]) -> Plugin:
    """The plug-in of a kind with that name; its package and version are added to `used`.

    Raises
    ------
    PluginError : it does not exist; the message lists the known names and suggests a similar one.
    """
    there = installed(kind)
    plugin = there.get(name)
    if plugin is None:
        raise PluginError(f"{kind}: {expected(kind)}{suggestion(name, kind)}")
    used[plugin.package] = plugin.version
    return plugin


def names(kind: Kind) -> tuple[str, ...]:
    """The names that a scenario can use for a kind: the built-in ones, then those of plug-ins."""
    return (*built_in(kind), *installed(kind))


def known(kind: Kind, name: str, used: dict[str, str]) -> str:
    """The name itself, for a key that accepts built-in names and those of plug-ins; see `find`.

    Raises
    ------
    PydanticCustomError : nothing has the name. It is like the error of a `Literal`, so the message suggests a name.
    """
    if name not in built_in(kind):
        if name not in installed(kind):
            *first, last = (f"'{each}'" for each in names(kind))
            form = f"{', '.join(first)} or {last} or a plug-in to be installed"
            raise PydanticCustomError("literal_error", "Input should be {expected}", {"expected": form})
        find(kind, name, used)
    return name


def expected(kind: Kind) -> str:
    """The names that a scenario can use for a kind, for messages."""
    known = ", ".join(names(kind))
    return f"one of {known}; or install its plug-in" if known else "an installed plug-in; none is installed"


def suggestion(name: str, kind: Kind) -> str:
    """A question for a similar name, or an empty text."""
    near = difflib.get_close_matches(name, names(kind), 1)
    return f"; did you mean {near[0]!r}?" if near else ""


def schema(kind: Kind) -> dict[str, Any]:
    """The JSON Schema of a name of that kind."""
    return {"type": "string", "enum": list(names(kind))}


def version_of(package: str) -> str | None:
    """The version of an installed package; None if it is not installed."""
    try:
        return metadata.version(package)
    except metadata.PackageNotFoundError:
        return None
