"""The links of a live run: a message travels over its socket at once, and waits for its delay at the receiver.

So a message in flight does not depend on the process of its sender: it arrives if that process is paused or killed in
the meantime, as in the simulation. A partition applies when the message is sent, in the process of the sender, and when
it arrives, in that of the receiver. Heartbeats and overheard Requests wait at the sender, because nothing answers them.
"""

from typing import Protocol

from icnsim.live.reporter import CUT, LOST, Reporter
from icnsim.protocol.messages import ExecutorId, Message
from icnsim.simulation.network.links import Links, Parcel
from icnsim.simulation.network.network import Network

Copy = tuple[int, Message, ExecutorId]
"""The number of a copy in the run, the message, and the executor that receives it."""


class Transmit(Protocol):
    """Writes a message to the socket of the process that hosts its receiver."""

    def __call__(self, to: ExecutorId, message: Message, due: int, /) -> None:
        """`due` is the virtual time of its arrival, µs."""


class SocketLinks(Links):
    """The links of one worker.

    Attributes
    ----------
    network : the network whose messages are transmitted. transmit : see `Transmit`.
    """

    network: Network
    transmit: Transmit

    def depart(self, parcel: Parcel, delay: int, _: int = 0) -> None:
        """Transmit a message with the time of its arrival; schedule the arrival of everything else."""
        _, _, carrier, subject = parcel
        if carrier is self.network:
            message, to = subject
            self.transmit(to, message, self._env._now + delay)
        else:
            super().depart(parcel, delay)

    def expect(self, parcel: Parcel, due: int) -> None:
        """Let a message that a socket has brought arrive at the virtual time `due`, µs, or now."""
        super().depart(parcel, max(0, due - self._env._now))


class Receiver(Protocol):
    """Gives a message to its executor."""

    def deliver(self, number: int, message: Message, to: ExecutorId) -> None:
        """The message has arrived now; `number` is that of the copy."""


class Arrivals:
    """Carries the messages that wait at this worker for their delay; the carrier of their parcels."""

    def __init__(self, receiver: Receiver, reporter: Reporter) -> None:
        self._receiver = receiver
        self._reporter = reporter

    def deliver(self, subject: Copy, _: int) -> None:
        """Give a message to its executor."""
        self._receiver.deliver(*subject)

    def drop(self, subject: Copy) -> None:
        """Report that a cut link has lost a message."""
        self._reporter.add(LOST, subject[2], subject[0])

    def stopped(self, subject: Copy) -> None:
        """Report that a cut link has stopped a message."""
        self._reporter.add(CUT, subject[2], subject[0])
