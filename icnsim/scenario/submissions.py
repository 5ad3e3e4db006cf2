"""Submitted tasks from a JSON Lines file: a body of `POST /v1/compute/submit` a line, and when it came.

`id` and `code` are required, and `at_s`, the time of its arrival; `actor_mode` is optional, so bodies that are older
than it stay valid. Read besides are `deadline_ms` (from the submission on), `estimated_value` (credits), `priority`
and `resource_profile.duration_estimate_secs`, as the ComputeTask of icn-compute and the parameters of its API
have them. Every other field is kept as it is, and counted.
"""

import difflib
import json
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Annotated, Any, ClassVar, Final

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError

from icnsim.errors import Problem, printable
from icnsim.protocol.task import NORMAL, PRIORITIES, ComputeTask, Mode
from icnsim.scenario.datafiles import MAX_ROWS, DataFolder

MOST_PROBLEMS: Final = 20
"""Bad bodies of one file that are told."""
LATEST_S: Final = 3e9
LONGEST_ID: Final = 256
"""Characters, as icn-compute has it."""
LARGEST: Final = 2**53
"""Whole numbers up to here are the same in every JSON."""
SHOWN: Final = 60
_OF_A_MODE: Final = ("checkpoint_interval_secs", "max_state_size_bytes")
KNOWN: Final = (
    "at_s", "id", "code", "actor_mode", *(f"actor_mode.{mode}.{name}" for mode in ("Stateful", "WasmStateful")
    for name in _OF_A_MODE), "deadline_ms", "estimated_value", "priority", "resource_profile",
    "resource_profile.duration_estimate_secs",
)  # fmt: skip
"""The fields that are read."""

Seconds = Annotated[int, Field(ge=1, le=3_000_000_000)]
Whole = Annotated[int, Field(ge=0, le=LARGEST)]


def _priority(value: object) -> object:
    """The number of a priority; its name may be written in any case."""
    if isinstance(value, str) and value.lower() in PRIORITIES:
        return PRIORITIES.index(value.lower())
    raise ValueError(f"one of {', '.join(PRIORITIES)}")


Priority = Annotated[int, BeforeValidator(_priority)]


class BadSubmissions(ValueError):
    """Bodies that cannot be used; `problems` holds one for each of the first of them."""

    def __init__(self, problems: list[Problem]) -> None:
        super().__init__("bodies that can be used")
        self.problems = problems


class _Part(BaseModel):
    """A part of a body: strict in what is known, and open for what is not."""

    model_config = ConfigDict(extra="allow", frozen=True, strict=True, allow_inf_nan=False)


class _Stateful(_Part):
    checkpoint_interval_secs: Seconds
    max_state_size_bytes: Whole


class _ActorMode(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)

    Stateful: _Stateful | None = None
    WasmStateful: _Stateful | None = None


class _Resources(_Part):
    duration_estimate_secs: Seconds | None = None


class _Body(_Part):
    at_s: Annotated[float, Field(ge=0, lt=LATEST_S)]
    id: Annotated[str, Field(min_length=1, max_length=LONGEST_ID)]
    code: Annotated[str, Field(min_length=1)]
    actor_mode: _ActorMode | None = None
    deadline_ms: Annotated[int, Field(ge=1, le=LARGEST // 1000)] | None = None
    estimated_value: Whole | None = None
    priority: Priority | None = None
    resource_profile: _Resources | None = None


@dataclass(frozen=True, slots=True)
class Submissions:
    """The tasks of a file, in the order of their arrivals.

    Attributes
    ----------
    at_us : when each comes. tasks : what each asks for. unknown : its other fields as JSON, "" where it has none.
    fields : how many bodies have each of these, by its name with dots.
    """

    NAMED: ClassVar = 10
    """Fields that are named in words; a stranger's file may have very many."""

    at_us: tuple[int, ...]
    tasks: tuple[ComputeTask, ...]
    unknown: tuple[str, ...]
    fields: dict[str, int] = field(default_factory=dict)

    def unread(self) -> str:
        """In words, the fields that nothing reads, each with what may have been meant; "" where there are none."""
        if not self.fields:
            return ""
        told = []
        for field_name, count in [*self.fields.items()][: self.NAMED]:
            beside = [known for known in KNOWN if known.rpartition(".")[0] == field_name.rpartition(".")[0]]
            near = difflib.get_close_matches(field_name, beside, 1, 0.8)
            told.append(f"{field_name} of {count:,}" + (f" (did you mean {near[0]}?)" if near else ""))
        more = f" and {len(self.fields) - self.NAMED:,} others" if len(self.fields) > self.NAMED else ""
        return printable(f"fields of bodies that nothing reads: {', '.join(told)}{more}")


def submissions(name: str, folder: DataFolder) -> Submissions:
    """The tasks of a JSON Lines file.

    Raises
    ------
    BadSubmissions : bodies cannot be used. ValueError : the file cannot be read.
    """
    return _submissions(name, folder.bytes_of(name, ".jsonl"))


@lru_cache(maxsize=1)
def _submissions(name: str, content: bytes) -> Submissions:
    """The points of a sweep most often share one."""
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
    """Reads bodies, one by one, and what is wrong with them."""

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
        except ValueError as error:  # JSON's own error is one
            self._bad(number, "", f"what is not JSON ({error})"[:200], "a JSON object, the body of a submission")
            return
        if not isinstance(data, dict):
            self._bad(number, "", _shown(data), "a JSON object, the body of a submission")
            return
        try:
            body = _Body.model_validate(data)
            unknown = json.dumps(_unknown(body), allow_nan=False)
        except ValidationError as error:
            for detail in error.errors(include_url=False):
                self._invalid(number, detail)
            return
        except ValueError:
            self._bad(number, "", "a number that is out of range", "numbers that JSON can hold")
            return
        self._body(number, body, "" if unknown == "{}" else unknown)

    def _body(self, number: int, body: _Body, unknown: str) -> None:
        mode = body.actor_mode
        stateful = None if mode is None else mode.Stateful or mode.WasmStateful
        at_us = round(body.at_s * 1e6)
        if mode is not None and (mode.Stateful is None) == (mode.WasmStateful is None):
            found = "both" if mode.Stateful else "neither"
            self._bad(number, "actor_mode", found, "null, or one of Stateful and WasmStateful")
        if body.id in self._seen:
            self._bad(number, "id", _shown(body.id), f"another one: it stands in line {self._seen[body.id]}, too")
        if self.at_us and at_us < self.at_us[-1]:
            self._bad(number, "at_s", f"{body.at_s:g}", "bodies in the order of their times")
        self._seen[body.id] = number
        wasm = mode is not None and mode.WasmStateful is not None
        self.at_us.append(at_us)
        self.tasks.append(
            ComputeTask(
                body.id,
                Mode.EPHEMERAL if stateful is None else Mode.WASM_STATEFUL if wasm else Mode.STATEFUL,
                0 if stateful is None else stateful.checkpoint_interval_secs,
                0 if stateful is None else stateful.max_state_size_bytes,
                body.deadline_ms,
                body.estimated_value,
                None if body.resource_profile is None else body.resource_profile.duration_estimate_secs,
                NORMAL if body.priority is None else body.priority,
            )
        )
        self.unknown.append(unknown)
        self.fields.update(_names(body, ""))

    def _invalid(self, number: int, detail: Any) -> None:
        key = ".".join(map(str, detail["loc"]))
        if detail["type"] == "missing":
            near = difflib.get_close_matches(str(detail["loc"][-1]), map(str, detail["input"]), 1)
            hint = f"did you mean {near[0]!r} to be it?" if near else None
            self._bad(number, key, "nothing", f"a value: {key} is required", hint)
        elif detail["type"] == "extra_forbidden":
            near = difflib.get_close_matches(str(detail["loc"][-1]), ("Stateful", "WasmStateful"), 1)
            hint = f"did you mean {near[0]!r}?" if near else None
            self._bad(number, key, "an unknown mode", "null, or one of Stateful and WasmStateful", hint)
        elif detail["type"] == "model_type":
            self._bad(number, key, _shown(detail["input"]), "null, or an object")
        else:
            wanted = str(detail["msg"]).removeprefix("Input should be ").replace("String should have", "a text of")
            self._bad(number, key, _shown(detail["input"]), wanted)

    def _bad(self, number: int, key: str, found: str, expected: str, hint: str | None = None) -> None:
        self.problems.append(Problem(self._name, number, key, found, expected, hint))


def _unknown(part: _Part) -> dict[str, Any]:
    """The fields of a part, and of the parts in it, that nothing reads."""
    found = dict(part.model_extra or {})
    for name, value in _parts(part):
        if inside := _unknown(value):
            found[name] = inside
    return found


def _names(part: _Part, prefix: str) -> Iterable[str]:
    """Their names with dots, escaped as JSON has them."""
    for name in part.model_extra or {}:
        yield json.dumps(prefix + name)[1:-1][:SHOWN]
    for name, value in _parts(part):
        yield from _names(value, f"{prefix}{name}.")


def _parts(part: _Part) -> Iterable[tuple[str, _Part]]:
    for name in type(part).model_fields:
        value = getattr(part, name)
        if isinstance(value, _ActorMode):
            for variant in ("Stateful", "WasmStateful"):
                if (inner := getattr(value, variant)) is not None:
                    yield f"{name}.{variant}", inner
        elif isinstance(value, _Part):
            yield name, value


def _each_once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        raise ValueError("a key that stands twice")
    return found


def _no_constant(name: str) -> float:
    raise ValueError(f"{name} is no number of JSON")


def _shown(value: object) -> str:
    text = json.dumps(value)
    return text if len(text) <= SHOWN else text[: SHOWN - 1] + "…"
