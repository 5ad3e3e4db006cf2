"""The network where links can be cut, and lose, double or delay messages for a while.

A message of an attempt takes the draws of its kind's column; what is sent again because no
answer comes, or to many, has draws of its own. On a link that is cut a message is
lost, at its sending or at its arrival, or it is held until the partition heals, as the
partition says. What waits then arrives at once, however old it is (hazard 19).
"""

from array import array
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final, NamedTuple

from icnsim.draws.streams import Streams
from icnsim.protocol.messages import (
    BROADCAST,
    DESIGNED,
    VOTING,
    ActorId,
    ExecutorId,
    Kind,
    Message,
    SwitchedMessage,
)
from icnsim.recording.columns import NEVER
from icnsim.scenario import Distribution, Scenario
from icnsim.simulation.environment import Environment
from icnsim.simulation.monitor import Monitor
from icnsim.simulation.network import Network


@dataclass(frozen=True, slots=True, eq=False)
class Cut:
    """A partition: no message goes from `sources` to `targets`, nor back where it is symmetric."""

    sources: frozenset[int]
    targets: frozenset[int]
    symmetric: bool
    holds: bool

    def between(self, sender: int, receiver: int) -> bool:
        """Whether it cuts the link from one to the other."""
        there = sender in self.sources and receiver in self.targets
        return there or (self.symmetric and sender in self.targets and receiver in self.sources)


@dataclass(frozen=True, slots=True, eq=False)
class Disturbance:
    """What befalls some messages of some senders: "loss", "duplication" or "reordering".

    `name` is that of its draws, for two of one kind befall messages independently.
    """

    kind: str
    name: str
    senders: frozenset[int]
    messages: frozenset[str]
    probability: float
    delay: Distribution | None = None

    def concerns(self, message: Message) -> bool:
        """Whether it can befall this message."""
        return message.sender in self.senders and message.kind.label in self.messages


SENT: Final = {kind: f"send {kind.label}" for kind in Kind}


class Links(Network):
    """A network for faults.

    Parameters
    ----------
    draws : gives the streams to be used now. attempts : migration and number of each attempt.
    monitor : told what becomes of messages. holders : which executors hold a record of an actor.

    Attributes
    ----------
    cuts, disturbances : those in effect.
    on_request : each is called with each Request that is sent; forgers overhear it.
    on_effect : called with the kind of a fault that has befallen a message.
    on_cut : called with each letter that has met a link that is cut.
    """

    def __init__(
        self,
        env: Environment,
        streams: Streams,
        scenario: Scenario,
        draws: Callable[[], Streams],
        attempts: Callable[[int], tuple[int, int]],
        monitor: Monitor,
        holders: Callable[[ActorId], Sequence[ExecutorId]],
    ) -> None:
        super().__init__(env, streams, scenario)
        self.send = self._send_anything
        self._draws = draws
        self._attempts = attempts
        self._monitor = monitor
        self._holders = holders
        self._deliver: Sequence[Callable[[Letter], None]] = ()
        self._again: Counter[tuple[int, int]] = Counter()
        self._held: list[Letter] = []
        self._flying = 0
        self._resends = scenario.protocol.switches.retransmission
        self._loss, self._duplication = scenario.network.loss, scenario.network.duplication
        self.cuts: list[Cut] = []
        self.disturbances: list[Disturbance] = []
        self.on_request: list[Callable[[SwitchedMessage], None]] = []
        self.on_effect: Callable[[str], None] = lambda _: None
        self.on_cut: Callable[[Letter], None] = lambda _: None

    def join(self, deliver: Sequence[Callable[["Letter"], None]]) -> None:
        """Let messages arrive at the executors in this way, one for each."""
        self._deliver = deliver

    def in_flight(self) -> int:
        """How many messages are under way, those that a partition holds among them."""
        return self._flying + len(self._held)

    def heal(self) -> None:
        """Every link works again; what was held arrives now."""
        self.cuts.clear()
        self.release()

    def release(self) -> None:
        """Let what no partition holds any more arrive."""
        waiting, self._held = self._held, []
        for letter in waiting:
            cut = self._cut(letter)
            if cut is not None and cut.holds:
                self._held.append(letter)
            else:
                self._fly(self._env._now, letter)

    def _send_anything(self, message: Message) -> None:
        assert isinstance(message, SwitchedMessage)
        if message.kind is Kind.REQUEST:
            for told in self.on_request:
                told(message)
        if message.receiver != BROADCAST:
            self._send_once(message, message.receiver)
            return
        for receiver in self._holders(message.actor):
            if receiver != message.signer:
                self._send_once(message, receiver)

    def _send_once(self, message: SwitchedMessage, to: ExecutorId) -> None:
        """Send one message to one executor, and its second copy where it is duplicated."""
        streams, kind, attempt = self._draws(), message.kind, message.attempt
        if kind in VOTING:  # the draws of one voter's messages do not depend on when the others' are sent
            number = message.sequence
        else:
            number = self._again[kind, attempt]
            self._again[kind, attempt] += 1
        repeats = self._resends or message.receiver == BROADCAST
        first = kind in DESIGNED and not (number and repeats)
        copy = "" if first else f"/again-{number}"
        delay = streams.delays[kind][attempt] if first else self._drawn_delay(streams, message, copy)
        lost = self._befalls("lost", self._loss, streams.lost, message, copy)
        copied = self._befalls("duplicated", self._duplication, streams.duplicated, message, copy)
        for disturbance in self.disturbances:
            if disturbance.concerns(message):
                u, more = self._disturbed(disturbance, message, copy)
                if u < disturbance.probability:
                    self.on_effect(disturbance.kind)
                    lost = lost or disturbance.kind == "loss"
                    copied = copied or disturbance.kind == "duplication"
                    delay += more
        self._put(Letter(message, to), delay, lost)
        if copied:
            second = streams.duplicate_delays[kind][attempt] if first and streams.duplicated else None
            self._put(Letter(message, to), second or self._drawn_delay(streams, message, f"{copy}/copy"), lost=False)

    def _drawn_delay(self, streams: Streams, message: SwitchedMessage, copy: str) -> int:
        migration, count = self._attempts(message.attempt)
        return streams.delay(message.kind, migration, count, copy)

    def _befalls(
        self, what: str, probability: float, columns: "list[array[int]]", message: SwitchedMessage, copy: str
    ) -> bool:
        if not probability:
            return False
        if not copy:
            return bool(columns[message.kind][message.attempt])
        migration, count = self._attempts(message.attempt)
        u = self._draws().further.uniform(f"{what}/{message.kind.label}/{count}{copy}", migration)
        return u < probability

    def _disturbed(self, disturbance: Disturbance, message: SwitchedMessage, copy: str) -> tuple[float, int]:
        """The uniform that decides whether it befalls the message, and how much later it would then be, µs."""
        migration, count = self._attempts(message.attempt)
        purpose = f"fault/{disturbance.name}/{message.kind.label}/{count}{copy}"
        further = self._draws().further
        delay = disturbance.delay
        more = 0 if delay is None else further.whole(f"{purpose}/delay", delay, migration)
        return further.uniform(purpose, migration), more

    def _put(self, letter: "Letter", delay: int, lost: bool) -> None:
        """Put one copy of a message on its way, over its distance, if the link is not cut."""
        self.sent += 1
        message, to = letter.message, letter.to
        kind, now, carried = message.kind, self._env._now, message.size_bytes
        delay += self._way(message.signer, to, carried)
        cut = self._cut(letter)
        held = cut is not None and cut.holds
        lost = lost or (cut is not None and not cut.holds)
        if self.log is not None:
            letter = letter._replace(row=len(self.log.kind))
            self.log.add(kind, message.attempt, message.sender, to, now, NEVER, carried)
        self._monitor.note(message.actor, SENT[kind], message.signer, to, message.attempt)
        if lost:
            self._lose(letter)
            return
        self._monitor.pending[message.actor] += 1
        if held:
            self._hold(letter)
        else:
            self._fly(now + delay, letter)

    def _fly(self, until: int, letter: "Letter") -> None:
        self._flying += 1
        self._env.at(until, self._arrive, letter)

    def _arrive(self, letter: "Letter", _: int) -> None:
        self._flying -= 1
        cut = self._cut(letter)
        actor = letter.message.actor
        if cut is None:
            self._deliver[letter.to](letter)
        elif cut.holds:
            self._hold(letter)
            return
        else:
            self._lose(letter)
        self._monitor.ends(actor)

    def _cut(self, letter: "Letter") -> Cut | None:
        """The partition that cuts the link; one that drops messages, if any does."""
        between = [cut for cut in self.cuts if cut.between(letter.message.signer, letter.to)]
        return min(between, key=lambda cut: cut.holds, default=None)

    def _hold(self, letter: "Letter") -> None:
        self._stopped(letter)
        self._held.append(letter)

    def _stopped(self, letter: "Letter") -> None:
        """A link that is cut has stopped the letter."""
        self.on_effect("partition")
        self.on_cut(letter)

    def _lose(self, letter: "Letter") -> None:
        message = letter.message
        self.lose(message, letter.to)
        if self._cut(letter) is not None:
            self._stopped(letter)

    def received(self, letter: "Letter") -> None:
        """The message has been received: it did arrive."""
        if self.log is not None:
            self.log.arrives[letter.row] = self._env._now

    def lose(self, message: SwitchedMessage, to: ExecutorId) -> None:
        """The message does not arrive: lost on its way, or its receiver is down."""
        self.lost += 1
        actor, attempt = message.actor, message.attempt
        self._monitor.note(actor, f"lose {message.kind.label}", to, message.signer, attempt)
        if message.kind in (Kind.REQUEST, Kind.REJECT):
            self._monitor.hazard(10, actor, attempt, to)


class Letter(NamedTuple):
    """A message, the executor that this copy goes to, which a broadcast does not name, and its row in the log."""

    message: SwitchedMessage
    to: ExecutorId
    row: int = -1
