"""Values and changes of scenarios from their JSON Schema: most are valid, some are of another type or out of range."""

import random
import re
from functools import cache
from typing import Any, Final

from icnsim.scenario.resolved import json_schema

Path = tuple[str | int, ...]

TEXTS: Final = (
    "",
    "a",
    "a-0",
    "a-*",
    "responsive",
    "base-0",
    "actor-1",
    "null",
    "x" * 70,
    "é\u202e",
    "0,5",
    "[",
    "{a: 1}",
    "#",
)
NUMBERS: Final = (0, 1, 2, 3, 7, 100, -1, 0.5, 1.0, 1e-9, 1e9, 2**31, 2**63, 10**30, 0.1, 1e308)
QUANTITIES: Final = (
    "0s", "1us", "1ms", "7ms", "1s", "5s", "30s", "60s", "5min", "1h", "30d", "0B", "1B", "64KiB", "1MiB", "10GiB",
    "1/s", "30/min", "5/s", "0/s", "100Mbit/s", "1kB/s", "10MiB/s", "5%", "1.5s", "9" * 20 + "h",
)  # fmt: skip
ANYTHING: Final[tuple[Any, ...]] = (
    None, True, False, [], {}, [[]], [None], {"a": {}}, {"distribution": {}}, {"distribution": "uniform"}, {"kind": []},
    *TEXTS, *NUMBERS, *QUANTITIES,
)  # fmt: skip
DEEPEST: Final = 6
WRONG: Final = 0.01
"""The probability of a value of any type, and of one outside of its range."""


@cache
def schema() -> dict[str, Any]:
    """The JSON Schema of scenarios."""
    return json_schema()


def resolved(part: dict[str, Any]) -> dict[str, Any]:
    """The part of the schema that a reference names, or the part itself."""
    return schema()["$defs"][part["$ref"].rpartition("/")[2]] if "$ref" in part else part


def value(part: dict[str, Any], pick: random.Random, depth: int = 0) -> Any:
    """A value of a part of the schema."""
    part = resolved(part)
    if pick.random() < WRONG or depth > DEEPEST:
        return pick.choice(ANYTHING)
    if "const" in part:
        return part["const"]
    if part.get("enum"):  # a kind without installed plug-ins has an empty list
        return pick.choice(part["enum"])
    forms = part.get("anyOf") or part.get("oneOf")
    if forms:
        return value(pick.choice(forms), pick, depth)
    kind = part.get("type")
    if kind == "object":
        return mapping(part, pick, depth)
    if kind == "array":
        return [value(part.get("items", {}), pick, depth + 1) for _ in range(pick.choice((0, 1, 1, 2, 3)))]
    if kind == "integer":
        low = part.get("minimum", part.get("exclusiveMinimum", 0))
        return pick.choice((low, low + 1, low + 1, low + 3, low + 20))
    if kind == "number":
        low = part.get("minimum", part.get("exclusiveMinimum", 0))
        return pick.choice((low, low + 0.25, low + 0.5, low + 1, part.get("maximum", part.get("exclusiveMaximum", 3))))
    if kind == "boolean":
        return pick.random() < 0.5
    if kind == "string":
        pattern = re.compile(part.get("pattern", ""))
        return pick.choice([text for text in (*part.get("examples", ()), *QUANTITIES, *TEXTS) if pattern.search(text)])
    return pick.choice(ANYTHING)


def mapping(part: dict[str, Any], pick: random.Random, depth: int = 0) -> dict[str, Any]:
    """A mapping with some keys of a part of the schema, and the required ones."""
    needed = part.get("required", ())
    chance = 0.5 / (1 + depth)
    keys = [key for key in part.get("properties", {}) if key in needed or pick.random() < chance]
    made = {key: value(part["properties"][key], pick, depth + 1) for key in keys}
    if isinstance(part.get("additionalProperties"), dict) and pick.random() < 0.7:
        made[pick.choice(TEXTS[1:7])] = value(part["additionalProperties"], pick, depth + 1)
    return made


def changed(document: dict[str, Any], pick: random.Random, times: int) -> dict[str, Any]:
    """The data of a scenario with some keys set anew, removed, or set to a value of another key."""
    for _ in range(times):
        path, part = place(pick)
        parent: Any = document
        for key in path[:-1]:
            parent = _inside(parent, key)
        if isinstance(parent, list):
            parent = pick.choice(parent) if parent else {}
        if not isinstance(parent, dict):
            continue
        if pick.random() < 0.15:
            parent.pop(path[-1], None)
        else:
            parent[path[-1]] = value(part, pick)
    return document


def place(pick: random.Random) -> tuple[tuple[str, ...], dict[str, Any]]:
    """The path of a key, without the numbers of items, and its part of the schema."""
    part, path = schema(), list[str]()
    while True:
        key = pick.choice(sorted(part["properties"]))
        path.append(key)
        part = part["properties"][key]
        inner = _section(part, pick)
        if inner is None or pick.random() < 0.35:
            return tuple(path), part
        part = inner


def _section(part: dict[str, Any], pick: random.Random) -> dict[str, Any] | None:
    """A part with keys that a value of this part may have; None without such a part."""
    part = resolved(part)
    if part.get("properties"):
        return part
    if part.get("type") == "array":
        return _section(part.get("items", {}), pick)
    forms = [found for form in part.get("anyOf", part.get("oneOf", ())) if (found := _section(form, pick))]
    return pick.choice(forms) if forms else None


def _inside(parent: Any, key: str) -> Any:
    if isinstance(parent, list):
        parent = parent[0] if parent else {}
    if not isinstance(parent, dict):
        return {}
    if not isinstance(parent.get(key), dict | list):
        parent[key] = {}
    return parent[key]
