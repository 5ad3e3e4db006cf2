"""The trial of a metric: it computes its figures from the tables of small runs."""

from collections.abc import Iterator
from functools import cache
from typing import Final

from icnsim.engines import simulate
from icnsim.errors import PluginError
from icnsim.plugins.calls import Calls
from icnsim.recording.columns import Recording
from icnsim.recording.pluggedmetrics import frames, window
from icnsim.scenario import Scenario, loads
from icnsim.scenario.plugins import metrics
from icnsim.scenario.plugins.registry import Plugin

RUNS: Final = {
    "a run in which all migrations complete": "name: a\nworkload: {migrations: 40}\n",
    "a run with failures": (
        "name: a\nwarmup: 1s\nretry: {max_retries: 1}\nworkload: {migrations: 60}\nrecord: {messages: true}\n"
        "executors: [{group: a, count: 8}, {group: b, count: 2, behavior: unresponsive}]\n"
    ),
    "a run without a migration": "name: a\nduration: 1us\ndrain: 1us\nrecord: {manager: false, timeline: null}\n",
}


@cache
def runs() -> dict[str, tuple[Recording, Scenario]]:
    """Each run with its scenario."""
    scenarios = {name: loads(text) for name, text in RUNS.items()}
    return {name: (simulate(scenario, "events")[0], scenario) for name, scenario in scenarios.items()}


def calls(plugin: Plugin) -> Calls:
    """The metric of each run; the runs are simulated before the calls."""
    names = metrics.made(plugin).tables

    def of(recording: Recording, scenario: Scenario) -> object:
        tables = frames(names, recording, scenario)
        return metrics.made(plugin).compute(tables, window(recording))

    return {f"compute, {name}": lambda run=run: of(*run) for name, run in runs().items()}  # type: ignore[misc]


def violations(plugin: Plugin) -> Iterator[str]:
    """Wrong values, and figures without a unit or a meaning."""
    metric = metrics.made(plugin)
    for name, figure in metric.figures.items():
        if not isinstance(figure, metrics.Figure) or not figure.unit or not figure.meaning:
            yield f"the figure {name} has no unit or no meaning"
    for name, (recording, scenario) in runs().items():
        found = metric.compute(frames(metric.tables, recording, scenario), window(recording))
        try:
            metrics.checked(plugin, metric, found)
        except PluginError as error:
            yield f"{error} ({name})"
