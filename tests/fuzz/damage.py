"""Damaged results: a value, a table, a file or the manifest of a result is changed, and a command reads it.

The manifest of most damaged results is corrected, so that the damage is not found by the hashes.
"""

import hashlib
import io
import json
import random
import tempfile
from functools import cache
from pathlib import Path
from typing import Any, Final

import pyarrow as pa
import pyarrow.parquet as pq

from tests.fuzz import mutation, schema
from tests.fuzz.commandline import called
from tests.fuzz.commands import SMALL
from tests.fuzz.given import SCENARIO, Input

Files = dict[str, bytes]

MADE_BY: Final = (
    ("run", SCENARIO),
    ("run", SCENARIO, "--set", "workload={trigger: {submissions: {file: tasks.jsonl}}}", "--set", "name=tasks"),
    ("sweep", SCENARIO, "--vary", "manager.timeout=30s,60s", "--replications", "2", "--jobs", "1"),
    ("check", SCENARIO, "--seeds", "2", "--tries", "3", "--jobs", "1"),
    ("rare", SCENARIO, "--event", "false_positive", "--population", "20", "--repetitions", "2", "--jobs", "1"),
    ("recommend", SCENARIO, "--vary", "manager.timeout=30s,60s", "--minimize", "migration_duration.mean",
     "--subject-to", "completed_share>=10%", "--replications", "2", "--jobs", "1"),
    ("compare", SCENARIO, "--detectors", "--replications", "2", "--jobs", "1"),
)  # fmt: skip
"""The commands whose results are damaged."""
TASK: Final = b'{"at_s": 1, "id": "t", "code": "x"}\n'
NAME: Final = "results/one"
"""The folder of the damaged result."""
PLOTS: Final = ("detection-total", "qos", "migration-duration", "records", "warmup", "actors", "tick-cost", "success",
                "success-by-time", "migration", "lines", "heatmap", "front", "tornado", "task-time")  # fmt: skip


@cache
def made(arguments: tuple[str, ...]) -> Files:
    """The files of the result of a command."""
    with tempfile.TemporaryDirectory(prefix="icnsim-fuzz-") as folder:
        place = Path(folder)
        Input({SCENARIO: SMALL.encode(), "tasks.jsonl": TASK}).write(place)
        end = called((*arguments, "--out", "out", "--quiet"), place)
        if end.code not in (0, 1):
            raise RuntimeError(f"{arguments}: {end.messages}")
        return max((_read(each.parent) for each in place.glob("out/*/*/manifest.json")), key=_own)


def _read(folder: Path) -> Files:
    return {str(path.relative_to(folder)): path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file()}


def _own(files: Files) -> bool:
    """Whether a result is the command's own: a recommendation and a comparison write sweeps, too."""
    return "points.parquet" not in files or "recommendation.json" in files


def some(pick: random.Random) -> Input:
    """A damaged result and a command that reads it."""
    files = dict(made(pick.choice(MADE_BY)))
    for _ in range(pick.choice((1, 1, 1, 2))):
        _damage(files, pick)
    if pick.random() < 0.9 and "manifest.json" in files:
        _correct(files)
    commands = (
        ("report", NAME, "--output", "-"), ("report", NAME, "--output", "-"), ("report", NAME, NAME, "--output", "-"),
        ("plot", NAME, "--kind", pick.choice(PLOTS), "--output", "plot.svg"),
        ("plot", NAME, "--kind", pick.choice(PLOTS), "--output", "plot.svg"),
        ("metrics", NAME), ("trace", NAME, "--output", "trace.json"), ("trace", NAME, "--migration", "0"),
        ("explore", f"{NAME}/scenario.yaml", "--out", "-"), ("list", "results"),
    )  # fmt: skip
    return Input({f"{NAME}/{name}": content for name, content in files.items()}, commands=(pick.choice(commands),))


def _damage(files: Files, pick: random.Random) -> None:
    name = pick.choice(sorted({*files, "summary.json", "manifest.json"} & files.keys()))
    if pick.random() < 0.5 and "summary.json" in files:
        name = "summary.json"
    if pick.random() < 0.05:
        del files[name]
    elif name.endswith(".json") and pick.random() < 0.9:
        files[name] = _document(files[name], pick)
    elif name.endswith(".parquet") and pick.random() < 0.8:
        files[name] = _table(files[name], pick)
    else:
        files[name] = mutation.bytes_of(files[name], pick, pick.choice((1, 3)))


def _document(content: bytes, pick: random.Random) -> bytes:
    """A JSON document with a value that is changed or removed."""
    try:
        document = json.loads(content)
    except ValueError:
        return content
    parent: Any = document
    while isinstance(parent, dict | list) and parent:
        key = pick.choice([*parent]) if isinstance(parent, dict) else pick.randrange(len(parent))
        if isinstance(parent[key], dict | list) and parent[key] and pick.random() < 0.85:
            parent = parent[key]
            continue
        if pick.random() < 0.25:
            del parent[key]
        else:
            parent[key] = pick.choice((None, None, "x", 1.5, -1, [], {}, True, 10**30, pick.choice(schema.ANYTHING)))
        break
    return json.dumps(document, indent=2).encode()


def _table(content: bytes, pick: random.Random) -> bytes:
    """A table with a column that is removed, of another type or empty, or with other rows."""
    try:
        table = pq.read_table(io.BytesIO(content))
    except (pa.ArrowException, OSError):
        return content
    if table.num_columns:
        at = pick.randrange(table.num_columns)
        how = pick.randrange(6)
        name, rows = table.column_names[at], table.num_rows
        if how == 0:
            table = table.remove_column(at)
        elif how == 1:
            table = table.set_column(at, name, pa.array(["x"] * rows))
        elif how == 2:
            table = table.set_column(at, name, pa.nulls(rows, table.column(at).type))
        elif how == 3:
            table = table.set_column(at, name, pa.array([float("nan")] * rows))
        elif how == 4:
            table = table.slice(0, pick.choice((0, rows // 2)))
        else:
            table = table.rename_columns([f"{each}x" if each == name else each for each in table.column_names])
    file = io.BytesIO()
    pq.write_table(table, file)
    return file.getvalue()


def _correct(files: Files) -> None:
    """Write the hashes and sizes of the files into the manifest."""
    try:
        manifest = json.loads(files["manifest.json"])
        others = {name: content for name, content in files.items() if name != "manifest.json"}
        manifest["files"] = {name: hashlib.sha256(content).hexdigest() for name, content in others.items()}
        manifest["sizes"] = {name: len(content) for name, content in others.items()}
    except (ValueError, TypeError):
        return
    files["manifest.json"] = json.dumps(manifest).encode()
