"""Reads strict YAML: plain data with a line for each key, or all problems of its form.

The reader uses the parser's events, so nothing is constructed, expanded or resolved implicitly. Tags, anchors, aliases,
a second document and duplicate keys are errors. A plain scalar is null, true, false, a decimal integer or a decimal
fraction (also with an exponent such as 1e-06). Anything else is a text. YAML 1.1's `no`, `010` and `60:30` remain
texts, which the schema refuses if a number is expected.
"""

import math
import re
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any, Final

import yaml

from icnsim.errors import Problem, ScenarioError, printable

SHOWN: Final = 60
"""Characters of a comment that a message shows."""
MAX_BYTES: Final = 2**20
MAX_DEPTH: Final = 32
MAX_NODES: Final = 50_000
LARGEST_WHOLE: Final = 2**53
"""A float represents every whole number below this one exactly."""

BYTE_ORDER_MARK: Final = "\ufeff"

_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_INTEGER: Final = re.compile(r"-?(0|[1-9][0-9]{0,30})")
_FRACTION: Final = re.compile(r"-?(0|[1-9][0-9]{0,30})\.[0-9]{1,60}")
_EXPONENT: Final = re.compile(r"-?(0|[1-9][0-9]{0,30})(\.[0-9]{1,60})?[eE][+-]?[0-9]{1,3}")
_WORDS: Final = {"": None, "null": None, "~": None, "true": True, "false": False}

Path = tuple[str | int, ...]


@dataclass(slots=True)
class Document:
    """Plain data; `lines` has the line of each key or item, by its path.

    `problems` are those that allow further checks of the data: keys that occur twice. The last occurrence counts.
    """

    data: Any
    lines: dict[Path, int] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)


def scalar(text: str) -> Any:
    """The value of a plain scalar; a number that no float holds, such as 1e999, remains a text."""
    if text in _WORDS:
        return _WORDS[text]
    if _INTEGER.fullmatch(text):
        return int(text)
    if _EXPONENT.fullmatch(text):
        return _with_exponent(text)
    return float(text) if _FRACTION.fullmatch(text) else text


def _with_exponent(text: str) -> int | float | str:
    """A whole number if it is written without a point and is whole, such as 1e3; else a fraction."""
    value = float(text)
    if math.isinf(value) or (not value and Decimal(text)):
        return text
    whole = "." not in text and value.is_integer() and abs(value) < LARGEST_WHOLE
    return int(value) if whole else value


def read(text: str, file: str) -> Document:
    """Parse a text; raises ScenarioError with all problems of form, unless the only ones are duplicate keys."""
    if len(text) > MAX_BYTES or len(text.encode("utf-8", "replace")) > MAX_BYTES:
        raise ScenarioError([Problem(file, None, "", "more than 1 MiB", "a scenario of at most 1 MiB")])
    reader = _Reader(file)
    try:
        reader.events = iter(yaml.parse(text, Loader=_LOADER))
        document = reader.document()
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        line = None if mark is None else mark.line + 1
        reader.problems.append(Problem(file, line, "", f"invalid YAML: {error.problem or error.context}", "valid YAML"))
        raise ScenarioError(reader.problems) from None
    except yaml.YAMLError as error:
        found = f"a character that YAML does not allow ({error})".splitlines()[0]
        raise ScenarioError([Problem(file, None, "", found, "valid YAML in UTF-8")]) from None
    except UnicodeEncodeError:
        raise ScenarioError([Problem(file, None, "", "half of a character", "valid YAML in UTF-8")]) from None
    if reader.broken:
        raise ScenarioError(reader.problems)
    document.problems = reader.problems
    return document


def value(text: str, file: str) -> Any:
    """The value of an option such as ``--set``; raises ScenarioError for all problems, also for duplicate keys.

    A file may have comments. In an option, a ``#`` after a space or a tab belongs to the text that a user writes, and
    YAML would drop it without a message.
    """
    comment = _comment(text) if "#" in text else None
    if comment is not None:
        found = f"the comment {printable(comment)[:SHOWN]!r}, which YAML ignores"
        expected = "a value without a comment: put a text with a # into double quotes, such as '\"a #1\"'"
        raise ScenarioError([Problem(file, None, "", found, expected)])
    document = read(text, file)
    if document.problems:
        raise ScenarioError(document.problems)
    return document.data


def _comment(text: str) -> str | None:
    """The first comment in a text, which lies between two tokens; None without one or in an invalid text.

    The scanner must be the one that `read` uses, because libyaml accepts a tab before a comment and PyYAML does not.
    """
    text = text.removeprefix(BYTE_ORDER_MARK)  # libyaml does not count it
    end = 0
    try:
        for token in yaml.scan(text, Loader=_LOADER):
            between = text[end : token.start_mark.index]
            inside = isinstance(token, yaml.ScalarToken) and token.style in ("|", ">")
            header = text[token.start_mark.index :].partition("\n")[0] if inside else ""
            for part in (between, header):
                if "#" in part:
                    return part[part.index("#") :].strip()
            end = token.end_mark.index
    except yaml.YAMLError:
        return None
    return None


class _Reader:
    """Turns parser events into data; notes problems and continues."""

    def __init__(self, file: str) -> None:
        self.file = file
        self.events: Any = None
        self.problems: list[Problem] = []
        self.broken = False
        self.nodes = 0
        self.lines: dict[Path, int] = {}

    def document(self) -> Document:
        data: Any = None
        seen = 0
        for event in self.events:
            if isinstance(event, yaml.DocumentStartEvent):
                seen += 1
                if seen > 1:
                    self._problem(event, (), "a second document", "a single document")
                    break
            elif isinstance(event, yaml.NodeEvent):
                data = self._node(event, ())
        return Document(data, self.lines)

    def _problem(self, event: Any, path: Path, found: str, expected: str, hint: str | None = None) -> None:
        self.broken = True
        self._note(event, path, found, expected, hint)

    def _note(self, event: Any, path: Path, found: str, expected: str, hint: str | None = None) -> None:
        line = event.start_mark.line + 1
        self.problems.append(Problem(self.file, line, dotted(path), found, expected, hint))

    def _node(self, event: Any, path: Path) -> Any:
        self.nodes += 1
        if self.nodes > MAX_NODES:
            self._problem(event, path[:4], f"more than {MAX_NODES} values", "fewer")
            raise ScenarioError(self.problems)
        if len(path) > MAX_DEPTH:
            self._problem(event, path[:4], f"more than {MAX_DEPTH} levels", f"at most {MAX_DEPTH} levels of nesting")
            raise ScenarioError(self.problems)
        if isinstance(event, yaml.AliasEvent):
            self._problem(event, path, f"the alias *{event.anchor}", "the value itself: aliases are not allowed")
            return None
        if event.anchor is not None:
            self._problem(event, path, f"the anchor &{event.anchor}", "no anchor: they are not allowed")
        if event.tag is not None and not (isinstance(event, yaml.ScalarEvent) and event.tag == "!"):
            self._problem(event, path, f"the tag {event.tag}", "plain data: tags are not allowed")
        if isinstance(event, yaml.ScalarEvent):
            return scalar(event.value) if event.implicit[0] and not event.style else event.value
        if isinstance(event, yaml.SequenceStartEvent):
            return self._sequence(path)
        return self._mapping(path)

    def _sequence(self, path: Path) -> tuple[Any, ...]:
        items: list[Any] = []
        for event in self.events:
            if isinstance(event, yaml.SequenceEndEvent):
                break
            place = (*path, len(items))
            self.lines[place] = event.start_mark.line + 1
            items.append(self._node(event, place))
        return tuple(items)

    def _mapping(self, path: Path) -> dict[str, Any]:
        mapping: dict[str, Any] = {}
        for event in self.events:
            if isinstance(event, yaml.MappingEndEvent):
                break
            if not isinstance(event, yaml.ScalarEvent) or event.tag is not None or event.anchor is not None:
                self._problem(event, path, "a key that is not a plain name", "plain names as keys")
                key = f"?{len(mapping)}"
                self._node(event, (*path, key))
            else:
                key = event.value
            place = (*path, key)
            if key in mapping:
                first = self.lines[place]
                self._note(event, place, "the key a second time", f"each key once; it is in line {first}, too")
            else:
                self.lines[place] = event.start_mark.line + 1
            mapping[key] = self._node(next(self.events), place)
        return mapping


def dotted(path: Path) -> str:
    """A path as a user writes it: executors.0.count."""
    return ".".join(str(part) for part in path)
