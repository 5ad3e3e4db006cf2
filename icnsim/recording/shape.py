"""Compares the types of a stored document with those of an example of the same kind.

The documents of results are plain JSON, which another program may have changed. A number in the place of a mapping
would otherwise be found only where a page or a plot uses it.
"""

from collections.abc import Iterator, Mapping
from typing import Any

from icnsim.scenario.problems import shown


def wrong(document: Mapping[str, Any], example: Mapping[str, Any], at: str = "") -> Iterator[tuple[str, str, str]]:
    """The entries of a document that do not have the types of an example.

    Entries that only the document has are not examined. An entry that is null in the example may be any value except
    a mapping, because figures are null in an example in which nothing happens. A text that gives a reason may be null.

    Returns
    -------
    The dotted key of each wrong entry, the found value, and the expected type.
    """
    for key, value in example.items():
        name = f"{at}.{key}" if at else key
        if key not in document:
            yield name, "nothing", _expected(value)
            continue
        found = document[key]
        if isinstance(value, Mapping) and isinstance(found, Mapping):
            yield from wrong(found, value, name)
        elif not _fits(found, value):
            yield name, shown(found), _expected(value)


def _fits(found: object, example: object) -> bool:
    if example is None:
        return not isinstance(found, Mapping)
    if isinstance(example, bool) or isinstance(found, bool):
        return type(found) is type(example)
    if isinstance(example, int | float):
        return isinstance(found, int | float)
    return isinstance(found, type(example)) or (isinstance(example, str) and found is None)


def _expected(example: object) -> str:
    if isinstance(example, Mapping):
        return "a mapping"
    if isinstance(example, bool):
        return "true or false"
    if isinstance(example, int | float):
        return "a number"
    if isinstance(example, list):
        return "a list"
    return "a text" if isinstance(example, str) else "a value that is not a mapping"
