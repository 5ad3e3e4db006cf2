"""The folder of one run's results: it is written as a whole or not at all, and verified when it is read.

All files are written to a temporary folder next to it, which is renamed at the end. The manifest holds the SHA-256 and
the size of every other file. A folder whose files do not match its manifest is not accepted as a result. The files may
come from another person: only regular files up to a maximum size are opened.
"""

import errno
import hashlib
import json
import logging
import os
import shutil
import stat
import tempfile
import time
import weakref
from collections.abc import Callable, Collection, Iterator, Mapping
from contextlib import contextmanager, suppress
from io import FileIO
from pathlib import Path
from typing import Any, Final

from icnsim import wholefile
from icnsim.errors import ResultsError
from icnsim.recording import home, stored

LOG: Final = logging.getLogger(__name__)
MANIFEST: Final = "manifest.json"
DOCUMENT_BYTES: Final = 64 * 2**20
"""Maximum size of a JSON document."""
FOLDER_BYTES: Final = 64 * 2**30
"""Maximum size of all files of a folder; the largest sweep needs a tenth of this."""
UNFINISHED, REPLACED = ".unfinished-", ".replaced-"
STALE_S: Final = 86_400.0
"""Age from which a file or folder with one of these names is considered left over from a killed process."""


def dumps(document: Mapping[str, Any]) -> str:
    """JSON in the format of all result files: indented, in declared order, without NaN or Infinity."""
    return json.dumps(document, indent=2, allow_nan=False, ensure_ascii=False) + "\n"


def intact(folder: Path) -> bool:
    """Whether the folder holds a complete result: every file has the hash that the manifest declares."""
    return bool(files_of(folder))


def files_of(folder: Path) -> frozenset[str]:
    """The names of all files of a result except the manifest; empty if the result is not complete or a draft."""
    return frozenset() if is_temporary(folder) else _listed_files(folder)


def _listed_files(folder: Path) -> frozenset[str]:
    """The names of all files that the manifest declares, if the folder has all of them with their hashes."""
    try:
        manifest = json.loads(read_regular(folder / MANIFEST, DOCUMENT_BYTES))
        files, sizes = manifest["files"], manifest.get("sizes", {})  # manifests of older versions have no sizes
        inside = all(".." not in Path(name).parts and not Path(name).is_absolute() for name in files)
        found = {name: (folder / name).stat().st_size for name in files} if inside else {}
        # The sizes are checked first, because to read a file of any size could take very long.
        whole = "summary.json" in found and {**found, **sizes} == found and sum(found.values()) <= FOLDER_BYTES
        whole = whole and all(digest(folder / name) == expected for name, expected in files.items())
    except (OSError, ValueError, KeyError, TypeError, AttributeError, RecursionError):
        whole, found = False, {}
    return frozenset(found) if whole else frozenset()


def read_summary(folder: Path) -> dict[str, Any]:
    """The summary of a result; raises ResultsError if it is missing or damaged."""
    return read_result(folder)[0]


def read_result(folder: Path) -> tuple[dict[str, Any], frozenset[str]]:
    """The summary of a result and the names of its files; raises ResultsError as `read_summary` does."""
    if not folder.exists():
        recover(folder.parent)
    if is_temporary(folder):
        raise ResultsError(f"{folder}: a draft that an interrupted command left; run this command again")
    files = files_of(folder)
    if not files:
        raise ResultsError(f"{folder}: no complete results here; run the scenario again with --force")
    return read_document(folder / "summary.json"), files


def read_document(path: Path) -> dict[str, Any]:
    """A JSON document of a result; raises ResultsError if it is not a JSON mapping."""
    try:
        document = stored.loads(read_regular(path, DOCUMENT_BYTES), path)
    except (OSError, ValueError, RecursionError) as error:
        found = error.strerror.lower() if isinstance(error, OSError) and error.strerror else "not JSON"
        raise ResultsError(f"{path}: {found}, so icnsim did not write this file") from None
    if not isinstance(document, stored.Stored):
        raise ResultsError(f"{path}: not a mapping, so icnsim did not write this file")
    return document


def found(folder: Path, wanted: Mapping[str, object], needed: Collection[str]) -> dict[str, Any] | None:
    """The summary of the result in this folder, if it is the wanted one, else None.

    Parameters
    ----------
    wanted : entries that its summary must have; a folder of that name may be another result that was renamed.
    needed : names of files that it must have.
    """
    if not folder.exists():
        recover(folder.parent)
    if not files_of(folder).issuperset((*needed, "summary.json")):
        return None
    try:
        summary = read_document(folder / "summary.json")
    except ResultsError:
        return None
    return summary if {**summary, **wanted} == summary else None


def write_folder(folder: Path, write: Callable[[Path], Mapping[str, str] | None], manifest: Mapping[str, Any]) -> None:
    """Make a results folder.

    Parameters
    ----------
    write : writes every file except the manifest into the given folder; may return the digests of some files.
    manifest : the other entries of the manifest.

    Raises
    ------
    ResultsError : it cannot be written; no file remains.
    """
    try:
        home.make(folder.parent)
        clear_stale(folder.parent)
        with _temporary(folder.parent) as draft:
            known = write(draft) or {}
            (draft / MANIFEST).unlink(missing_ok=True)
            names = sorted(str(path.relative_to(draft)) for path in draft.rglob("*") if path.is_file())
            files = {name: known.get(name) or digest(draft / name) for name in names}
            sizes = {name: (draft / name).stat().st_size for name in names}
            (draft / MANIFEST).write_text(dumps({**manifest, "files": files, "sizes": sizes}), "utf-8")
            _put_in_place(draft, folder)
        for name, size in sizes.items():
            LOG.debug("%s: %s bytes", folder / name, f"{size:,}")
        LOG.info("%s: %d files written, %s bytes", folder, len(files) + 1, f"{sum(sizes.values()):,}")
    except OSError as error:
        raise _unwritable(folder, error) from None


def refuse_unwritable(folder: Path) -> None:
    """Raise ResultsError before a long run if its results could not be written afterwards; leaves no file."""
    try:
        above = next(each for each in folder.parents if each.exists())
        with tempfile.TemporaryDirectory(prefix=UNFINISHED, dir=above):
            pass
    except OSError as error:
        raise _unwritable(folder, error) from None


def _unwritable(folder: Path, error: OSError) -> ResultsError:
    reason = (error.strerror or str(error)).lower()
    return ResultsError(f"{folder}: cannot write the results: {reason}; free space or give another --out")


def put_folder(folder: Path, files: Mapping[str, bytes]) -> None:
    """Put a results folder that another process made, including its manifest, in its place.

    Raises
    ------
    ResultsError : it cannot be written; no file remains.
    """

    def write(draft: Path) -> None:
        for name, content in files.items():
            (draft / name).parent.mkdir(parents=True, exist_ok=True)
            (draft / name).write_bytes(content)

    write_folder(folder, write, json.loads(files[MANIFEST]))


def clear_stale(parent: Path) -> None:
    """Remove the files that killed processes left in a folder at least a day ago; results are moved back before."""
    recover(parent)
    remove_stale(parent, (UNFINISHED, REPLACED))


def remove_stale(parent: Path, prefixes: tuple[str, ...]) -> None:
    """Remove the files and folders with these prefixes that are at least a day old; those of others stay."""
    before = time.time() - STALE_S
    with suppress(OSError), os.scandir(parent) as entries:
        for entry in entries:
            with suppress(OSError):  # of another user, or removed by another process
                if entry.name.startswith(prefixes) and entry.stat(follow_symlinks=False).st_mtime < before:
                    remove(Path(entry.path))


def remove(path: Path) -> None:
    """Remove a folder with its contents, a file, or a link but not its target."""
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)


@contextmanager
def temporary() -> Iterator[Path]:
    """A new folder, to be passed to `remove_with`; it is removed at once if an error is raised."""
    place = Path(tempfile.mkdtemp(prefix="icnsim-"))
    try:
        yield place
    except BaseException:
        shutil.rmtree(place, ignore_errors=True)
        raise


def remove_with(owner: object, place: Path) -> None:
    """Remove a folder when the object that reads it is collected or the process ends."""
    weakref.finalize(owner, shutil.rmtree, place, ignore_errors=True)


def read_regular(path: Path | str, most: int) -> bytes:
    """The contents of a regular file; raises OSError for anything else and for more than `most` bytes."""
    # System calls take a third of the time of a file object, and sweeps read very many files.
    descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    try:
        _refuse_irregular(about := os.fstat(descriptor), path)
        if about.st_size > most:
            raise OSError(errno.EFBIG, os.strerror(errno.EFBIG), str(path))
        content = b""
        while piece := os.read(descriptor, about.st_size - len(content)):
            content = content + piece if content else piece
        return content
    finally:
        os.close(descriptor)


@contextmanager
def _temporary(parent: Path) -> Iterator[Path]:
    draft = wholefile.new_folder(parent, UNFINISHED)
    try:
        yield draft
    finally:
        shutil.rmtree(draft, ignore_errors=True)


def _put_in_place(draft: Path, folder: Path) -> None:
    """Rename the draft. An older result is moved away first, and moved back if that fails.

    A process that is killed between the two renames leaves the older result under its own name in a folder
    `.replaced-*`, where `recover` finds it.
    """
    away = wholefile.new_folder(folder.parent, REPLACED)
    old = away / folder.name
    with suppress(FileNotFoundError):
        os.replace(folder, old)
    try:
        os.replace(draft, folder)
    except BaseException as error:
        # Another process may have written the same run in the meantime. Then its folder is the result.
        if not isinstance(error, OSError) or not intact(folder):
            with suppress(OSError):
                os.replace(old, folder)
            shutil.rmtree(away, ignore_errors=True)
            raise
    shutil.rmtree(away, ignore_errors=True)


def recover(parent: Path) -> None:
    """Move back the results whose replacement was killed between its two renames.

    Every command that looks for results calls this if a result is missing. A folder that cannot be written is left as
    it is.
    """
    with suppress(OSError):
        for away in sorted(parent.glob(f"{REPLACED}*")):
            for old in sorted(away.iterdir()):
                place = parent / old.name
                if not os.path.lexists(place) and _listed_files(old):
                    os.rename(old, place)
                    LOG.info("%s: the result from before an interrupted replacement is back", place)


def is_temporary(folder: Path) -> bool:
    """Whether this is a draft or a replaced result, which no command may take for a result."""
    resolved = folder.resolve()
    return any(part.name.startswith((UNFINISHED, REPLACED)) for part in (resolved, resolved.parent))


@contextmanager
def _opened(path: Path | str) -> Iterator[FileIO]:
    """A regular file: to open a pipe could block, and a device may have no end."""
    with open(path, "rb", buffering=0, opener=_at_once) as file:
        _refuse_irregular(os.fstat(file.fileno()), path)
        yield file


def _refuse_irregular(about: os.stat_result, path: Path | str) -> None:
    if not stat.S_ISREG(about.st_mode):
        raise OSError(errno.EINVAL, "not a regular file", str(path))


def _at_once(path: str, flags: int) -> int:
    return os.open(path, flags | os.O_NONBLOCK)


def digest(path: Path) -> str:
    """The SHA-256 of a file in hex digits; raises OSError if it is not a regular file."""
    with _opened(path) as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
