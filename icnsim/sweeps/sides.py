"""What can be compared: a scenario that is to be run, a sweep's results, one run's results.

A `Side` is known before anything is run, down to its points and seeds, so that two that
cannot be compared are refused at once; `replications` then runs it or reads it.
"""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from icnsim.errors import ResultsError
from icnsim.recording import folder
from icnsim.recording.figures import figures
from icnsim.scenario import Scenario, load, resolved
from icnsim.scenario.variation import MEASURES, measured
from icnsim.simulation import Budget
from icnsim.sweeps.engines import Engine
from icnsim.sweeps.execution import Watch
from icnsim.sweeps.figures import names
from icnsim.sweeps.plan import Plan, plan
from icnsim.sweeps.statistics import Floats, matrix
from icnsim.sweeps.sweep import run_plan
from icnsim.sweeps.tables import Key, keys_of
from icnsim.version import VERSION

KeyValue = float | str | None

NOT_PARAMETERS: Final = ("name", "description", "seed", "expect", "sweep")
"""Sections of a scenario that do not say how a run goes, or, the seed, in which pairs do not differ."""
VARIED: Final = "varied"
"""Stands for the value of a key that has several."""


@dataclass(frozen=True, slots=True)
class Side:
    """One of the two that are compared.

    Attributes
    ----------
    title : the path that was given. identity : such as ``sweep 0123456789abcdef``.
    version : of the icnsim that its runs are of.
    scenario : with the values of its point where it has one alone, without any where it has several.
    keys : columns of what varies. points : their values at each point, as the columns have them.
    seeds : of its replications, as far as they are known before they are run.
    plan : what is to be run; None where results are read.
    """

    title: str
    identity: str
    version: str
    scenario: Scenario
    keys: tuple[Key, ...]
    points: tuple[tuple[KeyValue, ...], ...]
    seeds: frozenset[int]
    plan: Plan | None = None

    def comparable(self, point: int, order: tuple[str, ...]) -> tuple[object, ...]:
        """A point's values of these keys, in a form that is the same whatever column they came from."""
        at = dict(zip((key.name for key in self.keys), map(_comparable, self.keys, self.points[point])))
        return tuple(at[name] for name in order)

    def parameters(self) -> dict[str, Any]:
        """Everything that says how its runs go, as a file has it; `VARIED` for keys with several values."""
        data: Any = {key: value for key, value in resolved.plain(self.scenario).items() if key not in NOT_PARAMETERS}
        data["files"] = {name: sha256(content).hexdigest()[:16] for name, content in self.scenario.files.items()}
        if len(self.points) > 1:
            for key in self.keys:
                data = _with(data, key.name.split("."), VARIED)
        parameters: dict[str, Any] = data
        return parameters


@dataclass(frozen=True, slots=True)
class Replications:
    """The replications of one point.

    Attributes
    ----------
    seeds : of each. figures : replications × `names()`, NaN where there is none.
    failures : why each has failed, None where it has not.
    """

    seeds: NDArray[np.int64]
    figures: Floats
    failures: list[str | None]


def is_results(path: str | Path) -> bool:
    """Whether that is a folder, of results as it should be, rather than a scenario file."""
    return Path(path).is_dir()


def planned(
    path: str | Path, overrides: Mapping[str, object], replications: int | None, seed: int | None, *, allow_large: bool
) -> Side:
    """A scenario file, all of its points checked; raises ScenarioError as `plan` does."""
    section = {} if replications is None else {"replications": replications}
    made = plan(path, overrides, section, seed, allow_large=allow_large)
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


def stored(path: str | Path) -> Side:
    """The results of a sweep or of one run; raises ResultsError where the folder has none."""
    place = Path(path)
    summary = folder.read_summary(place)
    try:
        return _stored_sweep(place, summary) if "sweep_id" in summary else _stored_run(place, summary)
    except (KeyError, TypeError, ValueError, OSError) as error:
        found = f"{type(error).__name__}: {error}"
        raise ResultsError(f"{place}: neither a sweep's results nor a run's, as icnsim writes them ({found})") from None


def _stored_run(place: Path, summary: Mapping[str, Any]) -> Side:
    return Side(
        title=str(place),
        identity=f"run {summary['run_id']}",
        version=summary["version"],
        scenario=load(place / "scenario.yaml", allow_large=True),
        keys=(),
        points=((),),
        seeds=frozenset([summary["seed"]]),
    )


def _stored_sweep(place: Path, summary: Mapping[str, Any]) -> Side:
    import pyarrow.parquet as pq

    vary = list(summary["vary"])
    table = pq.read_table(place / "points.parquet", columns=["point", *vary, "seed"])
    first = _starts(table["point"].to_numpy())
    keys = tuple(_key(table.schema.field(name)) for name in vary)
    columns = [table[name].take(first).to_pylist() for name in vary]
    points = tuple(tuple(column[point] for column in columns) for point in range(len(first)))
    values = {key.name: _written(key, value) for key, value in zip(keys, points[0])} if len(points) == 1 else {}
    return Side(
        title=str(place),
        identity=f"sweep {summary['sweep_id']}",
        version=summary["version"],
        scenario=load(place / "scenario.yaml", values, allow_large=True),
        keys=keys,
        points=points,
        seeds=frozenset(table["seed"].to_pylist()),
    )


def replications(
    side: Side, engine: Engine, out: Path, *, force: bool, budget: Budget | None, watch: Watch | None
) -> list[Replications]:
    """The replications of each point of a side, run where they have not been.

    Raises
    ------
    EngineError : there is nothing to run them with. ResultsError : they cannot be written or read.
    """
    if side.plan is not None:
        place = run_plan(side.plan, out, engine, force=force, budget=budget, watch=watch).folder
        assert place is not None
        return list(_read(place))
    place = Path(side.title)
    if (place / "points.parquet").exists():
        return list(_read(place))
    summary = folder.read_summary(place)
    known = figures(summary)
    # Results of another version may lack a figure.
    row = {name: known.get(name) for name in names()}
    return [Replications(np.array([summary["seed"]], dtype=np.int64), matrix([row]), [None])]


def _read(place: Path) -> Iterator[Replications]:
    import pyarrow.parquet as pq

    file = place / "points.parquet"
    has = set(pq.read_schema(file).names)
    table = pq.read_table(file, columns=["point", "seed", "failed", *(name for name in names() if name in has)])
    nothing = np.full(len(table), np.nan)
    numbers = np.column_stack([table[name].to_numpy() if name in has else nothing for name in names()])
    seeds, failures = table["seed"].to_numpy(), table["failed"].to_pylist()
    starts = _starts(table["point"].to_numpy())
    for start, end in zip(starts, [*starts[1:], len(table)]):
        yield Replications(seeds[start:end], numbers[start:end], failures[start:end])


def _starts(points: NDArray[np.int64]) -> list[int]:
    """The first row of each point."""
    starts: list[int] = np.flatnonzero(np.diff(points, prepend=-1)).tolist()
    return starts


def _key(field: Any) -> Key:
    """The key whose column that is: numbers have their unit in the metadata."""
    unit = (field.metadata or {}).get(b"unit")
    return Key(field.name, None if unit is None else unit.decode())


def _comparable(key: Key, value: KeyValue) -> object:
    if key.unit is not None:
        return None if value is None else (key.unit, value)
    return measured(_data(value)) or value


def _data(value: KeyValue) -> Any:
    """What a column of texts holds: JSON, or the text itself."""
    try:
        return json.loads(value) if isinstance(value, str) else value
    except ValueError:
        return value


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
    """The data with another value at a path, made where there is none."""
    if not path:
        return value
    if isinstance(data, list):
        place = int(path[0])
        return [*data[:place], _with(data[place], path[1:], value), *data[place + 1 :]]
    inner = data if isinstance(data, dict) else {}
    return {**inner, path[0]: _with(inner.get(path[0]), path[1:], value)}
