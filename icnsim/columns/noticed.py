"""What the monitor of an observed run counts besides violations: how often each hazard began."""

from typing import Any, Final

import numpy as np

from icnsim.columns import layout as at
from icnsim.recording.columns import Column
from icnsim.recording.violations import Observed
from icnsim.scenario import Scenario

HERD_US: Final = 2_000_000
"""Requests of different sources to one target within that time are a herd (hazard 17)."""


def observed(scenario: Scenario, numbers: Any, attempts: dict[str, Column]) -> Observed:
    """The hazards; violations are found by the event engine, for the suspects."""
    hazards = {number: int(numbers[at.N_HAZARDS + number]) for number in range(1, 23)}
    hazards[17] = herds(attempts)
    return Observed(
        violations=(), counts={}, transitions={}, hazards={number: count for number, count in hazards.items() if count},
        faults={}, pairs={},
    )  # fmt: skip


def herds(a: dict[str, Column]) -> int:
    """How many attempts asked a target that another source had just asked."""
    order = np.lexsort((a["requested"], a["target"]))
    target, requested, source = (a[name][order] for name in ("target", "requested", "source"))
    soon = (target[1:] == target[:-1]) & (requested[1:] - requested[:-1] < HERD_US)
    return int((soon & (source[1:] != source[:-1])).sum())
