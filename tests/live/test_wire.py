"""The wire format: frames survive any split of the bytes, and nothing else is accepted."""

import pytest

from icnsim.live.wire import HEADER, LONGEST_BODY, VERSION, Decoder, Encoder, Frame, WireError, packed, unpacked
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
    ],
)
def test_bytes_that_are_not_the_next_frame_are_refused(data, error):
    with pytest.raises(WireError, match=error):
        list(Decoder().feed(data))
