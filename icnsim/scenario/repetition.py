"""Faults that repeat: how many occurrences they have, and contradictions of the keys `every` and `times`."""

import math
from collections.abc import Iterator, Sequence

from icnsim.scenario.faults import Crash, Fault, RandomFaults

Path = tuple[str | int, ...]
Finding = tuple[Path, str, str]


def occurrences(fault: Fault, end_us: float) -> float:
    """The number of occurrences that begin before the end of the simulation; infinite if that is not known."""
    if fault.every is None:
        return 1
    most = math.inf if math.isinf(end_us) else max(0, math.ceil((end_us - fault.at) / fault.every))
    return most if fault.times is None else min(fault.times, most)


def contradictions(faults: Sequence[Fault | RandomFaults]) -> Iterator[Finding]:
    """The path, the found value and the expected value of every contradiction."""
    for number, item in enumerate(faults):
        if isinstance(item, RandomFaults):
            continue
        here: Path = ("faults", number)
        if item.times is not None and item.every is None:
            yield (*here, "times"), f"{item.times}", "a value of every with it: the time between two occurrences"
        if item.every is not None and not item.ends:
            key = "restart_after" if isinstance(item, Crash) else "for"
            yield (*here, "every"), "a fault that never ends", f"a value of {key} with it, so that it ends"
