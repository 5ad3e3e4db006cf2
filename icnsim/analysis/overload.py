"""Reports links with more load than bandwidth in a run whose transfers do not share bandwidth.

Without sharing, every transfer has the whole bandwidth, and the run shows no sign of the overload.
"""

from collections.abc import Mapping
from typing import Any

from icnsim.numbers import brief
from icnsim.scenario import Scenario


def of_run(summary: Mapping[str, Any], scenario: Scenario) -> str | None:
    """Returns the overloaded links and their factors; None if no link is overloaded or transfers share bandwidth."""
    loads = summary["network"]["offered_load"]
    if scenario.network.sharing != "none":
        return None
    overloaded = {what: load for what in ("executor", "link") if (load := loads[what]) is not None and load > 1}
    if not overloaded:
        return None
    factors = " and ".join(f"the busiest {what} is offered {brief(load)} times" for what, load in overloaded.items())
    first = next(iter(overloaded))
    return (
        f"{factors[0].upper()}{factors[1:]} its bandwidth, but no transfer slows another one down in this run. "
        f"Real transfers take longer; set network.sharing: {first} to see how much."
    )
