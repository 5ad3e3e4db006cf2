"""The temporary folder of a live run, in which its processes have their files."""

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from icnsim.errors import ResultsError
from icnsim.recording.folder import remove_stale

PREFIX: Final = "icnsim-live-"


@contextmanager
def journals() -> Iterator[Path]:
    """A new folder, which is removed at the end of the context.

    It also removes the folders that killed commands of this user left at least a day ago. A live run takes an hour at
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
        remove_stale(Path(place).parent, (PREFIX,))
        yield Path(place)
    finally:
        shutil.rmtree(place, ignore_errors=True)
