"""The network between the executors: a message goes in and arrives later.

A message takes its latency, the gossip delay of its kind, half of the round trip between
the two regions and the time its state takes on the wire. It may be lost, or arrive twice.
"""

from collections.abc import Callable, Sequence
from heapq import heappush

from icnsim.protocol.messages import Kind, Message
from icnsim.recording.columns import NEVER, MessageLog
from icnsim.scenario import Scenario
from icnsim.simulation.environment import NORMAL, Environment
from icnsim.simulation.streams import Streams

Inbox = Callable[[Message], None]

STATEFUL = frozenset({Kind.REQUEST, Kind.COMPLETE})
"""The kinds that carry state: the latest and the final checkpoint."""


class Network:
    """Carries messages to the executors' inboxes.

    Parameters
    ----------
    env, streams, scenario : virtual time, the draws, the parameters.

    Attributes
    ----------
    inboxes : for each executor, what is called with a message that arrives.
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
        self._plain = not (
            self._bandwidth or self._one_way or streams.lost or streams.duplicated or scenario.record.messages
        )
        self.log = MessageLog() if scenario.record.messages else None
        self.inboxes: list[Inbox] = []
        self.sent = 0
        self.lost = 0

    def send(self, message: Message) -> None:
        """Put a message on its way."""
        if self._plain:
            self.sent += 1
            when = self._env._now + self._delays[message.kind][message.attempt]
            heappush(self._queue, (when, NORMAL, next(self._eid), self.inboxes[message.receiver], message))
            return
        streams, kind, attempt = self._streams, message.kind, message.attempt
        lost = bool(streams.lost) and streams.lost[kind][attempt] == 1
        self._dispatch(message, self._delays[kind][attempt], lost)
        if streams.duplicated and streams.duplicated[kind][attempt]:
            self._dispatch(message, streams.duplicate_delays[kind][attempt], lost=False)

    def _dispatch(self, message: Message, delay: int, lost: bool) -> None:
        """One copy of a message, over its distance, with everything that can befall it."""
        self.sent += 1
        carried = message.size_bytes if message.kind in STATEFUL else 0  # type: ignore[attr-defined]
        if self._one_way:
            delay += self._one_way[message.sender][message.receiver]
        if self._bandwidth and carried:
            delay += round(carried * 1_000_000 / self._bandwidth)
        number = self._note(message, carried)
        if lost:
            self.lost += 1
            return
        inbox = self.inboxes[message.receiver]
        if self.log is not None:
            inbox = self._noting(inbox, self.log, number)
        heappush(self._queue, (self._env._now + delay, NORMAL, next(self._eid), inbox, message))

    def _noting(self, inbox: Inbox, log: MessageLog, number: int) -> Inbox:
        """An inbox that notes in the log when it is reached."""

        def arrive(message: Message) -> None:
            log.delivered[number] = self._env._now
            inbox(message)

        return arrive

    def _note(self, message: Message, carried: int) -> int:
        log = self.log
        if log is None:
            return NEVER
        log.kind.append(message.kind)
        log.attempt.append(message.attempt)
        log.sender.append(message.sender)
        log.receiver.append(message.receiver)
        log.sent.append(self._env._now)
        log.delivered.append(NEVER)
        log.state_bytes.append(carried)
        return len(log.sent) - 1


def _distances(scenario: Scenario) -> Sequence[Sequence[int]]:
    """One-way µs from each executor (row) to each other by their regions; empty without a matrix.

    Executors of one group share a row, so the table is groups x executors at most.
    """
    trips = scenario.matrix
    if trips is None:
        return []
    regions = [group.region for group in scenario.executors for _ in range(group.count)]
    rows = {
        here: [trips.one_way_us(here, there) if here and there else 0 for there in regions]
        for here in dict.fromkeys(regions)
    }
    return [rows[region] for region in regions]
