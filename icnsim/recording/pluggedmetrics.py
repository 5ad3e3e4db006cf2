"""The figures of the metrics of plug-ins that a scenario names."""

from collections.abc import Iterable
from typing import TYPE_CHECKING

from icnsim.recording.columns import Recording
from icnsim.scenario import Scenario
from icnsim.scenario.plugins import metrics, registry
from icnsim.scenario.plugins.metrics import Number

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


def without_values(scenario: Scenario) -> dict[str, dict[str, None]]:
    """The names of the figures of a scenario's metrics, each with None."""
    declared = {name: metrics.made(registry.installed("metric")[name]).figures for name in scenario.record.metrics}
    return {name: dict.fromkeys(figures) for name, figures in declared.items()}
