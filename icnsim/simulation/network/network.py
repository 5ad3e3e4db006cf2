"""The network: a message goes in and arrives later, or not at all, or twice.

A message takes its latency, the gossip delay of its kind, half of the round trip between the two regions, and the
time that its state needs at the bandwidth. A message of an attempt takes its delay from the column of its kind. A
message that is sent again because no answer has come, a broadcast, and a message of a vote have draws of their own.
A link that is cut loses a message at its sending or at its arrival, or holds it until the partition heals; all held
messages then arrive at once, however old they are (hazard 19).
"""

from array import array
from collections.abc import Callable, Sequence
from heapq import heappush
from typing import TYPE_CHECKING, Final

from icnsim.draws.streams import Streams
from icnsim.protocol.messages import BROADCAST, DESIGNED, VOTING, ActorId, ExecutorId, Kind, Message
from icnsim.scenario import Scenario
from icnsim.scenario.faults import Disturbing, Partition, RandomFaults
from icnsim.scenario.units import LONGEST_US
from icnsim.simulation.activity import Activity
from icnsim.simulation.hooks import Envelope, Hooks
from icnsim.simulation.network.cuts import Cut, Disturbance
from icnsim.simulation.time.environment import NORMAL, Environment

if TYPE_CHECKING:
    from icnsim.simulation.executors.executor import Executor

REQUEST: Final = Kind.REQUEST
LAST_DESIGNED: Final = max(DESIGNED)
FIRST_VOTING: Final = min(VOTING)
KINDS: Final = 16
"""A number above that of every kind, to make one key of an attempt and a kind."""


class Network:
    """Carries messages to the executors.

    Parameters
    ----------
    activity : what of each actor is in flight.
    attempts : gives the migration of an attempt and its number within it.
    holders : gives the executors that hold a record of an actor, which are the receivers of a broadcast.

    Attributes
    ----------
    send : sends a message.
    cuts, disturbances : those in effect.
    sent, lost, in_flight : copies of messages sent so far, lost so far, and in flight or held now.
    """

    def __init__(
        self,
        env: Environment,
        hooks: Hooks,
        activity: Activity,
        streams: Streams,
        scenario: Scenario,
        attempts: Callable[[int], tuple[int, int]],
        holders: Callable[[ActorId], Sequence[ExecutorId]],
    ) -> None:
        self._env = env
        self._queue = env.queue
        self._hooks = hooks
        self._message_sent = hooks.message_sent
        self._items, self._over, self._ended = activity.items, activity.end, hooks.work_ended
        self._request_sent = hooks.request_sent
        self._streams = streams
        self._attempts = attempts
        self._holders = holders
        self._executors: Sequence[Executor] = ()
        self._repeated: dict[int, int] = {}
        self._held: list[Envelope] = []
        self._bandwidth = scenario.network.bandwidth
        self._one_way = _distances(scenario)
        self._distant = bool(self._bandwidth or self._one_way)
        switches = scenario.protocol.switches
        self._resends = switches.retransmission
        self._loss, self._duplication = scenario.network.loss, scenario.network.duplication
        self.cuts: list[Cut] = []
        self.disturbances: list[Disturbance] = []
        self.sent = 0
        self.lost = 0
        self.in_flight = 0
        # A network in which nothing can befall a message sends it in one step.
        simple = not (
            self._loss
            or self._duplication
            or switches.retransmission
            or _disturbed(scenario)
            or scenario.quorum.enabled
            or scenario.submissions is not None
            or not switches.addressed_accepts
            or switches.cancel_late_accepts
            or switches.two_phase_handover
        )
        self.send: Callable[[Message], None] = self._send_simply if simple else self._send_any
        self._arrive = self._arrive_simply if simple else self._arrive_any
        hooks.message_lost.append(self._count_lost)
        hooks.draws_changed.append(self._draw_from)

    def connect(self, executors: Sequence["Executor"]) -> None:
        """Deliver messages to these executors."""
        self._executors = executors

    def heal(self) -> None:
        """Restore every link; the held messages arrive now."""
        self.cuts.clear()
        self.release()

    def release(self) -> None:
        """Let the messages arrive that no partition holds any more."""
        waiting, self._held = self._held, []
        for envelope in waiting:
            cut = self._cut(*envelope)
            if cut is not None and cut.holds:
                self._held.append(envelope)
            else:
                self._env.at(self._env._now, self._arrive, envelope)

    def _draw_from(self, streams: Streams) -> None:
        self._streams = streams

    def _count_lost(self, message: Message, to: ExecutorId) -> None:
        self.lost += 1

    # Sending

    def _send_simply(self, message: Message) -> None:
        """Send where only a delay can befall a message."""
        kind, to, env = message.kind, message.receiver, self._env
        if kind is REQUEST:
            for requested in self._request_sent:
                requested(message)
        delay = self._streams.delays[kind][message.attempt]
        if self._distant:
            delay += self._way(message.signer, to, message.size_bytes)
        self.sent += 1
        self.in_flight += 1
        for sent in self._message_sent:
            sent(message, to)
        self._items[message.actor] += 1
        heappush(self._queue, (env._now + delay, NORMAL, next(env._eid), self._arrive, (message, to)))

    def _send_any(self, message: Message) -> None:
        if message.kind is REQUEST:
            for requested in self._request_sent:
                requested(message)
        if message.receiver != BROADCAST:
            self._send_once(message, message.receiver)
            return
        for receiver in self._holders(message.actor):
            if receiver != message.signer:
                self._send_once(message, receiver)

    def _send_once(self, message: Message, to: ExecutorId) -> None:
        """Send one message to one executor, and its second copy if it is duplicated."""
        streams, kind, attempt = self._streams, message.kind, message.attempt
        number = 0
        if kind >= FIRST_VOTING:  # the draws of one voter's messages do not depend on when the others send theirs
            number = message.sequence
        elif self._resends or kind > LAST_DESIGNED or message.receiver == BROADCAST:
            key = attempt * KINDS + kind
            number = self._repeated.get(key, 0)
            self._repeated[key] = number + 1
        first = kind <= LAST_DESIGNED and not number
        copy = "" if first else f"/again-{number}"
        delay = streams.delays[kind][attempt] if first else self._drawn_delay(streams, message, copy)
        lost = copied = False
        if self._loss:
            lost = self._befalls("lost", self._loss, streams.lost, message, copy)
        if self._duplication:
            copied = self._befalls("duplicated", self._duplication, streams.duplicated, message, copy)
        for disturbance in self.disturbances:
            if disturbance.concerns(message):
                u, more = self._disturbed(disturbance, message, copy)
                if u < disturbance.probability:
                    self._took_effect(disturbance.kind)
                    lost = lost or disturbance.kind == "loss"
                    copied = copied or disturbance.kind == "duplication"
                    delay += more
        self._put(message, to, delay, lost)
        if copied:
            second = streams.duplicate_delays[kind][attempt] if first and streams.duplicated else None
            if not second:
                second = self._drawn_delay(streams, message, f"{copy}/copy")
            self._put(message, to, second, lost=False)

    def _drawn_delay(self, streams: Streams, message: Message, copy: str) -> int:
        migration, count = self._attempts(message.attempt)
        return streams.delay(message.kind, migration, count, copy)

    def _befalls(self, what: str, probability: float, columns: "list[array[int]]", message: Message, copy: str) -> bool:
        if not copy:
            return bool(columns[message.kind][message.attempt])
        migration, count = self._attempts(message.attempt)
        u = self._streams.further.uniform(f"{what}/{message.kind.label}/{count}{copy}", migration)
        return u < probability

    def _disturbed(self, disturbance: Disturbance, message: Message, copy: str) -> tuple[float, int]:
        """The uniform that decides whether a disturbance affects the message, and the delay that it would add, µs."""
        migration, count = self._attempts(message.attempt)
        purpose = f"fault/{disturbance.name}/{message.kind.label}/{count}{copy}"
        further = self._streams.further
        delay = disturbance.delay
        more = 0 if delay is None else further.whole(f"{purpose}/delay", delay, migration)
        return further.uniform(purpose, migration), more

    def _put(self, message: Message, to: ExecutorId, delay: int, lost: bool) -> None:
        """Send one copy of a message over its distance, unless the link is cut."""
        self.sent += 1
        if self._distant:
            delay += self._way(message.signer, to, message.size_bytes)
        held = False
        if self.cuts:
            cut = self._cut(message, to)
            held = cut is not None and cut.holds
            lost = lost or (cut is not None and not cut.holds)
        for sent in self._message_sent:
            sent(message, to)
        if lost:
            self._lose(message, to)
            return
        self.in_flight += 1
        self._items[message.actor] += 1
        if held:
            self._hold((message, to))
        else:
            env = self._env
            heappush(self._queue, (env._now + delay, NORMAL, next(env._eid), self._arrive, (message, to)))

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

    def _arrive_any(self, envelope: Envelope, now: int) -> None:
        message, to = envelope
        cut = self._cut(message, to) if self.cuts else None
        if cut is not None and cut.holds:
            self._hold(envelope)
            return
        self.in_flight -= 1
        if cut is None:
            self._executors[to].deliver(message, now)
        else:
            self._lose(message, to)
        self._over(message.actor)

    def _cut(self, message: Message, to: ExecutorId) -> Cut | None:
        """The partition that cuts the link: one that loses messages, if there is one."""
        between = [cut for cut in self.cuts if cut.between(message.signer, to)]
        return min(between, key=lambda cut: cut.holds, default=None)

    def _hold(self, envelope: Envelope) -> None:
        self._stopped(*envelope)
        self._held.append(envelope)

    def _stopped(self, message: Message, to: ExecutorId) -> None:
        """A cut link has stopped the message."""
        self._took_effect("partition")
        for cut in self._hooks.message_cut:
            cut(message, to)

    def _lose(self, message: Message, to: ExecutorId) -> None:
        for lost in self._hooks.message_lost:
            lost(message, to)
        if self.cuts and self._cut(message, to) is not None:
            self._stopped(message, to)

    def _took_effect(self, kind: str) -> None:
        for listener in self._hooks.fault_took_effect:
            listener(kind)

    def _way(self, sender: int, receiver: int, carried: int) -> int:
        """The delay that the distance and the carried state add to a message, µs."""
        way = self._one_way[sender][receiver] if self._one_way else 0
        if self._bandwidth and carried:
            way += min(LONGEST_US, round(carried * 1_000_000 / self._bandwidth))
        return way


def _disturbed(scenario: Scenario) -> bool:
    """Whether a fault of the scenario affects links."""
    return any(
        isinstance(fault, Partition | Disturbing | RandomFaults) or fault.kind == "heal" for fault in scenario.faults
    )


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
