"""The offered load of links and executors: the bytes that attempts ask them to transmit, over those that they can.

It follows from the attempts alone, so it is the same whether or not transfers share bandwidth. Each attempt's Request
and final checkpoint count once, with all pages of a WASM memory; repetitions and copies of messages do not count.
"""

import numpy as np

from icnsim.protocol.wasm import PAGE
from icnsim.recording.columns import NEVER, Recording
from icnsim.recording.integers import Column
from icnsim.recording.memories import pages_sent
from icnsim.scenario import Scenario


def offered(recording: Recording, scenario: Scenario) -> dict[str, float | None]:
    """The offered load of the busiest ordered pair of executors, and of the busiest executor in one direction.

    The load of a link is the time that it needs for the transfers that began in the window, divided by the longest
    time that is available for them: the window plus the longest of these transfers. It is null without a bandwidth.
    """
    network, executors = scenario.network, scenario.executor_count
    if not any(link.bandwidth for link in network.links):
        return {"link": None, "executor": None}
    source, target, size = _transmitted(recording)
    window_s = (recording.window_end - recording.window_start) / 1e6
    pairs, place = np.unique(source.astype(np.int64) * executors + target, return_inverse=True)
    bandwidths = np.array([scenario.link(*divmod(pair, executors)).bandwidth or np.inf for pair in pairs.tolist()])
    found: dict[str, float | None] = {"link": _busiest(place, size, bandwidths, window_s), "executor": None}
    if network.bandwidth is not None:
        each = np.full(executors, float(network.bandwidth))
        found["executor"] = max(_busiest(end, size, each, window_s) for end in (source, target))
    return found


def _transmitted(recording: Recording) -> tuple[Column, Column, Column]:
    """The source, the target and the bytes of every transfer that began in the window."""
    a = recording.attempts
    final = a["state_bytes"]
    if recording.memories is not None:
        final = final.copy()
        final[recording.memories["attempt"]] = pages_sent(recording.memories) * PAGE
    kinds = ((a["requested"], a["state_bytes"]), (a["checkpointed"], final))
    chosen = [
        (began != NEVER) & (began >= recording.window_start) & (began <= recording.window_end) for began, _ in kinds
    ]
    source, target = (np.concatenate([a[name][rows] for rows in chosen]) for name in ("source", "target"))
    return source, target, np.concatenate([size[rows] for rows, (_, size) in zip(chosen, kinds, strict=True)])


def _busiest(places: Column, sizes: Column, bandwidths: Column, window_s: float) -> float:
    """The largest load of the links with these bandwidths, of which each transfer uses the one at its place."""
    total = np.bincount(places, sizes, minlength=len(bandwidths))
    longest = np.zeros(len(bandwidths))
    np.maximum.at(longest, places, sizes)
    needed, time = total / bandwidths, window_s + longest / bandwidths
    loads = np.divide(needed, time, out=np.zeros_like(needed), where=time > 0)
    return float(loads.max(initial=0.0))
