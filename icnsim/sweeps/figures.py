"""The names of the figures of a sweep, the same in every run, and their units."""

from collections.abc import Iterable, Iterator
from functools import cache, lru_cache
from typing import Final

from icnsim.experiment import least_summary
from icnsim.numbers import CPU
from icnsim.recording import expectations, pluggedmetrics
from icnsim.recording.figures import figures
from icnsim.scenario import Scenario
from icnsim.statistics import intervals

PLAIN: Final = ("policy.load", "policy.error", "wasm.rounds", "wasm.final_pages")
"""Sections that describe a distribution of plain numbers."""


@cache
def of_every_run() -> tuple[str, ...]:
    """The names of the figures of every run, in their order."""
    return tuple(figures(least_summary()))


def names() -> tuple[str, ...]:
    """The names of the figures of every run, in their order, then those of the metrics of installed plug-ins."""
    return _names(tuple(pluggedmetrics.declared()))


@lru_cache(maxsize=1)
def _names(plugged: tuple[str, ...]) -> tuple[str, ...]:
    return of_every_run() + plugged


def of(scenario: Scenario) -> tuple[str, ...]:
    """The names of the figures of a scenario's runs, in the order of `names`: of plug-ins, only those that it names."""
    own = set(pluggedmetrics.recorded(scenario))
    return tuple(name for name in names() if not name.startswith(pluggedmetrics.PREFIX) or name in own)


def unrecorded(scenario: Scenario, metrics: Iterable[str]) -> Iterator[tuple[str, str]]:
    """The found and the expected text for each figure of an installed plug-in that a scenario does not name."""
    own = of(scenario)
    for metric in metrics:
        if metric in names() and metric not in own:
            plugin = metric.split(".")[1]
            yield f"the metric {metric!r}", f"record: {{metrics: [{plugin}]}} in the scenario, which computes it"


def unknown(metric: str) -> list[tuple[str, str]]:
    """The found and the expected text if no figure has that name. See `expectations.unknown`."""
    return list(expectations.unknown(metric, dict.fromkeys(names(), 0)))


def unit_of(metric: str) -> str:
    """Return the unit in which a figure is shown: s, B, 1/s, % for a share, µs/s for a share of a core, or none."""
    if metric.startswith(pluggedmetrics.PREFIX):
        plugged = pluggedmetrics.declared().get(metric)
        return "" if plugged is None or plugged.unit == "1" else plugged.unit
    name = metric.removeprefix("predicted.").removesuffix(".value")
    if name == "manager.cpu_share":
        return CPU
    section, _, last = name.rpartition(".")
    if section in PLAIN:
        return ""
    if last.endswith("_per_s"):
        return "1/s"
    # All other sections with quantiles are distributions of durations.
    if (f"{section}.p50" in names() and last not in ("count", "censored")) or last.endswith("_s"):
        return "s"
    if name in intervals.PROPORTIONS or section == "success_by" or last.endswith(("_share", "_rate")):
        return "%"
    return "B" if last.endswith("_bytes") else ""
