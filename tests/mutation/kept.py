"""Keeps the statements that each file of tests has executed, so that the next run maps only changed files.

The key of a file is a hash of its text, of the package, and of everything else that its tests may read: the scenarios,
the settings of pytest, and the files under `tests` that are no tests.
"""

import hashlib
import json
from array import array
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Final, NamedTuple

from tests.mutation.mutants import ROOT

FOLDER: Final = ROOT / ".mutation_cache"
SHARED: Final = ("icnsim/**/*", "scenarios/**/*", "tests/**/*", "pyproject.toml")
"""The files whose change invalidates every map, except for the tests themselves."""


class Mapped(NamedTuple):
    """A test that passes: its processor time, and the numbers of the lines of the mutated statements it executes."""

    seconds: float
    lines: "array[int]"


class Kept:
    """The maps of earlier runs.

    Parameters
    ----------
    folder : where they are kept. root : the repository.
    """

    def __init__(self, folder: Path = FOLDER, root: Path = ROOT) -> None:
        self._folder, self._root = folder, root
        paths = {path for pattern in SHARED for path in root.glob(pattern) if path.is_file()}
        self._shared = self._hash(path for path in sorted(paths) if _is_shared(path.relative_to(root)))

    def of(self, file: str) -> dict[str, Mapped | None] | None:
        """The map of each test of a file, None for a test that is left out; None if the file must be mapped."""
        try:
            found = json.loads(self._path(file).read_text("utf-8"))
        except FileNotFoundError:
            return None
        if found["key"] != self._key(file):
            return None
        return {name: each and Mapped(each[0], array("i", each[1])) for name, each in found["tests"].items()}

    def keep(self, file: str, tests: Mapping[str, Mapped | None]) -> None:
        """Keep the map of each test of a file; the file is replaced as a whole."""
        self._folder.mkdir(exist_ok=True)
        written = {name: each and (each.seconds, each.lines.tolist()) for name, each in tests.items()}
        part = self._path(file).with_suffix(".part")
        part.write_text(json.dumps({"key": self._key(file), "tests": written}), "utf-8")
        part.replace(self._path(file))

    def _path(self, file: str) -> Path:
        return self._folder / f"{file.replace('/', '+')}.json"

    def _key(self, file: str) -> str:
        return f"{self._shared} {self._hash([self._root / file])}"

    def _hash(self, paths: Iterable[Path]) -> str:
        """The hash of the names and contents of some files."""
        digest = hashlib.sha256()
        for path in paths:
            name = path.relative_to(self._root).as_posix().encode()
            digest.update(hashlib.sha256(name + b"\0" + path.read_bytes()).digest())
        return digest.hexdigest()


def _is_shared(path: Path) -> bool:
    """Whether tests may read a file: caches, the mutation tests and other tests do not count."""
    return not (
        path.match("test_*.py")
        or "__pycache__" in path.parts
        or path.is_relative_to("tests/mutation")
        or path.suffix == ".pyc"
    )
