"""The output file of a command: it is written completely or not at all."""

import os
import sys
from collections.abc import Iterable
from pathlib import Path
from tempfile import NamedTemporaryFile

import click


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
    target = Path(path)
    draft = None
    try:
        with NamedTemporaryFile(dir=target.parent, prefix=f".{target.name}.", delete=False) as file:
            draft = Path(file.name)
            file.writelines(pieces)
        draft.chmod(0o666 & ~_umask())
        os.replace(draft, target)
    except OSError as error:
        raise click.UsageError(f"{path} cannot be written: {(error.strerror or str(error)).lower()}") from None
    finally:
        if draft is not None:
            draft.unlink(missing_ok=True)


def _umask() -> int:
    """The file mode mask of this process, which can only be read by setting it."""
    mask = os.umask(0)
    os.umask(mask)
    return mask
