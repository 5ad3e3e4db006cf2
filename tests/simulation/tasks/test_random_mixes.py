"""Random scenarios in which tasks run, actors migrate and faults happen: the laws of conservation hold in each.

`simulate` raises if a law of `recording.conservation` is broken. With every fix on, no invariant is violated either.
"""

import json
import random
import tempfile
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import yaml

from icnsim.recording import arrow
from icnsim.recording.columns import Recording
from icnsim.recording.summary import summarise
from icnsim.scenario import Scenario, loads
from icnsim.simulation import simulate

COUNT = 42
EXECUTORS = ("run-*", "run-0", "run-1", "gate-0")


def fault(pick: random.Random) -> dict[str, Any]:
    """A fault of a random kind."""
    kind = pick.choice((*["crash"] * 4, "pause", "unresponsive", "slow", "partition", "loss", "clock_step",
                        "corrupt_checkpoint", "forge"))  # fmt: skip
    found: dict[str, Any] = {"kind": kind, "at": f"{pick.randint(1, 300)}s"}
    if kind == "partition":
        return {**found, "from": "run-0", "to": ["run-1", "gate-0"], "for": "40s"}
    if kind == "loss":
        return {**found, "probability": 0.3, "for": "40s"}
    found["executors"] = pick.choice(EXECUTORS)
    if kind == "crash":
        back = {"restart_after": f"{pick.randint(1, 60)}s"} if pick.random() < 0.8 else {}
        return {**found, **back, "state": pick.choice(("durable", "durable", "volatile"))}
    if kind == "clock_step":
        return {**found, "by": pick.choice(("30s", "-20s"))}
    return {**found, "for": f"{pick.randint(1, 60)}s"}


def body(pick: random.Random, number: int, at: float) -> dict[str, Any]:
    """A body with random fields."""
    found: dict[str, Any] = {"at_s": at, "id": f"t{number}", "code": "x"}
    if pick.random() < 0.75:
        limits = {
            "checkpoint_interval_secs": pick.choice((2, 7, 30)),
            "max_state_size_bytes": 2 ** pick.choice((20, 22)),
        }
        found["actor_mode"] = {pick.choice(("Stateful", "WasmStateful")): limits}
    for name, share, values in (
        ("deadline_ms", 0.4, (500, 20_000, 90_000, 200_000)),
        ("priority", 0.5, ("low", "normal", "high", "critical")),
        ("estimated_value", 0.3, (10, 500, 5_000)),
    ):
        if pick.random() < share:
            found[name] = pick.choice(values)
    return found


def scenario(seed: int) -> Scenario:
    """A random federation; the same seed gives the same one."""
    pick = random.Random(seed)
    trigger = pick.choice(("arrivals", "arrivals", "policy"))
    target = pick.choice(("uniform", "policy") if trigger == "policy" else ("uniform", "trust", "policy"))
    arrivals = {"arrivals": {"rate": pick.choice(("0.2/s", "1/s"))}} if trigger == "arrivals" else {}
    data: dict[str, Any] = {
        "name": "random", "seed": seed, "duration": "5min", "drain": "10min",
        "executors": [
            {"group": "gate", "count": 1, "capacity": {"tasks": pick.choice((1, 10))}},
            {"group": "run", "count": pick.randint(2, 4), "capacity": {"tasks": pick.choice((1, 2, 10))}},
        ],
        "actors": {
            "count": pick.choice((0, 0, 5)), "message_rate": pick.choice(("0/s", "0.3/s")),
            "load": 0.2 if "policy" in (trigger, target) else 0,
        },
        "protocol": {"profile": pick.choice(("as-designed", "as-implemented", "hardened"))},
        "network": {"loss": pick.choice((0, 0, 0.1)), "duplication": pick.choice((0, 0, 0.1))},
        "tasks": {
            "run_time": {"distribution": "exponential", "mean": f"{pick.choice((5, 40, 100))}s"},
            "growth": pick.choice((None, "10KiB/s")),
        },
        "checkpoints": {
            "time": pick.choice(("0s", "500ms")), "pauses": pick.choice((True, False)),
            "flush": pick.choice(("0s", "1s")),
        },
        "workload": {"trigger": [{"submissions": {"file": "b.jsonl"}}, trigger], "target": target, **arrivals},
        "retry": {"max_retries": pick.choice((0, 3))},
        "quorum": {"enabled": pick.random() < 0.3},
        "faults": [fault(pick) for _ in range(pick.randint(0, 4))],
    }  # fmt: skip
    times = sorted(round(pick.uniform(0, 300), 3) for _ in range(pick.randint(1, 30)))
    bodies = [json.dumps(body(pick, number, at)) for number, at in enumerate(times)]
    with tempfile.TemporaryDirectory() as folder:
        Path(folder, "b.jsonl").write_text("\n".join(bodies))
        return loads(yaml.safe_dump(data), Path(folder))


@cache
def run(seed: int) -> tuple[Scenario, Recording, dict[str, Any]]:
    """A random federation, its recording and its summary."""
    made = scenario(seed)
    recording = simulate(made)
    return made, recording, summarise(recording, made)


@pytest.mark.parametrize("seed", range(COUNT))
def test_everything_that_a_run_creates_has_exactly_one_outcome(seed: int) -> None:
    made, recording, summary = run(seed)
    if made.protocol.profile == "hardened":
        assert not any(summary["invariants"].values())
    for table in ("attempts", "actors", "tasks", "executions", "recoveries", "timeline"):
        assert arrow.table(table, recording, made) is not None


def test_the_scenarios_contain_the_features_to_be_tested() -> None:
    found: dict[str, int] = {}
    for seed in range(COUNT):
        _, _, summary = run(seed)
        for name in ("migrated", "waited", "crashes", "stopped", "lost"):
            found[name] = found.get(name, 0) + summary["tasks"][name]
    assert all(count >= 5 for count in found.values()), found
