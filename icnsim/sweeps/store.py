"""Runs that have ended, one small file each: written whole or not at all, checked when read.

``results/<name>/runs/<2 digits>/<run-id>.json`` holds a SHA-256 in its first line and the
run's figures in the second. The checksum is of them, of the run-id and of the names that
figures have in this version: what does not match, damaged, of another run or make, is not there.
"""

import hashlib
import json
import os
import secrets
from contextlib import suppress
from functools import cache
from pathlib import Path
from typing import Final

from icnsim.errors import ResultsError
from icnsim.recording import folder, home
from icnsim.recording.figures import Figures
from icnsim.sweeps.figures import of_every_run

RUN_BYTES: Final = 2**20
"""Of a stored run, at most; it has some thousands."""


class Store:
    """The figures of finished runs, by run-id.

    Parameters
    ----------
    place : where they are; it is made when the first one is put there.
    """

    def __init__(self, place: Path) -> None:
        self._folder = place
        self._made: set[str] = set()

    def whole(self, run_id: str) -> bool:
        """Whether that run is there, as it was put."""
        return self._content(run_id) is not None

    def get(self, run_id: str) -> Figures | None:
        """The figures of a run; None where they are not there or damaged."""
        content = self._content(run_id)
        return None if content is None else json.loads(content)

    def put(self, run_id: str, figures: Figures) -> None:
        """Keep the figures of a run; raises ResultsError where that cannot be."""
        content = json.dumps(figures, allow_nan=False, separators=(",", ":")).encode()
        path = self._path(run_id)
        # A unique name: processes with one number, each in its container, may share a store.
        draft = path.with_name(f"{folder.UNFINISHED}{run_id}-{secrets.token_hex(8)}")
        try:
            if path.parent.name not in self._made:
                home.make(self._folder.parent)
                path.parent.mkdir(parents=True, exist_ok=True)
                folder.clear_stale(path.parent)
                self._made.add(path.parent.name)
            with open(draft, "xb") as file:
                file.write(_digest(run_id, content) + b"\n" + content)
            if path.is_dir():
                folder.remove(path)
            os.replace(draft, path)
        except BaseException as error:
            with suppress(OSError):
                draft.unlink(missing_ok=True)
            if not isinstance(error, OSError):
                raise
            reason = (error.strerror or str(error)).lower()
            advice = "free space or give another --out; what was stored is kept"
            raise ResultsError(f"{path}: cannot store a finished run: {reason}; {advice}") from None

    def _content(self, run_id: str) -> bytes | None:
        try:
            path = f"{self._folder}/{run_id[:2]}/{run_id}.json"
            digest, _, content = folder.read_regular(path, RUN_BYTES).partition(b"\n")
        except OSError:
            return None
        return content if _digest(run_id, content) == digest else None

    def _path(self, run_id: str) -> Path:
        return self._folder / run_id[:2] / f"{run_id}.json"


def _digest(run_id: str, content: bytes) -> bytes:
    digest = _made_of_names().copy()
    digest.update(run_id.encode())
    digest.update(content)
    return digest.hexdigest().encode()


@cache
def _made_of_names() -> "hashlib._Hash":
    return hashlib.sha256("\n".join(of_every_run()).encode())
