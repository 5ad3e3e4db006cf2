"""A sentence for runs whose links are offered more than they can carry, although transfers share nothing.

Without sharing, every transfer has the whole bandwidth, and the run shows no sign of the overload.
"""

from collections.abc import Mapping
from typing import Any

from icnsim.numbers import brief
from icnsim.scenario import Scenario


def of_run(summary: Mapping[str, Any], scenario: Scenario) -> str | None:
    """What is overloaded and by which factor; None if nothing is, or if transfers share bandwidth."""
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
