"""The messages in flight of a live run, followed by the reports of their senders and receivers.

The sender reports that it has sent a copy, and that a socket has taken it or that it was lost before. The receiver
reports that it has accepted it. A copy in the socket of a process that is killed is lost without a report.
Reports of two processes may overtake each other, so a copy may be received before its sending is known.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from icnsim.live import reporter
from icnsim.live.mirror import Mirror
from icnsim.live.wire import unpacked
from icnsim.protocol.messages import ActorId, ExecutorId, Kind, Message
from icnsim.simulation.activity import Activity
from icnsim.simulation.hooks import Hooks
from icnsim.simulation.network.network import Network


class Flights:
    """The copies of messages that have been sent and have not landed.

    Parameters
    ----------
    network : its counts follow the reports. ends : called with the actor of each copy that has landed.

    Attributes
    ----------
    appliers : by the name of an event, the function that applies it.
    """

    def __init__(
        self,
        hooks: Hooks,
        network: Network,
        activity: Activity,
        mirrors: Sequence[Mirror],
        ends: Callable[[ActorId], None],
    ) -> None:
        self._hooks = hooks
        self._network = network
        self._activity = activity
        self._mirrors = mirrors
        self._ends = ends
        self._flying: dict[int, tuple[Message, ExecutorId]] = {}
        self._overtaken: dict[int, int] = {}
        self._written: dict[ExecutorId, dict[int, None]] = {mirror.id: {} for mirror in mirrors}
        self.appliers: Mapping[str, Callable[..., None]] = {
            reporter.ASKS: self._asks, reporter.SENT: self._sent, reporter.WRITTEN: self._wrote,
            reporter.LOST: self._lost, reporter.REFUSED: self._refused, reporter.CUT: self._cut,
            reporter.RECEIVED: self._received, reporter.UNREACHABLE: self._unreachable,
        }  # fmt: skip

    def died(self, executor: ExecutorId) -> None:
        """Lose the copies in the sockets of a process that has ended."""
        for number in list(self._written[executor]):
            self._refuse(number)

    def _asks(self, _: int, fields: list[Any]) -> None:
        request = unpacked(fields)
        for listener in self._hooks.request_sent:
            listener(request)

    def _sent(self, to: int, number: int, fields: list[Any]) -> None:
        message, receiver = unpacked(fields), ExecutorId(to)
        self._flying[number] = message, receiver
        self._network.sent += 1
        self._network.in_flight += 1
        for listener in self._hooks.message_sent:
            listener(message, receiver)
        self._activity.items[message.actor] += 1
        if number in self._overtaken:
            self._received(self._overtaken.pop(number), number)

    def _wrote(self, to: int, number: int) -> None:
        if number not in self._flying:
            return  # the receiver's report has overtaken this one
        if not self._mirrors[to].up:
            self._refuse(number)
        else:
            self._written[ExecutorId(to)][number] = None

    def _land(self, number: int) -> tuple[Message, ExecutorId]:
        """Take a copy out of the network."""
        message, to = self._flying.pop(number)
        self._written[to].pop(number, None)
        self._network.in_flight -= 1
        self._ends(message.actor)
        return message, to

    def _lost(self, _: int, number: int) -> None:
        message, to = self._land(number)
        for listener in self._hooks.message_lost:
            listener(message, to)

    def _refused(self, _: int, number: int) -> None:
        self._refuse(number)

    def _refuse(self, number: int) -> None:
        """Lose a copy that reaches a process that has ended."""
        message, to = self._land(number)
        for lost in self._hooks.message_lost:
            lost(message, to)
        if message.kind is Kind.REQUEST:
            for unreachable in self._hooks.request_unreachable:
                unreachable(message)

    def _cut(self, _: int, number: int) -> None:
        message, to = self._flying[number]
        for listener in self._hooks.message_cut:
            listener(message, to)

    def _received(self, where: int, number: int) -> None:
        if number not in self._flying:
            self._overtaken[number] = where
            return
        message, _ = self._land(number)
        mirror = self._mirrors[where]
        mirror.received += 1
        for listener in self._hooks.message_received:
            listener(message, mirror)

    def _unreachable(self, _: int, fields: list[Any]) -> None:
        request = unpacked(fields)
        for listener in self._hooks.request_unreachable:
            listener(request)
