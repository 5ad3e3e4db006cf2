"""The plan of a sweep: its points, its seeds, the identity of each run. Nothing is run here.

Every point is made and checked before the first one runs, so that a mistake at the last one
costs no runs. Only the values of a point and 32 bytes are kept, so that a plan of a million
points fits into memory, and the scenario of a point is made again before its runs.
"""

import hashlib
import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path
from typing import Any, Final

from icnsim.errors import Problem, ScenarioError
from icnsim.experiment import alone, unknown_figures
from icnsim.scenario import Scenario, resolved
from icnsim.scenario.coherence import estimate_bytes
from icnsim.scenario.loading import Source, read, shown
from icnsim.sweeps import designs
from icnsim.sweeps.designs import Point
from icnsim.version import VERSION

Checked = Callable[[int, int], None]
"""Receives the number of points that have been checked, and the number of all points."""
MAX_RUNS: Final = 10_000_000
TELLING: Final = 1000
"""The number of points with mistakes after which the other points are not checked."""
_OTHER_METRICS: Final = Problem(
    "--set",
    None,
    "record.metrics",
    "a list that varies",
    "the same metrics at all points, because a metric does not change a run: set record.metrics to all of them",
)


@dataclass(frozen=True, slots=True)
class Plan:
    """Every run of a sweep.

    Attributes
    ----------
    scenario : the base, with the sweep's section and the data files of all points. keys : those
        that vary, dotted.
    points : values of the keys, as a file has them, at each point.
    largest_bytes : memory that the largest run will need.
    needs_events : the first point that the columnar engine does not support; None if it supports all.
    """

    scenario: Scenario
    keys: tuple[str, ...]
    points: tuple[Point, ...]
    _prints: tuple[bytes, ...]
    _source: Source
    _overrides: Mapping[str, object]
    _flags: Mapping[str, object]
    _allow_large: bool
    largest_bytes: float = 0.0
    needs_events: int | None = None

    @property
    def sweep_id(self) -> str:
        """16 hex digits that identify the scenario, its seed, the sweep and the version.

        SciPy draws the points of some designs, so its version and NumPy's are a part of the identity of these.
        """
        text = json.dumps(resolved.plain(self.scenario)["sweep"])
        if self.scenario.sweep.design in designs.DRAWN:
            text += resolved.installed("numpy", "scipy")
        own = resolved.fingerprint(self.scenario, VERSION)
        return hashlib.sha256(own + f"{self.scenario.seed}\n{text}".encode()).hexdigest()[:16]

    def at(self, point: int) -> Scenario:
        """The scenario at a point, with the first replication's seed."""
        return _at(self._source, self._overrides, self.keys, self.points[point], self._allow_large)

    def seed(self, replication: int) -> int:
        """The seed of a replication, which count from 1."""
        return seed_of(self.scenario.seed, replication)

    def run_id(self, point: int, replication: int) -> str:
        """The identity of a run, the same as with `icnsim run`."""
        return resolved.seeded(self._prints[point], self.seed(replication))


@lru_cache(maxsize=4096)
def seed_of(seed: int, replication: int) -> int:
    """The seed of a replication: the first has the scenario's own, the others one hashed from it.

    So sweeps whose seeds are neighbours share no replication, and any run can be repeated
    alone. Below 2^53, which JSON and data frames hold exactly.
    """
    if replication == 1:
        return seed
    return int.from_bytes(hashlib.sha256(f"{seed}/replication/{replication}".encode()).digest()[:8], "big") >> 11


def plan(
    path: str | Path,
    overrides: Mapping[str, object] | None = None,
    sweep: Mapping[str, object] | None = None,
    seed: int | None = None,
    *,
    files: Mapping[str, bytes] | None = None,
    allow_large: bool = False,
    checked: Checked | None = None,
) -> Plan:
    """Read a scenario file and work out every run of its sweep.

    Parameters
    ----------
    sweep : keys of the scenario's `sweep` section and their values in place of its own;
        `vary` is added to the section's, key by key.
    files : data files that the overrides name and that are in no folder, by their names.
    checked : receives the progress of the check of the points.

    Raises
    ------
    ScenarioError : holds every problem of the scenario, of the sweep and of its points.
    """
    source = replace(read(path), contents=files or {})
    settings = {**(overrides or {})}
    if seed is not None:
        settings["seed"] = seed
    flags = dict(sweep or {})
    with_flags = _with_sweep(settings, section(source, settings, flags)) if flags else settings
    try:
        base = source.scenario(with_flags, allow_large=allow_large, check=unknown_figures)
    except ScenarioError as error:
        raise ScenarioError(_every_mistake(error.problems, source, settings, flags)) from None
    keys = tuple(base.sweep.vary)
    _refuse_contrary(settings, keys)
    _refuse_many(base, source.file)
    points = designs.points(base.sweep, _own(base, keys, _PointProblems(source, keys, flags)))
    if checked is not None:
        points = _counted(points, designs.count(base.sweep), checked)
    return with_points(Plan(base, keys, (), (), source, settings, flags, allow_large), points)


def _counted(points: Iterable[Point], total: int, checked: Checked) -> Iterator[Point]:
    """Yield the points, and report after each one that it has been checked."""
    for number, point in enumerate(points, start=1):
        yield point
        checked(number, total)


def with_points(base: Plan, points: Iterable[Point]) -> Plan:
    """The same plan with these points in place of its design's; raises ScenarioError if one is invalid."""
    from icnsim.columns.applicability import unsupported  # imported when it is needed: it takes 0.1 s

    prints: list[bytes] = []
    whole: list[Point] = []
    largest, needs_events = 0.0, None
    files: dict[str, bytes] = {}
    problems = _PointProblems(base._source, base.keys, base._flags)
    for point in points:
        try:
            made = _at(base._source, base._overrides, base.keys, point, base._allow_large)
        except ScenarioError as error:
            if problems.add(point, error.problems):
                break
            continue
        if made.record.metrics != base.scenario.record.metrics:
            problems.add(point, (_OTHER_METRICS,))
            continue
        if needs_events is None and unsupported(made) is not None:
            needs_events = len(whole)
        whole.append(point)
        prints.append(resolved.fingerprint(made, VERSION))
        largest = max(largest, estimate_bytes(made))
        files |= made.files
    problems.tell()
    scenario = base.scenario.model_copy()
    scenario.attach(scenario.origin, scenario.matrix, scenario.trace, dict(sorted({**scenario.files, **files}.items())))
    return replace(
        base, scenario=scenario, points=tuple(whole), _prints=tuple(prints), largest_bytes=largest,
        needs_events=needs_events,
    )  # fmt: skip


def section(source: Source, settings: Mapping[str, object], flags: Mapping[str, object]) -> dict[str, object]:
    """The section `sweep` from the file and the flags, before it is checked."""
    written = source.data(settings).get("sweep")
    section = dict(written) if isinstance(written, Mapping) else {}
    vary, more = section.get("vary"), flags.get("vary", {})
    assert isinstance(more, Mapping)
    both = {**(vary if isinstance(vary, Mapping) else {}), **more}
    return {**section, **flags, **({"vary": both} if both else {})}


def _at(
    source: Source, settings: Mapping[str, object], keys: tuple[str, ...], point: Point, allow_large: bool
) -> Scenario:
    # A text is quoted, because overrides are read as YAML and a level is already read.
    values = {key: json.dumps(v, ensure_ascii=False) if isinstance(v, str) else v for key, v in zip(keys, point)}
    # Last, so that no other setting of a section undoes them.
    others = {key: value for key, value in settings.items() if key not in values}
    return source.scenario({**_with_sweep(others, {}), **values}, allow_large=allow_large)


def _with_sweep(settings: Mapping[str, object], section: Mapping[str, object]) -> dict[str, object]:
    """The settings with the section `sweep` in place of their own keys of that section."""
    others = {key: value for key, value in settings.items() if key.partition(".")[0] != "sweep"}
    return {**others, "sweep": section}


def _every_mistake(
    found: tuple[Problem, ...], source: Source, settings: Mapping[str, object], flags: Mapping[str, object]
) -> list[Problem]:
    """The problems of an invalid base, each at its place, and of the values that would vary."""
    problems = []
    for problem in found:
        key = problem.file.removeprefix("--").replace("-", "_").replace("metric", "metrics")
        line = source.document.lines.get(("sweep", key))
        if flags and problem.file.startswith("--") and key not in flags and line is not None:
            inner = f".{problem.key}" if problem.key else ""
            problem = replace(problem, file=source.file, line=line, key=f"sweep.{key}{inner}")  # noqa: PLW2901
        problems.append(problem)
    vary = section(source, settings, flags).get("vary")
    if not isinstance(vary, Mapping):
        return problems
    collected = _PointProblems(source, tuple(map(str, vary)), flags)
    for key, levels in vary.items():
        for level in levels if isinstance(levels, list | tuple) else ():
            try:
                _at(source, settings, (str(key),), (level,), allow_large=True)
            except ScenarioError as error:
                collected.add((level,), tuple(p for p in error.problems if p.file.startswith("--set")))
    return problems + [problem for problem in collected.found if problem not in problems]


def _refuse_contrary(settings: Mapping[str, object], keys: tuple[str, ...]) -> None:
    """Raise if a key that varies is also set, because one of the two would be ignored."""
    contrary = [name for name in settings if any(name == key or name.startswith(f"{key}.") for key in keys)]
    if contrary:
        found, expected = "a value of a key that varies", "either a value or the values that it varies over"
        raise ScenarioError([Problem("--set", None, name, found, expected) for name in contrary])


def _refuse_many(base: Scenario, file: str) -> None:
    points = designs.count(base.sweep)
    most = base.sweep.max_replications if base.sweep.precision is not None else base.sweep.replications
    if points > designs.MAX_POINTS or points * most > MAX_RUNS:
        found = f"a sweep of {points:,} points and up to {points * most:,} runs"
        expected = f"at most {designs.MAX_POINTS:,} points and {MAX_RUNS:,} runs"
        raise ScenarioError([Problem(file, None, "sweep", found, expected)])


def _own(base: Scenario, keys: tuple[str, ...], problems: "_PointProblems") -> dict[str, Any]:
    """The base's value of each key; only a one-at-a-time design asks for it."""
    if base.sweep.design != "one-at-a-time":
        return {}
    own = {}
    for key in keys:
        value: Any = resolved.plain(alone(base))
        try:
            for part in key.split("."):
                value = value[int(part)] if isinstance(value, list) else value[part]
        except (KeyError, IndexError, TypeError, ValueError):
            problems.refuse(key, "no such key in the scenario itself", "a key whose own value the others vary around")
        own[key] = value
    problems.tell()
    return own


class _PointProblems:
    """Collects the problems of points, each mistake once, at the place of its value."""

    def __init__(self, source: Source, keys: tuple[str, ...], flags: Mapping[str, object]) -> None:
        given = flags.get("vary", {})
        assert isinstance(given, Mapping)
        self._source = source
        self._keys = keys
        self._given = given
        self._points = 0
        self._found: dict[str, Problem] = {}

    def add(self, point: Point, problems: tuple[Problem, ...]) -> bool:
        """Add a point's problems; True if there are enough."""
        self._points += 1
        for problem in problems:
            self._note(problem, point)
        return self._points >= TELLING

    def refuse(self, key: str, found: str, expected: str) -> None:
        """Add the problem that a key cannot be varied."""
        self._note(Problem("--set", None, key, found, expected), ())

    @property
    def found(self) -> list[Problem]:
        """The problems so far."""
        return list(self._found.values())

    def tell(self) -> None:
        """Raise if there is a problem."""
        if self._found:
            raise ScenarioError(self.found)

    def _note(self, problem: Problem, point: Point) -> None:
        varied = next((key for key in self._keys if problem.key == key or problem.key.startswith(f"{key}.")), None)
        place, line = problem.file, problem.line
        if varied is not None:
            given = varied in self._given
            place = "--vary" if given else self._source.file
            line = None if given else self._source.document.lines.get(("sweep", "vary", varied))
        # Without a better place, the first point that has the mistake is named.
        values = ", ".join(
            f"{key}={value if isinstance(value, str) else shown(value)}" for key, value in zip(self._keys, point)
        )
        hint = problem.hint or (f"at {values}" if len(self._keys) > 1 or varied is None else None)
        told = Problem(place, line, problem.key, problem.found, problem.expected, hint)
        found = problem.found if varied is not None else ""
        self._found.setdefault(f"{problem.key} {found} {problem.expected}", told)
