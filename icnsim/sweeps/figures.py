"""The names and the units of the figures of a sweep, the same in every run."""

from functools import cache
from typing import Final

from icnsim.analysis.overview import CPU
from icnsim.experiment import least_summary
from icnsim.recording import expectations
from icnsim.recording.figures import figures
from icnsim.statistics import intervals

PLAIN: Final = ("policy.load", "policy.error", "wasm.rounds", "wasm.final_pages")
"""Sections that describe a distribution of plain numbers."""


@cache
def names() -> tuple[str, ...]:
    """The names of all figures, in their order."""
    return tuple(figures(least_summary()))


def unknown(metric: str) -> list[tuple[str, str]]:
    """Returns the found and the expected name if no figure has this name. See `expectations.unknown`."""
    return list(expectations.unknown(metric, dict.fromkeys(names(), 0)))


def unit_of(metric: str) -> str:
    """Return the unit in which a figure is shown: s, B, 1/s, % for a share, µs/s for a share of a core, or none."""
    name = metric.removeprefix("predicted.").removesuffix(".value")
    if name == "manager.cpu_share":
        return CPU
    section, _, last = name.rpartition(".")
    if section in PLAIN:
        return ""
    if last.endswith("_per_s"):
        return "1/s"
    # The other sections with quantiles are distributions of durations.
    if (f"{section}.p50" in names() and last not in ("count", "censored")) or last.endswith("_s"):
        return "s"
    if name in intervals.PROPORTIONS or section == "success_by" or last.endswith(("_share", "_rate")):
        return "%"
    return "B" if last.endswith("_bytes") else ""
