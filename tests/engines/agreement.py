"""Runs one scenario on both engines and compares every result file except the manifest, byte by byte."""

import json
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import pyarrow.parquet as pq

from icnsim.errors import ScenarioError
from icnsim.scenario import Scenario

MANIFEST: Final = "manifest.json"


@dataclass(frozen=True, slots=True)
class Agreement:
    """The results of one scenario on both engines.

    Attributes
    ----------
    used, why : the engine that `auto` used, and its reason.
    differences : for each pair of engines and each file the differences; empty if the files are equal.
    """

    used: str
    why: str
    differences: tuple[str, ...]


def agreement(scenario: Scenario) -> Agreement:
    """The scenario on `events` and on `auto`, and on `columns` if `auto` did not use it.

    `columns` may refuse a scenario. Then `auto` has used events, which give the same files twice.
    """
    with tempfile.TemporaryDirectory() as place:
        events = results(scenario, "events", Path(place, "events"))
        auto = results(scenario, "auto", Path(place, "auto"))
        engine = json.loads(auto[MANIFEST])["engine"]
        found = differences("auto", auto, events)
        if engine["used"] != "columns":
            try:
                columns = results(scenario, "columns", Path(place, "columns"))
            except ScenarioError:
                pass
            else:
                found += differences("columns", columns, events)
    return Agreement(engine["used"], engine["why"] or "", tuple(found))


def results(scenario: Scenario, engine: str, out: Path) -> dict[str, bytes]:
    """The files of a run's results, by their names; raises ScenarioError if the engine refuses the scenario."""
    from icnsim import experiment

    run = experiment.run(scenario, out=out, engine=engine)
    assert run.folder is not None
    files = sorted(path for path in run.folder.rglob("*") if path.is_file())
    return {str(path.relative_to(run.folder)): path.read_bytes() for path in files}


def differences(name: str, found: Mapping[str, bytes], wanted: Mapping[str, bytes]) -> list[str]:
    """The files that differ, each with its differences."""
    differences = []
    for file in sorted({*found, *wanted} - {MANIFEST}):
        if file not in found or file not in wanted:
            differences.append(f"{name}: {file} is only in the results of {'events' if file in wanted else name}")
        elif found[file] != wanted[file]:
            differences.append(f"{name}: {file}: {_details(file, found[file], wanted[file])}")
    return differences


def _details(file: str, found: bytes, wanted: bytes) -> str:
    """The differences between two versions of a file, in words."""
    if file.endswith(".parquet"):
        return _columns(found, wanted)
    if file.endswith(".json"):
        one, other = _flat(json.loads(found)), _flat(json.loads(wanted))
        keys = [key for key in sorted({*one, *other}) if one.get(key) != other.get(key)]
        return "; ".join(f"{key} {one.get(key)} against {other.get(key)}" for key in keys[:10])
    return "its bytes"


def _columns(found: bytes, wanted: bytes) -> str:
    """The columns of a table that differ, with the first row in which each one does."""
    import pyarrow as pa

    one, other = (pq.read_table(pa.BufferReader(content)) for content in (found, wanted))
    if one.column_names != other.column_names or one.num_rows != other.num_rows:
        return f"{one.num_rows} rows against {other.num_rows}"
    differences = []
    for column in one.column_names:
        pairs = enumerate(zip(one[column].to_pylist(), other[column].to_pylist(), strict=True))
        rows = [(row, a, b) for row, (a, b) in pairs if a != b]
        if rows:
            row, a, b = rows[0]
            differences.append(f"{column} in {len(rows)} of {one.num_rows} rows, first row {row}: {a} against {b}")
    return "; ".join(differences) or "the values are equal, the bytes are not"


def _flat(value: object, key: str = "") -> dict[str, object]:
    """The leaves of a document, by dotted keys."""
    if not isinstance(value, dict):
        return {key: value}
    return {path: leaf for name, part in value.items() for path, leaf in _flat(part, f"{key}.{name}").items()}
