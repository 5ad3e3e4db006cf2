"""Small scenarios of submitted tasks, whose times are known in advance.

Tasks are submitted to `gate-0`, which runs none itself, and run on executors `run-…`. A message takes 200 ms, all
loops tick at 0, 10 s, 20 s and so on: a task of 10 s that is submitted at t begins at t + 0.2 s and is known to have
ended at t + 10.4 s.
"""

import json
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from icnsim.recording.columns import Recording
from icnsim.recording.tasks import BECAME, OUTCOMES
from icnsim.scenario import Scenario, loads
from icnsim.simulation import simulate

S = 1_000_000
NEVER = -1
MIB = 2**20

BASE = """
name: submitted
executors:
  - {group: gate, count: 1, weight: 0}
  - {group: run, count: RUNNERS, hosts_actors: false}
network: {gossip: {delay: 0s, messages: []}}
manager: {phase: aligned}
drain: 10min
workload: {trigger: {submissions: {file: bodies.jsonl}}}
record: {messages: true}
"""

Body = Mapping[str, Any]


def stateful(interval: int = 3, largest: int = 10 * MIB, kind: str = "Stateful", **more: Any) -> dict[str, Any]:
    """The fields of a body that make its task a stateful actor."""
    mode = {"checkpoint_interval_secs": interval, "max_state_size_bytes": largest}
    return {"actor_mode": {kind: mode}, **more}


def scenario(
    bodies: Sequence[Body], changes: Mapping[str, object] | None = None, *faults: str, runners: int = 1
) -> Scenario:
    """A small scenario to which these bodies are submitted; missing fields are filled in."""
    text = BASE.replace("RUNNERS", str(runners))
    text += "faults:\n" + "".join(f"  - {{{fault}}}\n" for fault in faults) if faults else ""
    lines = [json.dumps({"at_s": 0, "id": f"t{number}", "code": "x", **body}) for number, body in enumerate(bodies)]
    with tempfile.TemporaryDirectory() as folder:
        Path(folder, "bodies.jsonl").write_text("\n".join(lines))
        return loads(text, Path(folder), overrides=dict(changes or {}))


def simulated(
    bodies: Sequence[Body], changes: Mapping[str, object] | None = None, *faults: str, runners: int = 1
) -> Recording:
    """The outcomes of these bodies."""
    return simulate(scenario(bodies, changes, *faults, runners=runners))


def task(run: Recording, number: int = 0) -> dict[str, Any]:
    """The row of a task; times in s, its outcome by its name."""
    assert run.tasks is not None
    row = {name: int(column[number]) for name, column in run.tasks.items()}
    times = {name: None if row[name] == NEVER else row[name] / S for name in ("submitted", "deadline", "ended")}
    return {**row, **times, "outcome": OUTCOMES[row["outcome"]]}


def execution(run: Recording, number: int = 0) -> dict[str, Any]:
    """The row of an executor's run of a task; times in s, its outcome by its name."""
    assert run.executions is not None
    row = {name: int(column[number]) for name, column in run.executions.items()}
    times = {
        name: None if row[name] == NEVER else row[name] / S
        for name in ("began", "ended", "work", "standing", "work_lost", "waited")
    }
    return {**row, **times, "outcome": BECAME[row["outcome"]]}


def ended(run: Recording, number: int = 0) -> tuple[str, float | None]:
    """How a task ended and when, s."""
    row = task(run, number)
    return row["outcome"], row["ended"]
