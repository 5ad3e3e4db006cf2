"""The links between the executors: they carry messages, forwarded bundles and overheard Requests.

Theory of operation. A sending has a delay. It is lost if a partition cuts its link when it is sent or when it would
arrive. It is held if a partition that holds messages cuts the link at one of these instants. The link then keeps it
with the time at which it is due, and it arrives when the last such partition has healed, but not before it is due:
at max(healing, sending + delay). All overdue messages arrive when the partition heals (hazard 19).

A partition that loses messages takes precedence over one that holds them when something is sent or arrives. It does not
affect what is already held, because that waits at the sender's end of the link.

A sending that carries state takes its size / bandwidth in addition to the delay. `Transfers` handles these sendings if
they share bandwidth.

The messages of the protocol have draws in columns, so `Network` draws their loss and copies itself. All other sendings
use `send`, which also draws.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from heapq import heappush
from typing import Any, Protocol

from icnsim.draws.streams import Streams
from icnsim.protocol.messages import ExecutorId
from icnsim.scenario import Scenario
from icnsim.scenario.units import LONGEST_US
from icnsim.simulation.hooks import Hooks
from icnsim.simulation.network.cuts import UNDISTURBED, Cut, Disturbance, disturbed, holds, loses
from icnsim.simulation.time.environment import NORMAL, Environment


class Carrier(Protocol):
    """A part that sends something over the links."""

    def deliver(self, subject: Any, now: int) -> None:
        """Receive the subject at the receiver's executor; `now` in ms."""

    def drop(self, subject: Any) -> None:
        """Handle the loss of the subject in transit by a cut link."""

    def stopped(self, subject: Any) -> None:
        """Handle that a cut link has lost or holds the subject."""


Parcel = tuple[ExecutorId, ExecutorId, Carrier, Any]
"""A travelling item: the sender, the receiver, the part that receives its subject, and the subject."""


@dataclass(frozen=True, slots=True)
class Sending:
    """An item to send that is not a message of the protocol.

    Attributes
    ----------
    label : the name by which a fault's `messages` selects it.
    draws, place : the name of its draws, and their place in each stream.
    delay_us, copy_delay_us : return the delay of the item and of a second copy, without the distance.
    size_bytes : the size of the state that it carries.
    """

    label: str
    parcel: Parcel
    draws: str
    place: int
    delay_us: Callable[[], int]
    copy_delay_us: Callable[[], int]
    size_bytes: int = 0


Launch = Callable[[Parcel, int, int], None]
"""Sends a parcel: takes the parcel, its delay in µs, and the bytes of state that still have to be transmitted."""


class Links:
    """The links between all executors.

    Attributes
    ----------
    cuts, disturbances : those in effect.
    distant : whether distance or bandwidth delays anything.
    link : the kind of the link from one executor to another.
    way : (sender, receiver, size in bytes). The delay that distance and the size of the carried state add, µs.
    """

    def __init__(self, env: Environment, hooks: Hooks, streams: Streams, scenario: Scenario) -> None:
        self._env = env
        self._streams = streams
        self._took_effect, self._changed = hooks.fault_took_effect, hooks.links_changed
        self._duplication = scenario.network.duplication
        self._bandwidth = scenario.network.bandwidth
        self._one_way = _distances(scenario)
        self.link = scenario.link
        self.distant = bool(self._one_way or any(link.bandwidth for link in scenario.network.links))
        self.way: Callable[[ExecutorId, ExecutorId, int], int] = (
            self._way_by_pair if scenario.network.pairs else self._way_alike
        )
        self._launch: Launch = self.depart
        self._held: list[tuple[int, Parcel, int]] = []
        self.cuts: list[Cut] = []
        self.disturbances: list[Disturbance] = []
        hooks.draws_changed.append(self._draw_from)

    def _draw_from(self, streams: Streams) -> None:
        self._streams = streams

    def transmit_by(self, launch: Launch) -> None:
        """Let another part transmit items with state; the delay of a sending then contains no time for its size."""
        self._launch = launch
        self.way = self._distance

    # Faults

    def cut(self, cut: Cut) -> None:
        """Cut links."""
        self.cuts.append(cut)
        self._announce()

    def mend(self, cut: Cut) -> None:
        """End a partition, unless it has been healed; items that only it has held continue."""
        if cut in self.cuts:
            self.cuts.remove(cut)
            self._announce()
            self._release()

    def heal(self) -> None:
        """End every partition; all held items continue."""
        self.cuts.clear()
        self._announce()
        self._release()

    def disturb(self, disturbance: Disturbance) -> None:
        """Let a disturbance begin."""
        self.disturbances.append(disturbance)
        self._announce()

    def calm(self, disturbance: Disturbance) -> None:
        """Let a disturbance end."""
        self.disturbances.remove(disturbance)
        self._announce()

    def took_effect(self, kind: str) -> None:
        """Announce that a fault of that kind has affected a message."""
        for listener in self._took_effect:
            listener(kind)

    def _announce(self) -> None:
        for listener in self._changed:
            listener(self.cuts, self.disturbances)

    # Travelling

    def send(self, sending: Sending) -> int:
        """Send an item with its own draws of loss and copies; returns the number of copies in transit."""
        draws, place, further = sending.draws, sending.place, self._streams.further
        sender, receiver, _, _ = sending.parcel
        found = UNDISTURBED
        if self.disturbances:
            found = disturbed(self.disturbances, sending.label, sender, further, draws, place)
            for kind in found.kinds:
                self.took_effect(kind)
        loss = self.link(sender, receiver).loss
        lost = "loss" in found.kinds or bool(loss and further.uniform(f"lost/{draws}", place) < loss)
        copied = "duplication" in found.kinds or bool(
            self._duplication and further.uniform(f"duplicated/{draws}", place) < self._duplication
        )
        size = sending.size_bytes
        way = self.way(sender, receiver, size)
        in_transit = self.carry(sending.parcel, sending.delay_us() + found.late + way, size, lost=lost)
        if not copied:
            return int(in_transit)
        return in_transit + self.carry(sending.parcel, sending.copy_delay_us() + way, size)

    def carry(self, parcel: Parcel, delay: int, size_bytes: int = 0, *, lost: bool = False) -> bool:
        """Carry one copy over its link, `delay` in µs; returns False if it is lost when it is sent."""
        env, held = self._env, False
        if self.cuts:
            sender, receiver, _, _ = parcel
            cut, held = loses(self.cuts, sender, receiver), holds(self.cuts, sender, receiver)
            if cut or held:
                self._stop(parcel)
                lost = lost or cut
        if lost:
            return False
        if held:
            self._held.append((env._now + delay, parcel, size_bytes))
        else:
            self._launch(parcel, delay, size_bytes)
        return True

    def depart(self, parcel: Parcel, delay: int, _: int = 0) -> None:
        """Schedule the arrival of a parcel at the receiver's end of its link after its delay, µs."""
        env = self._env
        heappush(env.queue, (env._now + delay, NORMAL, next(env._eid), self._reach, parcel))

    def _way_alike(self, sender: ExecutorId, receiver: ExecutorId, size_bytes: int) -> int:
        way = self._one_way[sender][receiver] if self._one_way else 0
        if self._bandwidth and size_bytes:
            way += min(LONGEST_US, round(size_bytes * 1_000_000 / self._bandwidth))
        return way

    def _way_by_pair(self, sender: ExecutorId, receiver: ExecutorId, size_bytes: int) -> int:
        way, bandwidth = self._distance(sender, receiver), self.link(sender, receiver).bandwidth
        if bandwidth and size_bytes:
            way += min(LONGEST_US, round(size_bytes * 1_000_000 / bandwidth))
        return way

    def _distance(self, sender: ExecutorId, receiver: ExecutorId, _: int = 0) -> int:
        return self._one_way[sender][receiver] if self._one_way else 0

    def _reach(self, parcel: Parcel, now: int) -> None:
        """Handle the arrival of a parcel at the receiver's end of its link."""
        sender, receiver, carrier, subject = parcel
        if self.cuts:
            cut, held = loses(self.cuts, sender, receiver), holds(self.cuts, sender, receiver)
            if cut or held:
                self._stop(parcel)
                if cut:
                    carrier.drop(subject)
                else:
                    self._held.append((self._env._now, parcel, 0))
                return
        carrier.deliver(subject, now)

    def _stop(self, parcel: Parcel) -> None:
        """Announce that a partition has lost or holds a parcel."""
        self.took_effect("partition")
        parcel[2].stopped(parcel[3])

    def _release(self) -> None:
        """Continue all parcels that no partition holds any more."""
        now, held, self._held = self._env._now, self._held, []
        for due, parcel, size in held:
            if holds(self.cuts, parcel[0], parcel[1]):
                self._held.append((due, parcel, size))
            else:
                self._launch(parcel, max(0, due - now), size)


def _distances(scenario: Scenario) -> Sequence[Sequence[int]]:
    """One-way delay from each executor (row) to each other one by their regions, µs; empty without a matrix.

    Executors of one region share a row, so the table has regions x executors entries.
    """
    trips = scenario.matrix
    if trips is None:
        return []
    regions = [group.region for group in scenario.group_of_each]
    rows = {}
    for here in dict.fromkeys(regions):
        to = {there: trips.one_way_us(here, there) if here and there else 0 for there in dict.fromkeys(regions)}
        rows[here] = [to[there] for there in regions]
    return [rows[region] for region in regions]
