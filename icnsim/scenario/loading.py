"""From a file to a `Scenario`, or to everything that is wrong with it at once."""

import difflib
import json
import re
import stat
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path as FilePath
from typing import Any, Final

from pydantic import ValidationError

from icnsim.errors import Problem, ScenarioError, printable
from icnsim.scenario import coherence, datafiles, yamlfile
from icnsim.scenario.datafiles import DataFolder
from icnsim.scenario.pending import pending
from icnsim.scenario.schema import FileTrigger, Scenario
from icnsim.scenario.section import MAPPING, SCALAR, section_in
from icnsim.scenario.yamlfile import Document, Path, dotted

Check = Callable[[Scenario], Iterable[coherence.Finding]]


def nothing_more(_: Scenario) -> Iterable[coherence.Finding]:
    """The check that finds nothing."""
    return ()


LONGEST_KEY: Final = 1000
SHOWN: Final = 60
"""Characters of a value that a message shows."""


def load(
    path: str | FilePath,
    overrides: Mapping[str, object] | None = None,
    seed: int | None = None,
    *,
    allow_large: bool = False,
    check: Check = nothing_more,
) -> Scenario:
    """Read a scenario file.

    Parameters
    ----------
    path : the file; data files that it names are looked for in its folder.
    overrides : dotted keys and their values; a text is read as YAML, as with ``--set``.
    seed : in place of the scenario's own.
    allow_large : accept a scenario that needs more memory than usual.
    check : what else is to be checked; gives path, found and expected of each problem.

    Raises
    ------
    ScenarioError : holds every problem that was found.
    """
    return read(path).scenario(overrides, seed, allow_large=allow_large, check=check)


def loads(
    text: str,
    folder: FilePath | None = None,
    file: str = "<text>",
    overrides: Mapping[str, object] | None = None,
    seed: int | None = None,
    *,
    allow_large: bool = False,
    check: Check = nothing_more,
) -> Scenario:
    """Read a scenario from a text; `file` names it in messages. See `load`."""
    return _parsed(text, folder, file).scenario(overrides, seed, allow_large=allow_large, check=check)


def read(path: str | FilePath) -> "Source":
    """Read a scenario file, but do not make a scenario of it yet; raises ScenarioError where it cannot be read."""
    file = FilePath(path)
    try:
        about = file.stat()
        if not stat.S_ISREG(about.st_mode) and not stat.S_ISDIR(about.st_mode):
            raise ScenarioError([Problem(str(path), None, "", "a pipe or a device", "a file")])
        if about.st_size > yamlfile.MAX_BYTES:
            raise ScenarioError([Problem(str(path), None, "", "more than 1 MiB", "a scenario of at most 1 MiB")])
        text = file.read_text("utf-8")
    except OSError as error:
        found = (error.strerror or "an error").lower()
        raise ScenarioError([Problem(str(path), None, "", found, "a scenario file that can be read")]) from None
    except UnicodeDecodeError:
        raise ScenarioError([Problem(str(path), None, "", "bytes that are not UTF-8", "text in UTF-8")]) from None
    return _parsed(text, file.parent, str(path))


def _parsed(text: str, folder: FilePath | None, file: str) -> "Source":
    document = yamlfile.read(text, file)
    if not isinstance(document.data, dict):
        found = "nothing" if document.data is None else shown(document.data)
        raise ScenarioError([Problem(file, 1, "", found, "a mapping of keys, at least name and workload")])
    return Source(document, folder, file)


@dataclass(frozen=True, slots=True)
class Source:
    """A scenario file as it was read, of which scenarios with other values can be made.

    Attributes
    ----------
    document : its data; folder : where its data files are; file : its name in messages.
    """

    document: Document
    folder: FilePath | None
    file: str

    def data(self, overrides: Mapping[str, object]) -> dict[str, Any]:
        """The file's plain data with these values in place of its own; nothing of it is checked."""
        return _overridden(self.document.data, overrides)

    def scenario(
        self,
        overrides: Mapping[str, object] | None = None,
        seed: int | None = None,
        *,
        allow_large: bool = False,
        check: Check = nothing_more,
    ) -> Scenario:
        """The scenario with these values in place of its own. See `load`."""
        settings = {**(overrides or {}), **({} if seed is None else {"seed": seed})}
        data = _hosting(self.data(settings))
        data_folder = DataFolder(self.folder)
        problems = _Problems(self.file, self.document, settings)
        scenario, broken = _validated(data, data_folder, problems)
        # Before anything is made for each one of more executors and actors than would fit.
        _refuse_large(coherence.crowd_bytes(scenario), problems, allow_large=allow_large)
        _attach(scenario, self.file, data_folder, problems)
        for path, value, expected in pending(scenario):
            problems.add(path, shown(value), f"{shown(expected)}: anything else is not there yet in this version")
        for path, found, wanted in (*coherence.contradictions(scenario, broken), *check(scenario)):
            problems.add(path, found, wanted)
        if problems.found:
            raise ScenarioError(problems.found)
        _refuse_large(coherence.estimate_bytes(scenario), problems, allow_large=allow_large)
        return scenario


def _validated(data: dict[str, Any], folder: DataFolder, problems: "_Problems") -> tuple[Scenario, frozenset[str]]:
    """The scenario, and the sections that were left out of it for what is wrong with them.

    So the others can be checked further, and everything that is wrong is told at once.
    """
    try:
        return Scenario.model_validate(data, context=folder), frozenset()
    except ValidationError as error:
        problems.add_invalid(error)
        broken = frozenset(str(detail["loc"][0]) for detail in error.errors(include_url=False))
    rest = {"name": "unnamed", **{key: value for key, value in data.items() if key not in broken}}
    return Scenario.model_validate(rest, context=folder), broken


def _refuse_large(needed: float, problems: "_Problems", *, allow_large: bool) -> None:
    """Raise where a run will need more memory than usual, with all problems found so far."""
    if needed <= coherence.MEMORY_LIMIT or allow_large:
        return
    problems.add(
        (),
        f"a run that will need about {needed / 2**30:.1f} GiB of memory",
        f"at most {coherence.MEMORY_LIMIT / 2**30:g} GiB",
        "fewer migrations or executors, or --allow-large",
    )
    raise ScenarioError(problems.found)


def _hosting(data: dict[str, Any]) -> dict[str, Any]:
    """With `hosts_actors` filled in: by default true, but where the group never answers."""
    groups = data.get("executors")
    if not isinstance(groups, tuple | list):
        return data
    filled = [
        {**group, "hosts_actors": group.get("behavior") != "unresponsive"}
        if isinstance(group, dict) and group.get("hosts_actors") is None
        else group
        for group in groups
    ]
    return {**data, "executors": tuple(filled)}


def _attach(scenario: Scenario, file: str, folder: DataFolder, problems: "_Problems") -> None:
    """Read the data files that the scenario names."""
    matrix = trace = None
    if scenario.network.matrix is not None:
        try:
            matrix = datafiles.round_trips(scenario.network.matrix, folder)
        except ValueError as error:
            problems.add(("network", "matrix"), repr(scenario.network.matrix), str(error))
    trigger = scenario.workload.trigger
    if isinstance(trigger, FileTrigger) and trigger.trace is not None:
        executors = {name: number for number, name in enumerate(scenario.executor_names)}
        try:
            trace = datafiles.trace(trigger.trace.file, folder, scenario.actors.count, executors)
        except ValueError as error:
            problems.add(("workload", "trigger", "trace", "file"), repr(trigger.trace.file), str(error))
    scenario.attach(file, matrix, trace, dict(sorted(folder.read.items())))


# Overrides


def _overridden(data: dict[str, Any], overrides: Mapping[str, object]) -> dict[str, Any]:
    for key, value in overrides.items():
        if key.count(".") >= yamlfile.MAX_DEPTH or len(key) > LONGEST_KEY:
            expected = f"a dotted key of at most {yamlfile.MAX_DEPTH} parts"
            raise ScenarioError([Problem("--set", None, shown(key), "a longer one", expected)])
        parsed = _override_value(key, value)
        data = _replaced(data, key.split("."), parsed, key)
    return data


def _override_value(key: str, value: object) -> Any:
    if isinstance(value, str):
        return yamlfile.read(value, f"--set {key}").data if value else ""
    try:
        return _frozen(value)
    except _Unfit as error:
        raise ScenarioError([Problem("--set", None, key, str(error), "data that a file can hold")]) from None


def _frozen(value: object, depth: int = 0) -> Any:
    """Python's own data as the reader of files gives it: tuples for lists."""
    if depth > yamlfile.MAX_DEPTH:
        raise _Unfit(f"more than {yamlfile.MAX_DEPTH} levels")
    if isinstance(value, Mapping):
        return {str(key): _frozen(item, depth + 1) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return tuple(_frozen(item, depth + 1) for item in value)
    if value is None or isinstance(value, bool | int | float | str):
        return value
    raise _Unfit(f"a {type(value).__name__}")


class _Unfit(ValueError):
    """A value that no file could hold."""


def _replaced(data: Any, path: list[str], value: Any, key: str) -> Any:
    """The data with one value replaced; what is missing on the way to it is made."""
    if not path:
        return value
    first, rest = path[0], path[1:]
    if isinstance(data, tuple | list):
        if not re.fullmatch("[0-9]{1,9}", first) or int(first) >= len(data):
            found, expected = f"{first!r} in {key}", f"a number from 0 to {len(data) - 1}"
            raise ScenarioError([Problem("--set", None, key, found, expected)])
        place = int(first)
        return (*data[:place], _replaced(data[place], rest, value, key), *data[place + 1 :])
    if data is not None and not isinstance(data, dict):
        found = f"{shown(data)} where {first!r} is to be set"
        raise ScenarioError([Problem("--set", None, key, found, "a mapping, which can be set whole, or no value")])
    inner = data or {}
    return {**inner, first: _replaced(inner.get(first), rest, value, key)}


# Problems


class _Problems:
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
            # What the sweep's flags have set is told by the flag's name.
            flag = f"--{path[1]}".replace("_", "-").replace("--metrics", "--metric")
            self.found.append(Problem(flag, None, dotted(path[2:]) if path[1] == "vary" else "", found, expected, hint))
            return
        if any(key == name or key.startswith(f"{name}.") for name in self._overrides):
            self.found.append(Problem(f"--set {key}", None, key, found, expected, hint))
            return
        for length in range(len(path), 0, -1):
            line = self._document.lines.get(path[:length])
            if line is not None:
                break
        self.found.append(Problem(self._file, line, key, found, expected, hint))

    def add_invalid(self, error: ValidationError) -> None:
        """Note everything that pydantic found."""
        for detail in error.errors(include_url=False):
            path = tuple(part for part in detail["loc"] if part not in (MAPPING, SCALAR))
            kind, value = detail["type"], detail["input"]
            if path and path[-1] == "[key]":
                path = path[:-1]
            if kind == "extra_forbidden":
                known = _fields_at(path[:-1])
                near = difflib.get_close_matches(str(path[-1]), known, 1)
                hint = f"did you mean {near[0]!r}?" if near else None
                expected = f"one of {', '.join(known)}" if known else "no such key"
                self.add(path, f"the unknown key {shown(path[-1])}", expected, hint)
            elif kind == "missing":
                self.add(path, "nothing", f"a value: {path[-1]} is required")
            else:
                hint = _suggestion(detail)
                self.add(path, shown(value), _expectation(detail), hint)


def _expectation(detail: Mapping[str, Any]) -> str:
    message, context = str(detail["msg"]), detail.get("ctx") or {}
    if detail["type"] == "value_error":
        return str(context["error"])
    if detail["type"] == "literal_error":
        return f"one of {context['expected']}"
    if detail["type"] == "string_pattern_mismatch":
        return f"a text of the form {context['pattern']}"
    return message.removeprefix("Input should be ")


def _suggestion(detail: Mapping[str, Any]) -> str | None:
    if detail["type"] != "literal_error" or not isinstance(detail["input"], str):
        return None
    known = str(detail["ctx"]["expected"]).replace(" or ", ", ").replace("'", "").split(", ")
    near = difflib.get_close_matches(detail["input"], known, 1)
    return f"did you mean {near[0]!r}?" if near else None


def _fields_at(path: Iterable[str | int]) -> list[str]:
    """The keys that the section at that path may have."""
    section: Any = Scenario
    for part in path:
        if isinstance(part, int):
            continue
        field = section.model_fields.get(part) if section is not None else None
        section = None if field is None else section_in(field.annotation)
    return [] if section is None else list(section.model_fields)


def shown(value: object) -> str:
    """A value as a message shows it: short, on one line, with nothing that moves a terminal."""
    text = repr(value) if isinstance(value, str) else json.dumps(value, ensure_ascii=False, default=str)
    text = printable(text)
    return text if len(text) <= SHOWN else text[: SHOWN - 1] + "…"
