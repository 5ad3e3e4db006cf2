"""The network between the executors: a message goes in and arrives later.

A message takes its latency, the gossip delay of its kind, half of the round trip between
the two regions and the time its state takes on the wire. It may be lost, or arrive twice.
"""

from collections.abc import Callable, Sequence
from heapq import heappush
from typing import Any

from icnsim.draws.streams import Streams
from icnsim.protocol.messages import Message
from icnsim.recording.columns import NEVER, MessageLog
from icnsim.scenario import Scenario
from icnsim.scenario.units import LONGEST_US
from icnsim.simulation.environment import NORMAL, Environment

Inbox = Sequence[Callable[[Any, int], None]]
"""What an executor does with a message that arrives: a handler for each `Kind`."""


class Network:
    """Carries messages to the executors' inboxes.

    Parameters
    ----------
    env, streams, scenario : virtual time, the draws, the parameters.

    Attributes
    ----------
    send : puts a message on its way.
    inboxes : of each executor.
    log : what was sent, None unless asked for.
    sent, lost : messages so far, copies included.
    """

    def __init__(self, env: Environment, streams: Streams, scenario: Scenario) -> None:
        self._env = env
        self._queue = env.queue
        self._eid = env._eid
        self._delays = streams.delays
        self._streams = streams
        self._bandwidth = scenario.network.bandwidth
        self._one_way = _distances(scenario)
        self.log = MessageLog() if scenario.record.messages else None
        eventful = streams.lost or streams.duplicated
        plain = not (eventful or self._bandwidth or self._one_way or self.log is not None)
        self.send = self._send_plainly if plain else self._send
        self.inboxes: Sequence[Inbox] = ()
        self._deliveries: frozenset[Callable[[Any, int], None]] = frozenset()
        self.sent = 0
        self.lost = 0

    def connect(self, inboxes: Sequence[Inbox]) -> None:
        """Let messages arrive in these inboxes, one for each executor."""
        self.inboxes = inboxes
        self._deliveries = frozenset(handler for inbox in inboxes for handler in inbox)

    def in_flight(self) -> int:
        """How many messages are under way: the entries of the environment's queue that deliver one."""
        return sum(entry[3] in self._deliveries for entry in self._queue)

    def _send_plainly(self, message: Message) -> None:
        """Send where a delay is all that a message meets: no loss, distance, bandwidth or log."""
        self.sent += 1
        kind = message.kind
        when = self._env._now + self._delays[kind][message.attempt]
        heappush(self._queue, (when, NORMAL, next(self._eid), self.inboxes[message.receiver][kind], message))

    def _send(self, message: Message) -> None:
        streams, kind, attempt = self._streams, message.kind, message.attempt
        lost = bool(streams.lost) and streams.lost[kind][attempt] == 1
        self._dispatch(message, self._delays[kind][attempt], lost)
        if streams.duplicated and streams.duplicated[kind][attempt]:
            self._dispatch(message, streams.duplicate_delays[kind][attempt], lost=False)

    def _dispatch(self, message: Message, delay: int, lost: bool) -> None:
        """One copy of a message, over its distance, with everything that can befall it."""
        self.sent += 1
        kind, now = message.kind, self._env._now
        carried = message.size_bytes
        delay += self._way(message.sender, message.receiver, carried)
        if self.log is not None:
            arrives = NEVER if lost else now + delay
            self.log.add(kind, message.attempt, message.sender, message.receiver, now, arrives, carried)
        if lost:
            self.lost += 1
        else:
            self._env.at(now + delay, self.inboxes[message.receiver][kind], message)

    def _way(self, sender: int, receiver: int, carried: int) -> int:
        """What the distance and the state that is carried add to a message's delay, µs."""
        way = self._one_way[sender][receiver] if self._one_way else 0
        if self._bandwidth and carried:
            way += min(LONGEST_US, round(carried * 1_000_000 / self._bandwidth))
        return way


def _distances(scenario: Scenario) -> Sequence[Sequence[int]]:
    """One-way µs from each executor (row) to each other by their regions; empty without a matrix.

    Executors of one group share a row, so the table is groups x executors at most.
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
