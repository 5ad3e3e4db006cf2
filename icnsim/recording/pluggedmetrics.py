"""The figures of the metrics of plug-ins that a scenario names."""

from collections.abc import Iterable
from functools import lru_cache
from typing import TYPE_CHECKING, Final

from icnsim.errors import PluginError
from icnsim.recording.columns import Recording
from icnsim.scenario import Scenario
from icnsim.scenario.plugins import metrics, registry
from icnsim.scenario.plugins.metrics import Figure, Number

if TYPE_CHECKING:
    import pandas as pd


def figures(recording: Recording, scenario: Scenario) -> dict[str, dict[str, Number]]:
    """The figures of each metric by name; raises PluginError if a metric breaks a rule of its interface."""
    found = {}
    for name in scenario.record.metrics:
        plugin = registry.installed("metric")[name]
        metric = metrics.made(plugin)
        values = metric.compute(frames(metric.tables, recording, scenario), window(recording))
        found[name] = metrics.checked(plugin, metric, values)
    return found


def frames(names: Iterable[str], recording: Recording, scenario: Scenario) -> "dict[str, pd.DataFrame | None]":
    """Some tables of a run; None if the run has no such table."""
    from icnsim.recording import arrow

    tables = {name: arrow.table(name, recording, scenario) for name in names}
    return {name: None if table is None else table.to_pandas() for name, table in tables.items()}


def window(recording: Recording) -> tuple[float, float]:
    """The window of the statistics, s."""
    return recording.window_start / 1e6, recording.window_end / 1e6


PREFIX: Final = "metrics."
"""The beginning of the names of all figures of plug-ins, such as ``metrics.failures-by-target.targets``."""


def declared() -> dict[str, Figure]:
    """The figures of all installed metrics by their dotted names; a metric that cannot be used has no figures."""
    return _declared(tuple(registry.installed("metric").values()))


@lru_cache(maxsize=1)
def _declared(plugins: tuple[registry.Plugin, ...]) -> dict[str, Figure]:
    found: dict[str, Figure] = {}
    for plugin in plugins:
        try:
            metric = metrics.made(plugin)
        except PluginError:  # a scenario that names it gets the message
            continue
        found |= {f"{PREFIX}{plugin.name}.{name}": Figure(*figure) for name, figure in metric.figures.items()}
    return found


def recorded(scenario: Scenario) -> list[str]:
    """The dotted names of the figures of the metrics that a scenario names."""
    names = without_values(scenario)
    return [f"{PREFIX}{metric}.{name}" for metric in names for name in names[metric]]


def without_values(scenario: Scenario) -> dict[str, dict[str, None]]:
    """The names of the figures of a scenario's metrics, each with None."""
    declared = {name: metrics.made(registry.installed("metric")[name]).figures for name in scenario.record.metrics}
    return {name: dict.fromkeys(figures) for name, figures in declared.items()}
