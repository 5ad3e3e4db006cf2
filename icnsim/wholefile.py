"""Writes a file completely or not at all: under another name first, which is then renamed.

The modes of new files and folders follow the umask of the process. A file that is replaced keeps its mode.
"""

import os
import re
import secrets
import stat
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path
from typing import Final

STALE_S: Final = 86_400.0
"""The age, s, from which a draft is considered left over from a killed process."""
NAME: Final = 100
"""Characters of the name of a file that the name of its draft has."""


def write(target: Path, pieces: Iterable[bytes], *, replace: bool = True) -> None:
    """Write a file. An earlier file stays until the new one is complete; no draft remains after an error.

    A link is followed, and a device or a pipe is written directly, because a rename would replace it. Drafts of
    the same file that killed processes left at least a day ago are removed.

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
    draft = target.with_name(f".{target.name[:NAME]}.{secrets.token_hex(8)}")
    try:
        with draft.open("xb") as file:
            _keep_mode(file.fileno(), target)
            _clear_stale(target, os.fstat(file.fileno()).st_mtime)
            file.writelines(pieces)
        if replace:
            os.replace(draft, target)
        else:
            _put(draft, target)
    finally:
        with suppress(OSError):
            draft.unlink(missing_ok=True)


def _keep_mode(draft: int, target: Path) -> None:
    """Give the empty draft the permissions of the file that it replaces, because a user may have restricted them."""
    with suppress(FileNotFoundError):
        mode = stat.S_IMODE(target.stat().st_mode) & 0o777
        if mode != stat.S_IMODE(os.fstat(draft).st_mode):
            os.fchmod(draft, mode)


def _clear_stale(target: Path, now: float) -> None:
    """Remove old drafts of a file. `now` is by the clock of the file system, which gives the age of the drafts."""
    draft = re.compile(rf"\.{re.escape(target.name[:NAME])}\.[0-9a-f]{{16}}")
    with suppress(OSError), os.scandir(target.parent) as entries:
        for entry in entries:
            found = draft.fullmatch(entry.name) and entry.is_file(follow_symlinks=False)
            if found and entry.stat(follow_symlinks=False).st_mtime < now - STALE_S:
                os.unlink(entry.path)


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
