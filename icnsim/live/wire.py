"""The wire format between the processes of a live run, on TCP.

A frame is a header and a body. The header has the length of the body (4 bytes), the version of the format (1), the kind
of the frame (1) and its number on this connection (4), in network byte order. The body is JSON in UTF-8. The first
frame of a connection carries the run's token, so a process that is not part of the run cannot send anything.
"""

import json
import struct
from collections.abc import Iterator
from enum import IntEnum
from typing import Any, Final

from icnsim.errors import IcnsimError
from icnsim.protocol.messages import ActorId, AttemptId, Digest, ExecutorId, Kind, Message

VERSION: Final = 1
HEADER: Final = struct.Struct("!IBBI")
LONGEST_BODY: Final = 16 * 1024 * 1024
"""The longest body that a connection accepts, bytes."""
LONGEST_HELLO: Final = 1024
"""The longest body of the first frame that a process accepts from another one, bytes."""


class Frame(IntEnum):
    """The kinds of frame."""

    HELLO = 0
    """The first frame: the token and the sender's name."""
    MESSAGE = 1
    """A message of the protocol, from one executor to another."""
    REPORT = 2
    """Worker to supervisor: what has happened."""
    COMMAND = 3
    """Supervisor to worker."""
    BEAT = 4
    """A heartbeat of an executor, to another one."""
    OVERHEARD = 5
    """A Request, to an executor that was not asked and forges an Accept."""


class WireError(IcnsimError):
    """A connection carries something that is not a frame of this run."""


class Encoder:
    """Numbers and encodes the frames of one direction of a connection."""

    __slots__ = ("_number",)

    def __init__(self) -> None:
        self._number = 0

    def frame(self, kind: Frame, body: Any) -> bytes:
        """The bytes of the next frame."""
        encoded = json.dumps(body, separators=(",", ":")).encode()
        header = HEADER.pack(len(encoded), VERSION, kind, self._number & 0xFFFFFFFF)
        self._number += 1
        return header + encoded


class Decoder:
    """Splits the bytes of one direction of a connection into frames.

    Parameters
    ----------
    greets : whether the first frame comes from a process that may not belong to the run; it is short then.
    """

    __slots__ = ("_buffer", "_greets", "_number")

    def __init__(self, *, greets: bool = False) -> None:
        self._buffer = bytearray()
        self._greets = greets
        self._number = 0

    def feed(self, data: bytes) -> Iterator[tuple[Frame, Any]]:
        """Add bytes; yields the kind and the body of each frame that is complete.

        Raises
        ------
        WireError : the bytes are not the next frame of this format.
        """
        buffer = self._buffer
        buffer += data
        while len(buffer) >= HEADER.size:
            length, version, kind, number = HEADER.unpack_from(buffer)
            if version != VERSION:
                raise WireError(f"a frame has version {version}, this icnsim reads version {VERSION}")
            longest = LONGEST_HELLO if self._greets and not self._number else LONGEST_BODY
            if length > longest:
                raise WireError(f"a frame of {length} bytes is longer than {longest} bytes")
            if number != self._number & 0xFFFFFFFF:
                raise WireError(f"frame {number} has arrived in place of frame {self._number}")
            end = HEADER.size + length
            if len(buffer) < end:
                return
            body = bytes(buffer[HEADER.size : end])
            del buffer[:end]
            self._number += 1
            try:
                yield Frame(kind), json.loads(body)
            except (ValueError, RecursionError) as error:  # JSON that is nested too deep is a RecursionError
                raise WireError(f"frame {number} cannot be read: {error}") from None


def packed(message: Message) -> list[Any]:
    """A message as a list, in the order of its fields."""
    return [
        message.kind, message.actor, message.attempt, message.sender, message.receiver, message.size_bytes,
        message.sequence, message.reason, message.epoch, message.content, message.damaged, message.sent_at,
        message.signer, message.digest, message.unsigned,
    ]  # fmt: skip


def unpacked(fields: list[Any]) -> Message:
    """The message of a list that `packed` has made."""
    (kind, actor, attempt, sender, receiver, size, sequence, reason, epoch, content, damaged, sent_at, signer, digest,
     unsigned) = fields  # fmt: skip
    return Message(
        Kind(kind), ActorId(actor), AttemptId(attempt), ExecutorId(sender), ExecutorId(receiver), size, sequence,
        reason, epoch, (content[0], content[1]), damaged, sent_at, ExecutorId(signer), Digest(digest), unsigned,
    )  # fmt: skip
