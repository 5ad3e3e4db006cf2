"""Problems of a scenario: each has its key, its line, the found value and the expected value."""

import difflib
import json
from collections.abc import Iterable, Mapping
from typing import Any, Final

from pydantic import BaseModel, ValidationError

from icnsim.errors import Problem, printable
from icnsim.scenario import faults
from icnsim.scenario.schema import Scenario
from icnsim.scenario.section import LISTED, MAPPING, SCALAR, fields_of, section_in
from icnsim.scenario.yamlfile import Document, Path, dotted

SHOWN: Final = 60
"""Characters of a value that a message shows."""
_FORMS: Final = frozenset({MAPPING, SCALAR, LISTED, *faults.MODELS})


class Problems:
    """Collects problems, each with the line of its key."""

    def __init__(self, file: str, document: Document, overrides: Mapping[str, object]) -> None:
        self.found: list[Problem] = list(document.problems)
        self._file = file
        self._document = document
        self._overrides = tuple(overrides)

    def add(self, path: Path, found: str, expected: str, hint: str | None = None) -> None:
        """Note a problem of the key at that path, or of the nearest one that the file has."""
        key, line = dotted(path), None
        if path[:1] == ("sweep",) and "sweep" in self._overrides and len(path) > 1:
            # A problem of a key that an option of `icnsim sweep` set is reported under the option's name.
            flag = f"--{path[1]}".replace("_", "-").replace("--metrics", "--metric")
            self.found.append(Problem(flag, None, dotted(path[2:]) if path[1] == "vary" else "", found, expected, hint))
            return
        if any(key == name or key.startswith(f"{name}.") for name in self._overrides):
            self.found.append(Problem(f"--set {key}", None, key, found, expected, hint))
            return
        if path[:3] == ("faults", 0, "random") and ("faults", "random") in self._document.lines:
            # `faults` may be a single mapping {random: …} instead of a list.
            path = ("faults", *path[2:])
            key = dotted(path)
        for length in range(len(path), 0, -1):
            line = self._document.lines.get(path[:length])
            if line is not None:
                break
        self.found.append(Problem(self._file, line, key, found, expected, hint))

    def add_invalid(self, error: ValidationError) -> None:
        """Note every error of a pydantic validation."""
        for detail in error.errors(include_url=False):
            path = tuple(part for part in detail["loc"] if part not in _FORMS and not _is_form(part))
            kind, value = detail["type"], detail["input"]
            if path and path[-1] == "[key]":
                path = path[:-1]
            if kind == "extra_forbidden":
                known = _fields_at(detail["loc"][:-1])
                near = difflib.get_close_matches(str(path[-1]), known, 1)
                hint = f"did you mean {near[0]!r}?" if near else None
                expected = f"one of {', '.join(known)}" if known else "no such key"
                self.add(path, f"the unknown key {shown(path[-1])}", expected, hint)
            elif kind == faults.WRONG_KIND:
                self._add_wrong_kind(path, value)
            elif kind == "too_short" and value:
                # Count only the valid items: the others are reported already.
                continue
            elif kind == "missing":
                self.add(path, "nothing", f"a value: {path[-1]} is required")
            elif kind == "model_type":
                known = _fields_at(detail["loc"])
                keys = f"some of the keys {', '.join(known)}" if len(known) > 1 else f"the key {known[0]}"
                self.add(path, shown(value), f"a mapping with {keys}", _as_mapping(value, known))
            else:
                hint = _suggestion(detail)
                self.add(path, shown(value), _expectation(detail), hint)

    def _add_wrong_kind(self, path: Path, item: object) -> None:
        known = ", ".join(faults.KINDS)
        if not isinstance(item, dict):
            self.add(path, shown(item), f"a fault, which is a mapping with a kind: one of {known}")
        elif "kind" not in item:
            self.add(path, "nothing", f"a kind, one of {known}; or the key random")
        else:
            near = difflib.get_close_matches(str(item["kind"]), faults.KINDS, 1)
            hint = f"did you mean {near[0]!r}?" if near else None
            self.add((*path, "kind"), shown(item["kind"]), f"one of {known}", hint)


def _is_form(part: str | int) -> bool:
    """Whether a part of a location is pydantic's name for one of the types of a key, and not part of the key's path."""
    return isinstance(part, str) and part.startswith(("literal[", "constrained-"))


def _expectation(detail: Mapping[str, Any]) -> str:
    message, context = str(detail["msg"]), detail.get("ctx") or {}
    if detail["type"] == "value_error":
        return str(context["error"])
    if detail["type"] == "literal_error":
        return f"one of {context['expected']}"
    if detail["type"] == "string_pattern_mismatch":
        return f"a text of the form {context['pattern']}"
    if detail["type"] == "tuple_type":
        return "a list"
    if detail["type"] == "dict_type":
        return "a mapping"
    if detail["type"] == "too_short":
        return f"a list of at least {context['min_length']}"
    if detail["type"] == "too_long":
        return f"a list of at most {context['max_length']}"
    return message.removeprefix("Input should be ")


def _suggestion(detail: Mapping[str, Any]) -> str | None:
    if detail["type"] != "literal_error" or not isinstance(detail["input"], str):
        return None
    known = str(detail["ctx"]["expected"]).replace(" or ", ", ").replace("'", "").split(", ")
    near = difflib.get_close_matches(detail["input"], known, 1)
    return f"did you mean {near[0]!r}?" if near else None


def _as_mapping(value: object, known: list[str]) -> str | None:
    """A hint for a value in place of a section: the section's only key, or its kind, has that value."""
    key = known[0] if len(known) == 1 else "kind"
    if key not in known or not isinstance(value, str) or len(value) > SHOWN or printable(value) != value:
        return None
    return f"did you mean {{{key}: {value}}}?"


def _fields_at(location: Iterable[str | int]) -> list[str]:
    """The keys that the section at a location of a pydantic error may have."""
    section: type[BaseModel] | None = Scenario
    for part in location:
        if part in faults.MODELS:
            section = faults.MODELS[str(part)]
        elif isinstance(part, str) and part not in _FORMS:
            field = None if section is None else fields_of(section).get(part)
            section = None if field is None else section_in(field.annotation)
    return [] if section is None else list(fields_of(section))


def shown(value: object) -> str:
    """A value as a message shows it: short, on one line, without control characters of a terminal."""
    text = repr(value) if isinstance(value, str) else json.dumps(value, ensure_ascii=False, default=str)
    text = printable(text)
    return text if len(text) <= SHOWN else text[: SHOWN - 1] + "…"
