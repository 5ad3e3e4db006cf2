"""Writes a file completely or not at all: under another name first, which is then renamed.

The modes of files and folders follow the umask of the process.
"""

import os
import secrets
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path


def write(target: Path, pieces: Iterable[bytes], *, replace: bool = True) -> None:
    """Write a file. An earlier file stays until the new one is complete; no draft remains after an error.

    A link is followed, and a device or a pipe is written directly, because a rename would replace it.

    Parameters
    ----------
    replace : whether an earlier file is replaced.

    Raises
    ------
    FileExistsError : there is an earlier file, and it is not to be replaced. OSError : the file cannot be written.
    """
    if not replace and os.path.lexists(target):
        raise FileExistsError(f"{target} exists")
    target = Path(os.path.realpath(target))
    if target.exists() and not target.is_file():
        with target.open("wb") as file:
            file.writelines(pieces)
        return
    draft = target.with_name(f".{target.name[:100]}.{secrets.token_hex(8)}")
    try:
        with draft.open("xb") as file:
            file.writelines(pieces)
        if replace:
            os.replace(draft, target)
        else:
            _put(draft, target)
    finally:
        with suppress(OSError):
            draft.unlink(missing_ok=True)


def _put(draft: Path, target: Path) -> None:
    """Give a draft its name unless another process has made a file of that name meanwhile."""
    try:
        os.link(draft, target)
    except FileExistsError:
        raise
    except OSError:  # a file system without links
        os.replace(draft, target)


def new_folder(parent: Path, prefix: str) -> Path:
    """A new, empty folder with a unique name, whose mode follows the umask; raises OSError."""
    place = parent / f"{prefix}{secrets.token_hex(8)}"
    place.mkdir()
    return place
