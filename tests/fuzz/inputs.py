"""The inputs of the fuzzer: a scenario, its data files, and settings as `--set` takes them.

The kind, the seed and the number of an input determine it, so that a failure can be repeated. See KINDS.
"""

import json
import random
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Final

from icnsim.scenario.resolved import every_key
from tests.engines import generator
from tests.fuzz import mutation, schema

SCENARIO: Final = "scenario.yaml"
SHIPPED: Final = Path(__file__).parents[2] / "scenarios"
_PLAIN: Final = (
    "name: fuzz\nduration: 60s\ndrain: 3min\nexecutors: [{group: base, count: 4%s}, {group: far, count: 2%s}]\n"
)
TABLES: Final[Mapping[str, tuple[str, str]]] = {
    "trust": (
        _PLAIN % ("", "") + "trust: {initial: {file: data.csv}}\nworkload: {target: trust, arrivals: {rate: 1/s}}\n",
        "executor,trust\nbase-0,0.5\nbase-1,0.5\nbase-2,1\nbase-3,0.25\nfar-0,0\nfar-1,0.75\n",
    ),
    "matrix": (
        _PLAIN % (", region: eu", ", region: ap") + "network: {matrix: data.csv}\nworkload: {arrivals: {rate: 1/s}}\n",
        "region,eu,ap\neu,10,220.5\nap,220.5,8\n",
    ),
    "profile": (
        _PLAIN % ("", "") + "workload: {arrivals: {rate: 1/s, profile: {file: data.csv, period: 100s}}}\n",
        "at_s,factor\n0,0.5\n20,0\n50,2\n",
    ),
    "empirical": (
        _PLAIN % ("", "") + "network: {latency: {distribution: empirical, file: data.csv, column: took_s}}\n"
        "workload: {arrivals: {rate: 1/s}}\n",
        "took_s,note\n0.5,\n1.5,x\n0,y\n80,\n",
    ),
}  # fmt: skip
"""For each kind of table except traces: a scenario that names data.csv, and the table."""


@dataclass(frozen=True, slots=True)
class Input:
    """One input.

    Attributes
    ----------
    files : the content of each file in the folder, also of scenario.yaml.
    settings : dotted keys and their texts.
    """

    files: Mapping[str, bytes]
    settings: Mapping[str, str]

    def write(self, folder: Path) -> Path:
        """Write the files, and return the path of the scenario."""
        for name, content in self.files.items():
            (folder / name).write_bytes(content)
        return folder / SCENARIO

    def dumps(self, **more: object) -> str:
        """The input as JSON; bytes that are not UTF-8 are escaped."""
        files = {name: content.decode("utf-8", "surrogateescape") for name, content in self.files.items()}
        return json.dumps({**more, "settings": dict(self.settings), "files": files}, indent=1) + "\n"


def loads(text: str) -> Input:
    """The input that `Input.dumps` has written."""
    data = json.loads(text)
    files = {name: content.encode("utf-8", "surrogateescape") for name, content in data["files"].items()}
    return Input(files, data["settings"])


def made(kind: str, seed: int, number: int) -> Input:
    """The input of that kind, seed and number."""
    return KINDS[kind](random.Random(f"fuzz/{kind}/{seed}/{number}"))


def _document(pick: random.Random) -> dict[str, Any]:
    """The data of a valid scenario, of the kinds that the tests of the engines have."""
    make = pick.choice((generator.document, generator.events_document))
    document: dict[str, Any] = json.loads(json.dumps(make(pick.randrange(10**6))))
    return document


def _yaml(document: dict[str, Any]) -> bytes:
    return generator.text_of(document).encode("utf-8", "surrogatepass")


@cache
def _data() -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in sorted(generator.DATA.iterdir())}


def _scenarios(pick: random.Random) -> Input:
    """A valid scenario with one to six keys that the schema allows, or almost allows."""
    document = schema.changed(_document(pick), pick, pick.choice((1, 1, 2, 3, 6)))
    return Input({**_data(), SCENARIO: _yaml(document)}, {})


def _grown(pick: random.Random) -> Input:
    """A scenario that is drawn from the schema alone, on top of a small workload."""
    document = {**schema.mapping(schema.schema(), pick), "name": "grown", "duration": "30s", "sweep": {}, "expect": {}}
    return Input({**_data(), SCENARIO: _yaml(document)}, {})


def _bytes(pick: random.Random) -> Input:
    """A shipped or a generated scenario with changed bytes."""
    content = pick.choice(_shipped()) if pick.random() < 0.4 else _yaml(_document(pick))
    return Input({**_data(), SCENARIO: mutation.bytes_of(content, pick, pick.choice((1, 1, 2, 4)))}, {})


def _submissions(pick: random.Random) -> Input:
    """A file of submitted tasks with changed bytes or fields."""
    triggers = ("{submissions: {file: tasks.jsonl}}", "[{submissions: {file: tasks.jsonl}}, arrivals]")
    more = ("", "quorum: {enabled: true}\n", "protocol: {profile: hardened}\n", "protocol: {profile: as-committed}\n")
    text = _PLAIN % ("", "") + f"workload: {{trigger: {pick.choice(triggers)}}}\n" + pick.choice(more)
    lines = _data()["tasks.jsonl"].splitlines()
    for _ in range(pick.choice((1, 1, 3))):
        at = pick.randrange(len(lines))
        lines[at] = json.dumps(_body(json.loads(lines[at]), pick)).encode()
    content = b"\n".join(lines) + b"\n"
    if pick.random() < 0.4:
        content = mutation.bytes_of(content, pick, pick.choice((1, 3)))
    return Input({"tasks.jsonl": content, SCENARIO: text.encode()}, {})


def _body(body: Any, pick: random.Random) -> Any:
    if not isinstance(body, dict):
        return body
    known = ("at_s", "id", "task_id", "code", "actor_mode", "deadline_ms", "resource_profile", "priority", "fuel_limit",
             "inputs", "max_cost", "Stateful", "checkpoint_interval_secs", "x")  # fmt: skip
    key = pick.choice((*body, pick.choice(known)))
    if isinstance(body.get(key), dict) and pick.random() < 0.6:
        return {**body, key: _body(body[key], pick)}
    return {**body, key: pick.choice(schema.ANYTHING)}


def _traces(pick: random.Random) -> Input:
    """A trace with changed lines, cells or bytes."""
    name = pick.choice(("times.csv", "actors.csv", "targets.csv"))
    text = _PLAIN % ("", "") + f"actors: {{count: 8}}\nworkload: {{trigger: {{trace: {{file: {name}}}}}}}\n"
    return Input({name: _table(_data()[name], pick), SCENARIO: text.encode()}, {})


def _matrices(pick: random.Random) -> Input:
    """A matrix, a table of trust, a profile or measured values with changed lines, cells or bytes."""
    text, content = TABLES[pick.choice(sorted(TABLES))]
    return Input({"data.csv": _table(content.encode(), pick), SCENARIO: text.encode()}, {})


def _table(content: bytes, pick: random.Random) -> bytes:
    times = pick.choice((1, 1, 2, 4))
    return mutation.table(content, pick, times) if pick.random() < 0.6 else mutation.bytes_of(content, pick, times)


def _settings(pick: random.Random) -> Input:
    """A valid scenario with settings of any key and text."""
    settings = {}
    for _ in range(pick.choice((1, 1, 2, 3))):
        path, part = schema.place(pick)
        key = pick.choice(_keys()) if pick.random() < 0.1 else ".".join(path).replace("executors.", "executors.0.")
        if pick.random() < 0.1:
            key = mutation.bytes_of(key.encode(), pick, 1).decode("utf-8", "replace")
        text = json.dumps(schema.value({} if pick.random() < 0.1 else part, pick))
        if pick.random() < 0.2:
            text = mutation.bytes_of(text.encode(), pick, pick.choice((1, 3))).decode("utf-8", "replace")
        settings[key] = text
    return Input({**_data(), SCENARIO: _yaml(_document(pick))}, settings)


@cache
def _shipped() -> tuple[bytes, ...]:
    """The shipped scenarios that name no data file."""
    every = (path.read_bytes() for path in sorted(SHIPPED.glob("*.yaml")))
    return tuple(content for content in every if b".csv" not in content and b".jsonl" not in content)


@cache
def _keys() -> tuple[str, ...]:
    return tuple(dict.fromkeys(f"{name}" for name, *_ in every_key()))


KINDS: Final[Mapping[str, Callable[[random.Random], Input]]] = {
    "scenarios": _scenarios,
    "grown": _grown,
    "bytes": _bytes,
    "submissions": _submissions,
    "traces": _traces,
    "matrices": _matrices,
    "settings": _settings,
}
"""The kinds of inputs, each with the function that makes one."""
