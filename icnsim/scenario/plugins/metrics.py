"""Metrics of plug-ins: figures of a run that a function of its tables computes."""

import math
import re
from abc import ABC, abstractmethod
from collections.abc import Mapping
from numbers import Integral, Real
from typing import TYPE_CHECKING, ClassVar, Final, Literal, NamedTuple

from icnsim.errors import PluginError
from icnsim.scenario.plugins.registry import Plugin

if TYPE_CHECKING:
    import pandas as pd

_NAME: Final = re.compile("[a-z][a-z0-9_]{0,63}")

Number = float | int | None


class Figure(NamedTuple):
    """A figure of a metric.

    Attributes
    ----------
    unit : ``s``, ``B``, ``%`` for a share from 0 to 1, ``1`` for a plain number, or another unit, which is printed.
    meaning : one sentence. better : which values are better, ``lower``, ``higher`` or ``none``.
    """

    unit: str
    meaning: str
    better: Literal["lower", "higher", "none"] = "none"


class Metric(ABC):
    """The base of a plug-in's metric. Its constructor has no parameters. See `docs/plugins.md` for the rules.

    Attributes
    ----------
    figures : the figures by name. tables : the names of the result tables that the metric reads.
    """

    figures: ClassVar[Mapping[str, Figure]] = {}
    tables: ClassVar[tuple[str, ...]] = ()

    @abstractmethod
    def compute(self, tables: "Mapping[str, pd.DataFrame | None]", window: tuple[float, float]) -> Mapping[str, Number]:
        """The value of each figure, or None if it does not exist.

        Parameters
        ----------
        tables : the tables of the run, whole, as `docs/results.md` describes them; None if the run has no such table.
        window : the beginning and the end of the window of the statistics, s.
        """


def made(plugin: Plugin) -> Metric:
    """A new object of the metric; raises PluginError if the class is wrong."""
    family: type[Metric] = plugin.subclass_of(Metric)
    if not family.figures:
        raise PluginError(f"{plugin} declares no figures: repair or uninstall the package")
    for name in family.figures:
        if not _NAME.fullmatch(name):
            raise PluginError(f"{plugin} has the figure {name!r}: use small letters, digits and '_', at most 64")
    return family()


def checked(plugin: Plugin, metric: Metric, found: Mapping[str, Number]) -> dict[str, Number]:
    """The values in the order of the declaration, as Python's numbers; raises PluginError if one breaks a rule."""
    advice = f"`icnsim check-plugin {plugin.name}`"
    if not isinstance(found, Mapping) or set(found) != set(metric.figures):
        names = ", ".join(map(str, found)) if isinstance(found, Mapping) else f"a {type(found).__name__}"
        raise PluginError(f"{plugin} returned {names} instead of {', '.join(metric.figures)}: {advice}")
    for name, value in found.items():
        number = isinstance(value, Real) and not isinstance(value, bool) and math.isfinite(value)
        if value is not None and not number:
            raise PluginError(f"{plugin} returned {value!r} for {name} instead of a finite number or None: {advice}")
    return {name: _plain(found[name]) for name in metric.figures}


def _plain(value: Number) -> Number:
    if value is None:
        return None
    return int(value) if isinstance(value, Integral) else float(value)
