"""Corners of the schema: small scenarios from values at which something is empty, zero or alone.

Each section takes one of a few such values. A combination of them reaches divisions by counts that are zero, and parts
that do not exist.
"""

import json
import random
from collections.abc import Mapping
from typing import Any, Final

_ONE: Final = {"group": "a", "count": 1}
_FAR: Final = {"group": "b", "count": 1, "behavior": "unresponsive"}
_SUBMISSIONS: Final = {"submissions": {"file": "tasks.jsonl"}}
ALWAYS: Final = ("executors", "duration", "actors")
SECTIONS: Final[Mapping[str, tuple[Any, ...]]] = {
    "executors": (
        [_ONE], [{**_ONE, "parts": ["policy"]}], [{**_ONE, "count": 2, "behavior": "unresponsive"}], [_ONE, _FAR],
        [{**_ONE, "region": "eu"}, {**_FAR, "region": "ap"}], [{**_ONE, "count": 2, "parts": []}],
        [{**_ONE, "count": 3, "parts": ["migration_manager"]}], [{**_ONE, "count": 2, "capacity": {"queue": 30}}],
    ),
    "duration": ("1us", "1ms", "1s", "60s"),
    "drain": ("0s", "1us", "10min"),
    "warmup": ("0s", "0s", "1us"),
    "actors": (
        {"count": 1}, {"count": 1, "state_size": "0B"}, {"mode": {"wasm_stateful": {}}}, {"count": 2, "load": 0.9},
    ),
    "network": (
        {"latency": "0s"}, {"bandwidth": "1MiB/s", "sharing": "link"}, {"bandwidth": "1MiB/s", "sharing": "executor"},
        {"loss": 1.0}, {"latency": {"distribution": "exponential", "mean": "60s"}},
    ),
    "checkpoints": ({"store_bandwidth": "1MiB/s"}, {"time": "1us"}),
    "manager": (
        {"enabled": False}, {"tracked_states": []}, {"timeout": "1ms"}, {"retention": "0s"},
        {"detector": {"kind": "deadline"}}, {"detector": {"kind": "wheel", "tick": "1s"}},
        {"detector": {"kind": "phi-accrual"}}, {"detector": {"kind": "chen"}},
    ),
    "protocol": ({"profile": "hardened"}, {"profile": "as-committed"}),
    "workload": (
        {"migrations": 1}, {"arrivals": {"rate": "1/s"}}, {"trigger": "policy"}, {"trigger": _SUBMISSIONS},
        {"trigger": [_SUBMISSIONS, "arrivals"], "arrivals": {"rate": "1/s"}},
    ),
    "record": ({"timeline": None, "manager": False}, {"messages": True}),
    "quorum": ({"enabled": True}, {"enabled": True, "executors": 1}),
    "stages": ({"evaluation": "0s", "checkpoint": "0s", "restore": "0s"},),
    "retry": ({"enabled": True},),
    "trust": ({"enabled": True},),
    "policy": ({"kind": "default"},),
    "faults": (
        [{"kind": "crash", "executors": "a-0", "at": "0s"}],
        [{"kind": "drain", "executors": "*", "at": "0s", "for": "5s"}],
        [{"random": {"mtbf": "5s", "mttr": "5s", "kinds": ["crash"]}}],
    ),
}  # fmt: skip


def document(pick: random.Random) -> dict[str, Any]:
    """The data of a scenario; most are valid, or become valid without a section."""
    chosen: dict[str, Any] = {"name": "corner"}
    for name, values in SECTIONS.items():
        if name in ALWAYS or pick.random() < 0.4:
            chosen[name] = json.loads(json.dumps(pick.choice(values)))
    return chosen
