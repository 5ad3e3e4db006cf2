"""The inputs of the fuzzer: a scenario with its data files and settings, or commands and the files that they read.

An input of a kind, a seed and a number is made in up to some attempts. An attempt that is refused with a message is
followed by another one: without the refused keys, or with other changes. Hence most numbers end with an input that
runs, and the refusals on the way are tried, too. The kind, the seed and the number determine all attempts. See KINDS.
"""

import json
import random
from collections.abc import Callable, Generator, Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any, Final

import yaml

from icnsim.scenario.resolved import every_key
from tests.engines import generator
from tests.fuzz import commands, corners, damage, mutation, repair, schema
from tests.fuzz.given import SCENARIO, Input

Attempts = Generator[Input, Sequence[str], None]
"""The attempts of a number; each one receives the keys of its problems if it is refused."""
REPAIRS: Final = 8
SETTINGS: Final = 5
"""The most attempts of a number."""
FEW: Final = 30
MANY: Final = 200
"""Migrations of a generated scenario: most runs are short, because their kinds matter more than their length."""
SHORT: Final = {"duration": "20s", "warmup": "0s", "drain": "90s"}
"""The settings with which a shipped scenario runs quickly."""
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


def attempts(kind: str, seed: int, number: int) -> Attempts:
    """The attempts of that kind, seed and number."""
    return KINDS[kind](random.Random(f"fuzz/{kind}/{seed}/{number}"))


def _tries(make: Callable[[random.Random], Input], most: int) -> Callable[[random.Random], Attempts]:
    """The attempts of inputs that are made anew each time."""

    def made(pick: random.Random) -> Attempts:
        for _ in range(most):
            yield make(pick)

    return made


class _Dumper(yaml.CSafeDumper):
    """Writes as the generator of scenarios does, in a fifth of the time."""

    def ignore_aliases(self, _: object) -> bool:
        return True


def _document(pick: random.Random) -> dict[str, Any]:
    """The data of a valid scenario, of the kinds that the tests of the engines have."""
    make = pick.choice((generator.document, generator.events_document))
    document: dict[str, Any] = json.loads(json.dumps(make(pick.randrange(10**6))))
    workload = document["workload"]
    if workload.get("trigger", "arrivals") == "arrivals":
        workload["migrations"] = min(workload.get("migrations", FEW), pick.choice((3, FEW, FEW, MANY)))
    return document


def _yaml(document: dict[str, Any]) -> bytes:
    text: str = yaml.dump(document, Dumper=_Dumper, sort_keys=False, default_flow_style=None, allow_unicode=True)
    return text.encode("utf-8", "surrogatepass")


@cache
def _data() -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in sorted(generator.DATA.iterdir())}


def _repaired(document: dict[str, Any]) -> Attempts:
    """The scenario, and then without the keys that were refused."""
    for _ in range(REPAIRS):
        refused = yield Input({**_data(), SCENARIO: _yaml(document)})
        for key in refused:
            repair.remove(document, key)


def _scenarios(pick: random.Random) -> Attempts:
    """A valid scenario with one to six keys that the schema allows, or almost allows."""
    yield from _repaired(schema.changed(_document(pick), pick, pick.choice((1, 1, 2, 3, 6))))


def _grown(pick: random.Random) -> Attempts:
    """A scenario that is drawn from the schema alone; half of them submit tasks."""
    document = {**schema.mapping(schema.schema(), pick), "name": "grown", "duration": "30s", "sweep": {}, "expect": {}}
    if pick.random() < 0.5:
        document["workload"] = {
            "trigger": [{"submissions": {"file": "tasks.jsonl"}}, "arrivals"],
            "arrivals": {"rate": "1/s"},
        }
    yield from _repaired(document)


def _corners(pick: random.Random) -> Attempts:
    """A scenario of values at which something is empty, zero or alone."""
    yield from _repaired(corners.document(pick))


def _bytes(pick: random.Random) -> Input:
    """A shipped or a generated scenario with changed bytes."""
    shipped = pick.random() < 0.15
    content = pick.choice(_shipped()) if shipped else _yaml(_document(pick))
    changed = mutation.bytes_of(content, pick, pick.choice((1, 1, 2, 4)))
    return Input({**_data(), SCENARIO: changed}, SHORT if shipped else {})


def _submissions(pick: random.Random) -> Input:
    """A file of submitted tasks with changed bytes or fields."""
    triggers = ("{submissions: {file: tasks.jsonl}}", "[{submissions: {file: tasks.jsonl}}, arrivals]")
    more = ("", "quorum: {enabled: true}\n", "protocol: {profile: hardened}\n", "protocol: {profile: as-committed}\n")
    text = (
        _PLAIN % ("", "")
        + f"workload: {{trigger: {pick.choice(triggers)}, arrivals: {{rate: 1/s}}}}\n"
        + pick.choice(more)
    )
    lines = _data()["tasks.jsonl"].splitlines()
    for _ in range(pick.choice((1, 1, 3))):
        at = pick.randrange(len(lines))
        lines[at] = json.dumps(_body(json.loads(lines[at]), pick)).encode()
    content = b"\n".join(lines) + b"\n"
    if pick.random() < 0.4:
        content = mutation.bytes_of(content, pick, pick.choice((1, 3)))
    return Input({"tasks.jsonl": content, SCENARIO: text.encode()})


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
    return Input({name: _table(_data()[name], pick), SCENARIO: text.encode()})


def _matrices(pick: random.Random) -> Input:
    """A matrix, a table of trust, a profile or measured values with changed lines, cells or bytes."""
    text, content = TABLES[pick.choice(sorted(TABLES))]
    return Input({"data.csv": _table(content.encode(), pick), SCENARIO: text.encode()})


def _table(content: bytes, pick: random.Random) -> bytes:
    times = pick.choice((1, 1, 2, 4))
    return mutation.table(content, pick, times) if pick.random() < 0.6 else mutation.bytes_of(content, pick, times)


def _settings(pick: random.Random) -> Attempts:
    """A valid scenario with settings of any key and text; refused ones are replaced by others."""
    document, settings = _yaml(_document(pick)), dict[str, str]()
    wanted = pick.choice((1, 1, 2, 3))
    for _ in range(SETTINGS):
        while len(settings) < wanted:
            key, text = _setting(pick)
            settings[key] = text
        refused = yield Input({**_data(), SCENARIO: document}, dict(settings))
        bad = [key for key in settings if any(problem.startswith(key) for problem in refused)]
        for key in bad or list(settings):
            del settings[key]


def _setting(pick: random.Random) -> tuple[str, str]:
    path, part = schema.place(pick)
    key = pick.choice(_keys()) if pick.random() < 0.1 else ".".join(path).replace("executors.", "executors.0.")
    if pick.random() < 0.1:
        key = mutation.bytes_of(key.encode(), pick, 1).decode("utf-8", "replace")
    text = json.dumps(schema.value({} if pick.random() < 0.1 else part, pick))
    if pick.random() < 0.2:
        text = mutation.bytes_of(text.encode(), pick, pick.choice((1, 3))).decode("utf-8", "replace")
    return key, text


@cache
def _shipped() -> tuple[bytes, ...]:
    """The shipped scenarios that name no data file."""
    every = (path.read_bytes() for path in sorted(SHIPPED.glob("*.yaml")))
    return tuple(content for content in every if b".csv" not in content and b".jsonl" not in content)


@cache
def _keys() -> tuple[str, ...]:
    return tuple(dict.fromkeys(f"{name}" for name, *_ in every_key()))


KINDS: Final[Mapping[str, Callable[[random.Random], Attempts]]] = {
    "scenarios": _scenarios,
    "grown": _grown,
    "corners": _corners,
    "bytes": _tries(_bytes, 6),
    "submissions": _tries(_submissions, 6),
    "traces": _tries(_traces, 4),
    "matrices": _tries(_matrices, 4),
    "settings": _settings,
    "commands": _tries(commands.some, 3),
    "results": _tries(damage.some, 1),
}
"""The kinds of inputs, each with the function that makes its attempts."""
_SCENARIOS: Final = ("scenarios", "grown", "corners", "bytes", "submissions", "traces", "matrices", "settings")
ORDER: Final = (*7 * _SCENARIOS, "commands", "results", "results")
"""The kinds of consecutive numbers: commands take ten times as long as scenarios."""
