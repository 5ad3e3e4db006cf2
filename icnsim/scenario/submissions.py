"""Submitted tasks from a JSON Lines file: one body of `POST /v1/compute/submit` per line, with its time `at_s`.

`bodies` describes a body. This file reads the lines, and reports every line that cannot be used.
"""

import difflib
import json
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any, ClassVar, Final

from pydantic import ValidationError

from icnsim.errors import Problem, printable
from icnsim.numbers import exact
from icnsim.protocol.task import ComputeTask
from icnsim.scenario.bodies import KNOWN, MODES, ActorMode, Body, Part, contradictions, parts
from icnsim.scenario.datafiles import MAX_ROWS, DataFolder

MOST_PROBLEMS: Final = 20
"""The number of problems of one file that are reported."""
SHOWN: Final = 60


class BadSubmissions(ValueError):
    """Bodies that cannot be used; `problems` has the first of their problems."""

    def __init__(self, problems: list[Problem]) -> None:
        super().__init__("bodies that can be used")
        self.problems = problems


@dataclass(frozen=True, slots=True)
class Submissions:
    """The tasks of a file, in the order of their arrivals.

    Attributes
    ----------
    at_us : the times of the arrivals, µs. tasks : the task of each body. unknown : the other fields of each body as
        JSON, "" without such fields.
    fields : the number of bodies with each of these fields, by its dotted name.
    """

    NAMED: ClassVar = 10
    """The number of fields that a message names, because a file may have very many."""

    at_us: tuple[int, ...]
    tasks: tuple[ComputeTask, ...]
    unknown: tuple[str, ...]
    fields: dict[str, int] = field(default_factory=dict)

    def ignored_fields(self) -> str:
        """A sentence with the ignored fields, each with a known field of a similar name; "" without ignored fields."""
        if not self.fields:
            return ""
        named = []
        for field_name, count in [*self.fields.items()][: self.NAMED]:
            siblings = [known for known in KNOWN if known.rpartition(".")[0] == field_name.rpartition(".")[0]]
            near = difflib.get_close_matches(field_name, siblings, 1, 0.8)
            named.append(f"{field_name} of {count:,}" + (f" (did you mean {near[0]}?)" if near else ""))
        more = f" and {len(self.fields) - self.NAMED:,} others" if len(self.fields) > self.NAMED else ""
        return printable(f"ignored fields of bodies: {', '.join(named)}{more}")


def submissions(name: str, folder: DataFolder) -> Submissions:
    """The tasks of a JSON Lines file.

    Raises
    ------
    BadSubmissions : bodies cannot be used. ValueError : the file cannot be read.
    """
    return _submissions(name, folder.bytes_of(name, ".jsonl"))


@lru_cache(maxsize=1)
def _submissions(name: str, content: bytes) -> Submissions:
    """Cached, because the points of a sweep usually share one file."""
    try:
        lines = content.decode("utf-8-sig").split("\n")
    except UnicodeDecodeError as error:
        raise ValueError(f"a file in UTF-8 ({error.reason} at byte {error.start})") from None
    bodies = [(number, line) for number, line in enumerate(lines, 1) if line.strip()]
    if not bodies:
        raise ValueError("at least one body, as JSON, a line each")
    if len(bodies) > MAX_ROWS:
        raise ValueError(f"a file of at most {MAX_ROWS:,} bodies")
    read = _Reader(name)
    for number, line in bodies:
        if len(read.problems) >= MOST_PROBLEMS:
            break
        read.line(number, line)
    if read.problems:
        raise BadSubmissions(read.problems[:MOST_PROBLEMS])
    return Submissions(tuple(read.at_us), tuple(read.tasks), tuple(read.unknown), dict(sorted(read.fields.items())))


class _Reader:
    """Reads bodies one by one, and collects their problems."""

    def __init__(self, name: str) -> None:
        self._name = name
        self._seen: dict[str, int] = {}
        self.at_us: list[int] = []
        self.tasks: list[ComputeTask] = []
        self.unknown: list[str] = []
        self.fields: Counter[str] = Counter()
        self.problems: list[Problem] = []

    def line(self, number: int, line: str) -> None:
        """The body of one line."""
        try:
            data = json.loads(line, object_pairs_hook=_each_once, parse_constant=_no_constant)
        except RecursionError:
            self._bad(number, "", "too many levels of nesting", "a JSON object of few levels")
            return
        except ValueError as error:  # the error of json is a subclass
            self._bad(number, "", f"a line that is not JSON ({error})"[:200], "a JSON object, the body of a submission")
            return
        if not isinstance(data, dict):
            self._bad(number, "", _shown(data), "a JSON object, the body of a submission")
            return
        try:
            body = Body.model_validate(data)
            unknown = json.dumps(_unknown(body), allow_nan=False)
        except ValidationError as error:
            for detail in error.errors(include_url=False):
                self._invalid(number, detail)
            return
        except ValueError:
            self._bad(number, "", "a number that is out of range", "numbers that JSON can hold")
            return
        self._body(number, body, "" if unknown == "{}" else unknown)

    def _body(self, number: int, body: Body, unknown: str) -> None:
        task = body.task(f"task-{len(self.tasks)}")
        for wrong in contradictions(body):
            near = difflib.get_close_matches(wrong.key, body.model_extra or {}, 1)
            hint = f"did you mean {near[0]!r}?" if near and wrong.found == "nothing" else None
            self._bad(number, wrong.key, wrong.found, wrong.expected, hint)
        if task.id in self._seen:
            key = "id" if body.task_id is None else "task_id"
            self._bad(number, key, _shown(task.id), f"another one: line {self._seen[task.id]} has it, too")
        if self.at_us and body.at_us < self.at_us[-1]:
            self._bad(number, "at_s", exact(body.at_s), "bodies in the order of their times")
        self._seen[task.id] = number
        self.at_us.append(body.at_us)
        self.tasks.append(task)
        self.unknown.append(unknown)
        self.fields.update(_names(body, ""))

    def _invalid(self, number: int, detail: Any) -> None:
        key = ".".join(map(str, detail["loc"]))
        if detail["type"] == "missing":
            near = difflib.get_close_matches(str(detail["loc"][-1]), map(str, detail["input"]), 1)
            hint = f"did you mean {near[0]!r}?" if near else None
            self._bad(number, key, "nothing", f"a value: {key} is required", hint)
        elif detail["type"] == "extra_forbidden":
            near = difflib.get_close_matches(str(detail["loc"][-1]), ActorMode.VARIANTS, 1)
            self._bad(number, key, "an unknown mode", MODES, f"did you mean {near[0]!r}?" if near else None)
        elif detail["type"] == "model_type":
            self._bad(number, key, _shown(detail["input"]), "null, or an object")
        else:
            wanted = str(detail["msg"]).removeprefix("Value error, ").removeprefix("Input should be ")
            self._bad(number, key, _shown(detail["input"]), wanted.replace("String should have", "a text of"))

    def _bad(self, number: int, key: str, found: str, expected: str, hint: str | None = None) -> None:
        self.problems.append(Problem(self._name, number, key, found, expected, hint))


def _unknown(part: Part) -> dict[str, Any]:
    """The ignored fields of a part, and of the parts inside."""
    found = dict(part.model_extra or {})
    for name, value in parts(part):
        if inside := _unknown(value):
            found[name] = inside
    return found


def _names(part: Part, prefix: str) -> Iterable[str]:
    """The dotted names of these fields, escaped as in JSON."""
    for name in part.model_extra or {}:
        yield json.dumps(prefix + name)[1:-1][:SHOWN]
    for name, value in parts(part):
        yield from _names(value, f"{prefix}{name}.")


def _each_once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        raise ValueError("a key that occurs twice")
    return found


def _no_constant(name: str) -> float:
    raise ValueError(f"{name} is not a number in JSON")


def _shown(value: object) -> str:
    text = json.dumps(value)
    return text if len(text) <= SHOWN else text[: SHOWN - 1] + "…"
