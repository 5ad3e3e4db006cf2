"""The folder of one run's results: written whole or not at all, checked when it is found.

Everything is written to a temporary folder beside it, which is renamed at the end. A
manifest holds the SHA-256 of every other file; a folder whose files do not match it is not
taken for a result.
"""

import hashlib
import json
import os
import shutil
import tempfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from icnsim.errors import ResultsError

MANIFEST = "manifest.json"


def dumps(document: Mapping[str, Any]) -> str:
    """JSON as every file of ours has it: indented, in declared order, no NaN or Infinity."""
    return json.dumps(document, indent=2, allow_nan=False, ensure_ascii=False) + "\n"


def intact(folder: Path) -> bool:
    """Whether a complete result stands there: every file with the hash of the manifest."""
    try:
        files = json.loads(_regular(folder / MANIFEST).read_text("utf-8"))["files"]
        inside = all(".." not in Path(name).parts and not Path(name).is_absolute() for name in files)
        whole = inside and "summary.json" in files
        return whole and all(_hash(folder / name) == digest for name, digest in files.items())
    except (OSError, ValueError, KeyError, TypeError, AttributeError, RecursionError):
        return False


def read_summary(folder: Path) -> dict[str, Any]:
    """The summary of a result; raises ResultsError where there is none or it is damaged."""
    if not intact(folder):
        raise ResultsError(f"{folder}: no complete results here; run the scenario again with --force")
    summary: dict[str, Any] = json.loads((folder / "summary.json").read_text("utf-8"))
    return summary


def write_folder(folder: Path, write: Callable[[Path], None], manifest: Mapping[str, Any]) -> None:
    """Make a results folder.

    Parameters
    ----------
    write : writes every file but the manifest into the folder that it is given.
    manifest : what else the manifest tells.

    Raises
    ------
    ResultsError : it cannot be written; nothing is left behind.
    """
    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
        with _temporary(folder.parent) as draft:
            write(draft)
            (draft / MANIFEST).unlink(missing_ok=True)
            names = sorted(str(path.relative_to(draft)) for path in draft.rglob("*") if path.is_file())
            files = {name: _hash(draft / name) for name in names}
            (draft / MANIFEST).write_text(dumps({**manifest, "files": files}), "utf-8")
            _put_in_place(draft, folder)
    except OSError as error:
        reason = (error.strerror or str(error)).lower()
        raise ResultsError(f"{folder}: cannot write the results: {reason}; free space or give another --out") from None


def put_folder(folder: Path, files: Mapping[str, bytes]) -> None:
    """Put a results folder that was made elsewhere, its manifest among the files, in its place.

    Raises
    ------
    ResultsError : it cannot be written; nothing is left behind.
    """

    def write(draft: Path) -> None:
        for name, content in files.items():
            (draft / name).parent.mkdir(parents=True, exist_ok=True)
            (draft / name).write_bytes(content)

    told = json.loads(files[MANIFEST])
    write_folder(folder, write, {key: value for key, value in told.items() if key != "files"})


@contextmanager
def _temporary(parent: Path) -> Iterator[Path]:
    draft = Path(tempfile.mkdtemp(prefix=".unfinished-", dir=parent))
    try:
        yield draft
    finally:
        shutil.rmtree(draft, ignore_errors=True)


def _put_in_place(draft: Path, folder: Path) -> None:
    """Rename the draft; what stands in its place is moved away first, and back if that fails."""
    os.chmod(draft, 0o755)
    old = Path(tempfile.mkdtemp(prefix=".replaced-", dir=folder.parent))
    with suppress(FileNotFoundError):
        os.replace(folder, old / "old")
    try:
        os.replace(draft, folder)
    except OSError:
        # Another process may have put the same run there meanwhile: then that is the result.
        if not intact(folder):
            with suppress(FileNotFoundError):
                os.replace(old / "old", folder)
            shutil.rmtree(old, ignore_errors=True)
            raise
    shutil.rmtree(old, ignore_errors=True)


def _regular(path: Path) -> Path:
    """The path, if it is a file: a pipe or a device would be waited for."""
    if not path.is_file():
        raise FileNotFoundError(path)
    return path


def _hash(path: Path) -> str:
    with _regular(path).open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
