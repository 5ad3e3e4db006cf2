"""The numbers of a summary as a flat mapping from dotted names."""

from collections.abc import Mapping
from typing import Any, Final

from icnsim.recording.expectations import flatten

Figures = dict[str, float | None]

NOT_FIGURES: Final = ("scenario", "run_id", "seed", "version", "ignored", "unknown_fields", "expectations")
"""Parts of a summary that are not figures, or, `ignored` and `unknown_fields`, have different names in each run."""


def figures(summary: Mapping[str, Any]) -> Figures:
    """Every number of a summary; null if it does not exist.

    `ignored` and `unknown_fields` are the sums of their counts. The interval of a mean within its run is omitted,
    because replications give a better one.
    """
    found: Figures = {
        name: value
        for name, value in flatten({key: value for key, value in summary.items() if key not in NOT_FIGURES})
        if not isinstance(value, str)
    }
    for counts in ("ignored", "unknown_fields"):
        found[counts] = sum(summary[counts].values())
    return found
