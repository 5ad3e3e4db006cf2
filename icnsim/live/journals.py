"""The temporary folder of a live run, in which its processes have their files."""

import os
import shutil
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Final

from icnsim.errors import ResultsError
from icnsim.recording.folder import STALE_S

PREFIX: Final = "icnsim-live-"


@contextmanager
def journals() -> Iterator[Path]:
    """A new folder, which is removed at the end of the context.

    It also removes the folders that killed commands of this user left at least a day ago; a live run takes an hour at
    most.

    Raises
    ------
    ResultsError : it cannot be created.
    """
    try:
        place = tempfile.mkdtemp(prefix=PREFIX)
    except OSError as error:
        reason = (error.strerror or str(error)).lower()
        raise ResultsError(
            f"the folder for the files of the processes cannot be created: {reason}; free space or set TMPDIR"
        ) from None
    try:
        _clear_stale(Path(place).parent)
        yield Path(place)
    finally:
        shutil.rmtree(place, ignore_errors=True)


def _clear_stale(parent: Path) -> None:
    before = time.time() - STALE_S
    with suppress(OSError), os.scandir(parent) as entries:
        for entry in entries:
            if entry.name.startswith(PREFIX) and entry.is_dir(follow_symlinks=False):
                about = entry.stat(follow_symlinks=False)
                if about.st_uid == os.getuid() and about.st_mtime < before:
                    shutil.rmtree(entry.path, ignore_errors=True)
