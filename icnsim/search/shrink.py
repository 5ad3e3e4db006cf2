"""Makes a failing document small: it leaves out and simplifies parts while the document still fails.

Theory of operation. Two passes alternate until neither changes anything, or the tries are used up.
Lists are reduced by delta debugging (Zeller and Hildebrandt 2002, "Simplifying and isolating
failure-inducing input"): their halves, quarters and so on are left out, at last single items, so
that in the end no single item can be left out. Every other place is given the simpler values that the
caller provides, the simplest first, and the first that still fails is kept. The algorithm is greedy
and deterministic, and does not run the same document twice.
"""

import json
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Any, Final

Document = dict[str, Any]
Path = tuple[str | int, ...]
Simpler = Callable[[Path, Any], Iterable[Any]]
Fails = Callable[[Document], bool]


class _Absent:
    """Instead of a value: the key is left out."""


ABSENT: Final = _Absent()


@dataclass(frozen=True, slots=True)
class Shrunk:
    """The result.

    Attributes
    ----------
    document : the smallest that still fails. tries : the number of documents that were run.
    whole : whether nothing more could be simplified; False if the tries were used up.
    """

    document: Document
    tries: int
    whole: bool


def simpler(_: Path, value: Any) -> Iterator[Any]:
    """Simpler values of any data: null, an empty value, a number nearer to 0."""
    yield ABSENT
    if isinstance(value, bool) or value is None:
        return
    if isinstance(value, int):
        yield from (near for near in (0, value // 2, value - 1) if 0 <= near < value)
    elif isinstance(value, str | dict | tuple) and value:
        yield type(value)()


def shrink(
    document: Document,
    still_fails: Fails,
    limit: int,
    *,
    simpler: Simpler = simpler,
    variants: Callable[[Path, Document], Iterable[Document]] = lambda _, __: (),
) -> Shrunk:
    """Make a document small that fails.

    Parameters
    ----------
    document : plain data, lists as tuples. still_fails : True if a document fails; deterministic.
    limit : the most calls of `still_fails`.
    simpler : values to try instead of a value, the simplest first; `ABSENT` leaves its key out.
    variants : further documents to try if a change at a path does not fail.
    """
    return _Shrinking(document, still_fails, limit, simpler, variants).run()


class _UsedUp(Exception):
    """The tries are."""


class _Shrinking:
    def __init__(self, document: Document, still_fails: Fails, limit: int, simpler: Simpler, variants: Any) -> None:
        self._document = document
        self._still_fails = still_fails
        self._limit = limit
        self._simpler = simpler
        self._variants = variants
        self._known: dict[str, bool] = {_print(document): True}
        self._tries = 0

    def run(self) -> Shrunk:
        try:
            while self._lists() | self._values():
                pass
        except _UsedUp:
            return Shrunk(self._document, self._tries, whole=False)
        return Shrunk(self._document, self._tries, whole=True)

    def _fails(self, document: Document) -> bool:
        known = self._known.get(name := _print(document))
        if known is None:
            if self._tries >= self._limit:
                raise _UsedUp
            self._tries += 1
            known = self._known[name] = self._still_fails(document)
        return known

    def _take(self, path: Path, document: Document) -> bool:
        """Continue with a document, or with one of its variants, if it fails."""
        for candidate in (document, *self._variants(path, document)):
            if self._fails(candidate):
                self._document = candidate
                return True
        return False

    def _lists(self) -> bool:
        """Leave items out of every list; True if any could be left out."""
        changed = False
        for path, _ in _places(self._document):
            value = _value(self._document, path)
            if isinstance(value, tuple) and value:
                changed |= self._without(path)
        return changed

    def _without(self, path: Path) -> bool:
        changed, pieces = False, 2
        items = _value(self._document, path)
        while items:
            size = -(-len(items) // pieces)
            for start in range(0, len(items), size):
                left = (*items[:start], *items[start + size :])
                if self._take(path, _with(self._document, path, left)):
                    changed, pieces = True, max(2, pieces - 1)
                    items = _value(self._document, path)
                    break
            else:
                if size == 1:
                    break
                pieces = min(len(items), 2 * pieces)
        return changed

    def _values(self) -> bool:
        """Give every place its simplest value that still fails; True if any has changed."""
        changed = False
        for path, _ in _places(self._document):
            value = _value(self._document, path)
            if value is ABSENT:
                continue
            for other in self._simpler(path, value):
                if other is ABSENT and isinstance(path[-1], int):
                    continue  # lists have been reduced already
                if self._take(path, _with(self._document, path, other)):
                    changed = True
                    break
        return changed


def _print(document: Document) -> str:
    return json.dumps(document, sort_keys=True)


def _places(value: Any, path: Path = ()) -> list[tuple[Path, Any]]:
    """Every place except the root, each before the places that it contains."""
    inner: Iterable[tuple[str | int, Any]] = ()
    if isinstance(value, dict):
        inner = value.items()
    elif isinstance(value, tuple):
        inner = enumerate(value)
    found: list[tuple[Path, Any]] = []
    for key, item in inner:
        found += [((*path, key), item), *_places(item, (*path, key))]
    return found


def _value(document: Any, path: Path) -> Any:
    """The value at a place; `ABSENT` if it was left out meanwhile."""
    try:
        for key in path:
            document = document[key]
    except (KeyError, IndexError, TypeError):
        return ABSENT
    return document


def _with(document: Any, path: Path, value: Any) -> Any:
    """The document with a value at a place, or without the key if it is `ABSENT`."""
    key, rest = path[0], path[1:]
    if isinstance(document, tuple):
        assert isinstance(key, int)
        return (*document[:key], _with(document[key], rest, value) if rest else value, *document[key + 1 :])
    if not rest and value is ABSENT:
        return {name: item for name, item in document.items() if name != key}
    return {
        name: (_with(item, rest, value) if rest else value) if name == key else item for name, item in document.items()
    }
