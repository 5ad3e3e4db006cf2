"""The output of a command: a file is written completely or not at all, and stored results may be damaged."""

import sys
from collections.abc import Iterable
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path
from typing import Protocol

from icnsim import wholefile
from icnsim.errors import ResultsError
from icnsim.recording import stored


class Shown(Protocol):
    """Results that a command shows: new ones, or stored ones that it has found."""

    @property
    def folder(self) -> Path | None:
        """The folder of the results."""

    @property
    def reused(self) -> bool:
        """Whether they were there already."""


def showing(found: Shown) -> AbstractContextManager[None]:
    """A context in which an error with stored results becomes a message about their files."""
    return stored.readable(found.folder) if found.reused and found.folder is not None else nullcontext()


def put_file(path: str, pieces: Iterable[bytes]) -> None:
    """Write a file, or to stdout where it is "-"; an earlier file stays until the new one is complete.

    Raises
    ------
    ResultsError : the file cannot be written.
    """
    if path == "-":
        for piece in pieces:
            sys.stdout.buffer.write(piece)
        sys.stdout.buffer.flush()
        return
    try:
        wholefile.write(Path(path), pieces)
    except OSError as error:
        reason = (error.strerror or str(error)).lower()
        raise ResultsError(f"{path} cannot be written: {reason}; free space or give another file") from None
