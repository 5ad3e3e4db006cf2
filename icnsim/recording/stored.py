"""A JSON document of stored results, which another version of icnsim may have written."""

import json
import logging
from collections.abc import Callable, Iterable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from functools import wraps
from pathlib import Path
from typing import Any, Concatenate, Final, ParamSpec, Protocol, TypeVar

from icnsim import memory
from icnsim.errors import DefectError, IcnsimError, MissingEntryError, ResultsError
from icnsim.version import VERSION

LOG: Final = logging.getLogger(__name__)
FOREIGN: Final = "not results as icnsim writes them"
"""The words for results that this version cannot have written."""
LONGEST: Final = 300
"""Characters of an error that a message has."""


class Result(Protocol):
    """Results: new ones, or stored ones that were opened."""

    @property
    def folder(self) -> Path | None:
        """The folder of the results; None if they were not written."""

    @property
    def reused(self) -> bool:
        """Whether they were there already."""


P = ParamSpec("P")
R = TypeVar("R")
A = TypeVar("A", bound=Result)


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
    """The value of a JSON document whose mappings are all `Stored`; NaN is refused.

    Raises
    ------
    ValueError, RecursionError : it is not JSON, or nested too deeply.
    """
    return json.loads(content, object_pairs_hook=lambda pairs: Stored(pairs, path), parse_constant=_refuse)


def _refuse(constant: str) -> None:
    raise ValueError(f"{constant} is not JSON")


def guarded(method: Callable[Concatenate[A, P], R]) -> Callable[Concatenate[A, P], R]:
    """A method of results, in which an error with stored results becomes a ResultsError; see `showing`."""

    @wraps(method)
    def call(result: A, /, *args: P.args, **kwargs: P.kwargs) -> R:
        with showing(result):
            return method(result, *args, **kwargs)

    return call


def showing(result: Result) -> AbstractContextManager[None]:
    """A context in which an error with stored results becomes a ResultsError about their files."""
    return readable(result.folder) if result.reused and result.folder is not None else nullcontext()


@contextmanager
def readable(place: Path, version: object = None) -> Iterator[None]:
    """Turn an error in reading results into a ResultsError that says what to do.

    Any program may have changed the files and their hashes, and another version of icnsim may have written them.

    Parameters
    ----------
    place : the folder of the results. version : of the icnsim that wrote them; None for that of their summary.
    """
    try:
        yield
    except (IcnsimError, DefectError, MemoryError):
        raise
    except Exception as error:
        if memory.is_exhausted(error):
            raise
        found = " ".join(f"{type(error).__name__}: {error}".split())[:LONGEST]
        LOG.debug("%s: the results cannot be read", place, exc_info=True)
        again = "run the command of their manifest.json again with --force"
        version = _version_of(place) if version is None else version
        if isinstance(version, str) and version != VERSION:
            differs = f"icnsim {version} wrote the results, and this is {VERSION}, which reads them differently"
            raise ResultsError(f"{place}: {differs} ({found}); {again}") from error
        advice = f"{again}, and report a defect if that does not help"
        raise ResultsError(f"{place}: {FOREIGN} ({found}); {advice}") from error


def _version_of(place: Path) -> object:
    """The version in the summary of the results in a folder; None if it cannot be read."""
    try:
        found: object = json.loads((place / "summary.json").read_bytes())["version"]
    except (OSError, ValueError, LookupError, TypeError, RecursionError):
        return None
    return found
