"""The numbers of a summary: flat, by their dotted names."""

from collections.abc import Mapping
from typing import Any, Final

from icnsim.recording.expectations import flatten

Figures = dict[str, float | None]

NOT_FIGURES: Final = ("scenario", "run_id", "seed", "version", "ignored", "unknown_fields", "expectations")
"""Parts of a summary that are no figures, or, `ignored` and `unknown_fields`, have other names in each run."""


def figures(summary: Mapping[str, Any]) -> Figures:
    """Every number of a summary, null where it does not exist.

    `ignored` and `unknown_fields` are the sums of their counts. A mean's interval within its run is left out: over
    replications there is a better one.
    """
    found: Figures = {
        name: value
        for name, value in flatten({key: value for key, value in summary.items() if key not in NOT_FIGURES})
        if not isinstance(value, str) and not name.endswith(".ci95")
    }
    for counts in ("ignored", "unknown_fields"):
        found[counts] = sum(summary[counts].values())
    return found
