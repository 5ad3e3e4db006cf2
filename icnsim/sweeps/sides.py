"""The sides of a comparison: a scenario that is to be run, a sweep's results, or one run's results.

The points and seeds of a `Side` are known before anything is run, so that two sides that cannot
be compared are refused immediately; `replications` then runs or reads a side.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from hashlib import sha256
from pathlib import Path, PurePosixPath
from typing import Any, Final

import numpy as np

from icnsim.engines import Engine as RunEngine
from icnsim.errors import Problem, ResultsError
from icnsim.live import wording
from icnsim.recording import folder
from icnsim.recording import stored as stored_results
from icnsim.recording.figures import figures
from icnsim.recording.progress import Budget
from icnsim.scenario import Scenario, load, resolved
from icnsim.scenario.variation import MEASURES, measured
from icnsim.sweeps.engines import Engine
from icnsim.sweeps.execution import Watch
from icnsim.sweeps.figures import names
from icnsim.sweeps.plan import Checked, Plan, plan
from icnsim.sweeps.pointstable import KeyValue, Replications, points_of, replications_of
from icnsim.sweeps.statistics import matrix
from icnsim.sweeps.sweep import run_plan
from icnsim.sweeps.tables import Key, keys_of
from icnsim.version import VERSION

NOT_PARAMETERS: Final = ("name", "description", "seed", "expect", "sweep")
"""Sections of a scenario without an effect on a run, and the seed, in which pairs do not differ."""
LONGEST_SHOWN: Final = 200
"""Characters that no path has."""
VARIED: Final = "varied"
"""The value of a key that has several values."""


@dataclass(frozen=True, slots=True)
class Side:
    """One of the two sides of a comparison.

    Attributes
    ----------
    title : the path that was given. identity : such as ``sweep 0123456789abcdef``.
    version : of the icnsim that its runs are of.
    scenario : with the values of its point if it has a single one, else without values.
    keys : columns of the keys that vary. points : their values at each point, as the columns have them.
    seeds : of its replications that are known before they are run.
    plan : of the runs; None if results are read. summary : of one run that is read.
    caution : why the figures of that run must not be relied on; empty if nothing speaks against them.
    """

    title: str
    identity: str
    version: str
    scenario: Scenario
    keys: tuple[Key, ...]
    points: tuple[tuple[KeyValue, ...], ...]
    seeds: frozenset[int]
    plan: Plan | None = None
    summary: Mapping[str, Any] | None = None
    caution: str = ""

    def comparable(self, point: int, order: tuple[str, ...]) -> tuple[object, ...]:
        """A point's values of these keys, in a form that is the same whatever column they came from."""
        at = dict(zip((key.name for key in self.keys), map(_comparable, self.keys, self.points[point])))
        return tuple(at[name] for name in order)

    def parameters(self) -> dict[str, Any]:
        """All keys with an effect on its runs, in the form of a file; `VARIED` for keys with several values."""
        data: Any = {key: value for key, value in resolved.plain(self.scenario).items() if key not in NOT_PARAMETERS}
        data["files"] = {name: sha256(content).hexdigest()[:16] for name, content in self.scenario.files.items()}
        if len(self.points) > 1:
            for key in self.keys:
                data = _with(data, key.name.split("."), VARIED)
        parameters: dict[str, Any] = data
        return parameters


def is_results(path: str | Path) -> bool:
    """Whether the path is a folder, of results, and not a scenario file; ResultsError if it is neither."""
    try:
        if not Path(path).exists():
            folder.recover(Path(path).parent)
        return Path(path).is_dir()
    except OSError as error:
        name = str(path) if len(str(path)) <= LONGEST_SHOWN else f"{str(path)[:LONGEST_SHOWN]}…"
        raise ResultsError(f"{name}: {(error.strerror or str(error)).lower()}; give a file or a folder") from None


def planned(
    path: str | Path, overrides: Mapping[str, object], replications: int | None, seed: int | None, *,
    allow_large: bool, checked: Checked | None = None,
) -> Side:  # fmt: skip
    """A scenario file, all of its points checked; raises ScenarioError as `plan` does."""
    section = {} if replications is None else {"replications": replications}
    made = plan(path, overrides, section, seed, allow_large=allow_large, checked=checked)
    keys = tuple(keys_of(made))
    points = tuple(tuple(key.value(value) for key, value in zip(keys, point)) for point in made.points)
    return Side(
        title=str(path),
        identity=f"sweep {made.sweep_id}",
        version=VERSION,
        scenario=made.at(0) if len(points) == 1 else made.scenario,
        keys=keys,
        points=points,
        seeds=frozenset(made.seed(number) for number in range(1, made.scenario.sweep.replications + 1)),
        plan=made,
    )


def stored(path: str | Path, *, allow_large: bool = False) -> Side:
    """The results of a sweep or of one run, which may come from another person: only files that the manifest lists are
    read.

    Raises
    ------
    ResultsError : the folder has no results. ScenarioError : its scenario cannot be used.
    """
    place = Path(path)
    summary, files = folder.read_result(place)
    with stored_results.readable(place, summary.get("version")):
        if "recommend_id" in summary:
            advice = "compare scenario files, with the settings that it recommends as --set"
            raise ResultsError(f"{place}: a recommendation's folder, neither a sweep's nor a run's; {advice}")
        of_sweep = "sweep_id" in summary
        if not of_sweep and "run_id" not in summary:
            advice = "compare scenario files, or the results of `icnsim run` and `icnsim sweep`"
            raise ResultsError(f"{place}: neither a sweep's results nor a run's; {advice}")
        for name in ("scenario.yaml", *(("points.parquet",) if of_sweep else ())):
            if name not in files:
                raise ResultsError(f"{place}: {name} is not among the files of its manifest; run the scenario again")
        side = (_stored_sweep if of_sweep else _stored_run)(place, summary, allow_large=allow_large)
        stray = sorted(name for name in side.scenario.files if str(PurePosixPath(name)) not in files)
        if stray:
            raise ResultsError(f"{place}: {stray[0]} is not among the files of its manifest; run the scenario again")
        side.parameters()  # can be made: its keys are the scenario's
        return replace(side, caution=wording.caution(place)) if wording.FILE in files else side


def _stored_run(place: Path, summary: Mapping[str, Any], *, allow_large: bool) -> Side:
    return Side(
        title=str(place),
        identity=f"run {summary['run_id']}",
        version=_text(summary["version"]),
        scenario=load(place / "scenario.yaml", allow_large=allow_large),
        keys=(),
        points=((),),
        seeds=frozenset([_seed(summary)]),
        summary=summary,
    )


def _stored_sweep(place: Path, summary: Mapping[str, Any], *, allow_large: bool) -> Side:
    found = points_of(place / "points.parquet", summary, allow_large=allow_large)
    single = len(found.values) == 1
    first = zip(found.keys, found.values[0]) if single else ()
    values = {key.name: _level(summary["vary"][key.name], key, value) for key, value in first}
    return Side(
        title=str(place),
        identity=f"sweep {summary['sweep_id']}",
        version=_text(summary["version"]),
        scenario=load(place / "scenario.yaml", values, allow_large=allow_large),
        keys=found.keys,
        points=found.values,
        seeds=found.seeds,
    )


def _text(value: object) -> str:
    if not isinstance(value, str):
        raise TypeError(f"{value!r:.60} is not a text")
    return value


def _seed(summary: Mapping[str, Any]) -> int:
    seed = summary["seed"]
    if not isinstance(seed, int) or not 0 <= seed < 2**63:
        raise ValueError(f"{seed!r:.60} is not a seed")
    return seed


def replications(
    side: Side,
    with_what: Engine,
    out: Path,
    *,
    force: bool,
    budget: Budget | None,
    watch: Watch | None,
    engine: RunEngine = "auto",
) -> list[Replications]:
    """The replications of each point of a side, which are run if necessary.

    Raises
    ------
    EngineError : no workers. ResultsError : they cannot be written or read.
    """
    place = Path(side.title)
    if side.plan is not None:
        done = run_plan(side.plan, out, with_what, force=force, budget=budget, watch=watch, engine=engine).folder
        assert done is not None
        place = done
    with stored_results.readable(place):
        if side.summary is None:
            return list(replications_of(place / "points.parquet"))
        known = figures(dict(side.summary))
        # Results of another version may lack a figure.
        row = {name: known.get(name) for name in names()}
        numbers = matrix([row])
        if np.isinf(numbers).any():
            raise ValueError("a figure is infinite")
        return [Replications(np.array([_seed(side.summary)], dtype=np.int64), numbers, [None])]


def _comparable(key: Key, value: KeyValue) -> object:
    if key.unit is not None:
        return None if value is None else (key.unit, value)
    return measured(_data(value)) or value


def _data(value: KeyValue) -> Any:
    """The value of a text in a column: JSON, or the text itself."""
    try:
        return json.loads(value) if isinstance(value, str) else value
    except (ValueError, RecursionError):
        return value


def _level(levels: object, key: Key, value: KeyValue) -> object:
    """The value of a key as an override: the mapping of the column's label, or the value of the column."""
    mappings = [level for level in levels if isinstance(level, dict)] if isinstance(levels, list) else []
    return next((level for level in mappings if key.value(level) == value), None) or _written(key, value)


def _written(key: Key, value: KeyValue) -> object:
    """The value of a key as an override that is read like a file's."""
    if isinstance(value, float):
        for measure in MEASURES:
            if measure.unit == key.unit:
                number = value * measure.per_unit
                return measure.write(round(number) if measure.whole else number)
        return int(value) if value.is_integer() else value
    found = _data(value)
    return json.dumps(found, ensure_ascii=False) if isinstance(found, str) else found


def _with(data: Any, path: list[str], value: str) -> Any:
    """The data with another value at a path, which is made if it does not exist."""
    if not path:
        return value
    if isinstance(data, list):
        place = int(path[0])
        return [*data[:place], _with(data[place], path[1:], value), *data[place + 1 :]]
    inner = data if isinstance(data, dict) else {}
    return {**inner, path[0]: _with(inner.get(path[0]), path[1:], value)}


def opened(
    path: str | Path, settings: Mapping[str, object], replications: int | None, seed: int | None, *,
    allow_large: bool, checked: Checked | None = None,
) -> Side:  # fmt: skip
    """Return a side that is stored or to be run, see `stored` and `planned`."""
    if is_results(path):
        return stored(path, allow_large=allow_large)
    return planned(path, settings, replications, seed, allow_large=allow_large, checked=checked)


def of_b(problem: Problem, overrides: Mapping[str, object]) -> Problem:
    """Return the problem with the name of the option by which a key of B alone was set."""
    option, _, key = problem.file.partition(" ")
    own = option == "--set" and (key or problem.key) in overrides
    return replace(problem, file=f"--set-b {key}".strip()) if own else problem
