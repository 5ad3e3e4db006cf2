"""The design's own numbers, which the plots of a sweep mark: check interval 30 s, timeout 60 s, retention 5 min."""

from collections.abc import Mapping
from typing import Final

import numpy as np

from icnsim.plots.chart import Rule
from icnsim.plots.results import SweepResult
from icnsim.plots.swept import Levels, levels

NUMBERS: Final[Mapping[str, float]] = {
    "manager.timeout": 60.0,
    "manager.check_interval": 30.0,
    "manager.retention": 300.0,
    "network.latency": 0.2,
}
"""The design's value of each key that it fixes, in seconds. Source: PROTOCOL.md sections 1 to 3."""


def point(sweep: SweepResult) -> int | None:
    """Return the first point that has the design's value of every key that varies.

    Returns None if there is no such point, or if a key varies for which the design has no number.
    """
    keys = list(sweep.summary["vary"])
    if not keys or any(key not in NUMBERS for key in keys):
        return None
    found = [levels(sweep, key) for key in keys]
    if any(each.names for each in found):
        return None
    at = np.logical_and.reduce([each.values == NUMBERS[each.key] for each in found])
    return int(np.flatnonzero(at)[0]) if at.any() else None


def rule(key: Levels) -> list[Rule]:
    """Return a line at the design's value of a key, if this value is within the range of the values that were run."""
    at = NUMBERS.get(key.key)
    if at is None or key.names or not len(key.values) or not key.values.min() <= at <= key.values.max():
        return []
    return [Rule(f"the design's {key.text_of(at)}", "muted", "x", at)]
