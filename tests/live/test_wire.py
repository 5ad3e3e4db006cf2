"""The wire format: frames survive any split of the bytes, and nothing else is accepted."""

import asyncio

import pytest

from icnsim.live.connection import Connection
from icnsim.live.wire import (
    HEADER,
    LONGEST_BODY,
    LONGEST_HELLO,
    VERSION,
    Decoder,
    Encoder,
    Frame,
    WireError,
    packed,
    unpacked,
)
from icnsim.protocol.messages import ActorId, AttemptId, Digest, ExecutorId, Kind, Message

MESSAGE = Message(
    Kind.COMPLETE, ActorId(7), AttemptId(12), ExecutorId(1), ExecutorId(2), 1048576, 3, "why", 4, (3, 1), True, 12345,
    ExecutorId(1), Digest(9), True,
)  # fmt: skip


@pytest.mark.parametrize("size", [1, 3, 10, 1000])
def test_frames_are_found_however_the_bytes_are_split(size):
    encoder, decoder = Encoder(), Decoder()
    bodies = [["begin", 5], {"ä": None}, [1.5, True]]
    data = b"".join(encoder.frame(Frame.COMMAND, body) for body in bodies)
    pieces = [data[start : start + size] for start in range(0, len(data), size)]
    assert [body for piece in pieces for _, body in decoder.feed(piece)] == bodies


def test_a_message_survives_the_wire():
    encoder, decoder = Encoder(), Decoder()
    ((kind, body),) = decoder.feed(encoder.frame(Frame.MESSAGE, packed(MESSAGE)))
    assert (kind, unpacked(body)) == (Frame.MESSAGE, MESSAGE)


@pytest.mark.parametrize(
    ("data", "error"),
    [
        (HEADER.pack(2, VERSION + 1, Frame.REPORT, 0) + b"[]", "version"),
        (HEADER.pack(LONGEST_BODY + 1, VERSION, Frame.REPORT, 0), "longer"),
        (HEADER.pack(2, VERSION, Frame.REPORT, 1) + b"[]", "in place of frame 0"),
        (HEADER.pack(2, VERSION, Frame.REPORT, 0) + b"[}", "cannot be read"),
        (HEADER.pack(2, VERSION, 99, 0) + b"[]", "cannot be read"),
        (HEADER.pack(200_000, VERSION, Frame.REPORT, 0) + b"[" * 200_000, "cannot be read"),
    ],
)
def test_bytes_that_are_not_the_next_frame_are_refused(data, error):
    with pytest.raises(WireError, match=error):
        list(Decoder().feed(data))


def test_a_process_that_has_not_shown_the_token_cannot_fill_the_memory():
    header = HEADER.pack(LONGEST_HELLO + 1, VERSION, Frame.HELLO, 0)
    with pytest.raises(WireError, match="longer"):
        list(Decoder(greets=True).feed(header))
    assert list(Decoder().feed(header)) == []  # more of the body may follow


class Transport(asyncio.Transport):
    """A transport that notes whether it was closed."""

    closed = False

    def close(self):
        self.closed = True

    def is_closing(self):
        return self.closed


@pytest.mark.parametrize(
    "hello",
    [["another", 1], ["\ud800", 1], ["token"], {"token": 1}, None, [1, 1], "[" * 1000],
    ids=["token", "surrogate", "length", "mapping", "nothing", "number", "nested"],
)
def test_a_first_frame_without_the_token_closes_its_connection_and_nothing_else(hello):
    greeted = []
    connection = Connection("token", lambda *_: None, lambda _: None, greeted=lambda _, name: greeted.append(name))
    transport = Transport()
    connection.connection_made(transport)
    data = Encoder().frame(Frame.HELLO, hello)
    if isinstance(hello, str):
        data = HEADER.pack(len(hello), VERSION, Frame.HELLO, 0) + hello.encode()
    connection.data_received(data)
    assert transport.closed
    assert not greeted
    assert "token" in connection.error or "cannot be read" in connection.error
