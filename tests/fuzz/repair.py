"""Removes the keys of a scenario that were refused, so that what remains may run."""

from typing import Any, Final

REQUIRED: Final[dict[str, Any]] = {"name": "fuzz", "executors": [{"group": "base", "count": 3}]}


def remove(document: dict[str, Any], key: str) -> None:
    """Remove the value at a dotted key, or the innermost part of its path that exists.

    The keys without which no scenario is valid get a simple value instead. A name such as `detection_latency.mean` in
    the section `expect` has dots of its own.
    """
    parts = key.split(".")
    parent: Any = None
    node: Any = document
    last: Any = None
    while parts:
        at, used = _step(node, parts)
        if not used:
            break
        parent, last, node, parts = node, at, node[at], parts[used:]
    if parent is not None:
        del parent[last]
    for name, value in REQUIRED.items():
        if not document.get(name):
            document[name] = [dict(item) for item in value] if isinstance(value, list) else value


def _step(node: Any, parts: list[str]) -> tuple[Any, int]:
    """The first key or index of a path that a value has, and how many parts of the path it takes: 0 if no key fits."""
    if isinstance(node, dict):
        for used in range(len(parts), 0, -1):
            if ".".join(parts[:used]) in node:
                return ".".join(parts[:used]), used
    elif isinstance(node, list) and parts[0].isdigit() and int(parts[0]) < len(node):
        return int(parts[0]), 1
    return None, 0
