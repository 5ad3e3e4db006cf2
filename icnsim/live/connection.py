"""One TCP connection between two processes of a run, as an asyncio protocol."""

import asyncio
import hmac
from collections.abc import Callable
from typing import Any, Final

from icnsim.live.wire import Decoder, Encoder, Frame, WireError

LOOPBACK: Final = "127.0.0.1"

Received = Callable[["Connection", Frame, Any], None]
"""Called with each frame after the first one."""


class Connection(asyncio.Protocol):
    """A connection on loopback.

    Parameters
    ----------
    token : the token of the run, which the first frame must carry.
    received : see `Received`. closed : called when the connection has ended.
    name : this process, for the first frame; None if the other side sends the first frame.
    greeted : called with the name of the other side, when its first frame has arrived.

    Attributes
    ----------
    peer : the name of the other side; None before its first frame.
    is_open : whether frames can be written.
    """

    def __init__(
        self,
        token: str,
        received: Received,
        closed: Callable[["Connection"], None],
        *,
        name: Any = None,
        greeted: Callable[["Connection", Any], None] | None = None,
    ) -> None:
        self._token = token
        self._received = received
        self._closed = closed
        self._name = name
        self._greeted = greeted
        self._encoder, self._decoder = Encoder(), Decoder(greets=greeted is not None)
        self._transport: asyncio.Transport | None = None
        self.peer: Any = None
        self.error: str | None = None

    @property
    def is_open(self) -> bool:
        """Whether the connection has been made and has not ended."""
        return self._transport is not None and not self._transport.is_closing()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Send the first frame, if this process has opened the connection."""
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport
        if self._greeted is None:
            self.send(Frame.HELLO, [self._token, self._name])

    def data_received(self, data: bytes) -> None:
        """Pass on the frames that are complete; a connection that breaks the format is closed."""
        try:
            for kind, body in self._decoder.feed(data):
                if self._greeted is not None and self.peer is None:
                    self._greet(kind, body)
                else:
                    self._received(self, kind, body)
        except WireError as error:
            self.error = str(error)
            self.close()

    def _greet(self, kind: Frame, body: Any) -> None:
        known = kind is Frame.HELLO and isinstance(body, list) and len(body) == 2 and isinstance(body[0], str)
        # A JSON string can have a lone surrogate, which UTF-8 cannot encode.
        if not known or not hmac.compare_digest(body[0].encode(errors="replace"), self._token.encode()):
            raise WireError("the first frame does not have the token of this run")
        self.peer = body[1]
        assert self._greeted is not None
        self._greeted(self, self.peer)

    def connection_lost(self, exc: Exception | None) -> None:
        """Announce the end of the connection."""
        self._transport = None
        self._closed(self)

    def send(self, kind: Frame, body: Any) -> None:
        """Write a frame; nothing is written to a connection that has ended."""
        if self._transport is not None and not self._transport.is_closing():
            self._transport.write(self._encoder.frame(kind, body))

    def close(self) -> None:
        """End the connection after everything that was written."""
        if self._transport is not None:
            self._transport.close()
