"""Loading a file: gives a `Scenario`, or all problems of the file at once."""

import re
import stat
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path as FilePath
from typing import Any, Final

from pydantic import ValidationError

from icnsim.errors import Problem, ScenarioError
from icnsim.protocol.profile import TRACKED
from icnsim.scenario import coherence, datafiles, faults, profile, submissions, yamlfile
from icnsim.scenario.datafiles import DataFolder
from icnsim.scenario.plaindata import plain
from icnsim.scenario.problems import Problems, shown
from icnsim.scenario.schema import Scenario
from icnsim.scenario.workload import FileName, WorkloadOf
from icnsim.scenario.yamlfile import Document

__all__ = ["Check", "Source", "load", "loads", "nothing_more", "read", "shown"]

Check = Callable[[Scenario], Iterable[coherence.Finding]]


def nothing_more(_: Scenario) -> Iterable[coherence.Finding]:
    """A check that finds no problem."""
    return ()


LONGEST_KEY: Final = 1000


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
    path : the file; the data files that it names are in its folder.
    overrides : dotted keys and their values; a text is read as YAML, as with ``--set``.
    seed : replaces the scenario's own.
    allow_large : accept a scenario that needs more memory than usual.
    check : an additional check; gives path, found and expected of each problem.

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
    """Read a scenario file without making a scenario; raises ScenarioError if the file cannot be read."""
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
    """A scenario file that was read; scenarios with other values can be made from it.

    Attributes
    ----------
    document : its data; folder : the folder of its data files; file : its name in messages.
    contents : the bytes of data files that are in no folder, by their names.
    """

    document: Document
    folder: FilePath | None
    file: str
    contents: Mapping[str, bytes] = field(default_factory=dict)

    def data(self, overrides: Mapping[str, object]) -> dict[str, Any]:
        """The file's plain data with these values in place of its own, unchecked."""
        data: dict[str, Any] = self.document.data
        return _overridden({**data, "faults": faults.as_list(data.get("faults", ()))}, overrides)

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
        data = _with_actor_count(_with_tracked_states(_with_hosting(self.data(settings))))
        data_folder = DataFolder(self.folder, dict(self.contents))
        problems = Problems(self.file, self.document, settings)
        scenario, broken = _validated(data, data_folder, problems)
        if data_folder.plugins:
            scenario = scenario.model_copy(update={"plugins": {**scenario.plugins, **data_folder.plugins}})
        # Checked before anything is made for each of more executors and actors than would fit into memory.
        _refuse_large(coherence.crowd_bytes(scenario), problems, allow_large=allow_large)
        _attach(scenario, self.file, data_folder, problems)
        for path, found, wanted in (*coherence.contradictions(scenario, broken), *check(scenario)):
            problems.add(path, found, wanted)
        if problems.found:
            raise ScenarioError(problems.found)
        _refuse_large(coherence.estimate_bytes(scenario), problems, allow_large=allow_large)
        return scenario


def _validated(data: dict[str, Any], folder: DataFolder, problems: Problems) -> tuple[Scenario, frozenset[str]]:
    """The scenario, and the sections that are left out of it because they have problems.

    The other sections can then be checked further, so that all problems are reported at once.
    """
    try:
        return Scenario.model_validate(data, context=folder), frozenset()
    except ValidationError as error:
        problems.add_invalid(error)
        broken = frozenset(str(detail["loc"][0]) for detail in error.errors(include_url=False))
    rest = {"name": "unnamed", **{key: value for key, value in data.items() if key not in broken}}
    return Scenario.model_validate(rest, context=folder), broken


def _refuse_large(needed: float, problems: Problems, *, allow_large: bool) -> None:
    """Raise, with all problems found so far, if a run will need more memory than usual."""
    if needed <= coherence.MEMORY_LIMIT or allow_large:
        return
    problems.add(
        (),
        f"a run that will need about {needed / 2**30:.1f} GiB of memory",
        f"at most {coherence.MEMORY_LIMIT / 2**30:g} GiB",
        "fewer migrations or executors, or --allow-large",
    )
    raise ScenarioError(problems.found)


def _with_hosting(data: dict[str, Any]) -> dict[str, Any]:
    """The data with `hosts_actors` filled in: by default true, except for a group that never answers."""
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


def _with_tracked_states(data: dict[str, Any]) -> dict[str, Any]:
    """The data with `manager.tracked_states` filled in: by default those of the profile."""
    manager, protocol = data.get("manager", {}), data.get("protocol", {})
    if not isinstance(manager, dict) or manager.get("tracked_states") is not None:
        return data
    profile = protocol.get("profile") if isinstance(protocol, dict) else None
    tracked = TRACKED.get(str(profile), TRACKED["as-designed"])
    return {**data, "manager": {**manager, "tracked_states": tracked}}


def _with_actor_count(data: dict[str, Any]) -> dict[str, Any]:
    """The data with `actors.count` filled in: by default there are only submitted actors if tasks are submitted."""
    actors, workload = data.get("actors", {}), data.get("workload")
    trigger = workload.get("trigger") if isinstance(workload, dict) else None
    triggers = trigger if isinstance(trigger, tuple | list) else (trigger,)
    submitted = any(isinstance(each, dict) and each.get("submissions") is not None for each in triggers)
    if not submitted or not isinstance(actors, dict) or "count" in actors:
        return data
    return {**data, "actors": {**actors, "count": 0}}


def _attach(scenario: Scenario, file: str, folder: DataFolder, problems: Problems) -> None:
    """Read the data files that the scenario names."""
    matrix = trace = trust = submitted = rates = None
    if scenario.network.matrix is not None:
        try:
            matrix = datafiles.round_trips(scenario.network.matrix, folder)
        except ValueError as error:
            problems.add(("network", "matrix"), repr(scenario.network.matrix), str(error))
    workload = scenario.workload
    if workload.submissions is not None:
        try:
            submitted = submissions.submissions(workload.submissions, folder)
        except submissions.BadSubmissions as error:
            problems.found += error.problems
        except ValueError as error:
            path = (*_place_of_trigger(workload, "submissions"), "file")
            problems.add(path, repr(workload.submissions), str(error))
    if workload.trace is not None:
        actors = (("actor-", scenario.actors.count), ("task-", 0 if submitted is None else len(submitted.tasks)))
        try:
            trace = datafiles.trace(workload.trace, folder, actors, scenario.executor_names)
        except ValueError as error:
            problems.add((*_place_of_trigger(workload, "trace"), "file"), repr(workload.trace), str(error))
    initial = scenario.trust.initial
    if isinstance(initial, FileName):
        try:
            trust = datafiles.trust(initial.file, folder, scenario.executor_names)
        except ValueError as error:
            problems.add(("trust", "initial", "file"), repr(initial.file), str(error))
    varying = scenario.workload.arrivals.profile
    if varying is not None:
        try:
            rates = profile.profile(varying.file, folder, varying.period)
        except ValueError as error:
            problems.add(("workload", "arrivals", "profile", "file"), repr(varying.file), str(error))
    scenario.attach(file, matrix, trace, dict(sorted(folder.read.items())), trust, submitted, rates)


def _place_of_trigger(workload: WorkloadOf, kind: str) -> tuple[str | int, ...]:
    """The path of the trigger of that kind, whether the key is a list or not."""
    if not isinstance(workload.trigger, tuple):
        return "workload", "trigger", kind
    number = next(n for n, each in enumerate(workload.trigger) if getattr(each, kind, None) is not None)
    return "workload", "trigger", number, kind


# Overrides


def _overridden(data: dict[str, Any], overrides: Mapping[str, object]) -> dict[str, Any]:
    before: list[str] = []
    for key, value in overrides.items():
        if key.count(".") >= yamlfile.MAX_DEPTH or len(key) > LONGEST_KEY:
            expected = f"a dotted key of at most {yamlfile.MAX_DEPTH} parts"
            raise ScenarioError([Problem("--set", None, shown(key), "a longer one", expected)])
        _refuse_undone(key, before)
        before.append(key)
        parsed = _override_value(key, value)
        data = _replaced(data, key.split("."), parsed, key)
    return data


def _refuse_undone(key: str, before: Iterable[str]) -> None:
    """Raise if a key before this one is in the section that this one names, because its value would be replaced."""
    inner = next((name for name in before if name.startswith(f"{key}.")), None)
    if inner is not None:
        found = f"the whole section after its key {shown(inner)}, whose value it would replace"
        expected = "the section first and its keys after it, or all values in the section"
        raise ScenarioError([Problem("--set", None, key, found, expected)])


def _override_value(key: str, value: object) -> Any:
    if isinstance(value, str):
        return yamlfile.value(value, f"--set {key}") if value else ""
    try:
        return _frozen(plain(value))
    except _Unfit as error:
        raise ScenarioError([Problem("--set", None, key, str(error), "data that a file can hold")]) from None


def _frozen(value: object, depth: int = 0) -> Any:
    """Python's own data in the form that the reader of files gives: tuples for lists."""
    if depth > yamlfile.MAX_DEPTH:
        raise _Unfit(f"more than {yamlfile.MAX_DEPTH} levels")
    if isinstance(value, Mapping):
        frozen = {str(key): _frozen(item, depth + 1) for key, item in value.items()}
        if len(frozen) < len(value):
            raise _Unfit("a mapping with two keys of the same text")
        return frozen
    if isinstance(value, list | tuple):
        return tuple(_frozen(item, depth + 1) for item in value)
    if value is None or isinstance(value, bool | int | float | str):
        return value
    raise _Unfit(f"a {type(value).__name__}")


class _Unfit(ValueError):
    """A value that no file can hold."""


def _replaced(data: Any, path: list[str], value: Any, key: str) -> Any:
    """The data with one value replaced; missing mappings on the path are made."""
    if not path:
        return value
    first, rest = path[0], path[1:]
    if isinstance(data, tuple | list):
        if not re.fullmatch("0|[1-9][0-9]{0,8}", first) or int(first) >= len(data):
            numbers = f"a number from 0 to {len(data) - 1}" if data else "another key, because the list is empty"
            found, expected = f"{first!r} in {key}", numbers
            raise ScenarioError([Problem("--set", None, key, found, expected)])
        place = int(first)
        return (*data[:place], _replaced(data[place], rest, value, key), *data[place + 1 :])
    if data is not None and not isinstance(data, dict):
        found = f"{shown(data)} where {first!r} is to be set"
        raise ScenarioError([Problem("--set", None, key, found, "a mapping, which can be set whole, or no value")])
    inner = data or {}
    return {**inner, first: _replaced(inner.get(first), rest, value, key)}
