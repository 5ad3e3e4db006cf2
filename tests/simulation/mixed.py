"""Small scenarios in which tasks are submitted and actors migrate, whose times are known in advance.

Tasks are submitted to `gate-0` and run on `run-0` and `run-1`. A message takes 200 ms, an evaluation 100 ms, a final
checkpoint 1 s, a restore 500 ms; all loops tick at 0, 10 s, 20 s and so on. A trace says what migrates. A migration of
an actor at t pauses it at t + 0.5 s, runs it at its target from t + 2.2 s on, and completes at its source at t + 2.4 s.
"""

import json
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path

from icnsim.recording.columns import Recording
from icnsim.scenario import Scenario, loads
from icnsim.simulation import simulate
from tests.simulation.submitted import Body

BASE = """
name: mixed
executors:
  - {group: gate, count: 1, weight: 0}
  - {group: run, count: 2, hosts_actors: false}
network: {gossip: {delay: 0s, messages: []}}
stages: {checkpoint: 1s}
manager: {phase: aligned, check_interval: 10s, tracked_states: [requesting, checkpointing, transferring, restoring]}
duration: 10min
drain: 10min
workload: {trigger: [{submissions: {file: bodies.jsonl}}, {trace: {file: trace.csv}}]}
tasks: {run_time: 60s}
record: {messages: true}
"""

Move = tuple[float, str, str]
"""The time of a migration (s), its actor and its target."""


def mixed(
    bodies: Sequence[Body], moves: Sequence[Move], changes: Mapping[str, object] | None = None, *faults: str
) -> Scenario:
    """A small scenario to which these bodies are submitted, and in which these actors are to migrate."""
    text = BASE + ("faults:\n" + "".join(f"  - {{{fault}}}\n" for fault in faults) if faults else "")
    lines = [json.dumps({"at_s": 0, "id": f"t{number}", "code": "x", **body}) for number, body in enumerate(bodies)]
    trace = "at_s,actor,target\n" + "".join(f"{at},{actor},{target}\n" for at, actor, target in moves)
    with tempfile.TemporaryDirectory() as folder:
        Path(folder, "bodies.jsonl").write_text("\n".join(lines))
        Path(folder, "trace.csv").write_text(trace)
        return loads(text, Path(folder), overrides=dict(changes or {}))


def run(
    bodies: Sequence[Body], moves: Sequence[Move], changes: Mapping[str, object] | None = None, *faults: str
) -> Recording:
    """The recording of such a scenario."""
    return simulate(mixed(bodies, moves, changes, *faults))
