"""Contradictions between the keys of the network and the regions of the executors."""

from collections.abc import Iterator

from icnsim.scenario.faults import RandomFaults
from icnsim.scenario.schema import Scenario

Path = tuple[str | int, ...]
Finding = tuple[Path, str, str]


def contradictions(scenario: Scenario) -> Iterator[Finding]:
    """The path, the found value and the expected value of every contradiction."""
    network = scenario.network
    faults = (item.random if isinstance(item, RandomFaults) else item for item in scenario.faults)
    used = network.matrix is not None or network.pairs or any(getattr(fault, "region", None) for fault in faults)
    if not used and any(group.region for group in scenario.executors):
        expected = "a matrix, network.pairs, or a fault that selects a region: executors have a region"
        yield ("network", "matrix"), "no matrix", expected
    yield from _pairs(scenario)
    bandwidths = [network.bandwidth] if network.sharing == "executor" else [link.bandwidth for link in network.links]
    if network.sharing != "none" and not any(bandwidths):
        expected = f"a bandwidth, for network.sharing: {network.sharing} divides it between transfers"
        yield ("network", "bandwidth"), "none", expected


def _pairs(scenario: Scenario) -> Iterator[Finding]:
    regions = list(dict.fromkeys(group.region for group in scenario.executors if group.region))
    known = ", ".join(regions) or "none, so give the executors a region"
    seen = set()
    for number, pair in enumerate(scenario.network.pairs):
        here: Path = ("network", "pairs", number)
        for key, region in (("from", pair.sender), ("to", pair.receiver)):
            if region not in regions:
                yield (*here, key), repr(region), f"a region of executors: {known}"
        if (pair.sender, pair.receiver) in seen:
            yield here, f"{pair.sender} to {pair.receiver} again", "one item for each pair and direction"
        seen.add((pair.sender, pair.receiver))
        if pair.latency is None and pair.loss is None and pair.bandwidth is None:
            yield here, "no latency, loss or bandwidth", "at least one of them"
