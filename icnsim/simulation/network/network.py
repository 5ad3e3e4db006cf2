"""The network: delivers the messages of the protocol after a delay, loses them, or delivers them twice.

A message takes its latency, the gossip delay of its kind, half of the round trip between the two regions, and the time
that its state needs at the bandwidth. A pair of regions may have its own latency and loss, which use the same draws. A
message of an attempt takes its delay from the column of its kind. Other messages have separate draws: a retransmission,
a message of a vote, and a message from or to an executor that is neither the source nor the target of the attempt.
`Links` applies partitions to messages, and carries everything that is not a message.
"""

from array import array
from collections.abc import Callable, Sequence
from heapq import heappush
from typing import TYPE_CHECKING, Final

from icnsim.draws.streams import Streams
from icnsim.protocol.messages import BROADCAST, DESIGNED, VOTING, ExecutorId, Kind, Message
from icnsim.scenario import Scenario
from icnsim.scenario.faults import Disturbing, Partition, RandomFaults
from icnsim.simulation.activity import Activity
from icnsim.simulation.hooks import Envelope, Hooks
from icnsim.simulation.network.cuts import disturbed
from icnsim.simulation.network.links import Links
from icnsim.simulation.time.environment import NORMAL, Environment

if TYPE_CHECKING:
    from icnsim.simulation.executors.executor import Executor

REQUEST: Final = Kind.REQUEST
LAST_DESIGNED: Final = max(DESIGNED)
FIRST_VOTING: Final = min(VOTING)
KINDS: Final = 16
"""A number above that of every kind, to combine an attempt and a kind into one key."""


class Network:
    """Carries messages to the executors.

    Parameters
    ----------
    activity : the items of each actor that are in flight.
    links : carry the messages.
    attempts : gives the migration of an attempt and its number within it.
    managed : the executors that have a manager, which are the receivers of a broadcast.
    sources, targets : the source and the target of each attempt.

    Attributes
    ----------
    send : sends a message.
    sent, lost, in_flight : copies of messages sent so far, lost so far, and in flight or held now.
    repeated : how often each message that may be repeated was sent, by its attempt and its kind; gives its draws.
    """

    def __init__(
        self,
        env: Environment,
        hooks: Hooks,
        activity: Activity,
        streams: Streams,
        scenario: Scenario,
        links: Links,
        attempts: Callable[[int], tuple[int, int]],
        managed: Sequence[ExecutorId],
        sources: Sequence[int],
        targets: Sequence[int],
    ) -> None:
        self._env = env
        self._queue = env.queue
        self._hooks = hooks
        self._message_sent = hooks.message_sent
        self._items, self._over, self._ended = activity.items, activity.end, hooks.work_ended
        self._request_sent = hooks.request_sent
        self._streams = streams
        self._attempts = attempts
        self._managed = managed
        self._sources, self._targets = sources, targets
        self._executors: Sequence[Executor] = ()
        self.repeated: dict[int | tuple[int, str], int] = {}
        self._links = links
        self._distant = links.distant
        self._latency = scenario.network.latency
        switches = scenario.protocol.switches
        self._resends = switches.retransmission
        self._loss, self._duplication = scenario.network.loss, scenario.network.duplication
        pairs = bool(scenario.network.pairs)
        self._delayed = self._delay_by_pair if pairs else self._delay_alike
        self._loses = self._loses_by_pair if pairs else self._loses_alike
        self.sent = 0
        self.lost = 0
        self.in_flight = 0
        # A network without faults, loss and copies sends a message in one step.
        simple = not (
            self._loss
            or self._duplication
            or pairs
            or scenario.network.sharing != "none"
            or switches.retransmission
            or _disturbed(scenario)
            or scenario.quorum.enabled
            or scenario.submissions is not None
            or switches.cancel_late_accepts
            or switches.two_phase_handover
        )
        self.send: Callable[[Message], None] = self._send_any
        if not switches.addressed_accepts:
            self.send = self._send_anywhere
        elif simple:
            self.send = self._send_simply
        hooks.message_lost.append(self._count_lost)
        hooks.draws_changed.append(self._draw_from)

    def connect(self, executors: Sequence["Executor"]) -> None:
        """Deliver messages to these executors."""
        self._executors = executors

    def use_links(self) -> None:
        """Send every message over the links, even if only its delay matters."""
        if self.send == self._send_simply:
            self.send = self._send_any

    def _draw_from(self, streams: Streams) -> None:
        self._streams = streams

    def _count_lost(self, message: Message, to: ExecutorId) -> None:
        self.lost += 1

    # Sending

    def _send_simply(self, message: Message) -> None:
        """Send a message in a network in which only delays occur."""
        kind, to, env = message.kind, message.receiver, self._env
        if kind is REQUEST:
            for requested in self._request_sent:
                requested(message)
        delay = self._streams.delays[kind][message.attempt]
        if self._distant:
            delay += self._links.way(message.signer, to, message.size_bytes)
        self.sent += 1
        self.in_flight += 1
        for sent in self._message_sent:
            sent(message, to)
        self._items[message.actor] += 1
        heappush(self._queue, (env._now + delay, NORMAL, next(env._eid), self._arrive_simply, (message, to)))

    def _send_any(self, message: Message) -> None:
        if message.kind is REQUEST:
            for requested in self._request_sent:
                requested(message)
        self._send_once(message, message.receiver)

    def _send_anywhere(self, message: Message) -> None:
        """Send a message if answers name no source: each answer goes to every executor that has a manager.

        The messages between the source and the target of an attempt have the same draws as in a run with names.
        """
        if message.kind >= FIRST_VOTING:
            self._send_once(message, message.receiver)
            return
        attempt, signer = message.attempt, message.signer
        source, target = self._sources[attempt], self._targets[attempt]
        if message.receiver != BROADCAST:
            if message.kind is REQUEST:
                for requested in self._request_sent:
                    requested(message)
            self._send_once(message, message.receiver, "" if signer in (source, target) else f"/from-{signer}")
            return
        for receiver in self._managed:
            if receiver != signer:
                self._send_once(message, receiver, "" if receiver == source else f"/to-{receiver}")

    def _send_once(self, message: Message, to: ExecutorId, stranger: str = "") -> None:
        """Send one message to one executor, and its second copy if it is duplicated.

        `stranger` names a sender or receiver outside of the attempt, for its draws.
        """
        streams, kind, attempt = self._streams, message.kind, message.attempt
        number = 0
        if kind >= FIRST_VOTING:  # the draws of one voter's messages do not depend on the times of the others
            number = message.sequence
        elif self._resends or kind > LAST_DESIGNED or message.receiver == BROADCAST or stranger:
            key = attempt * KINDS + kind
            place = (key, stranger) if stranger else key
            number = self.repeated.get(place, 0)
            self.repeated[place] = number + 1
        first = kind <= LAST_DESIGNED and not number and not stranger
        copy = "" if first else f"/again-{number}{stranger}"
        delay, lost, copied = self._delayed(message, to, copy), self._loses(message, to, copy), False
        if self._duplication:
            copied = self._happens("duplicated", self._duplication, streams.duplicated, message, copy)
        if self._links.disturbances:
            migration, count = self._attempts(attempt)
            draws = f"{kind.label}/{count}{copy}"
            found = disturbed(self._links.disturbances, kind.label, message.signer, streams.further, draws, migration)
            for effect in found.kinds:
                self._links.took_effect(effect)
            lost, copied = lost or "loss" in found.kinds, copied or "duplication" in found.kinds
            delay += found.late
        self._put(message, to, delay, lost)
        if copied:
            self._put(message, to, self._delayed(message, to, f"{copy}/copy"), lost=False)

    def _delay_alike(self, message: Message, to: ExecutorId, copy: str) -> int:
        """The delay of a message, or of a copy, if all links are equal; from its column if it has one."""
        streams = self._streams
        if not copy:
            return streams.delays[message.kind][message.attempt]
        if copy == "/copy" and streams.duplicated:
            return streams.duplicate_delays[message.kind][message.attempt]
        migration, count = self._attempts(message.attempt)
        return streams.delay(message.kind, migration, count, copy, self._latency)

    def _delay_by_pair(self, message: Message, to: ExecutorId, copy: str) -> int:
        migration, count = self._attempts(message.attempt)
        latency = self._links.link(message.signer, to).latency
        return self._streams.delay(message.kind, migration, count, copy, latency)

    def _loses_alike(self, message: Message, _: ExecutorId, copy: str) -> bool:
        return bool(self._loss) and self._happens("lost", self._loss, self._streams.lost, message, copy)

    def _loses_by_pair(self, message: Message, to: ExecutorId, copy: str) -> bool:
        loss = self._links.link(message.signer, to).loss
        return bool(loss) and self._drawn_below(loss, "lost", message, copy)

    def _happens(self, what: str, probability: float, columns: "list[array[int]]", message: Message, copy: str) -> bool:
        if not copy:
            return bool(columns[message.kind][message.attempt])
        return self._drawn_below(probability, what, message, copy)

    def _drawn_below(self, probability: float, what: str, message: Message, copy: str) -> bool:
        migration, count = self._attempts(message.attempt)
        u = self._streams.further.uniform(f"{what}/{message.kind.label}/{count}{copy}", migration)
        return u < probability

    def _put(self, message: Message, to: ExecutorId, delay: int, lost: bool) -> None:
        """Send one copy of a message over its link."""
        self.sent += 1
        if self._distant:
            delay += self._links.way(message.signer, to, message.size_bytes)
        for sent in self._message_sent:
            sent(message, to)
        if self._links.carry((message.signer, to, self, (message, to)), delay, message.size_bytes, lost=lost):
            self.in_flight += 1
            self._items[message.actor] += 1
        else:
            self._lose(message, to)

    # Arriving

    def _arrive_simply(self, envelope: Envelope, now: int) -> None:
        self.in_flight -= 1
        message, to = envelope
        self._executors[to].deliver(message, now)
        items, actor = self._items, message.actor
        if items[actor] > 1 and not self._ended:  # `Activity.end` without the call: most items are not the last
            items[actor] -= 1
        else:
            self._over(actor)

    def deliver(self, envelope: Envelope, now: int) -> None:
        """Deliver a message that has arrived over its link."""
        message, to = envelope
        self.in_flight -= 1
        self._executors[to].deliver(message, now)
        self._over(message.actor)

    def drop(self, envelope: Envelope) -> None:
        """Count a message in transit that a cut link has lost."""
        self.in_flight -= 1
        self._lose(*envelope)
        self._over(envelope[0].actor)

    def stopped(self, envelope: Envelope) -> None:
        """Announce that a cut link has lost a message or holds it."""
        for listener in self._hooks.message_cut:
            listener(*envelope)

    def _lose(self, message: Message, to: ExecutorId) -> None:
        for listener in self._hooks.message_lost:
            listener(message, to)


def _disturbed(scenario: Scenario) -> bool:
    """Whether a fault of the scenario affects links."""
    return any(
        isinstance(fault, Partition | Disturbing | RandomFaults) or fault.kind == "heal" for fault in scenario.faults
    )
