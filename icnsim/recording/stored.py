"""A JSON document of stored results, which another version of icnsim may have written."""

import json
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from icnsim.errors import IcnsimError, MissingEntryError, ResultsError
from icnsim.version import VERSION


class Stored(dict[str, Any]):
    """A mapping of a stored document. An entry that it lacks is an error that says what to do.

    Attributes
    ----------
    path : the file of the document.
    """

    __slots__ = ("path",)

    def __init__(self, entries: Iterable[tuple[str, Any]], path: Path) -> None:
        super().__init__(entries)
        self.path = path

    def __missing__(self, key: str) -> Any:
        raise MissingEntryError(
            f"{self.path}: the results have no {key!r}, so another state of icnsim wrote them (this is icnsim "
            f"{VERSION}); run the command of their manifest.json again with --force"
        )

    def __reduce__(self) -> tuple[Any, ...]:
        return Stored, (list(self.items()), self.path)


def loads(content: bytes, path: Path) -> Any:
    """The value of a JSON document whose mappings are all `Stored`; raises ValueError or RecursionError."""
    return json.loads(content, object_pairs_hook=lambda pairs: Stored(pairs, path))


@contextmanager
def readable(place: Path, summary: Mapping[str, Any]) -> Iterator[None]:
    """Turn an error in reading the results of another version into a ResultsError that names both versions.

    With results of this version such an error is a defect. An entry that is missing is a ResultsError already.
    """
    try:
        yield
    except (TypeError, ValueError, AttributeError, LookupError, ArithmeticError) as error:
        version = summary.get("version", "unknown")
        if isinstance(error, IcnsimError) or version == VERSION:
            raise
        raise ResultsError(
            f"{place}: icnsim {version} wrote the results, and this is {VERSION}, which reads them differently "
            f"({type(error).__name__}: {error}); run the command of their manifest.json again with --force"
        ) from error
