"""Transfers that share bandwidth, as fluid flows with max-min fair rates.

Theory of operation. A sending that carries state is a transfer: first, all of its bytes are transmitted at the rate
that the sharing allows; its delay (latency, gossip, distance) follows. So a transfer without competition takes
size / bandwidth, and the sending arrives when it would without sharing.

With `network.sharing: executor`, a transfer uses its sender's outgoing and its receiver's incoming bandwidth. The
bandwidth of a pair of regions limits each transfer of that pair. With `link`, a transfer uses only the bandwidth of its
ordered pair of executors.

When transfers begin or end, the rates change for all transfers that share a resource with them, directly or through
others. They are computed once in an instant, after its deliveries and arrivals. Between two such instants rates are
constant. Every end is rounded to a whole µs, and transfers that end at the same µs end in the order of their beginning.

Faults. A sending that is lost when it is sent transmits nothing. A partition does not stop a transfer: it loses or
holds a sending at its two ends, and a sending held at the sender's end begins its transfer when the partition heals. A
crash of the sender ends its transfers, and the sendings are lost at once. A crash of the receiver does not end them:
the bytes arrive, and the message is lost like every message to a process that has ended. A process that is stalled or
slow transmits at the full rate.
"""

from array import array
from collections.abc import Iterable
from heapq import heappop, heappush
from typing import Final

import numpy as np

from icnsim.protocol.messages import ExecutorId
from icnsim.recording.columns import NEVER
from icnsim.recording.integers import Column
from icnsim.recording.transfers import COLUMNS, LOST, TRANSMITTED, TRANSMITTING
from icnsim.scenario import Scenario
from icnsim.scenario.network import Link
from icnsim.scenario.units import LONGEST_US
from icnsim.simulation.executors.executor import Executor
from icnsim.simulation.hooks import Hooks
from icnsim.simulation.network.links import Links, Parcel
from icnsim.simulation.network.maxmin import Resource, fair_rates
from icnsim.simulation.time.environment import TICK, Environment

SETTLING: Final = TICK
"""Rates are computed after the deliveries, stages and arrivals of an instant, so that a burst costs one computation."""


class Flow:
    """A transfer that has not ended.

    Attributes
    ----------
    row : its number. parcel : the item that it carries. delay : the delay after it, µs. route : the resources it uses.
    left : the bytes that were left at `since`, µs. rate : bytes per second since then. end : when it ends, µs.
    """

    __slots__ = ("delay", "end", "left", "parcel", "rate", "route", "row", "since")

    def __init__(self, row: int, parcel: Parcel, delay: int, route: tuple[Resource, ...], size: int, now: int) -> None:
        self.row = row
        self.parcel = parcel
        self.delay = delay
        self.route = route
        self.left = float(size)
        self.since = now
        self.rate = 0.0
        self.end = NEVER

    def turn(self, rate: float, now: int) -> None:
        """Change the rate from now on."""
        self.left = max(0.0, self.left - self.rate * (now - self.since) / 1e6)
        self.since, self.rate = now, rate
        self.end = now + round(min(self.left * 1e6 / rate, LONGEST_US))


class Transfers:
    """All transfers of a run.

    Parameters
    ----------
    links : carry the parcels after their transfers, and call `begin` with those that carry state.
    """

    def __init__(self, env: Environment, hooks: Hooks, scenario: Scenario, links: Links) -> None:
        self._env = env
        self._links = links
        self._bandwidth = scenario.network.bandwidth
        self._route = self._by_executor if scenario.network.sharing == "executor" else self._by_link
        self._capacities: dict[Resource, int] = {}
        self._using: dict[Resource, dict[int, Flow]] = {}
        self._flows: dict[int, Flow] = {}
        self._ends: list[tuple[int, int]] = []
        self._changed: dict[Resource, None] = {}
        self._rows = {name: array("q") for name in COLUMNS}
        links.transmit_by(self.begin)
        hooks.executor_crashed.append(self._crashed)

    @property
    def open(self) -> int:
        """The number of transfers that have not ended."""
        return len(self._flows)

    def columns(self) -> dict[str, Column]:
        """A row for each transfer, in the order of their beginning; see `recording.transfers`."""
        return {name: np.frombuffer(column, np.int64) for name, column in self._rows.items()}

    def begin(self, parcel: Parcel, delay: int, size_bytes: int) -> None:
        """Transmit a parcel with state, after which it travels; a parcel without state travels at once."""
        sender, receiver = parcel[:2]
        link = self._links.link(sender, receiver)
        if not size_bytes or not link.bandwidth:
            self._links.depart(parcel, delay)
            return
        now, number = self._env._now, len(self._rows["began"])
        for name, value in zip(COLUMNS, (sender, receiver, size_bytes, now, NEVER, TRANSMITTING), strict=True):
            self._rows[name].append(value)
        flow = Flow(number, parcel, delay, self._route(sender, receiver, link), size_bytes, now)
        self._flows[number] = flow
        for resource in flow.route:
            self._using.setdefault(resource, {})[number] = flow
        self._change(flow.route)

    # Routes

    def _by_executor(self, sender: ExecutorId, receiver: ExecutorId, link: Link) -> tuple[Resource, ...]:
        assert self._bandwidth is not None
        assert link.bandwidth is not None
        out, into = ("out", sender, sender), ("in", receiver, receiver)
        self._capacities[out] = self._capacities[into] = self._bandwidth
        if link.bandwidth >= self._bandwidth:
            return out, into
        alone = ("pair", len(self._rows["began"]), 0)  # limits this transfer, and is shared with no other one
        self._capacities[alone] = link.bandwidth
        return out, into, alone

    def _by_link(self, sender: ExecutorId, receiver: ExecutorId, link: Link) -> tuple[Resource, ...]:
        assert link.bandwidth is not None
        resource = ("link", sender, receiver)
        self._capacities[resource] = link.bandwidth
        return (resource,)

    # Rates

    def _change(self, route: Iterable[Resource]) -> None:
        """Schedule the computation of rates at the end of this instant, for a change of these resources."""
        if not self._changed:
            self._env.at(self._env._now, self._settle, None, SETTLING)
        self._changed.update(dict.fromkeys(route))

    def _settle(self, _: None, __: int) -> None:
        """Compute the rates of all flows that a change affects, and schedule the next end."""
        flows, now = self._affected(), self._env._now
        rates = fair_rates([flow.route for flow in flows], self._capacities)
        for flow, rate in zip(flows, rates, strict=True):
            if rate != flow.rate:
                flow.turn(rate, now)
                heappush(self._ends, (flow.end, flow.row))
        self._await()

    def _affected(self) -> list[Flow]:
        """The flows that share a resource with a changed one, directly or through others, in their order."""
        found: dict[int, Flow] = {}
        seen = dict(self._changed)
        self._changed.clear()
        waiting = list(seen)
        while waiting:
            for number, flow in self._using.get(waiting.pop(), {}).items():
                if number in found:
                    continue
                found[number] = flow
                for resource in flow.route:
                    if resource not in seen:
                        seen[resource] = None
                        waiting.append(resource)
        return [found[number] for number in sorted(found)]

    def _await(self) -> None:
        """Schedule the next end of a transfer; entries of flows whose end has changed are dropped."""
        ends = self._ends
        while ends and not self._ends_then(*ends[0]):
            heappop(ends)
        if ends:
            self._env.at(ends[0][0], self._arrived, ends[0][0])

    def _ends_then(self, end: int, number: int) -> bool:
        flow = self._flows.get(number)
        return flow is not None and flow.end == end

    def _arrived(self, end: int, _: int) -> None:
        """End the transfers that end now, unless their rates have changed since this call was scheduled."""
        ends = self._ends
        while ends and ends[0][0] == end:
            entry = heappop(ends)
            if self._ends_then(*entry):
                flow = self._close(entry[1], TRANSMITTED)
                self._links.depart(flow.parcel, flow.delay)

    def _close(self, number: int, fate: int) -> Flow:
        flow = self._flows.pop(number)
        self._rows["ended"][number], self._rows["fate"][number] = self._env._now, fate
        for resource in flow.route:
            using = self._using[resource]
            del using[number]
            if not using:
                del self._using[resource], self._capacities[resource]
        self._change(flow.route)
        return flow

    # Crashes

    def _crashed(self, executor: Executor, _: bool) -> None:
        """End the transfers of an executor that has crashed."""
        for number in [number for number, flow in self._flows.items() if flow.parcel[0] == executor.id]:
            flow = self._close(number, LOST)
            self._env.at(self._env._now, self._lose, flow.parcel)

    def _lose(self, parcel: Parcel, _: int) -> None:
        parcel[2].drop(parcel[3])
