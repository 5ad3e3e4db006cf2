"""Reports averages over time that include the start of the run, with the keys that measure the steady state."""

import math
from collections.abc import Iterator, Mapping
from typing import Any

from icnsim.numbers import brief
from icnsim.scenario import Scenario
from icnsim.scenario.units import format_duration


def of_run(summary: Mapping[str, Any], scenario: Scenario) -> str | None:
    """Returns the effect of the run's start on its averages and the keys to set; None if no average includes it."""
    proposed = summary["warmup"]
    if proposed["proposed_s"] is None:
        return None
    warmup = format_duration(round(proposed["proposed_s"] * 1e6))
    mean, steady = summary["records"]["mean"], proposed["records_mean"]
    found = (
        f"records.mean is {brief(mean)}, but {brief(steady)} after the first {warmup}"
        if steady is not None
        else f"records.mean is {brief(mean)}, and the run ends before a steady state"
    )
    settings = " and ".join((f"warmup: {warmup}", *_longer(proposed["duration_s"], scenario)))
    return f"The averages over time include the run's start, when few records are held: {found}. Set {settings}."


def _longer(duration_s: float | None, scenario: Scenario) -> Iterator[str]:
    """Yields the settings with which arrivals last for this duration."""
    if duration_s is None:
        return
    if scenario.duration is not None:
        yield f"duration: {format_duration(round(duration_s * 1e6))}"
    if scenario.given_times is not None:
        if scenario.duration is None:
            yield f"a file whose arrivals last {format_duration(round(duration_s * 1e6))}"
    elif scenario.workload.migrations is not None:
        yield f"workload.migrations: {_rounded(_rate(scenario) * duration_s)}"


def _rate(scenario: Scenario) -> float:
    """Returns the mean rate of arrivals, per second."""
    arrivals = scenario.workload.arrivals
    if arrivals.process == "burst":
        return (arrivals.size or 0) / ((arrivals.every or 1) / 1e6)
    return arrivals.rate * (1.0 if scenario.profile is None else scenario.profile.mean)


def _rounded(count: float) -> int:
    """Returns a number that is rounded up to two digits."""
    digit = int(10 ** max(0, math.floor(math.log10(max(1, count))) - 1))
    return math.ceil(count / digit) * digit
