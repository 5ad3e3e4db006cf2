"""The output of a command: a file is written completely or not at all."""

import sys
from collections.abc import Iterable
from pathlib import Path

from icnsim import wholefile
from icnsim.errors import ResultsError


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
