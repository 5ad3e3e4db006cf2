"""The small scenarios of the table. All loops tick at 0, and all times are known in advance."""

import json
import tempfile
from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Final

from icnsim.recording.columns import Recording
from icnsim.scenario import Scenario, loads
from icnsim.simulation import simulate

S: Final = 1_000_000

MIGRATION: Final = """
name: cells
executors: [{group: a, count: 1}, {group: b, count: 1, hosts_actors: false},
            {group: c, count: 1}, {group: d, count: 1, hosts_actors: false}]
actors: {count: 2}
network: {latency: 4s, gossip: {delay: 0s, messages: []}}
stages: {evaluation: 10s, checkpoint: 20s, restore: 10s}
manager: {phase: aligned, timeout: 10min}
drain: 30min
workload: {trigger: {trace: {file: trace.csv}}}
record: {messages: true}
"""
"""Actor-0 goes from a-0 to b-0 from 0 s on, and actor-1 from c-0 to d-0, which no fault affects."""

STEPS: Final = {
    "requested": 0, "admitted": 14, "accepted": 18, "checkpointed": 38, "transferred": 42, "restored": 52,
    "completed": 56,
}  # fmt: skip
"""Each step of a migration, s: messages take 4 s, the evaluation and the restore 10 s, the checkpoint 20 s."""

TASK: Final = """
name: cells
executors: [{group: gate, count: 1, weight: 0}, {group: run, count: 1, hosts_actors: false}]
network: {latency: 4s, gossip: {delay: 0s, messages: []}}
manager: {phase: aligned}
drain: 30min
workload: {trigger: {submissions: {file: bodies.jsonl}}}
record: {messages: true}
"""
"""A task is submitted to gate-0 at 0 s, begins at run-0 at 4 s, and its result is at gate-0 4 s after its end."""


@cache
def _loaded(text: str, files: tuple[tuple[str, str], ...], changes: str) -> Scenario:
    with tempfile.TemporaryDirectory() as folder:
        for name, content in files:
            Path(folder, name).write_text(content)
        return loads(text, Path(folder), overrides=json.loads(changes))


def loaded(text: str, faults: Sequence[str], changes: Mapping[str, object], **files: str) -> Scenario:
    """A scenario with faults and changes; `trace` and `bodies` are the contents of its files."""
    whole = text + ("faults:\n" + "".join(f"  - {{{fault}}}\n" for fault in faults) if faults else "")
    names = {"trace": "trace.csv", "bodies": "bodies.jsonl"}
    named = tuple((names[name], content) for name, content in sorted(files.items()))
    return _loaded(whole, named, json.dumps(changes))


def run(text: str, faults: Sequence[str], changes: Mapping[str, object], **files: str) -> Recording:
    """The run of such a scenario."""
    return simulate(loaded(text, faults, changes, **files))


TRACE: Final = "at_s,actor,target\n0,actor-0,b-0\n0,actor-1,d-0\n"


def migration(faults: Sequence[str], changes: Mapping[str, object]) -> Recording:
    """The two migrations."""
    return run(MIGRATION, faults, changes, trace=TRACE)


def step(recording: Recording, name: str, row: int = 0) -> float | None:
    """The time of a step of an attempt, s."""
    at = int(recording.attempts[name][row])
    return None if at < 0 else at / S


def steps(recording: Recording, row: int) -> list[float | None]:
    """The times of all steps of an attempt."""
    return [step(recording, name, row) for name in STEPS]
