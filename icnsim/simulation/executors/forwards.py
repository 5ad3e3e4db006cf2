"""Forwarded actor messages: the messages that wait at an actor's old home travel to its new home as one bundle.

A bundle passes through the links like every message: it takes the latency and the distance, and it is lost, held,
duplicated or delayed. It is not a message of the protocol, so no figure of messages counts it. `Mailboxes` handles the
messages in it.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from icnsim.draws.streams import Streams, whole_of_one
from icnsim.protocol.messages import ActorId, ExecutorId, Kind
from icnsim.scenario import Distribution, Scenario
from icnsim.simulation.hooks import Hooks
from icnsim.simulation.network.links import Links, Sending

LABEL: Final = "forward"
"""The name of bundles in the `messages` of a fault."""
PATIENCE: Final = 60_000_000
"""The minimum time for which a new home waits for the messages that the old home holds, µs."""
UNUSUAL: Final = 1 - 1e-6
"""The quantile of an unbounded delay that is used as its maximum."""


@dataclass(slots=True, eq=False)
class Bundle:
    """The messages to one actor that its old home forwards.

    Attributes
    ----------
    home : the new home. numbers : the messages, in order.
    copies : the number of copies in transit. open : whether none has arrived.
    """

    actor: ActorId
    home: ExecutorId
    numbers: list[int]
    copies: int = 0
    open: bool = True


class Forwards:
    """Sends bundles over the links.

    Parameters
    ----------
    arrived : receives a bundle at its new home; returns False if no process runs there.
    lost : called with a bundle of which no copy will arrive.

    Attributes
    ----------
    in_transit : the bundles of which no copy has arrived yet, in the order of their sending.
    """

    def __init__(
        self,
        hooks: Hooks,
        links: Links,
        streams: Streams,
        arrived: Callable[[Bundle], bool],
        lost: Callable[[Bundle], None],
    ) -> None:
        self._links = links
        self._streams = streams
        self._arrived, self._lost = arrived, lost
        self.in_transit: dict[Bundle, None] = {}
        hooks.draws_changed.append(self._draw_from)

    def _draw_from(self, streams: Streams) -> None:
        self._streams = streams

    def send(self, bundle: Bundle, old: ExecutorId, row: int) -> None:
        """Send a bundle from the old home after the attempt of that row."""
        latency = self._links.link(old, bundle.home).latency

        def delay(purpose: str) -> int:
            return self._streams.further.whole(f"latency/{purpose}", latency, row)

        sending = Sending(
            LABEL, (old, bundle.home, self, bundle), LABEL, row, lambda: delay(LABEL), lambda: delay(f"{LABEL}/copy")
        )
        bundle.copies = self._links.send(sending)
        if bundle.copies:
            self.in_transit[bundle] = None
        else:
            self._lost(bundle)

    def deliver(self, bundle: Bundle, _: int) -> None:
        """Deliver a copy that has arrived; a second copy is ignored."""
        if not bundle.open:
            return
        if self._arrived(bundle):
            bundle.open = False
            del self.in_transit[bundle]
        else:
            self.drop(bundle)

    def drop(self, bundle: Bundle) -> None:
        """Handle the loss of a copy."""
        bundle.copies -= 1
        if bundle.open and not bundle.copies:
            del self.in_transit[bundle]
            self._lost(bundle)

    def stopped(self, _: Bundle) -> None:
        """Ignore that a cut link has stopped a copy: nothing counts it."""


def patience(scenario: Scenario) -> int:
    """The time for which a new home waits for the forwarded messages, µs.

    It is `actors.forward_patience` if that is given. Otherwise it is the maximum travel time of an Ack and a bundle
    without faults, at least `PATIENCE`. A latency without a bound counts as its quantile `UNUSUAL`.
    """
    given, network, trips = scenario.actors.forward_patience, scenario.network, scenario.matrix
    if given is not None:
        return given
    apart = 0.0 if trips is None else max(max(row) for row in trips.milliseconds) * 1000
    gossiped = Kind.ACK.label in network.gossip.messages
    latency = max(_longest(link.latency) for link in network.links)
    travelling = 2 * latency + (_longest(network.gossip.delay) if gossiped else 0) + round(apart)
    return max(PATIENCE, travelling)


def _longest(delay: Distribution) -> int:
    if delay.constant is not None:
        return round(delay.constant)
    return whole_of_one(delay.at(UNUSUAL))
