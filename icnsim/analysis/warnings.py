"""Warnings about the figures of a run. Each display of a run shows these sentences."""

from collections.abc import Mapping
from typing import Any

from icnsim.analysis import draining, overload, steadiness, unfinished
from icnsim.scenario import Scenario


def of_run(summary: Mapping[str, Any], scenario: Scenario) -> list[str]:
    """Returns the warnings about a run, in the order in which they are shown."""
    found = (
        unfinished.of_run(summary),
        draining.of_run(summary, scenario),
        steadiness.of_run(summary, scenario),
        overload.of_run(summary, scenario),
    )
    return [sentence for sentence in found if sentence is not None]
