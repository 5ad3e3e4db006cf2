"""The output file of a command: it is written completely or not at all."""

import sys
from collections.abc import Iterable
from pathlib import Path

import click

from icnsim import wholefile


def put_file(path: str, pieces: Iterable[bytes]) -> None:
    """Write a file, or to stdout where it is "-"; an earlier file stays until the new one is complete.

    Raises
    ------
    click.UsageError : the file cannot be written.
    """
    if path == "-":
        for piece in pieces:
            sys.stdout.buffer.write(piece)
        sys.stdout.buffer.flush()
        return
    try:
        wholefile.write(Path(path), pieces)
    except OSError as error:
        raise click.UsageError(f"{path} cannot be written: {(error.strerror or str(error)).lower()}") from None
